package directory

import (
	"slices"
	"strings"

	"github.com/sallyport-auth/sallyport/token"
)

// Bounds on resources. All of them stand in one record, which logins read.
const (
	maxResources = 100
	maxClaims    = 32  // of a resource
	maxAudience  = 256 // bytes of one
)

// noApplication stands for the application of a resource that any client may have.
const noApplication = -1

func (c *checker) resources(list []Resource) {
	if len(list) > maxResources {
		c.add("resources", "more than %d resources", maxResources)
	}
	names := once{}
	for i := range list {
		w := c.resource(element("resources", i), &list[i])
		names.check(c, w.at+".name", w.key, "name")
		c.want.resources = append(c.want.resources, w)
	}
}

// resource checks one resource. Its key is empty where its name is none.
func (c *checker) resource(at string, d *Resource) wantedResource {
	w := wantedResource{at: at, key: c.scopeName(at+".name", d.Name), application: noApplication}
	if d.Application != "" {
		if n, known := c.application(at+".application", d.Application); known {
			w.application = n
		}
	}
	kind := token.ResourceKind(d.Kind)
	switch known := c.oneOf(at+".kind", d.Kind, string(token.IdentityResource), string(token.APIResource)); {
	case known && kind == token.IdentityResource && d.Audience != "":
		c.add(at+".audience", "only a resource of the kind API has an audience; take it out")
	case known && kind == token.APIResource && (len(d.Audience) > maxAudience || !token.IsAudience(d.Audience)):
		c.add(at+".audience", "%.64q is no audience: want an absolute URI without a fragment, of %d bytes at most, such as \"https://orders.example.com\"", d.Audience, maxAudience)
	}
	w.resource = token.Resource{Name: d.Name, Kind: kind, Claims: c.claims(at+".claims", kind, d.Claims), Audience: d.Audience}
	return w
}

// scopeName checks the name of a resource, and returns the key by which names of scopes
// are compared.
func (c *checker) scopeName(path, name string) string {
	canonical, err := token.ParseScopes(name, []string{name})
	switch {
	case name == "":
		c.add(path, "missing")
	case err != nil || len(name) > maxName:
		c.add(path, "%.64q is no scope: want %d characters at most, in ASCII, without blanks, quotes and backslashes", name, maxName)
	case slices.Contains(token.KnownScopes(), canonical[0]):
		c.add(path, "%q is a scope that the engine has, which cannot be another; give the resource a name of its own", canonical[0])
	default:
		return scopeKey(name)
	}
	return ""
}

// scopeKey is the key by which names of scopes are compared: they are ASCII.
func scopeKey(name string) string { return strings.ToLower(name) }

// claims checks the claims of a resource. What no claim is known by is refused, since
// nothing would ever be told under it.
func (c *checker) claims(path string, kind token.ResourceKind, list []string) []string {
	if kind == token.IdentityResource && len(list) == 0 {
		c.add(path, "missing: an identity resource is a scope that brings claims")
	}
	if len(list) > maxClaims {
		c.add(path, "more than %d claims", maxClaims)
	}
	seen := once{}
	for i, name := range list {
		at := element(path, i)
		switch {
		case !c.text(at, name, maxName+len("vgUA_")):
		case kind == token.IdentityResource && !token.IsIdentityClaim(name):
			c.add(at, "%.64q is no claim of userinfo: want one of %s, or vgUA_ with the name of an attribute", name, strings.Join(token.IdentityClaims(), ", "))
		case kind == token.APIResource:
			if c.oneOf(at, name, token.APIClaims()...) {
				seen.check(c, at, name, "claim")
			}
		default:
			seen.check(c, at, name, "claim")
		}
	}
	return slices.Clone(list)
}

// ownScopes refuses scopes of a client whose resource belongs to another application:
// they would bring nothing.
func (c *checker) ownScopes(list []Client) {
	belongs := map[string]int{}
	for _, r := range c.want.resources {
		if r.key != "" && r.application != noApplication {
			belongs[r.key] = r.application
		}
	}
	for i := range c.want.clients {
		w := &c.want.clients[i]
		for j, s := range list[i].Scopes {
			if n, ok := belongs[scopeKey(s)]; ok && w.application != noApplication && n != w.application {
				c.add(element(w.at+".scopes", j), "%.64q belongs to the application %s; take it out, or leave out the application of the resource", s, c.want.applications[n].name)
			}
		}
	}
}
