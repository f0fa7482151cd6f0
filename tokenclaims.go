package sallyport

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/token"
)

// sessionClaims is what an access token of a session of the client of the call says now.
// All of it is read in the transaction that grants, so that a role that is taken away
// before is not told, nor a name that somebody else may have by now.
func (c *call) sessionClaims(s *token.Session, t *token.Target) (token.Claims, error) {
	now := c.tx.Now()
	claims := token.Claims{
		Profile: c.client.Profile, NotBefore: now, Expires: s.TokenEnd(now, c.client.AccessLife()), IssuedAt: now, AuthTime: s.AuthTime,
		Issuer: c.cfg.Issuer, Audience: t.Audience, ClientID: s.Client, Subject: c.who.acc.Name, UserID: c.who.acc.Name,
		VGToken: token.SealVGToken(c.index, s.ID, s.Account), ID: rnd.Hex(16), Scopes: t.Scopes,
	}
	if claims.Profile != token.ProfileRFC9068 {
		return claims, nil
	}
	claims.Methods = s.Methods
	return claims, c.addChosen(&claims, t.Claims)
}

// addChosen adds the claims that the APIs of a token have chosen. Roles and permissions
// are those of the client's application, which alone its APIs belong to.
func (c *call) addChosen(claims *token.Claims, chosen []string) error {
	for _, name := range chosen {
		switch name {
		case token.ClaimRoles:
			claims.Roles, _ = directory.RightsIn(&c.who.acc, &c.app)
			claims.Roles = notNil(claims.Roles)
		case token.ClaimEntitlements:
			_, claims.Entitlements = directory.RightsIn(&c.who.acc, &c.app)
			claims.Entitlements = notNil(claims.Entitlements)
		case token.ClaimAccountID:
			claims.AccountID = c.who.publicID()
		case token.ClaimEmail:
			if err := c.addEmail(claims); err != nil {
				return err
			}
		}
	}
	return nil
}

// addEmail adds the address that the owner of the account has proven. One on record that
// nobody has proven is not told: whoever takes a token would hold it for theirs.
func (c *call) addEmail(claims *token.Claims) error {
	f, err := mfa.ReadFactors(c.tx, c.who.home, c.who.leastSerial())
	if err == nil && f.Email.IsProven() {
		claims.Email = f.Email.Value
	}
	return err
}

// notNil returns the list, empty where there is none: that there are no roles is said.
func notNil(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// ErrTokenTooLong means that an access token would be longer than 8 KiB, which proxies and
// resource servers do not take. It is not shortened. The APIs of the client bring fewer
// claims, the account has fewer roles, or the client asks for fewer scopes.
var ErrTokenTooLong = errors.New("sallyport: an access token would be longer than 8 KiB: its scopes, or the roles and permissions that its APIs bring, are too many")

// signs returns what signs such a token, once the commit has landed. A token that cannot be
// made is refused before: whatever the call spends stays unspent.
func (c *call) signs(claims *token.Claims) (*token.Signer, error) {
	signer, err := c.signer()
	if err != nil {
		return nil, err
	}
	err = token.Check(signer, *claims)
	if errors.Is(err, token.ErrTooLong) {
		err = ErrTokenTooLong
	}
	if err != nil { // an operator mends it, and has to know whose it is
		err = fmt.Errorf("%w (client %s, account %s)", err, claims.ClientID, c.who.publicID())
	}
	return signer, err
}

// answerOfToken is what a client is told of its access token.
func answerOfToken(access string, claims *token.Claims) *Tokens {
	return &Tokens{
		AccessToken: access, ExpiresIn: claims.Expires.Truncate(time.Second).Sub(claims.IssuedAt.Truncate(time.Second)),
		Scope: strings.Join(token.SortScopes(claims.Scopes), " "), VGToken: claims.VGToken,
	}
}
