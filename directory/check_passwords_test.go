package directory_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestCheckPasswords: the bounds of the rules on passwords.
func TestCheckPasswords(t *testing.T) {
	const length, history, grace = "is not 1 to 128", "is not 0 to 24", "is not 0 to 100"
	const age = "is not 24h0m0s to 87600h0m0s in whole seconds, or 0s for never"
	long := func(n int) string { return `"` + strings.Repeat("é", n) + `"` }
	for _, c := range []struct{ field, value, want string }{
		{"minLength", `0`, "0 " + length},
		{"minLength", `1`, ""},
		{"minLength", `8`, ""},
		{"minLength", `128`, ""},
		{"minLength", `129`, "129 " + length},
		{"minLength", `-1`, "-1 " + length},
		{"minLength", `1.5`, "want a whole number"},
		{"minNonAlphanumeric", `-1`, "-1 is not 0 to 8"},
		{"minNonAlphanumeric", `0`, ""},
		{"minNonAlphanumeric", `8`, ""},
		{"minNonAlphanumeric", `9`, "9 is not 0 to 8"},
		{"pattern", `""`, ""},
		{"pattern", `"[0-9]"`, ""},
		{"pattern", `"^(?=.*[0-9])"`, "no regular expression in the syntax of RE2: error parsing regexp: invalid or unsupported Perl syntax: `(?=`"},
		{"pattern", long(512), ""},
		{"pattern", long(513), "longer than 512 characters"},
		{"message", `""`, ""},
		{"message", `" "`, ""},
		{"message", `"Use a digit."`, "stands without a pattern, so that nobody would see it"},
		{"historyLength", `-1`, "-1 " + history},
		{"historyLength", `0`, ""},
		{"historyLength", `24`, ""},
		{"historyLength", `25`, "25 " + history},
		{"maxAge", `"0s"`, ""},
		{"maxAge", `"-1s"`, "-1s " + age},
		{"maxAge", `"1s"`, "1s " + age},
		{"maxAge", `"23h59m59s"`, "23h59m59s " + age},
		{"maxAge", `"24h"`, ""},
		{"maxAge", `"24h0m0.5s"`, "24h0m0.5s " + age},
		{"maxAge", `"87600h"`, ""},
		{"maxAge", `"87600h0m1s"`, "87600h0m1s " + age},
		{"graceLogons", `-1`, "-1 " + grace},
		{"graceLogons", `0`, ""},
		{"graceLogons", `100`, ""},
		{"graceLogons", `101`, "101 " + grace},
	} {
		want := c.want
		if want != "" {
			want = "policy.password." + c.field + ": " + want
		}
		bound{c.field + " " + c.value, fmt.Sprintf(`{"policy": {"password": {"%s": %s}}}`, c.field, c.value), want}.run(t)
	}
}

// TestCheckPasswordsTogether: fields that are judged by another one.
func TestCheckPasswordsTogether(t *testing.T) {
	long := func(n int) string { return strings.Repeat("é", n) }
	for _, c := range []struct{ name, fields, want string }{
		{"a pattern and a message", `"pattern": "[0-9]", "message": "Use a digit."`, ""},
		{"a blank message", `"pattern": "[0-9]", "message": "  "`, ""},
		{"the longest message", `"pattern": "a", "message": "` + long(256) + `"`, ""},
		{"too long a message", `"pattern": "a", "message": "` + long(257) + `"`, "policy.password.message: longer than 256 characters"},
		{"a message of two lines", `"pattern": "a", "message": "x\ny"`, "policy.password.message: holds a control character"},
		{"a bad pattern with a message", `"pattern": "(", "message": "x"`, "policy.password.pattern: no regular expression in the syntax of RE2: error parsing regexp: missing closing ): `(`"},
		{"as many others as characters", `"minLength": 12, "minNonAlphanumeric": 12`, ""},
		{"more others than characters", `"minLength": 12, "minNonAlphanumeric": 13`, "policy.password.minNonAlphanumeric: 13 is not 0 to 12"},
		{"others of a bad length", `"minLength": 129, "minNonAlphanumeric": -1`, "policy.password.minLength: 129 is not 1 to 128"},
	} {
		bound{c.name, `{"policy": {"password": {` + c.fields + `}}}`, c.want}.run(t)
	}
}
