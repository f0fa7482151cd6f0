package mfa

import (
	"time"

	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/totp"
)

// maxNewNumbers bounds the new mobile numbers that an account may send to in a
// day, against pumping fraud.
const maxNewNumbers = 3

// Enrollment is what a pending login is adding to its account. Nothing here
// touches an active factor before [Case.activate].
type Enrollment struct {
	// Secret is that of the authenticator to be added; zero: none may be.
	Secret    totp.Secret `json:"secret,omitzero"`
	Confirmed time.Time   `json:"confirmed,omitzero"` // when its first code was right
	Step      uint64      `json:"step,omitempty"`     // the confirming step, which is spent
	Recovery  []Recovery  `json:"recovery,omitempty"` // become valid with it
	Active    bool        `json:"active,omitempty"`   // the authenticator has become a factor

	Email  Candidate `json:"email,omitzero"`
	Mobile Candidate `json:"mobile,omitzero"`
	Sends  int       `json:"sends,omitempty"`
	// Canceled requests enroll nothing more.
	Canceled bool `json:"canceled,omitempty"`
}

// Candidate is an address that is being validated.
type Candidate struct {
	Address   string    `json:"address,omitempty"`
	Digest    []byte    `json:"digest,omitempty"` // of the live code
	Sent      time.Time `json:"sent,omitzero"`
	Ends      time.Time `json:"ends,omitzero"`
	Failed    bool      `json:"failed,omitempty"`
	Confirmed time.Time `json:"confirmed,omitzero"`
	Active    bool      `json:"active,omitempty"`
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
		if k := e.candidate(t); !k.Confirmed.IsZero() && !k.Active {
			out = append(out, t)
		}
	}
	if !e.Confirmed.IsZero() && !e.Active {
		out = append(out, Authenticator)
	}
	return out
}

// stagedAt is the latest staging that waits; zero when nothing waits.
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

// EnrollStatus is the answer to a step of an enrollment.
type EnrollStatus int

// The statuses. The zero EnrollStatus is a refusal.
const (
	EnrollUnknown        EnrollStatus = iota // no such request, or it may not enroll this
	EnrollDone                              // done; see [EnrollResult.Active]
	EnrollWrong                             // not the code
	EnrollFailedSending                     // the code could not be sent
	EnrollInvalidAddress                    // no address, or not the one that must be proven first
)

// EnrollResult is what an enrollment step answers. Recovery codes are handed out
// once, by the step that confirms an authenticator.
type EnrollResult struct {
	Status   EnrollStatus
	Active   bool
	Recovery []string
}

// rank is the rule against factor theft: what a password alone may do.
type rank int

const (
	rankNone   rank = iota // nothing: the account has, or once had, factors that cannot be used now
	rankStaged             // what is added waits until an existing factor is proven
	rankRecord             // an address on record has to be proven first, as it is recorded
	rankAtOnce             // nothing stands in the way: it is active at once
)

func (c *Case) rank() rank {
	switch {
	case !c.Request.Proven.IsZero():
		return rankAtOnce
	case len(c.Factors.Offers(c.policy, c.ch, c.now)) > 0:
		return rankStaged
	case c.Factors.Serial > 0:
		return rankNone
	case c.onRecord(Email) != "" || c.onRecord(SMS) != "":
		return rankRecord
	}
	return rankAtOnce
}

// onRecord is the unvalidated address on record for t, if it can be reached.
func (c *Case) onRecord(t Transport) string {
	if a := c.Factors.Address(t); c.ch.Has(t) && !a.Confirmed() {
		return a.Value
	}
	return ""
}

// CanEnroll says whether an account with these factors may add any of the
// transports in [Factors.Enrollable] after its password: not if it once had a
// factor and none can be used now.
func (f *Factors) CanEnroll(p Policy, ch Channels, now time.Time) bool {
	return len(f.Offers(p, ch, now)) > 0 || f.Serial == 0
}

// PendingSecret is the secret of the authenticator that the request may add,
// for its picture. Repeated calls answer the same one.
func (c *Case) PendingSecret() (totp.Secret, bool) {
	e := &c.Request.Enrollment
	if !c.Live() || e.Canceled || e.Secret.IsZero() || !e.Confirmed.IsZero() || !c.policy.canEnroll(Authenticator, c.ch) || c.rank() == rankNone {
		return totp.Secret{}, false
	}
	return e.Secret, true
}

