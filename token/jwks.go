package token

import (
	"crypto/x509"
	"encoding/json"
	"fmt"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// JWKS is the key set that resource servers read (RFC 7517): kty, use, kid,
// alg, x5c, x5t and what the kind of the key has (n and e; crv, x and y; crv and x) of
// every key that is published and not retired, and of those that sign. It never holds a private member. An error means that a
// key is damaged.
func (r Ring) JWKS(now time.Time) ([]byte, error) {
	set := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{}}
	for _, k := range r.Verifiers(now) {
		if signer, _ := r.Signer(now, k.SignsBy()); k.Published.After(now) && k.ID != signer.ID {
			continue
		}
		jwk, err := k.public()
		if err != nil {
			return nil, fmt.Errorf("publishing keys: %w", err)
		}
		set.Keys = append(set.Keys, jwk)
	}
	out, err := json.Marshal(set)
	if err != nil {
		return nil, fmt.Errorf("publishing keys: %w", err)
	}
	return out, nil
}

// public reads the certificate alone, so that no private key is near.
func (k Key) public() (jose.JSONWebKey, error) {
	cert, err := k.certificate()
	if err != nil {
		return jose.JSONWebKey{}, err
	}
	return jose.JSONWebKey{
		Key:                       cert.PublicKey,
		KeyID:                     k.ID,
		Algorithm:                 k.SignsBy(),
		Use:                       "sig",
		Certificates:              []*x509.Certificate{cert},
		CertificateThumbprintSHA1: thumbprintBytes(k.Certificate),
	}, nil
}
