package password

import (
	"cmp"
	"errors"
	"fmt"
	"unicode"
	"unicode/utf8"

	"github.com/sallyport-auth/sallyport/internal/typed"
)

// Bounds and default of what a [PolicyConfig] may ask for.
const (
	// DefaultMinLength is what NIST SP 800-63B wants at least of a password
	// beside which a second factor stands.
	DefaultMinLength = 8
	// MaxMinLength in characters fits MaxPassword in every script.
	MaxMinLength = 128
	// MaxMessage is how many characters a message has at most.
	MaxMessage = 256
)

// PolicyConfig is what a [Policy] is made of. The zero PolicyConfig wants eight
// characters and refuses common words and words of the context.
type PolicyConfig struct {
	// MinLength is how many characters a password has at least: 1 to
	// MaxMinLength; 0 means that nobody has stated it: then DefaultMinLength holds
	// for passwords that are set, see [Policy.Meets]. Characters are code points of
	// the form that is hashed, so an accent counts with its letter.
	MinLength int
	// MinNonAlphanumeric is how many of them are at least neither letters nor
	// digits: 0 to MinLength. A blank is one, a mark on a letter and what cannot
	// be seen are none.
	MinNonAlphanumeric int
	// Pattern is a regular expression in the syntax of package regexp (RE2) that
	// must match somewhere in the password, in the form that is hashed; ^ and $
	// bind it to the whole. Empty: none. See [CheckPattern].
	Pattern string
	// Message is what people are told when Pattern does not match, up to
	// MaxMessage characters in one line. Blank: a sentence that says only that
	// the form is another. It needs a Pattern.
	Message string
	// Words are refused like the common ones: alone or with a simple ending,
	// whatever their case.
	Words []string
	// Breached is a list of passwords that were published, which are refused; nil
	// if there is none. It stays the caller's, who closes it after the last
	// check.
	Breached *BreachFilter
}

// Policy says which passwords may be set. The zero Policy, and a nil one, is that of
// the zero [PolicyConfig]. It does not change and serves any number of goroutines.
type Policy struct {
	minLength          int // 0: not stated
	minNonAlphanumeric int
	pattern            *pattern        // nil: none
	words              map[string]bool // as typed.Word returns them
	breached           *BreachFilter
}

// Context is what a stranger may know of an account or of where it is used.
type Context struct {
	// Words are the name of the account, names and addresses of its owner, and
	// the names of the application and the product. A password holds none of
	// them, and none of their parts, of four characters or more, whatever the
	// case; of a mail address the top level of its domain is left out.
	Words []string
}

// NewPolicy returns the policy of c, whose pattern it compiles. The error lists each
// bad field by its name.
func NewPolicy(c PolicyConfig) (*Policy, error) {
	p := &Policy{minLength: c.MinLength, minNonAlphanumeric: c.MinNonAlphanumeric, breached: c.Breached}
	if err := c.check(cmp.Or(c.MinLength, DefaultMinLength)); err != nil {
		return nil, err
	}
	p.pattern = newPattern(c.Pattern, c.Message)
	p.words = map[string]bool{}
	for _, w := range c.Words {
		p.words[typed.Word(w)] = true
	}
	return p, nil
}

// check returns the faults of all fields, given the minimum length that holds.
func (c *PolicyConfig) check(minLength int) error {
	var faults []error
	if minLength < 1 || minLength > MaxMinLength {
		faults = append(faults, fmt.Errorf("password: PolicyConfig.MinLength: %d is not 1 to %d", minLength, MaxMinLength))
	}
	if c.MinNonAlphanumeric < 0 || c.MinNonAlphanumeric > minLength {
		faults = append(faults, fmt.Errorf("password: PolicyConfig.MinNonAlphanumeric: %d is not 0 to MinLength, %d", c.MinNonAlphanumeric, minLength))
	}
	if err := CheckPattern(c.Pattern); err != nil {
		faults = append(faults, fmt.Errorf("password: PolicyConfig.Pattern: %w", err))
	}
	if err := CheckMessage(c.Pattern, c.Message); err != nil {
		faults = append(faults, fmt.Errorf("password: PolicyConfig.Message: %w", err))
	}
	return errors.Join(faults...)
}

