package sallyport_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/internal/proof"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/token"
)

// guessKind is a kind of code that strangers guess at, all at once.
type guessKind struct {
	name string
	// wrong is how many guesses are looked at and told to be wrong, told are the answers that
	// say so, and over those of the others.
	wrong      int
	told, over []string
	// begin makes ready: what is guessed at, and what comes of the right code afterwards,
	// which is not a grant.
	begin func(t *testing.T, k *sallyporttest.Kit, tries int) (h heat, late func())
}

// guess is a call with a code that differs from caller to caller: that of its login.
func guess(ctx context.Context, e *sallyport.Engine, h heat, i int) (string, error) {
	in := h.Logins[i%len(h.Logins)]
	enrolling := sallyport.EnrollmentCall{RequestID: in.RequestID}
	switch h.Code {
	case "reset":
		r, err := e.FinishReset(ctx, sallyport.ResetFinish{Caller: in.Caller, Key: h.Keys[0], RequestID: in.RequestID, OptionID: in.OptionID, Code: in.Code})
		if err != nil {
			return "", err
		}
		return string(r.Status), nil
	case "first code":
		r, err := e.ConfirmTOTP(ctx, enrolling, in.Code)
		return string(r.Status), err
	case "new address":
		r, err := e.ConfirmVerification(ctx, enrolling, mfa.Email, in.Code)
		return string(r.Status), err
	case "session":
		r, err := e.RenewRecoveryCodes(ctx, sallyport.FactorChange{Session: h.Nonce, RequestID: in.RequestID, OptionID: in.OptionID, Code: in.Code})
		if err != nil {
			return "", err
		}
		return string(r.Reason), nil
	case "number":
		o, err := e.DecideLink(ctx, h.Link, sallyport.LinkDecision{Nonce: h.Nonce, Approve: true, Number: in.Code})
		return string(o), err
	case "key":
		r, err := e.ProveAddress(ctx, in.Code)
		if err != nil {
			return "", err
		}
		return "key " + string(r.Status), nil
	}
	return logIn(ctx, e, h, i)
}

// sixDigits are so many codes that are not right.
func sixDigits(tries int, right ...string) (list []string) {
	for i := range tries + len(right) {
		if code := fmt.Sprintf("%06d", i); !slices.Contains(right, code) {
			list = append(list, code)
		}
	}
	return list[:tries]
}

// guessing has each caller give another code for an option, of the next of several requests.
func guessing(codes []string, requests ...sallyport.Login) (list []sallyport.Login) {
	for i, code := range codes {
		in := login(requests[i%len(requests)])
		in.Code = code
		list = append(list, in)
	}
	return list
}

// callThree is call 3 of a login, but for the code.
func callThree(t *testing.T, a sallyporttest.Answer, transport string) sallyport.Login {
	t.Helper()
	return sallyport.Login{RequestID: a.RequestID, OptionID: option(t, a, transport, "OTP")}
}

var (
	toldWrong = []string{wrong.String()}
	toldOver  = []string{dead.String(), exhausted.String()}
	enrolOver = []string{"error: " + sallyport.ErrUnknownRequest.Error()}
)

