package boltstore_test

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"os"
	"testing"
)

// crashImage copies a file as a killed process would leave it, while it is
// written to. A commit ends by writing a meta page, and the pages that it
// writes before are not those that the last meta page leads to; so if the meta
// pages have not moved meanwhile, the copy is the file at one moment.
func crashImage(from, to string) error {
	f, err := os.Open(from)
	if err != nil {
		return err
	}
	defer f.Close()
	metas := int64(2 * os.Getpagesize())
	for {
		image, err := os.ReadFile(from)
		if err != nil {
			return err
		}
		after := make([]byte, metas)
		if _, err := f.ReadAt(after, 0); err != nil {
			return err
		}
		if bytes.Equal(image[:metas], after) {
			return os.WriteFile(to, image, 0o600)
		}
	}
}

// damageRecord changes a byte of the value under key, in the file that the
// store has mapped: wherever the value stands behind the key and the header, so
// not in the pages that only lead there. Pages that are no longer used may hold
// it too.
func damageRecord(t testing.TB, s filed, key string) {
	t.Helper()
	recs, err := s.Load(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(s.path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	file, err := os.ReadFile(s.path)
	if err != nil {
		t.Fatal(err)
	}
	const header = 20
	found := false
	for at := 0; ; {
		i := bytes.Index(file[at:], []byte(key))
		if i < 0 {
			break
		}
		at += i + len(key)
		if value := at + header; value < len(file) && bytes.HasPrefix(file[value:], recs[0].Value) {
			if _, err := f.WriteAt([]byte{file[value] ^ 0x80}, int64(value)); err != nil {
				t.Fatal(err)
			}
			found = true
		}
	}
	if !found {
		t.Fatalf("no record of %q in the file", key)
	}
}

// damageKind is a way in which a file may be damaged.
type damageKind struct {
	kind   string
	damage func(b []byte) []byte
}

// damageKinds are ways to damage a file of so many pages.
func damageKinds(r *rand.Rand, pages int) []damageKind {
	return []damageKind{
		{"untouched", func(b []byte) []byte { return b }},
		{"one bit", func(b []byte) []byte {
			b[r.IntN(len(b))] ^= 1 << r.IntN(8)
			return b
		}},
		{"one bit of a page header", func(b []byte) []byte {
			b[(2+r.IntN(pages-2))*pageSize+r.IntN(32)] ^= 1 << r.IntN(8)
			return b
		}},
		{"one entry less in a leaf", func(b []byte) []byte {
			for {
				p := b[(2+r.IntN(pages-2))*pageSize:]
				if n := binary.NativeEndian.Uint16(p[10:]); binary.NativeEndian.Uint16(p[8:]) == 2 && n > 1 && n < 100 {
					binary.NativeEndian.PutUint16(p[10:], n-1)
					return b
				}
			}
		}},
		{"16 bytes", func(b []byte) []byte {
			for range 16 {
				b[2*pageSize+r.IntN(len(b)-2*pageSize)] ^= byte(1 + r.IntN(255))
			}
			return b
		}},
		{"cut off", func(b []byte) []byte { return b[:1+r.IntN(len(b)-1)] }},
		{"a zeroed page", func(b []byte) []byte {
			clear(b[r.IntN(pages)*pageSize:][:pageSize])
			return b
		}},
		{"a page of noise", func(b []byte) []byte {
			p := b[r.IntN(pages)*pageSize:][:pageSize]
			for i := range p {
				p[i] = byte(r.Uint32())
			}
			return b
		}},
		{"one page in the place of another", func(b []byte) []byte {
			copy(b[(2+r.IntN(pages-2))*pageSize:][:pageSize], bytes.Clone(b[(2+r.IntN(pages-2))*pageSize:][:pageSize]))
			return b
		}},
		{"zeroed from somewhere on", func(b []byte) []byte {
			clear(b[r.IntN(len(b)):])
			return b
		}},
	}
}
