package bench

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// service is a client that may ask what any token stands for.
type service struct{ id, secret string }

func newService(tb testing.TB, k *sallyporttest.Kit) service {
	tb.Helper()
	c, secret, err := k.Engine.Admin(sallyport.Actor{Name: "bench"}).CreateClient(tb.Context(), directory.NewClient{
		Application: sallyporttest.ApplicationID, Platform: "Service", GrantTypes: []string{"client_credentials"}, Scopes: []string{"IdentityServerApi"}, Introspect: true,
	})
	if err != nil {
		tb.Fatal(err)
	}
	return service{c.ID, secret}
}

// about is a call about a token.
func (s service) about(raw string) string {
	return "client_id=" + s.id + "&client_secret=" + url.QueryEscape(s.secret) + "&token=" + url.QueryEscape(raw)
}

// BenchmarkReading is userinfo, introspection and revocation by their handlers, of tokens of
// RS256, whose session and account are read again.
func BenchmarkReading(b *testing.B) {
	if free {
		b.Skip("measured with signatures")
	}
	for _, seal := range []bool{false, true} {
		k, name := newKit(b, memory(b), seal, realTime), "ours"
		if seal {
			name = "sealed"
		}
		k.AddUser(b, sallyporttest.User{Name: userName})
		by := newService(b, k)
		l := library{handler: k.Handler(), path: "/connect/token", password: loginForm(userName)}
		b.Run(name+"/userinfo", func(b *testing.B) {
			c := newCaller(b, k.Handler(), "/connect/userinfo")
			c.header = http.Header{"Authorization": {"Bearer " + l.token(b)}}
			b.ReportAllocs()
			for b.Loop() {
				c.get(b, http.StatusOK)
			}
			if c.field("sub") != userName {
				b.Errorf("got %s", c.answer.String())
			}
		})
		b.Run(name+"/introspection", func(b *testing.B) {
			c, form := newCaller(b, k.Handler(), "/connect/introspect"), by.about(l.token(b))
			b.ReportAllocs()
			for b.Loop() {
				c.post(b, form, http.StatusOK)
			}
			if c.field("username") != userName {
				b.Errorf("got %s", c.answer.String())
			}
		})
		b.Run(name+"/revocation", func(b *testing.B) { l.benchRevocation(b) })
	}
}

// benchRevocation gives up a login each time, and measures that alone. Times are taken around
// each call, since a timer that is stopped between them would cost more than they do.
func (l library) benchRevocation(b *testing.B) {
	in, out := newCaller(b, l.handler, l.path), newCaller(b, l.handler, "/connect/revocation")
	var took time.Duration
	for b.Loop() {
		in.post(b, l.password, http.StatusOK)
		form := "token=" + in.field("refresh_token") + credentials
		began := time.Now()
		out.post(b, form, http.StatusOK)
		took += time.Since(began)
	}
	in.post(b, refreshForm(in.field("refresh_token")), http.StatusBadRequest) // it has ended
	b.ReportMetric(float64(took.Nanoseconds())/float64(b.N), "revoke-ns/op")
}
