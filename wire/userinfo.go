package wire

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/sallyport-auth/sallyport/internal/jsonobj"
)

// UserInfo is the answer of the user-info endpoint: claims in their published
// order, which encode as one JSON object in that order. A nil UserInfo is the
// empty object.
type UserInfo []Claim

// Claim is one member of a [UserInfo]. Every value is a string, also booleans
// ("True", "False"), numbers, dates and the JSON text of the vgDev claims.
type Claim struct {
	Name  string // as published; exact, such as "vgUA_City"
	Value string // may be empty
}

// Get returns the value of the claim with that exact name, and whether there
// is one. A claim may be there and empty.
func (u UserInfo) Get(name string) (string, bool) {
	for _, c := range u {
		if c.Name == name {
			return c.Value, true
		}
	}
	return "", false
}

const userInfoBytes = 1 << 9 // of a short one

// MarshalJSON writes the claims in order. It refuses a name that stands twice
// or is not UTF-8: those that differ only in bad bytes would become one.
func (u UserInfo) MarshalJSON() ([]byte, error) {
	return u.appendTo(make([]byte, 0, userInfoBytes))
}

func (u UserInfo) appendTo(b []byte) ([]byte, error) {
	b = append(b, '{')
	for i, c := range u {
		twice := slices.ContainsFunc(u[:i], func(o Claim) bool { return o.Name == c.Name }) // they are few
		if twice || !utf8.ValidString(c.Name) {
			return nil, fmt.Errorf("claim name %.64q is repeated or not UTF-8", c.Name)
		}
		if i > 0 {
			b = append(b, ',')
		}
		b = append(jsonobj.AppendString(b, c.Name), ':')
		b = jsonobj.AppendString(b, c.Value)
	}
	return append(b, '}'), nil
}

// UnmarshalJSON reads a JSON object whose values are all strings and keeps
// their order. It refuses what [Decode] refuses.
func (u *UserInfo) UnmarshalJSON(data []byte) error {
	if err := check(data); err != nil {
		return err
	}
	claims := UserInfo{}
	err := eachMember(bytes.TrimSpace(data), func(name string, raw []byte) error {
		value, err := text(raw)
		if err != nil {
			return errors.New("a claim is not a string")
		}
		claims = append(claims, Claim{Name: name, Value: value})
		return nil
	})
	if err != nil {
		return err
	}
	*u = claims
	return nil
}
