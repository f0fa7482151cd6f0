package sallyport_test

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// nodesApart is a node whose clock is right, and another whose clock is not.
type nodesApart struct {
	t           *testing.T
	here, there *sallyporttest.Kit
	off         atomic.Int64 // of the other's clock
	jump        time.Duration
}

// clockPlans are by how much the clock of the other is off at first, and by how much it
// jumps once something was made.
var clockPlans = []struct {
	name      string
	off, jump time.Duration
}{
	{"two hours behind", -2 * time.Hour, 0},
	{"two hours ahead", 2 * time.Hour, 0},
	{"put right from ahead", 2 * time.Hour, -2 * time.Hour},
	{"put right from behind", -2 * time.Hour, 2 * time.Hour},
	{"set back", 0, -2 * time.Hour},
	{"set ahead", 0, 2 * time.Hour},
}

func newNodesApart(t *testing.T, k *sallyporttest.Kit, off, jump time.Duration) *nodesApart {
	t.Helper()
	n := &nodesApart{t: t, here: k, jump: jump}
	n.off.Store(int64(off))
	n.there = k.Node(sallyporttest.WithConfig(func(c *sallyport.Config) {
		now := c.Now
		c.Now = func() time.Time { return now().Add(time.Duration(n.off.Load())) }
	}))
	return n
}

// jumps has the other's clock jump.
func (n *nodesApart) jumps() { n.off.Add(int64(n.jump)) }

// once is what is good once. It is made at one node, and its use at a node says what was
// granted; empty: nothing.
type once struct {
	name string
	opts []sallyporttest.Option
	make func(n *nodesApart, at *sallyporttest.Kit) func(at *sallyporttest.Kit) string
}

