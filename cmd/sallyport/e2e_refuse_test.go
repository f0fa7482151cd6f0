package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// wantRefused wants exit code 2 and one line that holds every part.
func wantRefused(t *testing.T, p *process, parts ...string) {
	t.Helper()
	equal(t, "exit code", p.exit(), 2)
	said := p.err.String()
	if strings.Count(said, "\n") != 1 || !strings.HasSuffix(said, "\n") {
		t.Errorf("got %q, want one line", said)
	}
	for _, part := range parts {
		if !strings.Contains(said, part) {
			t.Errorf("got %q, want something with %q", said, part)
		}
	}
	equal(t, "standard output", p.out.String(), "")
}

func TestE2ERefusesToBegin(t *testing.T) {
	t.Parallel()
	// Each case makes its files in dir and returns the arguments after "serve".
	tests := []struct {
		name string
		args func(dir string) []string
		want []string
	}{
		{"an emptied store", func(dir string) []string {
			return []string{"-store", "bolt:" + write(t, dir+"/db", "")}
		}, []string{"-store", "damaged", "restore a backup"}},
		{"what is no key file", func(dir string) []string {
			return []string{"-store", "bolt:" + dir + "/db", "-key-file", write(t, dir+"/keys", "hello")}
		}, []string{"-key-file", "not a key file"}},
		{"a wrong directory", func(dir string) []string {
			wrong := strings.Replace(strings.ReplaceAll(directory, "ATTRIBUTES", "{}"), `"marie.sample.deals@gmail.com"`, `"nobody"`, 1)
			return []string{"-store", "memory:", "-directory", write(t, dir+"/directory.json", wrong)}
		}, []string{"-directory", "users[0].email"}},
		{"a directory with unknown fields", func(dir string) []string {
			return []string{"-store", "memory:", "-directory", write(t, dir+"/directory.json", `{"users": [{"nmae": "x"}], "clents": []}`)}
		}, []string{"users[0].nmae", "clents"}},
		{"no directory file", func(dir string) []string {
			return []string{"-store", "memory:", "-directory", dir + "/none.json"}
		}, []string{"-directory", "none.json"}},
		{"certificates that are none", func(dir string) []string {
			return []string{"-store", "memory:", "-tls-cert", write(t, dir+"/c", "x"), "-tls-key", write(t, dir+"/k", "x")}
		}, []string{"-tls-cert", "/c and ", "/k are no certificate with its key"}},
		{"an outbox in a missing folder", func(dir string) []string {
			return []string{"-store", "memory:", "-outbox", dir + "/none/outbox"}
		}, []string{"-outbox", "/none/outbox", "/none is not there: make it"}},
		{"a clock that is none", func(dir string) []string {
			return []string{"-store", "memory:", "-insecure-clock", write(t, dir+"/clock", "soon")}
		}, []string{"-insecure-clock", "duration"}},
		{"an outbox behind a symbolic link", func(dir string) []string {
			if err := os.Symlink(write(t, dir+"/real", ""), dir+"/outbox"); err != nil {
				t.Error(err)
			}
			return []string{"-store", "memory:", "-outbox", dir + "/outbox"}
		}, []string{"-outbox"}},
		{"an outbox that is a folder", func(dir string) []string {
			return []string{"-store", "memory:", "-outbox", dir}
		}, []string{"-outbox"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := spawn(t, append([]string{"serve", "-listen", "127.0.0.1:0"}, tt.args(t.TempDir())...)...)
			wantRefused(t, p, tt.want...)
		})
	}
}

func TestE2EOneProcessAStore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	store := "bolt:" + filepath.Join(dir, "db")
	first, url := spawnServer(t, "-store", store, "-directory", directoryFile(t))
	wantRefused(t, spawn(t, "serve", "-listen", "127.0.0.1:0", "-store", store), "in use")
	wantRefused(t, spawn(t, "inspect", "-store", store), "in use")
	wantRefused(t, spawn(t, "demo", "-listen", strings.TrimPrefix(url, "http://")), "in use")
	first.signal(os.Interrupt)
	equal(t, "exit code", first.exit(), 0)

	keys := filepath.Join(dir, "db.keys")
	if info, err := os.Stat(keys); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the key file: got %v, %v, want mode 0600", info, err)
	}
	if err := os.Rename(keys, keys+".lost"); err != nil {
		t.Fatal(err)
	}
	wantRefused(t, spawn(t, "serve", "-listen", "127.0.0.1:0", "-store", store), "-key-file", "not empty")
	if _, err := os.Stat(keys); err == nil {
		t.Error("a full store was given new keys")
	}
	p, _ := spawnServer(t, "-store", store, "-key-file", keys+".lost")
	p.signal(os.Interrupt)
	equal(t, "exit code with the old keys", p.exit(), 0)
}

func TestE2EApply(t *testing.T) {
	t.Parallel()
	store := "bolt:" + filepath.Join(t.TempDir(), "db")
	run := func(args ...string) *process {
		p := spawn(t, append([]string{"apply", "-store", store, "-directory", directoryFile(t)}, args...)...)
		equal(t, "exit code", p.exit(), 0)
		return p
	}
	first := run("-json").out.String()
	again := run("-json").out.String()
	if strings.Contains(again, `"action":"created"`) || strings.Contains(again, `"action":"changed"`) {
		t.Errorf("applied again, got:\n%s", again)
	}
	equal(t, "the same entries, kept", again, strings.ReplaceAll(first, `"action":"created"`, `"action":"kept"`))
	for _, want := range []string{"kept     user         tt29\n", "kept     application  PB_Salesdemo\n"} {
		if plain := run().out.String(); !strings.Contains(plain, want) {
			t.Errorf("got:\n%s\nwant a line %q", plain, want)
		}
	}
	if out := run("-json"); strings.Contains(out.out.String()+out.err.String(), "correct horse") {
		t.Error("a password was printed")
	}
}
