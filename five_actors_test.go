package sallyport_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/internal/proof"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/totp"
)

// program is a program that logs somebody in by a link: the owner's, or a thief's who has
// the password.
type program struct {
	s       *scene
	address string
	in      sallyport.Login // call 2, once call 1 was answered
	number  string          // what its screen shows
	links   []string        // the tokens of the links that it had sent, in their order
	tokens  bool            // it was granted the login

	hangUp   context.CancelFunc // of the call that is held; nil: none
	answered chan *sallyport.Result
}

// signIn is call 1.
func (p *program) signIn() {
	p.in = sallyport.Login{}
	r := p.s.login(sallyport.Login{Username: p.s.who.Name, Password: p.s.who.Password, Address: p.address})
	for _, o := range r.Options {
		if o.Mode == mfa.Link {
			p.in, p.number = sallyport.Login{RequestID: r.RequestID, OptionID: o.ID, Address: p.address}, o.MatchNumber
		}
	}
}

// ask chooses the link, or asks what became of it, and waits as long as it is let. A call
// that waits already is given up before.
func (p *program) ask() {
	p.giveUp()
	if p.in.RequestID == "" {
		return
	}
	sent := len(p.s.c.sent)
	defer func() {
		for _, link := range p.s.c.sent[sent:] {
			p.links = append(p.links, linkToken(link))
		}
	}()
	if p.s.world.polls {
		p.tokens = p.s.login(p.in).Tokens != nil || p.tokens
		return
	}
	ctx, cancel := context.WithCancel(p.s.t.Context())
	p.hangUp, p.answered = cancel, make(chan *sallyport.Result, 1)
	engine, answered := p.s.c.near.Engine, p.answered
	go func() {
		r, err := engine.Wait(ctx, login(p.in))
		if err != nil && ctx.Err() == nil {
			p.s.t.Errorf("%s: %v", p.s, err)
		}
		answered <- r
	}()
	synctest.Wait()
	p.look()
}

// look takes the answer of the call that waits, if it has come.
func (p *program) look() {
	if p.hangUp == nil {
		return
	}
	select {
	case r := <-p.answered:
		p.take(r)
	default:
	}
}

func (p *program) take(r *sallyport.Result) {
	p.tokens = p.tokens || r != nil && r.Tokens != nil
	p.hangUp()
	p.hangUp = nil
}

// giveUp hangs up on a call that waits.
func (p *program) giveUp() {
	if p.hangUp != nil {
		p.hangUp()
		p.take(<-p.answered)
	}
}

// city is where scenes are played: a node that serves the programs, which is started anew
// now and then, and one that serves the pages.
type city struct {
	t         *testing.T
	near, far *sallyporttest.Kit
	sent      []string // the links of all mails
	restart   func() *sallyporttest.Kit
	ends      map[string]int // how often scenes ended so
}

// scene is one login of the owner's beside one of a thief's.
type scene struct {
	c     *city
	t     *testing.T
	order []string
	who   *sallyporttest.Person

	client, thief program
	world         *world

	opened  string                // the link whose page the owner has before them
	page    sallyport.LinkView    // what it says
	pressed string                // the link that the owner has approved
	said    sallyport.LinkOutcome // and what came of it
}

func (s *scene) String() string { return s.who.Name + ": " + strings.Join(s.order, ", ") }

// login is a call of either program at the near node.
func (s *scene) login(in sallyport.Login) *sallyport.Result {
	r, err := s.c.near.Engine.Login(s.t.Context(), login(in))
	if err != nil {
		s.t.Fatalf("%s: %v", s, err)
	}
	return r
}

// open is the owner's: the newest mail of their own login.
func (s *scene) open() {
	if n := len(s.client.links); n > 0 {
		token := s.client.links[n-1]
		if v, err := s.c.far.Engine.ViewLink(s.t.Context(), token); err == nil {
			s.opened, s.page = token, v
		}
	}
}

// press is the owner's approval on the page that is open, whatever came since.
func (s *scene) press() {
	if s.opened == "" || s.page.Nonce == "" {
		return
	}
	d := sallyport.LinkDecision{Nonce: s.page.Nonce, Approve: true, Number: s.client.number, Add: s.world.ticks}
	if out, err := s.c.far.Engine.DecideLink(s.t.Context(), s.opened, d); err == nil {
		s.pressed, s.said = s.opened, out
	}
}

// scan is a mail scanner's, which opens all that was mailed, keeps cookies, and sends forms
// with nothing in them that a page could have told it.
func (s *scene) scan() {
	for _, token := range slices.Concat(s.client.links, s.thief.links) {
		var cookies []*http.Cookie
		for _, call := range []struct{ method, body string }{
			{http.MethodHead, ""}, {http.MethodGet, ""}, {http.MethodGet, ""}, {http.MethodPost, ""}, {http.MethodPost, "decision=approve&add=1&nonce=" + token},
		} {
			r := httptest.NewRequest(call.method, sallyporttest.Issuer+"/mfa/link/"+token, strings.NewReader(call.body))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			for _, c := range cookies {
				r.AddCookie(c)
			}
			w := httptest.NewRecorder()
			s.c.far.Handler().ServeHTTP(w, r)
			cookies = append(cookies, w.Result().Cookies()...)
		}
	}
}

