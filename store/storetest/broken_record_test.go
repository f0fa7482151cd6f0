package storetest_test

import (
	"bytes"
	"context"
	"math"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/sallyport-auth/sallyport/store"
)

// hooked sets something in a ref.
func hooked(set func(*ref)) func(*ref) store.Store {
	return func(r *ref) store.Store {
		set(r)
		return r
	}
}

func brokenRecords() []broken {
	return []broken{
		{"aliased bytes in", "keeps the caller's bytes instead of a copy",
			[]string{"BytesInAreCopied"},
			func(r *ref) store.Store { return &aliasIn{ref: r, kept: map[uint64][]byte{}} }},
		{"aliased bytes out", "hands out its own bytes instead of a copy",
			[]string{"BytesOutAreTheCallers"},
			hooked(func(r *ref) {
				r.out = func(key string, at row) store.Record {
					return store.Record{Key: key, Value: at.value, Version: at.version, Expires: store.ExpiryTime(at.expires)}
				}
			})},
		{"empty value read as absent", "answers nil for an empty value",
			[]string{"EmptyIsNotAbsent", "Sequences"},
			hooked(func(r *ref) {
				r.out = func(key string, at row) store.Record {
					if len(at.value) == 0 {
						return store.Record{Key: key}
					}
					return store.Record{Key: key, Value: bytes.Clone(at.value), Version: at.version, Expires: store.ExpiryTime(at.expires)}
				}
			})},
		{"value as text", "ends a value at its first zero byte",
			[]string{"AnyBytes", "Sequences"},
			hooked(func(r *ref) {
				r.value = func(b []byte) []byte {
					b, _, _ = bytes.Cut(b, []byte{0})
					return append([]byte{}, b...)
				}
			})},
		{"large values cut", "keeps the first 64 KiB of a value",
			[]string{"LargeValue"},
			hooked(func(r *ref) {
				r.value = func(b []byte) []byte { return append([]byte{}, b[:min(len(b), 1<<16)]...) }
			})},
		{"key case folded", "does not tell A from a",
			[]string{"OddKeys", "Sequences"},
			hooked(func(r *ref) { r.key = strings.ToLower })},
		{"odd keys confused", "cleans a key as though it were a path",
			[]string{"OddKeys", "Sequences"},
			hooked(func(r *ref) { r.key = path.Clean })},
		{"long keys cut", "keeps the first 255 bytes of a key",
			[]string{"OddKeys"},
			hooked(func(r *ref) { r.key = func(k string) string { return k[:min(len(k), 255)] } })},
		{"Expires lost", "does not keep Expires when a record is replaced",
			[]string{"Sequences", "SweepSparesTheRewritten"},
			func(r *ref) store.Store { return losesExpires{r} }},
		{"Expires rounded down", "keeps whole seconds, without what is beyond them",
			[]string{"Expires", "SweepTakesTheExpired", "Sequences"},
			hooked(func(r *ref) {
				r.expiry = func(t time.Time) int64 { return store.ExpirySeconds(t.Truncate(time.Second)) }
			})},
		{"Expires in nanoseconds", "keeps a number that ends in the year 2262",
			[]string{"Expires"},
			hooked(func(r *ref) {
				r.expiry = func(t time.Time) int64 {
					if s := store.ExpirySeconds(t); s < math.MaxInt64/int64(time.Second) {
						return s
					}
					return max(1, t.UnixNano()/int64(time.Second)) // it has run over
				}
			})},
		{"Expires in 32 bits", "keeps seconds that begin anew in the year 2106",
			[]string{"Expires", "SweepFarAhead"},
			hooked(func(r *ref) {
				r.expiry = func(t time.Time) int64 { return int64(uint32(store.ExpirySeconds(t))) }
			})},
		{"Expires obeyed", "hides what has expired by a clock of its own",
			[]string{"Sequences"},
			hooked(func(r *ref) {
				r.out = func(key string, at row) store.Record {
					if at.expires != 0 && at.expires < 1_800_000_000 {
						return store.Record{Key: key}
					}
					return store.Record{Key: key, Value: bytes.Clone(at.value), Version: at.version, Expires: store.ExpiryTime(at.expires)}
				}
			})},
	}
}

// aliasIn answers with the slices that it was given, by version and length.
type aliasIn struct {
	*ref
	lock sync.Mutex
	kept map[uint64][]byte
}

func (s *aliasIn) Commit(ctx context.Context, c store.Change) error {
	s.lock.Lock()
	if len(c.Writes) == 1 {
		s.kept[c.ID] = c.Writes[0].Value
	}
	s.lock.Unlock()
	return s.ref.Commit(ctx, c)
}

func (s *aliasIn) Load(ctx context.Context, keys ...string) ([]store.Record, error) {
	recs, err := s.ref.Load(ctx, keys...)
	s.lock.Lock()
	defer s.lock.Unlock()
	for i, r := range recs {
		if b := s.kept[r.Version]; b != nil {
			recs[i].Value = bytes.Clone(b)
		}
	}
	return recs, err
}

type losesExpires struct{ *ref }

func (s losesExpires) Commit(ctx context.Context, c store.Change) error {
	writes := append([]store.Write{}, c.Writes...)
	for i, w := range writes {
		if w.If != 0 {
			writes[i].Expires = time.Time{}
		}
	}
	return s.ref.Commit(ctx, store.Change{ID: c.ID, Writes: writes})
}
