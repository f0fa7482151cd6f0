package httpadapter

import (
	"net/http"
	"net/netip"
	"strings"
)

// address returns the network address of the user behind a request, without a
// port. It is empty if the address cannot be known.
func (a *Adapter) address(r *http.Request) string {
	if a.opts.ClientAddress != nil {
		return a.opts.ClientAddress(r)
	}
	peer, ok := parseAddress(r.RemoteAddr)
	if !ok {
		return ""
	}
	return a.behindProxies(peer, r.Header["X-Forwarded-For"]).String()
}

// behindProxies returns the first address that is not a trusted proxy's. It
// reads X-Forwarded-For from its end, where the nearest proxy wrote. What stands
// to the left of an address that is not trusted may be forged.
func (a *Adapter) behindProxies(peer netip.Addr, headers []string) netip.Addr {
	hops := strings.Split(strings.Join(headers, ","), ",")
	for i := len(hops) - 1; i >= 0 && a.trusts(peer); i-- {
		next, ok := parseAddress(strings.TrimSpace(hops[i]))
		if !ok {
			break
		}
		peer = next
	}
	return peer
}

// trusts reports whether an address is that of a trusted proxy.
func (a *Adapter) trusts(addr netip.Addr) bool {
	for _, p := range a.opts.TrustedProxies {
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
