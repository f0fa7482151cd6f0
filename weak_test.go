package sallyport_test

import (
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

const (
	weakByGrace = sallyport.Success | sallyport.PasswordDoesNotPassValidation
	weakOver    = sallyport.Failure | sallyport.MustChangePasswordAtNextLogon | sallyport.PasswordDoesNotPassValidation
)

// weakened is a kit whose policy ada's password does not meet: it wants a digit.
func weakened(t *testing.T, grace int, u sallyporttest.User) *changing {
	t.Helper()
	c := newChanging(t, u)
	c.wantDigit(grace)
	return c
}

// wantDigit has the policy state a rule that ada's password does not meet.
func (c *changing) wantDigit(grace int) {
	c.t.Helper()
	setPolicy(c.t, c.Kit, func(d *directory.Policy) { d.Password.Pattern, d.Password.GraceLogons = "[0-9]", grace })
}

const withDigit = "a fresh password with a 7"

// TestWeakPassword: a right password is held against what the operator states, and
// not against what holds for new ones alone.
func TestWeakPassword(t *testing.T) {
	for _, tt := range []struct {
		name, password string
		rules          directory.Passwords
		want           sallyport.Status
	}{
		{"nothing stated, short", "x", directory.Passwords{}, sallyport.Success},
		{"nothing stated, common", "password", directory.Passwords{}, sallyport.Success},
		{"nothing stated, the name", "ada", directory.Passwords{}, sallyport.Success},
		{"one too few", "xkvqzwp", directory.Passwords{MinLength: new(8)}, weakOver},
		{"enough", "xkvqzwpb", directory.Passwords{MinLength: new(8)}, sallyport.Success},
		{"common and long enough", "password", directory.Passwords{MinLength: new(8)}, sallyport.Success},
		{"short, and another rule stated", "x!", directory.Passwords{MinNonAlphanumeric: 1}, sallyport.Success},
		{"no sign", "xkvqzwpb", directory.Passwords{MinNonAlphanumeric: 1}, weakOver},
		{"no digit", "xkvqzwpb", directory.Passwords{Pattern: "[0-9]"}, weakOver},
		{"a digit", "7", directory.Passwords{Pattern: "[0-9]"}, sallyport.Success},
		{"in its one form", "e\u0301", directory.Passwords{Pattern: "^\u00e9$"}, sallyport.Success},
		{"in its one form, counted", "xkvqzwe\u0301", directory.Passwords{MinLength: new(8)}, weakOver},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newChanging(t, sallyporttest.User{Password: tt.password})
			setPolicy(t, c.Kit, func(d *directory.Policy) { d.Password = tt.rules })
			for _, client := range []*sallyporttest.Client{c.HTTP(), c.InProcess()} {
				client.Login("ada", tt.password).Want(t, tt.want)
				client.Login("ada", "wrong "+tt.password).Want(t, mismatch)
				c.Clock.Advance(10 * time.Second)
			}
		})
	}
}

// TestP9WeakTellsNothing: before the right password an account whose password does not
// meet the policy is answered like one that is none, and so is its right password while
// the account is locked under another name.
func TestP9WeakTellsNothing(t *testing.T) {
	c := weakened(t, 0, sallyporttest.User{})
	client := c.InProcess()
	client.Login("ada", "wrong").Want(t, mismatch)
	client.Login("nobody", "wrong").Want(t, mismatch)
	misses(t, client, "ada", 8, lastBad)
	misses(t, client, "ada", 1, lockedOut)
	client.Login("ada", c.p.Password).Want(t, lockedOut)
	c.EditUser(t, "ada", func(u *directory.User) { u.ID, u.Name = c.p.ID, "grace" })
	client.Login("grace", c.p.Password).Want(t, mismatch)
}

