package main_test

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"github.com/sallyport-auth/sallyport/internal/pgtest"
)

// TestE2EKeyRetire takes the key of a server out of use while it serves, over its socket
// or in the database. The access tokens end with it, the refresh tokens do not. A key that
// was imported meanwhile waits for its time.
func TestE2EKeyRetire(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		store func(t *testing.T) []string
	}{
		{"bbolt", func(t *testing.T) []string { return []string{"-store", "bolt:" + filepath.Join(t.TempDir(), "db")} }},
		{"PostgreSQL", func(t *testing.T) []string {
			return []string{"-store", pgtest.URL(t), "-key-file", filepath.Join(t.TempDir(), "keys")}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			store := tt.store(t)
			w := newWorldOn(t, store...)
			done := w.mailedLogin()
			kid := kidOf(t, done.AccessToken)
			cert, private := keyFiles(t, t.TempDir(), nil)
			for _, step := range []struct {
				args []string
				want string
			}{
				{[]string{"list"}, kid + "  RS256  signing, signs from "},
				{[]string{"import", "-certificate", cert, "-key", private}, "imported "},
				{[]string{"rotate", "-algorithm", "EdDSA"}, "EdDSA, signing, signs from "},
			} {
				code, out, said := run(t, "", append(append([]string{"key"}, step.args...), store...)...)
				if code != 0 || said != "" || !strings.Contains(out, step.want) {
					t.Fatalf("key %s: got %d, %q, %q, want %q", step.args[0], code, out, said, step.want)
				}
			}
			code, out, said := run(t, "", append(append([]string{"key", "retire"}, store...), kid)...)
			equal(t, "exit code", code, 0)
			equal(t, "standard error", said, "")
			equal(t, "standard output", out, "retired "+kid+"\n")
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
