package sallyport_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// TestP4AccountBudget: ten wrong codes an hour over fresh requests, also with
// resends and a new engine between them; a complete login clears the hour and
// not the day.
func TestP4AccountBudget(t *testing.T) {
	k := sallyporttest.New(t)
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "tom", TOTP: true})
	guess, n := 0, 0
	spend := func(count int) {
		t.Helper()
		for range count {
			a := c.Login(p.Name, p.Password).Want(t, wanted)
			guess++
			c.AnswerWith(a, "MicrosoftAuthenticator", "OTP", fmt.Sprintf("%06d", guess)).Want(t, wrong)
			n++
		}
	}
	spend(9)
	pending := c.Login(p.Name, p.Password).Want(t, wanted)
	spend(1)
	c.Login(p.Name, p.Password).Want(t, exhausted)
	c.AnswerWith(pending, "MicrosoftAuthenticator", "OTP", p.Authenticator.Code()).Want(t, exhausted)
	node := k.Node()
	node.InProcess().Login(p.Name, p.Password).Want(t, exhausted)

	k.Clock.Advance(time.Hour)
	spend(9)
	a := c.Login(p.Name, p.Password).Want(t, wanted)
	c.AnswerWith(a, "MicrosoftAuthenticator", "OTP", p.Authenticator.Fresh()).Want(t, sallyport.Success)
	spend(9) // a complete login cleared the hour
	k.Clock.Advance(time.Hour)
	spend(30 - n)
	k.Clock.Advance(time.Hour)
	c.Login(p.Name, p.Password).Want(t, exhausted) // the day is not cleared by anything
	k.Clock.Advance(24 * time.Hour)
	c.Login(p.Name, p.Password).Want(t, wanted)
}

// TestP4RepeatIsChargedOnce: a client that sends everything twice is charged
// once, for codes and for passwords.
func TestP4RepeatIsChargedOnce(t *testing.T) {
	k := sallyporttest.New(t)
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
	a := c.Choose(c.Login(p.Name, p.Password), "Email", "OTP").Want(t, waiting)
	for i := range 5 {
		for range 2 {
			c.Answer(a, fmt.Sprintf("%d", i)).Want(t, wrong)
		}
	}
	c.Answer(a, "x").Want(t, dead)
	for i := range 9 {
		want := mismatch
		if i == 8 {
			want |= sallyport.LastBadLogin
		}
		for range 2 {
			c.Login(p.Name, fmt.Sprint("wrong", i)).Want(t, want)
		}
	}
	c.Login(p.Name, p.Password).Want(t, wanted)
}

// TestP4LockGrows: the second lock in a row lasts twice as long as the first.
func TestP4LockGrows(t *testing.T) {
	k := sallyporttest.New(t)
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "paul"})
	lock := func(round int) {
		t.Helper()
		for i := range 10 {
			c.Login(p.Name, fmt.Sprint(round, i))
		}
	}
	lock(1)
	k.Clock.Advance(15*time.Minute - time.Second)
	c.Login("PAUL ", p.Password).Want(t, lockedOut) // another spelling, the same lock
	k.Clock.Advance(time.Second)
	lock(2)
	k.Clock.Advance(30*time.Minute - time.Second)
	c.Login(p.Name, p.Password).Want(t, lockedOut)
	k.Clock.Advance(time.Second)
	c.Login(p.Name, p.Password).Want(t, sallyport.Success)
	lock(3)
	k.Clock.Advance(15 * time.Minute)
	c.Login(p.Name, p.Password).Want(t, sallyport.Success) // a complete login ended the row
}

// TestP4OwnerIsTold: a hundred wrong passwords without a complete login, and
// five wrong codes behind the right one, are worth a notice each.
func TestP4OwnerIsTold(t *testing.T) {
	k := sallyporttest.New(t)
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
	for i := range 100 {
		c.Login(p.Name, fmt.Sprint("guess ", i))
		if i%10 == 9 {
			k.Clock.Advance(24 * time.Hour) // past every lock
		}
	}
	if m := k.Outbox.Await(mail, "notice"); !strings.Contains(m.Subject, "Wrong passwords") || !strings.Contains(m.Text, ", 100 since") || k.Outbox.Count() != 1 {
		t.Errorf("got %q, %d messages, want one notice of wrong passwords", m.Subject, k.Outbox.Count())
	}
	k = sallyporttest.New(t)
	c, p = k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true, TOTP: true})
	a := c.Login(p.Name, p.Password).Want(t, wanted)
	for i := range 5 {
		c.AnswerWith(a, "MicrosoftAuthenticator", "OTP", fmt.Sprint(i)).Want(t, wrong)
	}
	if m := k.Outbox.Await(mail, "notice"); !strings.Contains(m.Subject, "Wrong sign-in codes") {
		t.Errorf("got %q, want a notice of wrong codes", m.Subject)
	}
}

// TestP4RepeatIsChargedAfterTenSeconds: the same wrong code is charged again
// after ten seconds, to the nanosecond, and then ends the request.
func TestP4RepeatIsChargedAfterTenSeconds(t *testing.T) {
	for _, late := range []bool{false, true} {
		k := sallyporttest.New(t)
		c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
		a := c.Choose(c.Login(p.Name, p.Password), "Email", "OTP").Want(t, waiting)
		for i := range 4 {
			c.Answer(a, fmt.Sprint(i)).Want(t, wrong)
		}
		k.Clock.Advance(10*time.Second - 1)
		want := sallyport.Success
		if late {
			k.Clock.Advance(1)
			want = dead
		}
		c.Answer(a, "3").Want(t, wrong)
		c.Answer(a, k.Outbox.LastCode(mail)).Want(t, want)
	}
}

// TestP4HundredInARow: a hundred wrong codes in a row close the account until an
// administrator comes, and a complete login ends the row.
func TestP4HundredInARow(t *testing.T) {
	beside(t)
	k := sallyporttest.New(t)
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "tom", TOTP: true})
	n := 0
	spend := func(count int) {
		t.Helper()
		for range count {
			if n++; n%10 == 0 {
				k.Clock.Advance(9 * time.Hour) // within the budgets of the hour and the day
			}
			a := c.Login(p.Name, p.Password).Want(t, wanted)
			c.AnswerWith(a, "MicrosoftAuthenticator", "OTP", fmt.Sprintf("%06d", n)).Want(t, wrong)
		}
	}
	spend(99)
	k.Clock.Advance(24 * time.Hour)
	c.LoginWithCode(p.Name, p.Password).Want(t, sallyport.Success)
	spend(99)
	k.Clock.Advance(24 * time.Hour)
	c.Login(p.Name, p.Password).Want(t, wanted)
	spend(1)
	k.Clock.Advance(10 * 365 * 24 * time.Hour)
	c.Login(p.Name, p.Password).Want(t, exhausted)
	k.EditUser(t, p.Name, func(u *directory.User) { u.Locked = true })
	k.EditUser(t, p.Name, func(u *directory.User) { u.Locked = false })
	c.LoginWithCode(p.Name, p.Password).Want(t, sallyport.Success)
}
