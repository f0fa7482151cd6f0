package sallyport_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/storetest"
)

// withApp is a user who has an authenticator beside the mailbox.
var withApp = sallyporttest.User{Email: mail, EmailValidated: true, TOTP: true}

// open makes the first call with a key, which wants a factor, and answers the next one
// but for its code.
func (r *resetting) open(key string, over mfa.Transport) sallyport.ResetFinish {
	r.t.Helper()
	out := r.reach("the key alone", sallyport.ResetFinish{Key: key, NewPassword: fresh}, sallyport.FactorWanted, "", sallyport.PasswordChangeRefused)
	for _, o := range out.Options {
		if o.Transport == over {
			return sallyport.ResetFinish{Key: key, NewPassword: fresh, RequestID: out.RequestID, OptionID: o.ID}
		}
	}
	r.t.Fatalf("got options %+v, want %v", out.Options, over)
	return sallyport.ResetFinish{}
}

// miss gives a wrong code.
func (r *resetting) miss(in sallyport.ResetFinish, i int, o sallyport.Outcome) {
	r.t.Helper()
	in.Code = fmt.Sprint("wrong ", i)
	r.reach(in.Code, in, o, sallyport.ReasonWrongCode, sallyport.PasswordChangeRefused)
}

// TestResetWantsFactor: where the account has a confirmed factor other than the
// mailbox, one has to be proven, and a code to that mailbox is none.
func TestResetWantsFactor(t *testing.T) {
	for _, tt := range []struct {
		name    string
		user    sallyporttest.User
		offered string
		over    mfa.Transport
		code    func(*resetting) string
	}{
		{"an authenticator", withApp, "MicrosoftAuthenticator", mfa.Authenticator, func(r *resetting) string { return r.p.Authenticator.Fresh() }},
		{"a number", sallyporttest.User{Email: mail, EmailValidated: true, Mobile: phone, MobileValidated: true}, "SMS", mfa.SMS, func(r *resetting) string { return r.Outbox.LastCode(phone) }},
		{"both", sallyporttest.User{Email: mail, EmailValidated: true, Mobile: phone, MobileValidated: true, TOTP: true, MFA: new(false)}, "SMS MicrosoftAuthenticator", mfa.SMS, func(r *resetting) string { return r.Outbox.LastCode(phone) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newResetting(t, tt.user)
			key := r.key()
			out := r.finish(sallyport.ResetFinish{Key: key, NewPassword: fresh})
			var offered []string
			for _, o := range out.Options {
				if o.Mode != mfa.OTP {
					t.Errorf("got %+v offered, want codes alone", o)
				}
				offered = append(offered, o.Transport.String())
			}
			if got := strings.Join(offered, " "); got != tt.offered {
				t.Errorf("got %q offered, want %q", got, tt.offered)
			}
			r.wantPassword(fresh, false)
			in := r.open(key, tt.over)
			if tt.over == mfa.SMS {
				r.reach("sending", in, sallyport.Waiting, "", sallyport.PasswordChangeRefused)
				if m := r.Outbox.Last(phone); !strings.Contains(m.Text, "sets a new password") {
					t.Errorf("got %q, want it to say what for", m.Text)
				}
			}
			r.miss(in, 1, sallyport.FactorWanted)
			in.Code = tt.code(r)
			r.done("the code", in)
			r.over("again", key)
			r.wantPassword(fresh, true)
		})
	}
}

// TestResetByRecoveryCode: a recovery code stands for the lost authenticator, once.
func TestResetByRecoveryCode(t *testing.T) {
	r := newResetting(t, mailbox)
	c := r.InProcess()
	a := c.Login("ada", r.p.Password).Want(t, wanted)
	_, e := c.EnrollAuthenticator(a.RequestID)
	a = c.Choose(a, "Email", "OTP").Want(t, waiting)
	c.Answer(a, r.Outbox.LastCode(mail)).Want(t, sallyport.Success)
	in := r.open(r.key(), mfa.Authenticator)
	in.Code = e.RecoveryCodes[3]
	r.done("a recovery code", in)
	in = r.open(r.key(), mfa.Authenticator)
	in.Code = e.RecoveryCodes[3]
	in.NewPassword = "another one, new"
	r.reach("the same one", in, sallyport.FactorWanted, sallyport.ReasonWrongCode, sallyport.PasswordChangeRefused)
}

