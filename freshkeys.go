package sallyport

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/token"
)

// freshKeys are the signing keys that a transaction has made, by their algorithms. They
// take long, and are the same for every attempt.
type freshKeys struct {
	rotation token.Rotation
	made     map[string]token.Key
}

func newFreshKeys(r token.Rotation) *freshKeys {
	return &freshKeys{rotation: r, made: map[string]token.Key{}}
}

// key returns the key of an algorithm, and makes it unless it has been made.
func (f *freshKeys) key(algorithm string, now time.Time) (k token.Key, err error) {
	k, made := f.made[algorithm]
	if made {
		return k, nil
	}
	if k, err = f.rotation.NewKey(algorithm, now); err == nil {
		f.made[algorithm] = k
	}
	return k, err
}

// added returns the ring with a fresh key of the algorithm, which signs in its turn.
func (f *freshKeys) added(ring token.Ring, now time.Time, algorithm string) (token.Ring, error) {
	k, err := f.key(algorithm, now)
	if err != nil {
		return ring, err
	}
	return ring.Add(now, f.rotation, k)
}

// replaced returns the ring in which a fresh key of the algorithm signs at once.
func (f *freshKeys) replaced(ring token.Ring, now time.Time, algorithm string) (token.Ring, error) {
	k, err := f.key(algorithm, now)
	if err != nil {
		return ring, err
	}
	return ring.Replace(now, f.rotation, k)
}

// rotateKeys adds a signing key of each algorithm for which one is due, and removes those
// that have retired and that gone, unless nil, picks. Only in a new store it makes the
// first: elsewhere they were lost.
func rotateKeys(tx *store.Tx, newStore bool, fresh *freshKeys, gone func(over []string) []string) error {
	ring, found, err := token.ReadRing(tx)
	switch {
	case err != nil:
		return err
	case !found && !newStore:
		return errNoKeys
	}
	next, added, err := fresh.due(ring, tx.Now())
	if err != nil {
		return err
	}
	removed := false
	if gone != nil {
		next, removed = next.Remove(gone(ring.Over(tx.Now())))
	}
	if !added && !removed {
		return nil
	}
	return token.SaveRing(tx, next)
}

// due returns the ring with a key of each algorithm for which one is due. Where the ring
// is full the last key signs on, until others have retired.
func (f *freshKeys) due(ring token.Ring, now time.Time) (next token.Ring, added bool, err error) {
	next = ring
	for _, algorithm := range usedAlgorithms(ring) {
		if !next.Due(now, f.rotation, algorithm) || isKeptOutside(next, now, algorithm) {
			continue
		}
		with, err := f.added(next, now, algorithm)
		switch {
		case errors.Is(err, token.ErrRingFull):
			continue
		case err != nil:
			return ring, false, err
		}
		next, added = with, true
	}
	return next, added, nil
}

// usedAlgorithms are RS256, which is the default, and those of which the ring holds a key.
func usedAlgorithms(ring token.Ring) []string {
	return slices.DeleteFunc(token.Algorithms(), func(algorithm string) bool {
		return algorithm != token.RS256 && !slices.ContainsFunc(ring.Keys, func(k token.Key) bool { return k.SignsBy() == algorithm })
	})
}

// isKeptOutside reports whether a key signs by the algorithm whose private half is
// outside: to follow it by one that rests in the store is not for upkeep to decide.
func isKeptOutside(ring token.Ring, now time.Time, algorithm string) bool {
	k, ok := ring.Signer(now, algorithm)
	return ok && k.Outside
}

// keepKeyFor sees to it that there is a key for each of these algorithms, "" for the
// default, in the commit of what gives a client the algorithm.
func keepKeyFor(tx *store.Tx, fresh *freshKeys, algorithms ...string) error {
	algorithms = slices.DeleteFunc(slices.Clone(algorithms), func(a string) bool { return a == "" || a == token.RS256 })
	if len(algorithms) == 0 {
		return nil
	}
	ring, err := someRing(tx)
	if err != nil {
		return err
	}
	next, made := ring, false
	for _, algorithm := range algorithms {
		if _, there := next.Signer(tx.Now(), algorithm); there {
			continue
		}
		if next, err = fresh.added(next, tx.Now(), algorithm); err != nil {
			return err
		}
		made = true
	}
	if !made {
		return nil
	}
	return token.SaveRing(tx, next)
}

var errNoKeys = fmt.Errorf("%w: the store is not new and has no signing keys", store.ErrDamaged)

// someRing reads the ring of a store that has one.
func someRing(tx *store.Tx) (token.Ring, error) {
	ring, found, err := token.ReadRing(tx)
	if err == nil && !found {
		err = errNoKeys
	}
	return ring, err
}
