// Package served runs the built command for tests of foreign programs, which
// speak to it as they would to any server: over HTTP, with a directory file and
// an outbox in place of real messages.
package served

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// Patience is how long a test waits for what has to come. Nothing is measured by
// it: on an idle machine a browser needs a twentieth of it.
const Patience = 5 * time.Minute

// ApplicationID is the id of the application whose clients and users there are.
const ApplicationID = "6f209594-fc04-4e96-9f9f-7daf57b0fb12"

// Secret is that of every client that has one, and Password that of every user.
const (
	Secret   = "secret"
	Password = "correct; horse + 100%"
)

// Server is a running command. Make one with [Start].
type Server struct {
	Issuer string
	Outbox string // the file of messages, one JSON object a line
	Bin    string // the command
}

// User is somebody in the directory, with [Password].
type User struct {
	Name           string              `json:"name"`
	Password       string              `json:"password"`
	Email          string              `json:"email,omitempty"`
	EmailValidated bool                `json:"emailValidated"`
	MFA            *bool               `json:"mfa,omitempty"`
	TOTP           *TOTP               `json:"totp,omitempty"`
	Roles          []map[string]string `json:"roles"`
}

// TOTP is an authenticator that a user has already.
type TOTP struct {
	Secret string `json:"secret"`
}

// Mailed returns a user with a confirmed address, to which codes and links go.
func Mailed(name string) User {
	return User{Name: name, Email: name + "@example.com", EmailValidated: true}
}

// Enrolling returns a user with a confirmed address who may add an authenticator.
func Enrolling(name string) User {
	u, yes := Mailed(name), true
	u.MFA = &yes
	return u
}

// Start builds the command and runs `sallyport serve` on a free port, with these
// users and, as the origins of the SPA's and the WebApp's pages, those. It ends
// with the test.
func Start(t testing.TB, users []User, origins ...string) *Server {
	t.Helper()
	return StartWith(t, directoryOf(t, users, origins), "-store", "memory:")
}

// StartWith is like [Start], with a directory file and flags that name the store.
func StartWith(t testing.TB, directory []byte, flags ...string) *Server {
	t.Helper()
	dir := t.TempDir()
	s := &Server{Outbox: filepath.Join(dir, "outbox")}
	file := filepath.Join(dir, "directory.json")
	write(t, file, directory)
	write(t, s.Outbox, nil)
	s.run(t, append([]string{"serve", "-listen", "127.0.0.1:0", "-directory", file, "-outbox", s.Outbox, "-log-level", "warn"}, flags...)...)
	return s
}

// StartDemo is like [Start], for `sallyport demo`, which has its own users.
func StartDemo(t testing.TB) *Server {
	t.Helper()
	s := &Server{}
	s.run(t, "demo", "-listen", "127.0.0.1:0", "-dir", filepath.Join(t.TempDir(), "demo"))
	return s
}

func directoryOf(t testing.TB, users []User, origins []string) []byte {
	t.Helper()
	var clients []map[string]any
	for _, platform := range []string{"Native", "WebApp", "SPA", "Service"} {
		c := map[string]any{
			"application": "Demo", "platform": platform, "grantTypes": []string{"VGAuthenticator", "password", "refresh_token"},
			"scopes": []string{"openid", "offline_access", "VGToken", "VGRoles", "VGProfile"}, "linkNumber": platform == "WebApp",
		}
		switch platform {
		case "SPA":
			c["public"] = true
		case "Service": // whoever is handed tokens, and asks what they stand for
			c["introspect"], c["grantTypes"], c["scopes"] = true, []string{"client_credentials"}, []string{"IdentityServerApi"}
			fallthrough
		default:
			c["secrets"] = []map[string]string{{"value": Secret}}
		}
		if (platform == "WebApp" || platform == "SPA") && len(origins) > 0 {
			c["corsOrigins"] = origins
		}
		clients = append(clients, c)
	}
	for i := range users {
		users[i].Password = Password
		users[i].Roles = []map[string]string{{"application": "Demo", "role": "Clerk"}}
	}
	raw, err := json.Marshal(map[string]any{
		"applications": []any{map[string]any{"id": ApplicationID, "name": "Demo", "roles": []any{map[string]any{"name": "Clerk"}}}},
		"clients":      clients, "users": users,
	})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// build builds the command once a test binary.
var build = sync.OnceValues(func() (string, error) {
	from, err := root()
	if err != nil {
		return "", err
	}
	return Build("sallyport", from, "./cmd/sallyport")
})

// Build builds a program of the module in that folder, and returns where it is. [Clean]
// removes it.
func Build(name, module, pkg string) (string, error) {
	dir, err := os.MkdirTemp("", "sallyport-interop-")
	if err != nil {
		return "", err
	}
	builtMu.Lock()
	built = append(built, dir)
	builtMu.Unlock()
	bin := filepath.Join(dir, name)
	cmd := exec.Command("go", "build", "-o", bin, pkg)
	cmd.Dir = module
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building %s: %w\n%s", pkg, err, out)
	}
	return bin, nil
}

var (
	builtMu sync.Mutex
	built   []string // folders
)

// Clean removes what was built. TestMain calls it.
func Clean() {
	builtMu.Lock()
	defer builtMu.Unlock()
	for _, dir := range built {
		os.RemoveAll(dir)
	}
}

// Interop returns the folder of this module, whichever of its packages is tested.
func Interop() (string, error) {
	out, err := exec.Command("go", "env", "GOMOD").Output()
	return filepath.Dir(strings.TrimSpace(string(out))), err
}

// root returns the folder of the module that is tested.
func root() (string, error) {
	dir, err := Interop()
	return filepath.Dir(dir), err
}

// run starts the command and waits until it is ready.
func (s *Server) run(t testing.TB, args ...string) {
	t.Helper()
	bin, err := build()
	if err != nil {
		t.Fatal(err)
	}
	s.Bin = bin
	var printed, complaints text
	cmd := exec.Command(bin, args...)
	cmd.Stdout, cmd.Stderr = &printed, &complaints
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = cmd.Wait() // it is killed
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended
		<-done
		if t.Failed() {
			t.Logf("the server said: %s", complaints.String())
		}
	})
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	late := time.After(Patience)
	for s.Issuer == "" {
		select {
		case <-tick.C:
			s.Issuer = readyURL(printed.String())
		case <-done:
			t.Fatalf("the server ended: %s", complaints.String())
		case <-late:
			t.Fatalf("no ready line after %v: %s", Patience, complaints.String())
		}
	}
}

// readyURL is what the line says that a server prints when it is ready.
func readyURL(printed string) string {
	line, _, whole := strings.Cut(printed, "\n")
	address, ok := strings.CutPrefix(line, "listening on ")
	if _, err := url.Parse(address); !ok || !whole || err != nil {
		return ""
	}
	return address
}

// text gathers what a process prints.
type text struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write keeps p.
func (s *text) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *text) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func write(t testing.TB, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}
