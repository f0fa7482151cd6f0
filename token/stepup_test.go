package token_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/token"
)

// ownSession is a session of the host's own, by a password alone, and a way to change it at
// another time.
type ownSession struct {
	*testing.T
	sealer token.HandleSealer
	mem    store.Store
	db     *store.DB
	id     string
	now    time.Time
}

func newOwnSession(t *testing.T) (o *ownSession, handle string) {
	t.Helper()
	mem := memstore.New()
	o = &ownSession{T: t, sealer: token.HandleSealer{Index: newIndex(t, 1)}, mem: mem, db: store.NewDB(mem, ""), now: start}
	o.run(func(tx *store.Tx, _ *token.Session) error {
		s, text, err := token.BeginOwn(tx, o.sealer, o.now, token.NewSession{
			Account: "2b7e1516-28ae-4d2a-abf7-158809cf4f3c", Home: strings.Repeat("b", 32), Client: "host", Epoch: 7, AuthTime: o.now, Methods: []string{"pwd"},
		})
		o.id, handle = s.ID, text
		return err
	})
	return o, handle
}

// run runs a transaction on the session, and returns it as it is then.
func (o *ownSession) run(fn func(tx *store.Tx, s *token.Session) error) token.Session {
	o.Helper()
	err := o.db.Run(o.Context(), o.now, func(tx *store.Tx) error {
		var s token.Session
		if o.id != "" {
			var err error
			if s, _, err = token.Sessions.Get(tx, o.id); err != nil {
				return err
			}
		}
		return fn(tx, &s)
	})
	if err != nil {
		o.Fatal(err)
	}
	var s token.Session
	if err := o.db.Run(o.Context(), o.now, func(tx *store.Tx) (err error) { s, _, err = token.Sessions.Get(tx, o.id); return err }); err != nil {
		o.Fatal(err)
	}
	return s
}

func (o *ownSession) open(text string) token.Handle {
	o.Helper()
	x, ok := o.sealer.Open(text)
	if !ok {
		o.Fatal("a handle does not open")
	}
	return x
}

// stepUp steps up by a handle, and returns the next.
func (o *ownSession) stepUp(text, method string) (next string, s token.Session) {
	o.Helper()
	s = o.run(func(tx *store.Tx, s *token.Session) (err error) {
		next, err = o.sealer.StepUp(tx, o.open(text), s, method)
		return err
	})
	return next, s
}

// leastReader is the least schema that may read the session as it rests.
func (o *ownSession) leastReader() byte {
	o.Helper()
	list, err := o.mem.Load(o.Context(), token.Sessions.Key(o.id))
	if err != nil || len(list) != 1 {
		o.Fatalf("got %v, %v", list, err)
	}
	return list[0].Value[2]
}

// TestStepUp: a session that is stepped up has the proof, under a new handle; neither life
// grows; the handle of before stands for what was, and is not exchanged. A program that would
// overlook that does not read it, until the new handle has come back.
func TestStepUp(t *testing.T) {
	o, first := newOwnSession(t)
	if n := o.leastReader(); n != 1 {
		t.Errorf("at first for readers of schema %d", n)
	}
	before := o.run(func(*store.Tx, *token.Session) error { return nil })
	o.now = start.Add(10 * time.Minute)
	second, s := o.stepUp(first, "otp")
	if !slices.Equal(s.Methods, []string{"pwd", "otp"}) || !s.AuthTime.Equal(o.now) || !s.LastUse.Equal(before.LastUse) || !s.Expires.Equal(before.Expires) || s.RenewDue {
		t.Errorf("got %+v", s)
	}
	was, less := s.Before()
	if !less || !slices.Equal(was.Methods, []string{"pwd"}) || !was.AuthTime.Equal(start) || was.ID != s.ID {
		t.Errorf("the handle of before: got %+v, %v", was, less)
	}
	if o.sealer.State(o.open(first), &s, o.now) != token.HandleFormer || o.sealer.State(o.open(second), &s, o.now) != token.HandlePresent || o.leastReader() != 3 {
		t.Errorf("got it for readers of schema %d", o.leastReader())
	}
	if next, err := o.sealer.Successor(o.open(first)); err != nil || next != second {
		t.Errorf("the successor: got another, %v", err)
	}
	o.run(func(tx *store.Tx, s *token.Session) error {
		if text, ok, err := o.sealer.Renew(tx, o.open(first), s); ok || text != "" || err != nil {
			t.Errorf("the handle of before is exchanged: %v, %v", ok, err)
		}
		if text, err := o.sealer.StepUp(tx, o.open(first), s, "otp"); err == nil || text != "" {
			t.Error("the handle of before steps up")
		}
		return nil
	})
	used := o.run(func(tx *store.Tx, s *token.Session) error { return token.Touch(tx, *s) })
	if _, less := used.Before(); less || !used.HandleUsed || o.leastReader() != 1 {
		t.Errorf("once the new one has come back: got %+v, for readers of schema %d", used, o.leastReader())
	}
	third, s := o.stepUp(second, "link")
	if was, _ := s.Before(); !slices.Equal(was.Methods, []string{"pwd", "otp"}) || !slices.Equal(s.Methods, []string{"pwd", "otp", "link"}) {
		t.Errorf("stepped up again: got %q, before %q", s.Methods, was.Methods)
	}
	s = o.run(func(tx *store.Tx, s *token.Session) error {
		_, ok, err := o.sealer.Renew(tx, o.open(third), s)
		if !ok {
			t.Error("the present handle is not exchanged")
		}
		return err
	})
	if was, less := s.Before(); less || len(was.Methods) != 3 || o.sealer.State(o.open(second), &s, o.now) != token.HandleSpent {
		t.Errorf("exchanged: got %+v, %v", was, less)
	}
	if _, s := o.stepUp(o.successor(third), "otp"); !slices.Equal(s.Methods, []string{"pwd", "otp", "link"}) {
		t.Errorf("a method once more: got %q", s.Methods)
	}
	s = o.run(func(tx *store.Tx, s *token.Session) error { return token.OpenStepUp(tx, *s, "record") })
	if s.StepUp != "record" {
		t.Errorf("got %q", s.StepUp)
	}
}

func (o *ownSession) successor(text string) string {
	o.Helper()
	next, err := o.sealer.Successor(o.open(text))
	if err != nil {
		o.Fatal(err)
	}
	return next
}
