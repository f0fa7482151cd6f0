package sallyport

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/internal/typed"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/password"
	"github.com/sallyport-auth/sallyport/store"
)

// newPassword is a password that is to be set, and what was made of it. It lives
// outside the transaction, which may run several times.
type newPassword struct {
	password string
	// old is the old one as it was typed; empty: none was. That this is the same is
	// told without a hash.
	old string
	// toCome means that it is for an account to come, and not for the one that the call
	// has read, whose history is not looked at.
	toCome  bool
	hash    string
	present string    // the present hash of the account that it was held against
	before  [2]string // salt and digests of the history that was read
	after   [2]string // of the history with this password
	known   error     // a [password.PolicyError]: one of the account's last ones
}

// staged is the new password as a request keeps it.
func (n *newPassword) staged() mfa.StagedPassword {
	return mfa.StagedPassword{Hash: n.hash, Salt: n.after[0], History: n.after[1]}
}

// stored is the new password as an account keeps it.
func (n *newPassword) stored() directory.NewHash {
	return directory.NewHash{Hash: n.hash, Salt: n.after[0], History: n.after[1]}
}

// passwordPolicy returns the policy of those rules, which is made once for as long as
// they stay.
func (e *Engine) passwordPolicy(rules *directory.PasswordRules) (*password.Policy, error) {
	key := fmt.Sprintf("%d %d %q %q", rules.MinLength, rules.MinNonAlphanumeric, rules.Pattern, rules.Message)
	if last := e.judged.Load(); last != nil && last.rules == key {
		return last.policy, nil
	}
	policy, err := rules.Policy(e.cfg.Breached)
	if err != nil {
		return nil, fmt.Errorf("sallyport: the policy on passwords: %w: %w", store.ErrDamaged, err)
	}
	e.judged.Store(&judgedPolicy{key, policy})
	return policy, nil
}

// ruleForm is broken by what nobody can type, such as a control character.
const ruleForm password.Rule = "form"

// refusal is what is wrong with a new password: with itself, and beside the account,
// which is told only to who has proven all that a change needs.
type refusal struct{ itself, beside error }

// any is what is told to who has proven all.
func (r refusal) any() error { return password.JoinPolicy(r.itself, r.beside) }

// judgeNew judges a new password by the policy and beside the account, and hashes it,
// once over all attempts. An error is a fault; a refusal is told and no more.
func (c *call) judgeNew(n *newPassword, place password.Place, words []string) (r refusal, err error) {
	if r, err = c.checkNew(n, words); err != nil || r.itself != nil {
		return r, err
	}
	if err := c.hashNew(n, place); err != nil {
		return r, err
	}
	r.beside = password.JoinPolicy(r.beside, n.known)
	return r, nil
}

// checkNew is judgeNew without what takes a hash.
func (c *call) checkNew(n *newPassword, words []string) (r refusal, err error) {
	if err := typed.CheckPassword(n.password); err != nil {
		return refusal{itself: &password.PolicyError{Failed: []password.Violation{password.NewViolation(ruleForm, "This one %s.", err)}}}, nil
	}
	policy, err := c.passwordPolicy(&c.policy.Passwords)
	if err != nil {
		return r, err
	}
	all, err := failed(policy.Check(n.password, password.Context{Words: words}))
	if err != nil {
		return r, err
	}
	isContext := func(v password.Violation) bool { return v.Rule == password.RuleContext }
	i := slices.IndexFunc(all, isContext)
	if i >= 0 {
		r.beside = &password.PolicyError{Failed: []password.Violation{all[i]}}
	}
	if rest := slices.DeleteFunc(all, isContext); len(rest) > 0 {
		r.itself = &password.PolicyError{Failed: rest}
	}
	return r, nil
}

// adminPassword judges and hashes a password that an administrator sets. The error is
// a [password.PolicyError] where the policy refuses it.
func (c *call) adminPassword(n *newPassword, words []string) error {
	r, err := c.judgeNew(n, password.Place{Client: hostParty}, words)
	if err != nil {
		return err
	}
	return r.any()
}

