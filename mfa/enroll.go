package mfa

import (
	"slices"
	"time"

	"github.com/sallyport-auth/sallyport/internal/record"
	"github.com/sallyport-auth/sallyport/internal/typed"
	"github.com/sallyport-auth/sallyport/totp"
)

// Enrollment is what a pending login is adding to its account. Nothing here
// touches an active factor before [Case.activate].
type Enrollment struct {
	// Secret is that of the authenticator to be added; zero: none may be.
	Secret    totp.Secret
	Confirmed time.Time  // when its first code was right
	Step      uint64     // the confirming step, which is spent
	Recovery  []Recovery // become valid with it
	Active    bool       // the authenticator has become a factor
	Name      string     // that its owner gave it; empty: none
	Misses    int        // wrong first codes of it
	Repeats   int        // of the confirming call, that were answered with the codes

	Email  Candidate
	Mobile Candidate
	Sends  int
	// Canceled requests enroll nothing more.
	Canceled bool

	Unknown record.Unknown // what a newer program has written
}

// Candidate is an address that is being validated.
type Candidate struct {
	Address   string
	Digest    []byte // of the live code
	Sent      time.Time
	Ends      time.Time
	Failed    bool
	Confirmed time.Time
	Spent     []byte // digest of the code that confirmed it
	Active    bool

	Unknown record.Unknown // what a newer program has written
}

func (e *Enrollment) candidate(t Transport) *Candidate {
	if t == SMS {
		return &e.Mobile
	}
	return &e.Email
}

// staged lists what was confirmed and waits for an existing factor.
func (e *Enrollment) staged() []Transport {
	var out []Transport
	for _, t := range []Transport{SMS, Email} {
		if candidate := e.candidate(t); !candidate.Confirmed.IsZero() && !candidate.Active {
			out = append(out, t)
		}
	}
	if !e.Confirmed.IsZero() && !e.Active {
		out = append(out, Authenticator)
	}
	return out
}

// stagedAt returns the latest staging that waits; zero when nothing waits.
func (e *Enrollment) stagedAt() time.Time {
	var at time.Time
	for _, t := range e.staged() {
		when := e.Confirmed
		if t != Authenticator {
			when = e.candidate(t).Confirmed
		}
		if when.After(at) {
			at = when
		}
	}
	return at
}

// active lists what has become a factor in this request.
func (e *Enrollment) active() []Transport {
	return slices.DeleteFunc([]Transport{SMS, Email, Authenticator}, func(t Transport) bool {
		return t == Authenticator && !e.Active || t != Authenticator && !e.candidate(t).Active
	})
}

// ProvenEmails returns the proven e-mail address of the account as it was read, and as
// it is now; empty: none.
func (c *Case) ProvenEmails() (was, is string) {
	return c.before.ProvenEmail(), c.Factors.ProvenEmail()
}

// Emails returns the e-mail addresses that an answer to the request may make, or end
// as, the proven one of the account. A guess: what is missing here is read later.
func (r *Request) Emails() (list []string) {
	candidate := &r.Enrollment.Email
	if candidate.Address == "" || candidate.Active {
		return nil
	}
	list = append(list, candidate.Address)
	for _, option := range r.Options {
		if option.Method.Transport == Email {
			return append(list, option.To)
		}
	}
	return list
}

// AnyActive reports whether something has become a factor in this request.
func (e *Enrollment) AnyActive() bool { return len(e.active()) > 0 }

// isOpen reports whether t is still to be confirmed in this request.
func (e *Enrollment) isOpen(t Transport) bool {
	if t == Authenticator {
		return e.Confirmed.IsZero() && !e.Secret.IsZero()
	}
	return e.candidate(t).Confirmed.IsZero()
}

// EnrollStatus is the answer to a step of an enrollment.
type EnrollStatus int

// The statuses. The zero EnrollStatus is a refusal.
const (
	EnrollUnknown        EnrollStatus = iota // no such request, or it may not enroll this
	EnrollDone                               // done; see [EnrollResult.Active]
	EnrollWrong                              // not the code
	EnrollFailedSending                      // the code could not be sent
	EnrollInvalidAddress                     // no address, or not the one that must be proven first
)

