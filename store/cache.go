package store

import (
	"sync"
	"time"

	"github.com/sallyport-auth/sallyport/internal/recent"
)

// cache keeps decoded values by key and version, those of each table apart, so
// that many sessions do not push a client out. Since a version never repeats,
// an entry is either right or unused; nothing expires by time.
type cache struct {
	mu     sync.Mutex
	tables map[string]*recent.Map[string, cached] // by name, then by key
}

type cached struct {
	version uint64
	value   any // a pointer to what the table holds
	expiry  time.Time
}

// maxCached bounds the entries of one table.
const maxCached = 4096

func (c *cache) table(name string) *recent.Map[string, cached] {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.tables[name]
	if t == nil {
		t = recent.New[string, cached](maxCached)
		c.tables[name] = t
	}
	return t
}

func (c *cache) get(table, key string, version uint64) (cached, bool) {
	e, ok := c.table(table).Get(key)
	return e, ok && e.version == version
}

func (c *cache) put(table, key string, e cached) { c.table(table).Put(key, e) }
