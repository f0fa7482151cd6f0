package sallyport_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// The clock is put right by hours while the engine serves: what was granted while
// it was ahead is dead, and what was denied begins anew.

// clockKit is a kit with two users, whose clock is two hours ahead.
func clockKit(t *testing.T) (k *sallyporttest.Kit, c *sallyporttest.Client, back func(by time.Duration)) {
	t.Helper()
	k = sallyporttest.New(t)
	k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
	k.AddUser(t, sallyporttest.User{Name: "paul"})
	k.AddUser(t, sallyporttest.User{Name: "tom", TOTP: true})
	k.AddUser(t, sallyporttest.User{Name: "ada", TOTP: true, Email: "ada@example.com", EmailValidated: true})
	return k, k.InProcess(), func(by time.Duration) { k.Clock.Set(k.Clock.Now().Add(-by)) }
}

// TestP6ClockFollowed: a clock that is set back by more than a few seconds is
// followed, and the log says so once.
func TestP6ClockFollowed(t *testing.T) {
	k, c, back := clockKit(t)
	c.Login("paul", sallyporttest.Password).Want(t, sallyport.Success)
	back(5*time.Second + 1)
	for range 3 {
		c.Login("paul", sallyporttest.Password).Want(t, sallyport.Success)
		all := k.Events()
		if got := all[len(all)-1].Time; !got.Equal(k.Clock.Now()) {
			t.Errorf("got the event at %v, want %v", got, k.Clock.Now())
		}
	}
	if n := strings.Count(k.Logs(), "the clock was set back"); n != 1 {
		t.Errorf("the log tells %d times, want once:\n%s", n, k.Logs())
	}
}

// TestP6GrantedAhead: what grants is good on a node whose clock is a minute
// behind, and dead where it began further ahead; also once the clock is there.
func TestP6GrantedAhead(t *testing.T) {
	type try func(c *sallyporttest.Client) bool // reports whether it still grants
	for _, tt := range []struct {
		name string
		make func(t *testing.T, k *sallyporttest.Kit, c *sallyporttest.Client) try
	}{
		{"access token", func(t *testing.T, k *sallyporttest.Kit, c *sallyporttest.Client) try {
			a := c.Login("paul", sallyporttest.Password).Want(t, sallyport.Success)
			return func(*sallyporttest.Client) bool {
				_, err := k.Engine.Verify(t.Context(), a.Tokens.AccessToken)
				return err == nil
			}
		}},
		{"refresh token", func(t *testing.T, _ *sallyporttest.Kit, c *sallyporttest.Client) try {
			a := c.Login("paul", sallyporttest.Password).Want(t, sallyport.Success)
			return func(c *sallyporttest.Client) bool { return c.Refresh(a.Tokens.RefreshToken).Granted() }
		}},
		{"request", func(t *testing.T, k *sallyporttest.Kit, c *sallyporttest.Client) try {
			a := c.Login("tom", sallyporttest.Password).Want(t, wanted)
			return func(c *sallyporttest.Client) bool {
				return c.AnswerWith(a, "MicrosoftAuthenticator", "OTP", k.Person("tom").Authenticator.Code()).Granted()
			}
		}},
		{"code", func(t *testing.T, k *sallyporttest.Kit, c *sallyporttest.Client) try {
			a := c.Choose(c.Login("marie", sallyporttest.Password), "Email", "OTP").Want(t, waiting)
			code := k.Outbox.LastCode(mail)
			return func(c *sallyporttest.Client) bool { return c.Answer(a, code).Granted() }
		}},
		{"link", func(t *testing.T, k *sallyporttest.Kit, c *sallyporttest.Client) try {
			in := sendLink(t, k, c.Login("marie", sallyporttest.Password))
			link := k.Outbox.LastLink(mail)
			return func(c *sallyporttest.Client) bool {
				c.Approve(link)
				return c.Call(in).Granted()
			}
		}},
		{"approved link", func(t *testing.T, k *sallyporttest.Kit, c *sallyporttest.Client) try {
			in := sendLink(t, k, c.Login("marie", sallyporttest.Password))
			c.Approve(k.Outbox.LastLink(mail))
			return func(c *sallyporttest.Client) bool { return c.Call(in).Granted() }
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k, c, back := clockKit(t)
			grants := tt.make(t, k, c)
			back(time.Minute)
			if !grants(c) {
				t.Error("a minute ahead: refused, want it granted")
			}
			k, c, back = clockKit(t)
			grants = tt.make(t, k, c)
			back(time.Minute + 1)
			if grants(c) {
				t.Fatal("over a minute ahead: granted, want it dead")
			}
			k.Clock.Advance(time.Minute + 1)
			if tt.name != "access token" && grants(c) { // to look at one writes nothing
				t.Error("what was seen dead was granted once the clock was there")
			}
		})
	}
}

