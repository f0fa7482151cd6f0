package main

import (
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/sallyport-auth/sallyport/internal/typed"
)

// maxOffset is the longest text of a duration that is read.
const maxOffset = 64

// offsetClock is the clock of -insecure-clock: the real one plus the duration
// in a file, which is read anew at every reading, so that a test can let time
// pass. While the file cannot be read, such as between truncating and writing
// it, the last duration holds.
type offsetClock struct {
	path string
	last atomic.Int64 // nanoseconds
}

func newOffsetClock(path string) (*offsetClock, error) {
	c := &offsetClock{path: path}
	d, err := c.offset()
	if err != nil {
		return nil, fmt.Errorf("-insecure-clock: %w", err)
	}
	c.last.Store(int64(d))
	return c, nil
}

func (c *offsetClock) offset() (time.Duration, error) {
	raw, err := readFile(c.path, maxOffset)
	if err != nil {
		return 0, err
	}
	d, err := time.ParseDuration(strings.TrimSpace(string(typed.File(raw))))
	if err != nil {
		return 0, fmt.Errorf("%s: want a duration such as 90s", c.path)
	}
	return d, nil
}

func (c *offsetClock) now() time.Time {
	if d, err := c.offset(); err == nil {
		c.last.Store(int64(d))
	}
	return time.Now().Add(time.Duration(c.last.Load()))
}
