package typed_test

import (
	"go/types"
	"slices"
	"testing"

	"github.com/sallyport-auth/sallyport/internal/tools/typed"
)

// TestLoad reads this package itself, through another folder of its module.
func TestLoad(t *testing.T) {
	m, err := typed.Load("../proofs/..")
	if err != nil {
		t.Fatal(err)
	}
	if m.Path != "github.com/sallyport-auth/sallyport" {
		t.Errorf("got the module %s", m.Path)
	}
	p, err := m.Package("internal/tools/typed")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range p.Files {
		names = append(names, f.Name)
	}
	if want := []string{"internal/tools/typed/typed.go"}; !slices.Equal(names, want) {
		t.Errorf("got files %q, want %q", names, want)
	}
	if _, ok := p.Types.Scope().Lookup("Load").(*types.Func); !ok {
		t.Error("Load is no function of the package")
	}
	if _, err := typed.Load(t.TempDir()); err == nil {
		t.Error("a folder without a module: no error")
	}
	if _, err := m.Package("gone"); err == nil {
		t.Error("a folder without a package: no error")
	}
}
