package smtpsender

import (
	"sync"
	"time"
)

// idle are connections that wait for the next mail, the newest last. There are no more
// than mails may be sent at once.
type idle struct {
	end time.Duration

	mu     sync.Mutex
	list   []*conn
	closed bool
}

// take returns the newest, or nil.
func (i *idle) take() *conn {
	i.mu.Lock()
	defer i.mu.Unlock()
	if len(i.list) == 0 {
		return nil
	}
	c := i.list[len(i.list)-1]
	i.list = i.list[:len(i.list)-1]
	c.timer.Stop()
	return c
}

// put keeps a connection for a while.
func (i *idle) put(c *conn) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.closed || i.end < 0 {
		c.close()
		return
	}
	i.list = append(i.list, c)
	c.timer = time.AfterFunc(i.end, func() { i.drop(c) })
}

// drop ends a connection whose time is over, unless somebody has taken it.
func (i *idle) drop(c *conn) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for n, x := range i.list {
		if x == c {
			i.list = append(i.list[:n], i.list[n+1:]...)
			c.close()
			return
		}
	}
}

func (i *idle) close() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.closed = true
	for _, c := range i.list {
		c.timer.Stop()
		c.close()
	}
	i.list = nil
}
