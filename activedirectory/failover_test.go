package activedirectory_test

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"
)

// nowhere is an address at which nobody listens.
func nowhere(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return "ldaps://localhost:" + port
}

// isUserBind reports whether a request binds an account of a person.
func isUserBind(r request) bool { return strings.HasPrefix(inWords(r), "bind <GUID=") }

// Whatever fails before a password was sent is left for the next controller, which is then
// asked first.
func TestFailOver(t *testing.T) {
	reset := func(when func(request) bool) func(*wire, request) (bool, error) {
		return func(_ *wire, r request) (bool, error) {
			if when(r) {
				return true, errEnd
			}
			return false, nil
		}
	}
	code := func(op, done ber.Tag, code int64) func(*wire, request) (bool, error) {
		return func(w *wire, r request) (bool, error) {
			if r.op != op {
				return false, nil
			}
			return true, w.send(r.id, result(done, code, "busy with bob's word"))
		}
	}
	for name, hook := range map[string]func(*wire, request) (bool, error){
		"ends at the reader's bind": reset(func(r request) bool { return r.op == opBind }),
		"ends at the search":        reset(func(r request) bool { return r.op == opSearch }),
		"busy at the reader's bind": code(opBind, opBindDone, 51),
		"busy at the search":        code(opSearch, opSearchDone, 51),
		"refers elsewhere":          code(opSearch, opSearchDone, 10),
		"answers garbage": func(w *wire, _ request) (bool, error) {
			_, err := io.WriteString(w, strings.Repeat("HTTP/1.1 400 Bad Request\r\n", 10))
			return true, errors.Join(errEnd, err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			first, second := newDomain(t), newDomain(t)
			d := open(t, config(t, first.url(), second.url()))
			first.hook = hook
			first.take()
			if check(t, d, "bob", "bob's word") == nil {
				t.Error("got nobody, want the account from the second controller")
			}
			if got := first.take(); slices.ContainsFunc(got, func(a string) bool { return strings.HasPrefix(a, "bind <") }) {
				t.Errorf("the first was asked %q, want no bind of an account", got)
			}
			if check(t, d, "bob", "bob's word") == nil {
				t.Error("again: got nobody, want the account")
			}
			if got := first.take(); len(got) != 0 {
				t.Errorf("again the first was asked %q, want the second alone", got)
			}
		})
	}
	t.Run("is not there", func(t *testing.T) {
		d := open(t, config(t, nowhere(t), newDomain(t).url()))
		if check(t, d, "bob", "bob's word") == nil {
			t.Error("got nobody, want the account from the second controller")
		}
	})
	t.Run("none is there", func(t *testing.T) {
		d := open(t, config(t, nowhere(t), nowhere(t)))
		if p, err := d.Check(t.Context(), "bob", "bob's word"); p != nil || err == nil {
			t.Errorf("got %v, %v, want an error", p, err)
		}
	})
}

// A bind that was sent and not answered may have been counted: it is an error, alike for
// everybody, and no other controller is asked. Neither is one after an answer that is no
// verdict.
func TestBindSentOnce(t *testing.T) {
	for name, hook := range map[string]func(*wire, request) (bool, error){
		"ends": func(_ *wire, r request) (bool, error) {
			if isUserBind(r) {
				return true, errEnd
			}
			return false, nil
		},
		"busy": func(w *wire, r request) (bool, error) {
			if !isUserBind(r) {
				return false, nil
			}
			return true, w.send(r.id, result(opBindDone, 51, "for bob: bob's word"))
		},
		"refers elsewhere": func(w *wire, r request) (bool, error) {
			if !isUserBind(r) {
				return false, nil
			}
			return true, w.send(r.id, result(opBindDone, 10, "ldaps://evil.example.com"))
		},
		"answers another request": func(w *wire, r request) (bool, error) {
			if !isUserBind(r) {
				return false, nil
			}
			if err := w.send(r.id+100, result(opBindDone, 0, "")); err != nil {
				return true, err
			}
			return true, errEnd
		},
		"answers with an entry": func(w *wire, r request) (bool, error) {
			if !isUserBind(r) {
				return false, nil
			}
			e := entry{dn: "CN=Bob," + people}
			return true, w.send(r.id, e.packet(ber.NewSequence("")))
		},
	} {
		for _, typed := range []string{"bob", "nobody"} {
			t.Run(name+" "+typed, func(t *testing.T) {
				first, second := newDomain(t), newDomain(t)
				d := open(t, config(t, first.url(), second.url()))
				first.hook = hook
				second.take()
				p, err := d.Check(t.Context(), typed, "bob's word")
				if p != nil || err == nil {
					t.Errorf("got %v, %v, want an error", p, err)
				}
				if err != nil && strings.Contains(err.Error(), "bob") {
					t.Errorf("the error repeats what was typed: %v", err)
				}
				if got := second.take(); len(got) != 0 {
					t.Errorf("the second was asked %q, want nothing", got)
				}
			})
		}
	}
}

// Some servers say that nobody has a name in other words; whatever else is said is no
// verdict.
func TestBindResults(t *testing.T) {
	for code, nobody := range map[int64]bool{32: true, 34: true, 48: true, 49: true, 1: false, 2: false, 7: false, 8: false, 13: false, 33: false, 35: false, 50: false, 51: false, 52: false, 53: false, 80: false, 200: false, 205: false} {
		for _, typed := range []string{"bob", "nobody"} {
			dom := newDomain(t)
			dom.hook = func(w *wire, r request) (bool, error) {
				if !isUserBind(r) {
					return false, nil
				}
				return true, w.send(r.id, result(opBindDone, code, "for bob: bob's word"))
			}
			p, err := open(t, config(t, dom.url())).Check(t.Context(), typed, "bob's word")
			if p != nil || (err == nil) != nobody {
				t.Errorf("result %d for %s: got %v, %v, want nobody without an error: %v", code, typed, p, err, nobody)
			}
			if err != nil && (strings.Contains(err.Error(), "bob") || !strings.Contains(err.Error(), "localhost:"+dom.port())) {
				t.Errorf("result %d: the error %q names what was typed, or not the controller", code, err)
			}
		}
	}
}