// guessKinds are all kinds, but for mailed codes and passwords, see
// [TestP4ParallelGuesses].
func guessKinds() []guessKind {
	return []guessKind{
		{"wrong codes of text messages", 5, toldWrong, toldOver, func(t *testing.T, k *sallyporttest.Kit, tries int) (heat, func()) {
			c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "paul", Mobile: phone, MobileValidated: true})
			a := c.Choose(c.Login(p.Name, p.Password), "SMS", "OTP").Want(t, waiting)
			right := k.Outbox.LastCode(phone)
			return heat{Logins: guessing(sixDigits(tries, right), callThree(t, a, "SMS"))}, func() { c.Answer(a, right).Want(t, dead) }
		}},
		{"wrong codes of an authenticator", 5, toldWrong, toldOver, func(t *testing.T, k *sallyporttest.Kit, tries int) (heat, func()) {
			c, p := k.InProcess(), tom(t, k)
			a := c.Login(p.Name, p.Password).Want(t, wanted)
			in := callThree(t, a, "MicrosoftAuthenticator")
			return heat{Logins: guessing(sixDigits(tries, goodCodes(k, p.Authenticator)...), in)}, func() {
				c.AnswerWith(a, "MicrosoftAuthenticator", "OTP", p.Authenticator.Code()).Want(t, dead)
			}
		}},
		{"wrong codes of an authenticator, over four requests", 10, toldWrong, toldOver, func(t *testing.T, k *sallyporttest.Kit, tries int) (heat, func()) {
			c, p := k.InProcess(), tom(t, k)
			var in []sallyport.Login
			for range 4 {
				in = append(in, callThree(t, c.Login(p.Name, p.Password).Want(t, wanted), "MicrosoftAuthenticator"))
			}
			return heat{Logins: guessing(sixDigits(tries, goodCodes(k, p.Authenticator)...), in...)}, func() { c.Login(p.Name, p.Password).Want(t, exhausted) }
		}},
		{"wrong recovery codes", 5, toldWrong, toldOver, func(t *testing.T, k *sallyporttest.Kit, tries int) (heat, func()) {
			f := newFactoringIn(t, k, 0, sallyporttest.User{TOTP: true})
			right := f.proven(renews, f.first(renews, ""), mfa.Authenticator).RecoveryCodes
			in := f.logins(1, "")[0]
			var list []string
			for i := range tries {
				list = append(list, fmt.Sprintf("AAAAAAAA%08d", i))
			}
			return heat{Logins: guessing(list, in)}, func() {
				in.Code = right[0]
				if r, err := k.Engine.Login(t.Context(), in); err != nil || r.Status != dead {
					t.Errorf("the right one: got %v, %v, want %s", r, err, dead)
				}
			}
		}},
		{"wrong codes without a password", 5, toldWrong, toldOver, guessPasswordless(1)},
		{"wrong codes without a password, over four requests", 10, toldWrong, toldOver, guessPasswordless(4)},
		{"wrong passwords on a remembered device", 5 + 9, []string{mismatch.String(), (mismatch | sallyport.LastBadLogin).String()}, []string{lockedOut.String()}, func(t *testing.T, k *sallyporttest.Kit, tries int) (heat, func()) {
			setPolicy(t, k, func(d *directory.Policy) { d.MFA.Session = new(12 * time.Hour) })
			c, p := k.InProcess(), tom(t, k)
			device, h := remembered(t, c, p), heat{}
			for i := range tries {
				h.Logins = append(h.Logins, login(sallyport.Login{Username: p.Name, Password: fmt.Sprint("guess ", i), DeviceToken: device}))
			}
			return h, func() { byDevice(c, p, device).Want(t, lockedOut) }
		}},
		{"wrong codes beside a key that sets a password", 5, []string{string(sallyport.PasswordChangeRefused)}, []string{string(sallyport.ResetKeyUnknown), string(sallyport.PasswordRequestOver)}, func(t *testing.T, k *sallyporttest.Kit, tries int) (heat, func()) {
			r := &resetting{&changing{Kit: k, t: t, p: k.AddUser(t, sallyporttest.User{Name: "ada", Email: mail, EmailValidated: true, TOTP: true})}}
			key := r.key()
			in := r.open(key, mfa.Authenticator)
			h := heat{Code: "reset", Keys: []string{key}, Logins: guessing(sixDigits(tries, goodCodes(k, r.p.Authenticator)...), sallyport.Login{RequestID: in.RequestID, OptionID: in.OptionID})}
			for i := range h.Logins {
				h.Logins[i].Caller = nil // as the key was asked for
			}
			return h, func() { r.over("the right code", key) }
		}},
		{"wrong first codes of an authenticator", 5, []string{string(sallyport.EnrollmentWrongCode)}, enrolOver, func(t *testing.T, k *sallyporttest.Kit, tries int) (heat, func()) {
			c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "new", MFA: new(true)})
			a := c.Login(p.Name, p.Password)
			app, _ := c.BeginTOTP(a.RequestID)
			h := heat{Code: "first code", Logins: guessing(sixDigits(tries, goodCodes(k, app)...), sallyport.Login{RequestID: a.RequestID})}
			return h, func() { c.ConfirmTOTP(a.RequestID, app.Code()).WantRefused(t, "RequestNotFound") }
		}},
		{"wrong codes of a new address", 5, []string{string(sallyport.EnrollmentWrongCode)}, enrolOver, func(t *testing.T, k *sallyporttest.Kit, tries int) (heat, func()) {
			c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "new", MFA: new(true)})
			a := c.Login(p.Name, p.Password)
			c.SendVerification(a.RequestID, "Email", mail).Want(t, false)
			right := k.Outbox.LastCode(mail)
			h := heat{Code: "new address", Logins: guessing(sixDigits(tries, right), sallyport.Login{RequestID: a.RequestID})}
			return h, func() { c.ConfirmVerification(a.RequestID, "Email", right).WantRefused(t, "RequestNotFound") }
		}},
		{"wrong codes in a session that changes factors", 5, []string{string(sallyport.ReasonWrongCode)}, []string{string(sallyport.ReasonOver), "error: " + sallyport.ErrInvalidSession.Error()}, func(t *testing.T, k *sallyporttest.Kit, tries int) (heat, func()) {
			f := newFactoringIn(t, k, 0, sallyporttest.User{TOTP: true})
			r := f.first(renews, "")
			in := f.answer(r, mfa.Authenticator, "")
			h := heat{Code: "session", Nonce: f.s.Handle, Logins: guessing(sixDigits(tries, goodCodes(k, f.p.Authenticator)...), sallyport.Login{RequestID: in.RequestID, OptionID: in.OptionID})}
			return h, func() { f.wantSession("the session", f.s, false) }
		}},
		{"wrong numbers of a link", 1, nil, []string{string(sallyport.LinkWrongNumber)}, guessNumber},
		{"mailed keys that never were", 0, nil, []string{"key "}, func(t *testing.T, k *sallyporttest.Kit, tries int) (heat, func()) {
			m := &moving{Kit: k, t: t, p: k.AddUser(t, sallyporttest.User{Name: "ada"})}
			key := m.Outbox.Key(newMail, func() { m.ask(newMail) })
			h := heat{Code: "key"}
			for i := range tries {
				h.Logins = append(h.Logins, sallyport.Login{Code: fmt.Sprintf("%064x", i)})
			}
			return h, func() { m.spend("the right one", key, sallyport.AddressProven) } // 32 bytes want no count
		}},
	}
}

