package typed

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/secure/precis"
	"golang.org/x/text/unicode/norm"
)

// MaxName is how many characters a user name has at most, as it is stored and in its
// canonical spelling.
const MaxName = 64

// maxNameBytes is more than any spelling of a name of MaxName characters takes.
// What is longer is refused before anything is computed of it.
const maxNameBytes = 1024

// UserName is a user name in the one spelling that all its spellings share.
// Two of them are the same name if they are equal.
type UserName struct {
	// Canonical is what is hashed and compared. Of a refused name it is only
	// what it is counted by.
	Canonical string
	// Refused means that no account can have the name. What counts it keeps it
	// apart from the names that one can have.
	Refused bool
}

// Name returns the one spelling of a user name. Outer spaces go, and runs of
// spaces inside are one. Each part between them is brought to the form of RFC
// 8265, UsernameCaseMapped, then case-folded, then NFC, in that order: folding
// alone does not come to rest, and lower case alone leaves names apart that
// differ by case alone in some scripts (straße and STRASSE).
func Name(s string) UserName {
	canonical, ok := canonicalName(s)
	if !ok {
		return UserName{Canonical: strings.ToLower(strings.Trim(s, " ")), Refused: true}
	}
	return UserName{Canonical: canonical}
}

// WrittenName returns a user name as it is stored and shown: as it was given,
// without outer spaces and with single ones inside.
func WrittenName(s string) string { return strings.Join(Words(s), " ") }

// CheckName returns nil for a name that an account can have, else an error that
// says why not, a [Fault] that names the character at fault.
func CheckName(s string) error {
	written := WrittenName(s)
	switch {
	case written == "":
		return NewFault("missing")
	case !utf8.ValidString(s):
		return NewFault("not UTF-8")
	case len(s) > maxNameBytes || utf8.RuneCountInString(written) > MaxName:
		return NewFault("longer than %d characters", MaxName)
	}
	canonical, ok := fold(written)
	if !ok {
		return NewFault("holds %s, which cannot stand there in a user name", describe(refusedIn(written)))
	}
	if utf8.RuneCountInString(canonical) > MaxName {
		return NewFault("longer than %d characters as names are compared (%q)", MaxName, canonical)
	}
	return nil
}

func canonicalName(s string) (canonical string, ok bool) {
	if len(s) > maxNameBytes {
		return "", false
	}
	canonical, ok = fold(s)
	return canonical, ok && canonical != "" && utf8.RuneCountInString(canonical) <= MaxName
}

// fold brings each part of a name to its form. The empty name has the empty form.
func fold(s string) (folded string, ok bool) {
	parts := Words(s)
	for i, part := range parts {
		mapped, err := precis.UsernameCaseMapped.String(part)
		if err != nil {
			return "", false
		}
		if !isASCII(mapped) { // else it is in lower case, which is all that folding does to it
			mapped = norm.NFC.String(cases.Fold().String(mapped))
		}
		parts[i] = mapped
	}
	return strings.Join(parts, " "), true
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf })
}

// refusedIn returns the character by which a name is refused: the one behind the
// longest beginning that is none. What follows a character may make it good, as
// with the joiners, so the search goes from the end.
func refusedIn(s string) rune {
	for end := len(s); end > 0; {
		r, size := utf8.DecodeLastRuneInString(s[:end])
		end -= size
		if _, ok := fold(s[:end]); ok {
			return r
		}
	}
	return utf8.RuneError // unreachable: the empty beginning is sound
}

// describe names a character: by its number, and by itself where it can be seen.
func describe(r rune) string { return fmt.Sprintf("%#U", r) }
