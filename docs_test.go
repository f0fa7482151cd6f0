package sallyport_test

import (
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"unicode"
)

// TestDecisions holds the pages of docs/decisions to their names, their parts
// and their index.
func TestDecisions(t *testing.T) {
	for _, fault := range decisionFaults(os.DirFS(".")) {
		t.Error(fault)
	}
}

// TestLinks wants every link in a page of ours to lead to a file that is there.
func TestLinks(t *testing.T) {
	for _, fault := range brokenLinks(os.DirFS(".")) {
		t.Error(fault)
	}
}

// TestRequestDiagram wants the one diagram of docs/request.md to name every
// stored state.
func TestRequestDiagram(t *testing.T) {
	raw, err := os.ReadFile("docs/request.md")
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(string(raw), "```mermaid\nstateDiagram-v2\n")
	if len(parts) != 2 {
		t.Fatalf("got %d diagrams, want 1", len(parts)-1)
	}
	diagram, _, _ := strings.Cut(parts[1], "```")
	for _, state := range []string{"Open", "Granted", "Denied", "Unauthorized", "Closed"} {
		if !strings.Contains(diagram, " "+state) {
			t.Errorf("the diagram lacks %s", state)
		}
		if !strings.Contains(string(raw), "| `"+state+"` |") {
			t.Errorf("the table of states lacks %s", state)
		}
	}
}

// decisionParts are the headings of a decision, in their order.
var decisionParts = []string{"Context", "Decision", "What it costs", "What was tried or considered instead"}

var (
	decisionName = regexp.MustCompile(`^\d{4}(-[a-z0-9]+)+\.md$`)
	decisionHead = regexp.MustCompile(`^# (\d+)\. \S.*\n\n\d{4}-\d{2}-\d{2}\n\n## `)
	heading      = regexp.MustCompile(`(?m)^## (.*)$`)
)

// decisionFaults says what is wrong with the decisions below docs.
func decisionFaults(fsys fs.FS) (faults []string) {
	const dir = "docs/decisions"
	entries, err := fs.ReadDir(fsys, dir)
	if err != nil {
		return []string{err.Error()}
	}
	index, err := fs.ReadFile(fsys, dir+"/README.md")
	if err != nil {
		return []string{err.Error()}
	}
	n := 0
	for _, e := range entries {
		if e.Name() == "README.md" {
			continue
		}
		fault := func(format string, args ...any) {
			faults = append(faults, e.Name()+": "+fmt.Sprintf(format, args...))
		}
		n++
		if !decisionName.MatchString(e.Name()) || !strings.HasPrefix(e.Name(), fmt.Sprintf("%04d-", n)) {
			fault("want the name %04d-title.md", n)
			continue
		}
		raw, err := fs.ReadFile(fsys, path.Join(dir, e.Name()))
		if err != nil {
			fault("%v", err)
			continue
		}
		if head := decisionHead.FindSubmatch(raw); head == nil || string(head[1]) != fmt.Sprint(n) {
			fault("want it to begin with \"# %d. Title\" and a date", n)
		}
		var parts []string
		for _, m := range heading.FindAllSubmatch(raw, -1) {
			parts = append(parts, string(m[1]))
		}
		if !slices.Equal(parts, decisionParts) {
			fault("got the parts %q, want %q", parts, decisionParts)
		}
		if !strings.Contains(string(index), "]("+e.Name()+")") {
			fault("%s/README.md does not link to it", dir)
		}
	}
	if n == 0 {
		faults = append(faults, "no decisions")
	}
	return faults
}

var link = regexp.MustCompile(`\]\(([^()\s]+)\)`)

// brokenLinks lists the links of all Markdown files that lead to no file of
// fsys. Links to elsewhere are not followed.
func brokenLinks(fsys fs.FS) (faults []string) {
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && strings.HasPrefix(d.Name(), "."), d.IsDir() && (d.Name() == "testdata" || d.Name() == "node_modules"):
			return fs.SkipDir
		case d.IsDir() || path.Ext(name) != ".md":
			return nil
		}
		raw, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		for i, line := range strings.Split(string(raw), "\n") {
			for _, m := range link.FindAllStringSubmatch(line, -1) {
				if !leadsSomewhere(fsys, name, m[1]) {
					faults = append(faults, fmt.Sprintf("%s:%d: no %s", name, i+1, m[1]))
				}
			}
		}
		return nil
	})
	if err != nil {
		faults = append(faults, err.Error())
	}
	return faults
}