// goodCodes are the codes of an app that are good now.
func goodCodes(k *sallyporttest.Kit, app *sallyporttest.Authenticator) (list []string) {
	for _, off := range []time.Duration{-30 * time.Second, 0, 30 * time.Second} {
		list = append(list, app.CodeAt(k.Clock.Now().Add(off)))
	}
	return list
}

// guessPasswordless guesses at codes of so many logins without a password.
func guessPasswordless(requests int) func(t *testing.T, k *sallyporttest.Kit, tries int) (heat, func()) {
	return func(t *testing.T, k *sallyporttest.Kit, tries int) (heat, func()) {
		k.Apply(t, func(d *directory.File) {
			for i := range d.Clients {
				d.Clients[i].Modules = []string{token.ModuleVGUser, token.ModulePasswordless}
			}
		})
		k.AddUser(t, noWord("pat"))
		var in []sallyport.Login
		var list []string
		for range requests {
			a, code := codeFor(k, k.InProcess(), "pat")
			in = append(in, login(callThree(t, a, "Email")))
			in[len(in)-1].Code = code
			k.Clock.Advance(31 * time.Second)
		}
		for i := range tries {
			list = append(list, fmt.Sprintf("%08d", i))
		}
		return heat{Logins: guessing(list, in...)}, func() {
			for _, right := range in {
				if r, err := k.Engine.Login(t.Context(), right); err != nil || r.Tokens != nil || r.Status == wrong {
					t.Errorf("the right code: got %v, %v, want it too late", r, err)
				}
			}
		}
	}
}

