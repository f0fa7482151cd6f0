package peer

import (
	"net/netip"
	"strings"
)

// IsLoopbackHost reports whether host, without a port, is this machine:
// localhost, 127.0.0.0/8 or ::1.
func IsLoopbackHost(host string) bool {
	// Of nine bytes only ASCII is equal to it: what else folds to it is longer.
	if len(host) == len("localhost") && strings.EqualFold(host, "localhost") {
		return true
	}
	a, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && a.IsLoopback()
}
