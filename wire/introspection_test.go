package wire_test

import (
	"reflect"
	"testing"

	"github.com/sallyport-auth/sallyport/wire"
)

// TestAudience reads what RFC 7519 lets an audience be, and nothing else.
func TestAudience(t *testing.T) {
	for _, tt := range []struct {
		text string
		want wire.Audience
		good bool
	}{
		{`"a"`, wire.Audience{"a"}, true},
		{` ["a"] `, wire.Audience{"a"}, true},
		{`["a","b"]`, wire.Audience{"a", "b"}, true},
		{`[]`, wire.Audience{}, true},
		{`["a",null]`, nil, false},
		{`null`, nil, false},
		{`1`, nil, false},
		{`{"a":"b"}`, nil, false},
		{`["a",["b"]]`, nil, false},
		{`"a" "b"`, nil, false},
		{`"a`, nil, false},
	} {
		var got wire.Audience
		err := got.UnmarshalJSON([]byte(tt.text))
		if (err == nil) != tt.good || tt.good && !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: got %q, %v, want %q, taken: %v", tt.text, got, err, tt.want, tt.good)
		}
		var doc wire.Introspection
		if err := wire.Decode([]byte(`{"active":true,"aud":`+tt.text+`}`), &doc); (err == nil) != tt.good || tt.good && !reflect.DeepEqual(doc.Audience, tt.want) {
			t.Errorf("%s in a document: got %q, %v, want %q, taken: %v", tt.text, doc.Audience, err, tt.want, tt.good)
		}
	}
}
