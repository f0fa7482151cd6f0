package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/adminsock"
	"github.com/sallyport-auth/sallyport/token"
)

// keyLine is a signing key as -json prints it.
type keyLine struct {
	ID         string    `json:"id"`
	Algorithm  string    `json:"algorithm"`
	State      string    `json:"state"`
	Outside    bool      `json:"outside,omitempty"` // its private half is not in the store
	Created    time.Time `json:"created"`
	Published  time.Time `json:"published"`
	SignsFrom  time.Time `json:"signsFrom"`
	SignsUntil time.Time `json:"signsUntil,omitzero"`
	RetiresAt  time.Time `json:"retiresAt,omitzero"`
}

func lineOfKey(k *sallyport.SigningKey) keyLine {
	return keyLine{
		ID: k.ID, Algorithm: k.Algorithm, State: string(k.State), Outside: k.Outside, Created: k.Created.UTC(), Published: k.Published.UTC(),
		SignsFrom: k.SignsFrom.UTC(), SignsUntil: k.SignsUntil.UTC(), RetiresAt: k.RetiresAt.UTC(),
	}
}

// keyDone says what was done with a signing key.
type keyDone struct {
	Key       string    `json:"key"`
	Action    string    `json:"action"`
	State     string    `json:"state,omitempty"`
	SignsFrom time.Time `json:"signsFrom,omitzero"`
}

type rotateKeyArguments struct {
	Algorithm string `json:"algorithm"`
	Now       bool   `json:"now"`
}

type retireKeyArguments struct {
	Keys []string `json:"keys"`
}

type importKeyArguments struct {
	Certificate string `json:"certificate"` // PEM
	Key         string `json:"key"`         // PEM
	Algorithm   string `json:"algorithm"`
}

func listKeys(ctx context.Context, e *sallyport.Engine, _ adminsock.Request, emit emitter) error {
	keys, err := e.Keys(ctx)
	for i := range keys {
		if err == nil {
			err = emit(lineOfKey(&keys[i]))
		}
	}
	if err != nil {
		return runtimeError{fmt.Errorf("listing keys: %w", err)}
	}
	return nil
}

func rotateKeys(ctx context.Context, a *sallyport.Admin, args rotateKeyArguments, emit emitter) error {
	k, err := a.RotateSigningKeys(ctx, sallyport.KeyRotation{Algorithm: args.Algorithm, Now: args.Now})
	if err != nil {
		return keyWords(err)
	}
	return emit(doneWithKey("next", &k))
}

func importKey(ctx context.Context, a *sallyport.Admin, args importKeyArguments, emit emitter) error {
	k, err := a.ImportSigningKey(ctx, sallyport.ImportedKey{Certificate: []byte(args.Certificate), PrivateKey: []byte(args.Key), Algorithm: args.Algorithm})
	if err != nil {
		return keyWords(err)
	}
	return emit(doneWithKey("imported", &k))
}

// keyWords says what to do where a store takes no other key, or not this one.
func keyWords(err error) error {
	switch {
	case errors.Is(err, token.ErrKeyReused):
		return fmt.Errorf(`-certificate, -key: %w; "sallyport key list" prints those in use`, err)
	case errors.Is(err, token.ErrRingFull):
		return fmt.Errorf(`%w: wait until "sallyport key list" shows one of them as retired, or end those whose tokens need not be good any more by "sallyport key retire"`, err)
	}
	return err
}

func doneWithKey(action string, k *sallyport.SigningKey) keyDone {
	return keyDone{Key: k.ID, Action: action, State: string(k.State), SignsFrom: k.SignsFrom.UTC()}
}

// retireKeys takes signing keys out of use at once. One that the store has not met is a
// mistyped one, so nothing is begun.
func retireKeys(ctx context.Context, e *sallyport.Engine, r adminsock.Request, emit emitter) error {
	var args retireKeyArguments
	if err := readArguments(r.Arguments, &args); err != nil {
		return err
	}
	if err := e.Admin(actorOf(&r)).RetireSigningKeys(ctx, args.Keys...); errors.Is(err, sallyport.ErrUnknownKey) {
		return fmt.Errorf("%w: nothing was retired", err)
	} else if err != nil {
		return runtimeError{fmt.Errorf("retiring keys: %w", err)}
	}
	for _, id := range args.Keys {
		if err := emit(keyDone{Key: id, Action: string(token.KeyRetired)}); err != nil {
			return runtimeError{err}
		}
	}
	return nil
}
