package sallyport_test

import (
	"errors"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// TestP10OpenRequests: the twenty-first pending login takes the place of the
// oldest idle one; where all are busy, that of the oldest.
func TestP10OpenRequests(t *testing.T) {
	beside(t)
	k := sallyporttest.New(t)
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "tom", TOTP: true, Email: mail, EmailValidated: true})
	first := c.Login(p.Name, p.Password).Want(t, wanted)
	second := c.Login(p.Name, p.Password).Want(t, wanted)
	for range 19 {
		c.Login(p.Name, p.Password).Want(t, wanted)
	}
	c.State(first.RequestID).Want(t, dead)
	c.State(second.RequestID).Want(t, wanted)

	k = sallyporttest.New(t)
	c, p = k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "tom", TOTP: true})
	var open []sallyporttest.Answer
	for range 20 {
		a := c.Login(p.Name, p.Password).Want(t, wanted)
		_, e := c.EnrollAuthenticator(a.RequestID) // staged: busy
		e.Want(t, false)
		open = append(open, a)
	}
	c.Login(p.Name, p.Password).Want(t, wanted)
	c.State(open[0].RequestID).Want(t, dead)
	c.State(open[1].RequestID).Want(t, wanted)
}

func TestP10Pictures(t *testing.T) {
	k := sallyporttest.New(t)
	yes := true
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "nora", MFA: &yes})
	a := c.Login(p.Name, p.Password)
	call := sallyport.EnrollmentCall{RequestID: a.RequestID}
	var first string
	for i := range 20 {
		key, err := k.Engine.BeginTOTP(t.Context(), call)
		if err != nil {
			t.Fatalf("picture %d: %v", i+1, err)
		}
		if first == "" {
			first = key.URI
		}
		if key.URI != first {
			t.Fatalf("picture %d shows another key", i+1)
		}
	}
	if _, err := k.Engine.BeginTOTP(t.Context(), call); !errors.Is(err, sallyport.ErrUnknownRequest) {
		t.Errorf("picture 21: got %v, want none", err)
	}
}

// TestP10Sends: five messages a request, one each thirty seconds, ten an hour
// an account; a refused resend leaves the old code valid.
func TestP10Sends(t *testing.T) {
	k := sallyporttest.New(t)
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
	a := c.Login(p.Name, p.Password)
	for i := range 5 {
		a = c.Choose(a, "Email", "OTP").Want(t, waiting)
		a = c.Choose(a, "Email", "OTP").Want(t, waiting) // a repeat within 30 s sends nothing
		if got := k.Outbox.Count(); got != i+1 {
			t.Fatalf("got %d messages, want %d", got, i+1)
		}
		k.Clock.Advance(30 * time.Second)
	}
	a = c.Choose(a, "Email", "OTP").Want(t, waiting)
	if got := k.Outbox.Count(); got != 5 {
		t.Errorf("got %d messages, want 5", got)
	}
	live := k.Outbox.LastCode(mail)
	c.Answer(a, live).Want(t, sallyport.Success)
	k.Clock.Advance(31 * time.Second)
	for range 6 {
		c.Choose(c.Login(p.Name, p.Password), "Email", "OTP")
	}
	if got := k.Outbox.Count(); got < 9 || got > 10 {
		t.Errorf("got %d messages in the hour, want 10 at most", got)
	}
	c.Choose(c.Login(p.Name, p.Password), "Email", "OTP").Want(t, unsent)
}

// TestP10OpenRequestsByAddress: the 21st pending login ends one of the address that
// holds most, where the address tells users apart: not behind a server that calls
// for many.
func TestP10OpenRequestsByAddress(t *testing.T) {
	const app = "6f209594-fc04-4e96-9f9f-7daf57b0fb12_"
	for _, tt := range []struct {
		client string
		first  sallyport.Status // of the owner's own, the oldest
	}{{sallyporttest.ClientID, wanted}, {sallyporttest.PublicClientID, wanted}, {app + "WebApp", dead}, {app + "Service", dead}} {
		t.Run(tt.client, func(t *testing.T) {
			k := sallyporttest.New(t, sallyporttest.WithDirectory(func(d *directory.File) {
				for _, platform := range []string{"WebApp", "Service"} {
					d.Clients = append(d.Clients, directory.Client{
						Application: d.Applications[0].Name, Platform: platform, GrantTypes: []string{"VGAuthenticator"}, Scopes: []string{"openid"},
						Secrets: []directory.Secret{{Value: sallyporttest.ClientSecret}},
					})
				}
			}))
			p := k.AddUser(t, sallyporttest.User{Name: "tom", TOTP: true})
			caller := &sallyport.Caller{ClientID: tt.client, ClientSecret: sallyporttest.ClientSecret}
			if tt.client == sallyporttest.PublicClientID {
				caller.ClientSecret = ""
			}
			begin := func(address string) string {
				r, err := k.Engine.Login(t.Context(), sallyport.Login{Caller: caller, Address: address, Username: p.Name, Password: p.Password})
				if err != nil || r.Status != wanted {
					t.Fatalf("got %v, %v, want options", r, err)
				}
				return r.RequestID
			}
			own := begin("203.0.113.1")
			for i := range 19 {
				begin([]string{"192.0.2.1", "192.0.2.2"}[i%2])
			}
			begin("203.0.113.1")
			r, err := k.Engine.Login(t.Context(), sallyport.Login{Caller: caller, RequestID: own})
			if err != nil || r.Status != tt.first {
				t.Errorf("the owner's first: got %v, %v, want %s", r, err, tt.first)
			}
		})
	}
}
