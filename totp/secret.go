package totp

import (
	"bytes"
	"crypto/subtle"
	"encoding/base32"
	"errors"
	"fmt"
	"log/slog"

	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/internal/typed"
)

// Sizes of a secret in bytes. RFC 4226, requirement R6, wants 128 bits at least
// and recommends 160; more than a block of SHA-1 gains nothing.
const (
	secretBytes    = 20
	minSecretBytes = 16
	maxSecretBytes = 64
)

// maxSecretText bounds what [ParseSecret] reads: 64 bytes are 103 characters,
// and generous grouping does not double them.
const maxSecretText = 256

// ErrSecret means that a text is no usable secret. The text is never part of
// the error.
var ErrSecret = errors.New("totp: not a usable secret")

// Secret is the key that a person's authenticator app and this side share. It
// cannot be changed and may be copied and used from any number of goroutines.
// The zero Secret is no secret: it makes no code and verifies none.
type Secret struct {
	// The bytes, behind a pointer because fmt cannot call our methods on a
	// Secret in a field that is not exported; it then prints an address. (Of a
	// pointer to a slice, %s and other wrong verbs would print the bytes.)
	key *string
}

// NewSecret returns a new random secret of 20 bytes (160 bits), the length that
// RFC 4226 recommends.
func NewSecret() Secret {
	key := string(rnd.Bytes(secretBytes))
	return Secret{&key}
}

// ParseSecret reads a secret of 16 to 64 bytes from base32 (RFC 4648) as people
// and other systems write it: in either case, grouped by what [Clean] removes,
// with its padding or without. The error wraps [ErrSecret].
func ParseSecret(text string) (Secret, error) {
	if len(text) > maxSecretText {
		return Secret{}, fmt.Errorf("%w: longer than %d characters", ErrSecret, maxSecretText)
	}
	b, err := decodeBase32(typed.Code(text))
	if err != nil {
		return Secret{}, err
	}
	if len(b) < minSecretBytes || len(b) > maxSecretBytes {
		return Secret{}, fmt.Errorf("%w: %d bytes, want %d to %d", ErrSecret, len(b), minSecretBytes, maxSecretBytes)
	}
	key := string(b)
	return Secret{&key}, nil
}

// decodeBase32 folds case by hand, since Unicode folding makes letters of
// foreign signs (ſ becomes S), and meets every character itself, since
// encoding/base32 passes over line ends.
func decodeBase32(text string) ([]byte, error) {
	in := []byte(text)
	if padded := bytes.IndexByte(in, '='); padded >= 0 {
		if len(in)%8 != 0 || len(bytes.TrimRight(in, "=")) != padded || len(in)-padded > 6 {
			return nil, fmt.Errorf("%w: padding", ErrSecret)
		}
		in = in[:padded]
	}
	for i, c := range in {
		switch {
		case 'a' <= c && c <= 'z':
			in[i] = c - 'a' + 'A'
		case 'A' <= c && c <= 'Z', '2' <= c && c <= '7':
		default:
			return nil, fmt.Errorf("%w: character outside the base32 alphabet", ErrSecret)
		}
	}
	switch len(in) % 8 {
	case 1, 3, 6: // no number of bytes; encoding/base32 drops the rest
		return nil, fmt.Errorf("%w: length", ErrSecret)
	}
	out := make([]byte, unpadded.DecodedLen(len(in)))
	n, err := unpadded.Decode(out, in)
	if err != nil {
		return nil, fmt.Errorf("%w: not base32", ErrSecret)
	}
	return out[:n], nil
}

// Padding breaks Google Authenticator on iOS, so none is ever written.
var unpadded = base32.StdEncoding.WithPadding(base32.NoPadding)

// Base32 returns the secret's text as a person types it into an app: upper
// case, without padding. The zero Secret has "".
func (s Secret) Base32() string {
	if s.IsZero() {
		return ""
	}
	return unpadded.EncodeToString([]byte(*s.key))
}

// IsZero reports whether s is the zero Secret, which verifies nothing.
func (s Secret) IsZero() bool { return s.key == nil }

// Equal reports whether s and o are the same secret, in constant time. Two zero
// Secrets are equal. The operator == compares identities instead.
func (s Secret) Equal(o Secret) bool {
	if s.IsZero() || o.IsZero() {
		return s.IsZero() && o.IsZero()
	}
	return subtle.ConstantTimeCompare([]byte(*s.key), []byte(*o.key)) == 1
}

// MarshalBinary returns the secret's bytes, so that a secret can be part of a
// record. Such a record holds the key itself and belongs sealed. The zero Secret
// has none. The error is always nil.
func (s Secret) MarshalBinary() ([]byte, error) {
	if s.IsZero() {
		return nil, nil
	}
	return []byte(*s.key), nil
}

// UnmarshalBinary reads what [Secret.MarshalBinary] wrote; no bytes give the zero
// Secret. The error wraps [ErrSecret].
func (s *Secret) UnmarshalBinary(b []byte) error {
	if len(b) == 0 {
		*s = Secret{}
		return nil
	}
	if len(b) < minSecretBytes || len(b) > maxSecretBytes {
		return fmt.Errorf("%w: %d bytes", ErrSecret, len(b))
	}
	key := string(b)
	*s = Secret{&key}
	return nil
}

const placeholder = "totp.Secret(hidden)"

// Format prints a placeholder for every verb and flag, so that a secret in a
// log line or an error is never the key.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(placeholder)) }

// String returns the placeholder that [Secret.Format] prints. The secret's text
// is [Secret.Base32].
func (s Secret) String() string { return placeholder }

// LogValue gives slog the placeholder. It acts on an attribute whose value is a
// Secret; a JSON handler that meets one deep inside another value writes {}.
func (s Secret) LogValue() slog.Value { return slog.StringValue(placeholder) }
