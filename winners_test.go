package sallyport_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/internal/proof"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// races is how many callers race for one thing, and how often. `make winners`
// asks for the long form.
func races() (callers, rounds int) {
	if long() {
		return 200, 50
	}
	return 16, 1
}

type prize struct {
	name string
	race func(t *testing.T, a arena, callers int) (round func(n int) (winners int))
}

// prizes are the things that are good once. Each makes one ready for a round
// and says how many of the callers won it.
var prizes = []prize{
	{"mailed code", raceMailedCode},
	{"approval of a link", raceApproval},
	{"approved link", raceLink},
	{"authenticator code over several requests", raceAuthenticator},
	{"enrolment confirmation", raceEnrollment},
	{"refresh token", raceRefresh},
	{"lost refresh answer", raceLostRefresh},
	{"device token", raceDevice},
	{"change of a password", raceChange},
	{"last login by grace", raceGrace},
	{"last login without a second factor", raceFactorGrace},
	{"mailed key that sets a password", raceReset},
	{"invitation to add a factor", raceInvitation},
	{"mailed key that makes an account", raceSignUpKey},
	{"name of those who sign up", raceSignUpName},
	{"address of those who sign up", raceSignUpAddress},
	{"mailed key that proves an address", raceProof},
	{"mailed keys that take a change of address back", raceUndo},
}

// TestP1OneWinner releases many callers together for one thing that is good
// once, again and again, on every store.
func TestP1OneWinner(t *testing.T) {
	callers, rounds := races()
	for _, s := range arenas(t) {
		for _, p := range slices.Concat(prizes, factorPrizes, sessionPrizes) {
			t.Run(s.name+"/"+p.name, func(t *testing.T) {
				round, single := p.race(t, s.make(t), callers), 0
				for n := range rounds {
					if got := round(n); got == 1 {
						single++
					} else {
						t.Errorf("round %d: got %d winners, want 1", n+1, got)
					}
				}
				proof.Note(t, "races", p.name, "callers × rounds", fmt.Sprint(callers, " × ", rounds))
				proof.Note(t, "races", p.name, s.name, fmt.Sprint(single, " of ", rounds))
			})
		}
	}
}

// winners are those who were granted something. Losers get a verdict, or the
// one error that tells them that there is nothing any more.
func (t tally) winners(tt *testing.T, word string, allowed error) int {
	tt.Helper()
	if list := t.errors(allowed); list != nil {
		tt.Errorf("got %q, want verdicts", list)
	}
	return t[word]
}

func raceMailedCode(t *testing.T, a arena, callers int) func(int) int {
	k := a.kit
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
	return func(int) int {
		defer k.Clock.Advance(25 * time.Hour) // budgets are not what is tested
		r := c.Choose(c.Login(p.Name, p.Password), "Email", "OTP").Want(t, waiting)
		in := login(sallyport.Login{RequestID: r.RequestID, OptionID: option(t, r, "Email", "OTP"), Code: k.Outbox.LastCode(mail)})
		return a.run(t, callers, heat{Call: "login", Logins: []sallyport.Login{in}}).winners(t, granted, nil)
	}
}

// raceChange has all callers change one password, each to another.
func raceChange(t *testing.T, a arena, callers int) func(int) int {
	k := a.kit
	p := k.AddUser(t, sallyporttest.User{Name: "ada"})
	return func(n int) int {
		now := fmt.Sprint("the password of round ", n)
		if err := setup(k).SetLastingPassword(t.Context(), p.ID, now); err != nil { // and unlocks: the losers have missed
			t.Fatal(err)
		}
		h := heat{Call: "change", Change: sallyport.PasswordChange{
			Caller:   &sallyport.Caller{ClientID: sallyporttest.ClientID, ClientSecret: sallyporttest.ClientSecret},
			Username: "ada", Password: now, NewPassword: fresh + fmt.Sprint(n),
		}}
		return a.run(t, callers, h).winners(t, string(sallyport.PasswordChanged), nil)
	}
}

// raceGrace has all callers log in by grace, of which one login is left in each round.
func raceGrace(t *testing.T, a arena, callers int) func(int) int {
	k := a.kit
	p := k.AddUser(t, sallyporttest.User{Name: "ada"})
	return func(n int) int {
		defer k.Clock.Advance(25 * time.Hour) // the losers are asked for another password, each in a request
		setPolicy(t, k, func(d *directory.Policy) { d.Password.Pattern, d.Password.GraceLogons = "[0-9]", n+1 })
		in := login(sallyport.Login{Username: p.Name, Password: p.Password})
		return a.run(t, callers, heat{Call: "login", Logins: []sallyport.Login{in}}).winners(t, granted, nil)
	}
}

