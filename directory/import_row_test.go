package directory_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/directory"
)

const seed = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

const bcrypt = "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy"

// TestParseImportRow: a row has the fields of a user and its own.
func TestParseImportRow(t *testing.T) {
	row, err := directory.ParseImportRow(7, []byte(`{"name": "ann", "externalId": "x-1", "email": "a@x.example", "roles": [{"role": "Auditor"}], "attributes": {"b": "1", "a": "2"},
		"totps": [{"secret": "`+seed+`", "name": "telephone"}], "recoveryCodes": ["ABCDE-FGHJK"], "failedCount": 3, "lockedUntil": "2030-01-01T00:00:00+01:00"}`))
	if err != nil {
		t.Fatal(err)
	}
	until := time.Date(2029, 12, 31, 23, 0, 0, 0, time.UTC)
	if row.Line != 7 || row.Name != "ann" || row.ExternalID != "x-1" || row.Roles[0].Role != "Auditor" || row.Attributes[0].Name != "b" ||
		row.TOTPs[0].Name != "telephone" || row.RecoveryCodes[0] != "ABCDE-FGHJK" || row.FailedCount != 3 || !row.LockedUntil.Equal(until) {
		t.Errorf("got %+v", row.User)
	}
	again, err := directory.ParseImportRow(7, row.Text())
	if err != nil || again.ExternalID != row.ExternalID {
		t.Errorf("got %v of its own text", err)
	}
	if got := fmt.Sprintf("%v %+v %#v %v", row, row, row, row.TOTPs[0]); strings.Contains(got, seed) || strings.Contains(got, "ABCDE") {
		t.Errorf("got %q, want no secret printed", got)
	}
}

// TestParseImportRowRefused: each fault stands behind its field.
func TestParseImportRowRefused(t *testing.T) {
	list := func(n int, one string) string { return "[" + strings.TrimSuffix(strings.Repeat(one+",", n), ",") + "]" }
	totp := `"totp": {"secret": "` + seed + `"}`
	for _, tt := range []struct{ name, fields, want string }{
		{"no name", `"email": "a@x.example"`, "name: missing"},
		{"65 characters", `"name": "` + strings.Repeat("a", 65) + `"`, "name: longer than 64 characters"},
		{"a refused name", `"name": "a\u0000b"`, "name: holds U+0000"},
		{"an unknown field", `"name": "a", "nmae": "b"`, "nmae: unknown field"},
		{"the field without a name", `"name": "a", "": "b"`, `[""]: unknown field`},
		{"a field of Go", `"name": "a", "Line": 1`, "Line: unknown field"},
		{"twice", `"name": "a", "name": "b"`, "name: stands twice"},
		{"no hash", `"name": "a", "passwordHash": "x"`, "passwordHash: password: unknown hash format"},
		{"two passwords", `"name": "a", "password": "p", "passwordHash": "x"`, "passwordHash: stands beside a password in clear"},
		{"no address", `"name": "a", "email": "x"`, "email: want "},
		{"a long external id", `"name": "a", "externalId": "` + strings.Repeat("x", 257) + `"`, "externalId: longer than 256 characters"},
		{"a control character in it", `"name": "a", "externalId": "x\n"`, "externalId: holds a control character"},
		{"a role without a name", `"name": "a", "roles": [{"application": "A"}]`, "roles[0].role: missing"},
		{"101 roles", `"name": "a", "roles": ` + list(101, `{"role": "R"}`), "roles: more than 100"},
		{"one secret twice", `"name": "a", "totps": ` + list(2, `{"secret": "`+seed+`"}`), "totps[1].secret: the same as that of number 1"},
		{"six authenticators", `"name": "a", "totps": ` + list(6, `{"secret": "`+seed+`"}`), "totps: more than 5"},
		{"totp beside totps", `"name": "a", ` + totp + `, "totps": [{"secret": "` + seed + `"}]`, "totps: stands beside totp"},
		{"no secret", `"name": "a", "totps": [{"name": "x"}]`, "totps[0].secret: "},
		{"a long name of an authenticator", `"name": "a", "totps": [{"secret": "` + seed + `", "name": "` + strings.Repeat("x", 65) + `"}]`, "totps[0].name: want 1 to 64 characters"},
		{"a name that turns the line", `"name": "a", "totps": [{"secret": "` + seed + `", "name": "a\u202eb"}]`, "totps[0].name: want 1 to 64 characters"},
		{"codes alone", `"name": "a", "recoveryCodes": ["ABCDE-FGHJK"]`, "recoveryCodes: stand without an authenticator"},
		{"21 codes", `"name": "a", ` + totp + `, "recoveryCodes": ` + list(21, `"ABCDE-FGHJK"`), "recoveryCodes: more than 20"},
		{"failed below 0", `"name": "a", "failedCount": -1`, "failedCount: below 0"},
		{"a fraction", `"name": "a", "failedCount": 1.5`, "failedCount: want a whole number"},
		{"a year without sense", `"name": "a", "lockedUntil": "1600-01-01T00:00:00Z"`, "lockedUntil: want a year from 1900 to 9999"},
		{"no time", `"name": "a", "lockedUntil": "tomorrow"`, `lockedUntil: "tomorrow" is no time`},
	} {
		_, err := directory.ParseImportRow(1, []byte("{"+tt.fields+"}"))
		if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.want)
		}
	}
	for _, fields := range []string{
		`"name": "` + strings.Repeat("a", 64) + `"`, `"name": "a", "externalId": "` + strings.Repeat("ä", 256) + `"`, `"name": "a", "roles": ` + list(100, `{"role": "R"}`),
		`"name": "a", ` + totp + `, "recoveryCodes": ` + list(20, `"ABCDE-FGHJK"`), `"name": "a", "totps": [{"secret": "` + seed + `", "name": "` + strings.Repeat("x", 64) + `"}]`,
		`"name": "a", "failedCount": 0`, `"name": "a", "totps": []`,
	} {
		if _, err := directory.ParseImportRow(1, []byte("{"+fields+"}")); err != nil {
			t.Errorf("%.80s: got %v, want it taken", fields, err)
		}
	}
}

