package sallyport

import "time"

// longStep is how far the clock has to go back for the signing keys that were
// used ahead of it to sign no more. What they signed then is refused here, and
// becomes good at a resource server, which reads the key set alone, once its
// clock is there.
const longStep = time.Hour

// setBack is a long step back of the clock.
type setBack struct {
	to    time.Time // the clock after it
	nodes []string  // whose records tell of it, where it was met at the start
}
