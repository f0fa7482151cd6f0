package sallyport

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/sallyport-auth/sallyport/internal/detach"
	"github.com/sallyport-auth/sallyport/internal/peer"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/password"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/sealed"
	"github.com/sallyport-auth/sallyport/token"
)

// Engine decides who somebody is. All methods may be called from any number of
// goroutines. Make one with [New], call [Engine.Maintain] about each minute,
// and [Engine.Close] it before the store.
type Engine struct {
	cfg      Config
	db       *store.DB
	index    store.Index
	signers  token.Signers
	rotation token.Rotation
	gate     *password.Gate
	channels mfa.Channels
	logger   *slog.Logger
	label    string
	loopback bool // the issuer is this machine

	last atomic.Int64 // the latest reading of the clock, in nanoseconds

	ring     atomic.Pointer[knownRing]
	owners   owners
	pictures pictures
	held     holder
	posts    posts
	arrivals arrivals
	throttle throttle

	calls *detach.Calls
}

// New makes an engine. It answers all faults of the configuration at once,
// prepares the store on first use (an index key and a signing key), and starts
// no goroutine.
func New(c Config) (*Engine, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	s := c.Store
	if c.sealed() {
		locked, err := sealed.New(s, c.Keys)
		if err != nil {
			return nil, fmt.Errorf("sallyport: %w", err)
		}
		s = locked
	}
	prefix := ""
	if c.Prefix != "" {
		prefix = c.Prefix + "/"
	}
	e := &Engine{
		cfg: c, db: store.NewDB(s, prefix), gate: c.Gate, logger: c.Logger, label: c.Label,
		channels: mfa.Channels{Email: c.Email != nil, SMS: c.SMS != nil},
		calls:    newCalls(),
	}
	e.pictures.seen, e.owners.m, e.held.byAccount = map[string]int{}, map[string]owner{}, map[string]int{}
	if err := e.fill(); err != nil {
		return nil, fmt.Errorf("sallyport: %w", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), callLimit)
	defer cancel()
	if err := e.prepare(ctx); err != nil {
		return nil, fmt.Errorf("sallyport: preparing the store: %w", err)
	}
	e.warn()
	return e, nil
}

// fill sets what the configuration left out.
func (e *Engine) fill() error {
	if e.cfg.Now == nil {
		e.cfg.Now = time.Now
	}
	if e.cfg.EventRetention == 0 {
		e.cfg.EventRetention = defaultRetention
	}
	if e.logger == nil {
		e.logger = slog.New(slog.DiscardHandler)
	}
	u, err := url.Parse(e.cfg.Issuer)
	if err != nil {
		return err
	}
	e.loopback = peer.IsLoopbackHost(u.Hostname())
	if e.label == "" {
		e.label = u.Hostname()
	}
	if e.gate == nil {
		g, err := password.NewGate(password.GateConfig{})
		if err != nil {
			return err
		}
		e.gate = g
	}
	return e.cfg.PasswordParams.Check()
}

// warn says what an operator may not have meant.
func (e *Engine) warn() {
	if !e.cfg.sealed() {
		e.logger.Warn("the store is not sealed: authenticator secrets and signing keys rest in clear")
	}
	if !e.channels.Email {
		e.logger.Warn("no e-mail sender: e-mail factors are neither offered nor enrolled")
	}
	if !e.channels.SMS {
		e.logger.Warn("no SMS sender: SMS factors are neither offered nor enrolled")
	}
}

// indexKey is the one key that makes every keyed hash. It is made once, sealed
// and never rotated, so that sealing anew renames nothing.
type indexKey struct {
	Key []byte `json:"key"`
}

var indexKeys = store.Table[indexKey]{Name: "keys", Schema: 1}

// prepare reads the index key and the signing keys, and makes them in a store
// that has none. Two nodes that start at once agree.
func (e *Engine) prepare(ctx context.Context) error {
	var fresh *token.Key // dear, and the same for every attempt
	return e.db.Run(ctx, e.clock(), func(tx *store.Tx) error {
		if err := tx.Fetch(indexKeys.Key("index"), token.Keys.Key(token.RingID)); err != nil {
			return err
		}
		k, ok, err := indexKeys.Get(tx, "index")
		if err != nil {
			return err
		}
		if !ok {
			k = indexKey{Key: rnd.Bytes(32)}
			if err := indexKeys.Put(tx, "index", k, time.Time{}); err != nil {
				return err
			}
		}
		if e.index, err = store.NewIndex(k.Key); err != nil {
			return fmt.Errorf("%w: %w", store.ErrDamaged, err)
		}
		return e.rotate(tx, &fresh)
	})
}

// rotate adds a signing key where one is due, and retires old ones.
func (e *Engine) rotate(tx *store.Tx, fresh **token.Key) error {
	ring, _, err := token.Keys.Get(tx, token.RingID)
	if err != nil {
		return err
	}
	if ring.Due(tx.Now(), e.rotation) && *fresh == nil {
		k, err := token.NewKey(2048, tx.Now())
		if err != nil {
			return err
		}
		*fresh = &k
	}
	next, changed, err := ring.Rotate(tx.Now(), e.rotation, *fresh)
	if err != nil {
		return err
	}
	e.ring.Store(&knownRing{ring: next}) // its version is read with the first token
	if !changed {
		return nil
	}
	return token.Keys.Put(tx, token.RingID, next, time.Time{})
}

// Issuer is the public base URL, as configured.
func (e *Engine) Issuer() string { return e.cfg.Issuer }

// clock reads the time. Inside a process it stands still rather than go back.
func (e *Engine) clock() time.Time {
	now := e.cfg.Now().UnixNano()
	for {
		last := e.last.Load()
		if now <= last {
			return time.Unix(0, last).UTC()
		}
		if e.last.CompareAndSwap(last, now) {
			return time.Unix(0, now).UTC()
		}
	}
}

func (e *Engine) isClosed() bool { return e.calls.Closed() }

// Close refuses whoever waits for a turn, answers held calls, waits for calls
// that have looked at a secret and for messages that are being sent, and ends the
// engine. The store stays open; close it afterwards. Closing twice is no error.
func (e *Engine) Close() error {
	e.calls.Close()
	e.held.wait()
	e.posts.wait()
	return nil
}
