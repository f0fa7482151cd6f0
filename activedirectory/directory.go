package activedirectory

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/typed"
)

// Directory is one domain. It may be used from any number of goroutines, and has nothing
// to close.
type Directory struct{ domain *domain }

// domain is what a Directory is made of, out of reach of whoever prints one.
type domain struct {
	*settings
	first   atomic.Int64          // the controller that is asked first
	known   atomic.Pointer[facts] // nil: not yet read
	refused atomic.Int64          // when the reader was refused, Unix nanoseconds; 0: it was not
}

var (
	_ sallyport.Module       = (*Directory)(nil)
	_ sallyport.ModuleLimits = (*Directory)(nil)
)

// New returns the directory of c, or an error that says all that is wrong with c. It asks a
// controller what it is and when it locks accounts; where none answers within the
// Timeout, New says so in the log, and the next call asks again.
func New(ctx context.Context, c Config) (*Directory, error) {
	s, err := c.check()
	if err != nil {
		return nil, fmt.Errorf("activedirectory: %w", err)
	}
	d := &domain{settings: s}
	if err := d.ask(ctx, func(*session) error { return nil }); err != nil {
		s.Log.Warn("activedirectory: no controller answers yet", "error", err)
	}
	return &Directory{d}, nil
}

// Canonical returns the one spelling that DOM\bob, bob@dom and bob share, with the domain.
// A name with the suffix of another domain is a userPrincipalName and has a spelling of its
// own. ok is false for a name of another domain before a backslash, and for one with
// characters that no name has.
func (d *Directory) Canonical(text string) (spelling string, ok bool) {
	n, ok := d.domain.parse(text)
	if !ok {
		return "", false
	}
	return n.String(), true
}

// Check reports whether the password is that of the account. It returns nil where it is
// wrong, where nobody or more than one account has the name, and, without asking, for an
// empty password, one that is longer than 1,024 bytes, and one with control characters. An
// account that may not log in comes back as such after a right password alone. An error
// means that it could not be found out; a password that was sent and not answered for is
// never sent again.
func (d *Directory) Check(ctx context.Context, text, password string) (*sallyport.Principal, error) {
	n, ok := d.domain.parse(text)
	if !ok || password == "" || typed.CheckPassword(password) != nil {
		return nil, nil
	}
	var p *sallyport.Principal
	err := d.domain.ask(ctx, func(s *session) (err error) {
		p, err = s.check(n, password)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("activedirectory: %w", err)
	}
	return p, nil
}

// Read returns the account of a key, as it is now, or nil where there is none any more, or
// none below the base.
func (d *Directory) Read(ctx context.Context, key string) (*sallyport.Principal, error) {
	guid, ok := strings.CutPrefix(key, d.domain.Domain+"/")
	if !ok || !isGUID(guid) {
		return nil, nil
	}
	if d.domain.Reader == "" {
		return nil, fmt.Errorf("activedirectory: %w", errNoReader)
	}
	var p *sallyport.Principal
	err := d.domain.ask(ctx, func(s *session) (err error) {
		p, err = s.read(guid)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("activedirectory: %w", err)
	}
	return p, nil
}

var errNoReader = errors.New("without a Reader no account is read")

// key names an account for ever.
func (s *settings) key(guid string) string { return s.Domain + "/" + guid }

// unreadLimit is how many wrong passwords a name has where the domain's own limit cannot
// be read.
const unreadLimit = 3

// Limits returns how many wrong passwords a name may have, and within what time: two fewer
// than lock the account in the domain, and at least one, so that guessing here never locks
// anybody out of Windows. It is 0 where the domain locks nobody, and 3 where that could not
// be read; then the time is 0, for the policy's own.
func (d *Directory) Limits() (misses int, window time.Duration) {
	f := d.domain.known.Load()
	switch {
	case f == nil || !f.limitRead:
		return unreadLimit, 0
	case f.threshold == 0:
		return 0, 0
	}
	return max(1, f.threshold-2), f.window
}

// ask runs fn on a connection to the first controller that serves it. Each controller has
// its share of the time that is left. None is asked after one to which a user's password
// was sent, or that refused the reader.
func (d *domain) ask(ctx context.Context, fn func(*session) error) error {
	if err := d.readerPaused(); err != nil {
		return err
	}
	bounded, cancel := context.WithTimeout(ctx, d.Timeout)
	defer cancel()
	first, count := int(d.first.Load()), len(d.controllers)
	var errs error
	for i := range count {
		at := (first + i) % count
		final, err := d.askOne(bounded, d.controllers[at], count-i, fn)
		if err == nil {
			return nil
		}
		err = fmt.Errorf("%s: %w", d.controllers[at].address, err)
		errs = errors.Join(errs, err)
		if ctx.Err() != nil { // the caller is gone, which is no fault of the controller
			break
		}
		d.first.CompareAndSwap(int64(at), int64((at+1)%count))
		d.Log.Warn("activedirectory: a controller did not serve", "error", err)
		if final || bounded.Err() != nil {
			break
		}
	}
	return errs
}