// TestResetStaysProven: a factor once proven stays proven in that reset, and in no
// other; a refused password does not want it again.
func TestResetStaysProven(t *testing.T) {
	r := newResetting(t, withApp)
	key := r.key()
	in := r.open(key, mfa.Authenticator)
	in.Code, in.NewPassword = r.p.Authenticator.Fresh(), "short"
	r.reach("a short one", in, sallyport.PasswordChangeWanted, sallyport.ReasonPasswordWeak, sallyport.NewPasswordShort)
	if v, err := r.Engine.ViewReset(t.Context(), key, in.RequestID); err != nil || v.WantsFactor || v.Options != nil {
		t.Errorf("got %+v, %v, want the factor proven", v, err)
	}
	if v, err := r.Engine.ViewReset(t.Context(), key, ""); err != nil || !v.WantsFactor {
		t.Errorf("got %+v, %v, want a factor wanted of whoever has the key alone", v, err)
	}
	other := r.open(key, mfa.Authenticator) // of somebody else who reads the mail
	r.reach("another request of the key", sallyport.ResetFinish{Key: key, NewPassword: fresh, RequestID: other.RequestID}, sallyport.FactorWanted, "", sallyport.PasswordChangeRefused)
	r.reach("that request by another key", sallyport.ResetFinish{Key: r.key(), NewPassword: fresh, RequestID: in.RequestID}, sallyport.Denied, sallyport.ReasonOver, sallyport.PasswordRequestOver)
	r.reach("another request id", sallyport.ResetFinish{Key: key, NewPassword: fresh, RequestID: "0e9cbd7e-7f4f-4f0a-8f51-8d1c4e2f7a11"}, sallyport.Denied, sallyport.ReasonOver, sallyport.PasswordRequestOver)
	r.reach("no password", sallyport.ResetFinish{Key: key, RequestID: in.RequestID}, sallyport.PasswordChangeWanted, "", sallyport.PasswordChangeRefused)
	r.done("a good one", sallyport.ResetFinish{Key: key, NewPassword: fresh, RequestID: in.RequestID})
}

// TestResetProofDies: the proof ends with its request, which lives ten minutes.
func TestResetProofDies(t *testing.T) {
	r := newResetting(t, withApp)
	key := r.key()
	in := r.open(key, mfa.Authenticator)
	in.Code, in.NewPassword = r.p.Authenticator.Code(), ""
	r.reach("the code", in, sallyport.PasswordChangeWanted, "", sallyport.PasswordChangeRefused)
	r.Clock.Advance(mfa.Life)
	r.reach("too late", sallyport.ResetFinish{Key: key, NewPassword: fresh, RequestID: in.RequestID}, sallyport.Denied, sallyport.ReasonOver, sallyport.PasswordRequestOver)
	in = r.open(key, mfa.Authenticator)
	in.Code = r.p.Authenticator.Fresh()
	r.done("anew", in)
}

// TestResetEvicted: a request that had to make room for others is over, though it was
// never answered.
func TestResetEvicted(t *testing.T) {
	r := newResetting(t, withApp)
	key := r.key()
	first := r.open(key, mfa.Authenticator)
	for range 20 {
		r.open(key, mfa.Authenticator)
	}
	for _, in := range []sallyport.ResetFinish{{}, {OptionID: first.OptionID}, {OptionID: first.OptionID, Code: r.p.Authenticator.Code()}} {
		in.Key, in.RequestID, in.NewPassword = key, first.RequestID, fresh
		r.reach("evicted", in, sallyport.Denied, sallyport.ReasonOver, sallyport.PasswordRequestOver)
	}
}

// TestResetNeedsFactor: where a mailbox is not enough, whoever has another factor sets
// a password by it.
func TestResetNeedsFactor(t *testing.T) {
	r := newResetting(t, withApp)
	setPolicy(t, r.Kit, func(d *directory.Policy) { d.Password.ResetNeedsFactor = true })
	in := r.open(r.key(), mfa.Authenticator)
	in.Code = r.p.Authenticator.Code()
	r.done("the app", in)
}

// TestResetOrder: the key is judged first, then the factor, then the password: nothing
// is told of a password before a factor is proven.
func TestResetOrder(t *testing.T) {
	r := newResetting(t, withApp)
	key := r.key()
	for _, pw := range []string{"short", r.p.Password, "marie.sample is mine"} {
		out := r.reach(pw, sallyport.ResetFinish{Key: key, NewPassword: pw}, sallyport.FactorWanted, "", sallyport.PasswordChangeRefused)
		in := sallyport.ResetFinish{Key: key, NewPassword: pw, RequestID: out.RequestID, OptionID: out.Options[0].ID, Code: "wrong " + pw}
		r.reach(pw, in, sallyport.FactorWanted, sallyport.ReasonWrongCode, sallyport.PasswordChangeRefused)
		in.Key = strings.Repeat("0f", 32)
		r.reach(pw, in, sallyport.Denied, sallyport.ReasonOver, sallyport.ResetKeyUnknown)
	}
}

