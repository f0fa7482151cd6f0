package bench

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/guard"
	"github.com/sallyport-auth/sallyport/internal/forgery"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/token"
)

// header is what the header of a token says.
type header struct{ Alg, Kid string }

// decoded reads the header of a token.
func decoded(tb testing.TB, raw string) (h header) {
	tb.Helper()
	head, _, _ := strings.Cut(raw, ".")
	text, err := base64.RawURLEncoding.DecodeString(head)
	if err == nil {
		err = json.Unmarshal(text, &h)
	}
	if err != nil {
		tb.Fatalf("%.40q: %v", raw, err)
	}
	return h
}

// BenchmarkForged is a forged token refused, one of each form after the other. "slowest" is
// the form whose mean is the largest.
func BenchmarkForged(b *testing.B) {
	if free {
		b.Skip("measured with signatures")
	}
	s := memory(b)
	k := newKit(b, s, false, realTime)
	k.AddUser(b, sallyporttest.User{Name: userName})
	k.AddUser(b, sallyporttest.User{Name: "ada"})
	forms := forgedForms(b, s, newCaller(b, k.Handler(), "/connect/token"))
	g, err := guard.New(k.Engine, guard.Options{WithoutCookies: true})
	if err != nil {
		b.Fatal(err)
	}
	guarded := g.Require()(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	bearer := func(c *caller, raw string) int {
		c.header = http.Header{"Authorization": {"Bearer " + raw}}
		return c.do(&http.Request{Method: http.MethodGet, Header: c.header, Body: http.NoBody})
	}
	b.Run("userinfo", func(b *testing.B) {
		c := newCaller(b, k.Handler(), "/connect/userinfo")
		benchForged(b, forms, func(raw string) bool { return bearer(c, raw) == http.StatusUnauthorized })
	})
	b.Run("guard", func(b *testing.B) {
		c := newCaller(b, guarded, "/")
		benchForged(b, forms, func(raw string) bool { return bearer(c, raw) == http.StatusUnauthorized })
	})
	b.Run("introspection", func(b *testing.B) {
		c, by := newCaller(b, k.Handler(), "/connect/introspect"), newService(b, k)
		benchForged(b, forms, func(raw string) bool {
			code := c.send(by.about(raw))
			active := strings.Contains(c.answer.String(), `"active":true`) && !strings.Contains(c.answer.String(), `"token_type":"refresh_token"`)
			return code >= 400 || !active
		})
	})
}

// benchForged shows each form in turn.
func benchForged(b *testing.B, forms []forgery.Form, refused func(raw string) bool) {
	took, turns := make([]time.Duration, len(forms)), 0
	for b.Loop() {
		for i, f := range forms {
			began := time.Now()
			ok := refused(f.Token)
			took[i] += time.Since(began)
			if !ok {
				b.Fatalf("%s: not refused", f.Name)
			}
		}
		turns++
	}
	slowest := 0
	for i := range took {
		if took[i] > took[slowest] {
			slowest = i
		}
	}
	b.ReportMetric(float64(took[slowest].Nanoseconds())/float64(turns), "slowest-ns/op")
	b.ReportMetric(float64(len(forms)), "forms")
	b.Logf("%d forms, the slowest: %s", len(forms), forms[slowest].Name)
}

// forgedForms are all forms, by the key with which the engine signs.
func forgedForms(b *testing.B, s store.Store, c *caller) []forgery.Form {
	var ring token.Ring
	err := store.NewDB(s, "").Run(b.Context(), time.Now(), func(tx *store.Tx) (err error) {
		ring, _, err = token.ReadRing(tx)
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	ours, _ := ring.Signer(time.Now(), token.RS256)
	theirs, err := token.NewKey(token.RS256, token.DefaultKeyBits, time.Now())
	if err != nil {
		b.Fatal(err)
	}
	c.post(b, loginForm(userName), http.StatusOK)
	good, refresh := c.field("access_token"), c.field("refresh_token")
	c.post(b, loginForm("ada"), http.StatusOK)
	f := forgery.Forger{
		Ours: forgersKey(b, ours), Theirs: forgersKey(b, theirs), Good: good, Other: c.field("access_token"),
		Credentials: map[string]string{"a refresh token": refresh},
	}
	return f.Forms(b)
}

func forgersKey(b *testing.B, k token.Key) forgery.Key {
	b.Helper()
	private, err := x509.ParsePKCS8PrivateKey(k.PKCS8)
	if err != nil {
		b.Fatal(err)
	}
	return forgery.Key{ID: k.ID, Private: private.(*rsa.PrivateKey), Certificate: k.Certificate}
}
