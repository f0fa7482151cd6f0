package sallyport

import (
	"context"
	"errors"
	"slices"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/token"
)

// Claim is one member of the userinfo document. The order matters.
type Claim struct{ Name, Value string }

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
	err := e.read(ctx, func(tx *store.Tx, _ *[]Event) error {
		l, err := e.open(tx, accessToken)
		if err != nil {
			return err
		}
		a = &Access{
			AccountID: l.session.Account, Name: l.claims.Subject, ClientID: l.session.Client,
			Scopes: slices.Clone(l.claims.Scopes), Methods: slices.Clone(l.session.Methods), SessionID: l.session.ID,
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return a, nil
}

// live is an access token whose session and account have been found good.
type live struct {
	claims  token.Claims
	session token.Session
	person  *person
}

// knownRing is the signing keys as they were read last.
type knownRing struct {
	version uint64
	ring    token.Ring
}

// open verifies the signature by the keys that were read last, which costs no
// reading, then reads everything in one round, the keys among it: if they have
// changed since, the signature is held against them anew. The session is named
// by the vgToken, which nobody else can make.
func (e *Engine) open(tx *store.Tx, raw string) (*live, error) {
	known := e.ring.Load()
	claims, err := e.verify(known.ring, raw, tx)
	if errors.Is(err, ErrExpiredToken) {
		return nil, err
	}
	sid, account := e.index.ID("no-session"), e.nobody("no-session")
	if err == nil {
		sid, account, _ = token.OpenVGToken(e.index, claims.VGToken)
	}
	if ferr := tx.FetchAndPeek(append(accountStateKeys(account), token.Sessions.Key(sid)), []string{token.Keys.Key(token.RingID)}); ferr != nil {
		return nil, ferr
	}
	if version := tx.Version(token.Keys.Key(token.RingID)); version != known.version {
		ring, _, rerr := token.Keys.Get(tx, token.RingID)
		if rerr != nil {
			return nil, rerr
		}
		e.ring.Store(&knownRing{version, ring})
		if claims, err = e.verify(ring, raw, tx); err == nil {
			sid, account, _ = token.OpenVGToken(e.index, claims.VGToken)
		}
	}
	if err != nil {
		return nil, err
	}
	return e.findLive(tx, claims, sid, account)
}

// findLive reads the session and the account that a token names.
func (e *Engine) findLive(tx *store.Tx, claims token.Claims, sid, account string) (*live, error) {
	if sid == "" {
		return nil, ErrInvalidToken
	}
	ses, ok, err := token.Sessions.Get(tx, sid)
	if err != nil {
		return nil, err
	}
	p, age, err := e.readState(tx, account)
	if err != nil {
		return nil, err
	}
	if !ok || ses.Account != account || ses.Client != claims.ClientID || !ses.LiveFor(age.Epoch, tx.Now()) || !p.usable(tx) {
		return nil, ErrInvalidToken
	}
	return &live{claims: claims, session: ses, person: p}, nil
}

func (e *Engine) verify(ring token.Ring, raw string, tx *store.Tx) (token.Claims, error) {
	keys, err := e.signers.Verifiers(ring.Verifiers(tx.Now()))
	if err != nil {
		return token.Claims{}, err
	}
	c, err := token.Verify(keys, e.cfg.Issuer, raw, tx.Now())
	switch {
	case errors.Is(err, token.ErrExpired):
		return c, ErrExpiredToken
	case err != nil:
		return c, ErrInvalidToken
	}
	return c, nil
}

// UserInfo answers what the token's scopes allow to be told of its user, in
// the published order. Errors are those of [Engine.Verify].
func (e *Engine) UserInfo(ctx context.Context, accessToken string) ([]Claim, error) {
	var out []Claim
	err := e.read(ctx, func(tx *store.Tx, _ *[]Event) error {
		l, err := e.open(tx, accessToken)
		if err != nil {
			return err
		}
		profile, err := e.profile(tx, l)
		if err != nil {
			return err
		}
		out = nil
		for _, c := range token.UserInfo(profile, l.claims.Scopes, l.claims.VGToken) {
			out = append(out, Claim(c))
		}
		return nil
	})
	return out, err
}

// profile gathers what userinfo may tell. The applications are read in one
// round of their own.
func (e *Engine) profile(tx *store.Tx, l *live) (token.Profile, error) {
	a := &l.person.acc
	p := token.Profile{
		UserName: a.Name, Approved: a.Approved, Locked: a.Locked, Start: a.Start, End: a.End,
		FirstName: a.FirstName, LastName: a.LastName,
	}
	for _, at := range a.Attributes {
		p.Attributes = append(p.Attributes, token.Attribute(at))
	}
	f, err := mfa.ReadFactors(tx, l.person.id, l.person.age.Serial)
	if err != nil {
		return p, err
	}
	p.Email = f.Email.Value
	var ids []string
	for _, r := range a.Roles {
		if !slices.Contains(ids, r.Application) {
			ids = append(ids, r.Application)
		}
	}
	keys := make([]string, len(ids))
	for i, id := range ids {
		keys[i] = directory.Applications.Key(id)
	}
	if err := tx.Peek(keys...); err != nil {
		return p, err
	}
	for _, id := range ids {
		app, ok, err := directory.Applications.Get(tx, id)
		if err != nil {
			return p, err
		}
		if !ok {
			continue
		}
		p.Applications = append(p.Applications, token.Application{ID: app.ID, Name: app.Name})
		if id == l.session.Application {
			p.Roles, p.Permissions = rights(a, &app)
		}
	}
	return p, nil
}

// rights are the roles and permissions of an account in an application, in the
// order of the directory, each once.
func rights(a *account.Account, app *directory.ApplicationRecord) (roles []token.Role, permissions []token.Permission) {
	var granted []string
	for _, r := range directory.RolesIn(a, app) {
		roles = append(roles, token.Role{ID: r.ID, Name: r.Name})
		granted = append(granted, r.Permissions...)
	}
	for _, p := range app.Permissions {
		if slices.Contains(granted, p.ID) {
			permissions = append(permissions, token.Permission{ID: p.ID, Folder: p.Folder, Path: p.Path, Description: p.Description})
		}
	}
	return roles, permissions
}

// Discovery is the discovery document of this issuer (OpenID Connect Discovery
// 1.0 section 3).
func (e *Engine) Discovery() []byte { return token.Discovery(e.cfg.Issuer, token.DiscoveryConfig{}) }

// JWKS is the set of public keys by which tokens are verified (RFC 7517).
func (e *Engine) JWKS(ctx context.Context) ([]byte, error) {
	var out []byte
	err := e.read(ctx, func(tx *store.Tx, _ *[]Event) error {
		if err := tx.Peek(token.Keys.Key(token.RingID)); err != nil {
			return err
		}
		ring, _, err := token.Keys.Get(tx, token.RingID)
		if err != nil {
			return err
		}
		out, err = ring.JWKS(tx.Now())
		return err
	})
	return out, err
}
