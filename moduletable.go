package sallyport

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/internal/ascii"
	"github.com/sallyport-auth/sallyport/internal/limit"
	"github.com/sallyport-auth/sallyport/internal/pool"
	"github.com/sallyport-auth/sallyport/internal/recent"
)

// Bounds of the questions to a module.
const (
	moduleFresh   = 5 * time.Minute  // how old its answer may be for handles and tokens
	moduleLasting = 15 * time.Minute // the same while it cannot be asked
	modulePause   = 10 * time.Second // after a question without an answer, of one account

	maxJudged = 256 // passwords that are judged or wait for it: a quarter of the calls that may be detached
)

// moduleTable asks a [Module]. Its methods may be called from any number of goroutines.
type moduleTable struct {
	hostTable
	name   string // as configured
	folded string // as it stands in keys and records
	asks   Module
	turns  *limit.Slots[string] // one password of a name at a time
	judged chan struct{}        // holds a token for each password that is judged or waits for it
	logger *slog.Logger
}

// newModuleTables returns the modules of a configuration by their folded names.
func newModuleTables(modules map[string]Module, work *pool.Pool, now func() time.Time, logger *slog.Logger) map[string]*moduleTable {
	tables := map[string]*moduleTable{}
	for name, m := range modules {
		t := &moduleTable{name: name, folded: ascii.Fold(name), asks: m, turns: limit.NewSlots[string](maxJudged, 1), judged: make(chan struct{}, maxJudged), logger: logger}
		t.hostTable = hostTable{
			asker: newAsker(work), module: name, now: now, told: recent.New[string, *telling](maxTold),
			fresh: moduleFresh, lasting: moduleLasting, pause: modulePause, faulty: t.unasked,
			read: func(ctx context.Context, key string) (*hostAccount, error) { return t.kept(m.Read(ctx, key)) },
		}
		tables[t.folded] = t
	}
	return tables
}

// unasked is the error of a call that a module could not judge.
func (t *moduleTable) unasked(err error) error {
	t.logger.Error("an identity module did not answer", "module", t.name, "error", err)
	return fmt.Errorf("%w: the module %s did not answer", ErrBusy, t.name)
}

// kept is an answer of the module's as accounts that are kept elsewhere have it. The module
// may go on to use its own.
func (t *moduleTable) kept(p *Principal, err error) (*hostAccount, error) {
	if err != nil || p == nil {
		return nil, err
	}
	if err := p.check(t.now()); err != nil {
		return nil, err
	}
	own := &hostAccount{passwordSet: p.PasswordSet.UTC(), roles: append([]PrincipalRole(nil), p.Roles...)}
	own.Account = Account{
		ID: p.Key, Name: p.Name, FirstName: p.FirstName, LastName: p.LastName, Language: p.Language, Email: p.Email, Mobile: p.Mobile,
		Attributes: append([]account.Attribute(nil), p.Attributes...),
		Disabled:   p.Disabled, Locked: p.Locked, MustChangePassword: p.MustChangePassword,
	}
	if p.Expired {
		own.End = time.Unix(1, 0).UTC()
	}
	return own, nil
}

// check asks whether a password is right. The text of an error is searched for it, in case
// the module was careless.
func (t *moduleTable) check(ctx context.Context, name, pw string) (*hostAccount, error) {
	acc, err := t.put(ctx, func(ctx context.Context) (*hostAccount, error) {
		acc, err := t.kept(t.asks.Check(ctx, name, pw))
		if err != nil {
			err = errors.New(without(err.Error(), pw))
		}
		return acc, err
	})
	if err == nil && acc != nil {
		t.learn(acc.ID, acc, nil)
	}
	return acc, err
}

// without returns a text in which a secret does not stand, also as Go and URLs spell it.
func without(text, secret string) string {
	quoted := fmt.Sprintf("%q", secret)
	for _, form := range []string{secret, quoted[1 : len(quoted)-1], url.QueryEscape(secret), url.PathEscape(secret)} {
		text = strings.ReplaceAll(text, form, "…")
	}
	return text
}

// canonical returns the spelling of a name by which it is counted. ok is false of what is
// the name of no account.
func (t *moduleTable) canonical(text string) (name string, ok bool, err error) {
	if text == "" || !isPlain(text, maxNameAsked) {
		return text, false, nil
	}
	err = unpanicked(func() error {
		name, ok = t.asks.Canonical(text)
		return nil
	})
	if err != nil {
		return "", false, t.fault(err)
	}
	return name, ok, nil
}

// turn waits until no other call has a password of the same name judged, and returns what
// ends that of this one. Where many wait already it is refused at once: a module that hangs
// must not hold the calls of others up.
func (t *moduleTable) turn(ctx context.Context, nameID string) (leave func(), err error) {
	select {
	case t.judged <- struct{}{}:
	default:
		return nil, t.fault(errors.New("too many passwords wait to be judged"))
	}
	wait, cancel := context.WithTimeout(ctx, askLimit)
	defer cancel()
	if err := t.turns.Enter(wait, nameID); err != nil {
		<-t.judged
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, t.fault(err)
	}
	return func() {
		t.turns.Leave(nameID)
		<-t.judged
	}, nil
}

// limits makes rules as strict as the module wants them.
func (t *moduleTable) limits(rules account.LockRules) (account.LockRules, error) {
	own, ok := t.asks.(ModuleLimits)
	if !ok {
		return rules, nil
	}
	misses, window := 0, time.Duration(0)
	err := unpanicked(func() error {
		misses, window = own.Limits()
		return nil
	})
	if err != nil {
		return rules, t.fault(err)
	}
	return rules.Below(misses, window), nil
}

// moduleNames are the names of modules, as configured.
func moduleNames(modules map[string]*moduleTable) (names []string) {
	for _, m := range modules {
		names = append(names, m.name)
	}
	slices.Sort(names)
	return names
}
