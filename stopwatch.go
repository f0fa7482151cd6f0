package sallyport

import "time"

// stopwatch reads the monotonic clock, to measure with and never to judge by,
// for which there is clock.
func stopwatch() time.Time { return time.Now() }
