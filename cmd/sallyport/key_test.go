package main_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	command "github.com/sallyport-auth/sallyport/cmd/sallyport"
	"github.com/sallyport-auth/sallyport/token"
)

// ringIn prints the signing keys of a store: the ids of those in use, and of those
// that were removed.
func ringIn(t *testing.T, url string) (kids, retired []string) {
	t.Helper()
	code, out, said := run(t, "", "inspect", "-store", url, "-key", "keys/signing", "-json")
	var rec struct{ Fields map[string]string }
	if err := json.Unmarshal([]byte(out), &rec); code != 0 || err != nil {
		t.Fatalf("got %d, %q, %v", code, said, err)
	}
	for name, value := range rec.Fields {
		value = strings.Trim(value, `"`) // as inspect prints text
		switch {
		case strings.HasSuffix(name, ".id"):
			kids = append(kids, value)
		case name == "retired":
			retired = strings.Fields(value)
		}
	}
	return kids, retired
}

// TestKeyRetire: the key is gone for good, another is there, and to do it again
// changes nothing.
func TestKeyRetire(t *testing.T) {
	url, _ := inspected(t)
	old, _ := ringIn(t, url)
	if len(old) != 1 {
		t.Fatalf("got the keys %q, want one", old)
	}
	var fresh []string
	for range 2 {
		code, out, said := run(t, "", "key", "retire", "-json", "-store", url, old[0])
		equal(t, "exit code", code, 0)
		equal(t, "standard error", said, "")
		equal(t, "standard output", out, `{"key":"`+old[0]+`","action":"retired"}`+"\n")
		kids, retired := ringIn(t, url)
		if len(kids) != 1 || kids[0] == old[0] || len(retired) != 1 || retired[0] != old[0] {
			t.Errorf("got the keys %q, retired %q, want another and %q", kids, retired, old)
		}
		if fresh != nil && fresh[0] != kids[0] {
			t.Errorf("done again: got the key %q, want %q", kids, fresh)
		}
		fresh = kids
	}
}

// keyFiles writes a key and its certificate, of RSA with 2048 bits unless key says
// otherwise, and returns their paths.
func keyFiles(t *testing.T, dir string, key crypto.Signer) (certificate, private string) {
	t.Helper()
	if key == nil {
		made, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			t.Fatal(err)
		}
		key = made
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	block := func(kind string, bytes []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: bytes}))
	}
	return write(t, filepath.Join(dir, "cert.pem"), block("CERTIFICATE", der)), write(t, filepath.Join(dir, "key.pem"), block("PRIVATE KEY", pkcs8))
}

// listed prints the signing keys of a store.
func listed(t *testing.T, url string) (keys []struct{ ID, Algorithm, State, SignsFrom string }) {
	t.Helper()
	code, out, said := run(t, "", "key", "list", "-json", "-store", url)
	equal(t, "exit code", code, 0)
	equal(t, "standard error", said, "")
	for line := range strings.Lines(out) {
		keys = append(keys, struct{ ID, Algorithm, State, SignsFrom string }{})
		if err := json.Unmarshal([]byte(line), &keys[len(keys)-1]); err != nil {
			t.Fatal(err)
		}
	}
	return keys
}

// TestKeyRotate: the next key waits its day, or signs at once; to ask twice makes one.
func TestKeyRotate(t *testing.T) {
	url, _ := inspected(t)
	old := listed(t, url)
	var next string
	for range 2 {
		code, out, said := run(t, "", "key", "rotate", "-store", url)
		equal(t, "exit code", code, 0)
		equal(t, "standard error", said, "")
		if next != "" {
			equal(t, "asked again", out, next)
		}
		next = out
	}
	code, out, _ := run(t, "", "key", "rotate", "-store", url, "-now", "-json")
	equal(t, "exit code", code, 0)
	var done struct{ Key, Action, State string }
	if err := json.Unmarshal([]byte(out), &done); err != nil || done.Action != "next" || done.State != "signing" {
		t.Errorf("at once: got %q, %v", out, err)
	}
	run(t, "", "key", "rotate", "-store", url, "-algorithm", "es256", "-signing-key-propagation", "48h")
	var states []string
	for _, k := range listed(t, url) {
		states = append(states, k.Algorithm+" "+k.State)
		if k.ID == old[0].ID && k.State != "retiring" || k.ID == done.Key && k.State != "signing" {
			t.Errorf("got %+v", k)
		}
	}
	equal(t, "states", strings.Join(states, ", "), "RS256 retiring, RS256 retiring, RS256 signing, ES256 signing")
}

// TestKeyImport: a key from elsewhere waits its time, and comes once.
func TestKeyImport(t *testing.T) {
	url, dir := inspected(t)
	cert, private := keyFiles(t, dir, nil)
	code, out, said := run(t, "", "key", "import", "-store", url, "-certificate", cert, "-key", private)
	equal(t, "exit code", code, 0)
	equal(t, "standard error", said, "")
	raw, err := os.ReadFile(cert)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(raw)
	id := fmt.Sprintf("%XRS256", sha1.Sum(block.Bytes))
	if !strings.HasPrefix(out, "imported "+id+", published, signs from ") {
		t.Errorf("got %q, want the id of the certificate, %s", out, id)
	}
	code, out, said = run(t, "", "key", "import", "-store", url, "-certificate", cert, "-key", private)
	if code != 1 || out != "" || !strings.Contains(said, "-certificate, -key: token: signing key is in use, or was before") || !strings.Contains(said, `"sallyport key list" prints those in use`) {
		t.Errorf("again: got %d, %q, %q", code, out, said)
	}
	code, _, _ = run(t, "", "key", "retire", "-store", url, id)
	equal(t, "exit code of retiring it", code, 0)
	code, _, said = run(t, "", "key", "import", "-store", url, "-certificate", cert, "-key", private)
	if code != 1 || !strings.Contains(said, "in use, or was before") {
		t.Errorf("after it was retired: got %d, %q", code, said)
	}
	if keys := listed(t, url); len(keys) != 2 || keys[0].State != "retiring" || keys[1].State != "signing" {
		t.Errorf("got %+v, want the first, and one in the place of the next", keys)
	}
}

