package typed

import (
	"strings"
	"unicode/utf8"
)

// Code returns a code without what people and programs put between its characters:
// spaces, no-break spaces (U+00A0, U+202F) and hyphens. ASCII letters become upper
// case, since no code of ours has letters of two cases. Nothing else is removed,
// mapped or trimmed: a code that has more than these around it was not copied from
// where it should have been. What is not UTF-8 comes back as it is and is no code.
func Code(s string) string {
	if !utf8.ValidString(s) {
		return s // removing a byte could make a character of its neighbours
	}
	return strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' {
			r += 'A' - 'a'
		}
		return r
	}, separators.Replace(s))
}

var separators = strings.NewReplacer(" ", "", "-", "", "\u00a0", "", "\u202f", "")
