package sallyport

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/internal/detach"
	"github.com/sallyport-auth/sallyport/internal/peer"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/internal/typed"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/password"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/token"
)

// maxField bounds what a caller may send in one field, in bytes.
const maxField = typed.MaxPassword

// call is one attempt at one call of the engine: who asks, about whom, and what
// will be said once it has committed. It is made anew for each attempt.
type call struct {
	*Engine
	tx     *store.Tx
	time   *detach.Call
	keys   *token.Keyring // of a call that signs or verifies
	client token.Client   // of a call that names one
	host   bool           // the call is the host's own
	asked  *asked         // of accounts that are kept elsewhere; nil: all are the built-in directory's
	app    directory.ApplicationRecord
	policy directory.PolicyRecord
	who    person
	events []Event

	devices   *mfa.Devices   // of the account, where a token of one was shown
	newDevice *mfa.NewDevice // to be remembered when the login is granted
	stays     bool           // whoever logs in stays signed in for longer
	resource  string         // the audience that the tokens of a login are asked for (RFC 8707)
	used      mfa.DeviceUse  // where a login is made, and what with
	proof     mfa.Method     // that a login has just proven; the zero value: none
	// stoodFor is when the second factor was proven, by method, that a device stood for.
	stoodFor map[string]time.Time

	said   said // of a login that belongs to a browser
	missed bool // a wrong password was charged
	// invited says that an invitation for the account came with the call, or with its
	// request, and that it is good.
	invited bool
	skips   bool // grace lets the login in without the second factor that is wanted
	out     outcome
}

// outcome is what a transaction hands out: data, worth something only once it
// has committed.
type outcome struct {
	requestID string
	answer
	identity   *Identity
	options    []Option
	enrollment *Enrollment
	obstacle   mfa.Obstacle
	rule       mfa.Rule // by which a second factor is asked for
	// recoveryCodes were drawn anew.
	recoveryCodes []string
	linkSent      bool
	holdLinks     *time.Duration // of the client; see [token.Client]
	grant         *grant
	session       *Session // in the place of tokens, for the host
	// deviceToken is of a device that is remembered, or was met; empty: none.
	deviceToken string
	graceLeft   int
	skipsLeft   int // of logins without a second factor
	machine     *machineGrant
	message     *mfa.Message
	notices     []mfa.Notice
	mails       []draft
	reader      reader // of those messages, where a notice says no other language
	renewal     *renewal
	untold      []Event // told, but not kept
	// queued says that the message, if there is one, is sent behind the answer, for that
	// account.
	queued    bool
	queuedFor accountRef
	// blurred says that the answer comes at a moment that what was done does not show in.
	blurred bool
}

// grant is a session that was written and whose tokens are to be signed.
type grant struct {
	session token.Session
	account accountRef
	refresh string
	signer  *token.Signer // nil: no token
	claims  token.Claims
}

// machineGrant is a token of a client's own that is to be signed.
type machineGrant struct {
	signer *token.Signer
	claims token.Claims
}

// renewal is a right password whose hash is to be made anew.
type renewal struct {
	account, hash, password string
	hostID                  string // of an account that the host owns
	place                   password.Place
}

// calls are those that are over: a call has over a kilobyte. Nothing that outlives
// an attempt may point into its call.
var calls = sync.Pool{New: func() any { return new(call) }}

// attempt is one bounded transaction at the present moment. The events that fn
// planned are told once it has committed. A panic, of a store or of ours, denies
// like any other fault.
func (e *Engine) attempt(t *detach.Call, fn func(*call) error) (out outcome, err error) {
	if err := t.Ended(); err != nil && !t.Detached() {
		return outcome{}, ended(err)
	}
	c := calls.Get().(*call)
	defer func() {
		if !errors.Is(err, errPanicked) {
			*c = call{}
			calls.Put(c)
		}
	}()
	asked := beginAsked(e.hosts, e.modules)
	var unknown error
	err = e.guarded(func() error {
		return asked.around(t, func() error {
			return e.db.Run(t, e.clock(), func(tx *store.Tx) error {
				*c = call{Engine: e, tx: tx, time: t, asked: asked}
				unknown = nil
				err := fn(c)
				if errors.Is(err, ErrUnknownRequest) && tx.Wrote() {
					// What was met dead is closed, so that no clock revives it: fn plans
					// nothing else before this refusal.
					unknown, err = err, nil
				}
				return err
			})
		})
	})
	if err == nil {
		err = unknown
	}
	if isFault(err) {
		t.Blur()
	}
	switch {
	case err == nil:
		c.out.reader = reader{c.who.acc.Language, c.app.Name}
		return c.out, e.announce(c.events)
	case t.Err() != nil && t.Ended() != nil:
		return outcome{}, ended(t.Ended())
	case errors.Is(err, password.ErrOverloaded):
		return outcome{}, fmt.Errorf("%w: %w", ErrBusy, err)
	}
	return outcome{}, err
}