// TestWeakGrace: logins by grace are counted down by those that are granted; then the
// same login wants another password, offers nothing before, and goes on with it.
func TestWeakGrace(t *testing.T) {
	c := weakened(t, 2, sallyporttest.User{})
	in := sallyport.Login{Username: "ada", Password: c.p.Password}
	for left := 1; left >= 0; left-- {
		c.InProcess().Login("ada", "wrong")
		r := hostLogin(t, c.Kit, in)
		wantOutcome(t, "by grace", r, sallyport.Granted, sallyport.ReasonPasswordWeak)
		if r.GraceLeft != left || r.Status != weakByGrace {
			t.Errorf("got %v and %d left, want %v and %d", r.Status, r.GraceLeft, weakByGrace, left)
		}
	}
	r := hostLogin(t, c.Kit, in)
	wantOutcome(t, "used up", r, sallyport.PasswordChangeWanted, sallyport.ReasonPasswordWeak)
	if r.Status != weakOver || len(r.Options) > 0 || r.Enrollment != nil || r.Identity == nil {
		t.Errorf("got %+v, want %v, who it is, and nothing to answer", r, weakOver)
	}
	state := hostLogin(t, c.Kit, sallyport.Login{RequestID: r.RequestID})
	wantOutcome(t, "its state", state, sallyport.PasswordChangeWanted, sallyport.ReasonPasswordWeak)
	ch := sallyport.PasswordChange{RequestID: r.RequestID, Password: c.p.Password, NewPassword: fresh}
	c.want("one without a digit", c.change(ch), sallyport.NewPasswordPlain, r.RequestID)
	ch.NewPassword = withDigit
	c.want("change", c.change(ch), sallyport.PasswordChanged, r.RequestID)
	wantOutcome(t, "complete", hostLogin(t, c.Kit, sallyport.Login{RequestID: r.RequestID, Password: withDigit}), sallyport.Granted, "")
	setPolicy(t, c.Kit, func(d *directory.Policy) { d.Password.MinLength = new(100) })
	again := hostLogin(t, c.Kit, sallyport.Login{Username: "ada", Password: withDigit})
	wantOutcome(t, "a policy that was made stricter", again, sallyport.Granted, sallyport.ReasonPasswordWeak)
	if again.GraceLeft != 1 {
		t.Errorf("got %d left, want 1: a new password has its own", again.GraceLeft)
	}
}

// TestP1WeakGraceOnce: of many at once as many are granted as there are logins by grace.
func TestP1WeakGraceOnce(t *testing.T) {
	c := weakened(t, 3, sallyporttest.User{})
	if won := grants(t, c.Kit, 20, login(sallyport.Login{Username: "ada", Password: c.p.Password})); won != 3 {
		t.Errorf("got %d logins by grace, want 3", won)
	}
}

// TestWeakAndExpired: with a password that has run out too the flags add up, and one
// login by grace is spent.
func TestWeakAndExpired(t *testing.T) {
	c := weakened(t, 1, sallyporttest.User{})
	setPolicy(t, c.Kit, func(d *directory.Policy) { d.Password.MaxAge = 24 * time.Hour })
	c.Clock.Advance(24 * time.Hour)
	in := sallyport.Login{Username: "ada", Password: c.p.Password}
	r := hostLogin(t, c.Kit, in)
	wantOutcome(t, "by grace", r, sallyport.Granted, sallyport.ReasonPasswordExpired)
	if r.Status != 2048+8192+16384 || r.GraceLeft != 0 {
		t.Errorf("got %v (%d) and %d left, want both flags and none", r.Status, r.Status, r.GraceLeft)
	}
	r = hostLogin(t, c.Kit, in)
	for what, r := range map[string]*sallyport.Result{"used up": r, "its state": hostLogin(t, c.Kit, sallyport.Login{RequestID: r.RequestID})} {
		wantOutcome(t, what, r, sallyport.PasswordChangeWanted, sallyport.ReasonPasswordExpired)
		if r.Status != 1+512+8192+16384 {
			t.Errorf("%s: got %v (%d), want both flags", what, r.Status, r.Status)
		}
	}
}

// TestWeakAndFactor: with a second factor the login by grace is spent by the call that
// is granted; where another login has spent the last meanwhile, another password is
// wanted, and the proof stands.
func TestWeakAndFactor(t *testing.T) {
	c := weakened(t, 1, sallyporttest.User{Email: mail, EmailValidated: true})
	in := sallyport.Login{Username: "ada", Password: c.p.Password}
	first, second := hostLogin(t, c.Kit, in), hostLogin(t, c.Kit, in)
	wantOutcome(t, "call 1", first, sallyport.FactorWanted, "")
	if done := c.prove(first); done.Status != weakByGrace || done.GraceLeft != 0 {
		t.Errorf("the first: got %v and %d left, want %v and none", done.Status, done.GraceLeft, weakByGrace)
	}
	c.Clock.Advance(31 * time.Second)
	wantOutcome(t, "the second", c.prove(second), sallyport.PasswordChangeWanted, sallyport.ReasonPasswordWeak)
	c.want("change", c.change(sallyport.PasswordChange{RequestID: second.RequestID, Password: c.p.Password, NewPassword: withDigit}), sallyport.PasswordChanged, second.RequestID)
	wantOutcome(t, "complete", hostLogin(t, c.Kit, sallyport.Login{RequestID: second.RequestID, Password: withDigit}), sallyport.Granted, "")
}

