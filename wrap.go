package sallyport

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"sync"
	"time"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/password"
	"github.com/sallyport-auth/sallyport/store"
)

const (
	// wrapTime bounds the wrapping of weak hashes in one call of Maintain, within
	// upkeepTime, and in one of WrapHashes.
	wrapTime = 15 * time.Second

	// wrapPause is how long wrapping waits where somebody logs in.
	wrapPause = 20 * time.Millisecond
)

// wrapper makes something good of one weak hash. It reports false where that has to
// wait.
type wrapper func(ctx context.Context, w weakHash) (done bool, err error)

// WrapHashes puts a slow hash around weak ones, such as MD5 or SHA-1, of accounts whose
// owners do not come, so that a thief of the store gains less by them. [Engine.Maintain]
// does the same while nobody logs in; this does it at once, in turn with those who log
// in, on all processors, for about 15 seconds. Call it until it reports that all is done.
// Sessions go on, and the password stays the same. It is one event, with the count.
func (a *Admin) WrapHashes(ctx context.Context) (wrapped int, done bool, err error) {
	if err := a.actor.check(); err != nil {
		return 0, false, err
	}
	err = a.e.look(ctx, func(t context.Context) error {
		limited, cancel := context.WithTimeout(t, wrapTime)
		defer cancel()
		select {
		case a.e.wraps.turn <- struct{}{}:
			defer func() { <-a.e.wraps.turn }()
			wrapped, done, err = a.e.wrapHashes(limited, runtime.GOMAXPROCS(0), a.e.wrapInTurn)
		case <-limited.Done():
		}
		return err
	})
	if err == nil && wrapped > 0 {
		_, err = a.e.run(ctx, host, func(c *call) error {
			return c.log(a.actor.sign(Event{Kind: EventHashesWrapped, Detail: strconv.Itoa(wrapped)}))
		})
	}
	return wrapped, done, err
}

// wrapIdly is the part of the upkeep that wraps weak hashes.
func (e *Engine) wrapIdly(ctx context.Context) error {
	select {
	case e.wraps.turn <- struct{}{}:
		defer func() { <-e.wraps.turn }()
	default:
		return nil // another does it
	}
	n, _, err := e.wrapHashes(ctx, 1, e.wrapWhileIdle)
	if n > 0 {
		e.logger.Info("weak password hashes were wrapped", "count", n)
	}
	return err
}

// wrapHashes goes on with the search, for which its caller has the turn, until it has
// come to the end, or ctx has, which is no error. So many are wrapped at once.
func (e *Engine) wrapHashes(ctx context.Context, atOnce int, wrap wrapper) (wrapped int, done bool, err error) {
	for {
		n, again, err := e.search(ctx, e.wraps, atOnce, wrap)
		wrapped += n
		switch {
		case ctx.Err() != nil:
			return wrapped, false, nil
		case err != nil || !again:
			return wrapped, err == nil, err
		}
	}
}

// search goes through the accounts once, or through what is left of them. Again means
// that another search has to follow.
func (e *Engine) search(ctx context.Context, s *wrapping, atOnce int, wrap wrapper) (wrapped int, again bool, err error) {
	mix, version, err := e.readMix(ctx)
	if err != nil || mix.Weak() == 0 || e.hosts != nil { // a host's own hashes are counted, and not stored

		s.begin(0)
		return 0, false, err
	}
	if s.after == "" {
		s.begin(version)
	}
	var found []weakHash
	for it, err := range account.Accounts.Scan(ctx, e.db, e.clock(), "", s.after) {
		switch {
		case errors.Is(err, store.ErrDamaged):
			continue // whoever meets it denies
		case e.isClosed():
			return wrapped, false, ErrClosed
		case err != nil:
			return wrapped, false, err
		}
		if s.mix.Add(it.Value.PasswordHash); password.Weak(it.Value.PasswordHash) {
			found = append(found, weakHash{it.ID, it.Value.PasswordHash})
		}
		if len(found) == atOnce {
			n, err := e.wrapAll(ctx, s, found, wrap)
			if wrapped += n; err != nil || n < len(found) {
				return wrapped, false, err
			}
			found = nil
		}
		if len(found) == 0 {
			s.after = it.ID
		}
	}
	n, err := e.wrapAll(ctx, s, found, wrap)
	if wrapped += n; err != nil || n < len(found) {
		return wrapped, false, err
	}
	again = s.found
	if !s.found {
		err = e.recount(ctx, s)
	}
	s.begin(0)
	return wrapped, again, err
}

