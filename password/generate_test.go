package password_test

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/sallyport-auth/sallyport/password"
)

// TestGenerate: what is made meets every policy that something random can meet, has
// its length, holds nothing that is taken for something else, and never comes twice.
func TestGenerate(t *testing.T) {
	for _, tt := range []struct {
		name   string
		policy password.PolicyConfig
		length int
	}{
		{"the default", password.PolicyConfig{}, 16},
		{"short", password.PolicyConfig{MinLength: 1}, 16},
		{"just so long", password.PolicyConfig{MinLength: 16}, 16},
		{"longer", password.PolicyConfig{MinLength: 17}, 17},
		{"the longest", password.PolicyConfig{MinLength: 128, MinNonAlphanumeric: 128}, 128},
		{"others than letters", password.PolicyConfig{MinNonAlphanumeric: 3}, 16},
		{"a digit and a capital", password.PolicyConfig{Pattern: `\d.*[A-Z]|[A-Z].*\d`}, 16},
		{"a symbol by the pattern alone", password.PolicyConfig{Pattern: `[^A-Za-z0-9]`}, 16},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, err := password.NewPolicy(tt.policy)
			if err != nil {
				t.Fatal(err)
			}
			seen := map[string]bool{}
			for range 50 {
				pw, err := p.Generate(password.Context{Words: []string{"ada"}})
				if err != nil || p.Check(pw, password.Context{Words: []string{"ada"}}) != nil || utf8.RuneCountInString(pw) != tt.length {
					t.Fatalf("got %q, %v, want %d characters that the policy takes", pw, err, tt.length)
				}
				if strings.ContainsAny(pw, "0O1lIio ") || seen[pw] {
					t.Errorf("got %q, want it clear, and once", pw)
				}
				seen[pw] = true
			}
		})
	}
	if _, err := (*password.Policy)(nil).Generate(password.Context{}); err != nil {
		t.Errorf("of no policy: got %v", err)
	}
}

// TestGenerateRefused: a pattern that nothing random matches is named.
func TestGenerateRefused(t *testing.T) {
	const pattern = `^ada's own \w+$`
	p, err := password.NewPolicy(password.PolicyConfig{Pattern: pattern})
	if err != nil {
		t.Fatal(err)
	}
	pw, err := p.Generate(password.Context{})
	if pw != "" || err == nil || !regexp.MustCompile(`none of 100 .* "\^ada's own`).MatchString(err.Error()) {
		t.Errorf("got %q, %v, want the pattern named", pw, err)
	}
}
