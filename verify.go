package sallyport

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/token"
)

// Verify judges the access token of a user and reads the session and the account it
// names, so that disabling, deleting or signing out acts at once. One reading,
// no writing. Errors: [ErrInvalidToken], [ErrExpiredToken]; [ErrMachineToken] for
// one that is good and stands for no user; faults.
func (e *Engine) Verify(ctx context.Context, accessToken string) (*Access, error) {
	var a *Access
	err := e.read(ctx, func(c *call) error {
		claims, session, err := c.open(accessToken, func(a accountRef, claims *token.Claims) (fetch, peek []string) {
			return a.liveKeys(), applicationKeys(claims)
		})
		if err != nil {
			return err
		}
		if a, err = c.access(&session); err != nil {
			return err
		}
		a.Scopes, a.Expires = slices.Clone(claims.Scopes), claims.Expires
		return nil
	})
	if err != nil {
		return nil, err
	}
	return a, nil
}

// applicationKeys is the record of the application of which a token's session is.
func applicationKeys(claims *token.Claims) []string {
	if _, ok := token.ParseClientID(claims.ClientID); !ok {
		return nil // there is no token
	}
	application, _, _ := strings.Cut(claims.ClientID, "_")
	return []string{directory.Applications.Key(application)}
}

// MachineAccess is what a good access token of a program stands for, now.
type MachineAccess struct {
	ClientID    string
	Application string   // id of the application that the client belongs to
	Scopes      []string // of the token, as far as the client still has them
}

// VerifyClient judges an access token that a client got for itself, and reads the
// client, so that switching it off, deleting it or taking the grant or a scope away
// acts at once. It is a method of its own so that no check of users is passed by a
// program. Errors: [ErrInvalidToken], also for the token of a user;
// [ErrExpiredToken]; faults.
func (e *Engine) VerifyClient(ctx context.Context, accessToken string) (*MachineAccess, error) {
	var access *MachineAccess
	err := e.read(ctx, func(c *call) error {
		claims, _, err := c.open(accessToken, func(a accountRef, _ *token.Claims) (fetch, peek []string) { return a.liveKeys(), nil })
		switch {
		case err == nil:
			return ErrInvalidToken
		case !errors.Is(err, ErrMachineToken):
			return err
		}
		access = &MachineAccess{ClientID: c.client.ID, Application: c.client.Application, Scopes: c.client.Keeps(claims.Scopes)}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return access, nil
}

// open verifies the signature by the keys that were read last, which costs no
// reading, then reads everything in one round, with it whether the keys have
// changed since: then the signature is held against them anew. For a text that has not the
// form of a token nothing is read: it is known to whoever sent it. What else is read,
// to be held to and to be peeked at, is for the caller to say, at least liveKeys.
// The session is named by the vgToken, which only the engine can make. A token of a
// machine has none: [ErrMachineToken] says that it is good. The client is read of both,
// and becomes that of the call, with what its scopes stand for.
//
// A token that is for somebody else is refused here, and nowhere else: a client may give
// up what it was granted, and an API ask after what it was handed.
func (c *call) open(raw string, also func(a accountRef, claims *token.Claims) (fetch, peek []string)) (token.Claims, token.Session, error) {
	c.keys = c.ring.Load().keys
	known := c.keys
	claims, at, err := c.verifyForUs(raw)
	if errors.Is(err, ErrExpiredToken) || err != nil && !token.HasForm(raw) {
		return claims, token.Session{}, err
	}
	if eerr := c.expect(at.account, true); eerr != nil {
		return claims, token.Session{}, eerr
	}
	fetch, peek := also(at.account, &claims)
	peek = append(peek, token.Clients.Key(token.ClientKey(c.index, claims.ClientID)), resourcesKey, roundKey, ringKey)
	if ferr := c.tx.FetchAndPeek(append(fetch, token.Sessions.Key(at.session)), peek); ferr != nil {
		return claims, token.Session{}, ferr
	}
	if kerr := c.readKeys(); kerr != nil {
		return claims, token.Session{}, kerr
	}
	if c.keys != known {
		claims, at, err = c.verifyForUs(raw)
	}
	if errors.Is(err, ErrMachineToken) {
		err = c.findMachine(&claims)
	}
	if err != nil {
		return claims, token.Session{}, err
	}
	session, err := c.findLive(claims.ClientID, at)
	claims.Scopes = c.client.Keeps(claims.Scopes) // what the client has lost opens nothing any more
	return claims, session, err
}

// findMachine reads the client of a machine's token, and returns [ErrMachineToken]
// if it may still have one.
func (c *call) findMachine(claims *token.Claims) (err error) {
	if c.client, err = c.readClient(token.ClientKey(c.index, claims.ClientID)); err != nil {
		return err
	}
	own, err := c.isOwnMachineID(claims.ID)
	switch {
	case err != nil:
		return err
	case !own || !c.client.ActsForItself():
		return ErrInvalidToken
	}
	return ErrMachineToken
}

// place is where a token leads: to a session and its account.
type place struct {
	session string
	account accountRef
}

// findLive reads the session, its client and the account that a token names.
func (c *call) findLive(client string, at place) (session token.Session, err error) {
	session, ok, err := c.session(at.session)
	if err != nil {
		return session, err
	}
	if c.client, err = c.readClient(token.ClientKey(c.index, client)); err != nil {
		return session, err
	}
	c.who = person{accountRef: at.account}
	if err := c.who.readState(c.tx); err != nil {
		return session, err
	}
	if err := c.meetLive(&session); err != nil {
		return session, err
	}
	session = session.Within(c.client.RefreshLife(), c.client.IdleLife())
	if !ok || session.Account != at.account.id || session.Client != client || !c.client.Active || !session.IsOf(&c.client) || !session.LiveFor(c.who.age.Epoch, c.tx.Now()) || !c.who.usable(c.tx.Now()) {
		return session, ErrInvalidToken
	}
	return session, nil
}

// nowhere is where a token leads that leads to nothing, so that as much is read.
func (e *Engine) nowhere() place {
	session := e.index.ID("no-session")
	return place{session, accountRef{id: nameless(e.index, "no-session"), home: session}}
}

// verifyForUs is verify of a token that is taken for what it says.
func (c *call) verifyForUs(raw string) (claims token.Claims, at place, err error) {
	claims, at, err = c.verify(raw)
	if (err == nil || errors.Is(err, ErrMachineToken)) && !c.isForUs(&claims) {
		return claims, c.nowhere(), ErrInvalidToken
	}
	return claims, at, err
}

// verify judges a token by the keys of the call, and returns where it leads.
func (c *call) verify(raw string) (claims token.Claims, at place, err error) {
	keys, err := c.keys.At(c.tx.Now())
	if err != nil {
		return claims, c.nowhere(), err
	}
	claims, err = token.Verify(keys.Verifiers, c.cfg.Issuer, raw, c.tx.Now())
	if err == nil && claims.Machine {
		return claims, c.nowhere(), ErrMachineToken
	}
	if err == nil {
		if session, account, ok := token.OpenVGToken(c.index, claims.VGToken); ok {
			return claims, place{session, c.ownerOf(session, account)}, nil
		}
	}
	if errors.Is(err, token.ErrExpired) {
		return claims, c.nowhere(), ErrExpiredToken
	}
	return claims, c.nowhere(), ErrInvalidToken
}