// TestP5ResetIsNoLogin: the request of a reset is unknown to every call that logs in,
// changes or enrols, also once its factor is proven, and that of a login to a reset.
func TestP5ResetIsNoLogin(t *testing.T) {
	r := newResetting(t, withApp)
	key := r.key()
	login := hostLogin(t, r.Kit, sallyport.Login{Username: "ada", Password: r.p.Password})
	r.reach("a login's request", sallyport.ResetFinish{Key: key, NewPassword: fresh, RequestID: login.RequestID, OptionID: login.Options[0].ID, Code: r.p.Authenticator.Code()},
		sallyport.Denied, sallyport.ReasonOver, sallyport.PasswordRequestOver)
	in := r.open(key, mfa.Authenticator)
	for _, proven := range []bool{false, true} {
		if proven {
			in.Code, in.NewPassword = r.p.Authenticator.Fresh(), ""
			r.reach("the code", in, sallyport.PasswordChangeWanted, "", sallyport.PasswordChangeRefused)
		}
		for _, l := range []sallyport.Login{
			{}, {OptionID: in.OptionID}, {OptionID: in.OptionID, Code: r.p.Authenticator.Fresh()}, {Password: r.p.Password}, {Username: "ada", Password: r.p.Password},
		} {
			l.RequestID = in.RequestID
			out := hostLogin(t, r.Kit, l)
			wantOutcome(t, "a login", out, sallyport.Denied, sallyport.ReasonOver)
			if out.Status != dead || len(out.Options) > 0 || out.Identity != nil {
				t.Errorf("got %v, %v, want 16777217 and nothing else", out.Status, out.Options)
			}
		}
		r.want("a change", r.change(sallyport.PasswordChange{RequestID: in.RequestID, Password: r.p.Password, NewPassword: fresh}), sallyport.PasswordRequestOver, "")
		call := sallyport.EnrollmentCall{RequestID: in.RequestID, OptionID: in.OptionID}
		for what, enrol := range map[string]func() error{
			"a picture": func() error { _, err := r.Engine.BeginTOTP(t.Context(), call); return err },
			"a message": func() error {
				_, err := r.Engine.SendVerification(t.Context(), call, mfa.Email, "eve@example.com")
				return err
			},
			"a look":    func() error { _, err := r.Engine.Enrollment(t.Context(), call); return err },
			"the page":  func() error { _, err := r.Engine.OpenEnrollmentPage(t.Context(), call); return err },
			"giving up": func() error { _, err := r.Engine.CancelEnrollment(t.Context(), call); return err },
		} {
			if err := enrol(); !errors.Is(err, sallyport.ErrUnknownRequest) {
				t.Errorf("%s: got %v, want it unknown", what, err)
			}
		}
	}
	client := sallyport.ResetFinish{Key: key, NewPassword: fresh, RequestID: in.RequestID}
	client.Caller = &sallyport.Caller{ClientID: sallyporttest.ClientID, ClientSecret: sallyporttest.ClientSecret}
	r.reach("a client's", client, sallyport.Denied, sallyport.ReasonOver, sallyport.PasswordRequestOver)
	r.done("the host's", sallyport.ResetFinish{Key: key, RequestID: in.RequestID})
}

// TestP4ResetEndsKey: five wrong codes end the key, over however many requests; they
// are charged to a ledger that closes no login, and ten of an hour close every reset.
func TestP4ResetEndsKey(t *testing.T) {
	r := newResetting(t, withApp)
	first, second, third := r.key(), r.key(), r.key()
	in := r.open(first, mfa.Authenticator)
	for i := range 4 {
		r.miss(in, i, sallyport.FactorWanted)
	}
	r.miss(in, 3, sallyport.FactorWanted) // a repeat is not charged
	r.miss(r.open(first, mfa.Authenticator), 4, sallyport.FactorWanted)
	r.over("after five", first)
	in = r.open(second, mfa.Authenticator)
	for i := range 4 {
		r.miss(in, i, sallyport.FactorWanted)
	}
	r.miss(in, 4, sallyport.Denied)
	if m := r.Outbox.Await(mail, "notice"); !strings.Contains(m.Text, "a link from your mail") {
		t.Errorf("got %q, want the owner told", m.Text)
	}
	r.over("after five", second)
	r.reach("ten within the hour", sallyport.ResetFinish{Key: third, NewPassword: fresh}, sallyport.Denied, sallyport.ReasonGuessesUsedUp, sallyport.PasswordChangeRefused)
	login := hostLogin(t, r.Kit, sallyport.Login{Username: "ada", Password: r.p.Password})
	wantOutcome(t, "a login", login, sallyport.FactorWanted, "")
	option := login.Options[len(login.Options)-1].ID
	wantOutcome(t, "its code", hostLogin(t, r.Kit, sallyport.Login{RequestID: login.RequestID, OptionID: option, Code: r.p.Authenticator.Fresh()}), sallyport.Granted, "")
	r.open(third, mfa.Authenticator) // a complete login clears the hour
}

