package main_test

import (
	"net/http"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"github.com/sallyport-auth/sallyport/internal/pgtest"
)

// TestE2EKeyRetire takes the key of a server out of use: of a bbolt file while
// nobody holds it, of PostgreSQL while a node serves. The access tokens end with
// it, the refresh tokens do not.
func TestE2EKeyRetire(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		store func(t *testing.T) []string
		held  bool // by the server, so that it is ended before
	}{
		{"bbolt", func(t *testing.T) []string { return []string{"-store", "bolt:" + filepath.Join(t.TempDir(), "db")} }, true},
		{"PostgreSQL", func(t *testing.T) []string {
			return []string{"-store", pgtest.URL(t), "-key-file", filepath.Join(t.TempDir(), "keys")}
		}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			store := tt.store(t)
			w := newWorldOn(t, store...)
			done := w.mailedLogin()
			kid := kidOf(t, done.AccessToken)
			command := append(append([]string{"key", "retire"}, store...), kid)
			if tt.held {
				code, _, said := run(t, "", command...)
				equal(t, "exit code while the file is held", code, 2)
				if !strings.Contains(said, "end that process first") {
					t.Errorf("while the file is held: got %q, want what to do", said)
				}
				w.proc.signal(syscall.SIGTERM)
				equal(t, "exit code of the server", w.proc.exit(), 0)
			}
			code, out, said := run(t, "", command...)
			equal(t, "exit code", code, 0)
			equal(t, "standard error", said, "")
			equal(t, "standard output", out, "retired "+kid+"\n")
			if tt.held {
				w.start(t)
			}
			status, _ := w.get("/connect/userinfo", "Authorization", "Bearer "+done.AccessToken)
			equal(t, "userinfo with the old token", status, http.StatusUnauthorized)
			again := w.refresh(done.RefreshToken)
			equal(t, "refreshing", again.code, http.StatusOK)
			w.verify(again.AccessToken, "tt29")
			if kidOf(t, again.AccessToken) == kid {
				t.Error("the key that was retired signs")
			}
		})
	}
}

// kidOf is the id of the key that has signed a token.
func kidOf(t *testing.T, raw string) string {
	t.Helper()
	parsed, _, err := jwt.NewParser().ParseUnverified(raw, jwt.MapClaims{})
	if err != nil {
		t.Fatal(err)
	}
	return parsed.Header["kid"].(string)
}
