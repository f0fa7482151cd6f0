package main_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/boltstore"
)

// inspected is a store with what the directory file of these tests has made.
func inspected(t *testing.T) (url, dir string) {
	t.Helper()
	dir = t.TempDir()
	url = "bolt:" + filepath.Join(dir, "x.db")
	if code, _, err := run(t, "", "apply", "-store", url, "-directory", directoryFile(t)); code != 0 {
		t.Fatal(err)
	}
	return url, dir
}

// TestInspect prints every record by its fields, those of one table alone, and no
// secret: neither a password's hash, nor a key.
func TestInspect(t *testing.T) {
	url, dir := inspected(t)
	code, all, errs := run(t, "", "inspect", "-store", url)
	if code != 0 || errs != "" {
		t.Fatalf("got %d, %q", code, errs)
	}
	for _, want := range []string{"\naccount/", "\n    passwordHash = (", "\nkeys/signing\n", "].pkcs8 = (", "\n    key = (32 bytes)\n", "\napplied/"} {
		if !strings.Contains("\n"+all, want) {
			t.Errorf("got no %q in\n%s", want, all)
		}
	}
	if strings.Contains(all, "$argon2id$") || strings.Contains(all, "cannot be read") {
		t.Errorf("got a hash, or a record that cannot be read, in\n%s", all)
	}
	code, some, _ := run(t, "", "inspect", "-store", url, "-key", "account/", "-json")
	lines := strings.Split(strings.TrimSpace(some), "\n")
	if code != 0 || len(lines) != strings.Count("\n"+all, "\naccount/") {
		t.Errorf("got %d accounts of %d", len(lines), strings.Count("\n"+all, "\naccount/"))
	}
	for _, l := range lines {
		var rec struct {
			Key    string
			Fields map[string]string
		}
		if err := json.Unmarshal([]byte(l), &rec); err != nil || !strings.HasPrefix(rec.Key, "account/") || rec.Fields["name"] == "" {
			t.Errorf("got %s, %v", l, err)
		}
	}
	for _, table := range []string{"ageing", "account"} {
		code, some, _ := run(t, "", "inspect", "-store", url, "-table", table)
		if n := countLines(some, table); code != 0 || n == 0 || n != countLines(all, table) || n != strings.Count("\n"+some, "\n")-strings.Count(some, "\n    ")-1 {
			t.Errorf("got %d, and %d records of %s of %d in\n%s", code, n, table, countLines(all, table), some)
		}
	}
	if code, none, _ := run(t, "", "inspect", "-store", url, "-table", "account", "-key", "of/"); code != 0 || none != "" {
		t.Errorf("got %d, %q, want no account whose key begins with of/", code, none)
	}
	if _, err := os.Stat(filepath.Join(dir, "x.db")); err != nil {
		t.Error(err)
	}
}

// countLines counts the lines that are keys of a table.
func countLines(printed, table string) (n int) {
	for l := range strings.Lines(printed) {
		if store.TableOf(strings.TrimSpace(l)) == table && !strings.HasPrefix(l, " ") {
			n++
		}
	}
	return n
}

// TestInspectAccount prints what is kept of one account, under its name, its id and
// its home, and nothing of another.
func TestInspectAccount(t *testing.T) {
	url, _ := inspected(t)
	_, accounts, _ := run(t, "", "inspect", "-store", url, "-table", "account")
	var ids []string
	for l := range strings.Lines(accounts) {
		if id, ok := strings.CutPrefix(strings.TrimSpace(l), "account/"); ok {
			ids = append(ids, id)
		}
	}
	if len(ids) < 2 {
		t.Fatalf("got the accounts %q, want two at least", ids)
	}
	seen := map[string]string{}
	for _, id := range ids {
		code, out, errs := run(t, "", "inspect", "-store", url, "-account", id)
		if code != 0 || errs != "" {
			t.Fatalf("got %d, %q", code, errs)
		}
		for _, table := range []string{"account", "applied", "name", "ageing"} {
			if n := countLines(out, table); n != 1 {
				t.Errorf("%s: got %d records of %s, want 1, in\n%s", id, n, table, out)
			}
		}
		if _, upper, _ := run(t, "", "inspect", "-store", url, "-account", strings.ToUpper(id)); upper != out {
			t.Errorf("%s in upper case: got\n%s", id, upper)
		}
		for l := range strings.Lines(out) {
			if other, taken := seen[l]; taken && !strings.HasPrefix(l, " ") {
				t.Errorf("%s is printed of %s and of %s", strings.TrimSpace(l), other, id)
			}
			seen[l] = id
		}
	}
	code, out, _ := run(t, "", "inspect", "-store", url, "-account", "7b1d3c1e-0000-4000-8000-000000000000")
	if code != 0 || out != "" {
		t.Errorf("got %d, %q of an account that is not there, want nothing", code, out)
	}
}

// TestInspectMakesNothing: a store or a key file that is not there is not made.
func TestInspectMakesNothing(t *testing.T) {
	url, dir := inspected(t)
	for _, c := range []struct {
		name string
		args []string
		want string
	}{
		{"no store", nil, "-store: want"},
		{"memory", []string{"-store", "memory:"}, "-store: want"},
		{"no file", []string{"-store", url + "x"}, "-store: stat"},
		{"no keys", []string{"-store", url, "-key-file", filepath.Join(dir, "none")}, "-key-file: open"},
		{"a name for an id", []string{"-store", url, "-account", "marie"}, "-account: \"marie\" is no id"},
		{"PostgreSQL without keys", []string{"-store", "postgres://u@localhost/db"}, "-key-file is required"},
		{"PostgreSQL with a password", []string{"-store", "postgres://u:hidden@localhost/db"}, "-store: a URL with a password"},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, out, err := run(t, "", append([]string{"inspect"}, c.args...)...)
			if code != 2 || out != "" || !strings.Contains(err, c.want) {
				t.Errorf("got %d, %q, %q, want 2 and %q", code, out, err, c.want)
			}
		})
	}
	if files, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(files) != 2 {
		t.Errorf("got %v, %v, want the store and its keys", files, err)
	}
}

// TestInspectUnreadable: a record that the keys do not open is named, and is an
// error.
func TestInspectUnreadable(t *testing.T) {
	url, _ := inspected(t)
	s, err := boltstore.Open(strings.TrimPrefix(url, "bolt:"), boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Commit(t.Context(), store.Change{ID: 1, Writes: []store.Write{{Key: "account/x", Value: []byte("plain")}}}); err != nil {
		t.Fatal(err)
	}
	s.Close()
	code, out, said := run(t, "", "inspect", "-store", url, "-key", "account/x")
	if code != 1 || !strings.Contains(out, "account/x\n    cannot be read: ") || !strings.Contains(said, "1 records could not be read") {
		t.Errorf("got %d, %q, %q", code, out, said)
	}
}

// TestInspectOtherKeys: the key file of another store is refused.
func TestInspectOtherKeys(t *testing.T) {
	url, _ := inspected(t)
	_, dir := inspected(t)
	code, out, err := run(t, "", "inspect", "-store", url, "-key-file", filepath.Join(dir, "x.db.keys"), "-key", "account/")
	if code != 2 || out != "" || !strings.Contains(err, "x.db.keys does not open this store") {
		t.Errorf("got %d, %q, %q", code, out, err)
	}
}
