package main_test

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	command "github.com/sallyport-auth/sallyport/cmd/sallyport"
)

// Lists of "password" and "letmein".
const (
	plainList  = "password\nletmein\n"
	hashedList = "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:9545824\r\nB7A875FC1EA228B9061041B7CEC4BD3C52AB3CE3:1\r\n"
)

// TestBreached builds a filter of either kind of list, and asks it.
func TestBreached(t *testing.T) {
	dir := t.TempDir()
	for _, list := range []struct{ name, text, flags string }{
		{"plain", plainList, " -plain"},
		{"hashes", hashedList, ""},
	} {
		in, out := write(t, filepath.Join(dir, list.name), list.text), filepath.Join(dir, list.name+".filter")
		for range 2 { // it replaces what is there
			code, said, wrong := run(t, "", strings.Fields("breached build -in "+in+" -out "+out+list.flags)...)
			equal(t, "exit code", code, 0)
			equal(t, "standard error", wrong, "")
			equal(t, "standard output", said, "made "+out+": 2 passwords, 78 bytes\n")
		}
		for _, c := range []struct{ typed, want string }{
			{"password", "listed: it has been published\n"},
			{"letmein\n", "listed: it has been published\n"},
			{"letmein\r\n", "listed: it has been published\n"},
			{"\ufeffletmein", "listed: it has been published\n"},
			{"Password", "not listed\n"},
			{"password ", "not listed\n"},
			{strings.Repeat("x", 1024) + "\r\n", "not listed\n"},
			{"\ufeff" + strings.Repeat("x", 1024) + "\r\n", "not listed\n"},
		} {
			code, said, wrong := run(t, c.typed, "breached", "check", "-filter", out)
			equal(t, "exit code", code, 0)
			equal(t, "standard error", wrong, "")
			equal(t, list.name+" "+c.typed, said, c.want)
		}
		_, said, _ := run(t, "password", "breached", "check", "-json", "-filter", out)
		equal(t, "-json", said, `{"listed":true}`+"\n")
		info, err := os.Stat(out)
		if err != nil || info.Mode().Perm() != 0o644 {
			t.Errorf("got the mode %v, %v, want 0644", info.Mode(), err)
		}
	}
	_, said, _ := run(t, "", "breached", "build", "-json", "-in", filepath.Join(dir, "hashes"), "-out", filepath.Join(dir, "f"))
	equal(t, "-json", said, `{"file":"`+filepath.Join(dir, "f")+`","passwords":2,"bytes":78}`+"\n")
	noLeftovers(t, dir)
}

// noLeftovers finds what a build has left beside its files.
func noLeftovers(t *testing.T, dir string) {
	t.Helper()
	left, err := filepath.Glob(filepath.Join(dir, "*.new-*"))
	if len(left) > 0 || err != nil {
		t.Errorf("left behind: %q, %v", left, err)
	}
}