func onces() []once {
	return []once{
		{"a device token", nil, func(n *nodesApart, at *sallyporttest.Kit) func(*sallyporttest.Kit) string {
			setPolicy(n.t, n.here, func(d *directory.Policy) { d.MFA.Session = new(12 * time.Hour) })
			p := tom(n.t, n.here)
			a := at.InProcess()
			a.Remember = true
			r := a.Login(p.Name, p.Password)
			r = a.AnswerWith(r, "MicrosoftAuthenticator", "OTP", n.codeAt(at, p.Authenticator))
			device := r.Tokens.DeviceToken
			return func(at *sallyporttest.Kit) string {
				r := byDevice(at.InProcess(), p, device)
				if r.Tokens == nil {
					return ""
				}
				return r.Tokens.DeviceToken
			}
		}},
		{"a recovery code that was drawn anew", nil, func(n *nodesApart, at *sallyporttest.Kit) func(*sallyporttest.Kit) string {
			f := newFactoringIn(n.t, n.here, 0, sallyporttest.User{TOTP: true, Email: mail, EmailValidated: true})
			old := f.proven(renews, f.first(renews, ""), mfa.Email).RecoveryCodes
			n.here.Clock.Advance(time.Minute)
			g := n.signedIn(at, f.p)
			codes := g.proven(renews, g.first(renews, ""), mfa.Email).RecoveryCodes
			return func(at *sallyporttest.Kit) string {
				if got := n.answer(at, f.p, old[0]); got != "" {
					n.t.Error("a recovery code that is void was good")
				}
				return n.answer(at, f.p, codes[0])
			}
		}},
		{"a code that adds a factor", nil, func(n *nodesApart, at *sallyporttest.Kit) func(*sallyporttest.Kit) string {
			p := n.here.AddUser(n.t, sallyporttest.User{Name: "ada", Email: mail, EmailValidated: true})
			g := n.signedIn(at, p)
			_, r := g.stageAt(n)
			in := g.answer(r, mfa.Email, "")
			g.call(adds, in)
			in.Code = g.Outbox.LastCode(mail)
			return n.changes(adds, in)
		}},
		{"a code that removes a factor", nil, func(n *nodesApart, at *sallyporttest.Kit) func(*sallyporttest.Kit) string {
			p := n.here.AddUser(n.t, sallyporttest.User{Name: "ada", TOTP: true, Email: mail, EmailValidated: true})
			g := n.signedIn(at, p)
			in := g.answer(g.first(removes, g.idOf("Authenticator app")), mfa.Email, "")
			g.call(removes, in)
			in.Code = g.Outbox.LastCode(mail)
			return n.changes(removes, in)
		}},
		{"a link that removes a factor", nil, func(n *nodesApart, at *sallyporttest.Kit) func(*sallyporttest.Kit) string {
			p := n.here.AddUser(n.t, sallyporttest.User{Name: "ada", Email: mail, EmailValidated: true})
			g := n.signedIn(at, p)
			_, r := g.stageAt(n)
			link := n.noticeLink(func() { g.proven(adds, r, mfa.Email) })
			undone := 0
			return func(at *sallyporttest.Kit) string {
				n.here.Clock.Advance(10 * time.Minute)
				mine := n.signedIn(n.here, p) // which it ends, whenever it does anything
				v, err := at.Engine.ViewLink(n.t.Context(), link)
				if !good(n.t, err) {
					return ""
				}
				_, err = at.Engine.DecideLink(n.t.Context(), link, sallyport.LinkDecision{Nonce: v.Nonce, Approve: true})
				good(n.t, err)
				if _, err := n.here.Engine.Session(n.t.Context(), mine.s.Handle); err == nil {
					return ""
				}
				undone++
				return fmt.Sprint("undone ", undone)
			}
		}},
		{"a code without a password", []sallyporttest.Option{takesPasswordless()}, func(n *nodesApart, at *sallyporttest.Kit) func(*sallyporttest.Kit) string {
			n.here.AddUser(n.t, noWord("pat"))
			a, code := codeFor(at, at.InProcess(), "pat")
			return func(at *sallyporttest.Kit) string { return tokenOf(at.InProcess().Answer(a, code)) }
		}},
		{"a link without a password", []sallyporttest.Option{takesPasswordless()}, func(n *nodesApart, at *sallyporttest.Kit) func(*sallyporttest.Kit) string {
			n.here.AddUser(n.t, noWord("pat"))
			a := at.InProcess().Call(byName("pat"))
			in := login(sallyport.Login{RequestID: a.RequestID, OptionID: option(n.t, a, "Email", "Link")})
			sent := n.here.Outbox.Count()
			if _, err := at.Engine.Login(n.t.Context(), in); err != nil {
				n.t.Fatal(err)
			}
			link := linkToken(n.awaitLink(sent))
			return func(at *sallyporttest.Kit) string {
				if v, err := at.Engine.ViewLink(n.t.Context(), link); good(n.t, err) {
					_, err := at.Engine.DecideLink(n.t.Context(), link, sallyport.LinkDecision{Nonce: v.Nonce, Approve: true})
					good(n.t, err)
				}
				r, err := at.Engine.Login(n.t.Context(), in)
				if err != nil {
					n.t.Fatal(err)
				}
				if r.Tokens == nil {
					return ""
				}
				return r.Tokens.AccessToken
			}
		}},
	}
}

// codeAt is what an app shows whose clock is that of a node.
func (n *nodesApart) codeAt(at *sallyporttest.Kit, app *sallyporttest.Authenticator) string {
	return app.CodeAt(n.now(at))
}

func (n *nodesApart) now(at *sallyporttest.Kit) time.Time {
	if at == n.there {
		return n.here.Clock.Now().Add(time.Duration(n.off.Load()))
	}
	return n.here.Clock.Now()
}

// signedIn is a session that was opened at a node by a mailed code.
func (n *nodesApart) signedIn(at *sallyporttest.Kit, p *sallyporttest.Person) *factoring {
	n.t.Helper()
	f := &factoring{moving: &moving{Kit: at, t: n.t, p: p}}
	f.s = f.signIn()
	return f
}

// stageAt is stage with an app whose clock is that of the node.
func (f *factoring) stageAt(n *nodesApart) (*sallyporttest.Authenticator, *sallyport.Confirmation) {
	f.t.Helper()
	r := f.first(adds, "")
	app, _ := f.InProcess().BeginTOTP(r.RequestID)
	f.InProcess().ConfirmTOTP(r.RequestID, n.codeAt(f.Kit, app)).Want(f.t, false)
	return app, r
}

