package token

import "time"

// Bounds of what a client may ask for of its refresh tokens.
const (
	// MinRefreshLife is the least of both their lives.
	MinRefreshLife = time.Minute
	// MaxRefreshLife is the most of both.
	MaxRefreshLife = 366 * 24 * time.Hour
)

// RefreshLife is how long a login through the client can be refreshed, whatever
// happens: what its record asks for, [DefaultRefreshLife] if that is nothing, never
// more than [MaxRefreshLife], and that of a SPA never more than [SPARefreshLife].
func (c *Client) RefreshLife() time.Duration {
	life := refreshLife(c.RefreshSeconds, DefaultRefreshLife)
	if c.Platform == SPA {
		return min(life, SPARefreshLife)
	}
	return life
}

// IdleLife is how long it can go without a refresh: what its record asks for,
// [DefaultRefreshIdle] if that is nothing, and never more than [Client.RefreshLife].
func (c *Client) IdleLife() time.Duration {
	return min(refreshLife(c.IdleSeconds, DefaultRefreshIdle), c.RefreshLife())
}

// refreshLife is a life in seconds as a duration. It is bounded before it is
// multiplied, so that no number in a record overflows.
func refreshLife(seconds int64, otherwise time.Duration) time.Duration {
	if seconds <= 0 {
		return otherwise
	}
	return time.Duration(min(seconds, int64(MaxRefreshLife/time.Second))) * time.Second
}

// Within returns the session as it stands under the present lives of its client, of
// which 0 leaves those of the login. What has become shorter counts from the login, or
// the last refresh, that there was; what has become longer counts from the next refresh
// on, and an absolute end never moves away.
func (s Session) Within(life, idle time.Duration) Session {
	if s.Refresh == nil {
		return s
	}
	if end := s.Created.Add(life); life > 0 && end.Before(s.Expires) {
		s.Expires = end
	}
	if idle <= 0 {
		return s
	}
	f := *s.Refresh // what a session has is replaced whole
	since := f.IdleAt.Add(-time.Duration(f.IdleSeconds) * time.Second)
	if end := since.Add(idle); end.Before(f.IdleAt) {
		f.IdleAt = end
	}
	f.IdleSeconds = int64(idle / time.Second)
	s.Refresh = &f
	return s
}
