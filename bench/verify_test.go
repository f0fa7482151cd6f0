package bench

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"net/http"
	"testing"

	"github.com/golang-jwt/jwt/v5"
)

// BenchmarkVerify is an access token verified and its session read again. The
// bare check of a signature is what nobody can undercut; golang-jwt reads no
// session.
func BenchmarkVerify(b *testing.B) {
	if free {
		b.Skip("measured with signatures")
	}
	b.Run("bare", benchBareCheck)
	for _, seal := range []bool{false, true} {
		l := ours(b, seal)
		b.Run(l.name, func(b *testing.B) {
			token := l.token(b)
			for b.Loop() {
				l.verify(b, token)
			}
		})
	}
	server := fositeServer()
	rival := library{handler: http.HandlerFunc(server.Token), path: "/connect/token", password: passwordForm()}
	token := rival.token(b)
	b.Run("fosite", func(b *testing.B) {
		for b.Loop() {
			if name, err := server.Introspect(b.Context(), token); err != nil || name != userName {
				b.Fatalf("got %q, %v, want %q", name, err, userName)
			}
		}
	})
	b.Run("golang-jwt", func(b *testing.B) {
		parser := jwt.NewParser(jwt.WithValidMethods([]string{"RS256"}))
		for b.Loop() {
			if _, err := parser.Parse(token, func(*jwt.Token) (any, error) { return &rsaKey().PublicKey, nil }); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// token logs in and returns the access token.
func (l library) token(tb testing.TB) string {
	c := newCaller(tb, l.handler, l.path)
	c.post(tb, l.password, http.StatusOK)
	return c.field("access_token")
}

func benchBareCheck(b *testing.B) {
	sum := sha256.Sum256([]byte("x"))
	sig, err := rsa.SignPKCS1v15(nil, rsaKey(), crypto.SHA256, sum[:])
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := rsa.VerifyPKCS1v15(&rsaKey().PublicKey, crypto.SHA256, sum[:], sig); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDocument is the key set and the discovery document, as a handler
// answers them.
func BenchmarkDocument(b *testing.B) {
	we, rival := ours(b, true), newZitadel(b)
	for _, d := range []struct{ name, ours, rival string }{
		{"keys", "/.well-known/openid-configuration/jwks", "/keys"},
		{"discovery", "/.well-known/openid-configuration", "/.well-known/openid-configuration"},
	} {
		b.Run("ours/"+d.name, func(b *testing.B) { benchGet(b, we.handler, d.ours) })
		b.Run("zitadel/"+d.name, func(b *testing.B) { benchGet(b, rival.handler, d.rival) })
	}
}

func benchGet(b *testing.B, h http.Handler, path string) {
	c := newCaller(b, h, path)
	for b.Loop() {
		c.get(b, http.StatusOK)
	}
	if c.answer.Len() == 0 || c.answer.Bytes()[0] != '{' {
		b.Errorf("got %q, want a document", c.answer.String())
	}
}
