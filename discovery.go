package sallyport

import (
	"bytes"
	"context"

	"github.com/sallyport-auth/sallyport/token"
)

// JWKS returns the set of public keys by which tokens are verified (RFC 7517).
func (e *Engine) JWKS(ctx context.Context) ([]byte, error) {
	var out []byte
	err := e.read(ctx, func(c *call) error {
		if err := c.tx.Peek(ringKey); err != nil {
			return err
		}
		if err := c.readKeys(); err != nil {
			return err
		}
		keys, err := c.keys.At(c.tx.Now())
		if err != nil {
			return err
		}
		doc, err := keys.JWKS()
		out = bytes.Clone(doc) // which is shared
		return err
	})
	return out, err
}

// Discovery returns the discovery document of this issuer (OpenID Connect
// Discovery 1.0 section 3).
func (e *Engine) Discovery() []byte { return token.Discovery(e.cfg.Issuer, token.DiscoveryConfig{}) }
