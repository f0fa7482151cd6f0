package token

import (
	"slices"

	"github.com/sallyport-auth/sallyport/store"
)

// formerProofs is the schema of the first program that knows what the handle before the
// present one stands for. One before it would let that handle have what was proven since.
const formerProofs = 3

// OpenStepUp plans to note in s, which the transaction must have read, the record of the
// request in which a second factor is proven anew, in the place of an earlier one.
func OpenStepUp(tx *store.Tx, s Session, record string) error {
	s.StepUp = record
	return saveSession(tx, s)
}

// StepUp plans to note in s, which the transaction must have read, that its holder has
// proven a second factor now, by that method (RFC 8176), and to exchange its present handle
// x for the successor, which it returns. The former one stands for what was proven before,
// and is not exchanged for it ([HandleSealer.Renew]). Neither the absolute nor the idle life
// of the session grows.
func (h HandleSealer) StepUp(tx *store.Tx, x Handle, s *Session, method string) (handle string, err error) {
	now := tx.Now()
	if h.State(x, s, now) != HandlePresent {
		return "", errHandle
	}
	if handle, err = h.Successor(x); err != nil {
		return "", err
	}
	methods, since := s.Methods, s.AuthTime
	h.rotate(x, s, now)
	s.FormerMethods, s.FormerAuthTime = methods, since
	if s.AuthTime = now; !slices.Contains(methods, method) {
		s.Methods = append(slices.Clone(methods), method)
	}
	return handle, saveSession(tx, *s)
}

// steppedUp reports whether the handle before the present one stands for less than that.
func (s *Session) steppedUp() bool { return !s.FormerAuthTime.IsZero() }

// Before returns s as the handle before the present one stands for it, and whether that is
// less than what the present one does.
func (s *Session) Before() (before Session, less bool) {
	before = *s
	if less = s.steppedUp(); less {
		before.Methods, before.AuthTime = s.FormerMethods, s.FormerAuthTime
	}
	return before, less
}
