package connlimit_test

import (
	"errors"
	"net"
	"net/netip"
	"slices"
	"testing"

	"github.com/sallyport-auth/sallyport/internal/connlimit"
)

// TestPlaces lets connections come one after the other, of which none ever sends
// anything, and looks which of them are closed in the end.
func TestPlaces(t *testing.T) {
	const a, b, c = "192.0.2.1:1", "192.0.2.2:1", "192.0.2.3:1"
	const proxy, proxy2 = "198.51.100.7:1", "198.51.100.7:2"
	const proxy6, near6 = "[2001:db8:9::7]:1", "[2001:db8:9::8]:1" // of one /48
	proxies := []netip.Addr{netip.MustParseAddr("198.51.100.7"), netip.MustParseAddr("2001:db8:9::7")}
	tests := []struct {
		name         string
		total, share int
		from         []string
		closed       string // x for closed, in the order of from
	}{
		{"all have a place", 3, 3, []string{a, a, b}, "..."},
		{"the oldest of the largest goes", 3, 3, []string{b, a, a, c}, ".x.."},
		{"also for one of its own", 3, 3, []string{b, a, a, a}, ".x.."},
		{"a share is full, the whole is not", 9, 2, []string{b, a, a, a, a}, ".xx.."},
		{"a share is of all ports", 9, 2, []string{a, "192.0.2.1:2", "192.0.2.1:3"}, "x.."},
		{"mapped into IPv6", 9, 2, []string{a, "[::ffff:192.0.2.1]:1", a}, "x.."},
		{"one /48", 9, 2, []string{"[2001:db8:1:1::1]:1", "[2001:db8:1:2::1]:1", "[2001:db8:1:3::1]:1"}, "x.."},
		{"two /48", 9, 2, []string{"[2001:db8:1::1]:1", "[2001:db8:2::1]:1", "[2001:db8:3::1]:1"}, "..."},
		{"no address is one party", 9, 2, []string{"pipe", "other", "pipe"}, "x.."},
		{"a proxy has no share", 9, 1, []string{proxy, proxy2, proxy, a, b}, "....."},
		{"a proxy goes last", 4, 4, []string{proxy, proxy2, proxy, a, b, c}, "...xx."},
		{"a proxy goes where nobody else waits", 2, 2, []string{proxy, proxy2, proxy}, "x.."},
		{"a neighbour of a proxy has a share", 9, 2, []string{proxy6, near6, near6, near6, proxy6, proxy6}, ".x...."},
		{"a proxy beside a neighbour has none", 9, 1, []string{near6, proxy6, proxy6, near6}, "x..."},
		{"a neighbour of a proxy goes first", 3, 3, []string{proxy6, near6, proxy6, a}, ".x.."},
		{"one place", 1, 1, []string{a, b, c}, "xx."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inner, exceeded := newLine(), 0
			l := connlimit.New(inner, connlimit.Limits{
				Total: tt.total, Share: tt.share,
				Exempt:   func(a netip.Addr) bool { return slices.Contains(proxies, a) },
				Exceeded: func() { exceeded++ },
			})
			var calls []*call
			for _, from := range tt.from {
				calls = append(calls, inner.dial(from))
				if _, err := l.Accept(); err != nil {
					t.Fatal(err)
				}
			}
			got, closed := "", 0
			for _, c := range calls {
				if c.isClosed() {
					got += "x"
					closed++
				} else {
					got += "."
				}
			}
			if got != tt.closed || exceeded != closed {
				t.Errorf("closed: got %s, told %d times, want %s", got, exceeded, tt.closed)
			}
		})
	}
}

// TestPlaceComesBack: a connection that is closed leaves its place, once however
// often it is closed.
func TestPlaceComesBack(t *testing.T) {
	inner := newLine()
	l := connlimit.New(inner, connlimit.Limits{Total: 2, Share: 2})
	accept := func() (*call, net.Conn) {
		c := inner.dial("192.0.2.1:1")
		conn, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		return c, conn
	}
	first, _ := accept()
	for range 3 {
		_, conn := accept()
		conn.Close()
		conn.Close()
	}
	second, _ := accept()
	if first.isClosed() {
		t.Error("the first was closed although there was a place")
	}
	accept()
	if !first.isClosed() || second.isClosed() {
		t.Errorf("one too many: first closed %v, second %v, want the first alone", first.isClosed(), second.isClosed())
	}
	// What is closed takes part in nothing, whatever is still done with it.
	third, conn := accept()
	conn.Close()
	if _, err := conn.Write([]byte("x")); err == nil {
		t.Error("writing to a closed connection: no error")
	}
	fourth, _ := accept()
	fifth, _ := accept()
	accept()
	if !fourth.isClosed() || fifth.isClosed() {
		t.Errorf("the third %v, fourth %v and fifth %v are closed, want all but the fifth", third.isClosed(), fourth.isClosed(), fifth.isClosed())
	}
	l.Close()
	if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("after closing: got %v, want %v", err, net.ErrClosed)
	}
}
