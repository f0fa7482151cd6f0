package connlimit

import (
	"container/list"
	"net"
)

// conn is a connection that has a place. What follows listener is under its lock.
type conn struct {
	net.Conn
	listener *Listener
	group    *group

	place   *list.Element // in group.waiting; nil while at work
	working int           // requests that are being answered
	writing int           // calls of Write under way
	gone    bool          // has given its place up
}

// Write is a moment in which the peer is waited for: one that never reads what it
// asked for holds a place no longer than one that never asks.
func (c *conn) Write(b []byte) (int, error) {
	c.count(&c.writing, 1)
	defer c.count(&c.writing, -1)
	return c.Conn.Write(b)
}

// Close gives the place up.
func (c *conn) Close() error {
	c.listener.mu.Lock()
	c.leave()
	c.listener.mu.Unlock()
	return c.Conn.Close()
}

// count adds to one of the two numbers, and moves the connection to where it
// belongs by both.
func (c *conn) count(number *int, by int) {
	c.listener.mu.Lock()
	defer c.listener.mu.Unlock()
	*number += by
	waits := c.working == 0 || c.writing > 0
	switch {
	case c.gone:
	case waits && c.place == nil:
		c.place = c.group.waiting.PushBack(c)
	case !waits && c.place != nil:
		c.group.waiting.Remove(c.place)
		c.place = nil
	}
}

// leave gives the place up. The lock is held.
func (c *conn) leave() {
	if c.gone {
		return
	}
	c.gone = true
	if c.place != nil {
		c.group.waiting.Remove(c.place)
		c.place = nil
	}
	c.listener.count--
	if c.group.count--; c.group.count == 0 {
		delete(c.listener.groups, c.group.party)
	}
}
