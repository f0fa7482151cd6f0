package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sallyport-auth/sallyport/internal/tools/typed"
)

// testers are the folders of the packages whose tests may run code of a package
// in one of the folders dirs. Packages below skip are left out.
func testers(m *typed.Module, dirs []string, skip string) (list []string) {
	byPath := map[string]*typed.Listed{}
	for _, p := range m.Packages {
		byPath[p.ImportPath] = p
	}
	for dir, p := range m.Packages {
		if len(p.TestGoFiles)+len(p.XTestGoFiles) == 0 || strings.HasPrefix(dir+"/", skip+"/") {
			continue
		}
		reach := append([]string{p.ImportPath}, p.Deps...)
		for _, path := range slices.Concat(p.TestImports, p.XTestImports) {
			reach = append(reach, path)
			if q := byPath[path]; q != nil {
				reach = append(reach, q.Deps...)
			}
		}
		if slices.ContainsFunc(dirs, func(d string) bool { return slices.Contains(reach, m.Packages[d].ImportPath) }) {
			list = append(list, dir)
		}
	}
	slices.Sort(list)
	return list
}

// copyTree copies a module, without what git and builds keep in it.
func copyTree(to, from string) error {
	return filepath.WalkDir(from, func(name string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		below, err := filepath.Rel(from, name)
		if err != nil {
			return err
		}
		target := filepath.Join(to, below)
		switch {
		case d.Name() == ".git" || below == ".build" || below == "bin":
			if d.IsDir() {
				return filepath.SkipDir
			}
			return nil
		case d.IsDir():
			return os.MkdirAll(target, 0o755)
		case !d.Type().IsRegular():
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		in, err := os.Open(name)
		if err != nil {
			return err
		}
		defer in.Close()
		out, err := os.OpenFile(target, os.O_WRONLY|os.O_CREATE|os.O_EXCL, info.Mode().Perm())
		if err != nil {
			return err
		}
		_, err = io.Copy(out, in)
		return errors.Join(err, out.Close())
	})
}
