package sallyport_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// TestPeopleEdges walks the clock over each boundary of what people do with their
// accounts: a nanosecond before it, at it, and a nanosecond after it.
func TestPeopleEdges(t *testing.T) {
	beside(t)
	factor := sallyporttest.User{Email: mail, EmailValidated: true}
	for _, tt := range []struct {
		name          string
		user          sallyporttest.User
		edge          time.Duration // after what begin does
		begin         func(*changing) (then func() string)
		before, since string
	}{
		{"a login that waits", factor, mfa.Life, (*changing).waits, "FactorWanted", "Denied, over"},
		{"a login that wants another password", sallyporttest.User{MustChangePassword: true}, mfa.Life, (*changing).waits, "PasswordChangeWanted, must change", "Denied, over"},
		{"the change in it", sallyporttest.User{MustChangePassword: true}, mfa.Life, (*changing).changesLate, "Success", "ChangePasswordRequestNotExists"},
		{"a staged password in its login", factor, mfa.Life, (*changing).staged, "FactorWanted", "Denied, over"},
		{"a staged password that is proven", factor, time.Minute, (*changing).provesLate, "Granted; the new one is good: true", "FactorWanted, wrong code; the new one is good: false"},
		{"the same at the end of its login", factor, 30 * time.Second, (*changing).provesAtLast, "Granted; the new one is good: true", "Denied, over; the new one is good: false"},
		{"the window of wrong passwords", sallyporttest.User{}, 15 * time.Minute, (*changing).missesTen, "Denied, locked out", "Denied, wrong password"},
		{"a repeat of one", sallyporttest.User{}, 10 * time.Second, (*changing).repeats, "Denied, last try", "Denied, locked out"},
		{"a lock", sallyporttest.User{}, 15 * time.Minute, (*changing).locks, "Denied, locked out", "Granted"},
		{"the second lock", sallyporttest.User{}, 30 * time.Minute, (*changing).locksTwice, "Denied, locked out", "Granted"},
		{"the age of a password", sallyporttest.User{}, 90 * 24 * time.Hour, (*changing).ages, "Granted", "PasswordChangeWanted, password expired"},
		{"the age of one that was set since", sallyporttest.User{}, 90 * 24 * time.Hour, (*changing).agesAnew, "Granted", "PasswordChangeWanted, password expired"},
		{"the age of a password at a refresh", sallyporttest.User{}, 24 * time.Hour, (*changing).refreshes, "granted: true", "granted: false"},
		{"a password that an administrator gives", sallyporttest.User{}, account.GivenLife, (*changing).isGiven, "PasswordChangeWanted, must change", "Denied, wrong password"},
		{"a mailed key for another password", factor, 30 * time.Minute, (*changing).resets, "Granted", "Denied"},
		{"the start of an account", startsIn(time.Hour), time.Hour, (*changing).logsIn, "Denied, not yet valid", "Granted"},
		{"its end", endsIn(time.Hour), time.Hour, (*changing).logsIn, "Granted", "Denied, expired"},
		{"its end while a login waits", sallyporttest.User{Email: mail, EmailValidated: true, Edit: endsIn(time.Minute).Edit}, time.Minute, (*changing).waits, "FactorWanted", "Denied, over"},
	} {
		for _, more := range []time.Duration{-1, 0, 1} {
			c := newChanging(t, tt.user)
			then := tt.begin(c)
			c.Clock.Advance(tt.edge + more)
			want := tt.since
			if more < 0 {
				want = tt.before
			}
			if got := then(); got != want {
				t.Errorf("%s, %d ns: got %q, want %q", tt.name, more, got, want)
			}
		}
	}
}

// told is the outcome of a call of the host's own, and why.
func (c *changing) told(in sallyport.Login) string {
	c.t.Helper()
	r := hostLogin(c.t, c.Kit, in)
	if r.Reason == "" {
		return r.Outcome.String()
	}
	return fmt.Sprint(r.Outcome, ", ", r.Reason)
}

func (c *changing) logsIn() func() string {
	return func() string { return c.told(sallyport.Login{Username: "ada", Password: c.p.Password}) }
}

