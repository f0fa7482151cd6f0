package token

import (
	"bytes"
	"crypto/x509"
	"errors"
	"slices"
	"time"

	"github.com/sallyport-auth/sallyport/internal/record"
)

// Ring is the signing keys of one issuer, the same for all its nodes. The keys of
// different algorithms follow each other apart, as in rings of their own. Its
// methods are pure and change neither the ring nor its slices; the zero Ring
// has no key yet and is due for its first.
type Ring struct {
	// Keys stand in the order in which they were added.
	Keys []Key
	// Retired are the ids of keys that were removed, so that none comes back.
	Retired []string
	// Mark is set by [SaveRing].
	Mark string

	Unknown record.Unknown // what a newer program has written
}

// Why a key is not taken into a ring.
var (
	// ErrKeyReused means that its id, or the key itself under another id, is known.
	ErrKeyReused = errors.New("token: signing key is in use, or was before, perhaps under another certificate: want another key")
	// ErrRingFull means that the keys whose tokens are believed leave no room for another.
	// The first of them retires a day after its successor began to sign.
	ErrRingFull = errors.New("token: there are too many signing keys that have not retired: wait a day, or retire keys by their ids")
)

// Algorithms returns those that have a live key, in the order of [Algorithms].
func (r Ring) Algorithms(now time.Time) []string {
	return slices.DeleteFunc(Algorithms(), func(algorithm string) bool { return len(r.live(now, algorithm)) == 0 })
}

// live returns the keys of an algorithm that are not retired.
func (r Ring) live(now time.Time, algorithm string) []Key {
	return slices.DeleteFunc(slices.Clone(r.Keys), func(k Key) bool { return k.retired(now) || k.SignsBy() != algorithm })
}

// Signer returns the key to sign with by an algorithm: of those that have begun to sign,
// the last to begin. A node whose clock runs behind the node that made the first
// key finds that none has begun, and takes the first to begin, which every
// other node takes too. It is false only when the ring has no live key of the algorithm.
func (r Ring) Signer(now time.Time, algorithm string) (Key, bool) {
	var begun, next *Key
	for i := range r.Keys {
		k := &r.Keys[i]
		switch {
		case k.retired(now) || k.SignsBy() != algorithm:
		case k.SignFrom.After(now):
			if next == nil || k.SignFrom.Before(next.SignFrom) {
				next = k
			}
		case begun == nil || !k.SignFrom.Before(begun.SignFrom):
			begun = k
		}
	}
	if begun == nil {
		begun = next
	}
	if begun == nil {
		return Key{}, false
	}
	return *begun, true
}

// Verifiers returns the keys whose tokens are believed: all but the retired.
// A key not yet published counts, since a node whose clock runs ahead may show
// and use it already.
func (r Ring) Verifiers(now time.Time) []Key {
	return slices.DeleteFunc(slices.Clone(r.Keys), func(k Key) bool { return k.retired(now) })
}

func (k *Key) retired(now time.Time) bool { return !k.RetireAt.IsZero() && !now.Before(k.RetireAt) }

// Due reports whether [Ring.Rotate] needs a fresh key of an algorithm. It is false while
// such a key waits to begin, so that at most one ever does.
func (r Ring) Due(now time.Time, rot Rotation, algorithm string) bool {
	rot = rot.withDefaults()
	last := r.lastToBegin(now, algorithm) // the beginning of time if there is no live key
	return !now.Before(last) && !now.Before(last.Add(rot.Every-rot.Propagation-rot.Skew))
}

// lastToBegin is when the last of the live keys of an algorithm begins to sign.
func (r Ring) lastToBegin(now time.Time, algorithm string) (last time.Time) {
	for _, k := range r.live(now, algorithm) {
		if k.SignFrom.After(last) {
			last = k.SignFrom
		}
	}
	return last
}

// Rotate returns the ring with fresh in it if a key of its algorithm is [Ring.Due], and
// whether that differs; otherwise, or when fresh is nil, the ring is left alone. Keys that
// retired stay in it, out of use, until [Ring.Remove], but for the first to retire where
// there would be too many. Errors: [ErrKeyReused], [ErrRingFull].
func (r Ring) Rotate(now time.Time, rot Rotation, fresh *Key) (next Ring, changed bool, err error) {
	if fresh == nil || !r.Due(now, rot, fresh.SignsBy()) {
		return r, false, nil
	}
	if next, err = r.Add(now, rot, *fresh); err != nil {
		return r, false, err
	}
	return next, true, nil
}

