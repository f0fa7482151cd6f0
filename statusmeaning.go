package sallyport

import (
	"slices"
	"strconv"
	"strings"

	"github.com/sallyport-auth/sallyport/internal/ascii"
)

// StatusMeanings returns the meaning of every word, flags first and in ascending order. The
// list is the caller's.
func StatusMeanings() []StatusMeaning { return slices.Clone(statusMeanings) }

// ParseStatus reads a status as people have it before them: the number, in decimal or with 0x
// in hexadecimal, or the names of its flags in any order and case, with commas or blanks
// between them. It reports false for anything else, and for a number below 1.
func ParseStatus(text string) (Status, bool) {
	text = strings.Trim(strings.TrimSpace(text), `"'`)
	if n, err := strconv.ParseInt(text, 0, 64); err == nil && !strings.HasPrefix(text, "0o") {
		return Status(n), n > 0
	}
	var s Status
	for _, name := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' || r == '|' || r == '\t' }) {
		flag := flagNamed(name)
		if flag == 0 {
			return 0, false
		}
		s |= flag
	}
	return s, s != 0
}

// flagNamed returns the flag of a name, in any case and with or without the underscore; 0:
// there is none.
func flagNamed(name string) Status {
	plain := func(s string) string { return ascii.Fold(strings.ReplaceAll(s, "_", "")) }
	for _, m := range statusMeanings {
		if m.Flag != 0 && plain(m.Name) == plain(name) {
			return m.Flag
		}
	}
	return 0
}

// MeaningsOf returns what a text means that somebody has read in an answer: a status, as
// [ParseStatus] reads it, by its flags in ascending order, or the status or error of another
// document, in each that has it. Flags without a meaning are returned as rest. Where both are
// empty nothing answers so.
func MeaningsOf(text string) (list []StatusMeaning, rest Status) {
	if s, ok := ParseStatus(text); ok {
		rest = s
		for _, m := range statusMeanings {
			if m.Flag != 0 && s.Has(m.Flag) {
				list, rest = append(list, m), rest&^m.Flag
			}
		}
	}
	word := ascii.Fold(strings.Trim(strings.TrimSpace(text), `"'`))
	for _, m := range statusMeanings {
		if m.Flag == 0 && ascii.Fold(m.Name) == word {
			list = append(list, m)
		}
	}
	return list, rest
}
