// Package ascii compares text without regard to the case of the letters A to Z
// alone. Beyond ASCII, folding finds equalities that nobody expects: the Kelvin
// sign is not a k.
package ascii

import "cmp"

// Fold returns s with the letters A to Z lowered and all else as it is. The
// result is s itself where there is nothing to lower.
func Fold(s string) string {
	for i := 0; i < len(s); i++ {
		if isUpper(s[i]) {
			return fold(s, i)
		}
	}
	return s
}

func fold(s string, first int) string {
	var room [64]byte // on the stack, for most names and paths
	b := append(room[:0], s...)
	for i := first; i < len(b); i++ {
		b[i] = lower(b[i])
	}
	return string(b)
}

func isUpper(c byte) bool { return 'A' <= c && c <= 'Z' }

// Equal reports whether a and b are the same but for the case of the letters A
// to Z.
func Equal(a, b string) bool { return len(a) == len(b) && Compare(a, b) == 0 }

// Compare compares a and b as [cmp.Compare] compares their folded forms. It costs
// no memory.
func Compare(a, b string) int {
	for i := range min(len(a), len(b)) {
		if c := cmp.Compare(lower(a[i]), lower(b[i])); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a), len(b))
}

func lower(c byte) byte {
	if isUpper(c) {
		return c + 'a' - 'A'
	}
	return c
}
