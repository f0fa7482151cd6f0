package directory

import (
	"bytes"
	"context"
	"reflect"
	"slices"

	"github.com/sallyport-auth/sallyport/internal/record"
	"github.com/sallyport-auth/sallyport/internal/typed"
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
		if matches(c.stored, c.password) {
			h.done[c] = c.stored
			continue
		}
		hash, err := h.params.Hash(typed.Password(c.password))
		if err != nil {
			return err
		}
		h.done[c] = hash
	}
	h.todo = nil
	return nil
}

// matches reports whether a stored hash is of a password, in any form that it may
// have been hashed in. One that cannot be read matches nothing and is replaced.
func matches(stored, pw string) bool {
	return stored != "" && slices.ContainsFunc(typed.Passwords(pw), func(form string) bool {
		ok, _ := password.Verify(stored, form)
		return ok
	})
}

// same reports whether two values are stored alike: no list and an empty one are.
func same[T any](a, b T) bool {
	if r, ok := any(&a).(record.Record); ok {
		x, err1 := record.Append(nil, r)
		y, err2 := record.Append(nil, any(&b).(record.Record))
		return err1 == nil && err2 == nil && bytes.Equal(x, y)
	}
	if v, w := reflect.ValueOf(a), reflect.ValueOf(b); v.Kind() == reflect.Slice && v.Len()+w.Len() == 0 {
		return true
	}
	return reflect.DeepEqual(a, b)
}