// stage is the thief's: an authenticator of their own is set up in the owner's login, whose
// id stands in the address of a page.
func (s *scene) stage() {
	call := sallyport.EnrollmentCall{RequestID: s.client.in.RequestID}
	key, err := s.c.far.Engine.BeginTOTP(s.t.Context(), call)
	if err != nil {
		return
	}
	secret, err := totp.ParseSecret(key.Secret)
	if err != nil {
		s.t.Fatal(err)
	}
	e, err := s.c.far.Engine.ConfirmTOTP(s.t.Context(), call, secret.Code(totp.Step(s.c.near.Clock.Now())))
	if err != nil || e.Status != sallyport.EnrollmentSuccess || e.Active {
		s.t.Errorf("%s: staging: got %q, active %t, %v, want it staged", s, e.Status, e.Active, err)
	}
	if !s.client.tokens {
		s.said = "" // an approval that was not yet used did not name it, and is void
	}
}

// steal is the thief's: whatever may be made of the ids that they have. (With the owner's
// request and the password they would be its client.)
func (s *scene) steal() {
	mine, theirs := s.thief.in, s.client.in.RequestID
	for _, in := range []sallyport.Login{
		{RequestID: mine.RequestID, OptionID: mine.OptionID},
		{RequestID: mine.RequestID, Username: s.who.Name, Password: s.who.Password},
		{RequestID: mine.RequestID, OptionID: mine.OptionID, Code: s.client.number + "0000"},
		{RequestID: theirs},
		{RequestID: theirs, OptionID: mine.OptionID},
	} {
		if in.RequestID == "" || in.OptionID == "" && in.Password == "" && in.RequestID != theirs {
			continue
		}
		if s.login(in).Tokens != nil {
			s.thief.tokens = true
		}
	}
}

// settle is what follows every step: a reading of held calls, and its answers.
func (s *scene) settle(step string) {
	time.Sleep(250 * time.Millisecond) // of the bubble's time
	synctest.Wait()
	s.client.look()
	s.thief.look()
	approved := s.said == sallyport.LinkApproved || s.said == sallyport.LinkApprovedAlone
	if s.client.tokens && !(approved && slices.Contains(s.client.links, s.pressed)) {
		s.t.Errorf("%s: after %q the login is granted, and its owner has not approved it", s, step)
	}
	if s.thief.tokens {
		s.t.Errorf("%s: after %q the thief is granted a login", s, step)
	}
}

// end is after all steps: who has pressed is let in, and nothing was added to the account
// but what the page had named, and whose box was ticked.
func (s *scene) end() {
	approved := s.said == sallyport.LinkApproved || s.said == sallyport.LinkApprovedAlone
	s.client.ask()
	s.settle("the client asks once more")
	s.steal()
	s.settle("the thief tries once more")
	if approved != s.client.tokens {
		s.t.Errorf("%s: the owner was told %q, and the login is granted: %t", s, s.said, s.client.tokens)
	}
	named := approved && s.world.ticks && len(s.page.Adding) > 0
	r := s.login(sallyport.Login{Username: s.who.Name, Password: s.who.Password, Address: "192.0.2.9"})
	added := slices.ContainsFunc(r.Options, func(o sallyport.Option) bool { return o.Transport == mfa.Authenticator })
	if added != named {
		s.t.Errorf("%s: an authenticator was added: %t; the page that was approved had named it and its box was ticked: %t", s, added, named)
	}
	s.client.giveUp()
	s.thief.giveUp()
	s.c.count("let in", s.client.tokens)
	s.c.count("let in and added", added)
	s.c.count("not let in", !s.client.tokens)
	s.c.count("told to wait", s.said == sallyport.LinkMustWait)
}

func (c *city) count(end string, is bool) {
	if is {
		c.ends[end]++
	}
}

// actors are the five and their steps, each in its order.
var actors = []struct {
	name  string
	steps []string
	do    []func(*scene)
}{
	{"client", []string{"signs in", "waits for a link", "hangs up and asks again"}, []func(*scene){
		func(s *scene) { s.client.signIn() }, func(s *scene) { s.client.ask() }, func(s *scene) { s.client.ask() },
	}},
	{"owner", []string{"opens the page", "approves"}, []func(*scene){(*scene).open, (*scene).press}},
	{"scanner", []string{"opens everything"}, []func(*scene){(*scene).scan}},
	{"thief", []string{"signs in", "waits for a link", "stages", "tries"}, []func(*scene){
		func(s *scene) { s.thief.signIn() }, func(s *scene) { s.thief.ask() }, (*scene).stage, (*scene).steal,
	}},
	{"node", []string{"starts anew", "keeps up"}, []func(*scene){
		func(s *scene) { s.c.near = s.c.restart() },
		func(s *scene) {
			if err := s.c.far.Engine.Maintain(s.t.Context()); err != nil {
				s.t.Error(err)
			}
		},
	}},
}