// Check returns nil for a password that may be set, else a [*PolicyError] with every
// rule that it fails. The password is given as it was typed. Other errors are
// [ErrTooLong], for one of more bytes than may be typed, and those of reading the
// list of breached passwords; they too mean that the password must not be set.
//
// A check takes some ten microseconds, for the longest passwords a millisecond and
// for the dearest patterns some twenty, so it needs no gate. What people may not
// type at all, such as control characters, is refused before, where text comes in.
func (p *Policy) Check(pw string, c Context) error {
	if p == nil {
		p = &Policy{}
	}
	if len(pw) > typed.MaxPassword {
		return fmt.Errorf("%w: %d bytes, limit %d", ErrTooLong, len(pw), typed.MaxPassword)
	}
	failed, word := p.checkForm(typed.Password(pw), cmp.Or(p.minLength, DefaultMinLength)), typed.Word(pw)
	if isCommon(word, p.words) {
		failed = append(failed, NewViolation(RuleCommon, "Choose another one: this is among the passwords that are tried first, perhaps with an ending."))
	}
	if holdsWord(word, c.Words) {
		failed = append(failed, NewViolation(RuleContext, "Leave out names and addresses of yours, and the names of what you sign in to."))
	}
	if p.breached != nil {
		known, err := p.breached.Contains(pw)
		if err != nil {
			return err
		}
		if known {
			failed = append(failed, NewViolation(RuleBreached, "Choose another one, here and wherever you use this one: it has been published with others that were stolen."))
		}
	}
	if failed == nil {
		return nil
	}
	return &PolicyError{Failed: failed}
}

// Meets reports whether a password that is in use, given as it was typed, meets what
// the policy states: MinLength where it is not 0, MinNonAlphanumeric and Pattern. The
// default length, words and published passwords are rules for passwords that are set:
// they change with versions of this package and with files, and whoever has a
// password may not have chosen it under them. One of more bytes than may be typed
// meets nothing; a nil Policy and the zero Policy state nothing.
//
// It takes as long as [Policy.Check] does, and so is asked of a password that has
// been found right.
func (p *Policy) Meets(pw string) bool {
	if len(pw) > typed.MaxPassword {
		return false
	}
	return p == nil || p.checkForm(typed.Password(pw), p.minLength) == nil
}

// checkForm is the part of a check that looks at the form of the password alone.
func (p *Policy) checkForm(form string, least int) (failed []Violation) {
	if utf8.RuneCountInString(form) < least {
		failed = append(failed, tooShort(least))
	}
	if least := p.minNonAlphanumeric; nonAlphanumerics(form) < least {
		failed = append(failed, tooPlain(least))
	}
	if p.pattern != nil && !p.pattern.expression.MatchString(form) {
		failed = append(failed, p.pattern.violation())
	}
	return failed
}

func tooShort(least int) Violation {
	if least == 1 {
		return NewViolation(RuleMinLength, "Use at least 1 character.")
	}
	return NewViolation(RuleMinLength, "Use at least %d characters.", least)
}

func tooPlain(least int) Violation {
	if least == 1 {
		return NewViolation(RuleMinNonAlphanumeric, "Use at least 1 character other than letters and digits.")
	}
	return NewViolation(RuleMinNonAlphanumeric, "Use at least %d characters other than letters and digits.", least)
}

// nonAlphanumerics counts the characters that are neither letters nor digits of any
// script. Marks belong to the letter before them, and a character that cannot be
// seen is nothing that anybody means to add. What Unicode has not assigned counts:
// it may be an emoji that is newer than our tables.
func nonAlphanumerics(form string) (n int) {
	for _, r := range form {
		if !unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.Cc, unicode.Cf) {
			n++
		}
	}
	return n
}
