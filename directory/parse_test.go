package directory_test

import (
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/directory"
)

func exampleFile(t testing.TB) string {
	t.Helper()
	data, err := os.ReadFile("testdata/directory.json")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func parse(t testing.TB, file string) directory.File {
	t.Helper()
	d, err := directory.Parse([]byte(file))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestParse(t *testing.T) {
	d := parse(t, exampleFile(t))
	u, plain := d.Users[0], d.Users[1]
	tests := []struct {
		name      string
		got, want any
	}{
		{"attributes in the file's order, empty ones too", u.Attributes, []account.Attribute{{Name: "Zip", Value: "75001"}, {Name: "City", Value: "Paris"}, {Name: "Empty"}}},
		{"a duration", *d.Policy.Password.BadLogonWindow, 15 * time.Minute},
		{"a time", u.Start, time.Date(2020, 7, 14, 0, 0, 0, 0, time.UTC)},
		{"a surrogate pair", parse(t, `{"users": [{"name": "ann", "firstName": "\ud83d\ude80"}]}`).Users[0].FirstName, "🚀"},
		{"a number", *d.Policy.MFA.OTPLength, 6},
		{"a boolean", *u.MFA, true},
		{"a list in a list", d.Applications[0].Roles[0].Permissions, []string{"/PowerServer/Address/CanReadAddress"}},
		{"a layer left empty", d.Applications[0].Roles[0].MFA, directory.MFA{}},
		{"an empty list", d.Clients[0].RedirectURIs, []string{}},
		{"an empty object", parse(t, `{"users": [{"name": "ann", "attributes": {}}]}`).Users[0].Attributes, []account.Attribute{}},
		{"an object left out", plain.Attributes, []account.Attribute(nil)},
		{"a list left out", plain.Roles, []directory.Grant(nil)},
		{"a boolean left out", plain.MFA, (*bool)(nil)},
		{"a boolean left out that is true", plain.Approved, (*bool)(nil)},
		{"a boolean that is false", *u.MobileValidated, false},
		{"a time left out", plain.End, time.Time{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if !reflect.DeepEqual(tt.got, tt.want) {
				t.Errorf("got %#v, want %#v", tt.got, tt.want)
			}
		})
	}
}

// fault is the example with one text replaced, and how the error begins that
// this must give.
type fault struct{ old, new, want string }

func (f fault) run(t *testing.T) {
	t.Run(f.want+" for "+f.new, func(t *testing.T) {
		if n := strings.Count(exampleFile(t), f.old); n != 1 {
			t.Fatalf("%q stands %d times in the example, want once", f.old, n)
		}
		d, err := directory.Parse([]byte(strings.Replace(exampleFile(t), f.old, f.new, 1)))
		if err == nil || !strings.HasPrefix(err.Error(), f.want) {
			t.Fatalf("got error %v, want it to begin %q", err, f.want)
		}
		for _, also := range strings.Split(err.Error(), "\n")[1:] {
			if !strings.HasSuffix(also, " the file") { // a reference to what is broken
				t.Errorf("got also %q, want one fault", also)
			}
		}
		if !reflect.DeepEqual(d, directory.File{}) {
			t.Error("got a directory beside the error")
		}
	})
}

// TestParseFaults breaks the form of the example in one place at a time. The
// error must name that place and nothing else.
func TestParseFaults(t *testing.T) {
	for _, c := range []fault{
		{`"policy": {`, `policy: {`, "line 2, column 3: not JSON"},
		{`"name": "plain"`, "\"name\": \"\xff\"", "not UTF-8"},
		{`"policy": {`, `"policy": {"unheard": 1, `, "policy.unheard: unknown field"},
		{`"policy": {`, `"Policy": {`, "Policy: unknown field"},
		{`"Zip": "75001"`, `"Zip\udc00": "75001"`, "users[0].attributes[\"Zip\ufffd\"]: holds U+FFFD"},
		{`"Zip": "75001"`, `"Zip": "\ud83d"`, "users[0].attributes.Zip: holds U+FFFD"},
		{`"name": "plain"`, `"name": "plain", "password": "\ud800 long enough"`, "users[1].password: holds U+FFFD"},
		{`"name": "plain"`, `"name": "plain", "password": "\ufffd long enough"`, "users[1].password: holds U+FFFD"},
		{`"name": "plain"`, `"name": "plain", "e mail": ""`, `users[1]["e mail"]: unknown field`},
		{`"name": "plain"`, `"name": "plain", "name": "other"`, "users[1].name: stands twice"},
		{`"Zip": "75001"`, `"Zip": "75001", "Zip": ""`, "users[0].attributes.Zip: stands twice"},
		{`"name": "plain"`, `"name": null`, "users[1].name: want a string, got null"},
		{`"name": "plain"`, `"name": {}`, "users[1].name: want a string, got an object"},
		{`"name": "plain"`, `"name": false`, "users[1].name: want a string, got true or false"},
		{`"name": "plain"`, `"name": 7`, "users[1].name: want a string, got a number"},
		{`{"name": "plain"}`, `"plain"`, "users[1]: want an object, got a string"},
		{`"roles": [{"application"`, `"roles": {"application"`, "line 23, column "},
		{`"redirectURIs": []`, `"redirectURIs": ""`, "clients[0].redirectURIs: want a list, got a string"},
		{`"mfa": true`, `"mfa": "true"`, "users[0].mfa: want true or false, got a string"},
		{`"otpLength": 6`, `"otpLength": 6.5`, "policy.mfa.otpLength: want a whole number"},
		{`"otpLength": 6`, `"otpLength": 1e99`, "policy.mfa.otpLength: want a whole number"},
		{`"City": "Paris"`, `"City": ["Paris"]`, "users[0].attributes.City: want a string, got a list"},
		{`"otpLifetime": "60s"`, `"otpLifetime": 60`, "policy.mfa.otpLifetime: want a duration"},
		{`"otpLifetime": "60s"`, `"otpLifetime": "soon"`, `policy.mfa.otpLifetime: "soon" is no duration`},
		{`"start": "2020-07-14T00:00:00Z"`, `"start": "2020-07-14"`, `users[0].start: "2020-07-14" is no time`},
		{`"end": "9999-12-31T00:00:00Z"`, `"end": "0001-01-01T00:00:00Z"`, "users[0].end: want a year"},
		{`"end": "9999-12-31T00:00:00Z"`, `"end": "9999-12-31T23:00:00-05:00"`, "users[0].end: want a year"},
	} {
		c.run(t)
	}
}

// TestParsePlace: an error of syntax names the line and the column, both from 1.
func TestParsePlace(t *testing.T) {
	for file, want := range map[string]string{
		"":                     "line 1, column 1: not JSON",
		"\xff\xfe{\x00}\x00":   "in UTF-16",
		"x":                    "line 1, column 1: not JSON",
		" x":                   "line 1, column 2: not JSON",
		"{\n\"users\": é}":     "line 2, column 10: not JSON",
		"{\n\"é\": 1,\n\n  x}": "line 4, column 3: not JSON",
	} {
		if _, err := directory.Parse([]byte(file)); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", file, err, want)
		}
	}
}

// TestParseByteOrderMark: one mark at the start is skipped, and counts as no column.
func TestParseByteOrderMark(t *testing.T) {
	if d := parse(t, "\ufeff"+exampleFile(t)); !reflect.DeepEqual(d, parse(t, exampleFile(t))) {
		t.Error("the mark changes what is read")
	}
	for file, want := range map[string]string{"\ufeff x": "line 1, column 2: not JSON", "\ufeff\ufeff{}": "line 1, column 1: not JSON", "{}\ufeff": "line 1, column 3: not JSON"} {
		if _, err := directory.Parse([]byte(file)); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", file, err, want)
		}
	}
}

// FuzzParse reads a directory file: none may crash the reader, be
// refused without a reason, or be refused with an error that quotes a password.
func FuzzParse(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := directory.Parse(data)
		if err != nil {
			if err.Error() == "" || strings.Contains(err.Error(), "correct horse") {
				t.Fatalf("got error %q", err)
			}
			return
		}
		again, err := directory.Parse(data)
		if err != nil || !reflect.DeepEqual(d, again) {
			t.Fatalf("read twice: got %v and %v", err, again)
		}
		for i, u := range d.Users {
			if name := strings.Join(strings.Fields(u.Name), " "); name == "" || len(name) > 4*64 {
				t.Errorf("users[%d] has the name %q", i, u.Name)
			}
		}
	})
}