// TestP6SentAhead: a request from before the clock went wrong goes on after it
// was put right, and what was sent meanwhile is void.
func TestP6SentAhead(t *testing.T) {
	k, c, back := clockKit(t)
	a := c.Login("marie", sallyporttest.Password).Want(t, wanted)
	k.Clock.Advance(5 * time.Minute)
	a = c.Choose(a, "Email", "OTP").Want(t, waiting)
	code := k.Outbox.LastCode(mail)
	back(5 * time.Minute)
	c.Answer(a, code).Want(t, wrong)
	a = c.Choose(a, "Email", "OTP").Want(t, waiting) // at once
	if k.Outbox.LastCode(mail) == code {
		t.Fatal("no new code was sent")
	}
	c.Answer(a, k.Outbox.LastCode(mail)).Want(t, sallyport.Success)
}

// TestP6StagedAhead: what is sent after something was staged adds it, also where the clock
// was set back in between, by no more than nodes may be apart.
func TestP6StagedAhead(t *testing.T) {
	for _, option := range []string{"OTP", "Link"} {
		k, c, back := clockKit(t)
		a := c.Login("marie", sallyporttest.Password).Want(t, wanted)
		_, e := c.EnrollAuthenticator(a.RequestID)
		e.Want(t, false)
		back(40 * time.Second)
		if option == "OTP" {
			a = c.Choose(a, "Email", "OTP").Want(t, waiting)
			c.Answer(a, k.Outbox.LastCode(mail)).Want(t, sallyport.Success)
		} else {
			in := sendLink(t, k, a)
			c.Decide(k.Outbox.LastLink(mail), sallyport.LinkDecision{Approve: true, Add: true})
			c.Call(in).Want(t, sallyport.Success)
		}
		k.Clock.Advance(time.Minute) // to the step that confirmed it
		if got := c.Login("marie", sallyporttest.Password).Offered(); len(got) != 3 {
			t.Errorf("%s: got options %q, want the authenticator among them", option, got)
		}
	}
}

// TestP6UndoAhead: the link by which an owner removes a factor grants, too.
func TestP6UndoAhead(t *testing.T) {
	k, c, back := clockKit(t)
	a := c.Login("marie", sallyporttest.Password).Want(t, wanted)
	c.EnrollAuthenticator(a.RequestID)
	k.Clock.Advance(time.Minute)
	c.Answer(c.Choose(a, "Email", "OTP"), k.Outbox.LastCode(mail)).Want(t, sallyport.Success)
	link := linkToken(k.Outbox.Await(mail, "notice").Link)
	if _, err := k.Engine.ViewLink(t.Context(), link); err != nil {
		t.Fatalf("the link: %v", err)
	}
	back(2 * time.Minute)
	if _, err := k.Engine.ViewLink(t.Context(), link); !errors.Is(err, sallyport.ErrUnknownRequest) {
		t.Errorf("got error %v, want %v", err, sallyport.ErrUnknownRequest)
	}
}

