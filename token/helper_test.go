package token_test

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/token"
)

// start is a moment with a fraction, so that nothing hides behind whole
// seconds.
var start = time.Date(2026, 3, 1, 12, 0, 0, 123456789, time.UTC)

const (
	issuer  = "http://localhost:5000"
	account = "00112233445566778899aabbccddeeff"
	home    = "c3a0f2b1d4e5968778695a4b3c2d1e0f" // of account
	client  = "18de8ce7-80e7-4c66-a672-4ffa3eb56d54_Native"
)

func newIndex(t testing.TB, fill byte) store.Index {
	t.Helper()
	x, err := store.NewIndex(bytes.Repeat([]byte{fill}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// testKeys are made once: an RSA key takes a good part of a second.
var testKeys = sync.OnceValue(func() []token.Key {
	keys := make([]token.Key, 7)
	var wg sync.WaitGroup
	for i := range keys {
		wg.Go(func() {
			k, err := token.NewKey(token.RS256, token.DefaultKeyBits, start)
			if err != nil {
				panic(err)
			}
			keys[i] = k
		})
	}
	wg.Wait()
	return slices.Clone(keys)
})

func newDB() *store.DB { return store.NewDB(memstore.New(), "") }

func readFile(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// memberNames returns the names of a JSON object in the order in which they
// stand.
func memberNames(t testing.TB, raw []byte) []string {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(raw))
	if _, err := dec.Token(); err != nil {
		t.Fatalf("%v in %.80s", err, raw)
	}
	var names []string
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			t.Fatal(err)
		}
		var skip json.RawMessage
		if err := dec.Decode(&skip); err != nil {
			t.Fatal(err)
		}
		names = append(names, name.(string))
	}
	return names
}
