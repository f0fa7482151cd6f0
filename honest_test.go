package sallyport_test

import (
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestNamesNoMachine reads every text file: what one machine is called is wrong
// on the next.
func TestNamesNoMachine(t *testing.T) {
	beside(t)
	err := fs.WalkDir(os.DirFS("."), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && slices.Contains([]string{".git", ".build", "bin", "node_modules"}, d.Name()):
			return fs.SkipDir
		case d.Name() == ".git": // in a worktree it is a file and names where the repository is
			return nil
		case d.IsDir() || !d.Type().IsRegular():
			return nil
		}
		src, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		for _, o := range machineNames(name, src) {
			t.Error(o)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestSkipsAreHonest looks for tests that skip because a program is missing:
// in CI they would hide, so SALLYPORT_REQUIRE_TOOLS asks them to fail instead.
func TestSkipsAreHonest(t *testing.T) {
	err := walkGo(os.DirFS("."), func(name string, src []byte) error {
		if strings.HasSuffix(name, "_test.go") && hidesSkip(string(src)) {
			t.Errorf("%s skips without a look at SALLYPORT_REQUIRE_TOOLS", name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

var machineName = regexp.MustCompile(`(?:^|[^\w.})\]/-])(/(?:root|home|work|Users)/[\w.-]+)`)

// machineNames are the places where a file names a home directory: it belongs
// to one machine and is wrong on the next.
func machineNames(name string, src []byte) (list []string) {
	if strings.IndexByte(string(src), 0) >= 0 {
		return nil // no text
	}
	for i, line := range strings.Split(string(src), "\n") {
		if !strings.Contains(line, "/") {
			continue // most lines, and an expression takes its time
		}
		if m := machineName.FindString(line); m != "" {
			list = append(list, fmt.Sprintf("%s:%d names %s", name, i+1, strings.TrimSpace(m)))
		}
	}
	return list
}

// hidesSkip is true for a test file that looks for a program and skips, but
// never asks whether it may. The needles are cut so that this file is no hit.
func hidesSkip(src string) bool {
	skips := strings.Contains(src, ".Skip"+"(") || strings.Contains(src, ".Skip"+"f(") || strings.Contains(src, ".Skip"+"Now(")
	return skips && strings.Contains(src, "exec."+"LookPath") && !strings.Contains(src, "SALLYPORT_REQUIRE_TOOLS")
}

func TestMachineNames(t *testing.T) {
	slash := "/" // keeps this file from naming what it looks for
	tests := []struct {
		line string
		want string
	}{
		{"see " + slash + "home/ada/notes", "x.md:2 names"},
		{slash + "work/main", "x.md:2 names"},
		{"`" + slash + "root/go`", "x.md:2 names"},
		{"https://host.example/home/page", ""},
		{"./home/page and {base}/work/item", ""},
		{"the /home directory", ""},
	}
	for _, tt := range tests {
		t.Run(tt.line, func(t *testing.T) {
			wantObjection(t, machineNames("x.md", []byte("first\n"+tt.line+"\n")), tt.want)
		})
	}
}

func TestHidesSkip(t *testing.T) {
	look, skip := "exec."+"LookPath", "t."+"Skip(err)"
	tests := []struct {
		name, src string
		want      bool
	}{
		{"looks and skips", look + skip, true},
		{"looks, skips and asks", look + skip + `os.Getenv("SALLYPORT_REQUIRE_TOOLS")`, false},
		{"looks and fails", look + "t.Fatal(err)", false},
		{"skips for another reason", skip, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := hidesSkip(tt.src); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}
