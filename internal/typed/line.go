package typed

import (
	"strings"
	"unicode"
)

// Line returns a text as part of one line, for people to read: whatever would end the line,
// or cannot be seen, is a blank. So no name of a user, a service or a factor adds a header
// to a mail or a paragraph to its text, and none turns the direction of what follows.
func Line(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) || r == unicode.ReplacementChar {
			return ' '
		}
		return r
	}, s)
}