// TestKeyImportRefuses: what is wrong with the files is said, and nothing of what they hold.
func TestKeyImportRefuses(t *testing.T) {
	url, dir := inspected(t)
	cert, private := keyFiles(t, dir, nil)
	sub := filepath.Join(dir, "other")
	if err := os.Mkdir(sub, 0o700); err != nil {
		t.Fatal(err)
	}
	other, _ := keyFiles(t, sub, nil)
	open := write(t, filepath.Join(dir, "open.pem"), "x")
	if err := os.Chmod(open, 0o644); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link.pem")
	if err := os.Symlink(private, link); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, args, want string
		code             int
	}{
		{"no files", "", "-certificate and -key are required", 2},
		{"no key", "-certificate " + cert, "-certificate and -key are required", 2},
		{"a file that is not there", "-certificate " + cert + " -key " + dir + "/absent", "no such file", 2},
		{"a key open to others", "-certificate " + cert + " -key " + open, "chmod 600", 2},
		{"a link", "-certificate " + cert + " -key " + link, "symbolic link", 2},
		{"an unknown algorithm", "-algorithm HS256 -certificate " + cert + " -key " + private, "-algorithm", 2},
		{"another algorithm", "-algorithm ES256 -certificate " + cert + " -key " + private, "for RS256, and not for ES256", 1},
		{"another's certificate", "-certificate " + other + " -key " + private, "not that of the certificate", 1},
		{"files mixed up", "-certificate " + private + " -key " + cert, "something else in it than certificates", 1},
		{"a bad policy", "-signing-key-propagation 1s -certificate " + cert + " -key " + private, "-signing-key-propagation", 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			code, out, said := run(t, "", append([]string{"key", "import", "-store", url}, strings.Fields(tt.args)...)...)
			equal(t, "exit code", code, tt.code)
			equal(t, "standard output", out, "")
			if !strings.Contains(said, tt.want) || strings.Count(said, "\n") != 1 || strings.Contains(said, "MII") {
				t.Errorf("got %q, want one line with %q", said, tt.want)
			}
		})
	}
	if keys := listed(t, url); len(keys) != 1 {
		t.Errorf("got %d keys, want one", len(keys))
	}
}

// TestKeyRetireRefuses: what is wrong is said in one line, and nothing is changed or
// made.
func TestKeyRetireRefuses(t *testing.T) {
	url, dir := inspected(t)
	before, _ := ringIn(t, url)
	absent := filepath.Join(dir, "absent.db")
	for _, tt := range []struct {
		name, args, want string
	}{
		{"no verb", "key", "key list|rotate|retire|import"},
		{"an unknown verb", "key forget", "key list|rotate|retire|import"},
		{"no store", "key retire " + before[0], "-store is required"},
		{"no key", "key retire -store " + url, "name the keys"},
		{"an unknown key", "key retire -store " + url + " " + before[0] + " NONE", `"NONE"`},
		{"a flag behind", "key retire -store " + url + " " + before[0] + " -json", `"-json" stands behind the keys`},
		{"memory", "key retire -store memory: " + before[0], "-store: want"},
		{"a store that is not there", "key retire -store bolt:" + absent + " " + before[0], "no such file"},
		{"a password", "key retire -store postgres://u:hidden@h " + before[0], "-store: a URL with a password"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			code, out, said := run(t, "", strings.Fields(tt.args)...)
			equal(t, "exit code", code, 2)
			equal(t, "standard output", out, "")
			if !strings.Contains(said, tt.want) || strings.Count(said, "\n") != 1 || strings.Contains(said, "hidden") {
				t.Errorf("got %q, want one line with %q", said, tt.want)
			}
		})
	}
	if after, retired := ringIn(t, url); len(after) != 1 || after[0] != before[0] || len(retired) != 0 {
		t.Errorf("got the keys %q, retired %q, want %q and none", after, retired, before)
	}
	if _, err := os.Stat(absent); err == nil {
		t.Error("a store was made")
	}
}

// TestKeyWords: a store that takes no other key, or not this one, says what to do, and any
// other error stays.
func TestKeyWords(t *testing.T) {
	full := command.KeyWords(fmt.Errorf("x: %w", token.ErrRingFull))
	if !errors.Is(full, token.ErrRingFull) || !strings.Contains(full.Error(), `"sallyport key list" shows one of them as retired`) {
		t.Errorf("got %v, want the cure", full)
	}
	again := command.KeyWords(token.ErrKeyReused)
	if !errors.Is(again, token.ErrKeyReused) || !strings.HasSuffix(again.Error(), `"sallyport key list" prints those in use`) {
		t.Errorf("got %v, want the cure", again)
	}
	if got := command.KeyWords(sallyport.ErrBadKey); got != sallyport.ErrBadKey {
		t.Errorf("got %v, want %v", got, sallyport.ErrBadKey)
	}
}
