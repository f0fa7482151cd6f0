package sallyport

import (
	"bytes"
	"context"
)

// JWKS returns the set of public keys by which tokens are verified (RFC 7517).
func (e *Engine) JWKS(ctx context.Context) (doc []byte, err error) {
	err = e.look(ctx, func(ctx context.Context) error {
		keys, err := e.keysNow(ctx)
		if err != nil {
			return err
		}
		doc, err = keys.JWKS()
		return err
	})
	return bytes.Clone(doc), err // what is cached is shared
}

// Discovery returns the discovery document of this issuer (OpenID Connect
// Discovery 1.0 section 3).
func (e *Engine) Discovery() []byte { return bytes.Clone(e.discovery) }
