package main_test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"

	"github.com/sallyport-auth/sallyport/store/sealed"
)

// TestE2EFiles: a file that is not what it should be is named, with the cause and
// the cure, and no other name than the one given.
func TestE2EFiles(t *testing.T) {
	t.Parallel()
	made := filepath.Join(t.TempDir(), "db") // a store with its keys
	p, _ := spawnServer(t, "-store", "bolt:"+made)
	p.signal(os.Interrupt)
	equal(t, "exit code", p.exit(), 0)
	tests := []struct {
		name string
		args func(t *testing.T, dir string) []string
		want []string // DIR stands for the folder
	}{
		{"a store that is a folder", func(_ *testing.T, dir string) []string {
			return []string{"-store", "bolt:" + dir}
		}, []string{"-store", "DIR", "is a folder", "name a file in it"}},
		{"a text", func(t *testing.T, dir string) []string {
			return []string{"-store", "bolt:" + write(t, dir+"/db", strings.Repeat("no database ", 1000))}
		}, []string{"-store", "DIR/db", "is no Sallyport store", "name the file of a store"}},
		{"a short text", func(t *testing.T, dir string) []string {
			return []string{"-store", "bolt:" + write(t, dir+"/db", "hello\n")}
		}, []string{"-store", "DIR/db", "is no Sallyport store"}},
		{"the file of another product", func(t *testing.T, dir string) []string {
			another(t, dir+"/db")
			return []string{"-store", "bolt:" + dir + "/db"}
		}, []string{"-store", "DIR/db", "is no Sallyport store"}},
		{"a store in a missing folder", func(_ *testing.T, dir string) []string {
			return []string{"-store", "bolt:" + dir + "/none/db"}
		}, []string{"-store", "DIR/none/db:", "the folder DIR/none is not there: make it"}},
		{"a link to no file", func(t *testing.T, dir string) []string {
			if err := os.Symlink(dir+"/none", dir+"/db"); err != nil {
				t.Fatal(err)
			}
			return []string{"-store", "bolt:" + dir + "/db"}
		}, []string{"-store", "DIR/db", "is a symbolic link that leads to no file"}},
		{"keys of another store", func(t *testing.T, dir string) []string {
			if _, err := sealed.CreateKeys(dir + "/keys"); err != nil {
				t.Fatal(err)
			}
			return []string{"-store", "bolt:" + made, "-key-file", dir + "/keys"}
		}, []string{"the key file DIR/keys does not open this store", "name the one that was made with it"}},
		{"keys that are missing", func(_ *testing.T, dir string) []string {
			return []string{"-store", "bolt:" + made, "-key-file", dir + "/keys"}
		}, []string{"-key-file", "DIR/keys:", "name the key file that was made with it"}},
		{"keys in a missing folder", func(_ *testing.T, dir string) []string {
			return []string{"-store", "bolt:" + dir + "/db", "-key-file", dir + "/none/keys"}
		}, []string{"-key-file", "DIR/none/keys:", "the folder DIR/none is not there: make it"}},
		{"keys open to the group", func(t *testing.T, dir string) []string {
			if err := os.Chmod(write(t, dir+"/keys", "hello"), 0o640); err != nil {
				t.Fatal(err)
			}
			return []string{"-store", "bolt:" + dir + "/db", "-key-file", dir + "/keys"}
		}, []string{"-key-file", "0640", "chmod 600 DIR/keys"}},
	}
	commands := [][]string{{"serve", "-listen", "127.0.0.1:0"}, {"apply", "-directory", directoryFile(t)}, {"inspect"}}
	for _, tt := range tests {
		for _, command := range commands {
			t.Run(tt.name+"/"+command[0], func(t *testing.T) {
				dir := t.TempDir()
				args := tt.args(t, dir)
				if _, err := os.Stat(strings.TrimPrefix(args[1], "bolt:")); err != nil && command[0] == "inspect" {
					return // which makes no store, and so no keys
				}
				p := spawn(t, append(command[:len(command):len(command)], args...)...)
				var want []string
				for _, part := range tt.want {
					want = append(want, strings.ReplaceAll(part, "DIR", dir))
				}
				wantRefused(t, p, want...)
				if strings.Contains(p.err.String(), ".new-") {
					t.Errorf("a name that nobody gave: %s", p.err.String())
				}
			})
		}
	}
}

// another makes a database of another program.
func another(t *testing.T, path string) {
	t.Helper()
	db, err := bolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Update(func(tx *bolt.Tx) error {
		_, err := tx.CreateBucket([]byte("sessions"))
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// TestE2EHeld: what is held by another process is told with that process.
func TestE2EHeld(t *testing.T) {
	t.Parallel()
	store := "bolt:" + filepath.Join(t.TempDir(), "db")
	holder, url := spawnServer(t, "-store", store, "-admin-socket", "")
	who := "in use"
	if _, err := os.Stat("/proc/locks"); err == nil {
		who = fmt.Sprintf("in use by process %d (sallyport)", holder.cmd.Process.Pid)
	}
	for _, args := range [][]string{
		{"serve", "-listen", "127.0.0.1:0", "-store", store},
		{"apply", "-store", store, "-directory", directoryFile(t)},
		{"user", "list", "-store", store},
		{"inspect", "-store", store},
		{"doctor", "-store", store},
	} {
		wantRefused(t, spawn(t, args...), "-store", who, "end that process first")
	}
	taken := strings.TrimPrefix(url, "http://")
	for _, args := range [][]string{{"serve", "-store", "memory:", "-listen", taken}, {"demo", "-listen", taken}} {
		wantRefused(t, spawn(t, args...), "-listen", taken, "in use", "-listen 127.0.0.1:0")
	}
	// The port of a server that has ended is free at once.
	holder.signal(os.Interrupt)
	equal(t, "exit code", holder.exit(), 0)
	l, err := net.Listen("tcp", taken)
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
}
