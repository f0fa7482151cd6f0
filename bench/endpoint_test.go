package bench

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/sallyport-auth/sallyport/totp"
)

// rsaKey is the key of the other libraries and of the bare signature; ours has
// made its own, of the same length.
var rsaKey = sync.OnceValue(func() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
})

// BenchmarkEndpoint is one request answered at a token endpoint: form in, JSON
// with a signed access token out. Below "free" all signatures cost nothing.
func BenchmarkEndpoint(b *testing.B) {
	mode := "rs256"
	if free {
		mode = "free"
	}
	b.Run(mode, func(b *testing.B) {
		b.Run("floor", benchFloor)
		if !free {
			b.Run("sign", benchSign)
		}
		for _, l := range []library{ours(b, false), ours(b, true), newFosite(), newGoOAuth2(b), newZitadel(b)} {
			b.Run(l.name, func(b *testing.B) {
				if l.password != "" {
					b.Run("password", l.benchPassword)
				}
				b.Run("refresh", l.benchRefresh)
			})
		}
		if free {
			b.Run("ours/factor", func(b *testing.B) { benchFactor(b, false) })
			b.Run("sealed/factor", func(b *testing.B) { benchFactor(b, true) })
		}
	})
}

// benchFloor is what net/http takes to read the form.
func benchFloor(b *testing.B) {
	c := newCaller(b, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ParseForm() != nil || r.PostForm.Get("client_id") != clientID {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		w.WriteHeader(http.StatusOK)
	}), "/connect/token")
	form := loginForm(userName)
	b.ReportAllocs()
	for b.Loop() {
		c.post(b, form, http.StatusOK)
	}
}

// benchSign is the bare signature that every signed answer holds.
func benchSign(b *testing.B) {
	key, sum := rsaKey(), sha256.Sum256([]byte("x"))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:]); err != nil {
			b.Fatal(err)
		}
	}
}

// benchFactor is the two calls of a login with an authenticator, each by itself:
// the one that is answered with "second factor wanted", and the one with the
// code. Times are taken around each call, since a timer that is stopped between
// them would cost more than they do.
func benchFactor(b *testing.B, seal bool) {
	m := newMFALogin(b, memory(b), seal)
	call1 := loginForm(userName)
	var first, last time.Duration
	for b.Loop() {
		m.kit.Clock.Advance(totp.Period)
		began := time.Now()
		m.call.post(b, call1, http.StatusBadRequest)
		first += time.Since(began)
		form := m.answer(b)
		began = time.Now()
		m.last(b, form)
		last += time.Since(began)
	}
	m.check(b)
	b.ReportMetric(float64(first.Nanoseconds())/float64(b.N), "call1-ns/op")
	b.ReportMetric(float64(last.Nanoseconds())/float64(b.N), "call3-ns/op")
}

func (l library) benchPassword(b *testing.B) {
	c := newCaller(b, l.handler, l.path)
	b.ReportAllocs()
	for b.Loop() {
		c.post(b, l.password, http.StatusOK)
	}
	l.check(b, c)
}

func (l library) benchRefresh(b *testing.B) {
	c := newCaller(b, l.handler, l.path)
	var token string
	if l.first != nil {
		token = l.first(b)
	} else {
		c.post(b, l.password, http.StatusOK)
		token = c.field("refresh_token")
	}
	b.ReportAllocs()
	for b.Loop() {
		c.post(b, refreshForm(token), http.StatusOK)
		last := token
		if token = c.field("refresh_token"); token == "" || token == last {
			b.Fatalf("got refresh token %q after %q, want a new one", token, last)
		}
	}
	l.check(b, c)
}

// check sees that the last answer is what was asked for: an access token for
// the user, signed, or in a free binary not signed at all.
func (l library) check(b *testing.B, c *caller) {
	b.Helper()
	token := c.field("access_token")
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		b.Fatalf("got access token %q, want three parts", token)
	}
	claims := jwt.MapClaims{}
	if _, _, err := jwt.NewParser().ParseUnverified(token, claims); err != nil {
		b.Fatalf("reading the access token: %v", err)
	}
	if sub, err := claims.GetSubject(); err != nil || sub != userName && l.first == nil {
		b.Errorf("got subject %q, %v, want %q", sub, err, userName)
	}
	sig, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil || len(sig) != 256 {
		b.Fatalf("got a signature of %d bytes, %v, want 256", len(sig), err)
	}
	switch {
	case free:
		if !bytes.Equal(sig, noSignature) {
			b.Errorf("got a signature, want none in a free binary")
		}
	case l.verify != nil:
		l.verify(b, token)
	default:
		sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
		if err := rsa.VerifyPKCS1v15(&rsaKey().PublicKey, crypto.SHA256, sum[:], sig); err != nil {
			b.Errorf("verifying the access token: %v", err)
		}
	}
}