// ConfirmDevice judges the first code of the pending authenticator. A wrong
// one is charged to the request alone, since the secret is the caller's own.
func (c *Case) ConfirmDevice(code string) EnrollResult {
	e := &c.Request.Enrollment
	code = totp.Clean(code)
	tag := c.x.Digest("miss", c.record, "enroll", code)
	switch {
	case c.repeated(tag):
		return EnrollResult{Status: EnrollWrong}
	case !c.Live() || e.Canceled || e.Secret.IsZero() || !c.policy.canEnroll(Authenticator, c.ch) || c.rank() == rankNone:
		return EnrollResult{}
	case !e.Confirmed.IsZero():
		// A repeat of the confirming call changes nothing and shows no codes.
		if e.Secret.Code(e.Step) == code {
			return EnrollResult{Status: EnrollDone, Active: e.Active}
		}
		c.miss(tag, false)
		return EnrollResult{Status: EnrollWrong}
	}
	step, ok := e.Secret.Verify(code, c.now, 0)
	if !ok {
		c.miss(tag, false)
		return EnrollResult{Status: EnrollWrong}
	}
	codes, stored := newRecovery(c.x, c.Request.Account)
	e.Confirmed, e.Step, e.Recovery = c.now, step, stored
	c.stage()
	return EnrollResult{Status: EnrollDone, Active: e.Active, Recovery: codes}
}

// SendVerification sends a code to an address that is to become a factor, or
// that has to be proven before anything else may. An empty address stands for
// the one on record.
func (c *Case) SendVerification(tx *store.Tx, t Transport, address string) (EnrollResult, *Message, error) {
	e := &c.Request.Enrollment
	rank := c.rank()
	if !c.Live() || e.Canceled || rank == rankNone {
		return EnrollResult{}, nil, nil
	}
	if address == "" {
		address = c.recorded(t)
	}
	switch {
	case rank == rankRecord && (c.onRecord(t) == "" || address != c.onRecord(t)),
		rank != rankRecord && !c.policy.canEnroll(t, c.ch),
		!CheckAddress(t, address),
		c.Factors.Has(t) && c.Factors.Address(t).Value == address:
		return EnrollResult{Status: EnrollInvalidAddress}, nil, nil
	}
	k := e.candidate(t)
	if k.Address == address && !k.Sent.IsZero() && c.now.Before(k.Sent.Add(resendAfter)) {
		return EnrollResult{Status: enrollSent(!k.Failed)}, nil, nil
	}
	if e.Sends >= maxSends || t == SMS && !c.pending.newNumber(c.x, c.now, address) || !c.pending.Sends.take(c.now, accountPerHour, time.Hour, "") {
		return EnrollResult{Status: EnrollFailedSending}, nil, nil
	}
	c.dirtyPending = true
	ok, err := spend(tx, c.x, c.now, t, address, c.peer)
	if err != nil || !ok {
		return EnrollResult{Status: EnrollFailedSending}, nil, err
	}
	m := &Message{
		Kind: KindEnrollment, Over: t, To: address, User: c.Request.Name, At: c.now, Life: c.policy.OTPLifetime,
		Code: rnd.Text(max(6, c.policy.OTPLength), alphabet(c.policy.OTPType)),
	}
	*k = Candidate{Address: address, Sent: c.now, Ends: c.now.Add(m.Life), Digest: c.verifyDigest(t, address, m.Code)}
	e.Sends++
	c.pending.setBusy(c.record)
	c.dirtyRequest = true
	return EnrollResult{Status: EnrollDone}, m, nil
}

// ConfirmVerification judges the code that was sent to an address. A wrong one
// is charged to the request and to the account: the address may be the owner's
// and the caller somebody else.
func (c *Case) ConfirmVerification(t Transport, code string) EnrollResult {
	k := c.Request.Enrollment.candidate(t)
	code = totp.Clean(code)
	tag := c.x.Digest("miss", c.record, "enroll", t.String(), code)
	switch {
	case c.repeated(tag):
		return EnrollResult{Status: EnrollWrong}
	case !c.Live() || c.Request.Enrollment.Canceled || c.Factors.Ledger.Exhausted(c.now) || c.rank() == rankNone:
		return EnrollResult{}
	case k.Digest != nil && !c.now.Before(k.Ends):
		k.Digest = nil
	}
	if !sameDigest(k.Digest, c.verifyDigest(t, k.Address, code)) {
		c.miss(tag, true)
		return EnrollResult{Status: EnrollWrong}
	}
	onRecord := c.rank() == rankRecord && k.Address == c.onRecord(t)
	k.Digest, k.Confirmed = nil, c.now
	if onRecord {
		c.Request.Proven = c.now // the rest activates with it
	}
	c.stage()
	return EnrollResult{Status: EnrollDone, Active: k.Active}
}