// Add returns the ring with fresh in it, due or not. Errors: [ErrKeyReused], [ErrRingFull].
//
// A fresh key is shown at once and signs after the propagation time, measured
// on the slowest clock, and no sooner than a key that waits already. Its predecessors,
// which are those of its algorithm, are believed until the last token
// they may have signed has died: they sign until their node's clock shows
// SignFrom, no token lives longer than [MaxAccessLife], and the skew counts
// twice because one node may sign late and another retire early. A key that has no
// live predecessor signs at once: there is nothing else to sign by, and no token of its
// algorithm that a cached key set could miss.
func (r Ring) Add(now time.Time, rot Rotation, fresh Key) (Ring, error) {
	rot = rot.withDefaults()
	fresh.Published, fresh.SignFrom, fresh.RetireAt = now, now, time.Time{}
	if len(r.live(now, fresh.SignsBy())) > 0 {
		fresh.SignFrom = now.Add(rot.Propagation + rot.Skew)
		if last := r.lastToBegin(now, fresh.SignsBy()); last.After(fresh.SignFrom) {
			fresh.SignFrom = last // else that one would go on to sign after its end was reckoned
		}
	}
	return r.followed(now, fresh, fresh.SignFrom.Add(MaxAccessLife+2*rot.Skew))
}

// Replace returns the ring in which fresh signs at once and no other key of its algorithm
// does any more. It is for keys that have signed while the clock was ahead, and for such as
// must go at once. They are believed until the last token that they have signed by
// now has died, as in [Ring.Add]. Errors: [ErrKeyReused], [ErrRingFull].
func (r Ring) Replace(now time.Time, rot Rotation, fresh Key) (Ring, error) {
	rot = rot.withDefaults()
	begins := now.Add(-rot.Skew) // also on a node whose clock is behind
	end := now.Add(MaxAccessLife + 2*rot.Skew)
	old := r
	old.Keys = slices.Clone(r.Keys)
	for i := range old.Keys {
		k := &old.Keys[i]
		if k.SignsBy() != fresh.SignsBy() {
			continue
		}
		k.Published, k.SignFrom = earlier(k.Published, now), earlier(k.SignFrom, begins)
		if k.RetireAt.After(end) {
			k.RetireAt = end
		}
	}
	fresh.Published, fresh.SignFrom, fresh.RetireAt = now, begins, time.Time{}
	return old.followed(now, fresh, end)
}

// followed returns the ring with k after its keys, of which those of its algorithm retire
// at end unless they do already.
func (r Ring) followed(now time.Time, k Key, end time.Time) (Ring, error) {
	if r.Knows(k.ID) || r.shares(k) {
		return r, ErrKeyReused
	}
	next := r
	next.Keys = append(slices.Clone(r.Keys), k)
	for i := range r.Keys {
		if old := &next.Keys[i]; old.RetireAt.IsZero() && old.SignsBy() == k.SignsBy() {
			old.RetireAt = end
		}
	}
	if next = next.fitting(now); next.keyBytes() > maxKeyBytes {
		return r, ErrRingFull
	}
	return next, nil
}

// shares reports whether a key of the ring has the public key of k, under another
// certificate or for another algorithm. To retire one of two such keys would not end what
// a thief can do with the other.
func (r Ring) shares(k Key) bool {
	cert, err := x509.ParseCertificate(k.Certificate)
	return err == nil && slices.ContainsFunc(r.Keys, func(old Key) bool {
		other, err := x509.ParseCertificate(old.Certificate)
		return err == nil && bytes.Equal(other.RawSubjectPublicKeyInfo, cert.RawSubjectPublicKeyInfo)
	})
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// Over returns the ids of the keys that have retired and are still in the ring.
func (r Ring) Over(now time.Time) (ids []string) {
	for _, k := range r.Keys {
		if k.retired(now) {
			ids = append(ids, k.ID)
		}
	}
	return ids
}

// Remove returns the ring without the keys of these ids, which never come back, and
// whether that differs. Nothing that they have signed is believed any more.
func (r Ring) Remove(ids []string) (next Ring, changed bool) {
	next = r
	next.Keys, next.Retired = nil, slices.Clone(r.Retired)
	for _, k := range r.Keys {
		if slices.Contains(ids, k.ID) {
			next.Retired = append(next.Retired, k.ID)
		} else {
			next.Keys = append(next.Keys, k)
		}
	}
	return next, len(next.Keys) != len(r.Keys)
}

// Knows reports whether the ring has, or had, a key of that id.
func (r Ring) Knows(id string) bool {
	return slices.Contains(r.Retired, id) || slices.ContainsFunc(r.Keys, func(k Key) bool { return k.ID == id })
}
