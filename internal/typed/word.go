package typed

import (
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Word returns a text in the form in which words are looked for in passwords: two
// texts that differ by case, by the width of letters or by how accents are put
// together have one form (compatibility caseless matching, The Unicode Standard,
// section 3.13, D146), composed again, so that its characters can be counted.
func Word(s string) string {
	fold := cases.Fold()
	return norm.NFKC.String(fold.String(norm.NFKD.String(fold.String(norm.NFD.String(s)))))
}
