package token

import (
	"time"

	"github.com/sallyport-auth/sallyport/internal/ascii"
	"github.com/sallyport-auth/sallyport/internal/jsonobj"
)

// payload is the claims set of either profile. The published one stands in the order of
// the published tokens; aud, which they lack, stands after iss. The other is in
// rfc9068.go.
type payload struct {
	NotBefore int64
	Expires   int64
	Issuer    string
	Audience  []string
	ClientID  string
	Subject   string
	AuthTime  int64
	IDP       string
	IDPName   string
	VGToken   string
	UserID    string
	ID        string
	IssuedAt  int64
	Scopes    []string
	Methods   []string
	ofRFC9068

	has forms
}

// forms are the forms in which members of a claims set came that may have two.
type forms struct {
	scopeText, scopeList bool
	audienceList         bool
}

// appendTo writes p as encoding/json would.
func (p *payload) appendTo(b []byte) []byte {
	if p.isRFC9068() {
		return p.appendRFC9068(b)
	}
	o := jsonobj.Begin(b)
	o.Int("nbf", p.NotBefore)
	o.Int("exp", p.Expires)
	o.String("iss", p.Issuer)
	if len(p.Audience) > 0 {
		o.String("aud", p.Audience[0])
	}
	o.String("client_id", p.ClientID)
	machine := p.isMachine()
	if !machine {
		o.String("sub", p.Subject)
		o.Int("auth_time", p.AuthTime)
		o.String("idp", p.IDP)
		o.String("vgIdentityProviderName", p.IDPName)
		o.String("vgToken", p.VGToken)
		o.String("vgUserId", p.UserID)
	}
	o.String("jti", p.ID)
	o.Int("iat", p.IssuedAt)
	o.Strings("scope", p.Scopes)
	if !machine {
		o.Strings("amr", p.Methods)
	}
	return o.End()
}

// payload is c as it is written. What the profile has no place for is left where it is,
// so that complete refuses it.
func (c *Claims) payload() payload {
	if c.Profile == ProfileRFC9068 {
		return c.payloadRFC9068()
	}
	if c.Profile != ProfilePublished {
		return payload{}
	}
	p := payload{
		NotBefore: c.NotBefore.Unix(),
		Expires:   c.Expires.Unix(),
		Issuer:    c.Issuer,
		Audience:  c.Audience,
		ClientID:  c.ClientID,
		Subject:   c.Subject,
		VGToken:   c.VGToken,
		UserID:    c.UserID,
		ID:        c.ID,
		IssuedAt:  c.IssuedAt.Unix(),
		Scopes:    TokenScopes(c.Scopes),
		ofRFC9068: c.ofRFC9068(),
	}
	p.has.audienceList = len(c.Audience) > 1
	if !c.Machine {
		p.AuthTime, p.IDP, p.IDPName, p.Methods = c.AuthTime.Unix(), provider, provider, []string{provider}
	}
	return p
}

// complete reports whether every required claim is there, and none that the other
// profile alone has. A token that says something of a person says all of it.
func (p *payload) complete() bool {
	if p.Issuer == "" || p.ClientID == "" || p.ID == "" || p.Expires <= 0 || p.IssuedAt <= 0 {
		return false
	}
	if p.isRFC9068() {
		return p.completeRFC9068()
	}
	return p.NotBefore > 0 && (p.isMachine() || p.Subject != "" && p.VGToken != "") &&
		!p.has.scopeText && !p.has.audienceList && p.ofRFC9068.isEmpty()
}

// isMachine reports whether nothing is said of a person.
func (p *payload) isMachine() bool {
	if p.isRFC9068() {
		return p.isMachineRFC9068()
	}
	return p.Subject == "" && p.UserID == "" && p.VGToken == "" && p.AuthTime == 0 && p.IDP == "" && p.IDPName == "" && len(p.Methods) == 0
}

func (p *payload) claims() Claims {
	if p.isRFC9068() {
		return p.claimsRFC9068()
	}
	c := Claims{
		NotBefore: at(p.NotBefore),
		Expires:   at(p.Expires),
		IssuedAt:  at(p.IssuedAt),
		Issuer:    p.Issuer,
		Audience:  p.Audience,
		ClientID:  p.ClientID,
		Subject:   p.Subject,
		UserID:    p.UserID,
		VGToken:   p.VGToken,
		ID:        p.ID,
		Scopes:    p.Scopes,
		Machine:   p.isMachine(),
	}
	if !c.Machine {
		c.AuthTime = at(p.AuthTime)
	}
	return c
}

func at(seconds int64) time.Time { return time.Unix(seconds, 0).UTC() }

// claimNames are the names that [payload] knows, by their folded form.
var claimNames = func() map[string]bool {
	m := map[string]bool{}
	for _, n := range []string{
		"nbf", "exp", "iss", "aud", "client_id", "sub", "auth_time", "idp", "vgIdentityProviderName",
		"vgToken", "vgUserId", "jti", "iat", "scope", "amr", "sid", "roles", "entitlements", "account_id", "email",
	} {
		m[ascii.Fold(n)] = true
	}
	return m
}()

// decode reads a claims set. A name that stands twice, or differs from one of
// ours in case alone, is refused: another reader of the same token could take
// the other one. Names we do not know are left alone, so that nodes of two
// versions can work side by side.
func decode(body string) (p payload, ok bool) {
	ok = eachMember(body, p.set)
	return p, ok
}

// set reads one member of a claims set.
func (p *payload) set(name, value string) bool {
	switch name {
	case "nbf":
		return setInt(&p.NotBefore, value)
	case "exp":
		return setInt(&p.Expires, value)
	case "iss":
		return setString(&p.Issuer, value)
	case "aud":
		return p.setAudience(value)
	case "client_id":
		return setString(&p.ClientID, value)
	case "sub":
		return setString(&p.Subject, value)
	case "auth_time":
		return setInt(&p.AuthTime, value)
	case "idp":
		return setString(&p.IDP, value)
	case "vgIdentityProviderName":
		return setString(&p.IDPName, value)
	case "vgToken":
		return setString(&p.VGToken, value)
	case "vgUserId":
		return setString(&p.UserID, value)
	case "jti":
		return setString(&p.ID, value)
	case "iat":
		return setInt(&p.IssuedAt, value)
	case "scope":
		return p.setScopes(value)
	case "amr":
		return setStrings(&p.Methods, value)
	}
	known, ok := p.ofRFC9068.set(name, value)
	return ok && (known || !claimNames[ascii.Fold(name)])
}

// setAudience reads a text, or a list of them (RFC 7519 section 4.1.3).
func (p *payload) setAudience(value string) bool {
	if value == "null" || value[0] == '[' {
		p.has.audienceList = value != "null"
		return setStrings(&p.Audience, value)
	}
	one, ok := stringOf(value)
	if one != "" {
		p.Audience = []string{one}
	}
	return ok
}

// setScopes reads the list of the published profile, or the text of the other.
func (p *payload) setScopes(value string) bool {
	switch {
	case value == "null":
		return true
	case value[0] == '[':
		p.has.scopeList = true
		return setStrings(&p.Scopes, value)
	}
	text, ok := stringOf(value)
	p.has.scopeText, p.Scopes = true, splitScopes(text)
	return ok
}
