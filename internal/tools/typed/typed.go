// Package typed reads packages of a module together with their types, for tools
// that look at the code. What the module imports is taken from the cache of the
// go command and not read again.
package typed

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
)

// Module is what the go command says of a module and of all it imports.
type Module struct {
	Top, Path string             // its folder, and what its import paths begin with
	Packages  map[string]*Listed // by folder below Top, which is "." itself
	Fset      *token.FileSet
	Imports   types.Importer // of all that it imports
}

// Listed is one package as go list describes it.
type Listed struct {
	ImportPath, Dir, Export   string
	GoFiles, Deps             []string
	TestGoFiles, XTestGoFiles []string
	TestImports, XTestImports []string
	Module                    *struct {
		Path, Dir string
		Main      bool
	}
}

// Package is one package of the module, without its tests.
type Package struct {
	Dir   string // below the top of the module, "." for the top itself
	Path  string
	Files []*File
	Types *types.Package
	Info  *types.Info
}

// File is one of its files.
type File struct {
	Name   string // below the top of the module
	Text   []byte
	Syntax *ast.File
}

// Load asks the go command about the module in the folder top. All of it
// is compiled for that, which the cache of the go command keeps. More are paths
// of packages that can be imported too.
func Load(top string, more ...string) (*Module, error) {
	cmd := exec.Command("go", "list", "-export", "-deps", "-json=ImportPath,Dir,Export,GoFiles,Deps,TestGoFiles,XTestGoFiles,TestImports,XTestImports,Module",
		"./...")
	cmd.Args = append(cmd.Args, more...)
	var complaints bytes.Buffer
	cmd.Dir, cmd.Stderr = top, &complaints
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w: %s", err, complaints.Bytes())
	}
	m := &Module{Packages: map[string]*Listed{}, Fset: token.NewFileSet()}
	exports := map[string]string{}
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		p := new(Listed)
		if err := dec.Decode(p); err == io.EOF {
			break
		} else if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		exports[p.ImportPath] = p.Export
		if p.Module == nil || !p.Module.Main {
			continue
		}
		m.Top, m.Path = p.Module.Dir, p.Module.Path
		dir, err := filepath.Rel(m.Top, p.Dir)
		if err != nil {
			return nil, err
		}
		m.Packages[filepath.ToSlash(dir)] = p
	}
	m.Imports = importer.ForCompiler(m.Fset, "gc", func(path string) (io.ReadCloser, error) {
		if exports[path] == "" {
			return nil, fmt.Errorf("%s is not among what the module imports", path)
		}
		return os.Open(exports[path])
	})
	return m, nil
}

// Package reads the package in a folder below the top.
func (m *Module) Package(dir string) (*Package, error) {
	p := m.Packages[dir]
	if p == nil {
		return nil, fmt.Errorf("there is no package in %s", dir)
	}
	s := &Package{Dir: dir, Path: p.ImportPath, Info: &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{},
		Uses:  map[*ast.Ident]types.Object{},
	}}
	var syntax []*ast.File
	for _, name := range p.GoFiles {
		text, err := os.ReadFile(filepath.Join(p.Dir, name))
		if err != nil {
			return nil, err
		}
		f := &File{Name: path.Join(dir, name), Text: text}
		if f.Syntax, err = parser.ParseFile(m.Fset, f.Name, text, parser.ParseComments|parser.SkipObjectResolution); err != nil {
			return nil, err
		}
		s.Files = append(s.Files, f)
		syntax = append(syntax, f.Syntax)
	}
	conf := types.Config{Importer: m.Imports}
	var err error
	if s.Types, err = conf.Check(s.Path, m.Fset, syntax, s.Info); err != nil {
		return nil, fmt.Errorf("reading the types of %s: %w", dir, err)
	}
	return s, nil
}
