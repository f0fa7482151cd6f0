package sealed_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/sealed"
)

func seal(t testing.TB, inner store.Store, keys sealed.Keys) *sealed.Store {
	t.Helper()
	s, err := sealed.New(inner, keys)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// put writes one record, whatever stands there.
func put(t testing.TB, s store.Store, key, value string) (id uint64) {
	t.Helper()
	id = rnd.Uint64()
	recs, err := s.Load(context.Background(), key)
	if err == nil {
		err = s.Commit(context.Background(), store.Change{ID: id, Writes: []store.Write{
			{Key: key, Value: []byte(value), If: recs[0].Version, Expires: time.Unix(1000, 0)},
		}})
	}
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func load(t testing.TB, s store.Store, key string) store.Record {
	t.Helper()
	recs, err := s.Load(context.Background(), key)
	if err != nil {
		t.Fatal(err)
	}
	return recs[0]
}

// unreadable wants ErrDamaged from Load and from Scan, and no part of the key's
// tail or of the value in the error.
func unreadable(t *testing.T, name string, s store.Store, key string) {
	t.Helper()
	_, err := s.Load(t.Context(), "other/absent", key)
	if !errors.Is(err, store.ErrDamaged) {
		t.Errorf("%s: Load: got error %v, want %v", name, err, store.ErrDamaged)
	} else if strings.Contains(err.Error(), key) {
		t.Errorf("%s: the error names the key: %v", name, err)
	}
	found := false
	for r, err := range s.Scan(t.Context(), "", "") {
		if r.Key == key {
			found = true
			if !errors.Is(err, store.ErrDamaged) || r.Value != nil {
				t.Errorf("%s: Scan: got %q and error %v, want %v", name, r.Value, err, store.ErrDamaged)
			}
		}
	}
	if !found {
		t.Errorf("%s: Scan does not yield the record", name)
	}
}

func TestNewRefuses(t *testing.T) {
	if _, err := sealed.New(memstore.New(), sealed.Keys{}); err == nil {
		t.Error("New without keys: no error")
	}
	if _, err := sealed.New(nil, sealed.NewKeys()); err == nil {
		t.Error("New without a store: no error")
	}
}

func TestNothingInClear(t *testing.T) {
	inner := memstore.New()
	s := seal(t, inner, sealed.NewKeys())
	put(t, s, "factors/1", "JBSWY3DPEHPK3PXP")
	first := load(t, inner, "factors/1").Value
	put(t, s, "factors/1", "JBSWY3DPEHPK3PXP")
	second := load(t, inner, "factors/1").Value
	if bytes.Contains(first, []byte("JBSW")) || bytes.Equal(first, second) {
		t.Errorf("the same value rests as %x and as %x", first, second)
	}
	if got, want := len(first), len("JBSWY3DPEHPK3PXP")+sealed.Overhead; got != want {
		t.Errorf("a sealed value has %d bytes, want %d", got, want)
	}
}

func TestTampering(t *testing.T) {
	keys := sealed.NewKeys()
	inner := memstore.New()
	s := seal(t, inner, keys)
	put(t, s, "factors/ann", "hers")
	put(t, s, "factors/bob", "other")
	ann, bob := load(t, inner, "factors/ann").Value, load(t, inner, "factors/bob").Value
	set := func(value []byte) { put(t, inner, "factors/ann", string(value)) }

	for i := range ann {
		for _, bit := range []byte{1, 0x80} {
			b := bytes.Clone(ann)
			b[i] ^= bit
			set(b)
			if _, err := s.Load(t.Context(), "factors/ann"); !errors.Is(err, store.ErrDamaged) {
				t.Errorf("byte %d changed: got error %v, want %v", i, err, store.ErrDamaged)
			}
		}
	}
	for name, b := range map[string][]byte{
		"moved here from another key": bob,
		"cut short":                   ann[:len(ann)-1],
		"cut to the header":           ann[:17],
		"made longer":                 append(bytes.Clone(ann), 0),
		"emptied":                     {},
		"never sealed":                []byte(strings.Repeat("plain text ", 10)),
	} {
		set(b)
		unreadable(t, name, s, "factors/ann")
	}
	set(ann)
	if got := load(t, s, "factors/ann"); string(got.Value) != "hers" {
		t.Errorf("put back: got %q, want it to open again", got.Value)
	}
	unreadable(t, "another ring", seal(t, inner, sealed.NewKeys()), "factors/ann")
}

// TestDamagedNearRecord: an error names the table of a record that lies beside
// others, and not its id, which stands in the middle of the key.
func TestDamagedNearRecord(t *testing.T) {
	const id = "00112233445566778899aabbccddeeff"
	inner := memstore.New()
	put(t, inner, "of/"+id+"/session", "never sealed")
	_, err := seal(t, inner, sealed.NewKeys()).Load(t.Context(), "of/"+id+"/session")
	if !errors.Is(err, store.ErrDamaged) || strings.Contains(err.Error(), id) || !strings.Contains(err.Error(), "session") {
		t.Errorf("got error %v, want damage of a session and no id", err)
	}
}

// A backend that answers with another key's record, or with its value alone, is
// not believed.
func TestSwappedRecords(t *testing.T) {
	inner, keys := memstore.New(), sealed.NewKeys()
	s := seal(t, inner, keys)
	put(t, s, "factors/ann", "hers")
	put(t, s, "factors/bob", "other")
	for name, swap := range map[string]func(a, b *store.Record){
		"records": func(a, b *store.Record) { *a, *b = *b, *a },
		"values":  func(a, b *store.Record) { a.Value, b.Value = b.Value, a.Value },
	} {
		swapped := seal(t, answering{inner, func(r []store.Record) []store.Record { swap(&r[0], &r[1]); return r }}, keys)
		if _, err := swapped.Load(t.Context(), "factors/ann", "factors/bob"); !errors.Is(err, store.ErrDamaged) {
			t.Errorf("%s: got error %v, want %v", name, err, store.ErrDamaged)
		}
	}
}

func TestScanGoesOn(t *testing.T) {
	inner := memstore.New()
	s := seal(t, inner, sealed.NewKeys())
	for _, k := range []string{"a", "b", "c"} {
		put(t, s, k, k)
	}
	put(t, inner, "b", "damaged")
	got := ""
	for r, err := range s.Scan(t.Context(), "", "") {
		got += fmt.Sprint(r.Key, string(r.Value), errors.Is(err, store.ErrDamaged), " ")
	}
	if want := "aafalse btrue ccfalse "; got != want {
		t.Errorf("Scan: got %q, want %q", got, want)
	}
}

// The epoch is part of what is authenticated, and rekeying does not lift it.
func TestEpoch(t *testing.T) {
	inner, keys := memstore.New(), sealed.NewKeys()
	put(t, seal(t, inner, keys), "session/old", "x")
	raised, err := keys.WithEpoch(7)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := raised.WithEpoch(6); err == nil {
		t.Error("an epoch was lowered")
	}
	s := seal(t, inner, rotated(t, raised))
	put(t, s, "session/new", "x")
	if s.Epoch() != 7 {
		t.Errorf("Epoch: got %d, want 7", s.Epoch())
	}
	epoch := func(key string) byte { return load(t, inner, key).Value[16] }
	if epoch("session/old") != 0 || epoch("session/new") != 7 {
		t.Errorf("epochs in the records: got %d and %d, want 0 and 7", epoch("session/old"), epoch("session/new"))
	}
	if n, err := s.Rekey(t.Context()); n != 1 || err != nil {
		t.Errorf("Rekey: got %d and error %v, want 1", n, err)
	}
	if epoch("session/old") != 0 {
		t.Errorf("rekeying changed the epoch to %d", epoch("session/old"))
	}
	raw := load(t, inner, "session/old").Value
	raw[16] = 7
	put(t, inner, "session/old", string(raw))
	unreadable(t, "epoch forged", s, "session/old")
}

func TestKeysNeverPrint(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys")
	keys, err := sealed.CreateKeys(path)
	if err != nil {
		t.Fatal(err)
	}
	secret := secretOf(t, path)
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "keys", keys, "in", struct{ K sealed.Keys }{keys})
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "keys", keys, "in", []any{&keys})
	out := log.String()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%o", "%b", "%c", "%U", "%t", "%p"} {
		for _, v := range []any{keys, &keys, []sealed.Keys{keys}, struct{ K sealed.Keys }{keys}, map[string]any{"k": keys}} {
			out += fmt.Sprintf(verb, v) + "\n"
		}
	}
	for _, form := range forms(secret) {
		if strings.Contains(out, form) {
			t.Errorf("the key was printed as %q", form)
		}
	}
	if !strings.Contains(out, "sealed.Keys(epoch 0 ") {
		t.Errorf("nothing to be seen of the ring: %.200q", out)
	}
	if got := fmt.Sprint(sealed.Keys{}); got != "sealed.Keys(none)" {
		t.Errorf("zero Keys: got %q", got)
	}
}

// FuzzSealed reads a sealed value: none opens that was not sealed.
func FuzzSealed(f *testing.F) {
	keys := sealed.NewKeys()
	inner := memstore.New()
	s := seal(f, inner, keys)
	put(f, s, "a", "value")
	good := load(f, inner, "a").Value
	f.Add(good)
	f.Add(good[:len(good)-1])
	f.Add(good[:sealed.Overhead])
	f.Add([]byte{1})
	f.Fuzz(func(t *testing.T, raw []byte) {
		if len(raw) > store.MaxValue {
			return
		}
		inner := memstore.New()
		put(t, inner, "a", string(raw))
		recs, err := seal(t, inner, keys).Load(t.Context(), "a")
		switch {
		case bytes.Equal(raw, good):
			if err != nil || string(recs[0].Value) != "value" {
				t.Errorf("the sealed value: got %v and error %v", recs, err)
			}
		case !errors.Is(err, store.ErrDamaged):
			t.Errorf("got %v and error %v, want %v", recs, err, store.ErrDamaged)
		}
	})
}
