package directory

import (
	"encoding/base64"
	"slices"
	"time"

	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/token"
)

// secretBytes is how long a secret is that is made for a client.
const secretBytes = 32

// MakeSecret returns a secret for a client: 32 random bytes in base64url.
func MakeSecret() string { return base64.RawURLEncoding.EncodeToString(rnd.Bytes(secretBytes)) }

// MaxOverlap is how long the old secrets of a client stay good at most beside the one
// that takes their place.
const MaxOverlap = 90 * 24 * time.Hour

// AddSecret gives a client another secret, beside those that have not expired. Errors:
// those of a field, [ErrSecrets].
func (e *Editor) AddSecret(was *token.Client, n NewSecret, secret string) (SecretInfo, error) {
	if err := e.checkSecret(n, 0); err != nil {
		return SecretInfo{}, err
	}
	is := *was
	is.Secrets = e.goodSecrets(was)
	return e.putSecret(was, &is, n, secret)
}

// RotateSecret gives a client a secret in the place of those that it has, which stay good
// for as long as overlap says, and none for longer than it was to. Of two rotations at
// once one is the later, and its secret stays. Errors are those of AddSecret.
func (e *Editor) RotateSecret(was *token.Client, n NewSecret, secret string, overlap time.Duration) (SecretInfo, error) {
	if err := e.checkSecret(n, overlap); err != nil {
		return SecretInfo{}, err
	}
	is, end := *was, e.Tx.Now().Add(overlap).UTC()
	is.Secrets = e.goodSecrets(was)
	for i := range is.Secrets {
		if s := &is.Secrets[i]; s.Expires.IsZero() || end.Before(s.Expires) {
			s.Expires = end
		}
	}
	if overlap == 0 {
		is.Secrets = nil
	}
	return e.putSecret(was, &is, n, secret)
}

// checkSecret checks what is said of a secret that is made.
func (e *Editor) checkSecret(n NewSecret, overlap time.Duration) error {
	var c checker
	c.text("secret.description", n.Description, maxText)
	c.time("secret.expires", n.Expires)
	if !n.Expires.IsZero() && !n.Expires.After(e.Tx.Now()) {
		c.add("secret.expires", "is past")
	}
	c.duration("overlap", overlap, 0, MaxOverlap)
	return c.err()
}

// goodSecrets returns a new list of the secrets of a client that have not expired.
func (e *Editor) goodSecrets(c *token.Client) []token.Secret {
	return slices.DeleteFunc(slices.Clone(c.Secrets), func(s token.Secret) bool { return !s.IsGood(e.Tx.Now()) })
}

// putSecret writes a client with one more secret than is has.
func (e *Editor) putSecret(was, is *token.Client, n NewSecret, secret string) (SecretInfo, error) {
	if was.Public || len(is.Secrets) >= maxSecrets {
		return SecretInfo{}, ErrSecrets
	}
	s := token.NewSecret(e.Index, is.ID, secret, n.Description, n.Expires.UTC())
	if n.Expires.IsZero() {
		s.Expires = time.Time{}
	}
	is.Secrets = append(is.Secrets, s)
	return SecretInfo{ID: s.ID(), Description: s.Description, Expires: s.Expires}, e.putClient(was, is)
}

// EndSecret takes a secret from a client, which authenticates by it no more. Errors:
// [ErrNoSecret], [ErrLastSecret].
func (e *Editor) EndSecret(was *token.Client, id string) error {
	is := *was
	is.Secrets = slices.DeleteFunc(slices.Clone(was.Secrets), func(s token.Secret) bool { return s.ID() == id })
	if len(is.Secrets) == len(was.Secrets) {
		return ErrNoSecret
	}
	if was.Active && !slices.ContainsFunc(is.Secrets, func(s token.Secret) bool { return s.IsGood(e.Tx.Now()) }) {
		return ErrLastSecret
	}
	return e.putClient(was, &is)
}