// wrapAll wraps some hashes at once, and returns of how many that has come to an end.
func (e *Engine) wrapAll(ctx context.Context, s *wrapping, list []weakHash, wrap wrapper) (n int, err error) {
	s.found = s.found || len(list) > 0
	var mu sync.Mutex
	var wg sync.WaitGroup
	for _, w := range list {
		wg.Go(func() {
			done := false
			fault := e.guarded(func() (err error) { done, err = wrap(ctx, w); return err })
			mu.Lock()
			defer mu.Unlock()
			err = errors.Join(err, fault)
			if done && fault == nil {
				n++
			}
		})
	}
	wg.Wait()
	return n, err
}

// wrapWhileIdle wraps a hash once nobody is at the gate. It waits for that.
func (e *Engine) wrapWhileIdle(ctx context.Context, w weakHash) (done bool, err error) {
	for {
		var hash string
		if e.gate.DoIdle(func() { hash, err = e.cfg.PasswordParams.Wrap(w.hash) }) {
			return e.wrapped(ctx, w, hash, err)
		}
		pause := time.NewTimer(wrapPause)
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return false, nil
		}
	}
}

// wrapInTurn wraps a hash in turn with those who log in.
func (e *Engine) wrapInTurn(ctx context.Context, w weakHash) (done bool, err error) {
	var hash string
	var fault error
	err = e.gate.Do(ctx, password.Place{Name: "\x00wrap " + w.account, Client: hostParty}, func(bool) { hash, fault = e.cfg.PasswordParams.Wrap(w.hash) })
	if errors.Is(err, password.ErrOverloaded) || ctx.Err() != nil {
		return false, nil
	}
	return e.wrapped(ctx, w, hash, errors.Join(err, fault))
}

// wrapped writes a wrapped hash, unless the account has another by now: a login makes
// it good as well. An epoch is not raised: the password is the same.
func (e *Engine) wrapped(ctx context.Context, w weakHash, hash string, err error) (bool, error) {
	if err == nil {
		err = e.replaceHash(ctx, &renewal{account: w.account, hash: w.hash}, hash)
	}
	if err != nil {
		return false, fmt.Errorf("wrapping a password hash: %w", err)
	}
	return true, nil
}

// readMix reads the mix of hashes and its version.
func (e *Engine) readMix(ctx context.Context) (mix account.HashMix, version uint64, err error) {
	err = e.db.Run(ctx, e.clock(), func(tx *store.Tx) (err error) {
		mix, _, err = account.HashMixes.Get(tx, account.TheHashMix)
		version = tx.Version(account.HashMixes.Key(account.TheHashMix))
		return err
	})
	return mix, version, err
}

// recount makes what a whole search has counted the mix, unless that has changed since
// the search began: then it says itself whether another is wanted.
func (e *Engine) recount(ctx context.Context, s *wrapping) error {
	return e.db.Run(ctx, e.clock(), func(tx *store.Tx) error {
		was, _, err := account.HashMixes.Get(tx, account.TheHashMix)
		if err != nil || tx.Version(account.HashMixes.Key(account.TheHashMix)) != s.version {
			return err
		}
		s.mix.Unknown = was.Unknown
		return account.HashMixes.Put(tx, account.TheHashMix, s.mix, account.NoExpiry)
	})
}
