package sallyport

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/sallyport-auth/sallyport/token"
	"github.com/sallyport-auth/sallyport/wire"
)

// Introspection is a call by which a client asks what a token stands for (RFC 7662).
type Introspection struct {
	Caller  *Caller // the client; nil is refused
	Address string  // network address of the caller; may be empty
	// Token is an access token or a refresh token. Which it is shows in its form: no hint
	// is needed.
	Token string
}

// TokenKind is which kind a token is.
type TokenKind string

// The kinds of tokens that are told of. Whoever is handed a token to let somebody in
// takes the first alone: a refresh token that is active lets in nobody.
const (
	BearerToken  TokenKind = "Bearer" // an access token
	RefreshToken TokenKind = "refresh_token"
)

// TokenInfo is what a token stands for now. The zero value is a token that is not good,
// or none that the client is told of. It belongs to the caller.
type TokenInfo struct {
	Active   bool
	Kind     TokenKind
	Scope    string // what the client of the token still has of its scopes, sorted
	ClientID string // that the token was issued to
	Username string // that the account has now; empty of a program's own token
	Expires  time.Time
	IssuedAt time.Time

	// What follows is of access tokens, as they say it, but Issuer.
	NotBefore time.Time
	Audience  []string // whom it is for; empty: it does not say
	ID        string
	Issuer    string
}

