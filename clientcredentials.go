package sallyport

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/token"
)

// ClientCredentials is a call by which a program gets an access token for itself,
// without any user (RFC 6749 section 4.4).
type ClientCredentials struct {
	Caller  *Caller // the client; nil is refused
	Address string  // network address of the caller; may be empty
	Scope   string  // empty: all that the client has and a machine may have
}

// ClientCredentials gives a WebApp or Service that authenticates by a secret a token
// of its own. The token names no user and no session, opens no scope of a user, and
// cannot be refreshed; [Engine.VerifyClient] judges it. Errors: a [ProtocolError]
// with InvalidClient, UnauthorizedClient or InvalidScope; [ErrNoCaller],
// [ErrBusy]; faults.
func (e *Engine) ClientCredentials(ctx context.Context, in ClientCredentials) (*Tokens, error) {
	if err := checkFields(field{"scope", in.Scope}, field{"address", in.Address}); err != nil {
		return nil, err
	}
	client, err := e.tokenClientOf(in.Caller, in.Address)
	if err != nil {
		return nil, err
	}
	if e.throttled(&client) {
		return nil, ErrBusy
	}
	out, err := e.run(ctx, groupOf(in.Address, client.id), func(c *call) error { return c.grantMachine(&client, in.Scope) })
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
func (c *call) grantMachine(from *clientCall, scope string) error {
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
	scopes, err := token.ParseScopes(scope, resources.MachineScopes(&c.client))
	if err != nil || len(scopes) == 0 {
		return &ProtocolError{Code: InvalidScope}
	}
	signer, err := c.signer()
	if err != nil {
		return err
	}
	c.out.machine = &machineGrant{client: c.client.ID, id: c.machineID(rnd.Hex(machineRandom)), scopes: scopes, signer: signer, life: c.client.AccessLife(), now: c.tx.Now()}
	c.note(Event{Kind: EventMachineToken, Client: c.client.ID})
	return nil
}

// signMachine makes the token of a machine.
func (e *Engine) signMachine(g *machineGrant) (*Tokens, error) {
	end := g.now.Add(g.life)
	access, err := e.signToken(g.signer, token.Claims{
		NotBefore: g.now, Expires: end, IssuedAt: g.now, Issuer: e.cfg.Issuer, Audience: e.cfg.StaticAudience,
		ClientID: g.client, ID: g.id, Scopes: g.scopes, Machine: true,
	})
	if err != nil {
		return nil, err
	}
	return &Tokens{
		AccessToken: access, ExpiresIn: end.Truncate(time.Second).Sub(g.now.Truncate(time.Second)),
		Scope: strings.Join(token.SortScopes(g.scopes), " "),
	}, nil
}

// machineRandom is how many random bytes the id of a machine's token begins with.
const machineRandom = 12

// machineID is the id of a token of the client of the call, whose record has been read:
// what it begins with, and four bytes by which no token of a client that was deleted is
// good for one of the same id that was made later.
func (c *call) machineID(random string) string {
	var instance [8]byte
	binary.BigEndian.PutUint64(instance[:], c.client.Instance)
	mark := c.index.Digest("machine-token", c.client.ID, random, string(instance[:]))
	return random + strings.ToUpper(hex.EncodeToString(mark[:4]))
}

// isOwnMachineID reports whether a token of that id was made for the client of the call.
// One that an older program has made has no instance, and its tokens any id.
func (c *call) isOwnMachineID(id string) bool {
	return c.client.Instance == 0 || len(id) == 2*machineRandom+8 && id == c.machineID(id[:2*machineRandom])
}
