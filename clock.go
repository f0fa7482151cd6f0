package sallyport

import "time"

// standStill is how far a clock may go back without being followed: as far as
// the machine's time service turns it, and as two readings may overtake each
// other.
const standStill = 5 * time.Second

// clock reads the time. Inside a process it stands still where it went back a
// little. Where it was set back by more it is followed, since everything else
// would last as much longer, and what was written ahead of it is judged by the
// rules of package moment.
func (e *Engine) clock() time.Time {
	for {
		last, now := e.last.Load(), e.cfg.Now().UnixNano() // in this order: what is read then is not older
		back := time.Duration(last - now)
		if back >= 0 && back <= standStill {
			return time.Unix(0, last).UTC()
		}
		if !e.last.CompareAndSwap(last, now) {
			continue
		}
		if back > 0 {
			e.logger.Error("the clock was set back, and is followed: what was granted ahead of it is dead, what was denied ahead of it begins now", "by", back)
		}
		return time.Unix(0, now).UTC()
	}
}
