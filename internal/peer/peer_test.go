package peer_test

import (
	"testing"

	"github.com/sallyport-auth/sallyport/internal/peer"
)

func TestOf(t *testing.T) {
	type caller struct{ address, client string }
	for _, c := range []struct {
		name       string
		a, b       caller
		group, sub bool // whether the two are in the same
	}{
		{"one IPv4 address", caller{"192.0.2.1", ""}, caller{"192.0.2.1", ""}, true, true},
		{"two IPv4 addresses", caller{"192.0.2.1", ""}, caller{"192.0.2.2", ""}, false, true},
		{"the client of an address is not looked at", caller{"192.0.2.1", "a"}, caller{"192.0.2.1", "b"}, true, true},
		{"IPv4 mapped into IPv6", caller{"192.0.2.1", ""}, caller{"::ffff:192.0.2.1", ""}, true, true},
		{"mapped, with a zone", caller{"192.0.2.1", ""}, caller{"::FFFF:c000:201%eth0", ""}, true, true},
		{"two mapped addresses", caller{"::ffff:192.0.2.1", ""}, caller{"::ffff:192.0.2.2", ""}, false, true},
		{"one /64", caller{"2001:db8:1:2::1", ""}, caller{"2001:DB8:1:2:ffff:ffff:ffff:ffff", ""}, true, true},
		{"two /64 of one /48", caller{"2001:db8:1::1", ""}, caller{"2001:db8:1:ffff::1", ""}, true, false},
		{"two /48", caller{"2001:db8:1::1", ""}, caller{"2001:db8:2::1", ""}, false, false},
		{"zones are dropped", caller{"fe80::1%eth0", ""}, caller{"fe80::1%eth1", ""}, true, true},
		{"loopback of both kinds", caller{"127.0.0.1", ""}, caller{"::1", ""}, false, false},
		{"two of loopback", caller{"127.0.0.1", ""}, caller{"127.0.0.2", ""}, false, true},
		{"private", caller{"10.0.0.1", "a"}, caller{"10.0.0.2", "a"}, false, true},
		{"without address, one client", caller{"", "a"}, caller{"", "a"}, true, true},
		{"without address, two clients", caller{"", "a"}, caller{"", "b"}, false, true},
		{"nothing known", caller{"", ""}, caller{"nonsense", ""}, true, true},
		{"no address parses", caller{"192.0.2.1:80", "a"}, caller{"1.2.3", "a"}, true, true},
		{"a client named like an address", caller{"192.0.2.1", ""}, caller{"", "192.0.2.1"}, false, true},
	} {
		g1, s1 := peer.Of(c.a.address, c.a.client)
		g2, s2 := peer.Of(c.b.address, c.b.client)
		if (g1 == g2) != c.group || (s1 == s2) != c.sub {
			t.Errorf("%s: %v and %v: same group %v, same /64 %v, want %v, %v", c.name, c.a, c.b, g1 == g2, s1 == s2, c.group, c.sub)
		}
	}
	var zero peer.Group
	if g, _ := peer.Of("", ""); g != zero {
		t.Errorf("Of nothing = %v, want the zero Group", g)
	}
}
