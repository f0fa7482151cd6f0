package store

import (
	"sync"
	"time"
)

// cache keeps decoded values by key and version, those of each table apart, so
// that many sessions do not push a client out. Since a version never repeats,
// an entry is either right or unused; nothing expires by time.
type cache struct {
	mu sync.Mutex
	m  map[string]map[string]cached // by table, then by key
}

type cached struct {
	version uint64
	value   any
	expiry  time.Time
}

// maxCached bounds the entries of one table.
const maxCached = 4096

func (c *cache) get(table, key string, version uint64) (cached, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.m[table][key]
	return e, ok && e.version == version
}

func (c *cache) put(table, key string, e cached) {
	c.mu.Lock()
	defer c.mu.Unlock()
	m := c.m[table]
	if m == nil {
		m = map[string]cached{}
		c.m[table] = m
	}
	if len(m) >= maxCached {
		for k := range m { // any one will do
			delete(m, k)
			break
		}
	}
	m[key] = e
}

// keepsake is a value that a transaction wrote, for the cache once the commit
// has given it its version.
type keepsake struct {
	table  string
	value  any
	expiry time.Time
}

// remember puts what the transaction wrote into the cache, now that it has
// committed as the change of that id.
func (tx *Tx) remember(id uint64) {
	for i := range tx.slots.list {
		s := &tx.slots.list[i]
		if k := s.kept; k != nil && s.wrote && s.rec.Value != nil {
			tx.db.cache.put(k.table, s.rec.Key, cached{version: id, value: k.value, expiry: k.expiry})
		}
	}
}
