package sallyport_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/token"
)

// TestJudgeOrigin asks for pages of two applications, whose clients list an origin
// each.
func TestJudgeOrigin(t *testing.T) {
	const ours, theirs, nobodys = sallyporttest.PublicOrigin, "https://other.example.com", "https://evil.example.com"
	const otherApp = "0c01cfec-5d10-434e-9998-9e48e0e844e3"
	k := sallyporttest.New(t, sallyporttest.WithDirectory(func(d *directory.File) {
		other := d.Clients[1]
		other.Application, other.CORSOrigins = "Other", []string{theirs}
		d.Applications = append(d.Applications, directory.Application{ID: otherApp, Name: "Other"})
		d.Clients = append(d.Clients, other)
	}))
	yes := true
	c := k.InProcess().As(sallyporttest.PublicClientID, "")
	who := k.AddUser(t, sallyporttest.User{Name: "tom"})
	access := c.Login(who.Name, who.Password).Want(t, sallyport.Success).Tokens.AccessToken
	bare := k.AddUser(t, sallyporttest.User{Name: "bare", MFA: &yes})
	pending := c.Login(bare.Name, bare.Password).RequestID

	readable, refused := sallyport.OriginVerdict{Readable: true}, sallyport.OriginVerdict{Refused: true}
	for _, tt := range []struct {
		name string
		in   sallyport.OriginCall
		want sallyport.OriginVerdict
	}{
		{"any client, ours", sallyport.OriginCall{Origin: ours}, readable},
		{"any client, theirs", sallyport.OriginCall{Origin: theirs}, readable},
		{"any client, nobody's", sallyport.OriginCall{Origin: nobodys}, sallyport.OriginVerdict{}},
		{"any client, no page", sallyport.OriginCall{}, sallyport.OriginVerdict{}},
		{"a client's own", sallyport.OriginCall{Origin: ours, ClientID: sallyporttest.PublicClientID}, readable},
		{"another client's", sallyport.OriginCall{Origin: theirs, ClientID: sallyporttest.PublicClientID}, refused},
		{"the other client's own", sallyport.OriginCall{Origin: theirs, ClientID: otherApp + "_spa"}, readable},
		{"an SPA without a page", sallyport.OriginCall{ClientID: otherApp + "_spa"}, refused},
		{"an SPA that is unknown", sallyport.OriginCall{Origin: ours, ClientID: "7" + otherApp[1:] + "_SPA"}, refused},
		{"a Service from an unlisted page", sallyport.OriginCall{Origin: nobodys, ClientID: serviceID}, refused},
		{"a Service from two at once", sallyport.OriginCall{Origin: "null, " + nobodys, ClientID: serviceID}, refused},
		{"a Service from two at once, without a blank", sallyport.OriginCall{Origin: "null," + strings.ToUpper(nobodys), ClientID: serviceID}, refused},
		{"a Service from no page of the web", sallyport.OriginCall{Origin: "null", ClientID: serviceID}, sallyport.OriginVerdict{}},
		{"a Service from an app whose scheme ends alike", sallyport.OriginCall{Origin: "app-https://localhost", ClientID: serviceID}, sallyport.OriginVerdict{}},
		{"a Native", sallyport.OriginCall{Origin: ours, ClientID: sallyporttest.ClientID}, sallyport.OriginVerdict{}},
		{"no client id at all", sallyport.OriginCall{Origin: ours, ClientID: "x"}, sallyport.OriginVerdict{}},
		{"a token, ours", sallyport.OriginCall{Origin: ours, AccessToken: access}, readable},
		{"a token, theirs", sallyport.OriginCall{Origin: theirs, AccessToken: access}, sallyport.OriginVerdict{}},
		{"a forged token", sallyport.OriginCall{Origin: ours, AccessToken: access[:len(access)-2] + "xx"}, sallyport.OriginVerdict{}},
		{"a request, ours", sallyport.OriginCall{Origin: ours, RequestID: pending}, readable},
		{"a request, theirs", sallyport.OriginCall{Origin: theirs, RequestID: pending}, sallyport.OriginVerdict{}},
		{"an unknown request", sallyport.OriginCall{Origin: ours, RequestID: otherApp}, sallyport.OriginVerdict{}},
	} {
		if got, err := k.Engine.JudgeOrigin(t.Context(), tt.in); err != nil || got != tt.want {
			t.Errorf("%s: got %+v, %v, want %+v", tt.name, got, err, tt.want)
		}
	}
	// A client that lists it no more, at once.
	k.Apply(t, func(d *directory.File) { d.Clients[1].CORSOrigins = nil })
	for _, in := range []sallyport.OriginCall{{}, {AccessToken: access}, {RequestID: pending}} {
		in.Origin = ours
		if got, err := k.Engine.JudgeOrigin(t.Context(), in); err != nil || got.Readable {
			t.Errorf("an origin that was taken back: got %+v, %v", got, err)
		}
	}
	k.Engine.Close()
	if got, err := k.Engine.JudgeOrigin(t.Context(), sallyport.OriginCall{Origin: theirs}); !errors.Is(err, sallyport.ErrClosed) || got != refused {
		t.Errorf("a closed engine: got %+v, %v, want a refusal and its error", got, err)
	}
}

// TestJudgeOriginOfAMachine: the token of a program has a client like any other,
// also once that may act for itself no more.
func TestJudgeOriginOfAMachine(t *testing.T) {
	const own = "https://service.example.com"
	k := newServiceKit(t)
	k.Apply(t, func(d *directory.File) { d.Clients[2].CORSOrigins = []string{own} })
	access := k.InProcess().As(serviceID, sallyporttest.ClientSecret).ClientCredentials().Tokens.AccessToken
	for _, grants := range [][]string{nil, {token.GrantVGAuthenticator}} {
		if grants != nil {
			k.Apply(t, func(d *directory.File) { d.Clients[2].GrantTypes = grants })
		}
		for origin, readable := range map[string]bool{own: true, sallyporttest.PublicOrigin: false} {
			want := sallyport.OriginVerdict{Readable: readable}
			if got, err := k.Engine.JudgeOrigin(t.Context(), sallyport.OriginCall{Origin: origin, AccessToken: access}); err != nil || got != want {
				t.Errorf("%s, grants %q: got %+v, %v, want %+v", origin, grants, got, err, want)
			}
		}
	}
}
