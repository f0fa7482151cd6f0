package token

import (
	"net/url"
	"slices"
	"strings"

	"github.com/sallyport-auth/sallyport/internal/ascii"
	"github.com/sallyport-auth/sallyport/internal/record"
	"github.com/sallyport-auth/sallyport/store"
)

// ResourceKind says what a [Resource] is.
type ResourceKind string

// The kinds, in their canonical spelling.
const (
	// IdentityResource is a scope that opens claims of a user at userinfo.
	IdentityResource ResourceKind = "Identity"
	// APIResource is a scope for a service that takes the tokens (RFC 8707).
	APIResource ResourceKind = "API"
)

// Resource is what a scope of the host's own stands for. The zero Resource is none.
type Resource struct {
	// Name is the scope. No two differ by ASCII case alone, and none is one of
	// [KnownScopes].
	Name string
	Kind ResourceKind
	// Claims are those that the scope brings: of an identity resource at userinfo, out
	// of [IdentityClaims] and vgUA_ with the name of an attribute; of an API resource
	// in RFC 9068 tokens, out of [APIClaims].
	Claims []string
	// Audience is the absolute URI of an API; empty for an identity resource.
	Audience string
	// Application is the id of the one whose clients may have it; empty: of any.
	Application string

	Unknown record.Unknown // what a newer program has written
}

// ResourceList is all resources. They stand in one record, so that a login reads them
// with its client. The zero list is empty.
type ResourceList struct {
	All []Resource

	Unknown record.Unknown // what a newer program has written
}

// Resources holds one list, under [TheResources]. What Get returns is shared.
var Resources = store.NewTable[ResourceList]("resource", store.TableOptions{Cached: true, Large: true})

// TheResources is the id of the one record of [Resources].
const TheResources = "all"

// Claims that an API resource may bring into RFC 9068 tokens (section 2.2).
const (
	ClaimRoles        = "roles"        // names of the roles in the client's application
	ClaimEntitlements = "entitlements" // paths of the permissions
	ClaimAccountID    = "account_id"   // the immutable id of the account
	ClaimEmail        = "email"        // the address that its owner has proven
)

// APIClaims returns a new list of those that an API resource may bring.
func APIClaims() []string {
	return []string{ClaimRoles, ClaimEntitlements, ClaimAccountID, ClaimEmail}
}

// attributePrefix is what the claim of an attribute begins with.
const attributePrefix = "vgUA_"

// identityClaims are those of userinfo, in its order, but vgUserId.
var identityClaims = []string{
	"vgToken", "vgApplications", "vgRoles", "vgPermissions", "vgIsApproved", "vgIsLocked", "vgStartDate", "vgEndDate",
	"vgFirstname", "vgLastname", "vgEmail", "vgDevApps", "vgDevRoles", "vgDevPermissions", "sub",
}

// IdentityClaims returns a new list of those that an identity resource may bring,
// beside vgUA_ with the name of an attribute. vgUserId is told with every scope.
func IdentityClaims() []string { return slices.Clone(identityClaims) }

// IsIdentityClaim reports whether an identity resource may bring a claim.
func IsIdentityClaim(name string) bool {
	attribute, ok := strings.CutPrefix(name, attributePrefix)
	return ok && attribute != "" || slices.Contains(identityClaims, name)
}

// IsAudience reports whether s may name an API: an absolute URI without a fragment
// (RFC 8707 section 2), in printable ASCII.
func IsAudience(s string) bool {
	u, err := url.Parse(s)
	plain := !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`"<>\^`+"`{|}#", r) })
	return err == nil && plain && u.IsAbs() && u.User == nil && (u.Host != "" || u.Opaque != "")
}

// For returns a new list of the resources that a client may have: those of its
// application, and those of any.
func (l *ResourceList) For(c *Client) []Resource {
	var out []Resource
	for i := range l.All {
		if l.All[i].isFor(c) {
			out = append(out, l.All[i])
		}
	}
	return out
}

// Find returns the resource that a scope of a client stands for. False means that the
// scope is none, or belongs to another application than the client.
func (l *ResourceList) Find(c *Client, scope string) (Resource, bool) {
	for i := range l.All {
		if r := &l.All[i]; ascii.Equal(r.Name, scope) && r.isFor(c) {
			return *r, true
		}
	}
	return Resource{}, false
}

// Own returns the scopes of a client without those whose resource belongs to another
// application. Where there are none of them it is the client's own list, which is shared.
func (l *ResourceList) Own(c *Client) []string {
	if len(l.All) == 0 || !slices.ContainsFunc(c.Scopes, func(s string) bool { return l.isForeign(c, s) }) {
		return c.Scopes
	}
	return slices.DeleteFunc(slices.Clone(c.Scopes), func(s string) bool { return l.isForeign(c, s) })
}

// isForeign reports whether a scope of a client stands for a resource of another
// application.
func (l *ResourceList) isForeign(c *Client, scope string) bool {
	return slices.ContainsFunc(l.All, func(r Resource) bool {
		return r.Application != "" && r.Application != c.Application && ascii.Equal(r.Name, scope)
	})
}

// Has reports whether a resource belongs to an application.
func (l *ResourceList) Has(application string) bool {
	return slices.ContainsFunc(l.All, func(r Resource) bool { return r.Application == application })
}

// isFor reports whether a client may have the resource. The zero Client may have none.
func (r *Resource) isFor(c *Client) bool {
	return c.Application != "" && (r.Application == "" || r.Application == c.Application)
}

// MachineScopes returns a new list of those scopes of a client that a token without
// a person may have: API scopes, ours and the client's own. What tells of a person,
// identity resources among it, and offline_access, which keeps a person's login, is
// left out.
func (l *ResourceList) MachineScopes(c *Client) []string {
	return slices.DeleteFunc(MachineScopes(c.Scopes), func(scope string) bool {
		return slices.ContainsFunc(l.All, func(r Resource) bool { return r.Kind == IdentityResource && ascii.Equal(r.Name, scope) })
	})
}