// answer is a whole login at a node by a code of an authenticator's.
func (n *nodesApart) answer(at *sallyporttest.Kit, p *sallyporttest.Person, code string) string {
	c := at.InProcess()
	r := c.Login(p.Name, p.Password)
	if _, offered := r.Option("MicrosoftAuthenticator", "OTP"); !offered {
		return ""
	}
	return tokenOf(c.AnswerWith(r, "MicrosoftAuthenticator", "OTP", code))
}

func tokenOf(a sallyporttest.Answer) string {
	if a.Tokens == nil {
		return ""
	}
	return a.Tokens.AccessToken
}

// changes uses the last call of a change of factors.
func (n *nodesApart) changes(by change, in sallyport.FactorChange) func(*sallyporttest.Kit) string {
	granted := 0
	return func(at *sallyporttest.Kit) string {
		r, err := by(at.Engine, n.t, in)
		if err != nil || r.Outcome != sallyport.Granted {
			return ""
		}
		granted++
		return fmt.Sprint("granted ", granted)
	}
}

// noticeLink is the token of the link in the notice that something brings about.
func (n *nodesApart) noticeLink(of func()) string {
	n.t.Helper()
	sent := n.here.Outbox.Count()
	of()
	return linkToken(n.awaitLink(sent))
}

// awaitLink is the link of the first message after so many that has one.
func (n *nodesApart) awaitLink(sent int) string {
	n.t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); {
		list := n.here.Outbox.Messages()[sent:]
		if i := slices.IndexFunc(list, func(m sallyport.Message) bool { return strings.Contains(m.Link, "/mfa/link/") }); i >= 0 {
			return list[i].Link
		}
	}
	n.t.Fatal("no link was sent")
	return ""
}

// TestP6ApartOnce: what is good once is granted once where nodes disagree by hours of what
// time it is, or the clock of one jumps, whichever made it. In the short form the two take
// turns.
func TestP6ApartOnce(t *testing.T) {
	beside(t)
	for i, o := range onces() {
		for j, plan := range clockPlans {
			for k, first := range []string{"here", "there"} {
				if !long() && (i+j)%2 != k {
					continue // made at one node each
				}
				t.Run(o.name+"/"+plan.name+"/made "+first, func(t *testing.T) {
					n := newNodesApart(t, sallyporttest.New(t, o.opts...), plan.off, plan.jump)
					at := n.here
					if first == "there" {
						at = n.there
					}
					use := o.make(n, at)
					n.jumps()
					granted := map[string]bool{}
					for _, at := range []*sallyporttest.Kit{n.there, n.here, n.there, n.here} {
						if got := use(at); got != "" {
							granted[got] = true
						}
					}
					if len(granted) > 1 {
						t.Errorf("got %d grants, want one at most", len(granted))
					}
				})
			}
		}
	}
}

// TestP6ApartMailedKeys: the same of mailed keys.
func TestP6ApartMailedKeys(t *testing.T) {
	beside(t)
	for _, thing := range perishables() {
		if strings.HasPrefix(thing.name, "a request") {
			continue // that is good more than once
		}
		for _, plan := range clockPlans {
			t.Run(thing.name+"/"+plan.name, func(t *testing.T) {
				k, h := thing.make(t)
				n := newNodesApart(t, k, plan.off, plan.jump)
				n.jumps()
				granted := 0
				for _, at := range []*sallyporttest.Kit{n.there, n.here, n.there, n.here} {
					if h.use(at.Engine) {
						granted++
					}
				}
				if strings.HasPrefix(thing.name, "a link that removes") {
					granted = min(granted, 1) // a second click is told alike
				}
				if granted > 1 {
					t.Errorf("got %d grants, want one at most", granted)
				}
			})
		}
	}
}