// raceReset has all callers set a password by one key, each another.
func raceReset(t *testing.T, a arena, callers int) func(int) int {
	k := a.kit
	p := k.AddUser(t, sallyporttest.User{Name: "ada", Email: mail, EmailValidated: true})
	return func(n int) int {
		defer k.Clock.Advance(25 * time.Hour) // budgets are not what is tested
		client := &sallyport.Caller{ClientID: sallyporttest.ClientID, ClientSecret: sallyporttest.ClientSecret}
		key := k.Outbox.Key(mail, func() {
			if err := k.Engine.BeginReset(t.Context(), sallyport.ResetRequest{Caller: client, Username: p.Name}); err != nil {
				t.Error(err)
			}
		})
		h := heat{Call: "reset", Reset: sallyport.ResetFinish{Caller: client, Key: key, NewPassword: fresh + fmt.Sprint(n)}}
		return a.run(t, callers, h).winners(t, string(sallyport.PasswordChanged), nil)
	}
}

// raceProof has all callers prove an address by one key.
func raceProof(t *testing.T, a arena, callers int) func(int) int {
	m := &moving{Kit: a.kit, t: t, p: a.kit.AddUser(t, sallyporttest.User{Name: "ada"})}
	return func(n int) int {
		defer m.Clock.Advance(73 * time.Hour) // changes that can be taken back are few
		email := fmt.Sprint("ada.", n, "@example.org")
		h := heat{Call: "prove", Keys: []string{m.Outbox.Key(email, func() { m.ask(email) })}}
		return a.run(t, callers, h).winners(t, string(sallyport.AddressProven), nil)
	}
}

// raceUndo has half of the callers take a change back by the key of the old address, and
// half by that of the new one.
func raceUndo(t *testing.T, a arena, callers int) func(int) int {
	m := &moving{Kit: a.kit, t: t, p: a.kit.AddUser(t, sallyporttest.User{Name: "ada", MFA: new(false)})}
	if _, err := setup(m.Kit).UpdateUser(t.Context(), m.p.ID, directory.UserChange{Email: new(mail), EmailProven: new(true)}); err != nil {
		t.Fatal(err)
	}
	return func(n int) int {
		defer m.Clock.Advance(73 * time.Hour)
		byOld, byNew := m.moveTo(fmt.Sprint("ada.", n, "@example.org"))
		return a.run(t, callers, heat{Call: "undo", Keys: []string{byOld, byNew}}).winners(t, string(sallyport.AddressRestored), nil)
	}
}

func raceAuthenticator(t *testing.T, a arena, callers int) func(int) int {
	k := a.kit
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "tom", TOTP: true})
	return func(int) int {
		defer k.Clock.Advance(25 * time.Hour) // the losers' charges are history
		h := heat{Call: "login"}
		code := p.Authenticator.Fresh()
		for range 8 {
			r := c.Login(p.Name, p.Password).Want(t, wanted)
			h.Logins = append(h.Logins, login(sallyport.Login{RequestID: r.RequestID, OptionID: option(t, r, "MicrosoftAuthenticator", "OTP"), Code: code}))
		}
		return a.run(t, callers, h).winners(t, granted, nil)
	}
}

