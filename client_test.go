package sallyport_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store/memstore"
)

// TestThrottledClient: a client that fails to authenticate is turned away after
// twenty times a minute from one public address, and others are not.
func TestThrottledClient(t *testing.T) {
	k := sallyporttest.New(t)
	call := func(secret, address string) error {
		return from(k.InProcess().As(sallyporttest.ClientID, secret), address, 1)
	}
	for i := range 20 {
		if p, ok := errors.AsType[*sallyport.ProtocolError](call("wrong", "192.0.2.1")); !ok || p.Code != "invalid_client" {
			t.Fatalf("call %d: got %v, want invalid_client", i+1, p)
		}
	}
	if err := call(sallyporttest.ClientSecret, "192.0.2.1"); !errors.Is(err, sallyport.ErrBusy) {
		t.Errorf("got %v, want busy", err)
	}
	if err := call(sallyporttest.ClientSecret, "192.0.2.2"); err != nil {
		t.Errorf("another address: got %v", err)
	}
	k.Clock.Advance(time.Minute)
	if err := call(sallyporttest.ClientSecret, "192.0.2.1"); err != nil {
		t.Errorf("a minute later: got %v", err)
	}
}

// from has a client call n times from an address and answers the last error.
func from(c *sallyporttest.Client, address string, n int) (err error) {
	for range n {
		err = c.Call(sallyport.Login{Username: "nobody", Password: "wrong", Address: address}).Err
	}
	return err
}

// TestThrottleBounds: nineteen misses of a minute turn nobody away, twenty do,
// to the end of the minute; and only that client from that address.
func TestThrottleBounds(t *testing.T) {
	k := sallyporttest.New(t)
	good, bad := k.InProcess(), k.InProcess().As(sallyporttest.ClientID, "wrong")
	const v4, v6 = "192.0.2.1", "2001:db8:0:1::1"
	busy := func(err error) bool { return errors.Is(err, sallyport.ErrBusy) }

	from(bad, v4, 19)
	if err := from(good, v4, 1); err != nil {
		t.Errorf("after 19: got %v, want a verdict", err)
	}
	if err := from(bad, v4, 1); busy(err) {
		t.Errorf("the twentieth: got %v, want it refused as a wrong secret", err)
	}
	if err := from(good, v4, 1); !busy(err) {
		t.Errorf("after 20: got %v, want busy", err)
	}
	if err := from(good, "::ffff:"+v4, 1); !busy(err) {
		t.Errorf("the same address as IPv6 writes it: got %v, want busy", err)
	}
	if err := from(k.InProcess().As(sallyporttest.PublicClientID, ""), v4, 1); err != nil {
		t.Errorf("another client: got %v, want a verdict", err)
	}
	k.Clock.Advance(time.Minute - 1)
	if err := from(good, v4, 1); !busy(err) {
		t.Errorf("at the end of the minute: got %v, want busy", err)
	}
	k.Clock.Advance(1)
	if err := from(good, v4, 1); err != nil {
		t.Errorf("in the next minute: got %v, want a verdict", err)
	}

	from(bad, v6, 20)
	for address, want := range map[string]bool{"2001:db8:0:1:ffff::2": true, "2001:db8:0:2::1": false, "192.0.2.9": false} {
		if err := from(good, address, 1); busy(err) != want {
			t.Errorf("%s beside %s: got %v, want busy: %v", address, v6, err, want)
		}
	}
	for _, many := range []string{"127.0.0.1", "::1", "10.1.2.3", "192.168.0.1", "::ffff:10.0.0.1", "fe80::1", "no address"} {
		if err := from(bad, many, 25); busy(err) {
			t.Errorf("%s: got %v, though many may stand behind it", many, err)
		}
	}
}

// TestTwoReadingsOfASecret: either reading authenticates, and both together are
// one attempt.
func TestTwoReadingsOfASecret(t *testing.T) {
	const long = "a secret of the client, 100%"
	k := sallyporttest.New(t, sallyporttest.WithConfig(func(c *sallyport.Config) { c.Issuer = "https://id.example.com" }),
		sallyporttest.WithDirectory(func(d *directory.File) { d.Clients[0].Secrets = []directory.Secret{{Value: long}} }))
	call := func(id, secret, other string) error {
		_, err := k.Engine.Login(t.Context(), sallyport.Login{
			Caller: &sallyport.Caller{ClientID: id, ClientSecret: secret, OtherSecret: other}, Address: "192.0.2.1", Username: "nobody", Password: "wrong",
		})
		return err
	}
	for _, tt := range []struct {
		name, id, secret, other string
		good                    bool
	}{
		{"the first", sallyporttest.ClientID, long, "a secret that is wrong", true},
		{"the second", sallyporttest.ClientID, "a secret that is wrong", long, true},
		{"the second alone", sallyporttest.ClientID, "", long, true},
		{"neither", sallyporttest.ClientID, "a secret that is wrong", "a secret wrong too", false},
		{"a public client with none", sallyporttest.PublicClientID, "", "", true},
		{"a public client with a second", sallyporttest.PublicClientID, "x", "y", false},
		{"too long", sallyporttest.ClientID, long, strings.Repeat("x", 1025), false},
	} {
		if err := call(tt.id, tt.secret, tt.other); (err == nil) != tt.good {
			t.Errorf("%s: got %v, want good: %v", tt.name, err, tt.good)
		}
	}
	k.Clock.Advance(time.Minute)
	for range 19 {
		call(sallyporttest.ClientID, "a wrong secret, one", "a wrong secret, two")
	}
	if err := call(sallyporttest.ClientID, long, ""); err != nil {
		t.Errorf("after 19 attempts of two readings: got %v, want a verdict", err)
	}
	call(sallyporttest.ClientID, "a wrong secret, one", "a wrong secret, two")
	if err := call(sallyporttest.ClientID, long, ""); !errors.Is(err, sallyport.ErrBusy) {
		t.Errorf("after 20: got %v, want busy", err)
	}
}