// leadsSomewhere reports whether a link of a page leads to a file that is there and, where it
// is a page, to a heading in it. Links to elsewhere are believed.
func leadsSomewhere(fsys fs.FS, page, link string) bool {
	u, err := url.Parse(link)
	if err != nil || u.Scheme != "" {
		return err == nil
	}
	target := page
	if u.Path != "" {
		target = path.Join(path.Dir(page), u.Path)
	}
	if u.Fragment == "" || path.Ext(target) != ".md" {
		return exists(fsys, target)
	}
	raw, err := fs.ReadFile(fsys, target)
	if err != nil {
		return false
	}
	for _, m := range anyHeading.FindAllSubmatch(raw, -1) {
		if anchor(string(m[1])) == u.Fragment {
			return true
		}
	}
	return false
}

var anyHeading = regexp.MustCompile(`(?m)^#{1,6} (.*)$`)

// anchor is the name that GitHub gives to a heading.
func anchor(heading string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-', r == '_', unicode.IsLetter(r), unicode.IsDigit(r):
			return unicode.ToLower(r)
		}
		return -1
	}, heading)
}

func exists(fsys fs.FS, name string) bool {
	_, err := fs.Stat(fsys, name)
	return err == nil
}

func TestDecisionFaults(t *testing.T) {
	good := "# 1. A\n\n2026-01-02\n\n## Context\n\n## Decision\n\n## What it costs\n\n## What was tried or considered instead\n"
	second := strings.Replace(good, "# 1.", "# 2.", 1)
	index := "- [A](0001-a.md)\n- [B](0002-b.md)\n"
	tests := []struct {
		name  string
		files map[string]string
		want  string // a part of the one fault; empty: none
	}{
		{"good", map[string]string{"README.md": index, "0001-a.md": good, "0002-b.md": second}, ""},
		{"none", map[string]string{"README.md": index}, "no decisions"},
		{"a number left out", map[string]string{"README.md": index + "(0003-b.md)", "0001-a.md": good, "0003-b.md": second}, "0002-title.md"},
		{"a name with capitals", map[string]string{"README.md": index, "0001-A.md": good}, "0001-title.md"},
		{"another number inside", map[string]string{"README.md": index, "0001-a.md": second}, "# 1. Title"},
		{"no date", map[string]string{"README.md": index, "0001-a.md": strings.Replace(good, "2026-01-02", "yesterday", 1)}, "a date"},
		{"a part left out", map[string]string{"README.md": index, "0001-a.md": strings.Replace(good, "## What it costs\n\n", "", 1)}, "got the parts"},
		{"not in the index", map[string]string{"README.md": "", "0001-a.md": good}, "does not link"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			fsys := fstest.MapFS{}
			for name, text := range tt.files {
				fsys["docs/decisions/"+name] = &fstest.MapFile{Data: []byte(text)}
			}
			wantObjection(t, decisionFaults(fsys), tt.want)
		})
	}
}

func TestBrokenLinks(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"none", "text", ""},
		{"beside", "[b](b.md)", ""},
		{"above", "[c](../c.go)", ""},
		{"a part of a page", "[b](b.md#the-p11-part), [here](#here)\n\n# Here", ""},
		{"a part that is gone", "[b](b.md#part)", "docs/a.md:1: no b.md#part"},
		{"a part of what is no page", "[c](../c.go#L1)", ""},
		{"elsewhere", "[x](https://host.example/none.md)", ""},
		{"a folder", "[docs](../docs)", ""},
		{"gone", "text\n\n[d](d.md)", "docs/a.md:3: no d.md"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			fsys := fstest.MapFS{"docs/a.md": {Data: []byte(tt.text)}, "docs/b.md": {Data: []byte("## The `P1.1` part\n")}, "c.go": {}, "testdata/x.md": {Data: []byte("[d](d)")}}
			wantObjection(t, brokenLinks(fsys), tt.want)
		})
	}
}

// TestPagesGo wants every line of Go in a page of ours to stand in a file that is
// compiled, but for the width of its blanks. An ellipsis stands for anything within a line.
func TestPagesGo(t *testing.T) {
	for _, fault := range strayGo(os.DirFS(".")) {
		t.Error(fault)
	}
}