// liveLink sends a link, which waits to be approved.
func liveLink(t *testing.T, a arena, p *sallyporttest.Person) (in sallyport.Login, approve heat) {
	t.Helper()
	k := a.kit
	in = sendLink(t, k, k.InProcess().Login(p.Name, p.Password).Want(t, wanted))
	token := linkToken(k.Outbox.LastLink(mail))
	v, err := k.Engine.ViewLink(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	return in, heat{Call: "decide", Link: token, Nonce: v.Nonce}
}

// raceApproval has half of the callers approve and half of them deny.
func raceApproval(t *testing.T, a arena, callers int) func(int) int {
	p := a.kit.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
	return func(int) int {
		defer a.kit.Clock.Advance(25 * time.Hour)
		in, decide := liveLink(t, a, p)
		got := a.run(t, callers, decide)
		approved := got[string(sallyport.LinkApproved)] > 0
		if r, err := a.kit.Engine.Login(t.Context(), in); err != nil || (r.Tokens != nil) != approved {
			t.Errorf("got %v, %v after %v, want tokens only for an approval", r, err, got)
		}
		return len(got) // all are told the one decision that stands
	}
}

func raceLink(t *testing.T, a arena, callers int) func(int) int {
	p := a.kit.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
	return func(int) int {
		defer a.kit.Clock.Advance(25 * time.Hour)
		in, approve := liveLink(t, a, p)
		a.run(t, 1, approve)
		return a.run(t, callers, heat{Call: "login", Logins: []sallyport.Login{in}}).winners(t, granted, nil)
	}
}

// raceEnrollment counts the sets of recovery codes that were handed out.
func raceEnrollment(t *testing.T, a arena, callers int) func(int) int {
	k, yes := a.kit, true
	return func(n int) int {
		p, c := k.AddUser(t, sallyporttest.User{Name: fmt.Sprint("nora", n), MFA: &yes}), k.InProcess()
		r := c.Login(p.Name, p.Password)
		app, _ := c.BeginTOTP(r.RequestID)
		got, sets := a.run(t, callers, heat{Call: "confirm", Request: r.RequestID, Code: app.Code()}), 0
		if list := got.errors(nil); list != nil {
			t.Errorf("got %q, want verdicts", list)
		}
		for answer, n := range got {
			if answer == string(sallyport.EnrollmentSuccess) { // a repeat too many, without codes
				continue
			}
			if sets++; n > 4 {
				t.Errorf("got the codes %d times, want one call and three repeats", n)
			}
		}
		return sets
	}
}

// successors are the different tokens that a heat was answered with: a refresh
// token has one successor, and whoever presents it in time is given that one.
func successors(t *testing.T, got tally) (n int, one string) {
	t.Helper()
	if list := got.errors(nil); list != nil {
		t.Errorf("got %q, want the successor", list)
	}
	for token := range got {
		one = token
	}
	return len(got), one
}

func raceRefresh(t *testing.T, a arena, callers int) func(int) int {
	c, p := a.kit.InProcess(), a.kit.AddUser(t, sallyporttest.User{Name: "paul"})
	token := c.Login(p.Name, p.Password).Want(t, sallyport.Success).Tokens.RefreshToken
	return func(int) (n int) {
		n, token = successors(t, a.run(t, callers, heat{Call: "refresh", Refresh: token}))
		return n
	}
}

// raceDevice has all callers log in by one device token.
func raceDevice(t *testing.T, a arena, callers int) func(int) int {
	k := a.kit
	setPolicy(t, k, func(d *directory.Policy) { d.MFA.Session = new(12 * time.Hour) })
	p := tom(t, k)
	token := remembered(t, k.InProcess(), p)
	return func(int) (n int) {
		in := login(sallyport.Login{Username: p.Name, Password: p.Password, DeviceToken: token})
		n, token = successors(t, a.run(t, callers, heat{Call: "device", Logins: []sallyport.Login{in}}))
		return n
	}
}

// raceLostRefresh loses the answer of one refresh, and has many callers ask for
// it again.
func raceLostRefresh(t *testing.T, a arena, callers int) func(int) int {
	c, p := a.kit.InProcess(), a.kit.AddUser(t, sallyporttest.User{Name: "paul"})
	token := c.Login(p.Name, p.Password).Want(t, sallyport.Success).Tokens.RefreshToken
	return func(int) int {
		_, lost := successors(t, a.run(t, 1, heat{Call: "refresh", Refresh: token}))
		a.kit.Clock.Advance(29 * time.Second)
		n, again := successors(t, a.run(t, callers, heat{Call: "refresh", Refresh: token}))
		if again != lost {
			t.Fatal("got another successor than the one that was lost")
		}
		token = lost
		return n
	}
}

// raceInvitation has all callers add an authenticator by one invitation, in sixteen
// requests that came with it.
func raceInvitation(t *testing.T, a arena, callers int) func(int) int {
	k := a.kit
	byInvitation(t, k)
	return func(n int) int {
		p, c := k.AddUser(t, sallyporttest.User{Name: fmt.Sprint("ivy", n)}), k.InProcess()
		key, h := invite(t, k, p.ID), heat{Call: "add"}
		for range 16 { // as many as an account may have open, nearly
			r := c.Call(login(sallyport.Login{Username: p.Name, Password: p.Password, Invitation: key}))
			app, _ := c.BeginTOTP(r.RequestID)
			h.Adds = append(h.Adds, confirming{r.RequestID, app.Code()})
		}
		won := 0
		for id := range a.run(t, callers, h) {
			if strings.HasPrefix(id, "error: ") && id != "error: "+sallyport.ErrUnknownRequest.Error() {
				t.Errorf("got %q, want verdicts", id)
			} else if id != "error: "+sallyport.ErrUnknownRequest.Error() {
				won++
			}
		}
		return won
	}
}

// raceFactorGrace has all callers log in without a second factor, of which one login is
// left in each round.
func raceFactorGrace(t *testing.T, a arena, callers int) func(int) int {
	k := a.kit
	p := k.AddUser(t, sallyporttest.User{Name: "ada"})
	return func(n int) int {
		defer k.Clock.Advance(25 * time.Hour) // the losers are asked to enrol, each in a request
		skipping(t, k, n+1)
		in := login(sallyport.Login{Username: p.Name, Password: p.Password})
		return a.run(t, callers, heat{Call: "login", Logins: []sallyport.Login{in}}).winners(t, granted, nil)
	}
}
