package token

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// Paths below the issuer that discovery names.
const (
	DiscoveryPath = "/.well-known/openid-configuration"
	MetadataPath  = "/.well-known/oauth-authorization-server" // the same document, by the name of RFC 8414
	JWKSPath      = "/.well-known/openid-configuration/jwks"
	TokenPath     = "/connect/token"
	UserInfoPath  = "/connect/userinfo"

	RevocationPath    = "/connect/revocation" // RFC 7009
	IntrospectionPath = "/connect/introspect" // RFC 7662
)

// The grant types that exist.
const (
	GrantVGAuthenticator = "VGAuthenticator"
	GrantPassword        = "password" // RFC 6749 section 4.3
	GrantRefreshToken    = "refresh_token"
	// GrantClientCredentials is that of a program for itself (RFC 6749 section 4.4).
	GrantClientCredentials = "client_credentials"
)

// GrantTypes returns a new list of the grant types that exist.
func GrantTypes() []string {
	return []string{GrantVGAuthenticator, GrantPassword, GrantRefreshToken, GrantClientCredentials}
}

// DiscoveryConfig is what an issuer offers. A nil list takes its default, which
// is all that this package knows.
type DiscoveryConfig struct {
	Scopes     []string
	GrantTypes []string
	// Attributes are the names of user attributes, without vgUA_.
	Attributes []string
}

// metadata is the discovery document (OpenID Connect Discovery 1.0 section 3,
// RFC 8414 section 2). It names what there is and nothing else: without an
// authorization endpoint there are no response types, and without id_tokens no
// algorithms to sign them with. A list that is empty is left out.
type metadata struct {
	Issuer       string   `json:"issuer"`
	JWKSURI      string   `json:"jwks_uri"`
	Token        string   `json:"token_endpoint"`
	UserInfo     string   `json:"userinfo_endpoint"`
	Revoke       string   `json:"revocation_endpoint"`
	Introspect   string   `json:"introspection_endpoint"`
	Scopes       []string `json:"scopes_supported,omitempty"`
	Claims       []string `json:"claims_supported,omitempty"`
	GrantTypes   []string `json:"grant_types_supported,omitempty"`
	AuthMethods  []string `json:"token_endpoint_auth_methods_supported"`
	RevokeAuth   []string `json:"revocation_endpoint_auth_methods_supported"`
	AskAuth      []string `json:"introspection_endpoint_auth_methods_supported"`
	SubjectTypes []string `json:"subject_types_supported"`
}

// Discovery is the document at [DiscoveryPath] and [MetadataPath]. The issuer
// stands in it byte for byte, since clients compare it so; a slash at its end is
// not doubled in the addresses.
func Discovery(issuer string, c DiscoveryConfig) []byte {
	base := strings.TrimSuffix(issuer, "/")
	m := metadata{
		Issuer:       issuer,
		JWKSURI:      base + JWKSPath,
		Token:        base + TokenPath,
		UserInfo:     base + UserInfoPath,
		Revoke:       base + RevocationPath,
		Introspect:   base + IntrospectionPath,
		Scopes:       KnownScopes(),
		Claims:       claimsSupported(c.Attributes),
		GrantTypes:   GrantTypes(),
		AuthMethods:  append(slices.Clone(secretMethods), "none"), // none: public clients
		RevokeAuth:   append(slices.Clone(secretMethods), "none"),
		AskAuth:      secretMethods, // a client without a secret is told of no token
		SubjectTypes: []string{"public"},
	}
	if c.Scopes != nil {
		m.Scopes = SortScopes(c.Scopes)
	}
	if c.GrantTypes != nil {
		m.GrantTypes = c.GrantTypes
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(m) // strings alone: nothing can fail
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// secretMethods are how a client says who it is by a secret.
var secretMethods = []string{"client_secret_post", "client_secret_basic"}

// claimsSupported asks userinfo what it would say of a user to a client with
// every scope, so that the two cannot drift apart.
func claimsSupported(attributes []string) []string {
	var p UserProfile
	for _, a := range attributes {
		p.Attributes = append(p.Attributes, Attribute{Name: a})
	}
	var names []string
	for _, c := range UserInfo(p, Told{Scopes: knownScopes}, "") {
		names = append(names, c.Name)
	}
	return names
}
