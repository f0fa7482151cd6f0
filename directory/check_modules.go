package directory

import (
	"slices"
	"strings"

	"github.com/sallyport-auth/sallyport/internal/ascii"
	"github.com/sallyport-auth/sallyport/token"
)

// modules checks the identity modules of a client, and returns them as they are stored:
// spelt as the engine has them, and none for VGUser alone. Names of modules are compared
// without regard to ASCII case.
func (c *checker) modules(path string, list []string) (stored []string) {
	if list != nil && len(list) == 0 {
		c.add(path, "empty: want %q, or leave it out", token.ModuleVGUser)
	}
	seen := once{}
	for i, name := range list {
		at := element(path, i)
		spelt, known := c.module(name)
		switch {
		case !known:
			c.add(at, "%.64q is none of %s", name, strings.Join(c.knownModules(), ", "))
		default:
			seen.check(c, at, ascii.Fold(name), "module")
		}
		stored = append(stored, spelt)
	}
	if len(stored) == 1 && stored[0] == token.ModuleVGUser {
		return nil
	}
	return stored
}

// module returns a name as the engine has it. WindowsByCredential is always known, so that
// one file serves engines with and without a directory of their organisation.
func (c *checker) module(name string) (spelt string, known bool) {
	for _, m := range c.knownModules() {
		if ascii.Equal(m, name) {
			return m, true
		}
	}
	return name, c.anyModule && name != "" && len(name) <= maxName
}

func (c *checker) knownModules() []string {
	list := append([]string{token.ModuleVGUser, token.ModulePasswordless}, c.leniency.modules...)
	if !slices.ContainsFunc(list, func(m string) bool { return ascii.Equal(m, token.ModuleWindows) }) {
		list = append(list, token.ModuleWindows)
	}
	return list
}

// noModules warns of modules that the engine has not: nobody logs in by them.
func noModules(d *File, modules []string) (out []string) {
	var paths []string
	for i, c := range d.Clients {
		for j, name := range c.Modules {
			missing := !slices.ContainsFunc(modules, func(m string) bool { return ascii.Equal(m, name) })
			if missing && ascii.Equal(name, token.ModuleWindows) {
				paths = append(paths, element(element("clients", i)+".modules", j))
			}
		}
	}
	if len(paths) > 0 {
		out = append(out, some(paths)+": the engine has no such module: whoever logs in by it is answered with unauthorized_client")
	}
	return out
}
