package sealed_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/sealed"
)

// secretOf reads the first key out of a key file.
func secretOf(t *testing.T, path string) []byte {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Keys []struct{ Key []byte }
	}
	if err := json.Unmarshal(raw, &file); err != nil || len(file.Keys) == 0 || len(file.Keys[0].Key) != 32 {
		t.Fatalf("key file: %v", err)
	}
	return file.Keys[0].Key
}

// forms is how a secret might be printed; the first eight bytes would do.
func forms(secret []byte) []string {
	head := secret[:8]
	return []string{
		string(head), hex.EncodeToString(head), strings.ToUpper(hex.EncodeToString(head)),
		base64.StdEncoding.EncodeToString(secret)[:10],
		strings.Trim(fmt.Sprint(head), "[]"), strings.Trim(fmt.Sprintf("%#v", head), "[]byte{}"),
		strings.Trim(fmt.Sprintf("%o", head), "[]"), strings.Trim(fmt.Sprintf("%b", head), "[]"),
	}
}

func TestKeyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "auth.keys")
	created, err := sealed.CreateKeys(path)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 && runtime.GOOS != "windows" {
		t.Errorf("mode of the file: got %v and error %v, want 0600", info.Mode(), err)
	}
	before, _ := os.ReadFile(path)
	if _, err := sealed.CreateKeys(path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("CreateKeys over a file: got error %v, want %v", err, fs.ErrExist)
	}
	if after, _ := os.ReadFile(path); string(after) != string(before) {
		t.Error("CreateKeys changed a file that was there")
	}
	inner := memstore.New()
	put(t, seal(t, inner, created), "a", "value")
	loaded := loadKeys(t, path)
	if got := load(t, seal(t, inner, loaded), "a"); string(got.Value) != "value" {
		t.Errorf("with the loaded ring: got %q, want value", got.Value)
	}

	next, err := rotated(t, loaded).WithEpoch(3)
	if err != nil {
		t.Fatal(err)
	}
	if err := sealed.ReplaceKeys(path, next); err != nil {
		t.Fatal(err)
	}
	put(t, seal(t, inner, next), "b", "newer")
	again := loadKeys(t, path)
	if got := load(t, seal(t, inner, again), "b"); string(got.Value) != "newer" || again.Epoch() != 3 {
		t.Errorf("with the replaced ring: got %q of epoch %d, want newer of 3", got.Value, again.Epoch())
	}
	if got := load(t, seal(t, inner, again), "a"); string(got.Value) != "value" {
		t.Errorf("with the old key of the replaced ring: got %q, want value", got.Value)
	}
	if err := sealed.ReplaceKeys(path, sealed.Keys{}); err == nil {
		t.Error("ReplaceKeys by no keys: no error")
	}
	if files, err := os.ReadDir(filepath.Dir(path)); err != nil || len(files) != 1 {
		t.Errorf("beside the file: got %v and error %v, want nothing", files, err)
	}
}

func loadKeys(t *testing.T, path string) sealed.Keys {
	t.Helper()
	k, err := sealed.LoadKeys(path)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestKeyFileMode(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no such modes")
	}
	path := filepath.Join(t.TempDir(), "keys")
	if _, err := sealed.CreateKeys(path); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		mode fs.FileMode
		ok   bool
	}{{0o600, true}, {0o400, true}, {0o700, true}, {0o640, false}, {0o604, false}, {0o644, false}, {0o620, false}, {0o602, false}, {0o610, false}} {
		if err := os.Chmod(path, c.mode); err != nil {
			t.Fatal(err)
		}
		_, err := sealed.LoadKeys(path)
		if errors.Is(err, sealed.ErrKeyFileMode) == c.ok {
			t.Errorf("mode %#o: got error %v, want refusal: %v", c.mode, err, !c.ok)
		}
	}
}

