package typed_test

import (
	"testing"
	"unicode"

	"pgregory.net/rapid"
)

// odd are characters that one rule or another treats apart, and pieces that become
// other ones beside each other.
var odd = []string{
	" ", "  ", "\t", "\n", "\u00a0", "\u202f", "\u3000", "\u200b", "\u200d", "\u200e", "\u2066", "\ufeff", "-", "\u2011", ".", "..", "/", "(", ")", "(0)", "[", "]",
	"+", "00", "+49", "1701234567", "@", "example", "EXAMPLE.com", "xn--", "xn--bcher-kva", "bücher", "ß", "ẞ", "ς", "Σ", "ſ", "K", "İ", "ı", "ǰ", "ŉ", "ΐ", "ﬁ", "Ⅳ", "ᾳ", "Ǆ",
	"a\u0301", "\u0301", "\u0345", "\u0308", "\u1e9b\u0323", "한", "ᄒ", "ᅡ", "ᆫ", "א", "ע", "١", "۱", "·", "l", "\u3002", "ａ", "👩", "\xff", "\xc2", "\xa0", "\x00",
}

// TestCleaningTwice makes up text and holds each kind of input to its property:
// what was cleaned stays as it is when it is cleaned again.
func TestCleaningTwice(t *testing.T) {
	piece := rapid.OneOf(rapid.SampledFrom(odd), rapid.StringN(0, 4, -1), rapid.StringOfN(rapid.RuneFrom(nil, unicode.L, unicode.M, unicode.Zs, unicode.Nd), 1, 2, -1))
	text := rapid.Custom(func(rt *rapid.T) (s string) {
		for _, p := range rapid.SliceOfN(piece, 0, 8).Draw(rt, "pieces") {
			s += p
		}
		return s
	})
	rapid.Check(t, func(rt *rapid.T) {
		s := text.Draw(rt, "text")
		checkName(rt, s)
		checkPassword(rt, s)
		checkEmail(rt, s)
		checkMobile(rt, s)
		checkCode(rt, s)
		checkText(rt, s)
		checkWord(rt, s)
	})
}
