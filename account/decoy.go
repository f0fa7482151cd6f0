package account

import (
	"encoding/binary"

	"github.com/sallyport-auth/sallyport/internal/record"
	"github.com/sallyport-auth/sallyport/password"
	"github.com/sallyport-auth/sallyport/store"
)

// HashMix counts the accounts by the kind of their password hash. An unknown name
// is refused after as much work as one of these hashes costs, drawn by the name:
// always the same for one name, and over many names in the same proportion.
// Otherwise a slow old hash would tell that its account exists.
type HashMix struct {
	Shares []HashShare

	Unknown record.Unknown // what a newer program has written
}

// HashShare is the number of hashes of one kind.
type HashShare struct {
	Kind  password.Kind
	Count int
}

// HashMixes holds the mix under the id [TheHashMix]. It is written with the
// directory; hashes that logins renew meanwhile make it a little old.
var HashMixes = store.NewTable[HashMix]("hashmix", store.TableOptions{Cached: true})

// TheHashMix is the one id in [HashMixes].
const TheHashMix = "all"

// Add counts one stored hash. A text that is no hash of a known kind is not
// counted.
func (m *HashMix) Add(hash string) {
	k, err := password.Recognise(hash)
	if err != nil {
		return
	}
	for i := range m.Shares {
		if m.Shares[i].Kind == k {
			m.Shares[i].Count++
			return
		}
	}
	m.Shares = append(m.Shares, HashShare{Kind: k, Count: 1})
}

// Draw returns the kind that the first 8 bytes of a digest pick. Where nothing is
// counted it returns present, the kind of the present parameters.
func (m *HashMix) Draw(digest []byte, present password.Kind) password.Kind {
	total := 0
	for _, s := range m.Shares {
		total += s.Count
	}
	if total == 0 {
		return present
	}
	n := int(binary.BigEndian.Uint64(digest) % uint64(total))
	for _, s := range m.Shares {
		if n -= s.Count; n < 0 {
			return s.Kind
		}
	}
	return present
}