// run is an attempt that does not depend on its caller from the first reading
// on: whatever it decides about a secret is committed.
func (e *Engine) run(caller context.Context, group peer.Group, fn func(*call) error) (outcome, error) {
	t := e.calls.Begin(caller, group)
	defer t.End()
	if err := t.Detach(); err != nil {
		return outcome{}, ended(err)
	}
	return e.attempt(t, fn)
}

// read is an attempt that ends with its caller, for calls that judge no guess.
func (e *Engine) read(caller context.Context, fn func(*call) error) error {
	t := e.calls.Begin(caller, host)
	defer t.End()
	_, err := e.attempt(t, fn)
	return err
}

// look is read without a transaction.
func (e *Engine) look(caller context.Context, fn func(context.Context) error) error {
	t := e.calls.Begin(caller, host)
	defer t.End()
	if err := t.Ended(); err != nil {
		return ended(err)
	}
	err := e.guarded(func() error { return fn(t) })
	if err != nil && t.Ended() != nil {
		return ended(t.Ended())
	}
	return err
}

// gone reports whether what is right lapses, since its caller has gone. Once the host has
// another password nothing does: that is decided.
func (c *call) gone() bool { return c.time.Gone() && !c.asked.hasWritten() }

// note plans an event that is told once the attempt has committed, and not kept.
func (c *call) note(ev Event) Event {
	if ev.Account == c.who.id {
		ev.Account = c.who.publicID()
	}
	ev.Time = c.tx.Now()
	ev.ID = eventID(ev.Time)
	c.events = append(c.events, ev)
	return ev
}

// log plans an event in the commit of what it tells of. It is also a record that no
// other transaction writes, by which an unknown outcome is decided.
func (c *call) log(ev Event) error {
	return c.keepEvent(c.tx, c.note(ev))
}

// keepEvent stores an event until its interval has been kept for long enough.
func (e *Engine) keepEvent(tx *store.Tx, ev Event) error {
	stored := newStoredEvent(e.index, ev)
	return events.Insert(tx, ev.ID, stored, intervalEnd(stored.Interval).Add(e.cfg.EventRetention))
}

// announce tells events after their commit. An error is a panic of the host's own
// handler.
func (e *Engine) announce(list []Event) error {
	if len(list) == 0 {
		return nil
	}
	return e.guarded(func() error {
		e.tell(list)
		return nil
	})
}

func (e *Engine) tell(list []Event) {
	logged := e.logger.Enabled(context.Background(), slog.LevelInfo)
	for _, ev := range list {
		if logged {
			e.logger.Info(string(ev.Kind), "event", ev.ID, "account", ev.Account, "client", ev.Client, "status", int64(ev.Status), "detail", ev.Detail)
		}
		if e.cfg.OnEvent != nil {
			e.cfg.OnEvent(ev)
		}
	}
}

// tellUnstored tells events that are not kept.
func (e *Engine) tellUnstored(list []Event) error {
	for i := range list {
		list[i].Time = e.clock()
	}
	return e.announce(list)
}

// ended is the engine's own error for one of package detach.
func ended(err error) error {
	switch {
	case errors.Is(err, detach.ErrClosed):
		return ErrClosed
	case errors.Is(err, detach.ErrFull):
		return fmt.Errorf("%w: %w", ErrBusy, err)
	}
	return fmt.Errorf("sallyport: %w", err)
}

// isFault reports whether err is neither nil nor an answer to the caller.
func isFault(err error) bool {
	_, protocol := errors.AsType[*ProtocolError](err)
	return err != nil && !protocol && !errors.Is(err, ErrUnknownRequest) && !errors.Is(err, ErrBusy) && !errors.Is(err, ErrClosed)
}

// host is the group of the calls that the host makes for itself.
var host, _ = peer.Of("", "host")

// groupOf returns the group of callers to which one belongs.
func groupOf(address, client string) peer.Group {
	g, _ := peer.Of(address, client)
	return g
}

// field is one field of a call, under the name that callers know.
type field struct{ name, value string }

// checkFields refuses the first field that is too long.
func checkFields(list ...field) error {
	for _, f := range list {
		if len(f.value) > maxField {
			return invalid(f.name)
		}
	}
	return nil
}

func invalid(name string) error { return &ProtocolError{Code: InvalidRequest, Field: name} }

// normalID brings a UUID to the spelling in which ids are stored. What is no
// UUID stays as it is and names nothing.
func normalID(id string) string {
	if u, ok := rnd.ParseUUID(id); ok {
		return rnd.FormatUUID(u)
	}
	return id
}
