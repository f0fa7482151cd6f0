package typed

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxFactorName is how many characters the name of a factor has at most.
const maxFactorName = 64

// maxFactorNameBytes is more than any spelling of such a name takes.
const maxFactorNameBytes = 1024

// FactorName returns a name that somebody typed for a factor as it is stored: in NFC, with
// single spaces, without outer ones. It reports false for what is no name: one without a
// letter, digit or sign, of over 64 characters, in bad UTF-8, or with characters that
// turn, hide or break the line it stands in.
func FactorName(text string) (name string, ok bool) {
	if len(text) > maxFactorNameBytes || !utf8.ValidString(text) {
		return "", false
	}
	name = strings.Join(strings.FieldsFunc(norm.NFC.String(text), isSpaceMark), " ")
	return name, utf8.RuneCountInString(name) <= maxFactorName && strings.ContainsFunc(name, isSeen) && !strings.ContainsFunc(name, isNoName)
}

func isSpaceMark(r rune) bool { return unicode.Is(unicode.Zs, r) }

func isSeen(r rune) bool { return unicode.In(r, unicode.L, unicode.N, unicode.P, unicode.S) }

// isNoName reports whether a character stands in no name: controls, separators of lines,
// bidi characters, what is shown as nothing, private or not assigned. Words of some
// scripts, and emoji, are written with the two joiners.
func isNoName(r rune) bool {
	joins := r == '\u200c' || r == '\u200d'
	return !joins && !unicode.IsPrint(r) || unicode.In(r, unicode.Bidi_Control, unicode.Other_Default_Ignorable_Code_Point)
}