// guessNumber guesses at the number of a link, which has one try: all are told how it went.
func guessNumber(t *testing.T, k *sallyporttest.Kit, tries int) (heat, func()) {
	k.Apply(t, func(d *directory.File) { d.Clients[0].LinkNumber = true })
	p := k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
	r, err := k.Engine.Login(t.Context(), login(sallyport.Login{Username: p.Name, Password: p.Password}))
	if err != nil {
		t.Fatal(err)
	}
	right := r.Options[slices.IndexFunc(r.Options, func(o sallyport.Option) bool { return o.Mode == mfa.Link })].MatchNumber
	in := login(sallyport.Login{RequestID: r.RequestID, OptionID: r.Options[0].ID})
	if r, err := k.Engine.Login(t.Context(), in); err != nil || !r.LinkSent {
		t.Fatalf("got %v, %v, want a link that waits", r, err)
	}
	link := linkToken(k.Outbox.LastLink(mail))
	v, err := k.Engine.ViewLink(t.Context(), link)
	if err != nil {
		t.Fatal(err)
	}
	h := heat{Code: "number", Link: link, Nonce: v.Nonce}
	for i := range tries {
		if code := fmt.Sprintf("%02d", i%100); code != right {
			h.Logins = append(h.Logins, sallyport.Login{Code: code})
		}
	}
	return h, func() {
		if o, err := k.Engine.DecideLink(t.Context(), link, sallyport.LinkDecision{Nonce: v.Nonce, Approve: true, Number: right}); err != nil || o != sallyport.LinkWrongNumber {
			t.Errorf("the right number: got %v, %v, want to be told of the wrong one", o, err)
		}
	}
}

// TestP4EveryKind: of many different guesses at once exactly as many are looked at as there
// are tries, of every kind of code, and the right one comes too late. In the short form all
// kinds are guessed at in memory, and those that count over several requests on every store.
func TestP4EveryKind(t *testing.T) {
	for _, s := range arenas(t) {
		for _, kind := range guessKinds() {
			if !long() && s.name != "memory" && kind.wrong != 10 {
				continue
			}
			t.Run(s.name+"/"+kind.name, func(t *testing.T) {
				tries := 100
				if long() {
					tries = 1000
				}
				a := s.make(t)
				h, late := kind.begin(t, a.kit, tries)
				h.Call = "guess"
				got := a.run(t, tries, h)
				told, over := 0, 0
				for word, n := range got {
					switch {
					case slices.Contains(kind.told, word):
						told += n
					case slices.Contains(kind.over, word):
						over += n
					default:
						t.Errorf("%d were told %q", n, word)
					}
				}
				if len(kind.told) > 0 && told != kind.wrong || told+over != tries {
					t.Errorf("got %v, want %d wrong and the others over", got, kind.wrong)
				}
				late()
				proof.Note(t, "guesses", kind.name, "at once", tries)
				proof.Note(t, "guesses", kind.name, s.name, kind.cell(told, over))
			})
		}
	}
}

// cell is what a table says.
func (g *guessKind) cell(told, over int) string {
	switch {
	case len(g.told) > 0 && strings.Contains(strings.Join(g.over, " "), lockedOut.String()):
		return fmt.Sprint(told, " wrong, ", over, " locked out")
	case len(g.told) > 0:
		return fmt.Sprint(told, " wrong, ", over, " exhausted")
	case g.wrong > 0:
		return fmt.Sprint(g.wrong, " looked at, all told so")
	}
	return fmt.Sprint(over, " good for nothing")
}