// EnrollResult is the result of an enrollment step. Recovery codes are handed
// out by the step that confirms an authenticator, and by its repeats.
type EnrollResult struct {
	Status   EnrollStatus
	Active   bool
	Recovery []string
	Repeated bool // nothing was done that had not been done before
	// Wanted says what an address has to look like, where that is why it was refused.
	Wanted string
	Staged bool // what this step has confirmed waits for an existing factor
	// Name is what the authenticator is called; empty: its owner gave it no name, and it
	// is the only one.
	Name string
}

// PendingSecret returns the secret of the authenticator that the request may
// add, for its picture. Repeated calls return the same one.
func (c *Case) PendingSecret() (totp.Secret, bool) {
	enrollment := &c.Request.Enrollment
	if !c.mayEnroll(Authenticator) || !enrollment.Confirmed.IsZero() {
		return totp.Secret{}, false
	}
	return enrollment.Secret, true
}

// ConfirmDevice judges the first code of the pending authenticator, which will be called
// by that name; empty: by one of ours. A wrong code is charged to the request alone, since
// the secret is the caller's own. The browser is the cookie of the page; empty: the call
// comes from no page.
func (c *Case) ConfirmDevice(code, browser, name string) EnrollResult {
	enrollment := &c.Request.Enrollment
	code = typed.Code(code)
	tag := c.index.Digest("miss", c.record, "enroll", code)
	switch {
	case c.repeated(tag):
		return EnrollResult{Status: EnrollWrong}
	case !enrollment.Confirmed.IsZero():
		return c.repeatDevice(code, browser, tag)
	case !c.mayEnroll(Authenticator):
		return EnrollResult{}
	}
	step, ok := enrollment.Secret.Verify(code, c.now, 0)
	if !ok {
		return c.missDevice(tag)
	}
	if name == "" && c.Factors.Has(Authenticator) {
		name = c.Factors.freeName()
	}
	codes, stored := c.newRecovery(browser)
	enrollment.Confirmed, enrollment.Step, enrollment.Recovery, enrollment.Name = c.now, step, stored, name
	c.stage()
	return EnrollResult{Status: EnrollDone, Active: enrollment.Active, Recovery: codes, Staged: !enrollment.Active, Name: name}
}

// Cancel gives up the enrollment of this request. What it had activated stays.
func (c *Case) Cancel() EnrollResult {
	enrollment := &c.Request.Enrollment
	if !c.Live() || enrollment.Canceled {
		return EnrollResult{}
	}
	*enrollment = Enrollment{Canceled: true, Active: enrollment.Active, Sends: enrollment.Sends, Unknown: enrollment.Unknown}
	c.Request.Seed = nil
	c.pending.setStaged(c.record, false, c.now)
	c.dirtyRequest, c.dirtyPending = true, true
	return EnrollResult{Status: EnrollDone, Active: enrollment.Active}
}

// Progress returns how far the enrollment is: done once anything is active.
func (c *Case) Progress() EnrollResult {
	if !c.Live() {
		return EnrollResult{}
	}
	return EnrollResult{Status: EnrollDone, Active: c.Request.Enrollment.AnyActive()}
}

// stage makes what was just confirmed active if the rule allows it. Otherwise
// it waits, and whatever was sent before is void: the owner, when asked, must
// be told what the answer will add.
func (c *Case) stage() {
	c.dirtyRequest = true
	if c.rank() == rankAtOnce {
		c.activate()
		c.Request.Proven = c.now
		return
	}
	c.pending.setBusy(c.record)
	if c.pending.setStaged(c.record, true, c.now) >= manyStagings {
		c.tellDaily(ManyStagings)
	}
	c.void()
}

// activate turns everything staged into factors, in the commit of the proof.
// Where nothing is staged it does nothing.
func (c *Case) activate() {
	enrollment := &c.Request.Enrollment
	// What another request was faster with goes on waiting, for ever.
	added := filter(enrollment.staged(), c.hasRoom)
	for _, t := range added {
		if t == Authenticator {
			c.addDevice()
		} else {
			c.addAddress(t)
		}
	}
	if len(added) == 0 {
		return
	}
	c.Factors.Serial++
	c.Changed = true
	c.dirtyFactors, c.dirtyRequest = true, true
	c.tell(Notice{Kind: FactorAdded, Added: added})
}

