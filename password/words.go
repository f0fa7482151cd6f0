package password

import (
	_ "embed" // for the list of common words
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/sallyport-auth/sallyport/internal/typed"
)

// commonText lists words that many people have as passwords, one a line, without the
// simple endings that are not looked at. It was written by hand from what is
// generally known; a filter of breached passwords has the millions of others.
//
//go:embed common.txt
var commonText string

var commonWords = sync.OnceValue(func() map[string]bool {
	words := map[string]bool{}
	for w := range strings.Lines(commonText) {
		words[strings.TrimSpace(w)] = true
	}
	return words
})

// maxEnding is how many characters a simple ending has at most, such as that of
// "summer24.12.99". A longer one is more than people add to please a rule.
const maxEnding = 8

// isCommon reports whether word, as typed.Word returns it, is one of the common
// words or of more, alone or with a simple ending: digits and all else that is no
// letter.
func isCommon(word string, more map[string]bool) bool {
	common := commonWords()
	for range maxEnding + 1 {
		if word == "" {
			return false
		}
		if common[word] || more[word] {
			return true
		}
		last, size := utf8.DecodeLastRuneInString(word)
		if unicode.IsLetter(last) || unicode.IsMark(last) {
			return false
		}
		word = word[:len(word)-size]
	}
	return false
}

// minContextWord is how many characters a word has at least that a password must not
// hold: shorter ones stand in too many others.
const minContextWord = 4

// holdsWord reports whether word, as typed.Word returns it, holds one of the context
// or a part of one.
func holdsWord(word string, context []string) bool {
	for _, c := range context {
		for _, part := range parts(typed.Word(c)) {
			if utf8.RuneCountInString(part) >= minContextWord && strings.Contains(word, part) {
				return true
			}
		}
	}
	return false
}

// parts returns the pieces of a name that people make passwords of: the whole, what
// stands between its blanks and its punctuation, and those run together. Of a mail
// address those of both sides, without the top level of the domain, which is no
// name of anybody.
func parts(name string) []string {
	if at := strings.LastIndexByte(name, '@'); at >= 0 {
		domain := name[at+1:]
		if dot := strings.LastIndexByte(domain, '.'); dot >= 0 {
			domain = domain[:dot]
		}
		return append(parts(name[:at]), parts(domain)...)
	}
	pieces := strings.FieldsFunc(name, func(r rune) bool {
		return !unicode.In(r, unicode.L, unicode.M, unicode.N)
	})
	return append(pieces, strings.TrimSpace(name), strings.Join(pieces, ""))
}