// TestP6ApartCounts: what is counted on nodes that disagree by hours of what time it is, and
// know it, is counted once more at most, and not anew each time that they take turns.
func TestP6ApartCounts(t *testing.T) {
	beside(t)
	for _, plan := range clockPlans {
		t.Run(plan.name, func(t *testing.T) {
			k := sallyporttest.New(t, sallyporttest.WithConfig(func(c *sallyport.Config) { c.SMSPerDay = 10 }))
			n := newNodesApart(t, k, plan.off, plan.jump)
			x := newApartCounts(n)
			for i := range 40 {
				if i == 16 {
					n.jumps()
				}
				if i == 0 || i == 16 {
					maintain(t, []*sallyporttest.Kit{n.here, n.there})
				}
				x.turn(i, []*sallyporttest.Kit{n.here, n.there}[i%2])
			}
			for what, got := range map[string]struct{ n, budget int }{ // the password that locks is told to
				"wrong codes": {x.codes, 10}, "wrong passwords": {x.passwords + 1, 10}, "charges of a host": {x.charges, 5},
				"mails": {x.sent("otp", mail), 10}, "resets": {x.sent("reset", resetMail), 3},
			} {
				if got.n < got.budget || got.n > 2*got.budget {
					t.Errorf("%s: got %d, want %d, or as many again", what, got.n, got.budget)
				}
			}
			if got := x.sent("otp", phone); got > 10 {
				t.Errorf("got %d text messages of ten", got)
			}
		})
	}
}

const resetMail = "forgetful@example.com"

// apartCounts is somebody who uses up all that is counted.
type apartCounts struct {
	n                         *nodesApart
	guesser, mailer, texter   *sallyporttest.Person
	codes, passwords, charges int
}

func newApartCounts(n *nodesApart) *apartCounts {
	n.t.Helper()
	n.here.AddUser(n.t, sallyporttest.User{Name: "paul", Email: resetMail, EmailValidated: true})
	return &apartCounts{
		n: n, guesser: tom(n.t, n.here),
		mailer: n.here.AddUser(n.t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true}),
		texter: n.here.AddUser(n.t, sallyporttest.User{Name: "phil", Mobile: phone, MobileValidated: true}),
	}
}

// turn makes one of each call at a node.
func (x *apartCounts) turn(i int, at *sallyporttest.Kit) {
	c, t := at.InProcess(), x.n.t
	t.Helper()
	if r := c.Login(x.guesser.Name, x.guesser.Password); r.Status == wanted {
		if c.AnswerWith(r, "MicrosoftAuthenticator", "OTP", fmt.Sprintf("x%05d", i)).Status == wrong {
			x.codes++
		}
	}
	charged, err := at.Engine.Charge(t.Context(), sallyport.Ledger{Name: "x", Size: 5, Period: time.Hour}, "k")
	if err != nil {
		t.Fatal(err)
	}
	if charged.OK {
		x.charges++
	}
	for _, p := range []*sallyporttest.Person{x.mailer, x.texter} {
		if r := c.Login(p.Name, p.Password); r.Status == wanted {
			c.Choose(r, map[bool]string{true: "Email", false: "SMS"}[p == x.mailer], "OTP")
		}
	}
	if err := at.Engine.BeginReset(t.Context(), sallyport.ResetRequest{Username: "paul"}); err != nil {
		t.Fatal(err)
	}
	if r := c.Login("paul", fmt.Sprint("wrong ", i)); r.Status.Has(sallyport.PasswordDoesNotMatch) {
		x.passwords++
	}
}

// sent are the messages of a kind to an address, once all are out.
func (x *apartCounts) sent(kind, to string) (n int) {
	x.n.here.Engine.Close()
	x.n.there.Engine.Close()
	for _, m := range x.n.here.Outbox.Messages() {
		if m.Kind == kind && m.To == to {
			n++
		}
	}
	return n
}

// TestP6ApartModule: a session of an account that a module keeps, and has no more, ends
// within five minutes on each node, whatever its clock has done meanwhile.
func TestP6ApartModule(t *testing.T) {
	for _, plan := range clockPlans {
		t.Run(plan.name, func(t *testing.T) {
			f := bobs()
			n := newNodesApart(t, joined(t, f), plan.off, plan.jump)
			handles := []string{bobIn(t, n.here).Handle, bobIn(t, n.there).Handle}
			wantSession(t, n.here, "at first", handles[0], true)
			wantSession(t, n.there, "at first", handles[1], true)
			f.remove(bobKey)
			n.jumps()
			n.here.Clock.Advance(5 * time.Minute)
			for _, handle := range handles {
				wantSession(t, n.here, "after five minutes", handle, false)
				wantSession(t, n.there, "after five minutes", handle, false)
			}
		})
	}
}
