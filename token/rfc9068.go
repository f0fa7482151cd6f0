package token

import (
	"slices"
	"strings"

	"github.com/sallyport-auth/sallyport/internal/jsonobj"
)

// The claims of the profile of RFC 9068, which has no nbf: by that a claims set shows
// which profile it is of. All that section 2.2 requires is there, and what follows is of
// it: scope is one text (section 2.2.3), roles and entitlements are names (2.2.3.1), amr
// holds values of RFC 8176, and sid (OpenID Connect Front-Channel Logout 1.0) names the
// session, as vgToken does in the published profile. There is no acr, since nothing here
// defines its values.
//
// A program's own token has its client id as sub, as section 2.2 wants it. So that no
// person is taken for a program, nobody whose name has the form of a client id is given
// a token of this profile.

// ofRFC9068 is what the profile of RFC 9068 alone has.
type ofRFC9068 struct {
	SessionID           string
	Roles, Entitlements []string // nil: the claim is absent
	AccountID, Email    string
}

func (x *ofRFC9068) isEmpty() bool {
	return x.SessionID == "" && x.Roles == nil && x.Entitlements == nil && x.AccountID == "" && x.Email == ""
}

// set reads a member that the profile alone has.
func (x *ofRFC9068) set(name, value string) (known, ok bool) {
	switch name {
	case "sid":
		return true, setString(&x.SessionID, value)
	case "roles":
		return true, setStrings(&x.Roles, value)
	case "entitlements":
		return true, setStrings(&x.Entitlements, value)
	case "account_id":
		return true, setString(&x.AccountID, value)
	case "email":
		return true, setString(&x.Email, value)
	}
	return false, true
}

func (c *Claims) ofRFC9068() ofRFC9068 {
	return ofRFC9068{Roles: c.Roles, Entitlements: c.Entitlements, AccountID: c.AccountID, Email: c.Email}
}

func (c *Claims) payloadRFC9068() payload {
	p := payload{
		Expires:   c.Expires.Unix(),
		Issuer:    c.Issuer,
		Audience:  c.Audience,
		ClientID:  c.ClientID,
		Subject:   c.Subject,
		ID:        c.ID,
		IssuedAt:  c.IssuedAt.Unix(),
		Scopes:    SortScopes(c.Scopes),
		Methods:   AMR(c.Methods),
		ofRFC9068: c.ofRFC9068(),
	}
	p.SessionID = c.VGToken
	switch {
	case !c.Machine:
		p.AuthTime = c.AuthTime.Unix()
	case c.Subject == "": // a machine that has one keeps it, and complete refuses the token
		p.Subject = c.ClientID
	}
	return p
}

// isRFC9068 reports whether p is of that profile, whole or not.
func (p *payload) isRFC9068() bool { return p.NotBefore == 0 }

// isMachineRFC9068 reports whether nothing is said of a person.
func (p *payload) isMachineRFC9068() bool {
	return p.Subject == p.ClientID && p.AuthTime == 0 && len(p.Methods) == 0 && p.ofRFC9068.isEmpty()
}

// completeRFC9068 is what [payload.complete] asks of a claims set of this profile beside
// what it asks of both.
func (p *payload) completeRFC9068() bool {
	if p.IDP+p.IDPName+p.VGToken+p.UserID != "" || p.has.scopeList || len(p.Audience) == 0 || slices.Contains(p.Audience, "") {
		return false
	}
	if slices.ContainsFunc(p.Scopes, func(s string) bool { return !isScopeName(s) }) {
		return false
	}
	_, isClient := ParseClientID(p.Subject)
	return p.isMachineRFC9068() || !isClient && p.Subject != "" && p.SessionID != "" && p.AuthTime > 0 && len(p.Methods) > 0
}

// appendRFC9068 writes p as encoding/json would.
func (p *payload) appendRFC9068(b []byte) []byte {
	o := jsonobj.Begin(b)
	o.String("iss", p.Issuer)
	o.Int("exp", p.Expires)
	if len(p.Audience) == 1 {
		o.String("aud", p.Audience[0])
	} else {
		o.Strings("aud", p.Audience)
	}
	o.String("sub", p.Subject)
	o.String("client_id", p.ClientID)
	o.Int("iat", p.IssuedAt)
	o.String("jti", p.ID)
	if !p.isMachineRFC9068() {
		o.Int("auth_time", p.AuthTime)
		o.Strings("amr", p.Methods)
	}
	if len(p.Scopes) > 0 {
		o.String("scope", strings.Join(p.Scopes, " "))
	}
	for _, list := range []struct {
		name  string
		texts []string
	}{{"roles", p.Roles}, {"entitlements", p.Entitlements}} {
		if list.texts != nil {
			o.Strings(list.name, list.texts)
		}
	}
	for _, text := range [][2]string{{"account_id", p.AccountID}, {"email", p.Email}, {"sid", p.SessionID}} {
		if text[1] != "" {
			o.String(text[0], text[1])
		}
	}
	return o.End()
}

func (p *payload) claimsRFC9068() Claims {
	c := Claims{
		Profile:      ProfileRFC9068,
		Expires:      at(p.Expires),
		IssuedAt:     at(p.IssuedAt),
		Issuer:       p.Issuer,
		Audience:     p.Audience,
		ClientID:     p.ClientID,
		VGToken:      p.SessionID,
		ID:           p.ID,
		Scopes:       p.Scopes,
		Machine:      p.isMachineRFC9068(),
		Methods:      p.Methods,
		Roles:        p.Roles,
		Entitlements: p.Entitlements,
		AccountID:    p.AccountID,
		Email:        p.Email,
	}
	if !c.Machine {
		c.Subject, c.AuthTime = p.Subject, at(p.AuthTime)
	}
	return c
}

// splitScopes reads a scope claim: names with one space between them (RFC 8693 section
// 4.2). What is no name stays in the list, and is refused there.
func splitScopes(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, " ")
}
