package store_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/store"
)

func TestCheckKeys(t *testing.T) {
	long := strings.Repeat("k", store.MaxKey)
	for _, c := range []struct {
		key string
		ok  bool
	}{
		{"a", true}, {"!", true}, {"~", true}, {"a/b%_\\'\"", true}, {long, true},
		{"", false}, {long + "k", false}, {" ", false}, {"a b", false}, {"\x7f", false}, {"ä", false}, {"a\x00", false},
	} {
		err := store.CheckKeys("fine", c.key)
		if got := err == nil; got != c.ok {
			t.Errorf("CheckKeys(%q): got error %v, want none: %v", c.key, err, c.ok)
		}
		if err != nil && !errors.Is(err, store.ErrInvalid) {
			t.Errorf("CheckKeys(%q): got error %v, want %v", c.key, err, store.ErrInvalid)
		}
	}
	if err := store.CheckKeys(); err != nil {
		t.Errorf("CheckKeys of none: got error %v", err)
	}
}

func TestCheckChange(t *testing.T) {
	many := func(n int) (writes []store.Write) {
		for i := range n {
			writes = append(writes, store.Write{Key: fmt.Sprint("k", i)})
		}
		return writes
	}
	for _, c := range []struct {
		name   string
		change store.Change
		want   error
	}{
		{"nothing to write", store.Change{ID: 1}, nil},
		{"as many as may be", store.Change{ID: 1, Writes: many(store.MaxWrites)}, nil},
		{"one more", store.Change{ID: 1, Writes: many(store.MaxWrites + 1)}, store.ErrTooLarge},
		{"no id", store.Change{Writes: many(1)}, store.ErrInvalid},
		{"bad key", store.Change{ID: 1, Writes: []store.Write{{Key: "a b"}}}, store.ErrInvalid},
		{"a key twice", store.Change{ID: 1, Writes: []store.Write{{Key: "a"}, {Key: "b"}, {Key: "a", Keep: true}}}, store.ErrInvalid},
		{"largest value", store.Change{ID: 1, Writes: []store.Write{{Key: "a", Value: make([]byte, store.MaxValue)}}}, nil},
		{"larger value", store.Change{ID: 1, Writes: []store.Write{{Key: "a", Value: make([]byte, store.MaxValue+1)}}}, store.ErrTooLarge},
	} {
		if err := store.CheckChange(c.change); !errors.Is(err, c.want) {
			t.Errorf("%s: got error %v, want %v", c.name, err, c.want)
		}
	}
}

func TestExpirySeconds(t *testing.T) {
	for _, c := range []struct {
		in   time.Time
		want int64
	}{
		{time.Time{}, 0},
		{time.Unix(100, 0), 100},
		{time.Unix(100, 1), 101},
		{time.Unix(0, 0), 1},
		{time.Unix(-100, 0), 1},
		{time.Unix(1, 0), 1},
	} {
		if got := store.ExpirySeconds(c.in); got != c.want {
			t.Errorf("ExpirySeconds(%v): got %d, want %d", c.in, got, c.want)
		}
		if back := store.ExpiryTime(c.want); c.want != 0 && back.Unix() != c.want || c.want == 0 && !back.IsZero() {
			t.Errorf("ExpiryTime(%d): got %v", c.want, back)
		}
	}
}

func TestIndex(t *testing.T) {
	key := bytes.Repeat([]byte{7}, 32)
	x, err := store.NewIndex(key)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{0, 31, 33} {
		if _, err := store.NewIndex(make([]byte, n)); err == nil {
			t.Errorf("NewIndex with %d bytes: no error", n)
		}
	}
	y, _ := store.NewIndex(bytes.Repeat([]byte{8}, 32))
	seen := map[string]string{}
	for name, digest := range map[string][]byte{
		"one part":       x.Digest("p", "ab"),
		"two parts":      x.Digest("p", "a", "b"),
		"an empty part":  x.Digest("p", "ab", ""),
		"moved boundary": x.Digest("pa", "b"),
		"no part":        x.Digest("pab"),
		"other purpose":  x.Digest("q", "ab"),
		"other key":      y.Digest("p", "ab"),
	} {
		if other, twice := seen[string(digest)]; twice {
			t.Errorf("%s and %s have the same digest", name, other)
		}
		seen[string(digest)] = name
	}
	if got, want := x.ID("p", "ab"), hex.EncodeToString(x.Digest("p", "ab")[:16]); got != want {
		t.Errorf("ID: got %s, want %s", got, want)
	}
	key[0]++ // the index keeps its own copy
	if !bytes.Equal(x.Digest("p", "ab"), mustIndex(t, bytes.Repeat([]byte{7}, 32)).Digest("p", "ab")) {
		t.Error("the digest changed with the caller's key")
	}
}

func mustIndex(t *testing.T, key []byte) store.Index {
	t.Helper()
	x, err := store.NewIndex(key)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// TestDigestIsHMAC holds digests to RFC 2104 by another implementation. Records
// are found by them: they must never change.
func TestDigestIsHMAC(t *testing.T) {
	key := bytes.Repeat([]byte{7}, 32)
	x := mustIndex(t, key)
	for _, parts := range [][]string{nil, {""}, {"a", "b"}, {strings.Repeat("long", 1000), "", "\x00"}} {
		m := hmac.New(sha256.New, key)
		for _, p := range append([]string{"purpose"}, parts...) {
			m.Write(binary.BigEndian.AppendUint64(nil, uint64(len(p))))
			m.Write([]byte(p))
		}
		if got, want := x.Digest("purpose", parts...), m.Sum(nil); !bytes.Equal(got, want) {
			t.Errorf("%.20q: got %x, want %x", parts, got, want)
		}
	}
}

// TestDigestAllocates counts what a digest costs in memory: a login makes a
// dozen of them.
func TestDigestAllocates(t *testing.T) {
	x := mustIndex(t, make([]byte, 32))
	a, b := strings.Repeat("a", 36), strings.Repeat("b", 36)
	if got := testing.AllocsPerRun(100, func() { x.Digest("purpose", a, b) }); got > 1 {
		t.Errorf("got %v allocations a digest, want the digest alone", got)
	}
}