// TestSecretsOfAPublicIssuer: where the issuer is not this machine, a client
// secret under sixteen characters does not authenticate, although it was applied,
// and a public client needs none.
func TestSecretsOfAPublicIssuer(t *testing.T) {
	beside(t)
	const short, long, wide = "fifteen letters", "sixteen letters.", "fünfzehn Umläut"
	st, file := memstore.New(), sallyporttest.Directory()
	for i := range file.Clients {
		if !file.Clients[i].Public {
			file.Clients[i].Secrets = []directory.Secret{{Value: short}, {Value: long}, {Value: wide}}
		}
	}
	file.Users = append(file.Users, directory.User{Name: "paul", Password: sallyporttest.Password, Roles: []directory.Grant{{Application: file.Applications[0].Name, Role: file.Applications[0].Roles[0].Name}}})
	for _, issuer := range []string{"http://localhost", "https://id.example.com"} {
		e, err := sallyport.New(t.Context(), sallyport.Config{Store: st, InsecurePlainStore: true, Issuer: issuer})
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		local := issuer == "http://localhost"
		if local {
			if _, err := e.Apply(t.Context(), file, directory.Options{}); err != nil {
				t.Fatal(err)
			}
		}
		for _, tt := range []struct {
			client, secret string
			good           bool
		}{{sallyporttest.ClientID, long, true}, {sallyporttest.ClientID, short, local}, {sallyporttest.ClientID, wide, local}, {sallyporttest.PublicClientID, "", true}} {
			r, err := e.Login(t.Context(), sallyport.Login{Caller: &sallyport.Caller{ClientID: tt.client, ClientSecret: tt.secret}, Username: "paul", Password: sallyporttest.Password})
			if good := err == nil && r.Tokens != nil; good != tt.good {
				t.Errorf("%s, %s with %d characters: got %v, %v, want tokens: %v", issuer, tt.client, len(tt.secret), r, err, tt.good)
			}
		}
	}
}

// TestToldAddress: the page of a link shows the address that a client tells of its
// user, if the client is marked for that and the address is one.
func TestToldAddress(t *testing.T) {
	for _, tt := range []struct {
		name   string
		marked bool
		told   string
		want   string
	}{
		{"told and believed", true, "203.0.113.9", "203.0.113.9"},
		{"no address", true, "not an address", "192.0.2.1"},
		{"not told", true, "", "192.0.2.1"},
		{"not believed", false, "203.0.113.9", "192.0.2.1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			const web = "6f209594-fc04-4e96-9f9f-7daf57b0fb12_WebApp"
			k := sallyporttest.New(t, sallyporttest.WithDirectory(func(d *directory.File) {
				d.Clients = append(d.Clients, directory.Client{
					Application: d.Applications[0].Name, Platform: "WebApp", GrantTypes: []string{"VGAuthenticator"}, Scopes: []string{"openid"},
					Secrets: []directory.Secret{{Value: sallyporttest.ClientSecret}}, SpeaksForUsers: tt.marked,
				})
			}))
			p := k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
			in := sallyport.Login{
				Caller: &sallyport.Caller{ClientID: web, ClientSecret: sallyporttest.ClientSecret}, Address: "192.0.2.1", UserAddress: tt.told,
				Username: p.Name, Password: p.Password,
			}
			r, err := k.Engine.Login(t.Context(), in)
			if err != nil || r.Status != wanted {
				t.Fatalf("got %v, %v, want options", r, err)
			}
			link := slices.IndexFunc(r.Options, func(o sallyport.Option) bool { return o.Mode == mfa.Link })
			in.Username, in.Password, in.RequestID, in.OptionID = "", "", r.RequestID, r.Options[link].ID
			if r, err := k.Engine.Login(t.Context(), in); err != nil || !r.LinkSent {
				t.Fatalf("got %v, %v, want a link", r, err)
			}
			v, err := k.Engine.ViewLink(t.Context(), linkToken(k.Outbox.LastLink(mail)))
			if err != nil || v.From != tt.want {
				t.Errorf("got %q, %v, want %q", v.From, err, tt.want)
			}
		})
	}
}

// TestNeighboursAreToldApart: the wrong secrets from one IPv6 /64 put off no one in
// the next, and all of one /64 count together.
func TestNeighboursAreToldApart(t *testing.T) {
	k := sallyporttest.New(t)
	call := func(address string) error {
		_, err := k.Engine.Login(t.Context(), sallyport.Login{
			Caller: &sallyport.Caller{ClientID: sallyporttest.ClientID, ClientSecret: "a wrong secret"}, Address: address, Username: "paul", Password: "x",
		})
		return err
	}
	for i := range 20 {
		call(fmt.Sprintf("2001:db8:0:2::%x", i))
	}
	if err := call("2001:db8:0:2:ffff:ffff:ffff:ffff"); !errors.Is(err, sallyport.ErrBusy) {
		t.Errorf("of the same /64: got %v, want it put off", err)
	}
	for _, next := range []string{"2001:db8:0:3::1", "2001:db8:0:1:ffff:ffff:ffff:ffff"} {
		if _, told := errors.AsType[*sallyport.ProtocolError](call(next)); !told {
			t.Errorf("%s is put off for its neighbour", next)
		}
	}
}
