package sallyport_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/pgtest"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/storetest"
)

// texting is a kit whose engine sends so many text messages a day, and people with a
// number of their own each, whose prefix is no one else's.
type texting struct {
	*sallyporttest.Kit
	t      *testing.T
	people []*sallyporttest.Person
	next   int
}

func newTexting(t *testing.T, perDay, people int, opts ...sallyporttest.Option) *texting {
	t.Helper()
	perDayOption := sallyporttest.WithConfig(func(c *sallyport.Config) { c.SMSPerDay = perDay })
	x := &texting{t: t, Kit: sallyporttest.New(t, append(opts, perDayOption)...)}
	for i := range people {
		u := sallyporttest.User{Name: fmt.Sprint("user", i), Mobile: numberOf(i), MobileValidated: true}
		x.people = append(x.people, x.AddUser(t, u))
	}
	return x
}

func numberOf(i int) string { return fmt.Sprintf("+%d0000000", 44100+i) }

// code has a code sent to the number of the next of the people, over a node, and reports
// whether it went.
func (x *texting) code(node *sallyporttest.Kit) bool {
	x.t.Helper()
	p := x.people[x.next%len(x.people)]
	x.next++
	c := node.InProcess()
	return x.went(func() { c.Choose(c.Login(p.Name, p.Password), "SMS", "OTP") })
}

// enroll has a code sent to a number that is no factor yet, and reports whether it went.
func (x *texting) enroll(i int) bool {
	x.t.Helper()
	p, c := x.people[i], x.InProcess()
	a := c.Login(p.Name, p.Password).Want(x.t, wanted)
	return x.went(func() { c.SendVerification(a.RequestID, "SMS", numberOf(500+i)) })
}

// notice has a notice sent to one of the people, and reports whether it went.
func (x *texting) notice(i int) bool {
	x.t.Helper()
	return x.went(func() {
		if err := takeFactors(x.t.Context(), setup(x.Kit), x.people[i].ID); err != nil {
			x.t.Fatal(err)
		}
	})
}

func (x *texting) went(send func()) bool {
	before := x.Outbox.Count()
	send()
	return x.Outbox.Count() > before
}

// many counts how many of n went.
func many(n int, send func(i int) bool) (went int) {
	for i := range n {
		if send(i) {
			went++
		}
	}
	return went
}

// TestSMSPerDay: two nodes together send what is allowed and no more, whoever of them
// sends it; codes leave a tenth to notices.
func TestSMSPerDay(t *testing.T) {
	x := newTexting(t, 40, 50)
	nodes := []*sallyporttest.Kit{x.Kit, x.Node()}
	if got := many(50, func(i int) bool { return x.code(nodes[i%2]) }); got != 36 {
		t.Errorf("%d codes went, want nine tenths of 40", got)
	}
	if got := many(2, func(i int) bool { return x.enroll(40 + i) }); got != 0 {
		t.Errorf("%d codes to new numbers went, want none", got)
	}
	c, p := x.InProcess(), x.people[0]
	c.Choose(c.Login(p.Name, p.Password), "SMS", "OTP").Want(t, unsent)
	if logs := x.Logs(); !strings.Contains(logs, "Config.SMSPerDay") {
		t.Errorf("got %q, want the setting named", logs)
	}
	for i := range 6 {
		x.notice(i)
	}
	if err := x.Engine.Close(); err != nil { // waits for what is on its way
		t.Fatal(err)
	}
	if got := x.Outbox.Count(); got != 40 {
		t.Errorf("%d messages went with the notices, want 40", got)
	}
}

// TestSMSUnproven: what goes to numbers that are no factor has a fifth, and leaves the
// rest to those that are.
func TestSMSUnproven(t *testing.T) {
	x := newTexting(t, 20, 20)
	if got := many(8, x.enroll); got != 4 {
		t.Errorf("%d codes to new numbers went, want a fifth of 20", got)
	}
	if got := many(20, func(int) bool { return x.code(x.Kit) }); got != 14 {
		t.Errorf("%d codes went, want what a fifth and a tenth leave of 20", got)
	}
}

// TestSMSReset: a code beside a mailed key is behind no password, and has the fifth.
func TestSMSReset(t *testing.T) {
	user := sallyporttest.User{Email: mail, EmailValidated: true, Mobile: phone, MobileValidated: true}
	r := newResetting(t, user, sallyporttest.WithConfig(func(c *sallyport.Config) { c.SMSPerDay = 10 }))
	for range 3 {
		r.finish(r.open(r.key(), mfa.SMS))
	}
	texts := 0
	for _, m := range r.Outbox.Messages() {
		if m.Channel == mfa.SMS {
			texts++
		}
	}
	if texts != 2 {
		t.Errorf("%d codes went to the number, want a fifth of 10", texts)
	}
}

