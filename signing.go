package sallyport

import (
	"errors"
	"fmt"
	"time"

	"github.com/sallyport-auth/sallyport/token"
)

// signer returns what signs the tokens of the client of the call now. Where there is no
// key of its algorithm, as in a store whose directory was written past this engine, the
// call makes the first, in its own commit.
func (c *call) signer() (*token.Signer, error) {
	keys, err := c.keys.At(c.tx.Now())
	if err != nil {
		return nil, err
	}
	s, err := keys.Signer(c.client.TokenAlgorithm())
	if errors.Is(err, token.ErrNoSigner) {
		s, err = c.firstSigner(c.client.TokenAlgorithm())
	}
	if err == nil && s.IsMissing() {
		err = fmt.Errorf("%w: %s", token.ErrOutsideKey, s.KeyID())
	}
	return s, err
}

// firstSigner makes the first key of an algorithm.
func (c *call) firstSigner(algorithm string) (*token.Signer, error) {
	if err := keepKeyFor(c.tx, newFreshKeys(c.cfg.KeyRotation), algorithm); err != nil {
		return nil, err
	}
	ring, err := someRing(c.tx)
	if err != nil {
		return nil, err
	}
	k, ok := ring.Signer(c.tx.Now(), algorithm)
	if !ok {
		return nil, fmt.Errorf("%w for %.20s", token.ErrNoSigner, algorithm)
	}
	return c.signers.Signer(k)
}

var (
	errSlowSigner = errors.New("sallyport: signing: the signer outside has not answered in time")
	errNotSigned  = errors.New("sallyport: signing: the signer outside has failed")
)

// signToken signs by a key of the store at once, and by one that is kept outside on a
// goroutine of its own: that one may hang, and then holds up one of maxSigning. The
// caller waits for signLimit at most. An error denies; what was committed stays, so that
// a refresh can be made again within its grace.
func (e *Engine) signToken(s *token.Signer, claims token.Claims) (string, error) {
	if !s.Outside() {
		return token.Sign(s, claims)
	}
	type answer struct {
		raw string
		err error
	}
	done := make(chan answer, 1)
	started := e.signing.Start(func() {
		a := answer{err: errNotSigned}
		defer func() { done <- a }()
		a.err = e.guarded(func() (err error) {
			a.raw, err = token.Sign(s, claims)
			return err
		})
	})
	if !started {
		return "", ErrBusy
	}
	over := time.NewTimer(signLimit)
	defer over.Stop()
	select {
	case a := <-done:
		if a.err == nil {
			return a.raw, nil
		}
		e.logger.Error("a signing key that is kept outside did not sign", "key", s.KeyID(), "error", a.err)
		return "", fmt.Errorf("%w: %w", errNotSigned, a.err)
	case <-over.C:
		e.logger.Error("a signing key that is kept outside did not sign in time", "key", s.KeyID(), "limit", signLimit)
		return "", errSlowSigner
	}
}
