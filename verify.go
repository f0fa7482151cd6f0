package sallyport

import (
	"context"
	"errors"
	"slices"

	"github.com/sallyport-auth/sallyport/token"
)

// Access is what a good access token stands for, now.
type Access struct {
	AccountID string
	Name      string // the user name
	ClientID  string
	Scopes    []string
	Methods   []string // factors proven at login, such as "pwd" and "otp"
	SessionID string
}

// Verify judges an access token and reads the session and the account it
// names, so that disabling, deleting or signing out acts at once. One reading,
// no writing. Errors: [ErrInvalidToken], [ErrExpiredToken]; faults.
func (e *Engine) Verify(ctx context.Context, accessToken string) (*Access, error) {
	var a *Access
	err := e.read(ctx, func(c *call) error {
		claims, session, err := c.open(accessToken)
		if err != nil {
			return err
		}
		a = &Access{
			AccountID: session.Account, Name: claims.Subject, ClientID: session.Client,
			Scopes: slices.Clone(claims.Scopes), Methods: slices.Clone(session.Methods), SessionID: session.ID,
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return a, nil
}

// open verifies the signature by the keys that were read last, which costs no
// reading, then reads everything in one round, with it whether the keys have
// changed since: then the signature is held against them anew. The session is named
// by the vgToken, which only the engine can make.
func (c *call) open(raw string) (token.Claims, token.Session, error) {
	c.keys = c.ring.Load().keys
	known := c.keys
	claims, err := c.verify(raw)
	if errors.Is(err, ErrExpiredToken) {
		return claims, token.Session{}, err
	}
	id, owner := c.index.ID("no-session"), nameless(c.index, "no-session")
	if err == nil {
		id, owner, _ = token.OpenVGToken(c.index, claims.VGToken)
	}
	if ferr := c.tx.FetchAndPeek(append(stateKeys(owner), token.Sessions.Key(id)), []string{ringKey}); ferr != nil {
		return claims, token.Session{}, ferr
	}
	if kerr := c.readKeys(); kerr != nil {
		return claims, token.Session{}, kerr
	}
	if c.keys != known {
		if claims, err = c.verify(raw); err == nil {
			id, owner, _ = token.OpenVGToken(c.index, claims.VGToken)
		}
	}
	if err != nil {
		return claims, token.Session{}, err
	}
	session, err := c.findLive(claims.ClientID, id, owner)
	return claims, session, err
}

// findLive reads the session and the account that a token names.
func (c *call) findLive(client, id, owner string) (session token.Session, err error) {
	if id == "" {
		return session, ErrInvalidToken
	}
	session, ok, err := token.Sessions.Get(c.tx, id)
	if err != nil {
		return session, err
	}
	c.who = person{id: owner}
	if err := c.who.readState(c.tx); err != nil {
		return session, err
	}
	if !ok || session.Account != owner || session.Client != client || !session.LiveFor(c.who.age.Epoch, c.tx.Now()) || !c.who.usable(c.tx.Now()) {
		return session, ErrInvalidToken
	}
	return session, nil
}

func (c *call) verify(raw string) (token.Claims, error) {
	keys, err := c.keys.At(c.tx.Now())
	if err != nil {
		return token.Claims{}, err
	}
	claims, err := token.Verify(keys.Verifiers, c.cfg.Issuer, raw, c.tx.Now())
	switch {
	case errors.Is(err, token.ErrExpired):
		return claims, ErrExpiredToken
	case err != nil:
		return claims, ErrInvalidToken
	}
	return claims, nil
}
