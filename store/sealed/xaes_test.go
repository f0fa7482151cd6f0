package sealed_test

import (
	"bytes"
	"crypto/sha3"
	"encoding/hex"
	"fmt"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/sealed"
)

// xaes seals as XAES-256-GCM does.
func xaes(key, nonce, text, ad []byte) []byte {
	return sealed.Derive([32]byte(key), [12]byte(nonce)).Seal(nil, nonce[12:], text, ad)
}

// TestXAES holds the derivation of keys to the vectors of c2sp.org/XAES-256-GCM.
func TestXAES(t *testing.T) {
	nonce, text := []byte("ABCDEFGHIJKLMNOPQRSTUVWX"), []byte("XAES-256-GCM")
	for _, tt := range []struct {
		key      byte // 32 times; the two take both ways of the doubling
		ad, want string
	}{
		{1, "", "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271"},
		{3, "c2sp.org/XAES-256-GCM", "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d"},
	} {
		if got := hex.EncodeToString(xaes(bytes.Repeat([]byte{tt.key}, 32), nonce, text, []byte(tt.ad))); got != tt.want {
			t.Errorf("key %d: got %s, want %s", tt.key, got, tt.want)
		}
	}
}

// TestXAESAccumulated is the same for 10,000 random inputs.
func TestXAESAccumulated(t *testing.T) {
	in, out := sha3.NewSHAKE128(), sha3.NewSHAKE128()
	read := func(n int) []byte {
		b := make([]byte, n)
		in.Read(b)
		return b
	}
	for range 10_000 {
		key, nonce := read(32), read(24)
		text := read(int(read(1)[0]))
		ad := read(int(read(1)[0]))
		out.Write(xaes(key, nonce, text, ad))
	}
	sum := make([]byte, 32)
	out.Read(sum)
	if got, want := hex.EncodeToString(sum), "e6b9edf2df6cec60c8cbd864e2211b597fb69a529160cd040d56c0c210081939"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestNonces: no nonce repeats, and no salt serves more values than it may.
func TestNonces(t *testing.T) {
	inner := memstore.New()
	s := seal(t, inner, sealed.NewKeys())
	const records = sealed.BatchSize + sealed.BatchSize/2
	c := store.Change{ID: 1}
	for i := range records {
		c.Writes = append(c.Writes, store.Write{Key: fmt.Sprintf("k/%06d", i), Value: []byte("x")})
	}
	if err := s.Commit(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	salts, nonces := map[string]int{}, map[string]bool{}
	for r, err := range inner.Scan(t.Context(), "", "") {
		if err != nil {
			t.Fatal(err)
		}
		nonce := string(r.Value[17:41])
		salts[nonce[:12]]++
		nonces[nonce] = true
	}
	if len(nonces) != records || len(salts) != 2 {
		t.Errorf("got %d nonces and %d salts for %d values, want as many and 2", len(nonces), len(salts), records)
	}
	for _, n := range salts {
		if n > sealed.BatchSize {
			t.Errorf("a salt served %d values, want %d at most", n, sealed.BatchSize)
		}
	}
	for r, err := range s.Scan(t.Context(), "", "") { // of both salts
		if err != nil || string(r.Value) != "x" {
			t.Fatalf("%s: got %q and error %v", r.Key, r.Value, err)
		}
	}
}

// BenchmarkSealed is a login's second round and its commit, sealed and not.
func BenchmarkSealed(b *testing.B) {
	for _, kind := range []string{"plain", "sealed"} {
		var s store.Store = memstore.New()
		if kind == "sealed" {
			s = seal(b, s, sealed.NewKeys())
		}
		var c store.Change
		var keys []string
		for i := range 6 {
			keys = append(keys, fmt.Sprintf("session/%032d", i))
			c.Writes = append(c.Writes, store.Write{Key: keys[i], Value: make([]byte, 40*(i+1)), Expires: time.Unix(2e9, 0)})
		}
		commit := func(b *testing.B) {
			c.ID++
			if err := s.Commit(b.Context(), c); err != nil {
				b.Fatal(err)
			}
			for i := range c.Writes {
				c.Writes[i].If = c.ID
			}
		}
		b.Run("commit/"+kind, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				commit(b)
			}
		})
		b.Run("load/"+kind, func(b *testing.B) {
			commit(b)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.Load(b.Context(), keys...); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
