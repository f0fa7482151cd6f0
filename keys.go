package sallyport

import (
	"time"

	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/token"
)

// keySize is the size of new RSA keys in bits, the published one.
const keySize = 2048

// rotateKeys adds a signing key where one is due, and retires old ones. What was
// made is kept in fresh, since it takes long and is the same for every attempt.
func rotateKeys(tx *store.Tx, r token.Rotation, fresh **token.Key) (token.Ring, error) {
	ring, err := readRing(tx)
	if err != nil {
		return ring, err
	}
	if ring.Due(tx.Now(), r) && *fresh == nil {
		k, err := token.NewKey(keySize, tx.Now())
		if err != nil {
			return ring, err
		}
		*fresh = &k
	}
	next, changed, err := ring.Rotate(tx.Now(), r, *fresh)
	if err != nil || !changed {
		return next, err
	}
	return next, token.Keys.Put(tx, token.RingID, next, time.Time{})
}

func readRing(tx *store.Tx) (token.Ring, error) {
	ring, _, err := token.Keys.Get(tx, token.RingID)
	return ring, err
}
