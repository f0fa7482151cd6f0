package password

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/sallyport-auth/sallyport/internal/rnd"
)

// GeneratedLength is how many characters a password has at least that
// [Policy.Generate] makes: of its letters and digits 16 are 92 bits.
const GeneratedLength = 16

const (
	// clearLetters and clearSymbols are not taken for one another when they are read
	// aloud or from paper: 0, O, 1, l, I and i, o are left out.
	clearLetters = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
	clearSymbols = "#$%*+-/:=?@"

	// generatedTries is how many are made before a pattern is taken for one that none
	// will match.
	generatedTries = 100
)

// Generate makes a random password that [Policy.Check] takes: of the policy's least
// length, and of GeneratedLength at least, in ASCII. The error says that none of a
// hundred was taken, and names the pattern that refuses them; others are those of
// Check.
func (p *Policy) Generate(c Context) (string, error) {
	if p == nil {
		p = &Policy{}
	}
	length := max(GeneratedLength, cmp.Or(p.minLength, DefaultMinLength))
	for try := range generatedTries {
		symbols := p.minNonAlphanumeric
		if try >= generatedTries/2 { // a pattern may want some that no other rule asks for
			symbols = max(symbols, 2)
		}
		pw := mixed(length, symbols)
		err := p.Check(pw, c)
		if err == nil {
			return pw, nil
		}
		if _, refused := errors.AsType[*PolicyError](err); !refused {
			return "", err
		}
	}
	if p.pattern == nil {
		return "", fmt.Errorf("password: none of %d that were made at random meets the policy", generatedTries)
	}
	return "", fmt.Errorf("password: none of %d that were made at random matches the pattern %q: set one by hand", generatedTries, p.pattern.expression)
}

// mixed is a random text of so many characters, some of them symbols, in any order.
func mixed(length, symbols int) string {
	b := []byte(rnd.Text(length-symbols, clearLetters) + rnd.Text(symbols, clearSymbols))
	for i := len(b) - 1; i > 0; i-- {
		j := rnd.Uint64() % uint64(i+1) // its bias is below 2⁻⁵⁶
		b[i], b[j] = b[j], b[i]
	}
	return string(b)
}
