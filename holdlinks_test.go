package sallyport_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// TestHoldLinks: a call is held for as long as its client says, and then answered
// as one that goes on waiting. The next call waits for the same link.
func TestHoldLinks(t *testing.T) {
	second := func(n int) *time.Duration { return new(time.Duration(n) * time.Second) }
	for _, tt := range []struct {
		name string
		hold *time.Duration
		held int // seconds
	}{
		{"as long as the link lives", nil, 90},
		{"a part of it", second(20), 20},
		{"longer than the link lives", second(100), 90},
		{"not at all", second(0), 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := sallyporttest.New(t, sallyporttest.WithDirectory(func(d *directory.File) { d.Clients[0].HoldLinks = tt.hold }))
				c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
				a := c.Login(p.Name, p.Password).Want(t, wanted)
				call, before := chooseLink(c, a), k.Outbox.Count()
				if tt.held == 0 {
					wantHeld(t, call, false)
				} else {
					wantHeld(t, call, true)
					k.Clock.Advance(time.Duration(tt.held)*time.Second - 1)
					time.Sleep(250 * time.Millisecond) // the bubble's time: one tick
					wantHeld(t, call, true)
					k.Clock.Advance(1)
				}
				if tt.held == 90 {
					(<-call).Want(t, dead)
					return
				}
				if tt.held > 0 {
					(<-call).Want(t, waiting)
					call = chooseLink(c, a)
					wantHeld(t, call, true)
				}
				c.Approve(k.Outbox.LastLink(mail))
				if tt.held == 0 {
					call = chooseLink(c, a)
				}
				(<-call).Want(t, sallyport.Success)
				if got := k.Outbox.Count(); got > before+1 {
					t.Errorf("got %d messages, want the one link", got-before)
				}
			})
		})
	}
}

// TestHoldLinksAnotherChange: what else happens to the account does not make a call
// be held anew from the beginning.
func TestHoldLinksAnotherChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := sallyporttest.New(t, sallyporttest.WithDirectory(func(d *directory.File) { d.Clients[0].HoldLinks = new(20 * time.Second) }))
		c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
		call := chooseLink(c, c.Login(p.Name, p.Password).Want(t, wanted))
		wantHeld(t, call, true)
		k.Clock.Advance(15 * time.Second)
		loginElsewhere(c, p).Want(t, wanted)
		time.Sleep(250 * time.Millisecond) // the bubble's time: one tick
		wantHeld(t, call, true)
		k.Clock.Advance(5 * time.Second)
		(<-call).Want(t, waiting)
	})
}

// TestHoldLinksClockSetBack: a clock that is set back holds no call for longer. A
// link that then lies over a minute ahead is dead, and its call is told so at once.
func TestHoldLinksClockSetBack(t *testing.T) {
	for _, back := range []time.Duration{30 * time.Second, time.Hour} {
		for _, hold := range []*time.Duration{nil, new(20 * time.Second)} {
			synctest.Test(t, func(t *testing.T) {
				k := sallyporttest.New(t, sallyporttest.WithDirectory(func(d *directory.File) { d.Clients[0].HoldLinks = hold }))
				c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
				call := chooseLink(c, c.Login(p.Name, p.Password).Want(t, wanted))
				wantHeld(t, call, true)
				k.Clock.Advance(-back)
				time.Sleep(250 * time.Millisecond) // the bubble's time: one tick
				if back == time.Hour {
					(<-call).Want(t, dead)
					return
				}
				wantHeld(t, call, true)
				if hold == nil {
					c.Approve(k.Outbox.LastLink(mail))
					(<-call).Want(t, sallyport.Success)
					return
				}
				k.Clock.Advance(20 * time.Second)
				(<-call).Want(t, waiting)
			})
		}
	}
}

// TestLoginBegunAnew: a new login of the same client, address and account ends the
// link of the one before, whose call is answered at once; no other login does.
func TestLoginBegunAnew(t *testing.T) {
	const one, other = "198.51.100.1", "198.51.100.2"
	native := sallyport.Caller{ClientID: sallyporttest.ClientID, ClientSecret: sallyporttest.ClientSecret}
	for _, tt := range []struct {
		name          string
		caller        sallyport.Caller
		first, second string // addresses
		ends          bool
	}{
		{"the same", native, one, one, true},
		{"of one IPv6 network", native, "2001:db8:0:1::1", "2001:db8:0:1:ffff::2", true},
		{"as IPv6 writes it", native, one, "::ffff:" + one, true},
		{"on this machine", native, "127.0.0.1", "127.0.0.1", true},
		{"of another address", native, one, other, false},
		{"of another IPv6 network", native, "2001:db8:0:1::1", "2001:db8:0:2::1", false},
		{"of no known address", native, "", "", false},
		{"of another client", sallyport.Caller{ClientID: sallyporttest.PublicClientID}, one, one, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := sallyporttest.New(t)
				p := k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
				begin := func(caller sallyport.Caller, address string) *sallyport.Result {
					r, err := k.Engine.Login(t.Context(), sallyport.Login{Caller: &caller, Address: address, Username: p.Name, Password: p.Password})
					if err != nil || r.Status != wanted {
						t.Fatalf("got %v, %v, want a second factor wanted", r, err)
					}
					return r
				}
				choose := sallyport.Login{Caller: &native}
				r := begin(native, tt.first)
				choose.RequestID, choose.OptionID = r.RequestID, linkOf(r)
				held := make(chan *sallyport.Result, 1)
				go func() {
					r, err := k.Engine.Wait(t.Context(), choose)
					if err != nil {
						t.Error(err)
					}
					held <- r
				}()
				synctest.Wait()
				link := linkToken(k.Outbox.LastLink(mail))
				begin(tt.caller, tt.second)
				time.Sleep(250 * time.Millisecond) // the bubble's time: one tick
				synctest.Wait()
				v, err := k.Engine.ViewLink(t.Context(), link)
				if ended := len(held) == 1; ended != tt.ends || err != nil || (v.Outcome == sallyport.LinkOver) != tt.ends {
					t.Errorf("got the call ended: %v, and the page %q, %v, want ended: %v", ended, v.Outcome, err, tt.ends)
				}
				k.Clock.Advance(90 * time.Second)
				if r := <-held; r.Status != dead {
					t.Errorf("got %v, want %v", r.Status, dead)
				}
			})
		})
	}
}

// linkOf finds the option of a mailed link.
func linkOf(r *sallyport.Result) string {
	for _, o := range r.Options {
		if o.Transport.String()+o.Mode.String() == "EmailLink" {
			return o.ID
		}
	}
	return ""
}
