package sallyport_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/pgtest"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store/boltstore"
	"github.com/sallyport-auth/sallyport/store/sealed"
)

// races is how many callers race for one thing, and how often. `make winners`
// asks for the long form.
func races() (callers, rounds int) {
	if os.Getenv("SALLYPORT_LONG") != "" {
		return 200, 50
	}
	return 32, 3
}

// nodes are engines on one store.
type nodes []*sallyporttest.Kit

// login sends one call to a node, as caller i.
func (n nodes) login(t *testing.T, i int, in sallyport.Login) bool {
	r, err := n[i%len(n)].Engine.Login(context.Background(), in)
	if err != nil {
		t.Errorf("got %v, want a verdict", err)
		return false
	}
	return r.Tokens != nil
}

// TestP1OneWinner releases many callers together for one thing that is good
// once, again and again, on every store.
func TestP1OneWinner(t *testing.T) {
	plain := sallyporttest.WithConfig(func(c *sallyport.Config) { c.Keys, c.InsecurePlainStore = sealed.Keys{}, true })
	bolt := func(t *testing.T) sallyporttest.Option {
		s, err := boltstore.Open(filepath.Join(t.TempDir(), "x.db"), boltstore.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return sallyporttest.WithStore(s)
	}
	stores := []struct {
		name string
		make func(*testing.T) nodes
	}{
		{"memory", func(t *testing.T) nodes { return nodes{sallyporttest.New(t, plain)} }},
		{"bolt", func(t *testing.T) nodes { return nodes{sallyporttest.New(t, plain, bolt(t))} }},
		{"sealed bolt", func(t *testing.T) nodes { return nodes{sallyporttest.New(t, bolt(t))} }},
		{"PostgreSQL, two nodes", func(t *testing.T) nodes {
			k := sallyporttest.New(t, sallyporttest.WithStore(openPostgres(t, pgtest.URL(t))))
			return nodes{k, k.Node()}
		}},
	}
	prizes := []struct {
		name string
		race func(*testing.T, nodes)
	}{
		{"mailed code", raceMailedCode}, {"authenticator code over several requests", raceAuthenticator},
		{"approved link", raceLink}, {"refresh token", raceRefresh}, {"lost refresh answer", raceLostRefresh},
		{"enrolment confirmation", raceEnrolment},
	}
	for _, s := range stores {
		for _, p := range prizes {
			t.Run(s.name+"/"+p.name, func(t *testing.T) { p.race(t, s.make(t)) })
		}
	}
}

// won wants exactly one winner.
func won(t *testing.T, what string, n int32) {
	t.Helper()
	if n != 1 {
		t.Errorf("got %d %s, want 1", n, what)
	}
}

// race releases the callers and counts the winners.
func race(callers int, call func(i int) bool) int32 {
	var n atomic.Int32
	crowd(callers, func(i int) {
		if call(i) {
			n.Add(1)
		}
	})
	return n.Load()
}

func raceMailedCode(t *testing.T, n nodes) {
	k := n[0]
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
	callers, rounds := races()
	for range rounds {
		a := c.Choose(c.Login(p.Name, p.Password), "Email", "OTP").Want(t, waiting)
		in := login(sallyport.Login{RequestID: a.RequestID, OptionID: option(t, a, "Email", "OTP"), Code: k.Outbox.LastCode(mail)})
		won(t, "winners", race(callers, func(i int) bool { return n.login(t, i, in) }))
		k.Clock.Advance(25 * time.Hour) // budgets are not what is tested
	}
}

func raceAuthenticator(t *testing.T, n nodes) {
	k := n[0]
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "tom", TOTP: true})
	callers, rounds := races()
	for range rounds {
		code := p.Authenticator.Fresh()
		var calls []sallyport.Login
		for range 8 {
			a := c.Login(p.Name, p.Password).Want(t, wanted)
			calls = append(calls, login(sallyport.Login{RequestID: a.RequestID, OptionID: option(t, a, "MicrosoftAuthenticator", "OTP"), Code: code}))
		}
		won(t, "winners", race(callers, func(i int) bool { return n.login(t, i, calls[i%len(calls)]) }))
		k.Clock.Advance(25 * time.Hour) // the losers' charges are history
	}
}

