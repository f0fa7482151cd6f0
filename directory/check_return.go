package directory

import (
	"net/url"
	"slices"
	"strings"

	"github.com/sallyport-auth/sallyport/internal/peer"
	"github.com/sallyport-auth/sallyport/token"
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

// maxRedirectURIs bounds the addresses that a client is led back to.
const maxRedirectURIs = 32

// redirectURIs checks the addresses that a login, or a sign-out, leads back to. They
// are compared byte by byte, so what looks like a pattern is refused, which would match
// nothing. A scheme of one's own is for programs that an operating system starts by it
// (RFC 8252 section 7.1), and a Service has no browser that could be led back.
func (c *checker) redirectURIs(path, platform string, list []string) []string {
	if len(list) > maxRedirectURIs {
		c.add(path, "more than %d addresses", maxRedirectURIs)
	}
	if len(list) == 0 {
		return nil // as a record without any is read
	}
	seen := once{}
	for i, s := range list {
		at := element(path, i)
		switch {
		case platform == string(token.Service):
			c.add(at, "a Service has no browser to lead back; leave the list empty")
		case strings.Contains(s, "*"):
			c.add(at, "%.64q holds *: addresses are compared byte by byte, list each of them", s)
		case !isReturnURI(s):
			c.add(at, "%.64q is no address to lead back to: want https, http to a loopback address, or of a Native client a scheme of its own with a dot in it, and no fragment", s)
		case !isWebURI(s) && platform != string(token.Native):
			c.add(at, "%.64q has a scheme of its own, which is for a Native client; want https, or http to a loopback address", s)
		default:
			seen.check(c, at, s, "address")
		}
	}
	return slices.Clone(list)
}

// isWebURI reports whether an address that [isReturnURI] takes is one that a browser
// opens by itself.
func isWebURI(s string) bool {
	scheme, _, _ := strings.Cut(strings.ToLower(s), ":")
	return scheme == "https" || scheme == "http"
}
