package boltstore_test

import (
	"bytes"
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
