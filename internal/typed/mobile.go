package typed

import (
	"regexp"
	"strings"
	"unicode"
)

// WantedMobile is a number in the form in which [Mobile] wants it, to be shown
// where one was refused.
const WantedMobile = "+491701234567"

var (
	// loneZero is a trunk prefix as in "+49 (0) 170": whether it is to be dialled
	// is the reader's guess, so it is not guessed.
	loneZero = regexp.MustCompile(`[(\[][-./]*0[-./]*[)\]]`)
	e164     = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)

	mobileMarks = strings.NewReplacer("-", "", ".", "", "/", "", "(", "", ")", "", "[", "", "]", "")
)

// Mobile returns a mobile number in the form of E.164, in which it is stored,
// compared and sent to: "+" and 7 to 15 digits, the first not 0. In this order:
// blanks of every kind and marks of writing direction go; a lone zero in brackets
// is refused; hyphens, dashes, dots, slashes and brackets go; a leading 00 becomes "+".
// Whatever then is not of that form is refused, national forms among it, since
// nothing says of which country they are.
func Mobile(s string) (number string, ok bool) {
	s = strings.Map(func(r rune) rune {
		switch {
		case isBlank(r), unicode.Is(unicode.Bidi_Control, r):
			return -1
		case '\u2010' <= r && r <= '\u2014', r == '\u2212': // text programs make these of a hyphen
			return '-'
		}
		return r
	}, s)
	if loneZero.MatchString(s) {
		return "", false
	}
	s = mobileMarks.Replace(s)
	if rest, found := strings.CutPrefix(s, "00"); found {
		s = "+" + rest
	}
	if !e164.MatchString(s) {
		return "", false
	}
	return s, true
}