// TestParseImportColumns: the headers of CSV are the paths of the fields, and a row of
// cells is the row of JSON that it stands for.
func TestParseImportColumns(t *testing.T) {
	file := strings.Join([]string{
		"name,externalId,totp.secret,roles.0.application,roles.0.role,roles.2.role,attributes.City,attributes.a.b,emailValidated,email,disabled,mfa,failedCount,recoveryCodes,lockedUntil,approved",
		`ann,1,` + seed + `,A,R,S,"New, ""York""",x,1,a@x.example,FALSE,t,3,ABCDE-FGHJK; 23456-789BC;,2030-01-01T00:00:00Z,`,
		`bob,2,,,,,,,,,,,,,,`,
		`cid,3,,,,,,,maybe,,,,0x1,,,`,
	}, "\n")
	rows, err := directory.ReadImport(strings.NewReader(file), directory.ImportCSV)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		`{"name":"ann","externalId":"1","totp":{"secret":"` + seed + `"},"roles":[{"application":"A","role":"R"},{"role":"S"}],"attributes":{"City":"New, \"York\"","a.b":"x"},"emailValidated":true,"email":"a@x.example","disabled":false,"mfa":true,"failedCount":3,"recoveryCodes":["ABCDE-FGHJK","23456-789BC"],"lockedUntil":"2030-01-01T00:00:00Z"}`,
		`{"name":"bob","externalId":"2"}`,
		"emailValidated: want true or false, got a string\nfailedCount: want a whole number, got a string",
	}
	i := 0
	for row, err := range rows {
		got := string(row.Text())
		if err != nil {
			got = err.Error()
		}
		if got != want[i] {
			t.Errorf("row %d:\ngot  %s\nwant %s", i, got, want[i])
		}
		i++
	}
	if i != len(want) {
		t.Errorf("got %d rows, want %d", i, len(want))
	}
}

// TestParseImportHeaders: columns that lead to no field are all named.
func TestParseImportHeaders(t *testing.T) {
	for header, want := range map[string]string{
		"nmae,name,Name": `line 1: column 1, "nmae": unknown; column 3, "Name": unknown`,
		"name,name":      `line 1: column 2, "name": stands twice`,
		"name,":          `line 1: column 2, "": unknown`,
		"totp":           `"totp": unknown`, "totp.": `"totp.": unknown`, "totp.secret.x": "unknown", "name.x": "unknown",
		"roles": "unknown", "roles.0": "unknown", "roles.x.role": "unknown", "roles.-1.role": "unknown", "roles.01.role": "unknown", "roles.100.role": "unknown",
		"roles.0.role.x": "unknown", "attributes": "unknown", "attributes.": "unknown", "totps.0": "unknown", "recoveryCodes.0.x": "unknown", "Line": "unknown", "text": "unknown", "User": "unknown",
		"recoveryCodes,recoveryCodes.0": `"recoveryCodes.0": stands beside a column of the whole`,
		"recoveryCodes.0,recoveryCodes": `"recoveryCodes": stands twice`,
		"\"name":                        "line 1: not a row of CSV",
		"\xff":                          "line 1: not a row of CSV: not UTF-8",
	} {
		if _, err := directory.ReadImport(strings.NewReader(header+"\nx,y,z"), directory.ImportCSV); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", header, err, want)
		}
	}
	for _, header := range []string{"name", " name ,email", "roles.99.role", "totps.0.name", "recoveryCodes.19", "attributes.x", "id,module,passwordless,start,end"} {
		if _, err := directory.ReadImport(strings.NewReader(header), directory.ImportCSV); err != nil {
			t.Errorf("%q: got %v, want it taken", header, err)
		}
	}
}

// FuzzImportCSV reads a file of CSV: none may crash the reader, take a row along
// without a word, or be refused with an error that quotes a password.
func FuzzImportCSV(f *testing.F) { f.Fuzz(func(t *testing.T, data []byte) { readAny(t, "csv", data) }) }

// FuzzImportJSONL reads a file of JSON lines, with the same promises.
func FuzzImportJSONL(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) { readAny(t, "jsonl", data) })
}

func readAny(t *testing.T, format string, data []byte) {
	rows, err := directory.ReadImport(strings.NewReader(string(data)), format)
	if err != nil {
		if err.Error() == "" {
			t.Fatal("refused without a word")
		}
		return
	}
	last := 0
	for row, err := range rows {
		if row.Line <= last || row.Line > strings.Count(string(data), "\n")+1 {
			t.Fatalf("got line %d behind %d", row.Line, last)
		}
		last = row.Line
		if err != nil {
			if err.Error() == "" || strings.Contains(err.Error(), "correct horse") {
				t.Fatalf("got error %q", err)
			}
			continue
		}
		again, err := directory.ParseImportRow(row.Line, row.Text())
		if err != nil || again.Name != row.Name || again.Name == "" {
			t.Fatalf("read again: got %v and %q, want %q", err, again.Name, row.Name)
		}
	}
}