// TestSMSBlocks: what a node has not spent of a block within the hour it gives back, and
// spends it no more.
func TestSMSBlocks(t *testing.T) {
	x := newTexting(t, 200, 40) // two at a time
	one := func(int) bool { return x.code(x.Kit) }
	for range 24 {
		many(1, one)
		x.Clock.Advance(time.Hour)
	}
	x.enroll(0) // which closes the block of the others
	if got := many(180, one); got != 180-26 {
		t.Errorf("%d codes went, want what 24 and the block of the new number leave of 180", got)
	}
	x.Clock.Advance(time.Hour)
	if got := many(10, one); got != 2 {
		t.Errorf("%d codes went, want that of the first hour and what was left of that block", got)
	}
}

// TestSMSHours: what was sent counts for 24 hours at least, and for less than 25; also on
// a node that was started since, and where nothing has met the clock's end.
func TestSMSHours(t *testing.T) {
	for _, at := range []time.Duration{0, 1, time.Hour - 1} {
		x := newTexting(t, 10, 20)
		x.Clock.Set(sallyporttest.Start.Truncate(time.Hour).Add(24*time.Hour + at))
		if got := many(10, func(int) bool { return x.code(x.Kit) }); got != 9 {
			t.Fatalf("%d codes went, want 9", got)
		}
		x.Clock.Advance(24 * time.Hour)
		if x.code(x.Kit) || x.code(x.Node()) {
			t.Errorf("begun %s in the hour: one went after a day", at)
		}
		x.Clock.Advance(time.Hour - at - 1)
		if x.code(x.Kit) {
			t.Errorf("begun %s in the hour: one went before the hour was out", at)
		}
		x.Clock.Advance(1)
		if got := many(10, func(int) bool { return x.code(x.Kit) }); got != 9 {
			t.Errorf("begun %s in the hour: %d codes went a day later, want 9", at, got)
		}
	}
}

// TestSMSWindow: over days of sending on nodes that end without a word and start again,
// no 24 hours have more messages than are allowed, and a node that lives leaves little
// unused.
func TestSMSWindow(t *testing.T) {
	perDay, days, step := 75, 3, 16*time.Minute
	if long() {
		perDay, days, step = 300, 4, 4*time.Minute
	}
	x := newTexting(t, perDay, 120)
	nodes := []*sallyporttest.Kit{x.Kit, x.Node(), x.Node()}
	r := rand.New(rand.NewPCG(1, 2))
	var sent []time.Time
	for start := x.Clock.Now(); x.Clock.Now().Sub(start) < time.Duration(days)*24*time.Hour; {
		n := r.IntN(len(nodes))
		if x.code(nodes[n]) {
			sent = append(sent, x.Clock.Now())
		}
		if r.IntN(200) == 0 {
			nodes[n] = x.Node() // what the one before held is lost
		}
		x.Clock.Advance(time.Duration(r.Int64N(int64(step))))
	}
	for i := perDay; i < len(sent); i++ {
		if d := sent[i].Sub(sent[i-perDay]); d < 24*time.Hour {
			t.Fatalf("%d messages went within %s, want %d a day at most", perDay+1, d, perDay)
		}
	}
	if got := len(sent); got < days*perDay*3/4 {
		t.Errorf("%d messages went in %d days, want most of %d a day", got, days, perDay)
	}
}

// TestSMSAtOnce: of many at once over two engines on PostgreSQL no more go than there are.
func TestSMSAtOnce(t *testing.T) {
	gate, err := roomyGate()
	if err != nil {
		t.Fatal(err)
	}
	x := newTexting(t, 40, 60, sallyporttest.WithStore(openPostgres(t, pgtest.URL(t))), sallyporttest.WithConfig(func(c *sallyport.Config) { c.Gate = gate }))
	nodes := []*sallyporttest.Kit{x.Kit, x.Node()}
	crowd(60, func(i int) {
		c, p := nodes[i%2].InProcess(), x.people[i]
		c.Choose(c.Login(p.Name, p.Password), "SMS", "OTP")
	})
	if got := x.Outbox.Count(); got != 36 {
		t.Errorf("%d codes went, want 36", got)
	}
}

// TestSMSClock: a clock that is set back gives none back, and what was sent ahead of it
// counts for a day from when it is met.
func TestSMSClock(t *testing.T) {
	x := newTexting(t, 10, 20)
	x.Clock.Set(sallyporttest.Start.Truncate(time.Hour).Add(10 * 24 * time.Hour))
	many(10, func(int) bool { return x.code(x.Kit) })
	x.Clock.Advance(-5 * 24 * time.Hour)
	if x.code(x.Kit) || x.code(x.Node()) {
		t.Error("one went after the clock was set back")
	}
	x.Clock.Advance(25*time.Hour - 1)
	if x.code(x.Kit) {
		t.Error("one went within a day of that")
	}
	x.Clock.Advance(1)
	if got := many(10, func(int) bool { return x.code(x.Kit) }); got != 9 {
		t.Errorf("%d codes went after that day, want 9", got)
	}
}

