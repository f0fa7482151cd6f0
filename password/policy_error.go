package password

import (
	"errors"
	"fmt"
	"strings"
)

// Rule is the name of a rule on passwords, for programs. Names stay as they are, and
// later versions may add others.
type Rule string

// The rules, in the order in which a [PolicyError] lists them.
const (
	RuleMinLength          Rule = "minLength"          // too few characters
	RuleMinNonAlphanumeric Rule = "minNonAlphanumeric" // too few that are neither letters nor digits
	RulePattern            Rule = "pattern"            // the pattern does not match
	RuleCommon             Rule = "common"             // a word that many use, perhaps with an ending
	RuleContext            Rule = "context"            // holds a name or an address
	RuleBreached           Rule = "breached"           // in the list of published passwords
	RuleHistory            Rule = "history"            // one of the account's last passwords
)

// Rules returns all rules in that order.
func Rules() []Rule {
	return []Rule{RuleMinLength, RuleMinNonAlphanumeric, RulePattern, RuleCommon, RuleContext, RuleBreached, RuleHistory}
}

// Violation is one rule that a password failed.
type Violation struct {
	Rule Rule
	// Message is a sentence in English for whoever chose the password: what to do.
	// It says nothing of the password but that the rule was failed.
	Message string
	// Words are those of Message with places as package fmt has them, and Args what stands in
	// these: for whoever says it in another language. Empty words: Message is not ours.
	Words string
	Args  []any
}

// NewViolation returns a violation that says words of ours, which are a constant.
func NewViolation(r Rule, words string, args ...any) Violation {
	return Violation{Rule: r, Message: fmt.Sprintf(words, args...), Words: words, Args: args}
}

// String is the sentence in English.
func (v Violation) String() string { return v.Message }

// Said returns the sentence as words and what stands in their places, for other languages.
func (v Violation) Said() (words string, args []any) {
	if v.Words == "" {
		return "%s", []any{v.Message}
	}
	return v.Words, v.Args
}

// PolicyError lists every rule that a password failed, each once, in the order of
// the constants. It has no part of the password in it. [RuleContext] and
// [RuleHistory] speak of the account: they are told only to whoever has proven to
// be its owner.
type PolicyError struct{ Failed []Violation }

// Error names the rules.
func (e *PolicyError) Error() string {
	var names []string
	for _, v := range e.Failed {
		names = append(names, string(v.Rule))
	}
	return "password: against the policy: " + strings.Join(names, ", ")
}

// Said returns the sentences of all rules as [Violation.Said] does, with a blank between them;
// of nil it returns nothing.
func (e *PolicyError) Said() (words string, args []any) {
	if e == nil {
		return "", nil
	}
	for _, v := range e.Failed {
		args = append(args, v)
	}
	return strings.TrimSuffix(strings.Repeat("%s ", len(args)), " "), args
}

// Messages returns the sentences for whoever chose the password, in the order of the
// rules.
func (e *PolicyError) Messages() []string {
	list := make([]string, len(e.Failed))
	for i, v := range e.Failed {
		list[i] = v.Message
	}
	return list
}

// JoinPolicy makes one error of the results of several checks of one password, given
// in the order of their rules: nil if all are nil, a [*PolicyError] with the rules
// of all if each is one, else the first other error.
func JoinPolicy(results ...error) error {
	var all PolicyError
	for _, err := range results {
		if err == nil {
			continue
		}
		e, ok := errors.AsType[*PolicyError](err)
		if !ok {
			return err
		}
		all.Failed = append(all.Failed, e.Failed...)
	}
	if all.Failed == nil {
		return nil
	}
	return &all
}
