//go:build unix

package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/sallyport-auth/sallyport/store/sealed"
)

// secretFiles are the files of the command that hold secrets: a good one of
// each kind is made at path, and the command line that opens it returned.
var secretFiles = []struct {
	name string
	flag string
	make func(t *testing.T, path string) (args []string)
	// modes are refused where group or world may read
	modes bool
}{
	{"key file", "-key-file", func(t *testing.T, path string) []string {
		if _, err := sealed.CreateKeys(path); err != nil {
			t.Fatal(err)
		}
		return []string{"serve", "-listen", "127.0.0.1:0", "-store", "bolt:" + path + ".db", "-key-file", path}
	}, true},
	{"configuration with a password", "-config", func(t *testing.T, path string) []string {
		write(t, path, `{"store": "postgres://u:hidden@127.0.0.1:1/x", "key-file": "k", "listen": "127.0.0.1:0"}`)
		return []string{"serve", "-config", path}
	}, true},
	{"configuration", "-config", func(t *testing.T, path string) []string {
		write(t, path, `{"store": "memory:", "listen": "127.0.0.1:0", "directory": "/dev/null/none"}`)
		return []string{"serve", "-config", path}
	}, false},
	{"passwords of a demo", "-dir", func(t *testing.T, path string) []string {
		write(t, path, "tt29 abcdefghjkmn\nada abcdefghjkmn\n")
		return []string{"demo", "-listen", "127.0.0.1:0", "-dir", filepath.Dir(path)}
	}, true},
	{"outbox", "-outbox", func(t *testing.T, path string) []string {
		write(t, path, "")
		return []string{"serve", "-listen", "127.0.0.1:0", "-store", "memory:", "-outbox", path}
	}, false},
}

// TestSecretFileRefused: whatever holds secrets is opened under its only name
// or not at all, and the refusal names the file, the cause and the cure.
func TestSecretFileRefused(t *testing.T) {
	faults := []struct {
		name  string
		spoil func(path string) error // of the good file at path
		want  string
		cure  string
	}{
		{"a symbolic link", func(path string) error {
			return first(os.Rename(path, path+".real"), os.Symlink(path+".real", path))
		}, "is a symbolic link", "name the file itself"},
		{"a symbolic link to nothing", func(path string) error {
			return first(os.Remove(path), os.Symlink(path+".none", path))
		}, "is a symbolic link", "name the file itself"},
		{"a second name", func(path string) error { return os.Link(path, path+".second") }, "has 2 names", "copy it to a new file"},
		{"a folder", func(path string) error { return first(os.Remove(path), os.Mkdir(path, 0o700)) }, "is a folder", "name a file in it"},
		{"a pipe", func(path string) error { return first(os.Remove(path), syscall.Mkfifo(path, 0o600)) }, "is no regular file", "name one"},
	}
	for _, file := range secretFiles {
		for _, fault := range faults {
			t.Run(file.name+"/"+fault.name, func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "passwords")
				args := file.make(t, path)
				if err := fault.spoil(path); err != nil {
					t.Fatal(err)
				}
				wantLine(t, args, file.flag, path, fault.want, fault.cure)
				if _, err := os.Lstat(path + ".none"); err == nil {
					t.Error("a file was made behind the link")
				}
			})
		}
	}
}

func TestSecretFileMode(t *testing.T) {
	for _, file := range secretFiles {
		for _, mode := range []os.FileMode{0o640, 0o604, 0o620, 0o602} {
			if !file.modes {
				continue
			}
			t.Run(file.name+"/"+mode.String(), func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "passwords")
				args := file.make(t, path)
				if err := os.Chmod(path, mode); err != nil {
					t.Fatal(err)
				}
				wantLine(t, args, file.flag, path, "open to group or world", "chmod 600")
			})
		}
	}
}

// TestConfigWithoutPassword: a configuration without a password may be read by
// everybody.
func TestConfigWithoutPassword(t *testing.T) {
	path := write(t, filepath.Join(t.TempDir(), "config"), `{"store": "memory:", "listen": "127.0.0.1:0"}`)
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	equal(t, "exit code", serve(t, "-config", path).stop(), 0)
}

// TestOutboxMode: an outbox that was open to others is closed to them.
func TestOutboxMode(t *testing.T) {
	path := write(t, filepath.Join(t.TempDir(), "outbox"), "")
	if err := os.Chmod(path, 0o666); err != nil {
		t.Fatal(err)
	}
	newOutbox(t, path)
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got %v and error %v, want mode 0600", info.Mode(), err)
	}
}

// TestKeyFileLeftover: the making of a key file that was cut short by a kill
// leaves a second name, which the next start takes away.
func TestKeyFileLeftover(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "keys")
	if _, err := sealed.CreateKeys(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(path, path+".new-0011223344556677"); err != nil {
		t.Fatal(err)
	}
	another := write(t, path+".new-8899aabbccddeeff", "of another file")
	equal(t, "exit code", serve(t, "-listen", "127.0.0.1:0", "-store", "bolt:"+dir+"/db", "-key-file", path).stop(), 0)
	if _, err := os.Stat(path + ".new-0011223344556677"); err == nil {
		t.Error("the second name is still there")
	}
	if _, err := os.Stat(another); err != nil {
		t.Errorf("a file that is another: %v", err)
	}
}

// wantLine wants the command to refuse to begin, by one line with every part.
func wantLine(t *testing.T, args []string, parts ...string) {
	t.Helper()
	code, out, said := run(t, "", args...)
	equal(t, "exit code", code, 2)
	equal(t, "standard output", out, "")
	if strings.Count(said, "\n") != 1 || strings.Contains(said, "hidden") {
		t.Errorf("got %q, want one line without the password", said)
	}
	for _, part := range parts {
		if !strings.Contains(said, part) {
			t.Errorf("got %q, want something with %q", said, part)
		}
	}
}

// first returns the first error there is.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
