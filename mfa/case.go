package mfa

import (
	"crypto/subtle"
	"fmt"
	"time"

	"github.com/sallyport-auth/sallyport/internal/limit"
	"github.com/sallyport-auth/sallyport/store"
)

// Verdict is the answer to one step of the conversation. It is data: the
// transaction that found it must commit.
type Verdict int

// The verdicts. The zero Verdict is a refusal.
const (
	Dead          Verdict = iota // unknown, expired, finished, replaced, or a link not answered in time
	Waiting                      // sent, or nothing to send: the user's turn
	FailedSending                // the message could not be sent
	Wrong                        // not the code
	Exhausted                    // the account's guesses are used up
	Refused                      // denied or canceled
	NoRole                       // the user has no role in the application
	Passed                       // the second factor is proven
	Early                        // right, but it may be older than what it would add: nothing was spent
	Lapsed                       // the answer was right, but the caller is gone: nothing was granted or spent
)

// Case is one pending login with all that is needed to judge it, for the time
// of one transaction. It is not safe for concurrent use.
type Case struct {
	Request *Request
	Factors *Factors
	// Changed means that factors were added or replaced: the caller raises the
	// account's epoch and writes it with [Case.SetEpoch].
	Changed bool
	// Unchecked means that an authenticator's code was answered without a look at
	// it, since its last step lies ahead of the clock.
	Unchecked bool
	recovered bool // a recovery code was right
	// RecoverySpent means that a recovery code was spent.
	RecoverySpent bool
	// Tell are the notices that the owner is owed for what happened here.
	Tell []Notice

	index    store.Index
	now      time.Time
	record   string
	home     string
	policy   Policy
	channels Channels
	peer     string
	since    time.Time
	lapse    bool
	invited  bool
	found    bool
	nobody   bool    // no account is behind the request, and its records expire
	phantom  bool    // nothing is sent, and nothing is right: see [Request.Unproven]
	before   Factors // as read, for whom to tell
	pending  Pending

	added      []string // ids of the authenticators that were added here
	undo       *Undo
	undoRecord string

	dirtyRequest, dirtyFactors, dirtyPending bool
}

// FindRecord reads a request by its record, see [RequestRecord]. One that does
// not exist is no error: the result is nil.
func FindRecord(tx *store.Tx, record string) (*Request, error) {
	r, ok, err := RequestTable.Get(tx, record)
	if err != nil {
		return nil, fmt.Errorf("reading request: %w", err)
	}
	if !ok {
		return nil, nil
	}
	return &r, nil
}

// Key returns the key of the request of that id, for the first round of
// reading.
func Key(index store.Index, id string) string { return RequestTable.Key(RequestRecord(index, id)) }

// Keys returns the keys of an account's own records, for the second round. home is
// where they lie, see [Terms].
func Keys(home string) []string {
	return []string{FactorsTable.Key(home), PendingTable.Key(home)}
}

// Terms is what the caller knows of the call that the case is judged for.
type Terms struct {
	Policy   Policy
	Channels Channels
	Home     string // where the records of the account lie: their id in the tables that are near
	Peer     string // network address as budgets tell it apart; empty: not counted
	Epoch    uint64 // the account's present epoch
	Least    uint64 // the least serial of its factors
	// Since says which of several owners of its id it is, see [Undo].
	Since    time.Time
	Client   string // whose call it is; empty: any client's (pages and links)
	Instance uint64 // of that client, as [Request] has it
	// Confirms is the change that the call is about, as [Request.Confirms] has it; empty:
	// a login. A call knows the requests of its own change alone.
	Confirms string
	// Enrolls means that the call is one of an enrollment, which knows the requests of
	// [AddFactor] and [AcceptInvitation] beside those of logins.
	Enrolls bool
	// Link means that the call is one of the page of a link, which knows those of
	// [StepUp] beside those of logins.
	Link bool
	// Invited means that the request came with an invitation for the account, and that it
	// is good.
	Invited bool
	// Login says that the call is one of a login, or of the page of a link: no other knows
	// a request of [Passwordless]. Nobody says that no account is behind it.
	Login, Nobody bool
	// Lapse means that the caller is gone: a right code, or an approved link,
	// grants nothing and is not spent. After a right code the request and the
	// factors are written as a miss would write them, unchanged, so that time
	// does not tell right from wrong.
	Lapse bool
}

