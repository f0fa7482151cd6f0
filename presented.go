package sallyport

import (
	"errors"

	"github.com/sallyport-auth/sallyport/token"
)

// presented is a token that a client shows, to be told of it or to end what it stands
// for. Which kind it is shows in its form, so that no hint of the client's is needed. A
// text that is no token of ours, and an access token that has expired, name a session
// that there is none of, so that as much is read.
type presented struct {
	raw     string
	session string        // id
	account string        // id, as an access token has it
	claims  *token.Claims // of an access token; nil: a refresh token, or none at all
}

// isMachine reports whether it is the token of a program for itself.
func (p *presented) isMachine() bool { return p.claims != nil && p.claims.Machine }

// present authenticates the client of the call, which needs no grant for this, and reads
// the session that a token names, in one round. What is read does not depend on whose the
// token is, nor on whether it lives.
func (c *call) present(from *clientCall, raw string) (presented, error) {
	c.keys = c.ring.Load().keys
	known := c.keys
	p, err := c.parsePresented(raw)
	if err != nil {
		return p, err
	}
	if err := c.tx.FetchAndPeek([]string{token.Sessions.Key(p.session)}, from.keys()); err != nil {
		return p, err
	}
	if err := c.recognize(from); err != nil || c.keys == known {
		return p, err
	}
	// Keys have come or gone since this process has read them.
	if p, err = c.parsePresented(raw); err != nil {
		return p, err
	}
	return p, c.tx.Fetch(token.Sessions.Key(p.session))
}

// parsePresented reads a token by the keys of the call.
func (c *call) parsePresented(raw string) (presented, error) {
	if session, _, ok := token.ParseRefreshToken(raw); ok {
		return presented{raw: raw, session: session}, nil
	}
	claims, at, err := c.verify(raw)
	p := presented{raw: raw, session: at.session, account: at.account.id}
	switch {
	case err == nil, errors.Is(err, ErrMachineToken):
		p.claims = &claims
	case !errors.Is(err, ErrInvalidToken):
		return p, err
	}
	return p, nil
}

// sessionOf returns the session that a token names, which has been read, if the token is
// one of it. A spent refresh token is one too: current says that it is not.
func (c *call) sessionOf(p *presented) (s token.Session, found, current bool, err error) {
	s, found, err = c.session(p.session)
	switch {
	case err != nil || !found || p.isMachine():
		return s, false, false, err
	case p.claims != nil:
		found = s.Account == p.account && s.Client == p.claims.ClientID
		return s, found, found, nil
	}
	found, current = s.KnowsRefresh(c.index, p.raw)
	return s, found, current, nil
}
