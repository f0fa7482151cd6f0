package sallyport_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// TestP12FactorsChanged: each change of factors ends, at the next call, what was granted and
// begun before: sessions, tokens, refresh tokens, pending logins, and changes under way. The
// session in which it was made goes on.
func TestP12FactorsChanged(t *testing.T) {
	for name, change := range map[string]func(f *factoring){
		"added": func(f *factoring) { _, r := f.stage("Second"); f.proven(adds, r, mfa.Email) },
		"removed": func(f *factoring) {
			f.proven(removes, f.first(removes, f.idOf("Authenticator app")), mfa.Email)
		},
		"renewed": func(f *factoring) { f.proven(renews, f.first(renews, ""), mfa.Email) },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFactoring(t, sallyporttest.User{TOTP: true, Email: mail, EmailValidated: true})
			c, other := f.InProcess(), f.signIn()
			tokens := c.Answer(c.Choose(c.Login("ada", f.p.Password), "Email", "OTP"), f.Outbox.LastCode(mail)).Want(t, sallyport.Success).Tokens
			open, begun := c.Login("ada", f.p.Password).Want(t, wanted), f.first(renews, "")
			f.Clock.Advance(time.Minute)
			change(f)
			f.wantSession("its own session", f.s, true)
			f.wantSession("another", other, false)
			if _, err := f.Engine.Verify(t.Context(), tokens.AccessToken); !errors.Is(err, sallyport.ErrInvalidToken) {
				t.Errorf("an access token: got %v", err)
			}
			if r, err := f.Engine.Refresh(t.Context(), refresh(tokens.RefreshToken)); err == nil {
				t.Errorf("a refresh token: got %v", r)
			}
			c.Choose(open, "Email", "OTP").Want(t, dead)
			r := f.call(renews, sallyport.FactorChange{Session: f.s.Handle, RequestID: begun.RequestID, OptionID: begun.Options[0].ID})
			wantConfirmation(t, "a change that was under way", r, sallyport.Denied, sallyport.ReasonOver)
		})
	}
}

// TestP1CodesOfSeveral: of callers who race with one code one wins, whichever authenticator
// it is of, and a recovery code adds one factor.
func TestP1CodesOfSeveral(t *testing.T) {
	f := newFactoring(t, sallyporttest.User{TOTP: true, Email: mail, EmailValidated: true})
	codes := f.proven(renews, f.first(renews, ""), mfa.Email).RecoveryCodes
	second, r := f.stage("Second")
	wantConfirmation(t, "adding", f.proven(adds, r, mfa.Email), sallyport.Granted, "")
	c := f.InProcess()
	for _, app := range []*sallyporttest.Authenticator{f.p.Authenticator, second} {
		a := c.Login("ada", f.p.Password).Want(t, wanted)
		if n := grants(t, f.Kit, 16, login(sallyport.Login{RequestID: a.RequestID, OptionID: option(t, a, "MicrosoftAuthenticator", "OTP"), Code: app.Fresh()})); n != 1 {
			t.Errorf("got %d winners, want 1", n)
		}
	}
	_, one := f.stage("Third")
	_, two := f.stage("Fourth")
	won := 0
	for _, r := range []*sallyport.Confirmation{one, two} {
		in := sallyport.FactorChange{Session: f.s.Handle, RequestID: r.RequestID, OptionID: f.optionOn(r, mfa.Authenticator), Code: codes[0]}
		if f.call(adds, in).Outcome == sallyport.Granted {
			won++
		}
	}
	if won != 1 || len(f.list().Factors) != 4 {
		t.Errorf("%d were added by one recovery code; got %+v", won, f.list().Factors)
	}
}

// TestP4GuessesWhileChanging: wrong codes in a change of factors are charged to the account as
// those of a login, over however many requests, and the fifth in a session ends it.
func TestP4GuessesWhileChanging(t *testing.T) {
	f := newFactoring(t, sallyporttest.User{TOTP: true, Email: mail, EmailValidated: true})
	second := f.signIn() // before: a complete login clears the hour
	f.Clock.Advance(time.Second)
	f.wantGuess(5, true)
	f.s = second
	f.wantGuess(5, true)
	r := hostLogin(t, f.Kit, sallyport.Login{Username: "ada", Password: f.p.Password})
	wantOutcome(t, "a login after ten", r, sallyport.Denied, sallyport.ReasonGuessesUsedUp)
}

// wantGuess makes so many wrong guesses in a request to renew recovery codes, and wants the
// session to have ended or not.
func (f *factoring) wantGuess(n int, ends bool) {
	f.t.Helper()
	r := f.first(renews, "")
	in := sallyport.FactorChange{Session: f.s.Handle, RequestID: r.RequestID, OptionID: f.optionOn(r, mfa.Authenticator)}
	for i := range n {
		f.wantSession("before the last guess", f.s, true)
		in.Code = strings.Repeat("x", i+1)
		if got := f.call(renews, in); got.Reason != sallyport.ReasonWrongCode {
			f.t.Errorf("guess %d: got %v, %q", i, got.Outcome, got.Reason)
		}
	}
	f.wantSession("after the guesses", f.s, !ends)
}

// TestP6ChangesExpire: a request of a change dies after ten minutes, for good: no clock that
// jumps back revives it, nor a session that was seen dead.
func TestP6ChangesExpire(t *testing.T) {
	f := newFactoring(t, sallyporttest.User{TOTP: true, Email: mail, EmailValidated: true})
	_, staged := f.stage("Second")
	r := f.first(removes, f.idOf("Authenticator app"))
	f.Clock.Advance(10 * time.Minute)
	for what, by := range map[string]change{"remove": removes, "add": adds} {
		request := map[string]*sallyport.Confirmation{"remove": r, "add": staged}[what]
		in := sallyport.FactorChange{Session: f.s.Handle, RequestID: request.RequestID, OptionID: f.optionOn(request, mfa.Authenticator), Code: f.p.Authenticator.Fresh()}
		wantConfirmation(t, what+" after ten minutes", f.call(by, in), sallyport.Denied, sallyport.ReasonOver)
	}
	f.wantFactors("after it", "Authenticator app", mfa.MaskEmail(mail))
	f.Clock.Advance(time.Hour)
	if _, err := f.Engine.AddFactor(t.Context(), sallyport.FactorChange{Session: f.s.Handle, Password: f.p.Password}); !errors.Is(err, sallyport.ErrInvalidSession) {
		t.Errorf("an idle session: got %v", err)
	}
	f.Clock.Set(sallyporttest.Start)
	if _, err := f.Engine.Factors(t.Context(), f.s.Handle); !errors.Is(err, sallyport.ErrInvalidSession) {
		t.Errorf("an idle session, and the clock set back: got %v", err)
	}
}
