package sallyport

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/sallyport-auth/sallyport/token"
)

// Refresh is a call that trades a refresh token for its successor.
type Refresh struct {
	Caller       *Caller // the client; nil is refused
	Address      string  // network address of the caller; may be empty
	RefreshToken string
	Scope        string // empty: all that the login had and the client still may have; it may only shrink, for this access token
	// Resource is like that of [Login], for this access token. A login that asked for one
	// is for that one alone.
	Resource string
	// UserAddress is like that of [Login].
	UserAddress string
}

// Refresh spends a refresh token. The account, its factors, the policy and what the
// client may have are judged anew. Errors: a [ProtocolError] with InvalidClient,
// UnauthorizedClient, InvalidScope, InvalidTarget, or InvalidGrant for a token that is not good,
// whatever the reason, and for one that is good and that the present policy refuses, with
// a [ProtocolError].Reason; [ErrNoCaller], [ErrBusy]; faults.
func (e *Engine) Refresh(ctx context.Context, in Refresh) (*Tokens, error) {
	if err := checkFields(field{"scope", in.Scope}, field{"resource", in.Resource}, field{"refresh_token", in.RefreshToken}, field{"VGClientAddress", in.UserAddress}, field{"address", in.Address}); err != nil {
		return nil, err
	}
	client, err := e.tokenClientOf(in.Caller, in.Address)
	switch {
	case err != nil:
		return nil, err
	case in.RefreshToken == "":
		return nil, invalid("refresh_token")
	case e.throttled(&client):
		return nil, ErrBusy
	}
	id, _, ok := token.ParseRefreshToken(in.RefreshToken)
	if !ok {
		id = e.index.ID("no-session", in.RefreshToken)
	}
	out, err := e.run(ctx, groupOf(in.Address, client.id), func(c *call) error { return c.refresh(&client, id, &in) })
	switch {
	case err != nil:
		return nil, err
	case ctx.Err() != nil:
		return nil, fmt.Errorf("sallyport: the caller has gone: %w", ctx.Err())
	case out.grant == nil:
		return nil, &ProtocolError{Code: InvalidGrant}
	}
	return e.sign(out.grant)
}

// refresh grants nothing where the token is not good. A reuse ends the session,
// which has to commit, so it is no error.
func (c *call) refresh(from *clientCall, id string, in *Refresh) error {
	session, found, err := c.readSession(from, id)
	if err != nil || !found {
		return err
	}
	res, err := token.Refresh(c.tx, c.index, c.tx.Now(), session, token.RefreshRequest{
		Token: in.RefreshToken, Client: c.client.ID, Instance: c.client.Instance, Epoch: c.who.age.Epoch,
		Life: c.client.RefreshLife(), Idle: c.client.IdleLife(),
	})
	if err != nil {
		return err
	}
	switch res.Verdict {
	case token.Granted, token.Repeated:
	case token.Reused:
		return c.log(Event{Kind: EventRefreshReused, Account: session.Account, Client: session.Client})
	default:
		return nil
	}
	// From here on a refusal is an error: it rolls the spending back, so that the
	// token is good again when the account is.
	if !res.Session.GivesTokens(c.tx.Now()) {
		return &ProtocolError{Code: InvalidGrant}
	}
	if err := c.mayGoOn(&res.Session); err != nil {
		return err
	}
	narrowed := res.Session
	if narrowed.Resource, err = narrowResource(session.Resource, in.Resource); err != nil {
		return err
	}
	scopes, err := c.narrow(session.Scopes, in.Scope)
	if err != nil {
		return err
	}
	// Not kept, so that a session that is refreshed for ever takes no room. An
	// unknown outcome is decided by the session: if another has replaced it since,
	// this token is found spent and its successor is given again.
	c.note(Event{Kind: EventRefresh, Account: session.Account, Client: session.Client})
	return c.plan(&narrowed, scopes, res.Token)
}

// narrowResource returns the audience of a refreshed token: that of the login, or the one
// that is asked for where the login asked for none.
func narrowResource(of, asked string) (string, error) {
	if of != "" && asked != "" && asked != of {
		return "", &ProtocolError{Code: InvalidTarget}
	}
	return cmp.Or(of, asked), nil
}

// narrow returns the scopes of a refreshed token: of those of the login, what the
// client may still have, and of these what is asked for, or all. The session keeps
// its own, so that what is given back to the client comes back.
func (c *call) narrow(scopes []string, asked string) ([]string, error) {
	left := c.client.Keeps(scopes)
	if !slices.Contains(left, token.ScopeOfflineAccess) {
		return nil, &ProtocolError{Code: InvalidGrant}
	}
	left, err := token.ParseScopes(asked, left)
	if err != nil {
		return nil, &ProtocolError{Code: InvalidScope}
	}
	return left, nil
}

// readSession authenticates the client and reads the session and its account, in
// one round where this node has met the session.
func (c *call) readSession(from *clientCall, id string) (session token.Session, found bool, err error) {
	fetch := []string{token.Sessions.Key(id)}
	if hint, known := c.owners.Get(id); known {
		if err := c.expect(hint.accountRef, false); err != nil {
			return session, false, err
		}
		fetch = append(fetch, hint.stateKeys()...)
	}
	if err := c.tx.FetchAndPeek(fetch, from.keys()); err != nil {
		return session, false, err
	}
	if err := c.authenticate(from, token.GrantRefreshToken); err != nil {
		return session, false, err
	}
	if session, found, err = c.session(id); err != nil || !found {
		return session, false, err
	}
	c.who = person{accountRef: c.ownerOf(id, session.Account)}
	if err := c.who.fetch(c.tx); err != nil {
		return session, false, err
	}
	return session, true, c.meetNow("")
}