// Introspect tells a WebApp or Service with a secret what a token of its own stands for,
// of those that are for an API of its application, and of the tokens of all clients where it is marked for that. Everything is judged anew:
// a token is active if a refresh of its session would be granted at this moment. It is not
// active for whoever is not told of it, and nothing shows which of the two it is.
//
// One reading where there is nothing to tell, else two, and no writing. Errors: a
// [ProtocolError] with InvalidClient or InvalidRequest; [ErrNoCaller], [ErrBusy]; faults.
func (e *Engine) Introspect(ctx context.Context, in Introspection) (*TokenInfo, error) {
	client, err := e.tokenCall(in.Caller, in.Address, in.Token)
	if err != nil {
		return nil, err
	}
	var info TokenInfo
	_, err = e.run(ctx, groupOf(in.Address, client.id), func(c *call) (err error) {
		info, err = c.introspect(&client, in.Token)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &info, nil
}

// introspect judges a token for the client of the call. Of one that the client is not
// told of nothing more is read than of one that is none.
func (c *call) introspect(from *clientCall, raw string) (none TokenInfo, err error) {
	p, err := c.present(from, raw)
	if err != nil {
		return none, err
	}
	if p.isMachine() {
		return c.introspectMachine(&p)
	}
	session, found, current, err := c.sessionOf(&p)
	if err != nil || !found {
		return none, err
	}
	if told, err := c.mayBeTold(session.Client, p.claims); err != nil || !told {
		return none, err
	}
	if good, err := c.sessionGoesOn(&session); err != nil || !good {
		return none, err
	}
	if p.claims != nil {
		return c.tellAccess(p.claims), nil
	}
	return c.tellRefresh(&session, current), nil
}

// mayBeTold reports whether the client of the call is told of a token of that client; claims
// are of an access token. Beside its own, it is told of those that are for an API of its
// application and were issued to a client of that: it may be that API.
func (c *call) mayBeTold(owner string, claims *token.Claims) (bool, error) {
	if c.client.MayLookAt(owner) {
		return true, nil
	}
	application, _, _ := strings.Cut(owner, "_")
	if claims == nil || !c.client.IsServer() || application != c.client.Application {
		return false, nil
	}
	list, err := c.resources()
	return err == nil && list.HasAudience(application, claims.Audience), err
}

// introspectMachine judges the token of a program for itself.
func (c *call) introspectMachine(p *presented) (none TokenInfo, err error) {
	if told, err := c.mayBeTold(p.claims.ClientID, p.claims); err != nil || !told {
		return none, err
	}
	if err := c.tx.Peek(token.Clients.Key(token.ClientKey(c.index, p.claims.ClientID))); err != nil {
		return none, err
	}
	switch err := c.findMachine(p.claims); {
	case errors.Is(err, ErrMachineToken):
		return c.tellAccess(p.claims), nil
	case errors.Is(err, ErrInvalidToken):
		return none, nil
	default:
		return none, err
	}
}

// sessionGoesOn judges a session as a refresh would, and makes its client and application those
// of the call.
func (c *call) sessionGoesOn(s *token.Session) (bool, error) {
	c.who = person{accountRef: c.ownerOf(s.ID, s.Account)}
	if err := c.expect(c.who.accountRef, true); err != nil {
		return false, err
	}
	from := clientCall{record: token.ClientKey(c.index, s.Client), app: s.Application}
	// Peeked, so that a look needs no commit by which two readings are held together: what
	// changes between them acts at the next call.
	if err := c.tx.Peek(append(c.who.stateKeys(), from.keys()...)...); err != nil {
		return false, err
	}
	var err error
	if c.client, err = c.readClient(from.record); err != nil {
		return false, err
	}
	if err := c.readRules(from.app); err != nil {
		return false, err
	}
	if err := c.who.readState(c.tx); err != nil {
		return false, err
	}
	if err := c.meetLive(s); err != nil {
		return false, err
	}
	*s = s.Within(c.client.RefreshLife(), c.client.IdleLife())
	if !c.client.Active || !s.IsOf(&c.client) || !s.LiveFor(c.who.age.Epoch, c.tx.Now()) {
		return false, nil
	}
	err = c.mayGoOn(s)
	if _, refused := errors.AsType[*ProtocolError](err); refused {
		return false, nil
	}
	return err == nil, err
}

// tellAccess is what a good access token says. Its client is that of the call, and so is its
// account, if it has one.
func (c *call) tellAccess(claims *token.Claims) TokenInfo {
	return TokenInfo{
		Active: true, Kind: BearerToken, Scope: c.scopeLeft(claims.Scopes), ClientID: claims.ClientID, Username: c.who.acc.Name,
		Expires: claims.Expires, IssuedAt: claims.IssuedAt, NotBefore: claims.NotBefore,
		Audience: claims.Audience, ID: claims.ID, Issuer: claims.Issuer,
	}
}

// tellRefresh is what a refresh token stands for whose session goes on. One that was spent
// is not good, also while its successor would be given again.
func (c *call) tellRefresh(s *token.Session, current bool) TokenInfo {
	left := c.client.Keeps(s.Scopes)
	if !current || !s.GivesTokens(c.tx.Now()) || !c.client.Allows(token.GrantRefreshToken) || !slices.Contains(left, token.ScopeOfflineAccess) {
		return TokenInfo{}
	}
	issued := s.Refresh.RotatedAt
	if issued.IsZero() {
		issued = s.Created
	}
	return TokenInfo{
		Active: true, Kind: RefreshToken, Scope: c.scopeLeft(s.Scopes), ClientID: s.Client, Username: c.who.acc.Name,
		Expires: s.End(), IssuedAt: issued, Issuer: c.cfg.Issuer,
	}
}

// scopeLeft are those scopes that the client of the call still has.
func (c *call) scopeLeft(scopes []string) string {
	return strings.Join(token.SortScopes(c.client.Keeps(scopes)), " ")
}

// Wire returns the document of RFC 7662 section 2.2.
func (t *TokenInfo) Wire() wire.Introspection {
	if !t.Active {
		return wire.Introspection{}
	}
	return wire.Introspection{
		Active: true, Scope: t.Scope, ClientID: t.ClientID, Username: t.Username, TokenType: string(t.Kind),
		Expires: unixOrZero(t.Expires), IssuedAt: unixOrZero(t.IssuedAt), NotBefore: unixOrZero(t.NotBefore),
		Subject: t.Username, Audience: t.Audience, Issuer: t.Issuer, ID: t.ID,
	}
}

// unixOrZero is a time in whole seconds, 0 where there is none.
func unixOrZero(at time.Time) int64 {
	if at.IsZero() {
		return 0
	}
	return at.Unix()
}