// TestP8SMS: where the block cannot be taken nothing is sent; one that a fault has lost
// counts as sent.
func TestP8SMS(t *testing.T) {
	f := storetest.NewFaulty(memstore.New())
	x := newTexting(t, 10, 20, sallyporttest.WithStore(f))
	for _, action := range []storetest.Action{storetest.Fail(errors.New("broken")), storetest.Panic("broken")} {
		f.Reset()
		f.At(storetest.Commit, 3, action) // after those of call 1 and call 2
		if x.code(x.Kit) {
			t.Error("a code went without having been counted")
		}
	}
	f.Reset()
	if got := many(10, func(int) bool { return x.code(x.Kit) }); got != 9 {
		t.Errorf("%d codes went, want 9", got)
	}
}

// TestSMSCost: a code costs no commit more but where a block is taken.
func TestSMSCost(t *testing.T) {
	for _, tt := range []struct{ perDay, want int }{{0, 100}, {1000, 110}} {
		f := storetest.NewFaulty(memstore.New())
		x := newTexting(t, tt.perDay, 50, sallyporttest.WithStore(f))
		f.Reset()
		if got := many(50, func(int) bool { return x.code(x.Kit) }); got != 50 {
			t.Fatalf("%d codes went, want 50", got)
		}
		if got := f.Calls(storetest.Commit); got > tt.want {
			t.Errorf("SMSPerDay %d: got %d commits, want %d at most", tt.perDay, got, tt.want)
		}
	}
}

// TestSMSPrefixes: a number outside is neither offered nor enrolled, and who asks is told
// how numbers have to begin.
func TestSMSPrefixes(t *testing.T) {
	inside := sallyporttest.WithConfig(func(c *sallyport.Config) { c.SMSPrefixes = []string{"+49", "+4410"} })
	k := sallyporttest.New(t, inside)
	app := k.AddUser(t, sallyporttest.User{Name: "app", TOTP: true, Mobile: "+33612345678"})
	c := k.InProcess()
	a := c.Login(app.Name, app.Password).Want(t, wanted)
	const want = "a number that begins with one of these, since text messages go to no others: +49, +4410"
	for _, tt := range []struct{ number, want string }{
		{"+33612345678", want}, {"+441112345678", want}, {"", want}, {"+4", mfa.WantedForm(mfa.SMS)},
		{"+491701234567", ""}, {"+44 10 12345678", ""},
	} {
		r, err := k.Engine.SendVerification(t.Context(), sallyport.EnrollmentCall{RequestID: a.RequestID}, mfa.SMS, tt.number)
		if err != nil || r.Wanted != tt.want || (r.Status == sallyport.EnrollmentInvalidAddress) != (tt.want != "") {
			t.Errorf("%s: got %v, %q, %v, want %q", tt.number, r.Status, r.Wanted, err, tt.want)
		}
	}
	for _, tt := range []struct {
		number string
		want   mfa.Obstacle
	}{{"+491701234567", ""}, {"+33612345678", mfa.NumberOutside}} {
		p := k.AddUser(t, sallyporttest.User{Name: "u" + tt.number, Mobile: tt.number, MobileValidated: true})
		r, err := k.Engine.Login(t.Context(), login(sallyport.Login{Username: p.Name, Password: p.Password}))
		if err != nil || r.Obstacle != tt.want || (len(r.Options) == 0) != (tt.want != "") || r.Enrollment != nil && tt.want != "" {
			t.Errorf("%s: got %v, %q, options %v, %v, want %q", tt.number, r.Outcome, r.Obstacle, r.Options, err, tt.want)
		}
		before := k.Outbox.Count()
		if err := takeFactors(t.Context(), setup(k), p.ID); err != nil {
			t.Fatal(err)
		}
		if told := k.Outbox.Count() > before; told && tt.want != "" {
			t.Errorf("%s: a notice went there", tt.number)
		}
	}
	for _, m := range k.Outbox.Messages() {
		if !strings.HasPrefix(m.To, "+49") && !strings.HasPrefix(m.To, "+4410") {
			t.Errorf("a message went to %s", m.To)
		}
	}
}

// TestSMSPrefixesLater: an option that was offered before the prefixes became others
// sends nothing.
func TestSMSPrefixesLater(t *testing.T) {
	k := sallyporttest.New(t)
	p := k.AddUser(t, sallyporttest.User{Name: "ada", Mobile: phone, MobileValidated: true})
	a := k.InProcess().Login(p.Name, p.Password).Want(t, wanted)
	node := k.Node(sallyporttest.WithConfig(func(c *sallyport.Config) { c.SMSPrefixes = []string{"+49"} }))
	node.InProcess().Choose(a, "SMS", "OTP").Want(t, unsent)
	if k.Outbox.Count() != 0 {
		t.Error("a message went to a number outside")
	}
}
