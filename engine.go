package sallyport

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/internal/detach"
	"github.com/sallyport-auth/sallyport/internal/hold"
	"github.com/sallyport-auth/sallyport/internal/limit"
	"github.com/sallyport-auth/sallyport/internal/peer"
	"github.com/sallyport-auth/sallyport/internal/pool"
	"github.com/sallyport-auth/sallyport/internal/recent"
	"github.com/sallyport-auth/sallyport/internal/record"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/message"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/password"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/sealed"
	"github.com/sallyport-auth/sallyport/token"
)

// Bounds of the calls of an engine.
const (
	// callLimit bounds every call, held calls aside.
	callLimit = 30 * time.Second

	// maxDetached bounds the calls that run on whether or not their caller is
	// still there; one group of callers has a quarter of them.
	maxDetached = 1024

	// slotLimit is how long a call waits for its place among them, before it has
	// looked at anything.
	slotLimit = 10 * time.Second

	// failureGrain is what the answer of a call that failed after it had looked
	// at a secret is rounded up to, counted from its beginning. What a right
	// secret costs before its commit, some tens of microseconds, does not show in
	// it.
	failureGrain = 10 * time.Millisecond

	// newHashGrain is the same of calls that may make a new hash behind a right secret
	// before their commit, and hold a password against the last ones: some tenths of
	// a second at most, which would show in a failure.
	newHashGrain = time.Second

	// standStill is how far the clock may go back without being followed: as far
	// as the machine's time service turns it, and as two readings may overtake
	// each other.
	standStill = 5 * time.Second

	// Calls that are held for a link look for a change so often.
	pollEvery      = 250 * time.Millisecond
	heldPerAccount = 3
	heldPerProcess = 5000
	heldPerGuests  = heldPerProcess / 2 // of them, behind no password

	sendLimit     = 5 * time.Second // one message
	maxMailing    = 64              // mails under way that strangers can have sent: they crowd out nothing else
	signLimit     = 5 * time.Second // one signature by a key that is kept outside
	maxSigning    = 64              // of them under way; whoever would be one more is told that the engine is busy
	maxBackground = 64              // notices and renewed hashes under way; more are dropped and logged

	maxThrottled     = 10_000  // such pairs told apart in a minute; the rest are not counted
	maxOwners        = 10_000  // sessions and requests whose account is remembered, and accounts whose applications are
	maxArrivals      = 100_000 // accounts that upkeep looks at: those that logged in since the last time
	maxRequestCounts = 100_000 // requests whose pictures are counted in ten minutes
)

// Engine decides who a user is. All methods may be called from any number of
// goroutines. Make one with [New], call [Engine.Maintain] about each minute,
// and [Engine.Close] it before the store.
type Engine struct {
	cfg      Config
	db       *store.DB
	index    store.Index
	signers  token.Signers
	outside  outsideKeys
	gate     *password.Gate
	kept     *password.Gate // of one permit, for devices that are known
	channels mfa.Channels
	logger   *slog.Logger
	label    string
	loopback bool // the issuer is this machine

	discovery []byte // the document, which depends on the configuration alone

	application atomic.Pointer[string] // id of the one whose rules hold for calls of the host

	judged atomic.Pointer[judgedPolicy] // the policy on passwords that was met last

	last atomic.Int64 // the latest reading of the clock, in nanoseconds; see clock
	ring atomic.Pointer[knownRing]

	clocks  nodeClocks
	stepped atomic.Pointer[setBack] // nil: none that the signing keys know nothing of
	over    overKeys
	trail   trailBound

	hosts      *hostTable              // nil: the users are the built-in directory's
	modules    map[string]*moduleTable // by the folded name
	fallback   *asker
	calls      *detach.Calls
	held       *hold.Calls
	texts      *smsLeases
	background *pool.Pool
	signing    *pool.Pool                    // by keys that are kept outside
	mailing    *pool.Pool                    // mails that strangers can have sent
	resets     *limit.Counts[string]         // keys that were asked for
	owners     *recent.Map[string, owner]    // by the id of a session or the record of a request
	roleKeys   *recent.Map[string, []string] // of the applications in which an account has roles, for userinfo
	wraps      *wrapping
	elsewhere  *recent.Map[string, keptElsewhere] // where accounts that were met are kept, by our ids
	arrivals   *limit.Set[string]                 // accounts that logged in since the last upkeep
	misses     *limit.Counts[string]              // wrong client secrets, by client and address
	keyMisses  *limit.Counts[string]              // wrong API keys, by address
	pictures   *limit.Counts[string]              // shown, by the record of the request
}

// judgedPolicy is a policy that was made of the rules of a record.
type judgedPolicy struct {
	rules  string
	policy *password.Policy
}

// owner remembers whose a session or a request is, which never changes, so that a
// call reads it and its account in one round. A wrong or missing entry costs a
// second round and nothing else.
type owner struct {
	accountRef
	nameID string // of the name at the login, for a request
}

