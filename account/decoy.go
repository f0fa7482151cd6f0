package account

import (
	"encoding/binary"

	"github.com/sallyport-auth/sallyport/password"
	"github.com/sallyport-auth/sallyport/store"
)

// HashMix says how many accounts have a password hash of which kind. A name
// that is nobody's is answered after as much work as one of them would cost,
// drawn by the name: always the same for one name, and over many names in the
// same proportion. Otherwise a slow old hash would tell that its account
// exists.
type HashMix struct {
	Shares []HashShare `json:"shares"`
}

// HashShare is how many hashes there are of one kind.
type HashShare struct {
	Kind  password.Kind `json:"kind"`
	Count int           `json:"count"`
}

// HashMixes holds the mix under the id [TheHashMix]. It is written with the
// directory; hashes that logins renew meanwhile make it a little old.
var HashMixes = store.Table[HashMix]{Name: "hashmix", Schema: 1, Cached: true}

// TheHashMix is the one id in [HashMixes].
const TheHashMix = "all"

// Add counts one stored hash; what is of no known kind is not counted.
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

// Draw picks a kind by a digest. Where nothing is counted it is the zero Kind,
// which stands for the present parameters.
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
