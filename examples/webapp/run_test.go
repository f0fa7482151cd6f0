package main

import (
	"context"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

func request(from, host string) *http.Request {
	return &http.Request{RemoteAddr: from, Host: host, Header: http.Header{}}
}

// started is a program that runs.
type started struct {
	base   string
	told   string
	people map[string]string
	stop   func()
}

// start runs the program in a folder until stop.
func start(t *testing.T, dir string) started {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	told, ended := make(chan string, 1), make(chan error, 1)
	go func() { ended <- run(ctx, "127.0.0.1:0", dir, func(text string) { told <- text }) }()
	s := started{people: map[string]string{}}
	select {
	case s.told = <-told:
	case err := <-ended:
		cancel()
		t.Fatal(err)
	}
	s.stop = func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("ending: %v", err)
		}
	}
	s.base = regexp.MustCompile(`http://127\.0\.0\.1:[0-9]+`).FindString(s.told)
	for _, found := range regexp.MustCompile(`(?m)^(\w+) +(\w{12})  `).FindAllStringSubmatch(s.told, -1) {
		s.people[found[1]] = found[2]
	}
	return s
}

// TestRun starts the program, signs in over a real connection, and starts it once more in the
// same folder: the people and their sessions are still there, and the passwords are not told.
func TestRun(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	first := start(t, dir)
	if len(first.people) != 4 || !strings.Contains(first.told, first.base+outboxPath) {
		t.Fatalf("told %q", first.told)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar, Timeout: 20 * time.Second}
	answer, err := browser.PostForm(first.base+"/sign-in?to=/members", url.Values{"name": {"bob"}, "password": {first.people["bob"]}})
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if text := textOf(t, answer); !strings.Contains(text, "Hello bob. Only members") {
		t.Errorf("got %d %q", answer.StatusCode, text)
	}
	browser.CloseIdleConnections()
	first.stop()
	second := start(t, dir)
	defer second.stop()
	if len(second.people) != 0 || !strings.Contains(second.told, "when the folder was new") {
		t.Errorf("told %q", second.told)
	}
	answer, err = browser.Get(second.base + "/members")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != 200 {
		t.Errorf("the session: got %d, want 200", answer.StatusCode)
	}
	browser.CloseIdleConnections()
	for _, name := range []string{"webapp.db", "webapp.db.keys"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: got %v, %v, want a file of its owner's alone", name, info, err)
		}
	}
}

// TestListen: the program listens on this machine alone.
func TestListen(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", ":0", "192.0.2.1:0", "localhost:0", "example.com:80", "127.0.0.1", ""} {
		if ln, err := listenHere(address); err == nil {
			ln.Close()
			t.Errorf("%q: listens on %s", address, ln.Addr())
		}
	}
	ln, err := listenHere("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	if _, err := listenHere(ln.Addr().String()); err == nil || !strings.Contains(err.Error(), "127.0.0.1:0") {
		t.Errorf("a port that is taken: got %v", err)
	}
}