// New makes an engine. It returns all faults of the configuration at once,
// prepares the store on first use (an index key and a signing key), and starts
// no goroutine. The context bounds the preparation alone, which takes half a
// minute at most.
func New(ctx context.Context, c Config) (*Engine, error) {
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
		channels: mfa.Channels{Email: c.Email != nil, SMS: c.SMS != nil, Prefixes: slices.Clone(c.SMSPrefixes)},
	}
	if err := e.fill(); err != nil {
		return nil, fmt.Errorf("sallyport: %w", err)
	}
	var err error
	if e.outside, err = newOutsideKeys(&e.cfg, &e.signers, e.clock()); err != nil {
		return nil, fmt.Errorf("sallyport: %w", err)
	}
	e.equip()
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	if err := e.guarded(func() error { return e.prepare(ctx) }); err != nil {
		return nil, fmt.Errorf("sallyport: preparing the store: %w", judgeKeys(ctx, c, prefix, err))
	}
	e.warn()
	e.warnOfResets(ctx)
	return e, nil
}

// equip makes what the engine works with in this process.
func (e *Engine) equip() {
	e.calls = detach.New(detach.Limits{Total: maxDetached, Share: maxDetached / 4, Wait: slotLimit, Call: callLimit, Grain: failureGrain})
	e.held = hold.New(hold.Config{
		Every: pollEvery, PerAccount: heldPerAccount, PerProcess: heldPerProcess, PerGuests: heldPerGuests, Reading: callLimit,
		Read: e.db.Versions, Now: e.clock, Done: e.calls.Done(),
		Failed: func(err error) { e.logger.Warn("reading the requests of held calls", "error", err) },
	})
	e.texts = newSMSLeases(e.db, e.cfg.SMSPerDay)
	e.background, e.mailing, e.signing = pool.New(maxBackground), pool.New(maxMailing), pool.New(maxSigning)
	e.hosts, e.fallback = newHostTable(&e.cfg, e.background, e.clock, e.logger), newAsker(e.background)
	e.modules = newModuleTables(e.cfg.Modules, e.background, e.clock, e.logger)
	e.elsewhere = recent.New[string, keptElsewhere](maxTold)
	e.resets = limit.NewCounts[string](resetsOfAll.Period, 1)
	e.clocks.db, e.clocks.id = e.db, rnd.Hex(8)
	e.owners = recent.New[string, owner](maxOwners)
	e.roleKeys = recent.New[string, []string](maxOwners)
	e.wraps = newWrapping()
	e.arrivals = limit.NewSet[string](maxArrivals)
	e.misses = limit.NewCounts[string](clientMisses.Period, maxThrottled)
	e.keyMisses = limit.NewCounts[string](keyMisses.Period, maxThrottled)
	e.pictures = limit.NewCounts[string](mfa.Life, maxRequestCounts)
}

