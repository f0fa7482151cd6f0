package main

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// TestChanged asks for what is new in repositories with and without a tag.
func TestChanged(t *testing.T) {
	top := t.TempDir()
	do := func(args ...string) {
		t.Helper()
		cmd := exec.Command("git", append([]string{"-C", top, "-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false", "-c", "tag.gpgsign=false"}, args...)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %s: %v\n%s", args, err, out)
		}
	}
	commit := func(file string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(top, file), []byte("package a\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		do("add", ".")
		do("commit", "-q", "-m", file)
	}
	wantChanged := func(base string, want ...string) {
		t.Helper()
		files, err := changed(top, base)
		if got := slices.Sorted(maps.Keys(files)); err != nil || !slices.Equal(got, want) {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
	}
	do("init", "-q")
	commit("a.go")
	wantChanged("auto", "a.go") // the only commit is new as a whole
	for range 20 {
		do("commit", "-q", "--allow-empty", "-m", "nothing")
	}
	commit("b.go")
	commit("c.txt")
	wantChanged("auto", "b.go")
	wantChanged("HEAD~2", "b.go")
	wantChanged("HEAD")
	do("tag", "v1")
	wantChanged("auto", "b.go") // nothing since the tag
	commit("d.go")
	wantChanged("auto", "d.go")
	if _, err := changed(top, "gone"); err == nil {
		t.Error("a commit that does not exist: no error")
	}
}