// Take makes a case of the request that [FindRecord] read, to be judged at the
// moment of the transaction; r may be nil. A request that is another client's, for
// another purpose or of an older epoch is as good as unknown.
func Take(tx *store.Tx, index store.Index, record string, r *Request, t Terms) (*Case, error) {
	c := &Case{
		Request: r, Factors: &Factors{}, index: index, now: tx.Now(), record: record, home: t.Home,
		policy: t.Policy, channels: t.Channels, peer: t.Peer, since: t.Since, lapse: t.Lapse, nobody: t.Nobody, invited: t.Invited,
	}
	if r == nil {
		c.Request = &Request{}
		return c, nil
	}
	f, err := readFactors(tx, t.Home, t.Least, c.factorsUntil())
	if err != nil {
		return nil, err
	}
	if r.settle(c.now) {
		if err := RequestTable.Put(tx, record, *r, r.Expires); err != nil {
			return nil, err
		}
	}
	c.Factors, c.before = &f, f
	if c.pending, _, err = PendingTable.Get(tx, t.Home); err != nil {
		return nil, fmt.Errorf("reading pending logins: %w", err)
	}
	if c.pending.settle(tx) {
		if err := PendingTable.Put(tx, t.Home, c.pending, pendingUntil(c.now)); err != nil {
			return nil, err
		}
	}
	current := r.Epoch == t.Epoch
	c.phantom = r.Unproven() && (t.Nobody || !current)
	c.found = (current || c.phantom) && (t.Login || !r.Unproven()) && (t.Client == "" || t.Client == r.Client && t.Instance == r.Instance) && t.isFor(r)
	if !c.found {
		c.Request = &Request{}
	}
	return c, nil
}

// isFor reports whether the call knows requests of that purpose.
func (t *Terms) isFor(r *Request) bool {
	return r.Confirms() == t.Confirms || t.Enrolls && isOfEnrollment(r.Purpose) || t.Link && r.Purpose == StepUp
}

// Known reports whether the request exists, alive or ended, for this caller.
func (c *Case) Known() bool { return c.found }

// Policy returns the policy that the case is judged by.
func (c *Case) Policy() Policy { return c.policy }

// IsLink reports whether an option of the request is answered by a link.
func (c *Case) IsLink(id string) bool {
	option := c.Request.option(id)
	return option != nil && option.Method.Mode == Link
}

// IsText reports whether an option is one of the request by text message.
func (c *Case) IsText(id string) bool {
	option := c.Request.option(id)
	return option != nil && option.Method.Transport == SMS
}

// ProvenMethod returns by which method an answer to that option, which was right, has
// proven a second factor. A recovery code has proven none, and neither has the only factor
// of a login without a password.
func (c *Case) ProvenMethod(id string) (Method, bool) {
	option := c.Request.option(id)
	if option == nil || c.recovered || c.Request.Unproven() {
		return Method{}, false
	}
	return option.Method, true
}

// Live reports whether the request still waits for its second factor.
func (c *Case) Live() bool {
	return c.found && c.Request.State == Open && c.now.Before(c.Request.Expires) && c.pending.isOpen(c.record)
}

// Save writes what changed, in the transaction that the case was read in.
func (c *Case) Save(tx *store.Tx) error {
	if c.dirtyRequest {
		if err := RequestTable.Put(tx, c.record, *c.Request, c.Request.Expires); err != nil {
			return err
		}
	}
	if c.undo != nil {
		if err := UndoTable.Insert(tx, c.undoRecord, *c.undo, c.now.Add(undoLife)); err != nil {
			return err
		}
	}
	if c.dirtyFactors {
		if err := FactorsTable.Put(tx, c.home, *c.Factors, c.factorsUntil()); err != nil {
			return err
		}
	}
	if c.dirtyPending {
		c.pending.tidy(c.now)
		return PendingTable.Put(tx, c.home, c.pending, pendingUntil(c.now))
	}
	return nil
}

// SetEpoch carries the request over to the account's new epoch, which it
// caused itself by changing the factors.
func (c *Case) SetEpoch(epoch uint64) {
	c.Request.Epoch = epoch
	c.dirtyRequest = true
}

// CarryOver carries a request over to the new epoch of its account, if it was of the old
// one: the call that raised it goes on with it. The request has been read.
func CarryOver(tx *store.Tx, record string, from, to uint64) error {
	r, ok, err := RequestTable.Get(tx, record)
	if err != nil || !ok || r.Epoch != from {
		return err
	}
	r.Epoch = to
	return RequestTable.Put(tx, record, r, r.Expires)
}

