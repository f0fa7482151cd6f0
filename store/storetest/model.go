package storetest

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/sallyport-auth/sallyport/store"
)

// model is what a store should hold: the contract in a few lines, for one
// caller at a time.
type model map[string]store.Record

// commit returns nil or ErrConflict.
func (m model) commit(c store.Change) error {
	for _, w := range c.Writes {
		if m[w.Key].Version != w.If {
			return store.ErrConflict
		}
	}
	for _, w := range c.Writes {
		switch {
		case w.Keep:
		case w.Value == nil:
			delete(m, w.Key)
		default:
			m[w.Key] = store.Record{Key: w.Key, Value: w.Value, Version: c.ID, Expires: store.ExpiryTime(store.ExpirySeconds(w.Expires))}
		}
	}
	return nil
}

func (m model) load(keys ...string) []store.Record {
	recs := make([]store.Record, len(keys))
	for i, k := range keys {
		recs[i] = m[k]
		recs[i].Key = k
	}
	return recs
}

func (m model) scan(prefix, after string) (recs []store.Record) {
	for _, k := range slices.Sorted(maps.Keys(m)) {
		if strings.HasPrefix(k, prefix) && k > after {
			recs = append(recs, m[k])
		}
	}
	return recs
}

// due are the keys that a sweep may take.
func (m model) due(before time.Time) (keys []string) {
	for k, r := range m {
		if !r.Expires.IsZero() && store.ExpirySeconds(r.Expires) < store.ExpirySeconds(before) {
			keys = append(keys, k)
		}
	}
	return keys
}
