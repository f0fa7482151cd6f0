package typed

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of a name that somebody chooses at sign-up, in characters of its canonical
// spelling.
const (
	MinChosenName = 3
	MaxChosenName = 32
)

// reservedNames are names that nobody may choose: a reader takes their holder for the
// service itself, or mail to them is somebody else's (RFC 2142).
var reservedNames = strings.Fields(`
	abuse account accounts admin administrator anonymous api app billing contact
	daemon everyone ftp guest help helpdesk host hostmaster info login logout mail
	mailer-daemon me moderator news no-reply nobody noc noreply null official
	operator owner password postmaster register root sales security server service
	signup staff status support sysadmin system team test undefined user usenet
	uucp webmaster www`)

// CheckChosenName returns nil for a name that somebody may choose at sign-up who has
// proven that address, else a [Fault] that says why not. A name with an @ must be that
// address, found as [SameEmail] does, in its canonical spelling too: names are folded
// further than addresses (ß is ss, the Kelvin sign is a k), and nobody may have the
// address of somebody else as a name. Every other has the letters a to z in either
// case, digits, ".", "_" and "-"; with anyScript the letters, marks and digits of
// any script, but of one alone. What [CheckName] refuses is refused here too.
func CheckChosenName(s, email string, anyScript bool) error {
	if err := CheckName(s); err != nil {
		return err
	}
	written, canonical := WrittenName(s), Name(s).Canonical
	if strings.Contains(canonical, "@") {
		switch {
		case !CheckEmail(written) || !SameEmail(written, email):
			return NewFault("holds an @ and is not the e-mail address; want that, or a name without an @")
		case !SameEmail(canonical, email):
			return NewFault("is an address that reads as another one in a name; want a name without an @")
		}
		return nil
	}
	if err := checkAlphabet(written, anyScript); err != nil {
		return err
	}
	switch n := utf8.RuneCountInString(canonical); {
	case n < MinChosenName || n > MaxChosenName:
		return NewFault("has %d characters, want %d to %d", n, MinChosenName, MaxChosenName)
	case !isOneScript(written) || !isOneScript(canonical):
		return NewFault("mixes scripts, so that one letter may pass for another; want those of one")
	case slices.Contains(reservedNames, canonical):
		return NewFault("is reserved; want another")
	}
	return nil
}

// checkAlphabet is the part of [CheckChosenName] that looks at single characters.
func checkAlphabet(written string, anyScript bool) error {
	allowed := isPlain
	if anyScript {
		allowed = isWide
	}
	i := strings.IndexFunc(written, func(r rune) bool { return !allowed(r) })
	if i < 0 {
		return nil
	}
	r, _ := utf8.DecodeRuneInString(written[i:])
	if anyScript {
		return NewFault("holds %s; want letters, digits, '.', '_' and '-'", describe(r))
	}
	return NewFault("holds %s; want letters a to z, digits, '.', '_' and '-'", describe(r))
}

func isPlain(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._-", r)
}

func isWide(r rune) bool { return isPlain(r) || unicode.In(r, unicode.L, unicode.M, unicode.Nd) }

// writings are the scripts that are written together, and so are one (UTS #39
// section 5.1): those of Japanese, of Korean, and Chinese with Bopomofo.
var writings = [][]*unicode.RangeTable{
	{unicode.Han, unicode.Hiragana, unicode.Katakana},
	{unicode.Han, unicode.Hangul},
	{unicode.Han, unicode.Bopomofo},
}

// isOneScript reports whether all letters of a text are of one script. Characters
// that several scripts share, such as digits, are of each.
func isOneScript(s string) bool {
	letters := strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Common, unicode.Inherited) {
			return -1
		}
		return r
	}, s)
	if letters == "" || isOf(letters, unicode.Latin) {
		return true
	}
	for _, script := range unicode.Scripts {
		if isOf(letters, script) {
			return true
		}
	}
	return slices.ContainsFunc(writings, func(scripts []*unicode.RangeTable) bool { return isOf(letters, scripts...) })
}

// isOf reports whether every character of a text is in one of the tables.
func isOf(s string, tables ...*unicode.RangeTable) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return !unicode.In(r, tables...) })
}

// maxLanguage is how long the tag of a language is at most, as RFC 5646 section 4.4.1
// advises those who have to cut them.
const maxLanguage = 35

// CheckLanguage returns nil for the tag of a language in the form of RFC 5646, such
// as "de" or "pt-BR", and for none, else an error that says so. Whether there is such
// a language is not looked at.
func CheckLanguage(s string) error {
	if s == "" {
		return nil
	}
	for i, part := range strings.Split(s, "-") {
		digits := strings.ContainsFunc(part, func(r rune) bool { return r >= '0' && r <= '9' })
		if len(s) > maxLanguage || part == "" || len(part) > 8 || i == 0 && digits || strings.Trim(part, tagAlphabet) != "" {
			return NewFault(`want the tag of a language, such as "de" or "pt-BR"`)
		}
	}
	return nil
}

const tagAlphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
