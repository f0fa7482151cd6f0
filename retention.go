package sallyport

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/sallyport-auth/sallyport/store"
)

const (
	// trailPortion is how much of the trail this process deletes in a trailPeriod
	// of the stopwatch, so that a clock that runs ahead has not deleted all of it
	// before somebody sees.
	trailPortion = 30 * 24 * time.Hour
	trailPeriod  = time.Hour
)

// trailBound is up to where the trail may be deleted.
type trailBound struct {
	mu    sync.Mutex
	since time.Time // by the stopwatch, when until was set; zero: never
	until time.Time
	swept time.Time // what was returned last
}

// limit returns until, or sooner where the trail of this period ends before. Other
// records wait with the trail, which is of no matter: what has expired is dead
// whether or not it is deleted.
func (b *trailBound) limit(ctx context.Context, db *store.DB, until time.Time) (time.Time, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	watch := stopwatch()
	if watch.Sub(b.since) >= trailPeriod {
		end, found, err := oldestEnd(ctx, db)
		switch {
		case err != nil:
			return time.Time{}, fmt.Errorf("reading the beginning of the trail: %w", err)
		case !found:
			return until, nil
		}
		if end.Before(b.swept) { // what is there all the same must not keep the rest
			end = b.swept
		}
		b.since, b.until = watch, end.Add(trailPortion)
	}
	b.swept = until
	if b.until.Before(until) {
		b.swept = b.until
	}
	return b.swept, nil
}

// oldestEnd returns when the oldest event that can be read expires. It is false
// where there is none.
func oldestEnd(ctx context.Context, db *store.DB) (end time.Time, found bool, err error) {
	for it, err := range events.Scan(ctx, db, time.Time{}, "", "") { // the zero time: also those that have expired
		switch {
		case err == nil:
			return it.Expires, true, nil
		case it.ID == "":
			return time.Time{}, false, err
		}
	}
	return time.Time{}, false, nil
}
