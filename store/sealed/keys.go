package sealed

import (
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"

	"github.com/sallyport-auth/sallyport/internal/rnd"
)

const (
	idSize  = 8 // random, so that two rings made apart never share an id by chance
	maxKeys = 64
)

// Keys is a key ring: the first key seals, all open. It is immutable and cheap
// to copy. The zero Keys hold no key and are refused by [New]. Printing it in
// any way shows ids and never a key.
type Keys struct{ ring *ring }

type ring struct {
	epoch uint64
	keys  []key
}

type key struct {
	id     [idSize]byte
	secret [keySize]byte
}

// NewKeys returns a ring with one random key, of epoch 0, for tests and for
// stores that need not outlive the process. See [CreateKeys] for one in a file.
func NewKeys() Keys { return Keys{&ring{keys: []key{randomKey()}}} }

func randomKey() key {
	return key{[idSize]byte(rnd.Bytes(idSize)), [keySize]byte(rnd.Bytes(keySize))}
}

// Rotated returns a ring with a new random key in front of those of k, so that
// new records are sealed by it and old ones still open.
func (k Keys) Rotated() (Keys, error) {
	if k.ring == nil {
		return Keys{}, errors.New("sealed: no keys to rotate")
	}
	if len(k.ring.keys) >= maxKeys {
		return Keys{}, fmt.Errorf("sealed: a ring has at most %d keys, rekey and retire the old ones", maxKeys)
	}
	return Keys{&ring{k.ring.epoch, append([]key{randomKey()}, k.ring.keys...)}}, nil
}

// Retired returns a ring with the first key of k only. Records sealed by the
// others are lost to it, so run [Store.Rekey] before.
func (k Keys) Retired() (Keys, error) {
	if k.ring == nil {
		return Keys{}, errors.New("sealed: no keys to retire")
	}
	return Keys{&ring{k.ring.epoch, k.ring.keys[:1:1]}}, nil
}

// WithEpoch returns the ring with that epoch, which must not be lower than it
// was. Whoever restores a backup raises it.
func (k Keys) WithEpoch(epoch uint64) (Keys, error) {
	if k.ring == nil || epoch < k.ring.epoch {
		return Keys{}, errors.New("sealed: an epoch only rises")
	}
	return Keys{&ring{epoch, k.ring.keys}}, nil
}

// Epoch is the epoch that records sealed now carry.
func (k Keys) Epoch() uint64 {
	if k.ring == nil {
		return 0
	}
	return k.ring.epoch
}

// find returns the key of that id, or nil. Ids are no secret.
func (k Keys) find(id [idSize]byte) *key {
	for i := range k.ring.keys {
		if k.ring.keys[i].id == id {
			return &k.ring.keys[i]
		}
	}
	return nil
}

// String tells the ids and the epoch.
func (k Keys) String() string {
	if k.ring == nil {
		return "sealed.Keys(none)"
	}
	s := fmt.Sprintf("sealed.Keys(epoch %d", k.ring.epoch)
	for _, one := range k.ring.keys {
		s += " " + hex.EncodeToString(one.id[:])
	}
	return s + ")"
}

// GoString is [Keys.String].
func (k Keys) GoString() string { return k.String() }

// Format prints [Keys.String] for every verb: the default for %d and others
// would walk into the ring.
func (k Keys) Format(f fmt.State, _ rune) { fmt.Fprint(f, k.String()) }

// LogValue is [Keys.String].
func (k Keys) LogValue() slog.Value { return slog.StringValue(k.String()) }
