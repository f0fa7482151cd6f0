package wire

import (
	"encoding/json"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/sallyport-auth/sallyport/internal/jsonobj"
)

// UserInfoJSON is the answer of the user-info endpoint for a client that wants JSON values
// in the place of the published texts: the same claims in the same order, as booleans,
// arrays, and texts that are texts. It is ours, and nothing of the original reads it.
type UserInfoJSON []JSONClaim

// JSONClaim is one member of a [UserInfoJSON].
type JSONClaim struct {
	Name  string          // as in [Claim]
	Value json.RawMessage // one JSON value
}

// MarshalJSON writes the claims in order. It refuses what [UserInfo] refuses, and a value
// that is no JSON.
func (u UserInfoJSON) MarshalJSON() ([]byte, error) {
	return u.appendTo(make([]byte, 0, userInfoBytes))
}

func (u UserInfoJSON) appendTo(b []byte) ([]byte, error) {
	b = append(b, '{')
	for i, c := range u {
		twice := slices.ContainsFunc(u[:i], func(o JSONClaim) bool { return o.Name == c.Name }) // they are few
		if twice || !utf8.ValidString(c.Name) || !json.Valid(c.Value) {
			return nil, fmt.Errorf("claim %.64q is repeated, not UTF-8, or no JSON", c.Name)
		}
		if i > 0 {
			b = append(b, ',')
		}
		b = append(jsonobj.AppendString(b, c.Name), ':')
		b = append(b, c.Value...)
	}
	return append(b, '}'), nil
}