// TestBreachedRefuses: what is wrong is said in one line without any part of a
// password, and an older filter stays.
func TestBreachedRefuses(t *testing.T) {
	dir := t.TempDir()
	plain := write(t, filepath.Join(dir, "plain"), "hidden\n")
	empty := write(t, filepath.Join(dir, "empty"), "")
	old := write(t, filepath.Join(dir, "old"), "an older filter")
	filter := filepath.Join(dir, "filter")
	if code, _, said := run(t, "", "breached", "build", "-plain", "-in", plain, "-out", filter); code != 0 {
		t.Fatal(said)
	}
	tests := []struct {
		name, args, stdin string
		code              int
		want              string
	}{
		{"no verb", "breached", "", 2, "breached build"},
		{"an unknown verb", "breached forget", "", 2, "breached build"},
		{"an argument", "breached build hidden", "", 2, "unexpected argument"},
		{"no list", "breached build -out " + old, "", 2, "-in and -out are required"},
		{"no file", "breached build -in " + plain, "", 2, "-in and -out are required"},
		{"a list that is not there", "breached build -out " + old + " -in " + dir + "/none", "", 2, "-in: stat " + dir + "/none: no such file"},
		{"a folder for a list", "breached build -out " + old + " -in " + dir, "", 2, "no regular file"},
		{"passwords for hashes", "breached build -out " + old + " -in " + plain, "", 2, "-in: password: list of breached passwords: line 1: want a SHA-1"},
		{"an empty list", "breached build -out " + old + " -in " + empty, "", 2, "nothing in it"},
		{"no folder for the filter", "breached build -plain -in " + plain + " -out " + dir + "/none/filter", "", 1, dir + "/none/filter: no such file"},
		{"a folder in the filter's place", "breached build -plain -in " + plain + " -out " + dir, "", 1, dir},
		{"no filter", "breached check", "x", 2, "-filter is required"},
		{"a filter that is not there", "breached check -filter " + dir + "/none", "x", 2, "-filter: stat " + dir + "/none: no such file"},
		{"a list for a filter", "breached check -filter " + plain, "x", 2, "-filter: " + plain + ": password: not a sound filter"},
		{"no password", "breached check -filter " + filter, "\n", 2, "the password on standard input: missing"},
		{"two lines", "breached check -filter " + filter, "hidden\nhidden\n", 2, "holds a control character"},
		{"not UTF-8", "breached check -filter " + filter, "hidden\xff", 2, "not UTF-8"},
		{"1,025 bytes", "breached check -filter " + filter, strings.Repeat("x", 1025), 2, "longer than 1024 bytes"},
		{"1,025 bytes behind a mark", "breached check -filter " + filter, "\ufeff" + strings.Repeat("x", 1025), 2, "longer than 1024 bytes"},
		{"a line behind the longest", "breached check -filter " + filter, "\ufeff" + strings.Repeat("x", 1024) + "\r\nhidden", 2, "longer than 1024 bytes"},
		{"very many", "breached check -filter " + filter, strings.Repeat("x", 1<<20), 2, "longer than 1024 bytes"},
	}
	if runtime.GOOS == "linux" { // a file that opens and cannot be read; the error names it
		test := tests[0]
		test.name, test.args = "an unreadable list", "breached build -in /proc/self/mem -out "+old
		test.code, test.want = 1, "building the filter: read /proc/self/mem: "
		tests = append(tests, test)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			code, out, said := run(t, tt.stdin, strings.Fields(tt.args)...)
			equal(t, "exit code", code, tt.code)
			equal(t, "standard output", out, "")
			if !strings.Contains(said, tt.want) || strings.Count(said, "\n") != 1 || strings.Contains(said, "hidden") {
				t.Errorf("got %q, want one line with %q", said, tt.want)
			}
		})
	}
	raw, err := os.ReadFile(old)
	if string(raw) != "an older filter" || err != nil {
		t.Errorf("the older filter became %q, %v", raw, err)
	}
	noLeftovers(t, dir)
}

// TestBreachedEnds: a build ends with its context, and leaves nothing.
func TestBreachedEnds(t *testing.T) {
	dir := t.TempDir()
	in, out := write(t, filepath.Join(dir, "list"), hashedList), filepath.Join(dir, "filter")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var said strings.Builder
	code := command.Run(ctx, []string{"breached", "build", "-in", in, "-out", out}, strings.NewReader(""), &said, &said)
	equal(t, "exit code", code, 1)
	equal(t, "output", said.String(), "sallyport breached: building the filter: context canceled\n")
	if _, err := os.Stat(out); err == nil {
		t.Error("a filter was made")
	}
	noLeftovers(t, dir)
}

// TestBreachedHolds: what is in the list of a server is set for nobody.
func TestBreachedHolds(t *testing.T) {
	dir := t.TempDir()
	list := write(t, filepath.Join(dir, "list"), "a phrase that was published\n")
	if code, _, errs := run(t, "", "breached", "build", "-plain", "-in", list, "-out", filepath.Join(dir, "filter")); code != 0 {
		t.Fatal(errs)
	}
	store := "bolt:" + filepath.Join(dir, "db")
	s := serve(t, "-store", store, "-listen", "127.0.0.1:0", "-breached", filepath.Join(dir, "filter"))
	defer s.stop()
	for pw, want := range map[string]int{"a phrase that was published": 1, "a phrase that was not published": 0} {
		code, _, errs := run(t, pw, "user", "add", "-store", store, "-name", strings.ReplaceAll(pw, " ", ""), "-password-file", "-")
		if code != want || want != 0 && !strings.Contains(errs, "user.password: Choose another one") {
			t.Errorf("%q: got %d, %q, want %d", pw, code, errs, want)
		}
	}
}