// failed are the rules that a check found broken. Any other error is a fault.
func failed(err error) ([]password.Violation, error) {
	if e, ok := errors.AsType[*password.PolicyError](err); ok {
		return slices.Clone(e.Failed), nil
	}
	return nil, err
}

// hashNew hashes the password, and holds it against the account's last ones, in turn
// with those that log in. What it costs is paid for whether or not the caller waits:
// with its turn the call is detached.
func (c *call) hashNew(n *newPassword, place password.Place) error {
	var before [2]string
	var present string
	if !n.toCome {
		before, present = [2]string{c.who.age.HistorySalt, c.who.age.History}, c.who.acc.PasswordHash
	}
	if n.hash != "" && n.before == before && n.present == present {
		return nil
	}
	var fault error
	keep := c.policy.Passwords.History()
	c.time.Queue()
	err := c.gate.Do(c.time, place, func(bool) {
		if fault = c.time.Detach(); fault != nil {
			fault = ended(fault)
			return
		}
		fault = n.make(c.cfg.PasswordParams, before, keep)
		n.holdAgainst(present)
	})
	if err == nil {
		err = fault
	}
	return err
}

// make makes the hash, and the history with it.
func (n *newPassword) make(p password.Params, before [2]string, keep int) error {
	h, err := password.ReadHistory(before[0], before[1])
	if err != nil {
		return fmt.Errorf("reading the history of passwords: %w: %w", store.ErrDamaged, err)
	}
	n.known = h.Check(n.password, keep)
	if h, err = h.Add(p, n.password, keep); err != nil {
		return err
	}
	n.before = before
	n.after[0], n.after[1] = h.Text()
	n.hash, err = p.Hash(typed.Password(n.password))
	return err
}

// holdAgainst holds the password against the present one of the account, of which no
// history may be kept: a file, an import or another system has set it, or the policy
// keeps none. A hash that cannot be read is matched by nothing.
func (n *newPassword) holdAgainst(present string) {
	n.present = present
	if present == "" || n.old != "" && typed.Password(n.old) == typed.Password(n.password) {
		return
	}
	for _, form := range typed.Passwords(n.password) {
		if same, err := password.Verify(present, form); err == nil && same && n.known == nil {
			n.known = &password.PolicyError{Failed: []password.Violation{password.NewViolation(password.RuleHistory, "Choose another one: this is the present one.")}}
		}
	}
}

// wordsOf are what a stranger may know of an account and of where it signs in.
func (c *call) wordsOf(address string) []string {
	a := &c.who.acc
	return []string{a.Name, a.FirstName, a.LastName, address, c.app.Name, c.label}
}

// setPassword makes a password the account's, which ends its sessions and pending
// logins. The event says how it came to be.
func (c *call) setPassword(s mfa.StagedPassword, how EventKind) error {
	if err := c.writeHost(s.Hash); err != nil {
		return err
	}
	p := &c.who
	if err := account.MoveHash(c.tx, p.acc.PasswordHash, s.Hash); err != nil {
		return err
	}
	p.acc.PasswordHash, p.acc.MustChange, p.weak = s.Hash, false, false
	p.age.Epoch, p.age.PasswordChanged = p.age.Epoch+1, c.tx.Now()
	p.age.HistorySalt, p.age.History, p.age.GraceUsed = s.Salt, s.History, 0
	p.age.PasswordEnds = time.Time{}
	if err := p.guard.ForgetMiss(c.tx, c.policy.LockRules, c.tx.Now()); err != nil {
		return err
	}
	if !p.hosted { // else the host has written it
		if err := account.Accounts.Put(c.tx, p.id, p.acc, account.NoExpiry); err != nil {
			return err
		}
	}
	if err := account.Ageings.Put(c.tx, p.home, p.age, account.NoExpiry); err != nil {
		return err
	}
	return c.log(Event{Kind: how, Account: p.id, Client: c.client.ID})
}

// takePassword makes the staged password the account's, in the commit that completes
// the login: the request and its session go along.
func (c *call) takePassword(request *mfa.Case) error {
	request.TellPasswordChanged()
	request.ForgetGuesses()
	if err := c.setPassword(request.Request.Staged, EventPasswordChanged); err != nil {
		return err
	}
	request.SetEpoch(c.who.age.Epoch)
	return nil
}
