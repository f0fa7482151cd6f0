package sallyport_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// factorPrizes are those of [prizes] that have to do with changes of factors.
var factorPrizes = []prize{
	{"recovery code over several requests", raceRecovery},
	{"recovery codes that are drawn anew", raceRenewal},
	{"recovery codes that are drawn anew, while others use the old", raceRenewalAndOld},
	{"code that adds a factor, over several requests", raceAddition},
	{"removal of one of two factors, where one has to stay", raceLastFactor},
	{"link that removes a factor, while others log in by it", raceRemovalByLink},
}

// factorCall is a change of factors in a session: "add", "remove" or "renew".
type factorCall struct {
	By string
	In sallyport.FactorChange
}

func changeFactors(ctx context.Context, e *sallyport.Engine, h heat, i int) (string, error) {
	one := h.Changes[i%len(h.Changes)]
	by := map[string]func(context.Context, sallyport.FactorChange) (*sallyport.Confirmation, error){
		"add": e.AddFactor, "remove": e.RemoveFactor, "renew": e.RenewRecoveryCodes,
	}
	r, err := by[one.By](ctx, one.In)
	if err != nil {
		return "", err
	}
	return strings.TrimSpace(fmt.Sprint(r.Outcome, " ", strings.Join(r.RecoveryCodes, " "))), nil
}

// renewBesideLogins changes factors; every second caller logs in.
func renewBesideLogins(ctx context.Context, e *sallyport.Engine, h heat, i int) (string, error) {
	if i%2 == 0 {
		return logIn(ctx, e, h, i/2)
	}
	return changeFactors(ctx, e, h, i/2)
}

// removeBesideLogins approves a link; every second caller logs in, and says with which token.
func removeBesideLogins(ctx context.Context, e *sallyport.Engine, h heat, i int) (string, error) {
	if i%2 == 0 {
		o, err := e.DecideLink(ctx, h.Link, sallyport.LinkDecision{Nonce: h.Nonce, Approve: true})
		return string(o), err
	}
	r, err := e.Login(ctx, h.Logins[i/2%len(h.Logins)])
	if err != nil || r.Tokens == nil {
		return "refused", err
	}
	return "token " + r.Tokens.AccessToken, nil
}

// newFactoringIn is somebody with a session of the host's own, made anew in each round.
func newFactoringIn(t *testing.T, k *sallyporttest.Kit, n int, u sallyporttest.User) *factoring {
	t.Helper()
	u.Name = fmt.Sprint("ada", n)
	m := &moving{Kit: k, t: t, p: k.AddUser(t, u)}
	f := &factoring{moving: m}
	f.s = f.signIn()
	return f
}

// raceRecovery has all callers log in by one recovery code, in eight requests.
func raceRecovery(t *testing.T, a arena, callers int) func(int) int {
	return func(n int) int {
		f := newFactoringIn(t, a.kit, n, sallyporttest.User{TOTP: true})
		codes := f.proven(renews, f.first(renews, ""), mfa.Authenticator).RecoveryCodes
		h := heat{Call: "login", Logins: f.logins(8, codes[0])}
		return a.run(t, callers, h).winners(t, granted, nil)
	}
}

// logins are calls 3 of so many requests, each with that code of an authenticator.
func (f *factoring) logins(n int, code string) (list []sallyport.Login) {
	f.t.Helper()
	c := f.InProcess()
	for range n {
		r := c.Login(f.p.Name, f.p.Password).Want(f.t, wanted)
		list = append(list, login(sallyport.Login{RequestID: r.RequestID, OptionID: option(f.t, r, "MicrosoftAuthenticator", "OTP"), Code: code}))
	}
	return list
}

// raceRenewal has all callers draw recovery codes, each of four requests by the same code of
// an authenticator, and counts the sets that were drawn. The old ones are void then.
func raceRenewal(t *testing.T, a arena, callers int) func(int) int {
	return func(n int) int {
		f := newFactoringIn(t, a.kit, n, sallyporttest.User{TOTP: true})
		old := f.proven(renews, f.first(renews, ""), mfa.Authenticator).RecoveryCodes
		h, code := heat{Call: "factors"}, f.p.Authenticator.Fresh()
		for range 4 {
			r := f.first(renews, "")
			h.Changes = append(h.Changes, factorCall{"renew", f.answer(r, mfa.Authenticator, code)})
		}
		sets := f.grantedBy(a.run(t, callers, h))
		for _, in := range f.logins(1, old[n%len(old)]) {
			if r, err := f.Engine.Login(t.Context(), in); err != nil || r.Status != wrong {
				t.Errorf("an old recovery code: got %v, %v, want %s", r, err, wrong)
			}
		}
		return sets
	}
}

// answer is the last call of a change, by an option on t.
func (f *factoring) answer(r *sallyport.Confirmation, t mfa.Transport, code string) sallyport.FactorChange {
	f.t.Helper()
	return sallyport.FactorChange{Session: f.s.Handle, RequestID: r.RequestID, OptionID: f.optionOn(r, t), Code: code}
}

