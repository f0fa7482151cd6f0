package main

import (
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/sallyport-auth/sallyport/internal/connlimit"
)

const (
	// otherFiles is how many open files are kept back for what is no connection
	// of a caller: the store, a database's connections, logs, senders. Half of
	// them go where there are few.
	otherFiles = 64

	// enoughConnections is the default where the system would allow more: some
	// hundred megabytes.
	enoughConnections = 16_384

	// One address has a quarter of them.
	addressShare = 4

	// tellEvery is how often at most the log tells of connections that were
	// closed.
	tellEvery = time.Minute
)

// mostConnections returns how many connections leave files for the rest, of so
// many that may be open; 0 for no bound.
func mostConnections(openFiles int) int {
	if openFiles == 0 {
		return enoughConnections
	}
	return max(openFiles-min(otherFiles, openFiles/2), 1)
}

// connections returns the bound that -max-connections says.
func (s *settings) connections(openFiles int) (int, error) {
	most := mostConnections(openFiles)
	switch {
	case s.maxConnections < 0:
		return 0, fmt.Errorf("-max-connections: want a number above 0, not %d", s.maxConnections)
	case s.maxConnections == 0:
		return min(most, enoughConnections), nil
	case openFiles > 0 && s.maxConnections > most:
		return 0, fmt.Errorf("-max-connections: this process may have %d files open, which leaves %d connections at most: raise that limit (ulimit -n), or name fewer than %d", openFiles, most, s.maxConnections)
	}
	return s.maxConnections, nil
}

// bound puts the bounds of connections around a listener. Loopback addresses and
// trusted proxies speak for many, so that no share binds them.
func (s *settings) bound(l net.Listener, total int, log *slog.Logger) *connlimit.Listener {
	var closed, told atomic.Int64
	began := time.Now()
	return connlimit.New(l, connlimit.Limits{
		Total: total, Share: max(total/addressShare, 1),
		Exempt: func(a netip.Addr) bool { return a.IsLoopback() || s.isProxy(a) },
		Exceeded: func() {
			n, at := closed.Add(1), int64(time.Since(began)/tellEvery)+1
			if last := told.Load(); last < at && told.CompareAndSwap(last, at) {
				log.Warn("there are as many connections as there may be: those that waited longest for their peers are closed for new ones", "most", total, "closed so far", n)
			}
		},
	})
}

func (s *settings) isProxy(a netip.Addr) bool {
	for _, p := range s.proxies {
		if p.Contains(a) {
			return true
		}
	}
	return false
}
