package sallyport_test

import (
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// TestLinksOfTwoLogins: while two logins of an account have a live link, and
// no number tells them apart, neither can be approved; denying always can.
func TestLinksOfTwoLogins(t *testing.T) {
	k := sallyporttest.New(t)
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
	send := func() (sallyport.Login, string) {
		in := sendLink(t, k, loginElsewhere(c, p).Want(t, wanted))
		return in, k.Outbox.LastLink(mail)
	}
	mine, first := send()
	_, thiefs := send()
	decide := func(link string, approve bool) sallyport.LinkOutcome {
		token := linkToken(link)
		v, err := k.Engine.ViewLink(t.Context(), token)
		if err != nil {
			t.Fatal(err)
		}
		o, err := k.Engine.DecideLink(t.Context(), token, sallyport.LinkDecision{Nonce: v.Nonce, Approve: approve})
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	for _, link := range []string{first, thiefs} {
		if got := decide(link, true); got != sallyport.LinkMustWait {
			t.Errorf("got %s, want %s", got, sallyport.LinkMustWait)
		}
	}
	if got := decide(thiefs, false); got != sallyport.LinkDenied {
		t.Errorf("got %s, want %s", got, sallyport.LinkDenied)
	}
	if got := decide(first, true); got != sallyport.LinkApproved {
		t.Errorf("got %s, want %s", got, sallyport.LinkApproved)
	}
	if r, err := k.Engine.Login(t.Context(), mine); err != nil || r.Status != sallyport.Success {
		t.Errorf("got %v, %v, want success", r, err)
	}
	// Somebody said "this wasn't me": no links for an hour, but a code.
	if got := c.Login(p.Name, p.Password).Offered(); len(got) != 1 || got[0] != "Email OTP" {
		t.Errorf("got options %q, want the code alone", got)
	}
	k.Clock.Advance(time.Hour)
	if got := c.Login(p.Name, p.Password).Offered(); len(got) != 2 {
		t.Errorf("got options %q, want both again", got)
	}
}

// TestLinkOfADeadLogin: a link of a login that is dead, though nobody has met it, keeps no
// other waiting.
func TestLinkOfADeadLogin(t *testing.T) {
	for _, tt := range []struct {
		name string
		die  func(t *testing.T, k *sallyporttest.Kit, p *sallyporttest.Person)
		want sallyport.LinkOutcome
	}{
		{"it lives", func(*testing.T, *sallyporttest.Kit, *sallyporttest.Person) {}, sallyport.LinkMustWait},
		{"the account's sessions were ended", func(t *testing.T, k *sallyporttest.Kit, p *sallyporttest.Person) {
			if err := k.Engine.Admin(sallyport.Actor{Name: "ops"}).EndSessions(t.Context(), p.ID); err != nil {
				t.Fatal(err)
			}
		}, sallyport.LinkApproved},
		{"it began ahead of the clock", func(_ *testing.T, k *sallyporttest.Kit, _ *sallyporttest.Person) {
			k.Clock.Set(k.Clock.Now().Add(-time.Minute - time.Second))
		}, sallyport.LinkApproved},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k := sallyporttest.New(t)
			c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
			sendLink(t, k, loginElsewhere(c, p).Want(t, wanted))
			tt.die(t, k, p)
			sendLink(t, k, c.Login(p.Name, p.Password).Want(t, wanted))
			token := linkToken(k.Outbox.LastLink(mail))
			v, err := k.Engine.ViewLink(t.Context(), token)
			if err != nil || v.MustWait != (tt.want == sallyport.LinkMustWait) {
				t.Errorf("the page says wait %v, error %v", v.MustWait, err)
			}
			got, err := k.Engine.DecideLink(t.Context(), token, sallyport.LinkDecision{Nonce: v.Nonce, Approve: true})
			if err != nil || got != tt.want {
				t.Errorf("got %s, %v, want %s", got, err, tt.want)
			}
		})
	}
}

// TestLinksIgnored: two links in a row that nobody answered withhold links, and the answer to
// a call that met it is repeated all the same.
func TestLinksIgnored(t *testing.T) {
	k := sallyporttest.New(t)
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
	for range 2 {
		in := sendLink(t, k, c.Login(p.Name, p.Password).Want(t, wanted))
		k.Clock.Advance(90 * time.Second)
		for range 2 { // the client sends each call twice
			c.Call(in).Want(t, dead)
		}
	}
	if got := c.Login(p.Name, p.Password).Offered(); len(got) != 1 || got[0] != "Email OTP" {
		t.Errorf("got options %q, want the code alone", got)
	}
}

// TestLinkGivenUp: a link that a later login of the same client and address has ended is not
// counted as one that nobody answered, however late it is met.
func TestLinkGivenUp(t *testing.T) {
	for _, late := range []time.Duration{0, 90 * time.Second} {
		k := sallyporttest.New(t)
		c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
		var calls []sallyport.Login
		for range 3 {
			calls = append(calls, sendLink(t, k, c.Login(p.Name, p.Password).Want(t, wanted)))
		}
		k.Clock.Advance(late)
		for _, in := range calls[:2] {
			c.Call(in).Want(t, dead)
		}
		if got := c.Login(p.Name, p.Password).Offered(); len(got) != 2 {
			t.Errorf("met after %s: got options %q, want links offered", late, got)
		}
	}
}

// TestVoidedCodeIsNotLive: a code that a staging made void does not count as live
// when no more may be sent.
func TestVoidedCodeIsNotLive(t *testing.T) {
	k := sallyporttest.New(t)
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
	a := c.Login(p.Name, p.Password).Want(t, wanted)
	for range 5 {
		c.Choose(a, "Email", "OTP").Want(t, waiting)
		k.Clock.Advance(31 * time.Second)
	}
	c.Choose(a, "Email", "OTP").Want(t, waiting) // no more may be sent, and the last is good
	_, e := c.EnrollAuthenticator(a.RequestID)
	e.Want(t, false)
	c.Choose(a, "Email", "OTP").Want(t, unsent)
}
