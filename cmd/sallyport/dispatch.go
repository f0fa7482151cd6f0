package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/internal/adminsock"
	"github.com/sallyport-auth/sallyport/internal/rnd"
)

// emitter hands on one value of an answer.
type emitter func(value any) error

// verb does one administrative command with an engine, whoever has opened that: the
// server that was asked over its socket, or the command itself. A refusal by the
// engine is a [runtimeError]; any other error says that nothing was begun.
type verb func(ctx context.Context, e *sallyport.Engine, r adminsock.Request, emit emitter) error

// verbs are all administrative commands by their names.
func verbs() map[string]verb {
	return map[string]verb{
		"user list":            with(listUsers),
		"user show":            with(showUser),
		"user budgets":         with(showBudgets),
		"user add":             with(addUser),
		"user set":             with(setUser),
		"user password":        with(setPassword),
		"user unlock":          with(unlockUser),
		"user reset-mfa":       inviting("factors reset", (*sallyport.Admin).ResetFactors),
		"user invite":          inviting("invited", (*sallyport.Admin).Invite),
		"user remove-mfa":      with(removeFactor),
		"user end-sessions":    with(endSessions),
		"user delete":          with(deleteUser),
		"role list":            with(listRoles),
		"role add":             with(addRole),
		"role delete":          with(deleteRole),
		"client list":          with(listClients),
		"client show":          with(showClient),
		"client add":           with(addClient),
		"client set":           with(setClient),
		"client rotate-secret": with(rotateSecret),
		"client end-secret":    with(endClientSecret),
		"client disable":       switching("disabled", true),
		"client enable":        switching("enabled", false),
		"client end-sessions":  with(endClientSessions),
		"client delete":        with(deleteClient),
		"application list":     with(listApplications),
		"application add":      with(addApplication),
		"resource list":        with(listResources),
		"resource add":         with(addResource),
		"resource delete":      with(deleteResource),
		"key list":             listKeys,
		"key rotate":           with(rotateKeys),
		"key retire":           retireKeys,
		"key import":           with(importKey),
		"end-sessions":         with(endAllSessions),
		"apply":                applyFile,
		"import":               importRows,
		"import wrap":          with(wrapHashes),
	}
}

// dispatch does the command that a request names.
func dispatch(ctx context.Context, e *sallyport.Engine, r adminsock.Request, emit emitter) error {
	do, ok := verbs()[r.Command]
	if !ok {
		return fmt.Errorf("unknown command %.64q: the server may be of another version than this command", r.Command)
	}
	// The trail calls people by the ids of their accounts: no name may look like one.
	if _, isID := rnd.ParseUUID(r.Actor); isID {
		return errors.New("-actor: it looks like the id of an account, which speaks for itself alone: give a name")
	}
	return do(ctx, e, r, emit)
}

// with makes a verb of a function over the administration in the name of who asks.
// What it returns is a refusal.
func with[A any](fn func(context.Context, *sallyport.Admin, A, emitter) error) verb {
	return func(ctx context.Context, e *sallyport.Engine, r adminsock.Request, emit emitter) error {
		var args A
		if err := readArguments(r.Arguments, &args); err != nil {
			return err
		}
		if err := fn(ctx, e.Admin(actorOf(&r)), args, emit); err != nil {
			return refusal(err)
		}
		return nil
	}
}

// refusal is what the administration has refused, with what helps against it.
func refusal(err error) error {
	if errors.Is(err, directory.ErrNoUser) {
		err = fmt.Errorf(`%w; "sallyport user list" prints all`, err)
	}
	return runtimeError{err}
}

// actorOf is who asks, as the trail has it.
func actorOf(r *adminsock.Request) sallyport.Actor {
	return sallyport.Actor{Name: r.Actor, Reason: r.Reason}
}

// readArguments reads the arguments of a command. A field that is unknown is an
// error: a server of an earlier version must not pass over what it was told. The
// text is not repeated, since it may hold a password.
func readArguments(raw json.RawMessage, to any) error {
	if raw == nil {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if d.Decode(to) != nil {
		return errors.New("the arguments are not those of this command: the server may be of another version than it")
	}
	return nil
}

// encode is JSON without the escapes for HTML, so that a text keeps its length.
func encode(value any) (json.RawMessage, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(value)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}
