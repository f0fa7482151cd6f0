package httpadapter_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/boltstore"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/wire"
)

const guessed = "margaret.jones@gmail.com"

// guessing is a kind of secret that strangers guess at over HTTP.
type guessing struct {
	name   string
	budget int // guesses that are charged; all others are refused
	waits  int // points of a call at which it still ends with its caller, beside point 0
	// begin makes ready, and returns how the i-th wrong one is sent.
	begin func(*testing.T, *sallyporttest.Kit) func(i int) posted
	// wrong and right are what only an answer to a wrong and a right one holds.
	wrong, right string
}

const (
	saidWrong = `"SecureCodeDoesNotMatch"`
	gotTokens = `"access_token"`
)

func guessings() []guessing {
	return []guessing{
		{"password", 10, 4, guessPassword, "", gotTokens}, // how it is told: see verdict
		{"mailed code", 5, 0, guessCode("Email"), "", gotTokens},
		{"authenticator code", 5, 0, guessCode("MicrosoftAuthenticator"), "", gotTokens},
		{"first code of an authenticator", 5, 0, guessFirstCode, saidWrong, `"Success"`},
		{"code to a new address", 5, 0, guessAddress, saidWrong, `"Success"`},
		{"first code of an authenticator, on the page", 5, 0, guessOnPage, "That code is not right", redirected},
		{"number of a link", 1, 0, guessNumber, redirected, redirected},
	}
}

// redirected stands for what the answer to a form does not tell: it leads to a page
// that tells it to the browser, and the same to everybody who asks later. The
// ledger counts all the same.
const redirected = "(redirected)"

// tokenForm is a call of the token endpoint.
func tokenForm(pairs ...string) posted {
	return posted{path: "/connect/token", body: form(append([]string{"grant_type", "VGAuthenticator", "client_id", sallyporttest.ClientID, "client_secret", sallyporttest.ClientSecret}, pairs...)...)}
}

// wrongNumber is the i-th six-digit code that is not right.
func wrongNumber(i int, right string) string {
	if code := fmt.Sprintf("%06d", i); code != right {
		return code
	}
	return "999999"
}

func guessPassword(t *testing.T, k *sallyporttest.Kit) func(int) posted {
	p := k.AddUser(t, sallyporttest.User{Name: "paul"})
	return func(i int) posted { return tokenForm("Username", p.Name, "Password", fmt.Sprint("guess ", i)) }
}

func guessCode(transport string) func(*testing.T, *sallyporttest.Kit) func(int) posted {
	return func(t *testing.T, k *sallyporttest.Kit) func(int) posted {
		c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "marie", Email: guessed, EmailValidated: true, TOTP: true})
		r := c.Login(p.Name, p.Password)
		right := p.Authenticator.Code()
		if transport == "Email" {
			r = c.Choose(r, transport, "OTP")
			right = k.Outbox.LastCode(guessed)
		}
		id, ok := r.Option(transport, "OTP")
		if !ok {
			t.Fatalf("got options %q, want %s OTP", r.Offered(), transport)
		}
		request := r.RequestID
		return func(i int) posted {
			return tokenForm("AuthenticationRequestId", request, "MFAAvailableId", id, "MFASecureCode", wrongNumber(i, right))
		}
	}
}

// enrolling is the request of somebody who has to enrol a factor.
func enrolling(t *testing.T, k *sallyporttest.Kit) (c *sallyporttest.Client, request string) {
	t.Helper()
	yes := true
	c = k.InProcess()
	p := k.AddUser(t, sallyporttest.User{Name: "nora", MFA: &yes})
	return c, c.Login(p.Name, p.Password).RequestID
}

func guessFirstCode(t *testing.T, k *sallyporttest.Kit) func(int) posted {
	c, request := enrolling(t, k)
	app, _ := c.BeginTOTP(request)
	right := app.Code()
	return func(i int) posted {
		return posted{path: "/api/MFAEnrollment/ValidateMicrosoftTOTP", body: form("requestId", request, "secureCode", wrongNumber(i, right))}
	}
}

func guessAddress(t *testing.T, k *sallyporttest.Kit) func(int) posted {
	c, request := enrolling(t, k)
	c.SendVerification(request, "Email", guessed).Want(t, false)
	right := k.Outbox.Await(guessed, "enrolment").Code
	return func(i int) posted {
		return posted{path: "/api/MFAEnrollment/ValidateEmail", body: form("requestId", request, "secureCode", wrongNumber(i, right))}
	}
}

func guessOnPage(t *testing.T, k *sallyporttest.Kit) func(int) posted {
	c, request := enrolling(t, k)
	app, _ := c.BeginTOTP(request)
	right, page := app.Code(), "/mfa/enroll/"+request
	shown := serve(k.Handler(), request1("GET", page+"?add=app"))
	cookie, _, _ := strings.Cut(shown.header.Get("Set-Cookie"), ";")
	token := nonce(t, shown)
	return func(i int) posted {
		return posted{path: page, cookie: cookie, body: form("nonce", token, "action", "totp", "code", wrongNumber(i, right))}
	}
}

func guessNumber(t *testing.T, k *sallyporttest.Kit) func(int) posted {
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "marie", Email: guessed, EmailValidated: true})
	r := c.Login(p.Name, p.Password)
	number, id := "", ""
	for _, o := range r.Options {
		if o.AuthenticationModeDisplay == "Link" {
			number, id = o.MatchNumber, o.ID
		}
	}
	in := sallyport.Login{Caller: &sallyport.Caller{ClientID: sallyporttest.ClientID, ClientSecret: sallyporttest.ClientSecret}, RequestID: r.RequestID, OptionID: id}
	if _, err := k.Engine.Login(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	page := path(t, k.Outbox.LastLink(guessed))
	token := nonce(t, serve(k.Handler(), request1("GET", page)))
	return func(i int) posted {
		wrong := fmt.Sprintf("%02d", i%100)
		if wrong == number {
			wrong = fmt.Sprintf("%02d", (i+1)%100)
		}
		return posted{path: page, body: form("nonce", token, "decision", "approve", "number", wrong)}
	}
}

