package directory

import (
	"context"
	"encoding/json"

	"github.com/sallyport-auth/sallyport/password"
)

// hashes holds the hashes of the file's passwords over all attempts of one apply.
type hashes struct {
	params password.Params
	done   map[credential]string
	todo   []credential
}

// credential is a password of the file and the hash that is stored ("": none).
// The path keeps users with one password apart: they must not share a salt.
type credential struct{ at, stored, password string }

// of returns the hash that is to be stored for a password: the stored one if it
// matches. It returns false if that is not known yet, and notes the password for
// work.
func (h *hashes) of(c credential) (hash string, ok bool) {
	if hash, ok = h.done[c]; !ok {
		h.todo = append(h.todo, c)
	}
	return hash, ok
}

func (h *hashes) wanted() bool { return len(h.todo) > 0 }

// work hashes the noted passwords, one after the other, so that logins keep the
// other processors.
func (h *hashes) work(ctx context.Context) error {
	if h.done == nil {
		h.done = map[credential]string{}
	}
	for _, c := range h.todo {
		if err := ctx.Err(); err != nil {
			return err
		}
		if _, known := h.done[c]; known {
			continue // the transaction ran more than once
		}
		if c.stored != "" {
			// A stored hash that cannot be read matches nothing and is replaced.
			if ok, _ := password.Verify(c.stored, c.password); ok {
				h.done[c] = c.stored
				continue
			}
		}
		hash, err := h.params.Hash(c.password)
		if err != nil {
			return err
		}
		h.done[c] = hash
	}
	h.todo = nil
	return nil
}

// same reports whether two values are stored alike. It compares what would be
// written, where no list and an empty one are the same.
func same[T any](a, b T) bool {
	x, err1 := json.Marshal(a)
	y, err2 := json.Marshal(b)
	return err1 == nil && err2 == nil && (string(x) == string(y) || isNothing(x) && isNothing(y))
}

func isNothing(value []byte) bool { return string(value) == "null" || string(value) == "[]" }
