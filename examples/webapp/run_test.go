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

	"github.com/sallyport-auth/sallyport/internal/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

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

// start runs the program until stop, at a port that is free.
func start(t *testing.T, o options) started {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	told, ended := make(chan string, 1), make(chan error, 1)
	o.listen = "127.0.0.1:0"
	go func() { ended <- run(ctx, o, func(text string) { told <- text }) }()
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
	runTwice(t, options{dir: dir})
	for _, name := range []string{"webapp.db", "webapp.db.keys"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: got %v, %v, want a file of its owner's alone", name, info, err)
		}
	}
}

// TestRunPostgres is the same over PostgreSQL, with a table of users.
func TestRunPostgres(t *testing.T) {
	runTwice(t, options{dir: t.TempDir(), postgres: pgtest.URL(t), users: `the "people"`})
	for name, o := range map[string]options{
		"no folder": {postgres: "postgres:///x", users: "u"}, "no URL": {dir: t.TempDir(), postgres: "a secret", users: "u"},
	} {
		o.listen = "127.0.0.1:0"
		if err := run(t.Context(), o, nil); err == nil || strings.Contains(err.Error(), "a secret") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func runTwice(t *testing.T, o options) {
	t.Helper()
	first := start(t, o)
	if len(first.people) != 4 || !strings.Contains(first.told, first.base+outboxPath) {
		t.Fatalf("told %q", first.told)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar, Timeout: 20 * time.Second}
	defer browser.CloseIdleConnections()
	get := func(base, path string) (text string) { return textOf(t, answered(t)(browser.Get(base+path))) }
	form := url.Values{"action": {"password"}, "name": {"bob"}, "password": {first.people["bob"]}}
	form.Set("nonce", regexp.MustCompile(`name="nonce" value="([0-9a-f]+)"`).FindStringSubmatch(get(first.base, "/sign-in"))[1])
	answer := answered(t)(browser.PostForm(first.base+"/sign-in?to=/members", form))
	if text := textOf(t, answer); !strings.Contains(text, "Only members") {
		t.Errorf("got %d %q", answer.StatusCode, text)
	}
	browser.CloseIdleConnections()
	first.stop()
	second := start(t, o)
	defer second.stop()
	if len(second.people) != 0 || !strings.Contains(second.told, "when they were made") {
		t.Errorf("told %q", second.told)
	}
	if text := get(second.base, "/members"); !strings.Contains(text, "Only members") {
		t.Errorf("the session has ended: %q", text)
	}
	browser.CloseIdleConnections()
}

func answered(t *testing.T) func(*http.Response, error) *http.Response {
	return func(answer *http.Response, err error) *http.Response {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { answer.Body.Close() })
		return answer
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