// request1 is a request without a body.
func request1(method, target string) *http.Request { return request(method, target, "") }

// verdict reports whether an answer tells that the guess was wrong, or that it
// was right.
func (g guessing) verdict(a *answer) (wrong, right bool) {
	right = strings.Contains(a.body, g.right)
	if g.wrong != "" {
		return strings.Contains(a.body, g.wrong), right
	}
	// The miss that locks is told like every refusal after it: it is no verdict.
	_, e, err := wire.DecodeTokenAnswer([]byte(a.body))
	if err != nil || e == nil || e.VGResponse == nil {
		return false, right
	}
	s := sallyport.Status(e.VGResponse.AuthenticationState.Status)
	return s.Has(sallyport.SecureCodeDoesNotMatch) || s.Has(sallyport.PasswordDoesNotMatch), right
}

// ledger counts, by the events, what was charged and what was won.
type ledger struct{ charged, won atomic.Int64 }

func (l *ledger) count(c *sallyport.Config) {
	next := c.OnEvent
	c.OnEvent = func(ev sallyport.Event) {
		switch ev.Kind {
		case sallyport.EventWrongPassword, sallyport.EventWrongCode, sallyport.EventLocked, sallyport.EventLinkDenied:
			l.charged.Add(1)
		case sallyport.EventLogin, sallyport.EventFactorsChanged, sallyport.EventLinkApproved, sallyport.EventLapsed:
			l.won.Add(1)
		}
		next(ev)
	}
}

// guess makes n guesses by that way of hanging up, from number first on, and
// returns how many of them the clients were told to be wrong. When it returns,
// nothing is under way any more.
func (g guessing) guess(t *testing.T, k *sallyporttest.Kit, way hangup, wrong func(i int) posted, first int, at func(i int) int, n int) int {
	t.Helper()
	d := newDepartures(k.Handler(), n, at)
	address, shut := listen(t, d)
	send, done := way.open(address)
	var told atomic.Int64
	several(n, 64, func(i int) {
		a, err := send(wrong(first+i), i, d.list[i])
		switch {
		case err != nil:
			t.Errorf("guess %d: %v", i, err)
		case a == nil:
		case a.status >= 500 && a.status != http.StatusServiceUnavailable:
			t.Errorf("guess %d: got %d %.100s", i, a.status, a.body)
		default:
			wrong, right := g.verdict(a)
			if right {
				t.Errorf("guess %d was right: %d %.100s", i, a.status, a.body)
			}
			if wrong {
				told.Add(1)
			}
		}
	})
	done()
	shut()
	return int(told.Load())
}

// TestP4Departed: whoever hangs up over a real connection, in whatever way and
// at whatever point of the call, is charged from the first look at what they
// guessed, and for nothing before; so the budget holds.
func TestP4Departed(t *testing.T) {
	for _, b := range []struct {
		name  string
		tries int // in the short form; a thousand in the long one
		open  func(*testing.T) store.Store
	}{
		{"memory", 200, func(*testing.T) store.Store { return memstore.New() }},
		{"sealed bbolt", 100, func(t *testing.T) store.Store {
			s, err := boltstore.Open(filepath.Join(t.TempDir(), "x.db"), boltstore.Options{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { s.Close() })
			return s
		}},
	} {
		tries := b.tries
		if os.Getenv("SALLYPORT_LONG") != "" {
			tries = 1000
		}
		for _, g := range guessings() {
			for _, way := range hangups() {
				t.Run(b.name+"/"+g.name+"/"+way.name, func(t *testing.T) {
					departed(t, g, way, b.open(t), tries)
				})
			}
		}
	}
}

func departed(t *testing.T, g guessing, way hangup, s store.Store, tries int) {
	var l ledger
	k := sallyporttest.New(t, sallyporttest.WithStore(leaving{s}), sallyporttest.WithConfig(l.count),
		sallyporttest.WithDirectory(func(d *directory.File) { d.Clients[0].LinkNumber = true }))
	wrong := g.begin(t, k)
	paid, won := l.charged.Load(), l.won.Load()

	early := func(i int) int { return i % (g.waits + 1) }
	if told := g.guess(t, k, way, wrong, 0, early, 20); told != 0 {
		t.Errorf("%d were told that they were wrong who had gone before anything was looked at", told)
	}
	if got := l.charged.Load() - paid; got != 0 {
		t.Errorf("charged %d who had gone before anything was looked at", got)
	}

	looked := min(2, g.budget)
	told := g.guess(t, k, way, wrong, 20, func(i int) int { return g.waits + 1 + i }, looked)
	if got := int(l.charged.Load() - paid); got != looked {
		t.Errorf("charged %d of %d who had gone once it was looked at", got, looked)
	}

	const points = 8 // of two readings, a commit, and what comes before
	told += g.guess(t, k, way, wrong, 30, func(i int) int { return i%(points+1) + afterSending }, tries)
	if err := k.Engine.Close(); err != nil {
		t.Error(err)
	}
	if got := int(l.charged.Load() - paid); got != g.budget {
		t.Errorf("charged %d, want %d", got, g.budget)
	}
	if told > g.budget {
		t.Errorf("told %d that they were wrong, want %d at most", told, g.budget)
	}
	if got := l.won.Load() - won; got != 0 {
		t.Errorf("%d were granted with a wrong one", got)
	}
}
