package sallyport_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/sallyport-auth/sallyport/internal/typed"
)

// inputPage tells people what becomes of what they type; the examples in it are
// written from the code.
const inputPage = "docs/input.md"

// TestInputPage holds the examples of the page to the code, or writes them if the
// environment says so.
func TestInputPage(t *testing.T) { holdTable(t, inputPage, inputTable()) }

// examples are texts of each kind of input, and what the code makes of one.
var examples = []struct {
	kind  string
	texts []string
	clean func(string) string
}{
	{"user name", []string{
		"marie", "  Marie   Sample ", "STRASSE", "straße", "ΣΊΣΥΦΟΣ", "ｍａｒｉｅ", "re\u0301mi", "acme:bob", "bob@example.com",
		"bad\u200bname", "\tann", "ann\u00a0lee", "ſam", "No. Ⅳ", "",
	}, func(s string) string {
		if err := typed.CheckName(s); err != nil {
			return "refused: " + err.Error()
		}
		return shown(typed.Name(s).Canonical)
	}},
	{"name chosen at sign-up", []string{"Ada.Lovelace", "ad", "ada lovelace", "Admin", "rémi"}, func(s string) string { return chosen(s, false) }},
	{"the same, of any script", []string{"rémi", "иван", "日本の", "аda", "admin"}, func(s string) string { return chosen(s, true) }},
	{"password", []string{"correct horse", "Pa\u0308sswort", "two\u00a0words", " x ", "👩\u200d🚀", "secret\n", "a\xff"}, func(s string) string {
		if err := typed.CheckPassword(s); err != nil {
			return "refused when it is set: " + err.Error()
		}
		return shown(typed.Password(s))
	}},
	{"e-mail address", []string{"Bob@Example.COM", "bob@bücher.example", "BOB@XN--BCHER-KVA.example", "bob@straße.example", "bob@strasse.example", " bob@example.com\u00a0", "Bob <bob@example.com>", "bob@localhost", "bob@example.com\u200b"}, func(s string) string {
		if !typed.CheckEmail(typed.Email(s)) {
			return "refused"
		}
		return "counted as " + shown(typed.EmailKey(typed.Email(s)))
	}},
	{"mobile number", []string{
		"+49 170 1234567", "(+49) 170/123-45.67", "0049 170 1234567", "\u202a+491701234567\u202c", "+49 (0) 170 1234567", "0170 1234567", "+0491701234567", "+49 170 CALLME", "+٤٩١٧٠١٢٣٤٥٦٧",
	}, func(s string) string {
		if number, ok := typed.Mobile(s); ok {
			return shown(number)
		}
		return "refused"
	}},
	{"code", []string{"123 456", "abcd-efgh-ijkl-mnop", "123\u00a0456", "１２３４５６", "123456\u200b"}, func(s string) string { return shown(typed.Code(s)) }},
	{"scopes", []string{" openid   offline_access "}, func(s string) string { return shown(strings.Join(typed.Words(s), " ")) }},
	{"client secret", []string{"0123456789abcdef", "0123456789abcdef\n"}, func(s string) string {
		if err := typed.CheckSecret(s); err != nil {
			return "refused: " + err.Error()
		}
		return shown(s)
	}},
	{"file", []string{"\ufeff{}"}, func(s string) string { return shown(string(typed.File([]byte(s)))) }},
}

func chosen(name string, anyScript bool) string {
	if err := typed.CheckChosenName(name, "", anyScript); err != nil {
		return "refused: " + err.Error()
	}
	return shown(typed.Name(name).Canonical)
}

func inputTable() string {
	var b strings.Builder
	b.WriteString("| input | typed | becomes |\n|---|---|---|\n")
	for _, e := range examples {
		for _, s := range e.texts {
			fmt.Fprintf(&b, "| %s | %s | %s |\n", e.kind, shown(s), e.clean(s))
		}
	}
	return b.String()
}

// shown writes a text so that all of it can be seen: a mark that another character
// would hide is written as its number.
func shown(s string) string {
	var b strings.Builder
	for _, r := range strings.Trim(strconv.Quote(s), `"`) {
		if unicode.Is(unicode.Mn, r) {
			fmt.Fprintf(&b, "\\u%04x", r)
			continue
		}
		b.WriteRune(r)
	}
	return "`\"" + b.String() + "\"`"
}

// holdTable holds the table between the marks of a page to what the code says, or
// writes it if the environment says so.
func holdTable(t *testing.T, page, want string) {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), recordsStart)
	got, after, ended := strings.Cut(rest, recordsEnd)
	if !ok || !ended {
		t.Fatalf("%s lacks the marks around the table", page)
	}
	if got == want {
		return
	}
	if os.Getenv("SALLYPORT_WRITE_TABLES") == "" {
		t.Fatalf("the table in %s is not that of the code: run make tables", page)
	}
	if err := os.WriteFile(page, []byte(before+recordsStart+want+recordsEnd+after), 0o644); err != nil {
		t.Fatal(err)
	}
}