// addDevice puts the authenticator that was confirmed beside those that the account has.
func (c *Case) addDevice() {
	enrollment := &c.Request.Enrollment
	d := NewAuthenticator(enrollment.Secret, enrollment.Name, c.now)
	d.Steps = []uint64{enrollment.Step}
	c.Factors.SetDevices(append(slices.Clone(c.Factors.Authenticators), d)...)
	if len(enrollment.Recovery) > 0 {
		c.Factors.Recovery, c.Factors.RecoveryMade = enrollment.Recovery, c.now
	}
	enrollment.Active = true
	c.added = append(c.added, d.ID)
}

// hasRoom reports whether what this request adds on t has room. An address that takes the
// place of another has.
func (c *Case) hasRoom(t Transport) bool {
	if t != Authenticator && !c.standsBeside(t, c.Request.Enrollment.candidate(t).Address) {
		return true
	}
	return c.Factors.hasRoom(t)
}

// enrollable returns the transports that this request may add. That of a login names what
// the account has no factor on; one that is made to add a factor names an authenticator
// beside others too.
func (c *Case) enrollable() []Transport {
	if c.Request.Purpose == AddFactor {
		return c.Factors.Addable(c.policy, c.channels)
	}
	return c.Factors.Enrollable(c.policy, c.channels)
}

// HasStaged reports whether something was confirmed and waits for an existing factor.
func (c *Case) HasStaged() bool { return len(c.Request.Enrollment.staged()) > 0 }

// EnrollView is what a page shows of an enrollment.
type EnrollView struct {
	Open       []Transport // what may be added now
	ProveFirst Transport   // whose address on record has to be proven first; 0: none
	Masked     string      // that address
	Staged     []Transport
	Active     bool
	Channels   []ChannelView // how the addresses stand that may be added or have to be proven
	Exhausted  bool          // the account's guesses are used up: no code of a message is judged
}

// ChannelView is how the address of a channel stands.
type ChannelView struct {
	Over     Transport
	OnRecord string // masked: the address that is taken where none is named; empty: there is none
	SentTo   string // masked: where the last code went that is to be typed; empty: none
	Live     bool   // that code is still good
}

// Enrolling returns how the enrollment stands. A request that may enroll
// nothing has an empty view.
func (c *Case) Enrolling() EnrollView {
	enrollment := &c.Request.Enrollment
	v := EnrollView{Staged: enrollment.staged(), Active: enrollment.AnyActive()}
	rank := c.rank()
	if enrollment.Canceled || rank == rankNone {
		return v
	}
	for _, t := range c.enrollable() {
		if enrollment.isOpen(t) && c.mayEnroll(t) {
			v.Open = append(v.Open, t)
		}
	}
	v.Exhausted = c.Factors.Ledger.Exhausted(c.now)
	if rank == rankRecord {
		v.ProveFirst, v.Masked = c.proveFirst()
	}
	for _, t := range []Transport{Email, SMS} {
		if t == v.ProveFirst || slices.Contains(v.Open, t) {
			v.Channels = append(v.Channels, c.channel(t))
		}
	}
	return v
}

// channel returns how the address of t stands.
func (c *Case) channel(t Transport) ChannelView {
	v := ChannelView{Over: t}
	if on := c.recorded(t); !c.Factors.isFactor(t, on) || on == c.Factors.Address(t).Next {
		v.OnRecord = c.masked(t, on)
	}
	if candidate := c.Request.Enrollment.candidate(t); !candidate.Sent.IsZero() && !candidate.Failed && candidate.Confirmed.IsZero() {
		v.SentTo = c.masked(t, candidate.Address)
		v.Live = candidate.Digest != nil && c.now.Before(candidate.Ends)
	}
	return v
}

func (c *Case) masked(t Transport, address string) string {
	if address == "" {
		return ""
	}
	return Offer{Method: Method{t, OTP}, To: address}.Display()
}

// proveFirst returns which address on record is asked for first, masked: the
// e-mail address where there are two.
func (c *Case) proveFirst() (Transport, string) {
	for _, t := range []Transport{Email, SMS} {
		if address := c.onRecord(t); address != "" {
			return t, c.masked(t, address)
		}
	}
	return 0, ""
}

// Bind ties the pages of the request to one browser. Wrong first codes that
// came before, by the request's id alone, do not count against it: whoever has
// seen the id may not close the enrollment of the person who opens the page.
func (c *Case) Bind(browser []byte) {
	c.Request.Browser = browser
	c.Request.Enrollment.Misses = 0
	c.Request.Seed = nil // the codes were for whoever confirmed without a browser
	c.dirtyRequest = true
}
