package directory_test

import (
	"encoding/base32"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/directory"
)

func TestCheckUsers(t *testing.T) {
	yes, no, other := true, false, "Windows"
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	const at = "users[0]"

	const email, mobile = at + ".email: want one plain e-mail address", at + `.mobile: want a number in the international form, "+" and 7 to 15 digits, such as +491701234567`
	long := func(n int) string { return strings.Repeat("é", n) }
	for _, c := range []struct {
		name string
		user directory.User
		want string
	}{
		{"a name of 64 characters", directory.User{Name: long(64)}, ""},
		{"a name of 65", directory.User{Name: long(65)}, at + ".name: longer than 64 characters"},
		{"a name with a space", directory.User{Name: " john  doe "}, ""},
		{"a name with a tab", directory.User{Name: "a\tb"}, at + ".name: holds U+0009, which cannot stand there in a user name"},
		{"a name with a zero-width space", directory.User{Name: "bad\u200bname"}, at + ".name: holds U+200B, which cannot stand there in a user name"},
		{"a name that folding makes longer", directory.User{Name: strings.Repeat("ß", 33)}, at + ".name: longer than 64 characters as names are compared (\"" + strings.Repeat("s", 66) + "\")"},
		{"no UUID", directory.User{ID: "7", Name: "ann"}, at + `.id: not a UUID such as "` + idA + `"`},
		{"another module", directory.User{Name: "ann", Module: &other}, at + `.module: "Windows" is not supported by this version, only "VGUser"`},
		{"passwordless", directory.User{Name: "ann", Passwordless: true, Email: "a@x.example", EmailValidated: &yes}, ""},
		{"passwordless with a password", directory.User{Name: "ann", Passwordless: true, Password: "x"}, at + ".password: stands beside passwordless, which has none"},
		{"passwordless with a hash", directory.User{Name: "ann", Passwordless: true, PasswordHash: bcrypt}, at + ".passwordHash: stands beside passwordless, which has none"},
		{"passwordless with a password to be changed", directory.User{Name: "ann", Passwordless: true, MustChangePassword: true}, at + ".mustChangePassword: stands beside passwordless, which has none"},
		{"passwordless with an authenticator", directory.User{Name: "ann", Passwordless: true, TOTP: &directory.TOTP{Secret: seed}}, at + ".totp: stands beside passwordless, which has none"},

		{"a password of 1024 bytes", directory.User{Name: "ann", Password: strings.Repeat("x", 1024)}, ""},
		{"a password of 1025", directory.User{Name: "ann", Password: strings.Repeat("x", 1025)}, at + ".password: longer than 1024 bytes"},
		{"a password with a line end", directory.User{Name: "ann", Password: "secret\n"}, at + ".password: holds a control character, such as a line end"},
		{"a password that is not UTF-8", directory.User{Name: "ann", Password: "a\xff"}, at + ".password: not UTF-8"},
		{"a password of joined emoji", directory.User{Name: "ann", Password: "👩\u200d🚀"}, ""},
		{"a hash", directory.User{Name: "ann", PasswordHash: bcrypt}, ""},
		{"a password and a hash", directory.User{Name: "ann", Password: "x", PasswordHash: bcrypt}, at + ".passwordHash: stands beside a password in clear"},

		{"an address", directory.User{Name: "ann", Email: "a@x.example", EmailValidated: &yes}, ""},
		{"an address with outer spaces", directory.User{Name: "ann", Email: " a@x.example "}, ""},
		{"an address of two", directory.User{Name: "ann", Email: "a@x.example,b@x.example"}, email},
		{"an address that is not UTF-8", directory.User{Name: "ann", Email: "a\xff@x.example"}, email},
		{"a number for an address", directory.User{Name: "ann", Email: "+4915112345678"}, email},
		{"validated without an address", directory.User{Name: "ann", EmailValidated: &yes}, at + ".emailValidated: true without an address"},
		{"not validated without an address", directory.User{Name: "ann", EmailValidated: &no}, ""},
		{"7 digits", directory.User{Name: "ann", Mobile: "+1234567", MobileValidated: &yes}, ""},
		{"a number in groups", directory.User{Name: "ann", Mobile: "(+49) 170-123/45.67\u200e"}, ""},
		{"a national number", directory.User{Name: "ann", Mobile: "0170 1234567"}, mobile},
		{"a number with a lone zero", directory.User{Name: "ann", Mobile: "+49 (0) 170 1234567"}, mobile},
		{"6 digits", directory.User{Name: "ann", Mobile: "+123456"}, mobile},
		{"15 digits", directory.User{Name: "ann", Mobile: "+123456789012345"}, ""},
		{"16 digits", directory.User{Name: "ann", Mobile: "+1234567890123456"}, mobile},
		{"a number that is not UTF-8", directory.User{Name: "ann", Mobile: "+1234567\xff"}, mobile},
		{"validated without a number", directory.User{Name: "ann", MobileValidated: &yes}, at + ".mobileValidated: true without an address"},

		{"long names", directory.User{Name: "ann", FirstName: long(1024), LastName: long(1024)}, ""},
		{"a longer first name", directory.User{Name: "ann", FirstName: long(1025)}, at + ".firstName: longer than 1024 characters"},
		{"a language in words", directory.User{Name: "ann", Language: "Deutsch (CH)"}, at + `.language: want the tag of a language, such as "de" or "pt-BR"`},
		{"a longer last name", directory.User{Name: "ann", LastName: long(1025)}, at + ".lastName: longer than 1024 characters"},

		{"one moment", directory.User{Name: "ann", Start: start, End: start.Add(1)}, ""},
		{"no moment", directory.User{Name: "ann", Start: start, End: start}, at + ".end: not after start"},
		{"the end before the start", directory.User{Name: "ann", Start: start, End: start.Add(-1)}, at + ".end: not after start"},
		{"a start alone", directory.User{Name: "ann", Start: start}, ""},
		{"an end alone", directory.User{Name: "ann", End: start}, ""},
		{"version 0 is the one left out", directory.User{Name: "ann", CredentialsVersion: 0}, ""},
		{"version -1", directory.User{Name: "ann", CredentialsVersion: -1}, at + ".credentialsVersion: below 1"},

		{"a secret of 16 bytes", directory.User{Name: "ann", TOTP: secret(16)}, ""},
		{"a secret of 64", directory.User{Name: "ann", TOTP: secret(64)}, ""},
		{"a secret of 15", directory.User{Name: "ann", TOTP: secret(15)}, at + ".totp.secret: totp: not a usable secret: 15 bytes, want 16 to 64"},
		{"a secret of 65", directory.User{Name: "ann", TOTP: secret(65)}, at + ".totp.secret: totp: not a usable secret: 65 bytes, want 16 to 64"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := check(directory.File{Users: []directory.User{c.user}}); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func secret(bytes int) *directory.TOTP {
	return &directory.TOTP{Secret: base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(make([]byte, bytes))}
}

func TestCheckUsersTwice(t *testing.T) {
	for _, c := range []bound{
		{"two names", `[{"name": "ann"}, {"name": "bob"}]`, ""},
		{"one name", `[{"name": "ann"}, {"name": "bob"}, {"name": "ANN"}]`, "users[2].name: the same name as users[0].name: \"ANN\" and \"ann\" are one name"},
		{"one name by folding", `[{"name": "straße"}, {"name": "strasse"}]`, "users[1].name: the same name as users[0].name: \"strasse\" and \"straße\" are one name"},
		{"one name in one spelling", `[{"name": "ann"}, {"name": " ann"}]`, "users[1].name: the same name as users[0].name"},
		{"one id", `[{"id": "` + idA + `", "name": "ann"}, {"id": "` + strings.ToUpper(idA) + `", "name": "bob"}]`, "users[1].id: the same id as users[0].id"},
		{"bad names are not compared", `[{"name": "aſ"}, {"name": "aſ"}]`, "users[0].name: holds U+017F 'ſ', which cannot stand there in a user name\nusers[1].name: holds U+017F 'ſ', which cannot stand there in a user name"},
	} {
		c.file = `{"users": ` + c.file + `}`
		c.run(t)
	}
}

func TestCheckAttributes(t *testing.T) {
	many := func(n int) (list []account.Attribute) {
		for i := range n {
			list = append(list, account.Attribute{Name: fmt.Sprint("a", i)})
		}
		return list
	}
	const at = "users[0].attributes"
	for _, c := range []struct {
		name string
		list []account.Attribute
		want string
	}{
		{"100", many(100), ""},
		{"101", many(101), at + ": more than 100 attributes"},
		{"no name", []account.Attribute{{Value: "v"}}, at + `[""]: without a name`},
		{"a name of 64", []account.Attribute{{Name: strings.Repeat("n", 64)}}, ""},
		{"a name of 65", []account.Attribute{{Name: strings.Repeat("n", 65)}}, at + `["` + strings.Repeat("n", 64) + `"]: longer than 64 characters`},
		{"twice", []account.Attribute{{Name: "a"}, {Name: "b"}, {Name: "a"}}, at + ".a: the same name as " + at + ".a"},
		{"in two cases", []account.Attribute{{Name: "a"}, {Name: "A"}}, ""},
		{"a value of 1024", []account.Attribute{{Name: "a", Value: strings.Repeat("é", 1024)}}, ""},
		{"a value of 1025", []account.Attribute{{Name: "a", Value: strings.Repeat("é", 1025)}}, at + ".a: longer than 1024 characters"},
		{"a value of two lines", []account.Attribute{{Name: "a", Value: "1\n2"}}, ""},
		{"a value that is not UTF-8", []account.Attribute{{Name: "a", Value: "\xff"}}, at + ".a: not UTF-8"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := check(directory.File{Users: []directory.User{{Name: "ann", Attributes: c.list}}}); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestCheckGrants(t *testing.T) {
	const at = "users[0].roles"
	for _, c := range []bound{
		{"two roles", `{"application": "A", "role": "R"}, {"application": "A", "role": "S"}`, ""},
		{"one name in two applications", `{"application": "A", "role": "R"}, {"application": "B", "role": "R"}`, ""},
		{"one role twice", `{"application": "A", "role": "R"}, {"application": "A", "role": "S"}, {"application": "a", "role": "r"}`, at + "[2]: stands twice"},
		{"the first role and none", `{"application": "A", "role": "R"}, {"application": "A", "role": ""}`, at + "[1].role: missing"},
		{"the first role and a bad one", `{"application": "A", "role": "R"}, {"application": "A", "role": "R "}`, at + "[1].role: begins or ends with a space"},
		{"the first role and an unknown one", `{"application": "A", "role": "R"}, {"application": "A", "role": "T"}`, at + `[1].role: no role "T" in application "A" of the file`},
		{"the first role and a list", `{"application": "A", "role": "R"}, {"application": "A", "role": "R,S"}`, at + "[1].role: holds a comma, by which lists of names are joined"},
		{"an unknown role twice", `{"application": "A", "role": "T"}, {"application": "A", "role": "T"}`,
			at + `[0].role: no role "T" in application "A" of the file` + "\n" + at + `[1].role: no role "T" in application "A" of the file`},
	} {
		c.file = `{"applications": [{"name": "A", "roles": [{"name": "R"}, {"name": "S"}]}, {"name": "B", "roles": [{"name": "R"}]}], "users": [{"name": "ann", "roles": [` + c.file + `]}]}`
		c.run(t)
	}
}
