package directory

import (
	"errors"
	"fmt"

	"github.com/sallyport-auth/sallyport/password"
)

// judgeBy has the passwords of the file judged by the rules of a policy, for the
// report.
func (a *Applier) judgeBy(p PolicyRecord) (err error) {
	a.policy, err = p.Passwords.Policy(nil)
	if err != nil {
		return fmt.Errorf("reading the policy: %w", err)
	}
	return nil
}

// weakPasswords warns of passwords in clear that do not meet the policy, one warning
// for each rule. They are applied all the same: the file is the operator's. Warnings
// name places and rules alone.
func weakPasswords(d *File, policy *password.Policy) (out []string) {
	paths := map[password.Rule][]string{}
	for i := range d.Users {
		u := &d.Users[i]
		if u.Password == "" {
			continue
		}
		failed, ok := errors.AsType[*password.PolicyError](policy.Check(u.Password, password.Context{Words: knownOf(d, u)}))
		if !ok {
			continue
		}
		for _, v := range failed.Failed {
			paths[v.Rule] = append(paths[v.Rule], member(element("users", i), "password"))
		}
	}
	for _, r := range password.Rules() {
		if len(paths[r]) > 0 {
			out = append(out, fmt.Sprintf("%s: against the policy on passwords: %s", some(paths[r]), r))
		}
	}
	return out
}

// knownOf is what a stranger may know of a user and of what it signs in to.
func knownOf(d *File, u *User) []string {
	words := []string{u.Name, u.FirstName, u.LastName, u.Email, u.Mobile}
	for _, a := range d.Applications {
		words = append(words, a.Name)
	}
	return words
}

// shortMinimum warns of a minimum length that is below what is recommended.
func shortMinimum(d *File) (out []string) {
	if d.Policy == nil {
		return nil
	}
	if n := or(d.Policy.Password.MinLength, password.DefaultMinLength); n < password.DefaultMinLength {
		out = append(out, fmt.Sprintf("policy.password.minLength: %d lets passwords be guessed; NIST SP 800-63B wants %d at least", n, password.DefaultMinLength))
	}
	return out
}
