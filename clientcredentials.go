package sallyport

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/token"
)

// ClientCredentials is a call by which a program gets an access token for itself,
// without any user (RFC 6749 section 4.4).
type ClientCredentials struct {
	Caller  *Caller // the client; nil is refused
	Address string  // network address of the caller; may be empty
	Scope   string  // empty: all that the client has and a machine may have
	// Resource is the audience that the token is to be for (RFC 8707): that of an API
	// among its scopes, or the issuer. Empty: all of them.
	Resource string
}

// ClientCredentials gives a WebApp or Service that authenticates by a secret a token
// of its own. The token names no user and no session, opens no scope of a user, and
// cannot be refreshed; [Engine.VerifyClient] judges it. Errors: a [ProtocolError]
// with InvalidClient, UnauthorizedClient, InvalidScope or InvalidTarget; [ErrNoCaller],
// [ErrBusy]; faults.
func (e *Engine) ClientCredentials(ctx context.Context, in ClientCredentials) (*Tokens, error) {
	if err := checkFields(field{"scope", in.Scope}, field{"resource", in.Resource}, field{"address", in.Address}); err != nil {
		return nil, err
	}
	client, err := e.tokenClientOf(in.Caller, in.Address)
	if err != nil {
		return nil, err
	}
	if e.throttled(&client) {
		return nil, ErrBusy
	}
	out, err := e.run(ctx, groupOf(in.Address, client.id), func(c *call) error { return c.grantMachine(&client, &in) })
	if err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		return nil, fmt.Errorf("sallyport: the caller has gone: %w", ctx.Err())
	}
	return e.signMachine(out.machine)
}

// grantMachine judges the client. It writes nothing, since what the token is worth
// stands in the client's own record.
func (c *call) grantMachine(from *clientCall, in *ClientCredentials) error {
	if err := c.tx.Peek(from.keys()...); err != nil {
		return err
	}
	if err := c.authenticate(from, token.GrantClientCredentials); err != nil {
		return err
	}
	if !c.client.ActsForItself() {
		return &ProtocolError{Code: UnauthorizedClient}
	}
	resources, err := c.resources()
	if err != nil {
		return err
	}
	scopes, err := token.ParseScopes(in.Scope, resources.MachineScopes(&c.client))
	if err != nil || len(scopes) == 0 {
		return &ProtocolError{Code: InvalidScope}
	}
	t, err := c.target(token.TargetRequest{Granted: scopes, Scopes: scopes, Resource: in.Resource})
	if err != nil {
		return err
	}
	id, err := c.machineID(rnd.Hex(machineRandom))
	if err != nil {
		return err
	}
	now := c.tx.Now()
	claims := token.Claims{
		Profile: c.client.Profile, NotBefore: now, Expires: now.Add(c.client.AccessLife()), IssuedAt: now, Issuer: c.cfg.Issuer,
		Audience: t.Audience, ClientID: c.client.ID, ID: id, Scopes: t.Scopes, Machine: true,
	}
	signer, err := c.signs(&claims)
	if err != nil {
		return err
	}
	c.out.machine = &machineGrant{signer, claims}
	c.note(Event{Kind: EventMachineToken, Client: c.client.ID})
	return nil
}

// signMachine makes the token of a machine.
func (e *Engine) signMachine(g *machineGrant) (*Tokens, error) {
	access, err := e.signToken(g.signer, g.claims)
	if err != nil {
		return nil, err
	}
	return answerOfToken(access, &g.claims), nil
}

// machineRandom is how many random bytes the id of a machine's token begins with.
const machineRandom = 12

// machineID is the id of a token of the client of the call, whose record has been read:
// what it begins with, and four bytes by which no token is good for a client of the same id
// that was made later, nor in a later round of sessions.
func (c *call) machineID(random string) (string, error) {
	round, err := c.round()
	if err != nil {
		return "", err
	}
	var instance, rounds [8]byte
	binary.BigEndian.PutUint64(instance[:], c.client.Instance)
	of := []string{c.client.ID, random, string(instance[:])}
	if round > 0 { // so that those of an older program stay as they are
		binary.BigEndian.PutUint64(rounds[:], round)
		of = append(of, string(rounds[:]))
	}
	mark := c.index.Digest("machine-token", of...)
	return random + strings.ToUpper(hex.EncodeToString(mark[:4])), nil
}

// isOwnMachineID reports whether a token of that id was made for the client of the call, in
// this round. A client that an older program has made has no instance, and its tokens any id.
func (c *call) isOwnMachineID(id string) (bool, error) {
	round, err := c.round()
	if err != nil || c.client.Instance == 0 && round == 0 {
		return err == nil, err
	}
	if len(id) != 2*machineRandom+8 {
		return false, nil
	}
	own, err := c.machineID(id[:2*machineRandom])
	return err == nil && id == own, err
}
