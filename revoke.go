package sallyport

import (
	"cmp"
	"context"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/token"
)

// Revocation is a call by which a client gives up a token of its own (RFC 7009).
type Revocation struct {
	Caller  *Caller // the client; nil is refused
	Address string  // network address of the caller; may be empty
	// Token is a refresh token, also one that was spent since, or an access token. Which
	// it is shows in its form: no hint is needed.
	Token string
}

// Revoke ends the login that a token of the client belongs to, with all its tokens, also
// where an access token was presented: an access token lives by its session alone, so
// nothing less would end it. When Revoke returns nil, no node takes any of them any more;
// a refresh at the same moment comes first and its successor is ended, or is refused.
//
// A token that is unknown, malformed, expired, ended already, or another client's is no
// error, and nothing is done; which of these it was is told to nobody. The token of a
// program for itself has no session and cannot be ended before it expires: of one of the
// client's own that says a [ProtocolError] with UnsupportedTokenType.
//
// Other errors: a [ProtocolError] with InvalidClient or InvalidRequest; [ErrNoCaller],
// [ErrBusy]; faults, after which the token may be good still.
func (e *Engine) Revoke(ctx context.Context, in Revocation) error {
	client, err := e.tokenCall(in.Caller, in.Address, in.Token)
	if err != nil {
		return err
	}
	_, err = e.run(ctx, groupOf(in.Address, client.id), func(c *call) error { return c.revoke(&client, in.Token) })
	return err
}

// tokenCall reads who calls about a token.
func (e *Engine) tokenCall(from *Caller, address, raw string) (clientCall, error) {
	if err := checkFields(field{"address", address}); err != nil {
		return clientCall{}, err
	}
	client, err := e.tokenClientOf(from, address)
	switch {
	case err != nil:
		return client, err
	case raw == "":
		return client, invalid("token")
	case e.throttled(&client):
		return client, ErrBusy
	}
	return client, nil
}

// revoke ends the session of a token of the client of the call.
func (c *call) revoke(from *clientCall, raw string) error {
	p, err := c.present(from, raw)
	if err != nil {
		return err
	}
	if p.isMachine() && p.claims.ClientID == c.client.ID && c.client.ActsForItself() {
		own, err := c.isOwnMachineID(p.claims.ID)
		switch {
		case err != nil:
			return err
		case own:
			return &ProtocolError{Code: UnsupportedTokenType}
		}
	}
	session, found, _, err := c.sessionOf(&p)
	if err != nil || !found || session.Ended || !session.IsOf(&c.client) {
		return err
	}
	owner, err := c.nameOwner(&session)
	if err != nil {
		return err
	}
	if err := c.log(Event{Kind: EventRevoked, Account: owner, Client: session.Client}); err != nil {
		return err
	}
	return token.EndSession(c.tx, session)
}

// nameOwner returns the id of the account of a session as the host and its trail know it.
// It asks our own record alone, so that a token can be given up also while a table of the
// host's does not answer.
func (c *call) nameOwner(s *token.Session) (string, error) {
	ref := c.ownerOf(s.ID, s.Account)
	if err := c.tx.Peek(account.Ageings.Key(ref.home)); err != nil {
		return "", err
	}
	age, _, err := account.Ageings.Get(c.tx, ref.home)
	return cmp.Or(age.HostID, ref.id), err
}
