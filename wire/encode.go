package wire

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/sallyport-auth/sallyport/internal/jsonobj"
)

// Encode returns a document of this package as JSON on one line, without a
// newline at the end. Every answer is encoded here, so that all are alike:
// published key order, characters of HTML as they are (the answers are no
// HTML). The error is a caller's bug, such as a repeated claim.
func Encode(v any) ([]byte, error) { return Append(nil, v) }

// Append appends to b what [Encode] returns.
func Append(b []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case TokenSuccess:
		return write(b, &v), nil
	case TokenError:
		return write(b, &v), nil
	case RefreshSuccess:
		return write(b, &v), nil
	case UserInfo:
		return v.appendTo(b)
	case UserInfoJSON:
		return v.appendTo(b)
	}
	text, err := encode(v)
	return append(b, text...), err
}

func write(b []byte, v appender) []byte {
	o := jsonobj.Begin(b)
	v.appendTo(&o)
	return o.End()
}

// encode is Encode by reflection.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("wire: encoding document: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// List is a slice that encodes as a JSON array also when it is nil. A []T may
// be assigned to it.
type List[T any] []T

// MarshalJSON writes an array, never null.
func (l List[T]) MarshalJSON() ([]byte, error) { return encode(l.notNil()) }

// notNil returns the elements, as a slice that encodes as an array.
func (l List[T]) notNil() []T {
	if l == nil {
		return []T{}
	}
	return l
}