func TestKeyFileMissing(t *testing.T) {
	dir := t.TempDir()
	if _, err := sealed.LoadKeys(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: got error %v, want %v", err, fs.ErrNotExist)
	}
	if _, err := sealed.LoadKeys(dir); !errors.Is(err, sealed.ErrKeyFile) {
		t.Errorf("a folder: got error %v, want %v", err, sealed.ErrKeyFile)
	}
	if _, err := sealed.CreateKeys(filepath.Join(dir, "none", "keys")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no folder: got error %v, want %v", err, fs.ErrNotExist)
	}
	long := filepath.Join(dir, "long")
	if err := os.WriteFile(long, make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := sealed.LoadKeys(long); !errors.Is(err, sealed.ErrKeyFile) {
		t.Errorf("a long file: got error %v, want %v", err, sealed.ErrKeyFile)
	}
}

func TestParseKeys(t *testing.T) {
	secret := base64.StdEncoding.EncodeToString([]byte("0123456789abcdef0123456789abcdef"))
	item := func(id, key string) string { return fmt.Sprintf(`{"id":%q,"key":%q}`, id, key) }
	good := item("0011223344556677", secret)
	many := func(n int) string {
		var list []string
		for i := range n {
			list = append(list, item(fmt.Sprintf("%016x", i), secret))
		}
		return strings.Join(list, ",")
	}
	file := func(keys string) string { return `{"version":1,"epoch":0,"keys":[` + keys + `]}` }
	for _, c := range []struct {
		name, in string
		ok       bool
	}{
		{"good", file(good), true},
		{"two keys", file(good + "," + item("8899aabbccddeeff", secret)), true},
		{"white space after it", file(good) + "\n \n", true},
		{"a byte order mark before it", "\ufeff" + file(good), true},
		{"two byte order marks", "\ufeff\ufeff" + file(good), false},
		{"a large epoch", strings.Replace(file(good), `"epoch":0`, `"epoch":18446744073709551615`, 1), true},
		{"empty", "", false},
		{"null", "null", false},
		{"not JSON", "version 1", false},
		{"no keys", file(""), false},
		{"another version", strings.Replace(file(good), `"version":1`, `"version":2`, 1), false},
		{"no version", strings.Replace(file(good), `"version":1,`, ``, 1), false},
		{"a negative epoch", strings.Replace(file(good), `"epoch":0`, `"epoch":-1`, 1), false},
		{"an unknown field", strings.Replace(file(good), `"epoch"`, `"era":1,"epoch"`, 1), false},
		{"something after it", file(good) + "{}", false},
		{"an id twice", file(good + "," + good), false},
		{"a short id", file(item("00112233445566", secret)), false},
		{"a long id", file(item("001122334455667788", secret)), false},
		{"an id in upper case", file(item("00112233445566AA", secret)), false},
		{"an id that is not hexadecimal", file(item("001122334455667g", secret)), false},
		{"a short key", file(item("0011223344556677", secret[:20])), false},
		{"a long key", file(item("0011223344556677", base64.StdEncoding.EncodeToString(make([]byte, 33)))), false},
		{"a key of zeroes", file(item("0011223344556677", base64.StdEncoding.EncodeToString(make([]byte, 32)))), false},
		{"a key that is not base64", file(item("0011223344556677", strings.Repeat("!", 44))), false},
		{"64 keys", file(many(64)), true},
		{"65 keys", file(many(65)), false},
	} {
		k, err := sealed.ParseKeys([]byte(c.in))
		if (err == nil) != c.ok || err != nil && !errors.Is(err, sealed.ErrKeyFile) {
			t.Errorf("%s: got %v and error %v, want one: %v", c.name, k, err, !c.ok)
		}
		if err != nil && (strings.Contains(err.Error(), secret[:8]) || strings.Contains(err.Error(), "!!!!")) {
			t.Errorf("%s: the error shows the key: %v", c.name, err)
		}
	}
}

func TestTooManyKeys(t *testing.T) {
	k := sealed.NewKeys()
	for range 63 {
		k = rotated(t, k)
	}
	if _, err := k.Rotated(); err == nil || !strings.Contains(err.Error(), "at most 64 keys") {
		t.Errorf("the 65th key: got error %v, want one that names the limit", err)
	}
	path := filepath.Join(t.TempDir(), "keys")
	if err := sealed.ReplaceKeys(path, k); err != nil {
		t.Fatal(err)
	}
	full := loadKeys(t, path) // a full ring can be read back
	rotated(t, retired(t, full))
}

// FuzzKeyFile reads a key file: what passes survives being written and read.
func FuzzKeyFile(f *testing.F) {
	secret := base64.StdEncoding.EncodeToString([]byte("0123456789abcdef0123456789abcdef"))
	f.Add([]byte(`{"version":1,"epoch":2,"keys":[{"id":"0011223344556677","key":"` + secret + `"}]}`))
	f.Add([]byte(`{"version":1,"keys":[]}`))
	f.Add([]byte(`{"version":1,"keys":[{"id":"00","key":""}]}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		k, err := sealed.ParseKeys(raw)
		if err != nil {
			if !errors.Is(err, sealed.ErrKeyFile) {
				t.Errorf("got error %v, want %v", err, sealed.ErrKeyFile)
			}
			return
		}
		inner := memstore.New()
		put(t, seal(t, inner, k), "a", "value")
		path := filepath.Join(t.TempDir(), "keys")
		if err := sealed.ReplaceKeys(path, k); err != nil {
			t.Fatal(err)
		}
		again := loadKeys(t, path)
		if got := load(t, seal(t, inner, again), "a"); string(got.Value) != "value" || again.String() != k.String() {
			t.Errorf("read again: got %v, want %v", again, k)
		}
	})
}