// TestP6LockedAhead: a lock that began ahead of the clock begins when it is met,
// lasts as long as it would have, and is no longer for being met again.
func TestP6LockedAhead(t *testing.T) {
	k, c, back := clockKit(t)
	for i := range 10 {
		c.Login("paul", fmt.Sprint("wrong ", i))
	}
	back(2 * time.Hour)
	for range 3 {
		c.Login("paul", sallyporttest.Password).Want(t, lockedOut)
		k.Clock.Advance(5*time.Minute - 1)
	}
	c.Login("paul", sallyporttest.Password).Want(t, lockedOut)
	k.Clock.Advance(3)
	c.Login("paul", sallyporttest.Password).Want(t, sallyport.Success)
}

// TestP6MissesAhead: misses that lie ahead stay counted, in a window that begins
// when they are met.
func TestP6MissesAhead(t *testing.T) {
	k, c, back := clockKit(t)
	for i := range 9 {
		c.Login("paul", fmt.Sprint("wrong ", i))
	}
	back(2 * time.Hour)
	c.Login("paul", "wrong 9")
	c.Login("paul", sallyporttest.Password).Want(t, lockedOut)

	for i := range 9 {
		c.Login("nobody", fmt.Sprint("wrong ", i))
	}
	back(2 * time.Hour)
	c.Login("nobody", "wrong 8").Want(t, lockedOut) // no repeat of what lies ahead: the tenth
	k.Clock.Advance(15 * time.Minute)
	c.Login("nobody", "wrong 11").Want(t, mismatch)
}

// TestP6GuessesAhead: guesses at a second factor that lie ahead of the clock stay
// counted for an hour from when they are met.
func TestP6GuessesAhead(t *testing.T) {
	k, c, back := clockKit(t)
	guess := func(n int) {
		t.Helper()
		a := c.Login("marie", sallyporttest.Password).Want(t, wanted)
		a = c.Choose(a, "Email", "OTP")
		for i := range n {
			c.Answer(a, fmt.Sprintf("%06d", i)).Want(t, wrong)
		}
	}
	guess(5)
	guess(5)
	c.Login("marie", sallyporttest.Password).Want(t, exhausted)
	back(3 * time.Hour)
	c.Login("marie", sallyporttest.Password).Want(t, exhausted)
	k.Clock.Advance(time.Hour - 1)
	c.Login("marie", sallyporttest.Password).Want(t, exhausted)
	k.Clock.Advance(1)
	c.Login("marie", sallyporttest.Password).Want(t, wanted)
}

// TestP6StepAhead: an authenticator whose last step lies ahead is offered only
// where nothing else is, and its codes are neither looked at nor charged.
func TestP6StepAhead(t *testing.T) {
	k, c, back := clockKit(t)
	for _, name := range []string{"tom", "ada"} {
		a := c.Login(name, sallyporttest.Password).Want(t, wanted)
		c.AnswerWith(a, "MicrosoftAuthenticator", "OTP", k.Person(name).Authenticator.Code()).Want(t, sallyport.Success)
	}
	offered := func(name string) bool {
		return slices.Contains(c.Login(name, sallyporttest.Password).Want(t, wanted).Offered(), "MicrosoftAuthenticator OTP")
	}
	back(30 * time.Second) // one step
	if !offered("ada") {
		t.Error("one step ahead: not offered")
	}
	back(30 * time.Second)
	if offered("ada") {
		t.Error("two steps ahead: offered beside others")
	}
	a := c.Login("tom", sallyporttest.Password).Want(t, wanted)
	for range 12 { // more than a request and an account are charged for
		a = c.AnswerWith(a, "MicrosoftAuthenticator", "OTP", k.Person("tom").Authenticator.Code()).Want(t, wrong)
	}
	if got := k.EventKinds(); got[len(got)-1] != sallyport.EventAuthenticatorAhead {
		t.Errorf("the last event: got %q, want %q", got[len(got)-1], sallyport.EventAuthenticatorAhead)
	}
	k.Clock.Advance(90 * time.Second)
	c.AnswerWith(a, "MicrosoftAuthenticator", "OTP", k.Person("tom").Authenticator.Code()).Want(t, sallyport.Success)
}
