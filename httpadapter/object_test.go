package httpadapter_test

import (
	"fmt"
	"strings"
	"testing"
)

// object returns a JSON object of n members: one that is known, and others with
// distinct names that are not.
func object(n int, known string) string {
	members := []string{known}
	for i := range n - 1 {
		members = append(members, fmt.Sprintf(`"x%d":"1"`, i))
	}
	return "{" + strings.Join(members, ",") + "}"
}

// TestObjects sends JSON to an enrolment route. What can be read names a request
// that does not exist, hence 404; all else is refused.
func TestObjects(t *testing.T) {
	h := shared()
	const code = `"code":"1"`
	long := strings.Repeat("x", 1024)
	refused := func(field string) string {
		return `{"error":"invalid_request","error_description":"` + field + `"}`
	}
	tests := []struct {
		name, body string
		status     int
		want       string
	}{
		{"an object", `{` + code + `}`, 404, unknownRequest},
		{"white space", " \t\r\n{ " + code + " }\n", 404, unknownRequest},
		{"a value of 1,024 bytes", `{"requestId":"` + long + `",` + code + `}`, 404, unknownRequest},
		{"a value of 1,025 bytes", `{"requestId":"x` + long + `",` + code + `}`, 413, refused("requestId")},
		{"1,024 escaped bytes", `{"requestId":"` + strings.Repeat(`\u0078`, 1024) + `",` + code + `}`, 404, unknownRequest},
		{"a name of 1,024 bytes", `{"` + long + `":"1"}`, 400, refused("body")},
		{"a name of 1,025 bytes", `{"x` + long + `":"1"}`, 413, refused("body")},
		{"64 members", object(64, code), 400, refused("x0")},
		{"65 members", object(65, code), 413, refused("body")},
		{"empty", `{}`, 400, refused("secureCode")},
		{"empty text", `{"code":""}`, 400, refused("secureCode")},
		{"a text", `"code"`, 400, refused("body")},
		{"a number", `1`, 400, refused("body")},
		{"blanks", `  `, 400, refused("body")},
		{"half a surrogate pair in a name", `{"\ud800":"1",` + code + `}`, 400, refused("body")},
		{"NUL in a name", `{"a\u0000":"1"}`, 400, refused("body")},
		{"U+FFFD in a name", `{"` + "\ufffd" + `":"1"}`, 400, refused("body")},
		{"U+FFFD", `{"code":"` + "\ufffd" + `"}`, 400, refused("code")},
		{"a whole surrogate pair", `{"requestId":"\ud83d\ude00",` + code + `}`, 404, unknownRequest},
		{"an array for a text", `{"code":["1"]}`, 400, refused("code")},
		{"true for a text", `{"code":true}`, 400, refused("code")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := h.do(request("POST", api+"ValidateMicrosoftTOTP", tt.body, "Content-Type", "application/json"))
			a.want(t, tt.status, tt.want)
			wantJSONHeaders(t, a)
		})
	}
}