// TestP4UnlockOpensResets: an administrator who unlocks ends the used-up guesses behind
// mailed keys too.
func TestP4UnlockOpensResets(t *testing.T) {
	r := newResetting(t, withApp)
	for range 2 {
		in := r.open(r.key(), mfa.Authenticator)
		for i := range 4 {
			r.miss(in, i, sallyport.FactorWanted)
		}
		r.miss(in, 4, sallyport.Denied)
	}
	key := r.key()
	r.reach("before", sallyport.ResetFinish{Key: key, NewPassword: fresh}, sallyport.Denied, sallyport.ReasonGuessesUsedUp, sallyport.PasswordChangeRefused)
	if err := setup(r.Kit).Unlock(t.Context(), r.p.ID); err != nil {
		t.Fatal(err)
	}
	in := r.open(key, mfa.Authenticator)
	in.Code = r.p.Authenticator.Fresh()
	r.done("unlocked", in)
}

// TestP4LoginClosesNoReset: guesses behind the password are charged elsewhere.
func TestP4LoginClosesNoReset(t *testing.T) {
	r := newResetting(t, withApp)
	for range 2 {
		login := hostLogin(t, r.Kit, sallyport.Login{Username: "ada", Password: r.p.Password})
		for i := range 5 {
			hostLogin(t, r.Kit, sallyport.Login{RequestID: login.RequestID, OptionID: login.Options[2].ID, Code: fmt.Sprint("no ", i)})
		}
	}
	wantOutcome(t, "a login", hostLogin(t, r.Kit, sallyport.Login{Username: "ada", Password: r.p.Password}), sallyport.Denied, sallyport.ReasonGuessesUsedUp)
	in := r.open(r.key(), mfa.Authenticator)
	in.Code = r.p.Authenticator.Fresh()
	r.done("the reset", in)
	wantOutcome(t, "after a proven factor", hostLogin(t, r.Kit, sallyport.Login{Username: "ada", Password: fresh}), sallyport.FactorWanted, "")
}

// TestP4ProofClearsLedger: a reset in which a factor was proven forgets the guesses of
// those before it.
func TestP4ProofClearsLedger(t *testing.T) {
	r := newResetting(t, withApp)
	first, second := r.key(), r.key()
	in := r.open(first, mfa.Authenticator)
	for i := range 5 {
		r.miss(in, i, map[bool]sallyport.Outcome{true: sallyport.Denied, false: sallyport.FactorWanted}[i == 4])
	}
	in = r.open(second, mfa.Authenticator)
	for i := range 4 {
		r.miss(in, i, sallyport.FactorWanted)
	}
	in.Code = r.p.Authenticator.Fresh()
	r.done("the tenth guess", in)
	in = r.open(r.key(), mfa.Authenticator)
	for i := range 4 {
		r.miss(in, i, sallyport.FactorWanted)
	}
}

// TestP4MailboxClearsNoLedger: used-up guesses of the second factor outlive a reset
// that proved none.
func TestP4MailboxClearsNoLedger(t *testing.T) {
	r := newResetting(t, mailbox)
	for range 2 {
		login := hostLogin(t, r.Kit, sallyport.Login{Username: "ada", Password: r.p.Password})
		for i := range 5 {
			hostLogin(t, r.Kit, sallyport.Login{RequestID: login.RequestID, OptionID: login.Options[1].ID, Code: fmt.Sprint("no ", i)})
		}
	}
	r.done("the key", sallyport.ResetFinish{Key: r.key()})
	wantOutcome(t, "the next login", hostLogin(t, r.Kit, sallyport.Login{Username: "ada", Password: fresh}), sallyport.Denied, sallyport.ReasonGuessesUsedUp)
}

