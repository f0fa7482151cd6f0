package form

import (
	"net/http"
	"net/netip"
	"strings"
)

// Address returns the network address of the user behind a request, without a
// port: the peer's, or what a trusted proxy says. It is empty if the address
// cannot be known.
func Address(r *http.Request, trusted []netip.Prefix) string {
	peer, ok := parseAddress(r.RemoteAddr)
	if !ok {
		return ""
	}
	return behindProxies(peer, r.Header["X-Forwarded-For"], trusted).String()
}

// behindProxies returns the first address that is not a trusted proxy's. It
// reads X-Forwarded-For from its end, where the nearest proxy wrote. What stands
// to the left of an address that is not trusted may be forged.
func behindProxies(peer netip.Addr, headers []string, trusted []netip.Prefix) netip.Addr {
	hops := strings.Split(strings.Join(headers, ","), ",")
	for i := len(hops) - 1; i >= 0 && isIn(trusted, peer); i-- {
		next, ok := parseAddress(strings.TrimSpace(hops[i]))
		if !ok {
			break
		}
		peer = next
	}
	return peer
}

// isIn reports whether one of the networks holds an address.
func isIn(networks []netip.Prefix, addr netip.Addr) bool {
	for _, p := range networks {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}

// parseAddress reads an address with or without a port.
func parseAddress(s string) (netip.Addr, bool) {
	if p, err := netip.ParseAddrPort(s); err == nil {
		return p.Addr().Unmap().WithZone(""), true
	}
	addr, err := netip.ParseAddr(strings.Trim(s, "[]"))
	if err != nil {
		return netip.Addr{}, false
	}
	return addr.Unmap().WithZone(""), true
}
