// Package connlimit bounds the connections of a server, in all and of one
// address, so that callers who open many and send little cannot keep the rest
// out.
//
// A connection waits for its peer until a whole request has come, and again once
// that is answered; while it is being answered it is at work, but for the moments
// in which its peer has to take what was written. One that is at work is never
// closed here. When there are as many connections as there may be, a newcomer
// takes the place of one that waits: of its own address where that has its share,
// else of the address with the most that wait; there, of the one that has waited
// longest. Where none waits the newcomer is closed at once: it is never left to
// stand in a queue that nobody can see.
package connlimit

import (
	"container/list"
	"net"
	"net/netip"
	"sync"

	"github.com/sallyport-auth/sallyport/internal/peer"
)

// Limits are the bounds of a [Listener].
type Limits struct {
	Total    int                   // connections, at least 1
	Share    int                   // of them those of one IPv4 address or IPv6 /48, at least 1
	Exempt   func(netip.Addr) bool // addresses that Share does not bind, such as those of proxies; nil for none
	Exceeded func()                // called, without a lock, for each connection that was closed for want of a place; nil for no call
}

// Listener accepts connections within [Limits]. Make one with [New], and tell it
// of work by [Listener.Attach].
type Listener struct {
	net.Listener
	limits Limits

	mu     sync.Mutex
	count  int
	groups map[party]*group
}

// party is who holds connections. An address that is exempt is never of the same
// party as its neighbours that are not, which would take its places or have none of
// their own bounds.
type party struct {
	peer.Group
	exempt bool
}

// group is what one party holds.
type group struct {
	party
	count   int
	waiting list.List // of *conn, the one that has waited longest first
}

// New returns a listener that accepts from inner, which it closes with itself.
func New(inner net.Listener, limits Limits) *Listener {
	return &Listener{Listener: inner, limits: limits, groups: map[party]*group{}}
}

// Accept returns the next connection that has a place. Errors are those of the
// inner listener.
func (l *Listener) Accept() (net.Conn, error) {
	for {
		inner, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		c, victim := l.admit(inner)
		if victim != nil {
			victim.Close()
		}
		if (c == nil || victim != nil) && l.limits.Exceeded != nil {
			l.limits.Exceeded()
		}
		if c != nil {
			return c, nil
		}
	}
}

// admit gives a connection a place, or returns itself as what has to be closed.
// A victim has given its place up and is closed by the caller, without the lock.
func (l *Listener) admit(inner net.Conn) (c *conn, victim net.Conn) {
	address := addressOf(inner)
	block, _ := peer.Of(address.String(), "")
	who := party{block, l.limits.Exempt != nil && l.limits.Exempt(address)}
	l.mu.Lock()
	defer l.mu.Unlock()
	g := l.groups[who]
	if g == nil {
		g = &group{party: who}
	}
	var loser *conn
	switch {
	case !g.exempt && g.count >= l.limits.Share:
		if loser = g.oldest(); loser == nil {
			return nil, inner
		}
	case l.count >= l.limits.Total:
		if loser = l.largest().oldest(); loser == nil {
			return nil, inner
		}
	}
	if loser != nil {
		loser.leave()
		victim = loser.Conn
	}
	c = &conn{Conn: inner, listener: l, group: g}
	l.groups[who] = g // it may have been forgotten with the loser
	l.count++
	g.count++
	c.place = g.waiting.PushBack(c)
	return c, victim
}

// addressOf returns the zero Addr for a peer without one.
func addressOf(c net.Conn) netip.Addr {
	a, err := netip.ParseAddrPort(c.RemoteAddr().String())
	if err != nil {
		return netip.Addr{}
	}
	return a.Addr().Unmap().WithZone("")
}

// oldest returns what has waited longest, nil if nothing waits.
func (g *group) oldest() *conn {
	if g == nil || g.waiting.Len() == 0 {
		return nil
	}
	return g.waiting.Front().Value.(*conn)
}

// largest returns the group with the most connections that wait, an exempt one
// only where no other has any, nil if nothing waits.
func (l *Listener) largest() (most *group) {
	for _, g := range l.groups {
		switch n := g.waiting.Len(); {
		case n == 0:
		case most == nil, most.exempt && !g.exempt:
			most = g
		case most.exempt == g.exempt && n > most.waiting.Len():
			most = g
		}
	}
	return most
}