// hang answers nothing to the requests of that kind until the test ends.
func hang(when func(request) bool) func(*wire, request) (bool, error) {
	return func(w *wire, r request) (bool, error) {
		if when(r) {
			return true, hangUp(w)
		}
		return false, nil
	}
}

// A controller that hangs has its share of the time; the next has what is left. After the
// password was sent there is no next.
func TestHang(t *testing.T) {
	for _, tt := range []struct {
		name  string
		when  func(request) bool
		found bool
	}{
		{"at once", func(request) bool { return true }, true},
		{"at the search", func(r request) bool { return r.op == opSearch }, true},
		{"at the bind", isUserBind, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			first, second := newDomain(t), newDomain(t)
			c := config(t, first.url(), second.url())
			c.Timeout = 4 * time.Second
			d := open(t, c)
			first.hook = hang(tt.when)
			second.take()
			p, err := d.Check(t.Context(), "bob", "bob's word")
			if (p != nil) != tt.found || (err == nil) != tt.found {
				t.Errorf("got %v, %v, want an account: %v", p, err, tt.found)
			}
			if got := second.take(); !tt.found && len(got) != 0 {
				t.Errorf("the second was asked %q, want nothing", got)
			}
		})
	}
}

// Whoever goes away ends the question, and no controller is blamed for it.
func TestCallerGone(t *testing.T) {
	for name, when := range map[string]func(request) bool{
		"at once": func(request) bool { return true }, "at the search": func(r request) bool { return r.op == opSearch }, "at the bind": isUserBind,
	} {
		t.Run(name, func(t *testing.T) {
			first, second := newDomain(t), newDomain(t)
			c := config(t, first.url(), second.url())
			c.Timeout = time.Hour
			d := open(t, c)
			second.take()
			ctx, cancel := context.WithCancel(t.Context())
			first.hook = func(w *wire, r request) (bool, error) {
				if when(r) {
					cancel()
				}
				return hang(when)(w, r)
			}
			if p, err := d.Check(ctx, "bob", "bob's word"); p != nil || err == nil {
				t.Errorf("got %v, %v, want an error", p, err)
			}
			first.hook = nil
			if check(t, d, "bob", "bob's word") == nil {
				t.Error("afterwards: got nobody, want the account")
			}
			if got := second.take(); len(got) != 0 {
				t.Errorf("the second was asked %q, want nothing", got)
			}
		})
	}
}

// A reader that is refused is not tried again and again, on no controller: that would lock
// its account.
func TestReaderRefused(t *testing.T) {
	first, second := newDomain(t), newDomain(t)
	c, now := config(t, first.url(), second.url()), noon
	c.Now = func() time.Time { return now }
	d := open(t, c)
	first.entries[3].password = "another"
	first.take()
	second.take()
	for range 5 {
		if p, err := d.Check(t.Context(), "bob", "bob's word"); p != nil || err == nil {
			t.Fatalf("got %v, %v, want an error", p, err)
		}
		if p, err := d.Read(t.Context(), bobsKey); p != nil || err == nil {
			t.Fatalf("got %v, %v, want an error", p, err)
		}
	}
	if got := append(first.take(), second.take()...); !slices.Equal(got, []string{"bind " + reader}) {
		t.Errorf("asked %q, want the reader bound once", got)
	}
	first.entries[3].password = readerWord
	second.entries[3].password = readerWord
	now = noon.Add(time.Minute)
	if check(t, d, "bob", "bob's word") == nil {
		t.Error("after a minute: got nobody, want the account")
	}
}

// A server that says very much, or nothing that can be read, ends the call.
func TestTooMuch(t *testing.T) {
	for name, answer := range map[string]func(*wire, request) error{
		"one long answer": func(w *wire, r request) error {
			return w.send(r.id, result(opSearchDone, 0, strings.Repeat("x", 600<<10)))
		},
		"many short ones": func(w *wire, r request) error {
			for {
				if err := w.send(r.id, ber.Encode(ber.ClassApplication, ber.TypeConstructed, opReference, nil, "")); err != nil {
					return err
				}
			}
		},
		"a length of two gigabytes": func(w *wire, _ request) error {
			_, err := io.WriteString(w, "\x30\x84\x7f\xff\xff\xff\x02\x01\x01")
			return errors.Join(err, hangUp(w))
		},
		"sequences in sequences": func(w *wire, _ request) error {
			_, err := io.WriteString(w, strings.Repeat("\x30\x80", 300<<10))
			return errors.Join(err, errEnd)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dom := newDomain(t)
			c := config(t, dom.url())
			c.Timeout = 4 * time.Second
			d := open(t, c)
			dom.hook = func(w *wire, r request) (bool, error) {
				if r.op != opSearch {
					return false, nil
				}
				return true, answer(w, r)
			}
			if p, err := d.Check(t.Context(), "bob", "bob's word"); p != nil || err == nil {
				t.Errorf("got %v, %v, want an error", p, err)
			}
		})
	}
}

// hangUp waits until the client does.
func hangUp(w *wire) error {
	_, err := io.Copy(io.Discard, w)
	return errors.Join(errEnd, err)
}
