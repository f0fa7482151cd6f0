package password

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of a pattern. Matching takes at most one step for each instruction and
// byte, so with a password of typed.MaxPreparedPassword bytes some six million, which are
// some tens of milliseconds.
const (
	maxPattern      = 512  // characters
	maxInstructions = 2000 // of the compiled program; a{1000} has about a thousand
)

// pattern is a regular expression that passwords match, and what is said of one that
// does not.
type pattern struct {
	expression *regexp.Regexp
	message    string // empty: ours
}

// violation says that it does not match, in the host's words where it has some.
func (p *pattern) violation() Violation {
	if p.message == "" {
		return NewViolation(RulePattern, "Choose another one: it is not of the form that is asked for here.")
	}
	return Violation{Rule: RulePattern, Message: p.message}
}

// newPattern compiles a sound pattern. It returns nil without one.
func newPattern(expression, message string) *pattern {
	if expression == "" {
		return nil
	}
	if isBlankText(message) {
		message = ""
	}
	return &pattern{regexp.MustCompile(expression), message}
}

// CheckPattern returns nil for a regular expression that [NewPolicy] takes, else an
// error that says what is wrong with it: not in the syntax of package regexp (which
// has no look-ahead), longer than 512 characters, or of more work than 2,000
// instructions.
func CheckPattern(expression string) error {
	if utf8.RuneCountInString(expression) > maxPattern {
		return fmt.Errorf("longer than %d characters", maxPattern)
	}
	parsed, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		return fmt.Errorf("no regular expression in the syntax of RE2: %w", err)
	}
	program, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return fmt.Errorf("no regular expression in the syntax of RE2: %w", err)
	}
	if len(program.Inst) > maxInstructions {
		return fmt.Errorf("takes %d instructions, limit %d: write smaller numbers of repeats", len(program.Inst), maxInstructions)
	}
	return nil
}

// CheckMessage returns nil for a message that [NewPolicy] takes beside a pattern, else
// an error that says what is wrong with it.
func CheckMessage(expression, message string) error {
	switch {
	case isBlankText(message):
		return nil
	case expression == "":
		return errors.New("stands without a pattern, so that nobody would see it")
	case !utf8.ValidString(message):
		return errors.New("not UTF-8")
	case utf8.RuneCountInString(message) > MaxMessage:
		return fmt.Errorf("longer than %d characters", MaxMessage)
	case strings.ContainsFunc(message, unicode.IsControl):
		return errors.New("holds a control character")
	}
	return nil
}

// isBlankText reports whether nobody would see anything of a message.
func isBlankText(s string) bool { return strings.TrimSpace(s) == "" }