func TestStrayGo(t *testing.T) {
	fsys := fstest.MapFS{
		"a.go":       {Data: []byte("package a\n\nfunc f() {\n\tone :=  two()\n\tg(func() { h() })\n}\n")},
		"docs/a.md":  {Data: []byte("```go\none := two()\ng(func() { … })\n```\n")},
		"docs/b.md":  {Data: []byte("text\n```go\none := three()\ng(… five())\n```\n")},
		"docs/sh.md": {Data: []byte("```sh\nnot go\n```\n")},
	}
	want := []string{"docs/b.md: no Go file has the line \"one := three()\"", "docs/b.md: no Go file has the line \"g(… five())\""}
	if got := strayGo(fsys); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// mostWords is how long a page for people may be: what is read in one go.
const mostWords = 1500

// TestPageWords holds the pages of docs to mostWords each, without blocks, tables and what is
// not shown: these are looked up, and many are written from the code.
func TestPageWords(t *testing.T) {
	pages, err := fs.Glob(os.DirFS("."), "docs/*.md")
	if err != nil || len(pages) < 10 {
		t.Fatalf("got %d pages, %v", len(pages), err)
	}
	for _, page := range pages {
		raw, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		if n := readWords(string(raw)); n > mostWords {
			t.Errorf("%s has %d words, want at most %d: split it", page, n, mostWords)
		}
	}
}

// TestDocsIndex wants docs/README.md to lead to every page of docs.
func TestDocsIndex(t *testing.T) {
	index, err := os.ReadFile("docs/README.md")
	if err != nil {
		t.Fatal(err)
	}
	pages, err := fs.Glob(os.DirFS("docs"), "*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range pages {
		if page != "README.md" && !strings.Contains(string(index), "]("+page) {
			t.Errorf("docs/README.md does not lead to %s", page)
		}
	}
}

func TestReadWords(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       int
	}{
		{"none", "", 0},
		{"a heading and a list", "# One two\n\n- three, *four*\n1. five\n", 8},
		{"a table", "one\n\n| two | three |\n|---|---|\n\nfour\n", 2},
		{"a block", "one\n```go\ntwo three\n```\nfour\n", 2},
		{"what is not shown", "one\n<!-- table: two -->\nthree\n", 2},
	} {
		if got := readWords(tt.text); got != tt.want {
			t.Errorf("%s: got %d words, want %d", tt.name, got, tt.want)
		}
	}
}

// readWords counts the words of a page that are read one after the other.
func readWords(text string) (n int) {
	inBlock := false
	for line := range strings.Lines(text) {
		switch {
		case strings.HasPrefix(line, "```"):
			inBlock = !inBlock
		case !inBlock && !strings.HasPrefix(line, "|") && !strings.HasPrefix(line, "<!--"):
			n += len(strings.Fields(line))
		}
	}
	return n
}

// builtByTests are the pages whose blocks of Go a test writes into files and builds.
var builtByTests = map[string]string{"docs/tutorial.md": "TestE2ETutorial"}

// goBlock is a block of Go in a page.
var goBlock = regexp.MustCompile("(?s)```go\n(.*?)```")

// strayGo says which lines of Go in pages stand in no Go file.
func strayGo(fsys fs.FS) (faults []string) {
	code := map[string]bool{}
	var pages []string
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir
		case path.Ext(name) == ".md" && builtByTests[name] == "":
			pages = append(pages, name)
		case path.Ext(name) == ".go":
			raw, err := fs.ReadFile(fsys, name)
			for line := range strings.Lines(string(raw)) {
				code[plainBlanks(line)] = true
			}
			return err
		}
		return nil
	})
	if err != nil {
		return []string{err.Error()}
	}
	for _, page := range pages {
		raw, err := fs.ReadFile(fsys, page)
		if err != nil {
			return []string{err.Error()}
		}
		for _, block := range goBlock.FindAllStringSubmatch(string(raw), -1) {
			for line := range strings.Lines(block[1]) {
				line = plainBlanks(line)
				if !code[line] && !stands(code, line) && !strings.HasPrefix(line, "package ") { // a page may name a package of its reader's
					faults = append(faults, fmt.Sprintf("%s: no Go file has the line %q", page, line))
				}
			}
		}
	}
	return faults
}

// stands reports whether a line with an ellipsis stands in the code. What comes after the
// ellipsis may stand on a later line, and is then no more than what ends a block.
func stands(code map[string]bool, line string) bool {
	before, after, found := strings.Cut(line, "…")
	if !found {
		return false
	}
	ends := strings.Trim(after, " )},") == ""
	for have := range code {
		if strings.HasPrefix(have, strings.TrimSpace(before)) && (ends || strings.HasSuffix(have, after)) {
			return true
		}
	}
	return false
}

// plainBlanks is a line with one blank for each run of blanks, and none around it.
func plainBlanks(line string) string { return strings.Join(strings.Fields(line), " ") }
