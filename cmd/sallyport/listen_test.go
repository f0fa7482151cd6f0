package main_test

import (
	"encoding/base64"
	"errors"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// loopbacks says which loopback addresses this machine has.
func loopbacks(t *testing.T) (hosts []string) {
	t.Helper()
	for _, host := range []string{"127.0.0.1", "::1"} {
		l, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
		if errors.Is(err, syscall.EADDRNOTAVAIL) || errors.Is(err, syscall.EAFNOSUPPORT) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		hosts = append(hosts, host)
	}
	return hosts
}

func portOf(t *testing.T, address string) string {
	t.Helper()
	_, port, err := net.SplitHostPort(strings.TrimPrefix(address, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// TestLocalhost: localhost is every loopback address, with one port, also where
// the port was picked; and it ends on all of them.
func TestLocalhost(t *testing.T) {
	hosts := loopbacks(t)
	for _, name := range []string{"localhost", "LOCALHOST"} {
		s := serve(t, "-store", "memory:", "-listen", name+":0")
		port := portOf(t, s.base)
		for _, host := range append(hosts, "localhost") {
			code, body := s.get("http://" + net.JoinHostPort(host, port) + "/.well-known/openid-configuration")
			if want := `"issuer":"http://` + name + ":" + port + `"`; code != http.StatusOK || !strings.Contains(body, want) {
				t.Errorf("%s: got %d, %s, want %s", host, code, body, want)
			}
		}
		equal(t, "exit code", s.stop(), 0)
		for _, host := range hosts {
			if conn, err := net.Dial("tcp", net.JoinHostPort(host, port)); err == nil {
				conn.Close()
				t.Errorf("%s is still listened on", host)
			}
		}
	}
}

// TestLocalhostInUse: a port that is taken on one loopback address is not taken
// on the other alone.
func TestLocalhostInUse(t *testing.T) {
	for _, host := range loopbacks(t) {
		l, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		port := portOf(t, l.Addr().String())
		code, _, said := run(t, "", "serve", "-store", "memory:", "-listen", "localhost:"+port)
		equal(t, "exit code", code, 2)
		if !strings.Contains(said, "-listen") || !strings.Contains(said, "in use") {
			t.Errorf("%s taken: got %q", host, said)
		}
		for _, other := range loopbacks(t) {
			if conn, err := net.Dial("tcp", net.JoinHostPort(other, port)); err == nil {
				conn.Close()
				equal(t, "the address that is still listened on", other, host)
			}
		}
	}
}

// TestIPv6 serves on ::1, whose address is no label that apps could show.
func TestIPv6(t *testing.T) {
	if len(loopbacks(t)) < 2 {
		t.Skip("this machine has no IPv6")
	}
	s := serve(t, "-store", "memory:", "-listen", "[::1]:0", "-directory", directoryFile(t))
	_, body := s.get("/.well-known/openid-configuration")
	if want := `"issuer":"http://[::1]:` + portOf(t, s.base) + `"`; !strings.Contains(body, want) {
		t.Errorf("got %s, want %s", body, want)
	}
	r := s.want(s.password("anna", "battery staple"), enrolRequired)
	if code, page := s.get("/mfa/enroll/" + r.id()); code != http.StatusOK || !strings.Contains(page, "--1") {
		t.Errorf("got %d, %s, want the page with the label --1", code, page)
	}
}

// TestAudienceAndLabel: what the flags say stands in tokens and on the page.
func TestAudienceAndLabel(t *testing.T) {
	outbox := filepath.Join(t.TempDir(), "outbox")
	s := serve(t, "-store", "memory:", "-listen", "127.0.0.1:0", "-directory", directoryFile(t), "-outbox", outbox,
		"-audience", "https://api.example.com", "-label", "Example, Inc.")
	r := s.want(s.password("anna", "battery staple"), enrolRequired)
	if _, page := s.get("/mfa/enroll/" + r.id()); !strings.Contains(page, "Example, Inc.") {
		t.Errorf("got %s, want the label", page)
	}
	r = s.want(s.password("tt29", "correct horse"), factorWanted)
	option := r.option(t, "Email OTP")
	s.want(s.choose(r.id(), option), waiting)
	done := s.want(s.answer(r.id(), option, lastLine(t, outbox, "otp").Code), success)
	claims, err := base64.RawURLEncoding.DecodeString(strings.Split(done.AccessToken, ".")[1])
	if err != nil || !strings.Contains(string(claims), `"aud":"https://api.example.com"`) {
		t.Errorf("got %s, %v, want the audience", claims, err)
	}
}

// TestBasePath: requests arrive below an end of the issuer's path, where a proxy
// strips the rest.
func TestBasePath(t *testing.T) {
	empty := write(t, filepath.Join(t.TempDir(), "config.json"), `{"base-path": ""}`)
	const discovery = "/.well-known/openid-configuration"
	for _, tt := range []struct {
		name  string
		args  []string
		below string
	}{
		{"left out", nil, "/outer/auth"},
		{"whole", []string{"-base-path", "/outer/auth"}, "/outer/auth"},
		{"the end", []string{"-base-path", "/auth"}, "/auth"},
		{"empty", []string{"-base-path", ""}, ""},
		{"empty in the file", []string{"-config", empty}, ""},
		{"the flag wins", []string{"-config", empty, "-base-path", "/auth"}, "/auth"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, append([]string{"-store", "memory:", "-listen", "127.0.0.1:0", "-issuer", "http://localhost/outer/auth"}, tt.args...)...)
			for _, below := range []string{"/outer/auth", "/auth", ""} {
				want := http.StatusNotFound
				if below == tt.below {
					want = http.StatusOK
				}
				code, body := s.get(below + discovery)
				equal(t, "below "+below, code, want)
				if code == http.StatusOK && !strings.Contains(body, `"token_endpoint":"http://localhost/outer/auth/connect/token"`) {
					t.Errorf("got %s, want the issuer's whole path", body)
				}
			}
		})
	}
}
