package main_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestConfigFile: the file's settings hold, and flags win over them.
func TestConfigFile(t *testing.T) {
	dir := t.TempDir()
	config := write(t, filepath.Join(dir, "config.json"), `{
		"listen": "127.0.0.1:99999", "store": "memory:", "issuer": "http://localhost/auth",
		"trusted-proxies": ["10.0.0.0/8", "192.168.0.0/16"], "log-format": "json", "log-level": "warn"}`)
	s := serve(t, "-config", config, "-listen", "localhost:0")
	code, body := s.get("/auth/.well-known/openid-configuration")
	equal(t, "discovery below the issuer's path", code, http.StatusOK)
	if !strings.Contains(body, `"issuer":"http://localhost/auth"`) {
		t.Errorf("the issuer: got %s", body)
	}
	for line := range strings.Lines(s.err.String()) {
		if !json.Valid([]byte(line)) {
			t.Errorf("the log has %q, want JSON alone", line)
		}
	}
	equal(t, "exit code", s.stop(), 0)
}

// TestIssuer: the issuer is the address as it was named, with the port that
// was picked.
func TestIssuer(t *testing.T) {
	for _, tt := range []struct{ listen, want string }{
		{"127.0.0.1:0", "http://127.0.0.1:"},
		{"localhost:0", "http://localhost:"},
	} {
		t.Run(tt.listen, func(t *testing.T) {
			s := serve(t, "-store", "memory:", "-listen", tt.listen)
			_, port, _ := strings.Cut(strings.TrimPrefix(s.base, "http://"), ":")
			_, body := s.get("/.well-known/openid-configuration")
			if want := `"issuer":"` + tt.want + port + `"`; !strings.Contains(body, want) {
				t.Errorf("got %s, want %s", body, want)
			}
			equal(t, "standard output", s.out.String(), "listening on "+s.base+"\n")
		})
	}
}

func TestServerHasNoOutboxUnlessAsked(t *testing.T) {
	s := serve(t, "-store", "memory:", "-listen", "127.0.0.1:0")
	code, _ := s.get("/dev/outbox")
	equal(t, "status", code, http.StatusNotFound)
}

// TestOutbox: a mailed code stands in the file, on the page and in the lines.
func TestOutbox(t *testing.T) {
	path := filepath.Join(t.TempDir(), "outbox")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	s := serve(t, "-store", "memory:", "-listen", "127.0.0.1:0", "-directory", directoryFile(t), "-outbox", path, "-log-level", "error")
	if !strings.Contains(s.err.String(), "DEVELOPMENT ONLY") {
		t.Errorf("no warning in %q", s.err.String())
	}
	r := s.want(s.password("tt29", "correct horse"), factorWanted)
	s.want(s.choose(r.id(), r.option(t, "Email OTP")), waiting)

	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the file: got %v, %v, want mode 0600", info, err)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, p := range members(t, string(raw)) {
		keys = append(keys, p.name)
	}
	equal(t, "keys of a line", strings.Join(keys, " "), "time channel kind to user code subject text")
	m := lastLine(t, path, "otp")
	equal(t, "channel, addressee, user", strings.Join([]string{m.Channel, m.To, m.User}, " "), "Email marie.sample.deals@gmail.com tt29")

	_, lines := s.get("/dev/outbox", "Accept", "text/plain, application/json;q=0.5")
	equal(t, "lines", lines, string(raw))
	code, page := s.get("/dev/outbox")
	equal(t, "page", code, http.StatusOK)
	if !strings.Contains(page, "<code>"+m.Code+"</code>") {
		t.Errorf("no code %s on the page:\n%s", m.Code, page)
	}
	for _, header := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Anything", "Via"} {
		code, body := s.get("/dev/outbox", header, "x")
		equal(t, header, code, http.StatusForbidden)
		if strings.Contains(body, m.Code) {
			t.Errorf("%s: the code was shown", header)
		}
	}
}