// interleavings calls visit with every order of the actors' steps, as indices of actors,
// except those in which the owner opens a page before there is a mail: then they do
// nothing, as in some other order. The slice is visit's for as long as it runs.
func interleavings(visit func(order []int)) {
	var order []int
	done := make([]int, len(actors))
	var walk func()
	walk = func() {
		last := true
		for a := range actors {
			if done[a] == len(actors[a].steps) || a == 1 && done[0] < 2 {
				continue
			}
			last = false
			order = append(order, a)
			done[a]++
			walk()
			done[a]--
			order = order[:len(order)-1]
		}
		if last {
			visit(order)
		}
	}
	walk()
}

// world is what differs between two tries of all orders.
type world struct {
	name     string
	numbered bool     // the page asks for the number
	together bool     // the thief comes from the client's address
	ticks    bool     // the owner ticks every box, asked or not
	polls    bool     // calls are not held: programs ask again
	ends     []string // that some order has
}

var worlds = []world{
	{name: "from two addresses, every box ticked", ticks: true, ends: []string{"let in", "not let in", "told to wait"}},
	{name: "from one address, no box ticked", together: true, ends: []string{"let in", "not let in"}},
	{name: "numbered, every box ticked", numbered: true, ticks: true, ends: []string{"let in", "let in and added", "not let in"}},
	{name: "numbered, not held, every box ticked", numbered: true, polls: true, ticks: true, ends: []string{"let in", "let in and added", "not let in"}},
}

// TestFiveActors: a client, its owner's browser, a mail scanner, a thief who has the
// password, and a second node, in every order of their steps: only the owner's press on the
// page of the client's own link lets the client in; it never lets the thief in; and it adds
// nothing that the page did not name. `make test` takes each 4,999th order, `make actors`
// all.
func TestFiveActors(t *testing.T) {
	beside(t)
	every := 4_999 // prime, so that all parts of the orders have their turn
	if long() {
		every = 1
	}
	for i := range worlds {
		world := &worlds[i]
		t.Run(world.name, func(t *testing.T) {
			n, tried, ends := 0, 0, map[string]int{}
			var chosen [][]int
			play := func() {
				playScenes(t, chosen, world, ends)
				tried += len(chosen)
				chosen = chosen[:0]
			}
			interleavings(func(order []int) {
				if n++; n%every == 0 {
					chosen = append(chosen, slices.Clone(order))
				}
				if len(chosen) == 250 {
					play()
				}
			})
			play()
			t.Logf("%d of %d orders: %v", tried, n, ends)
			for _, end := range world.ends {
				if ends[end] == 0 {
					t.Errorf("no order ended with the client %s", end)
				}
			}
			proof.Note(t, "actors", world.name, "orders", n)
			proof.Note(t, "actors", world.name, "tried", tried)
			for _, end := range []string{"let in", "let in and added", "not let in", "told to wait"} {
				proof.Note(t, "actors", world.name, end, ends[end])
			}
			proof.Note(t, "actors", world.name, "thief let in", 0)
		})
	}
}

// playScenes plays orders in a city of their own.
func playScenes(t *testing.T, orders [][]int, w *world, ends map[string]int) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c := newCity(t, len(orders), w.numbered)
		c.ends = ends
		for i, order := range orders {
			s := &scene{c: c, t: t, who: c.near.Person(fmt.Sprint("owner", i)), world: w}
			s.client = program{s: s, address: fmt.Sprintf("198.18.%d.%d", i/250, i%250)}
			s.thief = program{s: s, address: fmt.Sprintf("198.19.%d.%d", i/250, i%250)}
			if w.together {
				s.thief.address = s.client.address
			}
			done := make([]int, len(actors))
			for _, a := range order {
				step := actors[a].name + " " + actors[a].steps[done[a]]
				s.order = append(s.order, step)
				actors[a].do[done[a]](s)
				done[a]++
				s.settle(step)
			}
			s.end()
			if t.Failed() {
				return
			}
		}
	})
}

func newCity(t *testing.T, people int, numbered bool) *city {
	t.Helper()
	c := &city{t: t}
	c.near = sallyporttest.New(t,
		sallyporttest.WithConfig(func(cfg *sallyport.Config) {
			cfg.Email = senderFunc(func(m sallyport.Message) {
				if m.Kind == "link" {
					c.sent = append(c.sent, m.Link)
				}
			})
		}),
		sallyporttest.WithDirectory(func(d *directory.File) {
			d.Clients[0].LinkNumber = numbered
			yes := true
			for i := range people {
				d.Users = append(d.Users, directory.User{
					Name: fmt.Sprint("owner", i), Password: sallyporttest.Password, Email: fmt.Sprintf("owner%d@example.com", i), EmailValidated: &yes, Approved: &yes,
					Roles: []directory.Grant{{Application: sallyporttest.ApplicationName, Role: sallyporttest.RoleName}},
				})
			}
		}))
	c.far = c.near.Node()
	c.restart = func() *sallyporttest.Kit {
		if err := c.near.Engine.Close(); err != nil {
			t.Error(err)
		}
		return c.far.Node()
	}
	return c
}
