// Package modeltest holds the engine to a model of it. The model is plain maps and
// slices, in one goroutine, written from the contract and not from the code: sequences
// of calls made up at random are made to both, and after each call both have to say the
// same. Where they part, one of the two is wrong.
package modeltest

import (
	"time"

	"github.com/sallyport-auth/sallyport"
)

// nodes is how many engines share the store of a sequence.
const nodes = 2

// model is what the engine should know. What only the engine can make up (ids, codes,
// tokens) is put into it by the verbs once it was answered.
type model struct {
	clock    time.Time
	seen     [nodes]time.Time // the last moment that each node went by
	policy   policy
	people   map[string]*person
	wrong    map[string]*misses // by name, whoever has it
	requests []*request
	sessions []*session
	mails    []mail // that the last verb is to have sent
	maybe    []mail // of which the contract says nothing, and that may come
}

// policy is the part of the policy that verbs change.
type policy struct {
	Mode     string        // Off, WhenEnrolled or Required
	MaxBad   int           // wrong passwords that lock
	Remember time.Duration // how long a device is not asked again
}

// person is an account, or with no id a name that nobody has.
type person struct {
	name, id, password string
	wanted             bool // a second factor, whatever the mode
	role, disabled     bool
	email              string
	apps               []*app
	recovery           []string // codes that are good
	epoch              int
	hour, day          []time.Time // wrong second factors
	row                int
	sends, mailbox     bucket
	unheeded           int       // links in a row without an answer
	withheld           time.Time // since when links are
	told               notices
	passwords          int // how many it has had
}

// app is an authenticator and the last of its steps that was accepted.
type app struct {
	secret secret
	last   uint64
}

// misses are the wrong passwords of a name.
type misses struct {
	count         int
	since, locked time.Time // the first miss; when the lock began
	lockedFor     time.Duration
	row           int       // locks without a complete login
	kept          time.Time // until when all of it is remembered
	tag           string    // the last miss, which is not charged twice in ten seconds
	tagAt         time.Time
	answer        sallyport.Status
}

// requestState is where a request stands.
type requestState int

const (
	open requestState = iota
	over              // granted, closed, expired or outdated: told apart by nobody
	denied
	unauthorized
)

// request is one pending login.
type request struct {
	id, caller   string
	who          *person
	began        time.Time
	epoch        int
	state        requestState
	offered      []string          // what it can be answered with
	options      map[string]string // ids by that, once they were told
	sent         map[string]*sent  // by the same
	answered     *sent             // the last link that was answered
	sends, tries int
	confirmTries int
	tag          string // the last wrong code
	tagAt        time.Time
	waiting      bool
	unsure       bool // it had expired when another was met
	proven       bool // a factor was proven in it, or a first one enrolled
	pending      secret
	staged       *app
	stagedCodes  []string
	stagedAt     time.Time
	confirmed    bool   // an authenticator
	newPassword  string // staged
}

// sent is what was sent last for an option.
type sent struct {
	code, link string
	at, ends   time.Time
	failed     bool
	void       bool                  // used, denied, replaced, or met when its time was over
	fresh      bool                  // the next send is not held to the gap
	approved   bool                  // a link, and it stays so until the request dies
	adds       bool                  // with the box ticked
	how        sallyport.LinkOutcome // it was answered
	ended      bool                  // a link: by a later login
	unanswered time.Time             // a link: when it ended without an answer
}

// session is one login with its tokens.
type session struct {
	who       *person
	caller    string
	began     time.Time
	epoch     int
	ended     bool
	byFactor  bool
	handle    string // of the host's own
	lastUse   time.Time
	refresh   []string // the newest last
	refreshed time.Time
	access    []access
}

type access struct {
	token string
	at    time.Time
}

// mail is a message, as far as it is compared.
type mail struct{ kind, to string }

// answer is what a call of a login is answered with, as far as it is compared.
type answer struct {
	status         sallyport.Status
	identity       bool
	options, enrol string
	granted        bool
	device         bool // there is a device token
}

