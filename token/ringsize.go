package token

import (
	"slices"
	"time"
)

// Bounds of what stays in a ring, which has to fit into one record of 64 KiB
// ([store.MaxRecord]). Nothing takes keys out of use out of a store whose processes never
// live for an hour, see [Ring.Remove], or whose host does no upkeep.
const (
	maxKeys     = 16       // beside those that are believed: four years of them by default
	maxKeyBytes = 40 << 10 // of all keys; twenty of RSA with 2048 bits
	maxRetired  = 400      // ids of 47 bytes
)

// size is about how many bytes a key takes in the record, its times included.
func (k *Key) size() int { return len(k.ID) + len(k.PKCS8) + len(k.Certificate) + 64 }

// keyBytes is about how many bytes the keys take in the record.
func (r Ring) keyBytes() (n int) {
	for i := range r.Keys {
		n += r.Keys[i].size()
	}
	return n
}

// fitting returns the ring without those of the keys retired by now that are too many, the
// first to retire first, and without the ids that were forgotten longest ago.
func (r Ring) fitting(now time.Time) Ring {
	over := slices.DeleteFunc(slices.Clone(r.Keys), func(k Key) bool { return !k.retired(now) })
	slices.SortStableFunc(over, func(a, b Key) int { return a.RetireAt.Compare(b.RetireAt) })
	keys, bytes := len(r.Keys), r.keyBytes()
	var gone []string
	for _, k := range over {
		if keys <= maxKeys && bytes <= maxKeyBytes {
			break
		}
		gone = append(gone, k.ID)
		keys, bytes = keys-1, bytes-k.size()
	}
	next, _ := r.Remove(gone)
	if much := len(next.Retired) - maxRetired; much > 0 {
		next.Retired = next.Retired[much:]
	}
	return next
}