// fill sets what the configuration left out.
func (e *Engine) fill() error {
	if e.cfg.Now == nil {
		e.cfg.Now = time.Now
	}
	e.cfg.Pages = e.cfg.Pages.filled()
	if e.cfg.EventRetention == 0 {
		e.cfg.EventRetention = defaultRetention
	}
	e.cfg.SignUp = e.cfg.SignUp.filled()
	if e.logger == nil {
		e.logger = slog.New(slog.DiscardHandler)
	}
	u, err := url.Parse(e.cfg.Issuer)
	if err != nil {
		return err
	}
	e.discovery = token.Discovery(e.cfg.Issuer, token.DiscoveryConfig{})
	e.loopback = peer.IsLoopbackHost(u.Hostname())
	if e.label == "" {
		e.label = hostLabel(u.Hostname())
	}
	if e.gate == nil {
		g, err := password.NewGate(password.GateConfig{})
		if err != nil {
			return err
		}
		e.gate = g
	}
	if e.kept, err = password.NewGate(password.GateConfig{Permits: 1}); err != nil {
		return err
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
	if e.cfg.InsecureSessionPerUser {
		e.logger.Warn("InsecureSessionPerUser is set: for a while after the owner of an account has proven a second factor, whoever has the password needs none")
	}
	if e.cfg.InsecureEnrollAfterFirstFactor {
		e.logger.Warn("InsecureEnrollAfterFirstFactor is set: whoever has the password of an account may add a second factor to it")
	}
	if tag := e.cfg.Language; tag != "" && !strings.EqualFold(strings.Split(tag, "-")[0], message.Language(tag)) {
		e.logger.Warn("messages are in English, since there are no words in the language of the configuration", "language", tag)
	}
	e.warnOfTexts()
}

// warnOfTexts is warn of text messages, which cost money.
func (e *Engine) warnOfTexts() {
	if !e.channels.SMS {
		e.logger.Warn("no SMS sender: SMS factors are neither offered nor enrolled")
		return
	}
	if !linkFits(e.cfg.Issuer, e.cfg.Pages.Link) {
		e.logger.Warn("the issuer and Pages.Link are so long that a link takes more than two text messages")
	}
	if e.cfg.SMSPerDay == 0 {
		e.logger.Warn("no bound on text messages: whoever has many of them sent costs as much as they like; Config.SMSPerDay is one")
	}
	if len(e.cfg.SMSPrefixes) == 0 {
		e.logger.Warn("text messages go to numbers of every country, dear ones too; Config.SMSPrefixes says to which")
	}
}

// warnOfResets is warn of what the directory says of resets.
func (e *Engine) warnOfResets(ctx context.Context) {
	if !e.channels.Email {
		return // nothing is mailed
	}
	weak := false
	err := e.guarded(func() error {
		return e.db.Run(ctx, e.clock(), func(tx *store.Tx) (err error) {
			weak, err = mailboxUndoesFactor(tx, *e.application.Load())
			return err
		})
	})
	switch {
	case err != nil:
		e.logger.Warn("the policy could not be read", "error", err)
	case weak:
		e.logger.Warn("a second factor is required of everybody, but whoever has none beside their mailbox sets a new password by mail alone; policy.password.resetNeedsFactor wants one")
	}
}

// indexKey is the one key that makes every keyed hash. It is made once, sealed
// and never rotated, so that sealing anew renames nothing.
type indexKey struct{ Key []byte }

// Fields implements [record.Record].
func (k *indexKey) Fields(f *record.Fields) {
	f.Secret(1, "key", &k.Key)
	f.End()
}

var indexKeys = store.NewTable[indexKey]("keys", store.TableOptions{})

// prepare reads the index key and the signing keys, and makes them in a store
// that has no index key. Two nodes that start at once agree.
func (e *Engine) prepare(ctx context.Context) error {
	fresh := newFreshKeys(e.cfg.KeyRotation)
	err := e.db.Run(ctx, e.clock(), func(tx *store.Tx) error {
		if err := tx.Fetch(append(token.RingKeys(), indexKeys.Key("index"), directory.OwnKey())...); err != nil {
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
		if err := e.prepareApplication(tx); err != nil {
			return err
		}
		return e.outside.prepare(tx, !ok, fresh)
	})
	if err != nil {
		return err
	}
	known, err := e.readRing(ctx)
	if err != nil {
		return err
	}
	return e.outside.check(known.ring, e.clock(), e.logger)
}

// ownApplication is the name of the application whose rules and roles hold for calls
// of the host.
func (e *Engine) ownApplication() string {
	if e.cfg.Application == "" {
		return "app"
	}
	return e.cfg.Application
}

// prepareApplication finds that application, and makes it in a store without.
func (e *Engine) prepareApplication(tx *store.Tx) error {
	id, err := directory.OwnApplication(tx, e.ownApplication())
	if err == nil {
		e.application.Store(&id)
	}
	return err
}

// guarded turns a panic, of a store or of ours, into an error.
func (e *Engine) guarded(fn func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			// What was panicked with may hold anything, so its type must do.
			e.logger.Error("a call panicked", "type", fmt.Sprintf("%T", v), "stack", string(debug.Stack()))
			err = errPanicked
		}
	}()
	return fn()
}

// Pages are the paths of pages that mails lead to, as configured or by default.
func (e *Engine) Pages() Pages { return e.cfg.Pages }

// Issuer is the public base URL, as configured.
func (e *Engine) Issuer() string { return e.cfg.Issuer }

// clock reads the time. Inside a process it stands still where it went back a
// little. Where it was set back by more it is followed, since everything else
// would last as much longer, and what was written ahead of it is judged by the
// rules of package moment.
func (e *Engine) clock() time.Time {
	for {
		last, now := e.last.Load(), e.cfg.Now().UnixNano() // in this order: what is read then is not older
		back := time.Duration(last - now)
		if back >= 0 && back <= standStill {
			return time.Unix(0, last).UTC()
		}
		if !e.last.CompareAndSwap(last, now) {
			continue
		}
		if back > longStep {
			e.stepped.Store(&setBack{to: time.Unix(0, now).UTC()})
		}
		if back > 0 {
			e.logger.Error("the clock was set back, and is followed: what was granted ahead of it is dead, what was denied ahead of it begins now", "by", back)
		}
		return time.Unix(0, now).UTC()
	}
}

func (e *Engine) isClosed() bool { return e.calls.Closed() }

var errApart = errors.New("sallyport: the clock of this node and that of another are apart")

// Now returns the time by which the engine judges: that of [Config].Now, in UTC. It is for
// packages that judge beside it, as guard does how long ago a factor was proven.
func (e *Engine) Now() time.Time { return e.clock() }

// Ready returns nil where the engine may be sent calls, and otherwise why not: it
// was closed ([ErrClosed]), or its clock and that of another node were found apart
// by the last [Engine.Maintain]. It reads nothing, for a route that a load balancer
// asks often.
func (e *Engine) Ready() error {
	switch {
	case e.isClosed():
		return ErrClosed
	case e.clocks.apart.Load():
		return errApart
	}
	return nil
}

var errPanicked = errors.New("sallyport: a call panicked")

// Close refuses callers that wait for a turn, ends held calls, waits for calls
// that have looked at a secret and for messages that are being sent, and ends the
// engine. The store stays open; close it afterwards. Closing twice is no error.
func (e *Engine) Close() error {
	e.calls.Close()
	e.held.Wait()
	e.background.Close(2 * sendLimit)
	e.mailing.Close(2 * sendLimit)
	e.signing.Close(signLimit)
	return nil
}
