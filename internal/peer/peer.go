// Package peer tells callers apart by where they come from, so that everything
// which strangers share is divided among them by one rule.
package peer

import "net/netip"

// Group is one party among callers: an IPv4 address, an IPv6 /48, or, of those
// without an address, a client. Groups can be compared and be the keys of a
// map. The zero Group is that of the callers of whom nothing is known.
type Group struct {
	block  netip.Prefix // /32 or /48; invalid without an address
	client string       // only without an address
}

// Of returns the group of a caller, and for an IPv6 address also its /64, the
// part of the group that one household or one machine usually holds. For other
// callers subnet is the zero Prefix.
//
// An IPv4 address mapped into IPv6 is an IPv4 address, zones are dropped, and
// loopback and private addresses are addresses like any other. An address that
// does not parse is none. Client is only compared.
func Of(address, client string) (g Group, subnet netip.Prefix) {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return Group{client: client}, netip.Prefix{}
	}
	a = a.Unmap().WithZone("")
	if a.Is4() {
		return Group{block: netip.PrefixFrom(a, 32)}, netip.Prefix{}
	}
	return Group{block: masked(a, 48)}, masked(a, 64)
}

// masked returns the block of a that has bits bits, which are at most 64 here
// and so never too many for an IPv6 address.
func masked(a netip.Addr, bits int) netip.Prefix { return netip.PrefixFrom(a, bits).Masked() }
