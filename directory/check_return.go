package directory

import (
	"net/url"
	"slices"
	"strings"

	"github.com/sallyport-auth/sallyport/internal/peer"
)

// maxReturnURIs bounds the addresses that the pages of one client lead back to.
const maxReturnURIs = 20

// returnURIs checks the addresses that the enrollment page may lead back to.
func (c *checker) returnURIs(path string, list []string) []string {
	if len(list) > maxReturnURIs {
		c.add(path, "more than %d addresses", maxReturnURIs)
	}
	if len(list) == 0 {
		return nil // as a record without any is read
	}
	seen := once{}
	for i, s := range list {
		at := element(path, i)
		if !isReturnURI(s) {
			c.add(at, "%.64q is no address to lead back to: want https, http to a loopback address, or a scheme of your own with a dot in it, and no fragment", s)
			continue
		}
		seen.check(c, at, s, "address")
	}
	return slices.Clone(list)
}

// isReturnURI reports whether a page may lead to an address. A scheme with a dot is
// a program's own (RFC 8252 section 7.1); one without, such as javascript, may run
// something in the page.
func isReturnURI(s string) bool {
	if len(s) > maxText || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`"<>\^`+"`{|}", r) }) {
		return false
	}
	u, err := url.Parse(s)
	switch {
	case err != nil, u.User != nil, strings.Contains(s, "#"):
		return false
	case u.Scheme == "https":
		return u.Hostname() != ""
	case u.Scheme == "http":
		return peer.IsLoopbackHost(u.Hostname())
	}
	return strings.Contains(u.Scheme, ".")
}
