package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/adminsock"
	"github.com/sallyport-auth/sallyport/store/boltstore"
	"github.com/sallyport-auth/sallyport/token"
)

// way is how an administrative command reaches a store: through the socket of the
// server that holds the bbolt file, by the file itself where nobody holds it, and
// always straight to PostgreSQL.
type way struct {
	stored
	socket optional
	makes  bool // a store that is not there is made, as `apply` does
}

// wayFlags adds the flags that say how a store is reached.
func wayFlags(f *flags) *way {
	w := new(way)
	w.declare(f, "required, or -admin-socket")
	f.Var(&w.socket, "admin-socket", "`path` of the administrative socket of the server that holds the store (default the bolt path with .sock/admin added); without -store, that server alone is asked")
	return w
}

// doer has one command done and hands each value of the answer to each.
type doer func(ctx context.Context, r adminsock.Request, each func(json.RawMessage) error) error

// do has a command done and hands each value of the answer to each. Errors say which
// way was taken.
func (w *way) do(ctx context.Context, r adminsock.Request, each func(json.RawMessage) error) error {
	socket, err := w.socketPath()
	if err != nil {
		return err
	}
	if done, err := w.served(ctx, socket, r, each); done || err != nil {
		return err
	}
	return w.directly(ctx, socket, func(do doer) error { return do(ctx, r, each) })
}

// hold is do for several commands, all of which take the way that the first one finds:
// it must be good for nothing else, and has no answer.
func (w *way) hold(ctx context.Context, first adminsock.Request, fn func(doer) error) error {
	socket, err := w.socketPath()
	if err != nil {
		return err
	}
	done, err := w.served(ctx, socket, first, func(json.RawMessage) error { return nil })
	switch {
	case err != nil:
		return err
	case done:
		return fn(w.ask(socket))
	}
	return w.directly(ctx, socket, fn)
}

// served has a command done by the server at socket, and reports whether there is one.
// Where none is and there is no other way, the error says so.
func (w *way) served(ctx context.Context, socket string, r adminsock.Request, each func(json.RawMessage) error) (done bool, err error) {
	if socket == "" {
		return false, nil
	}
	err = w.ask(socket)(ctx, r, each)
	switch nobody := errors.Is(err, adminsock.ErrNobody); {
	case nobody && w.url == "":
		return false, fmt.Errorf("-admin-socket: %w: start the server, or name the store by -store", err)
	case nobody:
		return false, nil
	}
	return true, err
}

// ask is the way through a server.
func (w *way) ask(socket string) doer {
	return func(ctx context.Context, r adminsock.Request, each func(json.RawMessage) error) error {
		err := adminsock.Call(ctx, socket, r, each)
		if err == nil || errors.Is(err, adminsock.ErrNobody) {
			return err
		}
		return fmt.Errorf("%w (through the server at %s)", calledBack(err), socket)
	}
}

// directly is the way without a server, which has been looked for at socket.
func (w *way) directly(ctx context.Context, socket string, fn func(doer) error) error {
	err := withEngine(ctx, w.stored, w.makes, func(e *sallyport.Engine) error {
		return fn(func(ctx context.Context, r adminsock.Request, each func(json.RawMessage) error) error {
			return dispatch(ctx, e, r, func(value any) error {
				raw, err := encode(value)
				if err != nil {
					return err
				}
				return each(raw)
			})
		})
	})
	if errors.Is(err, boltstore.ErrLocked) {
		return fmt.Errorf("%w (that process has no administrative socket at %s)", err, socket)
	}
	if err != nil {
		return fmt.Errorf("%w (%s)", err, w.where())
	}
	return nil
}

// errNoWay is told where no store is named, and no server either.
var errNoWay = errors.New("-store is required, or -admin-socket of a server")

// isNamed reports whether there is a way at all, before anything is read for it.
func (w *way) isNamed() bool { return w.url != "" || w.socket.value != "" }

// socketPath is where a server may answer for the store, "" for nowhere.
func (w *way) socketPath() (string, error) {
	scheme, path, _ := strings.Cut(w.url, ":")
	switch {
	case isPostgres(scheme) && w.socket.value != "":
		return "", errors.New("-admin-socket: PostgreSQL is always reached by itself: leave out -admin-socket, or -store")
	case !w.isNamed():
		return "", errNoWay
	case w.url == "" || scheme == "bolt":
		return w.socket.or(defaultSocket(path)), nil
	case w.socket.value != "":
		return "", errors.New("-admin-socket: want it with bolt:PATH, or without -store")
	}
	return "", nil
}

// calledBack tells by its exit code what a server has answered.
func calledBack(err error) error {
	fault, told := errors.AsType[*adminsock.Fault](err)
	if told && fault.Code == exitBroken || errors.Is(err, adminsock.ErrUnanswered) {
		return runtimeError{err}
	}
	return err
}

// where says what was worked on without a server. URLs are not repeated: one may
// hold a password.
func (w *way) where() string {
	scheme, path, _ := strings.Cut(w.url, ":")
	if scheme == "bolt" {
		return "in the file " + path
	}
	return "in " + scheme
}

// withEngine runs fn with an engine over a store that nobody holds. One that is not
// there is only made where that is meant: a mistyped path must not make one.
func withEngine(ctx context.Context, in stored, makes bool, fn func(*sallyport.Engine) error) (err error) {
	if !makes {
		looked, err := openExisting(ctx, in)
		if err != nil {
			return err
		}
		if err := looked.Close(); err != nil {
			return err
		}
	}
	s, err := openStorage(ctx, in.url, in.keyFile, in.log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	e, err := sallyport.New(ctx, sallyport.Config{
		Store: s.Store, Keys: s.keys, Issuer: applyIssuer, Email: mute{}, SMS: mute{},
		Modules: map[string]sallyport.Module{token.ModuleWindows: unasked{}}, KeyRotation: in.keys.rotation, AllowMissingSigners: true,
	})
	if err != nil {
		return wrongKeys(s.keyFile, err)
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	return fn(e)
}