// grantedBy counts the calls of a heat that changed factors.
func (f *factoring) grantedBy(got tally) (n int) {
	f.t.Helper()
	if list := got.errors(nil); list != nil {
		f.t.Errorf("got %q, want verdicts", list)
	}
	for word, times := range got {
		if strings.HasPrefix(word, sallyport.Granted.String()) {
			n += times
		}
	}
	return n
}

// raceRenewalAndOld has half of the callers draw recovery codes while the other half log in by
// an old one: one set is drawn, at most one login came before it, and none after.
func raceRenewalAndOld(t *testing.T, a arena, callers int) func(int) int {
	return func(n int) int {
		f := newFactoringIn(t, a.kit, n, sallyporttest.User{TOTP: true, Email: fmt.Sprint("ada", n, "@example.org"), EmailValidated: true})
		old := f.proven(renews, f.first(renews, ""), mfa.Authenticator).RecoveryCodes
		r := f.first(renews, "")
		in := f.answer(r, mfa.Email, "")
		f.call(renews, in)
		in.Code = f.Outbox.LastCode(f.p.Email)
		h := heat{Call: "renew while others log in", Changes: []factorCall{{"renew", in}}, Logins: f.logins(4, old[0])}
		got := a.run(t, callers, h)
		if got[granted] > 1 {
			t.Errorf("%d logins by one recovery code", got[granted])
		}
		if by, err := f.Engine.Login(t.Context(), f.logins(1, old[1])[0]); err != nil || by.Status != wrong {
			t.Errorf("another old recovery code: got %v, %v, want %s", by, err, wrong)
		}
		return f.grantedBy(got)
	}
}

// raceAddition has all callers add a factor, one of four that wait, by one code.
func raceAddition(t *testing.T, a arena, callers int) func(int) int {
	return func(n int) int {
		f := newFactoringIn(t, a.kit, n, sallyporttest.User{TOTP: true})
		h := heat{Call: "factors"}
		var waiting []*sallyport.Confirmation
		for i := range 4 {
			_, r := f.stage(fmt.Sprint("app ", i))
			waiting = append(waiting, r)
		}
		f.Clock.Advance(30 * time.Second) // after what it adds was confirmed
		code := f.p.Authenticator.Fresh()
		for _, r := range waiting {
			h.Changes = append(h.Changes, factorCall{"add", f.answer(r, mfa.Authenticator, code)})
		}
		won := f.grantedBy(a.run(t, callers, h))
		if got := len(f.list().Factors); got != 1+won {
			t.Errorf("got %d factors after %d were added", got, won)
		}
		return won
	}
}

// raceLastFactor has half of the callers remove one of two factors, and half the other, where
// one has to stay.
func raceLastFactor(t *testing.T, a arena, callers int) func(int) int {
	setPolicy(t, a.kit, func(d *directory.Policy) { d.MFA.Mode = new(mfa.Required) })
	return func(n int) int {
		f := newFactoringIn(t, a.kit, n, sallyporttest.User{TOTP: true, Email: fmt.Sprint("ada", n, "@example.org"), EmailValidated: true})
		app, mailbox := f.first(removes, f.idOf("Authenticator app")), f.first(removes, f.idOf(mfa.MaskEmail(f.p.Email)))
		one := f.answer(app, mfa.Email, "")
		f.call(removes, one)
		one.Code = f.Outbox.LastCode(f.p.Email)
		h := heat{Call: "factors", Changes: []factorCall{{"remove", one}, {"remove", f.answer(mailbox, mfa.Authenticator, f.p.Authenticator.Fresh())}}}
		won := f.grantedBy(a.run(t, callers, h))
		if got := len(f.list().Factors); got != 2-won {
			t.Errorf("got %d factors after %d were removed", got, won)
		}
		return won
	}
}

// raceRemovalByLink has half of the callers remove a factor by the link of a notice, and half
// log in by that factor: it is gone, and with it all that it has opened.
func raceRemovalByLink(t *testing.T, a arena, callers int) func(int) int {
	return func(n int) int {
		f := newFactoringIn(t, a.kit, n, sallyporttest.User{Email: fmt.Sprint("ada", n, "@example.org"), EmailValidated: true})
		app, r := f.stage("Thief")
		in := f.answer(r, mfa.Email, "")
		f.call(adds, in)
		in.Code = f.Outbox.LastCode(f.p.Email)
		wantConfirmation(t, "adding", f.call(adds, in), sallyport.Granted, "")
		link := linkToken(f.Outbox.Await(f.p.Email, "notice").Link)
		v, err := f.Engine.ViewLink(t.Context(), link)
		if err != nil {
			t.Fatal(err)
		}
		got := a.run(t, callers, heat{Call: "remove by link", Link: link, Nonce: v.Nonce, Logins: f.logins(4, app.Fresh())})
		if list := got.errors(nil); list != nil {
			t.Errorf("got %q, want verdicts", list)
		}
		for word := range got {
			token, is := strings.CutPrefix(word, "token ")
			if _, err := f.Engine.Verify(t.Context(), token); is && !errors.Is(err, sallyport.ErrInvalidToken) {
				t.Errorf("a token that the removed factor was given lives: %v", err)
			}
		}
		f.wantFactors("removed", mfa.MaskEmail(f.p.Email))
		if got[string(sallyport.LinkUndone)] != (callers+1)/2 {
			return 0
		}
		return 1
	}
}