func raceLink(t *testing.T, n nodes) {
	k := n[0]
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
	callers, rounds := races()
	for range rounds {
		a := c.Login(p.Name, p.Password).Want(t, wanted)
		in := login(sallyport.Login{RequestID: a.RequestID, OptionID: option(t, a, "Email", "Link")})
		if r, err := k.Engine.Login(t.Context(), in); err != nil || !r.LinkWaits {
			t.Fatalf("got %v, %v, want a link that waits", r, err)
		}
		token := strings.TrimPrefix(k.Outbox.LastLink(mail), sallyporttest.Issuer+"/mfa/link/")
		v, err := k.Engine.Link(t.Context(), token)
		if err != nil {
			t.Fatal(err)
		}
		won(t, "approvals", race(callers, func(i int) bool {
			o, err := n[i%len(n)].Engine.DecideLink(context.Background(), token, sallyport.LinkDecision{Nonce: v.Nonce, Approve: true})
			return err == nil && o == sallyport.LinkApproved
		}))
		won(t, "winners", race(callers, func(i int) bool { return n.login(t, i, in) }))
		k.Clock.Advance(25 * time.Hour)
	}
}

// refresh trades a token at a node and answers its successor.
func (n nodes) refresh(t *testing.T, i int, token string) string {
	r, err := n[i%len(n)].Engine.Refresh(context.Background(), sallyport.Refresh{ClientID: sallyporttest.ClientID, ClientSecret: sallyporttest.ClientSecret, RefreshToken: token})
	if err != nil {
		t.Errorf("got %v, want the one successor", err)
		return ""
	}
	return r.RefreshToken
}

// successor has many callers trade one token: they all get the same.
func (n nodes) successor(t *testing.T, callers int, token string) (next string) {
	var mu sync.Mutex
	seen := map[string]bool{}
	crowd(callers, func(i int) {
		s := n.refresh(t, i, token)
		mu.Lock()
		defer mu.Unlock()
		seen[s], next = true, s
	})
	won(t, "successors", int32(len(seen)))
	return next
}

func raceRefresh(t *testing.T, n nodes) {
	c, p := n[0].InProcess(), n[0].AddUser(t, sallyporttest.User{Name: "paul"})
	token := c.Login(p.Name, p.Password).Want(t, sallyport.Success).Tokens.RefreshToken
	callers, rounds := races()
	for range rounds {
		token = n.successor(t, callers, token)
	}
}

// raceLostRefresh loses the answer of one refresh, and has many callers ask for
// it again.
func raceLostRefresh(t *testing.T, n nodes) {
	c, p := n[0].InProcess(), n[0].AddUser(t, sallyporttest.User{Name: "paul"})
	token := c.Login(p.Name, p.Password).Want(t, sallyport.Success).Tokens.RefreshToken
	callers, rounds := races()
	for range rounds {
		lost := n.refresh(t, 0, token)
		n[0].Clock.Advance(29 * time.Second)
		if again := n.successor(t, callers, token); again != lost {
			t.Fatal("got another successor than the one that was lost")
		}
		token = lost
	}
}

func raceEnrolment(t *testing.T, n nodes) {
	k, yes := n[0], true
	callers, rounds := races()
	for round := range rounds {
		p := k.AddUser(t, sallyporttest.User{Name: "nora" + strings.Repeat("a", round), MFA: &yes})
		c := k.InProcess()
		a := c.Login(p.Name, p.Password)
		app, _ := c.BeginTOTP(a.RequestID)
		code := app.Code()
		won(t, "sets of recovery codes", race(callers, func(i int) bool {
			r, err := n[i%len(n)].Engine.ConfirmTOTP(context.Background(), sallyport.EnrollmentCall{RequestID: a.RequestID}, code)
			return err == nil && len(r.RecoveryCodes) > 0
		}))
	}
}