// TestWeakInRequest: a call of an open request that brings the password judges it as
// call 1 does; one that brings none goes by the call before.
func TestWeakInRequest(t *testing.T) {
	for _, tt := range []struct {
		name          string
		before, after bool // the policy wants a digit
		sends         string
		want          sallyport.Reason
	}{
		{"made stricter, without the password", false, true, "", ""},
		{"made stricter, with it", false, true, "with the code", sallyport.ReasonPasswordWeak},
		{"made stricter, with it before", false, true, "before", sallyport.ReasonPasswordWeak},
		{"made milder, without the password", true, false, "", sallyport.ReasonPasswordWeak},
		{"made milder, with it", true, false, "with the code", ""},
		{"made milder, with it before", true, false, "before", ""},
	} {
		for _, grace := range []int{1, 0} {
			t.Run(tt.name, func(t *testing.T) {
				c := newChanging(t, sallyporttest.User{Email: mail, EmailValidated: true})
				if tt.before {
					c.wantDigit(1)
				}
				r := hostLogin(t, c.Kit, sallyport.Login{Username: "ada", Password: c.p.Password})
				option := r.Options[1].ID
				hostLogin(t, c.Kit, sallyport.Login{RequestID: r.RequestID, OptionID: option})
				setPolicy(t, c.Kit, func(d *directory.Policy) { d.Password.Pattern = "" })
				if c.Clock.Advance(time.Second); tt.after {
					c.wantDigit(grace)
				}
				setPolicy(t, c.Kit, func(d *directory.Policy) { d.Password.GraceLogons = grace })
				in := sallyport.Login{RequestID: r.RequestID, OptionID: option, Code: c.Outbox.LastCode(mail)}
				switch tt.sends {
				case "with the code":
					in.Password = c.p.Password
				case "before":
					hostLogin(t, c.Kit, sallyport.Login{RequestID: r.RequestID, Password: c.p.Password})
				}
				want := sallyport.Granted
				if tt.want != "" && grace == 0 {
					want = sallyport.PasswordChangeWanted
				}
				wantOutcome(t, "call 3", hostLogin(t, c.Kit, in), want, tt.want)
			})
		}
	}
}

// TestWeakAfterEnrollment: call 1 again judges the password that it brings, and a resume
// secret goes by the one of call 1.
func TestWeakAfterEnrollment(t *testing.T) {
	for _, resumed := range []bool{false, true} {
		for _, grace := range []int{1, 0} {
			c := newChanging(t, sallyporttest.User{MFA: new(true)})
			c.wantDigit(1)
			r := hostLogin(t, c.Kit, sallyport.Login{Username: "ada", Password: c.p.Password})
			wantOutcome(t, "call 1", r, sallyport.EnrollmentWanted, "")
			key, err := c.Engine.BeginTOTP(t.Context(), sallyport.EnrollmentCall{RequestID: r.RequestID})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := c.Engine.ConfirmTOTP(t.Context(), sallyport.EnrollmentCall{RequestID: r.RequestID}, codeOf(key.Secret, c.Kit)); err != nil {
				t.Fatal(err)
			}
			c.wantDigit(grace)
			in, want := sallyport.Login{RequestID: r.RequestID, Password: c.p.Password}, sallyport.Granted
			if resumed {
				in.Password, in.ResumeSecret = "", r.Enrollment.ResumeSecret
			}
			if grace == 0 {
				want = sallyport.PasswordChangeWanted
			}
			wantOutcome(t, "enrolled", hostLogin(t, c.Kit, in), want, sallyport.ReasonPasswordWeak)
		}
	}
}

// TestWeakIsNotRefreshed: a refresh brings no password, so none is judged.
func TestWeakIsNotRefreshed(t *testing.T) {
	c := newChanging(t, sallyporttest.User{})
	a := c.InProcess().Login("ada", c.p.Password).Want(t, sallyport.Success)
	c.wantDigit(0)
	if a = c.InProcess().Refresh(a.Tokens.RefreshToken); !a.Granted() {
		t.Errorf("got %v, want tokens", a)
	}
	c.InProcess().Login("ada", c.p.Password).Want(t, weakOver)
}

// TestWeakWhileStaged: a new password that waits in the login tells nothing of the old
// one, which is still wanted to be another where the new one may not be set.
func TestWeakWhileStaged(t *testing.T) {
	c := weakened(t, 0, sallyporttest.User{Email: mail, EmailValidated: true})
	setPolicy(t, c.Kit, func(d *directory.Policy) { d.Password.MaxAge = 24 * time.Hour })
	c.Clock.Advance(24 * time.Hour)
	const bad = "marie.sample.deals 4711"
	r := hostLogin(t, c.Kit, sallyport.Login{Username: "ada", Password: c.p.Password})
	c.want("staged", c.change(sallyport.PasswordChange{RequestID: r.RequestID, Password: c.p.Password, NewPassword: bad}), sallyport.PasswordChanged, r.RequestID)
	on := c.prove(hostLogin(t, c.Kit, sallyport.Login{RequestID: r.RequestID, Password: bad}))
	wantOutcome(t, "after the factor", on, sallyport.PasswordChangeWanted, sallyport.ReasonPasswordExpired)
	if on.Status != ranOut|weakOver {
		t.Errorf("got %v, want %v", on.Status, ranOut|weakOver)
	}
}

