package sallyport_test

import (
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// addMailbox has whoever has the password and a code of the phone add a mailbox as a
// factor, and returns the token by which the phone's owner removes it.
func (m *moving) addMailbox(email string) (undo string) {
	m.t.Helper()
	r := hostLogin(m.t, m.Kit, sallyport.Login{Username: "ada", Password: m.p.Password})
	call := sallyport.EnrollmentCall{RequestID: r.RequestID}
	if _, err := m.Engine.SendVerification(m.t.Context(), call, mfa.Email, email); err != nil {
		m.t.Fatal(err)
	}
	if _, err := m.Engine.ConfirmVerification(m.t.Context(), call, mfa.Email, m.Outbox.LastCode(email)); err != nil {
		m.t.Fatal(err)
	}
	in := sallyport.Login{RequestID: r.RequestID, OptionID: r.Options[1].ID}
	hostLogin(m.t, m.Kit, in)
	in.Code = m.Outbox.LastCode(phone)
	wantOutcome(m.t, "adding "+email, hostLogin(m.t, m.Kit, in), sallyport.Granted, "")
	m.wantAddress("added", email, true, true)
	m.Clock.Advance(time.Minute)
	return linkToken(m.Outbox.Await(phone, "notice").Link)
}

// moveAway changes the address by a code of the present one, and returns the keys of
// both that take it back.
func (m *moving) moveAway(email string) (byOld, byNew string) {
	m.t.Helper()
	was := m.user().Email
	key := m.Outbox.Key(email, func() {
		r := m.begin(email)
		for _, o := range r.Options {
			if o.Transport != mfa.Email {
				continue
			}
			in := sallyport.AddressChange{RequestID: r.RequestID, OptionID: o.ID}
			m.change(in)
			in.Code = m.Outbox.LastCode(was)
			wantConfirmation(m.t, "the change to "+email, m.change(in), sallyport.Granted, "")
		}
	})
	byOld = m.Outbox.Key(was, func() {
		byNew = m.Outbox.Key(email, func() { m.spend("the key for "+email, key, sallyport.AddressProven) })
	})
	m.Clock.Advance(time.Minute)
	return byOld, byNew
}

// TestUndoFactorThatMoved: the owner's link removes a mailbox that a thief has added
// also where a change of address has put another of theirs in its place, and no key of
// the thief's takes either back.
func TestUndoFactorThatMoved(t *testing.T) {
	const one, two, three = "one@thief.example", "two@thief.example", "three@thief.example"
	for name, tt := range map[string]struct {
		opts []sallyporttest.Option
		then func(m *moving) []string
	}{
		"once":        {nil, func(m *moving) []string { a, b := m.moveAway(two); return []string{a, b} }},
		"as a factor": {[]sallyporttest.Option{sallyporttest.WithConfig(func(c *sallyport.Config) { c.ProvenAddressIsFactor = true })}, func(m *moving) []string { a, b := m.moveAway(two); return []string{a, b} }},
		"twice": {[]sallyporttest.Option{sallyporttest.WithConfig(func(c *sallyport.Config) { c.ProvenAddressIsFactor = true })}, func(m *moving) []string {
			a, b := m.moveAway(two)
			c, d := m.moveAway(three)
			return []string{a, b, c, d}
		}},
		"and back": {nil, func(m *moving) []string {
			a, b := m.moveAway(two)
			m.spend("undo by the thief", a, sallyport.AddressRestored)
			return []string{a, b}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMoving(t, sallyporttest.User{Mobile: phone, MobileValidated: true}, tt.opts...)
			undo := m.addMailbox(one)
			keys := tt.then(m)
			v, err := m.Engine.ViewLink(t.Context(), undo)
			if err != nil {
				t.Fatal(err)
			}
			if out, err := m.Engine.DecideLink(t.Context(), undo, sallyport.LinkDecision{Nonce: v.Nonce, Approve: true}); err != nil || out != sallyport.LinkUndone {
				t.Fatalf("got %v, %v", out, err)
			}
			m.wantAddress("removed", "", false, false)
			for _, key := range keys {
				m.spend("a key of the thief's", key, sallyport.AddressKeyDead)
			}
			m.wantAddress("after the thief's keys", "", false, false)
		})
	}
}

// TestUndoAfterResetFactors: an administrator who takes all factors away takes the former
// address too: it may be restored, and is no factor.
func TestUndoAfterResetFactors(t *testing.T) {
	m := newMoving(t, sallyporttest.User{Email: mail, EmailValidated: true})
	key, _ := m.moveTo(newMail)
	resetFactors(t, m.Kit, m.p.ID)
	m.spend("undo", key, sallyport.AddressRestored)
	m.wantAddress("restored", mail, true, false)
	wantOutcome(t, "the next login", hostLogin(t, m.Kit, sallyport.Login{Username: "ada", Password: m.p.Password}), sallyport.Denied, sallyport.ReasonInvitationWanted)
}

// TestUndoAfterFile: an address that a file sets has the last word too.
func TestUndoAfterFile(t *testing.T) {
	m := newMoving(t, sallyporttest.User{Email: mail, EmailValidated: true})
	first, _ := m.moveTo(newMail)
	second, third := m.moveTo("two@thief.example")
	m.EditUser(t, "ada", func(u *directory.User) { u.Email, u.CredentialsVersion = "desk@example.com", 2 })
	m.wantAddress("by the file", "desk@example.com", true, true)
	for _, key := range []string{first, second, third} {
		m.spend("undo", key, sallyport.AddressKeyDead)
	}
	m.wantAddress("after it", "desk@example.com", true, true)
}