// Cancel gives up the enrollment of this request. What it had activated stays.
func (c *Case) Cancel() EnrollResult {
	if !c.Live() || c.Request.Enrollment.Canceled {
		return EnrollResult{}
	}
	e := &c.Request.Enrollment
	*e = Enrollment{Canceled: true, Active: e.Active, Sends: e.Sends}
	c.dirtyRequest = true
	return EnrollResult{Status: EnrollDone, Active: e.Active}
}

// Progress answers how far the enrollment is: done once anything is active.
func (c *Case) Progress() EnrollResult {
	if !c.Live() {
		return EnrollResult{}
	}
	e := &c.Request.Enrollment
	return EnrollResult{Status: EnrollDone, Active: e.Active || e.Email.Active || e.Mobile.Active}
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
	c.void()
}

// activate turns everything staged into factors, in the commit of the proof.
func (c *Case) activate() {
	e := &c.Request.Enrollment
	added := e.staged()
	for _, t := range added {
		if t == Authenticator {
			c.Factors.Authenticator = &Device{Secret: e.Secret, LastStep: e.Step, Added: c.now}
			c.Factors.Recovery = e.Recovery
			e.Active = true
			continue
		}
		k := e.candidate(t)
		*c.Factors.Address(t) = Address{Value: k.Address, Validated: c.now}
		k.Active = true
	}
	if len(added) == 0 {
		return
	}
	c.Factors.Serial++
	c.Changed = true
	c.dirtyFactors, c.dirtyRequest = true, true
	c.tell(Notice{Kind: FactorAdded, Added: added})
}

// recorded is the address that stands on record for t, to be validated.
func (c *Case) recorded(t Transport) string {
	a := c.Factors.Address(t)
	if a.Next != "" {
		return a.Next
	}
	return a.Value
}

func (c *Case) verifyDigest(t Transport, address, code string) []byte {
	return c.x.Digest("verify", c.record, t.String(), address, code)
}

func enrollSent(sent bool) EnrollStatus {
	if sent {
		return EnrollDone
	}
	return EnrollFailedSending
}

// newNumber counts a number that the account has not sent to today.
func (p *Pending) newNumber(x store.Index, now time.Time, number string) bool {
	p.Numbers = filter(p.Numbers, func(n NewNumber) bool { return now.Sub(n.At) < 24*time.Hour })
	id := x.ID("new-number", number)
	for _, n := range p.Numbers {
		if n.ID == id {
			return true
		}
	}
	if len(p.Numbers) >= maxNewNumbers {
		return false
	}
	p.Numbers = append(p.Numbers, NewNumber{ID: id, At: now})
	return true
}

// EnrollView is what a page shows of an enrollment.
type EnrollView struct {
	Open       []Transport // what may be added now
	ProveFirst Transport   // whose address on record has to be proven first; 0: none
	Masked     string      // that address
	Staged     []Transport
	Active     bool
}

// Enrolling answers how the enrollment stands. A request that may enroll nothing
// has an empty view.
func (c *Case) Enrolling() EnrollView {
	e := &c.Request.Enrollment
	v := EnrollView{Staged: e.staged(), Active: e.Active || e.Email.Active || e.Mobile.Active}
	if e.Canceled {
		return v
	}
	rank := c.rank()
	if rank == rankNone {
		return v
	}
	for _, t := range c.Factors.Enrollable(c.policy, c.ch) {
		waits := t == Authenticator && (!e.Confirmed.IsZero() || e.Secret.IsZero()) || t != Authenticator && !e.candidate(t).Confirmed.IsZero()
		if !waits {
			v.Open = append(v.Open, t)
		}
	}
	if rank == rankRecord {
		for _, t := range []Transport{Email, SMS} {
			if a := c.onRecord(t); a != "" && v.ProveFirst == 0 {
				v.ProveFirst, v.Masked = t, Offer{Method: Method{t, OTP}, To: a}.Display()
			}
		}
	}
	return v
}

// Bind ties the pages of the request to one browser.
func (c *Case) Bind(browser []byte) {
	c.Request.Browser = browser
	c.dirtyRequest = true
}
