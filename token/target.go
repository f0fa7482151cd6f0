package token

import "slices"

// Target is whom a token is for, and what it says because of that.
type Target struct {
	Audience []string // empty: the token names none
	Scopes   []string // of those that were asked for; the list may be shared
	Claims   []string // of [APIClaims], each once
}

// TargetRequest is what a [Target] is made of.
type TargetRequest struct {
	Granted  []string // scopes that the client may have here: its own, or what is left of a login's
	Scopes   []string // those among them that the token is to have
	Resource string   // the audience that was asked for (RFC 8707); empty: none was
	Issuer   string   // as whose the issuer itself takes tokens
	Static   string   // the audience that the host gives all tokens; empty: none
}

// Target returns whom a token of c is for. It is false where what was asked for is neither
// the issuer's own nor the audience of an API among the scopes that are granted: audiences
// compare byte by byte.
//
// A token that one audience was asked for has no scope of another API, so that an API that
// is handed it cannot go on to the next with it. Where none was asked for, a token of RFC
// 9068 is for all APIs of its scopes, or for the issuer where there are none (section 3);
// one of the published profile says what the host has all of them say.
func (l *ResourceList) Target(c *Client, in TargetRequest) (t Target, ok bool) {
	if in.Resource != "" && in.Resource != in.Issuer && in.Resource != in.Static && !l.isTargeted(c, &in) {
		return t, false
	}
	if len(l.All) == 0 {
		t.Scopes, t.Audience = in.Scopes, in.audience(c, nil)
		return t, true
	}
	var audience []string
	t.Scopes = make([]string, 0, len(in.Scopes))
	for _, scope := range in.Scopes {
		r, found := l.Find(c, scope)
		api := found && r.Kind == APIResource
		if api && in.Resource != "" && r.Audience != in.Resource {
			continue
		}
		if t.Scopes = append(t.Scopes, scope); api {
			audience, t.Claims = append(audience, r.Audience), append(t.Claims, r.Claims...)
		}
	}
	t.Audience, t.Claims = in.audience(c, unique(audience)), unique(t.Claims)
	return t, true
}

// isTargeted reports whether what was asked for is the audience of a scope that is granted.
func (l *ResourceList) isTargeted(c *Client, in *TargetRequest) bool {
	return slices.ContainsFunc(in.Granted, func(scope string) bool {
		r, found := l.Find(c, scope)
		return found && r.Kind == APIResource && r.Audience == in.Resource
	})
}

// audience is that of a token with scopes of those APIs.
func (in *TargetRequest) audience(c *Client, apis []string) []string {
	switch {
	case in.Resource != "":
		return []string{in.Resource}
	case c.Profile == ProfileRFC9068 && len(apis) > 0:
		return apis
	case in.Static != "":
		return []string{in.Static}
	case c.Profile == ProfileRFC9068:
		return []string{in.Issuer}
	}
	return nil
}

// unique returns the texts of a list in their order, each once.
func unique(list []string) (out []string) {
	for _, s := range list {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// IdentityClaims returns the claims of userinfo that scopes of c bring which are the host's
// own.
func (l *ResourceList) IdentityClaims(c *Client, scopes []string) (out []string) {
	for _, scope := range scopes {
		if r, found := l.Find(c, scope); found && r.Kind == IdentityResource {
			out = append(out, r.Claims...)
		}
	}
	return out
}

// HasAudience reports whether one of those audiences is that of an API of an application,
// which its clients that are servers stand for.
func (l *ResourceList) HasAudience(application string, audience []string) bool {
	return slices.ContainsFunc(l.All, func(r Resource) bool {
		return r.Kind == APIResource && slices.Contains(audience, r.Audience) && r.isFor(&Client{Application: application})
	})
}
