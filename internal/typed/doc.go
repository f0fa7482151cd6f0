// Package typed is the one place that says what becomes of text that people
// type: which spellings of a thing are one thing, and what is refused.
//
// There is one function for each kind of input. What it returns is what is
// compared, hashed into keys and counted, and cleaning it once more changes
// nothing. docs/input.md has the table for users and integrators.
//
// Below the standard library's Unicode tables the rules stand on PRECIS (RFC
// 8265, RFC 8266), case folding and normalisation of golang.org/x/text, and on
// golang.org/x/net/idna for the domains of addresses. None of their types leaves
// this package.
package typed

import "unicode"

// isBlank reports whether r is a blank of any kind, line ends among them.
func isBlank(r rune) bool { return unicode.IsSpace(r) }