// TestP3RefusedPasswordIsNotTaken: a staged password of which the account may not be
// told is not taken either where no second factor is wanted any more.
func TestP3RefusedPasswordIsNotTaken(t *testing.T) {
	c := newChanging(t, sallyporttest.User{Email: mail, EmailValidated: true})
	r := c.change(sallyport.PasswordChange{Username: "ada", Password: c.p.Password, NewPassword: "marie.sample.deals 4711"})
	c.want("before the factor", r, sallyport.PasswordChanged, "any")
	c.EditUser(t, "ada", func(u *directory.User) { u.MFA = new(false) })
	on := hostLogin(t, c.Kit, sallyport.Login{RequestID: r.RequestID, Password: "marie.sample.deals 4711"})
	wantOutcome(t, "going on", on, sallyport.PasswordChangeWanted, sallyport.ReasonPasswordWeak)
	c.wantPassword("marie.sample.deals 4711", false)
	c.want("another", c.change(sallyport.PasswordChange{RequestID: r.RequestID, Password: c.p.Password, NewPassword: fresh}), sallyport.PasswordChanged, r.RequestID)
	wantOutcome(t, "complete", hostLogin(t, c.Kit, sallyport.Login{RequestID: r.RequestID, Password: fresh}), sallyport.Granted, "")
}

// TestCutPassword: of a long password bcrypt compares the first 72 bytes, and whatever
// is typed behind them is right. Such a password is good by grace until it is changed,
// its hash is not made anew, and a new one may be longer.
func TestCutPassword(t *testing.T) {
	beside(t)
	const (
		head = "seventy-two bytes of a password that is as long as bcrypt looks, no more"
		// hash is what libxcrypt makes of head and of all that begins with it.
		hash = "$2b$04$abcdefghijklmnopqrstuumxWvqB1p7Lp9BtKoQy/HVeDBJBR0nXW"
	)
	for _, tt := range []struct {
		typed string
		want  sallyport.Status
	}{
		{head[:71], mismatch},
		{head, sallyport.Success},
		{head + "x", weakByGrace},
		{head + "and more", weakByGrace},
		{head + strings.Repeat("x", 1024-72), weakByGrace},
		{head[1:] + "xx", mismatch},
		{head + "\u00a0", weakByGrace},   // in both of its forms
		{head[:71] + "\u00a0", mismatch}, // in neither
	} {
		c := newChanging(t, sallyporttest.User{})
		setPolicy(t, c.Kit, func(d *directory.Policy) { d.Password.GraceLogons = 1 })
		c.EditUser(t, "ada", func(u *directory.User) { u.Password, u.PasswordHash, u.CredentialsVersion = "", hash, 2 })
		c.InProcess().Login("ada", tt.typed).Want(t, tt.want)
		if err := c.Engine.Close(); err != nil { // waits for what is made anew
			t.Fatal(err)
		}
		c.Kit = c.Node()
		if tt.want != weakByGrace {
			c.wantPassword(head+"another tail", tt.want == mismatch)
			continue
		}
		c.InProcess().Login("ada", head+"another tail").Want(t, weakOver)
		a := c.InProcess().Login("ada", tt.typed).Want(t, weakOver)
		caller := &sallyport.Caller{ClientID: sallyporttest.ClientID, ClientSecret: sallyporttest.ClientSecret}
		r := c.change(sallyport.PasswordChange{Caller: caller, RequestID: a.RequestID, Password: tt.typed, NewPassword: fresh + head})
		c.want("change", r, sallyport.PasswordChanged, a.RequestID)
		c.InProcess().Login("ada", fresh+head).Want(t, sallyport.Success)
		c.InProcess().Login("ada", fresh+head+"x").Want(t, mismatch)
	}
}

// TestCutPasswordAsTyped: a hash of the bytes as they were typed, which is cut where the
// form that is hashed today would not be.
func TestCutPasswordAsTyped(t *testing.T) {
	typed := strings.Repeat("x", 70) + "\u00a0" + "y" // 73 bytes, in its one form 72
	c := newChanging(t, sallyporttest.User{})
	hash, err := bcrypt.GenerateFromPassword([]byte(typed[:72]), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	c.EditUser(t, "ada", func(u *directory.User) { u.Password, u.PasswordHash, u.CredentialsVersion = "", string(hash), 2 })
	c.InProcess().Login("ada", typed).Want(t, weakOver)
	c.InProcess().Login("ada", typed[:72]).Want(t, sallyport.Success)
}