func no(s sallyport.Status) answer { return answer{status: sallyport.Failure | s} }

// now is the time of a node: it stands still for a small step back, and follows a
// larger one.
func (m *model) now(node int) time.Time {
	if back := m.seen[node].Sub(m.clock); back < 0 || back > 5*time.Second {
		m.seen[node] = m.clock
	}
	return m.seen[node]
}

// ahead reports whether what grants began too far ahead to be believed.
func ahead(began, now time.Time) bool { return began.After(now.Add(time.Minute)) }

// begun moves what denies, and began ahead of now, to now.
func begun(at *time.Time, now time.Time) {
	if at.After(now) {
		*at = now
	}
}

// bucket is a budget that comes back evenly.
type bucket struct {
	used time.Duration // of the period
	at   time.Time
}

// settle refills it. One that was used by a node whose clock is a little ahead refills
// when this one is there, or two nodes would refill it in turns.
func (b *bucket) settle(now time.Time) {
	if ahead(b.at, now) {
		b.at = now
	}
	if now.After(b.at) {
		b.used = max(0, b.used-now.Sub(b.at))
		b.at = now
	}
}

func (b bucket) left(now time.Time, size int, period time.Duration) int {
	b.settle(now)
	return int((period - b.used) / (period / time.Duration(size)))
}

func (b *bucket) take(now time.Time, size int, period time.Duration) bool {
	b.settle(now)
	if one := period / time.Duration(size); b.used+one <= period {
		b.used += one
		return true
	}
	return false
}

// within are the times of a list that lie less than period back.
func within(list []time.Time, now time.Time, period time.Duration) (out []time.Time) {
	for _, at := range list {
		if begun(&at, now); now.Sub(at) < period {
			out = append(out, at)
		}
	}
	return out
}

// exhausted reports whether the account's guesses are used up.
func (p *person) exhausted(now time.Time) bool {
	return len(within(p.hour, now, time.Hour)) >= 10 || len(within(p.day, now, 24*time.Hour)) >= 30 || p.row >= 100
}

// settle moves what denies, and began ahead of now: the call that meets it keeps it so.
func (p *person) settle(now time.Time) {
	for _, list := range [][]time.Time{p.hour, p.day} {
		for i := range list {
			begun(&list[i], now)
		}
	}
	begun(&p.withheld, now)
	begun(&p.told.first, now)
}

// settleSends is the same for what a call of a login meets beside that.
func (p *person) settleSends(now time.Time) {
	for kind, at := range p.told.daily {
		begun(&at, now)
		p.told.daily[kind] = at
	}
	if ahead(p.sends.at, now) {
		p.sends.at = now
	}
}

// changed ends what was granted before the account became another.
func (p *person) changed() { p.epoch++ }

// notices are those that the owner of an account was sent: so many since the first of an
// hour, and when each kind was that goes out once a day.
type notices struct {
	first time.Time
	n     int
	daily map[string]time.Time
}

func (l notices) count(now time.Time) int {
	if begun(&l.first, now); now.Sub(l.first) >= time.Hour {
		return 0
	}
	return l.n
}

// notice tells the owner of an account at their address. Of attempts six an hour are told,
// of attempts and changes together ten.
func (m *model) notice(p *person, now time.Time, most int, daily string) {
	l := &p.told
	if p.email == "" {
		return
	}
	if daily != "" {
		if last, ok := l.daily[daily]; ok && now.Sub(last) < 24*time.Hour {
			return
		}
	}
	if l.count(now) == 0 {
		l.first, l.n = now, 0
	}
	if begun(&l.first, now); l.n >= most {
		return
	}
	if l.n++; daily != "" {
		l.daily[daily] = now
	}
	m.mails = append(m.mails, mail{"notice", p.email})
}

const (
	attempts = 6 // notices of them in an hour
	changes  = 10
)