// TestP4ParallelResets: of many wrong codes for one key at once exactly five are
// answered as wrong.
func TestP4ParallelResets(t *testing.T) {
	r := newResetting(t, withApp)
	in := r.open(r.key(), mfa.Authenticator)
	var mu sync.Mutex
	got := map[sallyport.Reason]int{}
	crowd(200, func(i int) {
		guess := in
		guess.Code = fmt.Sprint("guess ", i)
		out, err := r.Engine.FinishReset(t.Context(), guess)
		if err != nil {
			t.Error(err)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		got[out.Reason]++
	})
	if got[sallyport.ReasonWrongCode] != 5 || got[sallyport.ReasonOver] != 195 {
		t.Errorf("got %v, want 5 wrong and 195 over", got)
	}
}

// TestP4ResetDeparted: whoever hangs up is charged for a wrong code, and a right one is
// neither spent nor proves anything.
func TestP4ResetDeparted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := storetest.NewFaulty(memstore.New())
		r := newResetting(t, withApp, sallyporttest.WithStore(f))
		key := r.key()
		in := r.open(key, mfa.Authenticator)
		leave := func(code string) {
			t.Helper()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			f.Reset()
			f.At(storetest.Load, 1, storetest.CancelAfter(cancel))
			in.Code = code
			if out, err := r.Engine.FinishReset(ctx, in); !errors.Is(err, context.Canceled) {
				t.Errorf("got %+v, %v, want no answer", out, err)
			}
			f.Reset()
		}
		code := r.p.Authenticator.Code()
		leave(code)
		r.wantPassword(fresh, false)
		r.reach("nothing is proven", sallyport.ResetFinish{Key: key, NewPassword: fresh, RequestID: in.RequestID}, sallyport.FactorWanted, "", sallyport.PasswordChangeRefused)
		for i := range 4 {
			leave(fmt.Sprint("wrong ", i))
		}
		last := in
		last.Code, last.NewPassword = code, ""
		r.reach("the code is not spent", last, sallyport.PasswordChangeWanted, "", sallyport.PasswordChangeRefused)
		r.miss(r.open(key, mfa.Authenticator), 5, sallyport.FactorWanted)
		r.over("after five", key)
	})
}

// TestResetImpossible: a factor that cannot be proven now is wanted all the same.
func TestResetImpossible(t *testing.T) {
	r := newResetting(t, sallyporttest.User{Email: mail, EmailValidated: true, Mobile: phone, MobileValidated: true})
	key := r.key()
	n := r.Node(sallyporttest.WithConfig(func(c *sallyport.Config) { c.SMS = nil }))
	out, err := n.Engine.FinishReset(t.Context(), sallyport.ResetFinish{Key: key, NewPassword: fresh})
	if err != nil || out.Outcome != sallyport.Denied || out.Reason != sallyport.ReasonNoFactor || out.Status != sallyport.PasswordChangeRefused {
		t.Errorf("got %+v, %v, want no factor", out, err)
	}
	r.wantPassword(fresh, false)
}

// TestResetShortCodes: where codes are short, one wrong one ends the key.
func TestResetShortCodes(t *testing.T) {
	r := newResetting(t, withApp, sallyporttest.WithConfig(func(c *sallyport.Config) { c.InsecureShortCodes = true }))
	setPolicy(t, r.Kit, func(d *directory.Policy) { d.MFA.OTPLength = new(4) })
	key := r.key()
	r.miss(r.open(key, mfa.Authenticator), 1, sallyport.Denied)
	r.over("after one", key)
}

// TestResetMethods: a policy that counts the mailbox alone hides no other factor.
func TestResetMethods(t *testing.T) {
	r := newResetting(t, withApp)
	setPolicy(t, r.Kit, func(d *directory.Policy) { d.MFA.Methods = []string{"EmailOTP"} })
	in := r.open(r.key(), mfa.Authenticator)
	in.Code = r.p.Authenticator.Code()
	r.done("the app", in)
}

// TestResetUnsent: a code that could not be sent is told, and may be asked for again.
func TestResetUnsent(t *testing.T) {
	r := newResetting(t, sallyporttest.User{Email: mail, EmailValidated: true, Mobile: phone, MobileValidated: true})
	in := r.open(r.key(), mfa.SMS)
	r.Outbox.FailNext(errors.New("no network"))
	r.reach("sending", in, sallyport.FactorWanted, sallyport.ReasonNotSent, sallyport.PasswordChangeRefused)
	r.reach("again, too soon", in, sallyport.FactorWanted, sallyport.ReasonNotSent, sallyport.PasswordChangeRefused)
	r.Clock.Advance(31 * time.Second)
	r.reach("again", in, sallyport.Waiting, "", sallyport.PasswordChangeRefused)
	in.Code = r.Outbox.LastCode(phone)
	r.done("the code", in)
}
