package directory

import (
	"slices"
	"strings"

	"github.com/sallyport-auth/sallyport/internal/rnd"
)

func (c *checker) applications(list []Application) {
	ids, keys := once{}, once{}
	for i := range list {
		d, at := &list[i], element("applications", i)
		w := wantedApplication{
			at: at, id: c.id(at+".id", d.ID), name: d.Name, key: c.label(at+".name", d.Name),
			mfa:              c.rules(at+".mfa", &d.MFA),
			prunePermissions: d.Permissions != nil, pruneRoles: d.Roles != nil,
		}
		ids.check(c, at+".id", w.id, "id")
		keys.check(c, at+".name", w.key, "name")
		c.permissions(&w, d.Permissions)
		c.roles(&w, d.Roles)
		c.want.applications = append(c.want.applications, w)
		for _, name := range []string{w.key, w.id} {
			if name != "" {
				c.apps[name] = i
			}
		}
	}
}

func (c *checker) permissions(w *wantedApplication, list []Permission) {
	ids, keys := once{}, once{}
	for i, d := range list {
		at := element(w.at+".permissions", i)
		p := wantedPermission{
			at: at, id: c.id(at+".id", d.ID), path: d.Path, key: c.permissionPath(at+".path", d.Path), description: d.Description,
		}
		c.text(at+".description", d.Description, maxText)
		ids.check(c, at+".id", p.id, "id")
		keys.check(c, at+".path", p.key, "path")
		w.permissions = append(w.permissions, p)
	}
}

// permissionPath is name for the path of a permission.
func (c *checker) permissionPath(at, path string) (key string) {
	key = c.name(at, path, maxText)
	if key != "" && (path[0] != '/' || strings.HasSuffix(path, "/") || strings.Contains(path, "//")) {
		c.add(at, "want a path such as %q", "/folder/name")
	}
	return key
}

func (c *checker) roles(w *wantedApplication, list []Role) {
	ids, keys := once{}, once{}
	for i := range list {
		d, at := &list[i], element(w.at+".roles", i)
		r := wantedRole{
			at: at, id: c.id(at+".id", d.ID), name: d.Name, key: c.label(at+".name", d.Name), mfa: c.rules(at+".mfa", &d.MFA),
		}
		ids.check(c, at+".id", r.id, "id")
		keys.check(c, at+".name", r.key, "name")
		r.permissions = c.rolePermissions(at+".permissions", d.Permissions, w.permissions)
		w.roles = append(w.roles, r)
	}
}

func (c *checker) rolePermissions(path string, list []string, all []wantedPermission) (found []int) {
	for i, s := range list {
		at := element(path, i)
		key := c.name(at, s, maxText)
		n := slices.IndexFunc(all, func(p wantedPermission) bool { return p.key == key })
		switch {
		case key == "":
		case n < 0:
			c.add(at, "no permission %.64q in this application", s)
		case slices.Contains(found, n):
			c.add(at, "stands twice")
		default:
			found = append(found, n)
		}
	}
	return found
}

// application finds the application that ref means, by id or by name.
func (c *checker) application(path, ref string) (int, bool) {
	if ref == "" {
		c.add(path, "missing")
		return 0, false
	}
	key := ref
	if u, ok := rnd.ParseUUID(ref); ok {
		key = rnd.FormatUUID(u)
	} else if key = c.name(path, ref, maxName); key == "" {
		return 0, false
	}
	i, ok := c.apps[key]
	if !ok {
		c.add(path, "no application %.64q in the file", ref)
	}
	return i, ok
}

// role finds the role that ref means, by id or by name.
func (c *checker) role(path, ref string, app *wantedApplication) (int, bool) {
	if ref == "" {
		c.add(path, "missing")
		return 0, false
	}
	id, key := "", ""
	if u, ok := rnd.ParseUUID(ref); ok {
		id = rnd.FormatUUID(u)
	} else if key = c.name(path, ref, maxName); key == "" {
		return 0, false
	}
	i := slices.IndexFunc(app.roles, func(r wantedRole) bool { return id != "" && r.id == id || key != "" && r.key == key })
	if i < 0 {
		c.add(path, "no role %.64q in application %.64q of the file", ref, app.name)
	}
	return i, i >= 0
}
