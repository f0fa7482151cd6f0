package token

import (
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/sallyport-auth/sallyport/internal/record"
	"github.com/sallyport-auth/sallyport/store"
)

// MaxOrigin is how many bytes the origin of a page has at most: a scheme, a name
// of DNS and a port.
const MaxOrigin = 270

// OriginEntry lists the clients that name an origin, by client id. It only finds
// them: which origins a client names now is in its own record.
type OriginEntry struct {
	Clients []string

	Unknown record.Unknown // what a newer program has written
}

// Origins holds the entries by [OriginKey]. The file of the directory writes
// them, with the clients.
var Origins = store.NewTable[OriginEntry]("origin", store.TableOptions{Cached: true, Large: true})

// OriginKey is the record id of an origin in [Origins]: a keyed hash, since what
// a caller sent is never pasted into a key.
func OriginKey(idx store.Index, origin string) string { return idx.ID("origin", origin) }

// ListsOrigin reports whether pages of that origin may read what the client is
// answered. The comparison is byte by byte, and a client that is switched off
// lists nothing.
func (c *Client) ListsOrigin(origin string) bool {
	return c.Active && slices.Contains(c.Origins, origin)
}

// IsOrigin reports whether s is the origin of a page as browsers send it (RFC
// 6454 section 6.2): http or https, a host in lower case, and a port where it is
// not the one of the scheme. What is spelt otherwise would never match.
func IsOrigin(s string) bool {
	u, err := url.Parse(s)
	if err != nil || len(s) > MaxOrigin || u.Scheme+"://"+u.Host != s {
		return false
	}
	usual, known := map[string]string{"http": "80", "https": "443"}[u.Scheme]
	return known && isHost(u.Host, u.Hostname()) && isPort(u.Host, u.Port(), usual)
}

// isHost reports whether a host is an address, or a name of DNS, as browsers
// write it.
func isHost(host, name string) bool {
	if strings.HasPrefix(host, "[") {
		a, err := netip.ParseAddr(name)
		return err == nil && a.Is6() && !a.Is4In6() && a.Zone() == "" && a.String() == name
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return false
		}
	}
	if last := name[strings.LastIndexByte(name, '.')+1:]; last[0] >= '0' && last[0] <= '9' {
		a, err := netip.ParseAddr(name) // browsers take a name that ends in a number for an address
		return err == nil && a.Is4()
	}
	return true
}

// isPort reports whether a host has no port, or one that is not the usual of its
// scheme, without leading zeros.
func isPort(host, port, usual string) bool {
	if port == "" {
		return !strings.HasSuffix(host, ":")
	}
	n, err := strconv.ParseUint(port, 10, 16)
	return err == nil && n > 0 && port != usual && strconv.FormatUint(n, 10) == port
}