// pending is a login that waits, by its first call.
func (c *changing) pending() *sallyport.Result {
	c.t.Helper()
	return hostLogin(c.t, c.Kit, sallyport.Login{Username: "ada", Password: c.p.Password})
}

func (c *changing) waits() func() string {
	r := c.pending()
	return func() string { return c.told(sallyport.Login{RequestID: r.RequestID}) }
}

func (c *changing) changesLate() func() string {
	in := sallyport.PasswordChange{RequestID: c.pending().RequestID, Password: c.p.Password, NewPassword: fresh}
	return func() string { return string(c.change(in).Status) }
}

// stage stages another password and returns the login in which it waits.
func (c *changing) stage() sallyport.Login {
	c.t.Helper()
	r := c.change(sallyport.PasswordChange{Username: "ada", Password: c.p.Password, NewPassword: fresh})
	c.want("staging", r, sallyport.PasswordChanged, "any")
	return sallyport.Login{RequestID: r.RequestID, Password: fresh}
}

func (c *changing) staged() func() string {
	in := c.stage()
	return func() string { return c.told(in) }
}

func (c *changing) provesLate() func() string {
	in := c.stage()
	return c.prover(hostLogin(c.t, c.Kit, in))
}

// prover sends a code, to be given later.
func (c *changing) prover(r *sallyport.Result) func() string {
	in := sallyport.Login{RequestID: r.RequestID, OptionID: r.Options[1].ID}
	hostLogin(c.t, c.Kit, in)
	in.Code = c.Outbox.LastCode(mail)
	return func() string {
		got := c.told(in)
		again := hostLogin(c.t, c.Kit, sallyport.Login{Username: "ada", Password: fresh})
		return fmt.Sprintf("%s; the new one is good: %v", got, again.Reason != sallyport.ReasonWrongPassword)
	}
}

// provesAtLast sends the code half a minute before the login is over.
func (c *changing) provesAtLast() func() string {
	r := hostLogin(c.t, c.Kit, c.stage())
	c.Clock.Advance(mfa.Life - 30*time.Second)
	return c.prover(r)
}

func (c *changing) miss(n int) {
	c.t.Helper()
	c.InProcess().WrongPasswords("ada", n)
}

func (c *changing) missesTen() func() string {
	c.miss(9)
	return func() string { return c.told(sallyport.Login{Username: "ada", Password: "the tenth"}) }
}

func (c *changing) repeats() func() string {
	c.miss(9)
	return func() string { return c.told(sallyport.Login{Username: "ada", Password: "wrong password 9"}) }
}

func (c *changing) locks() func() string {
	c.miss(10)
	return c.logsIn()
}

func (c *changing) locksTwice() func() string {
	c.miss(10)
	c.Clock.Advance(15 * time.Minute)
	c.miss(10)
	return c.logsIn()
}

func (c *changing) isGiven() func() string {
	if err := setup(c.Kit).SetPassword(c.t.Context(), c.p.ID, fresh); err != nil {
		c.t.Fatal(err)
	}
	c.p.Password = fresh
	return c.logsIn()
}

func (c *changing) resets() func() string {
	r := &resetting{c}
	in := sallyport.ResetFinish{Key: r.key(), NewPassword: fresh}
	return func() string { return r.finish(in).Outcome.String() }
}

func (c *changing) runOut(life time.Duration) {
	c.t.Helper()
	setPolicy(c.t, c.Kit, func(d *directory.Policy) { d.Password.MaxAge = life })
}

func (c *changing) ages() func() string {
	c.runOut(90 * 24 * time.Hour)
	return c.logsIn()
}

func (c *changing) agesAnew() func() string {
	c.runOut(90 * 24 * time.Hour)
	c.Clock.Advance(100 * 24 * time.Hour)
	c.want("change", c.change(sallyport.PasswordChange{Username: "ada", Password: c.p.Password, NewPassword: fresh}), sallyport.PasswordChanged, "")
	c.p.Password = fresh
	return c.logsIn()
}

func (c *changing) refreshes() func() string {
	c.runOut(24 * time.Hour)
	a := c.InProcess().Login("ada", c.p.Password).Want(c.t, sallyport.Success)
	return func() string { return fmt.Sprint("granted: ", c.InProcess().Refresh(a.Tokens.RefreshToken).Granted()) }
}
