package limit_test

import (
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/internal/limit"
)

func TestRepeat(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	missed := limit.Repeat{Digest: []byte("digest"), At: at}
	for _, c := range []struct {
		name   string
		r      limit.Repeat
		digest string
		after  time.Duration
		want   bool
	}{
		{"at once", missed, "digest", 0, true},
		{"the last moment", missed, "digest", 10*time.Second - 1, true},
		{"ten seconds on", missed, "digest", 10 * time.Second, false},
		{"the clock was set back", missed, "digest", -1, false},
		{"another answer", missed, "digesT", time.Second, false},
		{"the beginning of it", missed, "dig", time.Second, false},
		{"nothing missed", limit.Repeat{At: at}, "", 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.r.Is([]byte(c.digest), at.Add(c.after)); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}
