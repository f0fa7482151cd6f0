package mfa

import (
	"time"

	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/internal/typed"
	"github.com/sallyport-auth/sallyport/store"
)

// SendVerification sends a code to an address that is to become a factor, or
// that has to be proven before anything else may. The address is text as it was
// typed; an empty one stands for
// the one on record.
func (c *Case) SendVerification(tx *store.Tx, t Transport, address string) (EnrollResult, *Message, error) {
	if !c.isEnrolling() {
		return EnrollResult{}, nil, nil
	}
	if address = CleanAddress(t, address); address == "" {
		address = c.recorded(t)
	}
	if record := c.onRecord(t); c.rank() == rankRecord && sameAddress(t, address, record) {
		address = record // what has to be proven is proven as it is recorded
	}
	if !c.mayVerify(t, address) {
		return EnrollResult{Status: EnrollInvalidAddress, Wanted: c.channels.wanted(t, address)}, nil, nil
	}
	enrollment, candidate := &c.Request.Enrollment, c.Request.Enrollment.candidate(t)
	if sameAddress(t, candidate.Address, address) && c.now.Before(candidate.Sent.Add(resend.Period)) {
		return EnrollResult{Status: enrollSent(!candidate.Failed)}, nil, nil
	}
	if enrollment.Sends >= enrollmentSends.Size || t == SMS && !c.pending.newNumber(c.index, c.now, address) || !c.pending.takeSend(c.Request.Purpose, c.now) {
		return EnrollResult{Status: EnrollFailedSending}, nil, nil
	}
	c.dirtyPending = true
	ok, err := c.spend(tx, t, address)
	if err != nil || !ok {
		return EnrollResult{Status: EnrollFailedSending}, nil, err
	}
	m := &Message{
		Kind: KindEnrollment, Over: t, To: address, User: c.Request.Name, At: c.now, Life: c.policy.OTPLifetime, Confirms: c.Request.Confirms(),
		Code: rnd.Text(c.policy.EnrollmentLength(), alphabet(c.policy.OTPType)),
	}
	*candidate = Candidate{Address: address, Sent: c.now, Ends: c.now.Add(m.Life), Digest: c.verifyDigest(t, address, m.Code)}
	enrollment.Sends++
	c.pending.setBusy(c.record)
	c.dirtyRequest = true
	return EnrollResult{Status: EnrollDone}, m, nil
}

// mayVerify reports whether a code may go to the address. Where an address on
// record has to be proven first, it is that one alone. What is a factor already is
// not added again in another spelling, unless the record has it in that spelling
// as the one to come, which has to be proven like any other.
func (c *Case) mayVerify(t Transport, address string) bool {
	present := c.Factors.Address(t)
	isFactor := c.Factors.isFactor(t, address) && address != present.Next
	full := c.standsBeside(t, address) && !c.Factors.hasRoom(t)
	return c.mayEnroll(t) && CheckAddress(t, address) && c.channels.Reaches(t, address) && !isFactor && !full &&
		(c.rank() != rankRecord || address == c.onRecord(t))
}

// ConfirmVerification judges the code that was sent to an address. A wrong one
// is charged to the request and to the account: the address may be the owner's
// and the caller somebody else.
func (c *Case) ConfirmVerification(t Transport, code string) EnrollResult {
	candidate := c.Request.Enrollment.candidate(t)
	code = typed.Code(code)
	tag := c.index.Digest("miss", c.record, "enroll", t.String(), code)
	switch {
	case c.repeated(tag):
		return EnrollResult{Status: EnrollWrong}
	case c.repeatsAddress(t, code):
		return EnrollResult{Status: EnrollDone, Active: candidate.Active, Repeated: true}
	case !c.mayEnroll(t) || c.Factors.Ledger.Exhausted(c.now):
		return EnrollResult{}
	case candidate.Digest != nil && !c.now.Before(candidate.Ends):
		candidate.Digest = nil
	}
	if !sameDigest(candidate.Digest, c.verifyDigest(t, candidate.Address, code)) {
		c.miss(tag)
		return EnrollResult{Status: EnrollWrong}
	}
	onRecord := c.rank() == rankRecord && candidate.Address == c.onRecord(t)
	candidate.Digest, candidate.Spent, candidate.Confirmed = nil, candidate.Digest, c.now
	if onRecord {
		c.Request.Proven = c.now // the rest activates with it
	}
	c.stage()
	return EnrollResult{Status: EnrollDone, Active: candidate.Active, Staged: !candidate.Active}
}

// repeatsAddress reports whether this code has confirmed the address before, so
// that a double click is answered as the first one was. It confirms nothing
// again.
func (c *Case) repeatsAddress(t Transport, code string) bool {
	candidate := c.Request.Enrollment.candidate(t)
	return c.Live() && sameDigest(candidate.Spent, c.verifyDigest(t, candidate.Address, code))
}

// ResendVerification sends another code to the address that the last one went to.
func (c *Case) ResendVerification(tx *store.Tx, t Transport) (EnrollResult, *Message, error) {
	candidate := c.Request.Enrollment.candidate(t)
	if candidate.Address == "" {
		return EnrollResult{Status: EnrollInvalidAddress}, nil, nil
	}
	return c.SendVerification(tx, t, candidate.Address)
}

// recorded returns the address that stands on record for t, to be validated: the one
// that is to come, unless the present one has to be proven first.
func (c *Case) recorded(t Transport) string {
	address := c.Factors.Address(t)
	if address.Next != "" && c.rank() != rankRecord {
		return address.Next
	}
	return address.Value
}

func (c *Case) verifyDigest(t Transport, address, code string) []byte {
	return c.index.Digest("verify", c.record, t.String(), address, code)
}

func enrollSent(sent bool) EnrollStatus {
	if sent {
		return EnrollDone
	}
	return EnrollFailedSending
}

// newNumber counts a number that the account has not sent to today, and
// reports whether a message may go there.
func (p *Pending) newNumber(index store.Index, now time.Time, number string) bool {
	p.Numbers = p.recentNumbers(now)
	id := index.ID("new-number", number)
	for _, known := range p.Numbers {
		if known.ID == id {
			return true
		}
	}
	if len(p.Numbers) >= newNumbers.Size {
		return false
	}
	p.Numbers = append(p.Numbers, NewNumber{ID: id, At: now})
	return true
}
