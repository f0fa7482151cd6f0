package activedirectory_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"
)

// startsTLS is a domain that is reached by StartTLS; hook answers it otherwise.
func startsTLS(t *testing.T, hook func(*wire, request) (bool, error)) *domain {
	d := newDomain(t)
	d.hook = hook
	d.server = startServer(t, false, d.serve)
	return d
}

func TestStartTLS(t *testing.T) {
	for _, text := range []string{"ldap://localhost:", "LDAP://localhost:"} {
		dom := startsTLS(t, nil)
		d := open(t, config(t, text+dom.port()))
		dom.take()
		if check(t, d, "bob", "bob's word") == nil {
			t.Error("got nobody, want the account")
		}
		if got := dom.take(); got[0] != "operation 23" || got[1] != "bind "+reader {
			t.Errorf("asked %q, want StartTLS first", got)
		}
	}
}

// Whatever is said before TLS but that it begins closes the connection, and nothing was
// bound on it.
func TestStartTLSRefused(t *testing.T) {
	long := []byte("\x30\x84\x00\x00\x00\x10\x02\x01\x01\x78\x84\x00\x00\x00\x07\x0a\x01\x00\x04\x00\x04\x00") // as Active Directory writes it
	write := func(text string) func(*wire, request) error {
		return func(w *wire, _ request) error { _, err := io.WriteString(w, text); return err }
	}
	for _, tt := range []struct {
		name   string
		answer func(*wire, request) error
		good   bool
	}{
		{"with long lengths", func(w *wire, r request) error {
			_, err := w.Write(long)
			return errors.Join(err, w.tlsFrom())
		}, true},
		{"bytes before the answer", func(w *wire, r request) error {
			return errors.Join(w.send(0, result(opExtendDone, 0, "")), w.startTLS(r))
		}, false},
		{"an answer to another request", func(w *wire, r request) error {
			return errors.Join(w.send(r.id+1, result(opExtendDone, 0, "")), w.tlsFrom())
		}, false},
		{"another kind of answer", func(w *wire, r request) error {
			return errors.Join(w.send(r.id, result(opBindDone, 0, "")), w.tlsFrom())
		}, false},
		{"not supported", func(w *wire, r request) error {
			return errors.Join(w.send(r.id, result(opExtendDone, 2, "")), w.tlsFrom())
		}, false},
		{"bytes behind the answer", func(w *wire, r request) error {
			return errors.Join(w.send(r.id, result(opExtendDone, 0, "")), w.send(2, result(opBindDone, 0, "")), w.tlsFrom())
		}, false},
		{"no answer, TLS at once", write("\x16\x03\x03\x00\x5a\x02\x00\x00\x56\x03\x03"), false},
		{"no message", write("HTTP/1.1 400 Bad Request\r\n"), false},
		{"a long message", write("\x30\x84\x7f\xff\xff\xff\x02\x01\x01"), false},
		{"no definite length", write("\x30\x80\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00\x00\x00"), false},
		{"a length of eight bytes", write("\x30\x88\x00\x00\x00\x00\x00\x00\x00\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00"), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dom := startsTLS(t, func(w *wire, r request) (bool, error) {
				if r.op != opExtended {
					return false, nil
				}
				return true, tt.answer(w, r)
			})
			c := config(t, dom.url())
			c.Timeout = 10 * time.Second
			d := open(t, c)
			p, err := d.Check(t.Context(), "bob", "bob's word")
			if (p != nil) != tt.good || (err == nil) != tt.good {
				t.Errorf("got %v, %v, want an account: %v", p, err, tt.good)
			}
			if got := dom.take(); !tt.good && slices.ContainsFunc(got, func(a string) bool { return strings.HasPrefix(a, "bind") }) {
				t.Errorf("asked %q, want nothing bound", got)
			}
		})
	}
}

// A certificate must be good for the name that stands in the configuration, by an authority
// that is known.
func TestCertificate(t *testing.T) {
	for _, tt := range []struct {
		name, host string
		pool       *x509.CertPool
		secure     bool
		good       bool
	}{
		{"LDAPS", "localhost", authority.Pool, true, true},
		{"LDAPS by another name", "127.0.0.1", authority.Pool, true, false},
		{"LDAPS of an unknown authority", "localhost", x509.NewCertPool(), true, false},
		{"LDAPS of none of the system's", "localhost", nil, true, false},
		{"StartTLS", "localhost", authority.Pool, false, true},
		{"StartTLS by another name", "127.0.0.1", authority.Pool, false, false},
		{"StartTLS of an unknown authority", "localhost", x509.NewCertPool(), false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dom := newDomain(t)
			scheme := "ldaps://"
			if !tt.secure {
				scheme, dom = "ldap://", startsTLS(t, nil)
			}
			c := config(t, scheme+net.JoinHostPort(tt.host, dom.port()))
			c.RootCAs = tt.pool
			p, err := open(t, c).Check(t.Context(), "bob", "bob's word")
			if (p != nil) != tt.good || (err == nil) != tt.good {
				t.Errorf("got %v, %v, want an account: %v", p, err, tt.good)
			}
			if got := dom.take(); !tt.good && slices.Contains(got, "bind "+reader) {
				t.Errorf("asked %q, want no bind", got)
			}
		})
	}
}

// TLS 1.2 is the least.
func TestTLSVersion(t *testing.T) {
	for version, good := range map[uint16]bool{tls.VersionTLS11: false, tls.VersionTLS12: true, tls.VersionTLS13: true} {
		dom := startsTLS(t, func(w *wire, r request) (bool, error) {
			if r.op != opExtended {
				return false, nil
			}
			err := w.send(r.id, result(opExtendDone, 0, ""))
			w.Conn = tls.Server(w.Conn, &tls.Config{Certificates: []tls.Certificate{authority.Certificate}, MinVersion: tls.VersionTLS10, MaxVersion: version})
			return true, err
		})
		if p, err := open(t, config(t, dom.url())).Check(t.Context(), "bob", "bob's word"); (p != nil) != good || (err == nil) != good {
			t.Errorf("%s: got %v, %v, want an account: %v", tls.VersionName(version), p, err, good)
		}
	}
}

// In clear only on this machine, and only in so many words.
func TestInsecurePlain(t *testing.T) {
	dom := startsTLS(t, nil)
	c := config(t, "ldap://127.0.0.1:"+dom.port())
	c.InsecurePlain = true
	d := open(t, c)
	dom.take()
	if check(t, d, "bob", "bob's word") == nil {
		t.Error("got nobody, want the account")
	}
	if got := dom.take(); got[0] != "bind "+reader {
		t.Errorf("asked %q, want no StartTLS", got)
	}
	secure := newDomain(t) // what says ldaps:// stays it
	c = config(t, secure.url())
	c.InsecurePlain = true
	if check(t, open(t, c), "bob", "bob's word") == nil {
		t.Error("by LDAPS: got nobody, want the account")
	}
}
