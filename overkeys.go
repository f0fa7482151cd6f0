package sallyport

import (
	"sync"
	"time"
)

// keyKept is how long upkeep has to find, by the stopwatch, that a signing key has
// retired until it is removed, which no clock that is put right brings back.
const keyKept = time.Hour

// overKeys are the signing keys that have retired, and since when, by the stopwatch,
// each upkeep has found them so.
type overKeys struct {
	mu    sync.Mutex
	since map[string]time.Time
}

// gone returns which of the keys that are over may be removed.
func (o *overKeys) gone(over []string, watch time.Time) (ids []string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	since := make(map[string]time.Time, len(over))
	for _, id := range over {
		first, known := o.since[id]
		if !known {
			first = watch
		}
		since[id] = first
		if watch.Sub(first) >= keyKept {
			ids = append(ids, id)
		}
	}
	o.since = since
	return ids
}