// Status returns the state of the request for a caller who only names it:
// whether something is under way, and nothing else.
func (c *Case) Status() Verdict {
	if v, ended := c.ended(); ended {
		return v
	}
	if c.Request.Proven.IsZero() && c.Request.Waiting() {
		return Waiting
	}
	return Passed // nothing under way: the caller names what is wanted
}

// ended returns the verdict on a request that no longer waits, and whether it
// is one.
func (c *Case) ended() (Verdict, bool) {
	if c.found {
		switch c.Request.State {
		case Denied:
			return Refused, true
		case Unauthorized:
			return NoRole, true
		}
	}
	return Dead, !c.Live()
}

// Finish ends the request: granted when tokens are about to be issued in the
// same commit, unauthorized when the user has no role.
func (c *Case) Finish(s State) {
	c.Request.State, c.Request.Resume, c.Request.Staged = s, nil, StagedPassword{}
	c.void()
	c.pending.close(c.record)
	c.dirtyRequest, c.dirtyPending = true, true
	if s != Granted || len(c.Request.Browser) == 0 { // else the browser may look once more
		c.Request.Seed = nil
	}
	if s != Granted {
		return
	}
	c.Request.Granted = c.now
	c.Factors.Ledger.clear(c.now)
	c.Factors.Unproven.clear(c.now)
	c.dirtyFactors = true
}

// void makes every code and link that is out worthless.
func (c *Case) void() {
	for i := range c.Request.Options {
		option := &c.Request.Options[i]
		option.retire(Over)
		option.Answer = Unanswered
		option.Fresh = !option.Sent.IsZero()
	}
	c.pending.unlink(c.record)
	c.dirtyRequest, c.dirtyPending = true, true
}

// repeated reports whether the same wrong answer came a moment ago: it is
// answered alike, neither checked nor charged.
func (c *Case) repeated(digest []byte) bool { return c.Request.Miss.Is(digest, c.now) }

// miss charges a wrong answer to the request and to the account. The last one
// closes the request.
func (c *Case) miss(digest []byte) Verdict {
	c.Request.Tries++
	c.ledger().charge(c.now)
	c.remember(digest)
	c.dirtyRequest, c.dirtyFactors = true, true
	reset, unproven := c.Request.Purpose == ResetPassword, c.Request.Unproven()
	if c.Request.Tries >= c.policy.tries() {
		c.shut()
		switch {
		case unproven: // behind nothing that the owner would have to change
		case reset:
			c.tell(Notice{Kind: ManyWrongInReset})
		case c.Request.Purpose == StepUp:
			c.tell(Notice{Kind: ManyWrongStepUp})
		default:
			c.tell(Notice{Kind: ManyWrong})
		}
	}
	if !reset && !unproven && c.Factors.Ledger.Exhausted(c.now) {
		c.tellDaily(GuessesUsedUp)
	}
	return Wrong
}

// missDevice charges a wrong first code of the pending authenticator. The
// secret is the caller's own, so the account is not charged; and the count is
// one of its own, see [Case.Bind].
func (c *Case) missDevice(digest []byte) EnrollResult {
	c.Request.Enrollment.Misses++
	c.remember(digest)
	c.dirtyRequest = true
	if c.Request.Enrollment.Misses < min(c.policy.tries(), deviceGuesses.Size) {
		return EnrollResult{Status: EnrollWrong}
	}
	c.Request.Seed = nil
	if c.Live() { // one that has granted stays so
		c.shut()
	}
	return EnrollResult{Status: EnrollWrong}
}

// remember notes a wrong answer, to know it again. Where the caller is gone it
// does not: a right answer leaves no such trace either.
func (c *Case) remember(digest []byte) {
	if !c.lapse {
		c.Request.Miss = limit.Repeat{Digest: digest, At: c.now}
	}
}

// shut ends the request for want of right answers.
func (c *Case) shut() {
	c.Request.State, c.Request.Seed, c.Request.Resume, c.Request.Staged = Closed, nil, nil, StagedPassword{}
	c.void()
	c.pending.close(c.record)
}

// sameDigest reports whether two digests are equal, in constant time. No
// digest is equal to none.
func sameDigest(a, b []byte) bool {
	return len(a) > 0 && subtle.ConstantTimeCompare(a, b) == 1
}

// Keep reports whether whoever logs in stays signed in for longer, and notes in a request
// that lives that a call has asked for it.
func (c *Case) Keep(asked bool) bool {
	if asked && !c.Request.Keep && c.Live() {
		c.Request.Keep, c.dirtyRequest = true, true
	}
	return c.Request.Keep
}
