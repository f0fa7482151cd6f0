package sallyport

import "time"

// eventInterval is the length of the intervals of the audit trail. The events of
// one interval are sealed together and expire together, so that retention never
// takes a part of what was sealed as one. Ten minutes bound both what is not
// sealed yet, and how many seals there are: 57,600 in 400 days.
const eventInterval = 10 * time.Minute

// interval returns the number of the interval that at lies in, counted from 1970.
func interval(at time.Time) int64 { return at.Unix() / int64(eventInterval/time.Second) }

// intervalEnd returns when the interval of that number ends.
func intervalEnd(n int64) time.Time {
	return time.Unix((n+1)*int64(eventInterval/time.Second), 0).UTC()
}
