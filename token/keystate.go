package token

import "time"

// KeyState is what a signing key is good for at a moment.
type KeyState string

// The states of a signing key, in the order in which it passes through them. Tokens are
// believed in all but the last.
const (
	KeyPublished KeyState = "published" // shown, and not signing yet
	KeySigning   KeyState = "signing"
	KeyRetiring  KeyState = "retiring" // signs no more, shown until its last token has died
	KeyRetired   KeyState = "retired"
)

// State returns the state at now of a key of the ring.
func (r Ring) State(k *Key, now time.Time) KeyState {
	signer, _ := r.Signer(now, k.SignsBy())
	switch {
	case k.retired(now):
		return KeyRetired
	case signer.ID == k.ID:
		return KeySigning
	case k.SignFrom.After(now):
		return KeyPublished
	}
	return KeyRetiring
}
