package token

import "slices"

// Told is what may be told of a user. The zero value is nothing but their name.
type Told struct {
	// Scopes are in canonical spelling.
	Scopes []string
	// Claims are those of userinfo that scopes of the host's own bring beside; see
	// [Resource].
	Claims []string
}

// claimsOf are the claims that each scope brings; attributes are apart.
var claimsOf = map[string][]string{
	ScopeVGToken:      {"vgToken"},
	ScopeApplications: {"vgApplications"},
	ScopeRoles:        {"vgRoles"},
	ScopePermissions:  {"vgPermissions"},
	ScopeIsApproved:   {"vgIsApproved"},
	ScopeIsLocked:     {"vgIsLocked"},
	ScopeActivityDate: {"vgStartDate", "vgEndDate"},
	ScopeVGProfile:    {"vgFirstname", "vgLastname", "vgEmail"},
	ScopeDeveloper:    {"vgDevApps", "vgDevRoles", "vgDevPermissions"},
	ScopeOpenID:       {"sub"},
}

// claim reports whether a claim may be told.
func (t Told) claim(name string) bool {
	return slices.Contains(t.Claims, name) || slices.ContainsFunc(t.Scopes, func(s string) bool { return slices.Contains(claimsOf[s], name) })
}

// attribute reports whether the attribute of that name may be told.
func (t Told) attribute(name string) bool {
	return slices.Contains(t.Scopes, ScopeVGProfile) || slices.Contains(t.Claims, attributePrefix+name)
}

func (t Told) anyOf(names ...string) bool { return slices.ContainsFunc(names, t.claim) }

// Email reports whether the e-mail address on record may be told.
func (t Told) Email() bool { return t.claim("vgEmail") }

// Rights reports whether anything may be told of applications, roles or permissions.
func (t Told) Rights() bool {
	return t.anyOf("vgApplications", "vgRoles", "vgPermissions", "vgDevApps", "vgDevRoles", "vgDevPermissions")
}

// Roles reports whether the roles of a user may be told: by their names, or with all that
// is known of them.
func (t Told) Roles() bool { return t.anyOf("vgRoles", "vgDevRoles") }

// Permissions reports the same of permissions.
func (t Told) Permissions() bool { return t.anyOf("vgPermissions", "vgDevPermissions") }
