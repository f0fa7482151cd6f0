package account

import (
	"encoding/binary"
	"slices"

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

// HashMixes holds the mix under the id [TheHashMix]. Whatever gives an account
// another hash writes it, see [MoveHash].
var HashMixes = store.NewTable[HashMix]("hashmix", store.TableOptions{Cached: true})

// TheHashMix is the one id in [HashMixes].
const TheHashMix = "all"

// Clone returns a copy that shares nothing with m that Count changes.
func (m HashMix) Clone() HashMix {
	m.Shares = slices.Clone(m.Shares)
	return m
}

// Add counts one stored hash. A text that is no hash of a known kind is not
// counted.
func (m *HashMix) Add(hash string) {
	if k, err := password.Recognise(hash); err == nil {
		m.Count(k, 1)
	}
}

// Remove counts one stored hash less.
func (m *HashMix) Remove(hash string) {
	if k, err := password.Recognise(hash); err == nil {
		m.Count(k, -1)
	}
}

// Has reports whether a hash of that kind is counted.
func (m *HashMix) Has(k password.Kind) bool {
	return slices.ContainsFunc(m.Shares, func(s HashShare) bool { return s.Kind == k })
}

// Count counts n hashes of a kind more, or less. A kind of which none is left is gone.
func (m *HashMix) Count(k password.Kind, n int) {
	i := slices.IndexFunc(m.Shares, func(s HashShare) bool { return s.Kind == k })
	switch {
	case i < 0 && n > 0:
		m.Shares = append(m.Shares, HashShare{Kind: k, Count: n})
	case i >= 0 && m.Shares[i].Count+n > 0:
		m.Shares[i].Count += n
	case i >= 0:
		m.Shares = slices.Delete(m.Shares, i, i+1)
	}
}

// Weak returns how many of the counted hashes are weak, as [password.Weak] has it.
func (m *HashMix) Weak() (n int) {
	for _, s := range m.Shares {
		if s.Kind.Weak() {
			n += s.Count
		}
	}
	return n
}

// MoveHash counts that a hash took the place of another; an empty text stands for
// none. It reads the mix where that was not read, and writes it only where the two
// are of different kinds.
func MoveHash(tx *store.Tx, from, to string) error {
	was, _ := password.Recognise(from) // of what is no hash, the zero Kind
	is, _ := password.Recognise(to)
	if was == is {
		return nil
	}
	mix, _, err := HashMixes.Get(tx, TheHashMix)
	if err != nil {
		return err
	}
	mix = mix.Clone() // what was read is shared
	mix.Remove(from)
	mix.Add(to)
	return HashMixes.Put(tx, TheHashMix, mix, NoExpiry)
}

// Total returns how many hashes are counted.
func (m *HashMix) Total() (n int) {
	for _, s := range m.Shares {
		n += s.Count
	}
	return n
}

// Draw returns the kind that the first 8 bytes of a digest pick. Where nothing is
// counted it returns present, the kind of the present parameters.
func (m *HashMix) Draw(digest []byte, present password.Kind) password.Kind {
	total := m.Total()
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
