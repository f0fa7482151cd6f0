package sallyporttest

import (
	"cmp"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/internal/peer"
)

// cookies is the jar of a [Browser]. Which cookie goes where is the library's; this
// adds the kit's clock, by which cookies end, and what browsers refuse: of that it
// tells the test, since the host that sets such a cookie never sees it again.
type cookies struct {
	t    testing.TB
	jar  *cookiejar.Jar
	now  func() time.Time
	ends map[cookieKey]kept
}

// cookieKey names a cookie as a jar tells them apart.
type cookieKey struct{ host, domain, path, name string }

// kept is a cookie that ends.
type kept struct {
	from *url.URL
	set  http.Cookie
	end  time.Time
}

// Cookies returns what is sent to u.
func (c *cookies) Cookies(u *url.URL) []*http.Cookie {
	for key, k := range c.ends {
		if !c.now().Before(k.end) {
			c.forget(key, k)
		}
	}
	return c.jar.Cookies(trusted(u))
}

func (c *cookies) forget(key cookieKey, k kept) {
	delete(c.ends, key)
	k.set.MaxAge = -1
	c.jar.SetCookies(k.from, []*http.Cookie{&k.set})
}

// SetCookies keeps what u has set.
func (c *cookies) SetCookies(u *url.URL, list []*http.Cookie) {
	c.t.Helper()
	u = trusted(u)
	for _, one := range list {
		if why := refusal(u, one); why != "" {
			c.t.Errorf("sallyporttest: no browser keeps the cookie %q of %s: %s", one.Name, u.Path, why)
			continue
		}
		c.keep(u, *one)
	}
}

func (c *cookies) keep(u *url.URL, one http.Cookie) {
	key := cookieKey{u.Hostname(), one.Domain, cookiePath(u, &one), one.Name}
	delete(c.ends, key)
	end := one.Expires
	if one.MaxAge != 0 {
		end = c.now().Add(time.Duration(one.MaxAge) * time.Second) // below 0: it has ended
	}
	one.Expires, one.RawExpires, one.MaxAge = time.Time{}, "", 0
	switch {
	case end.IsZero():
	case !c.now().Before(end):
		one.MaxAge = -1
	default:
		c.ends[key] = kept{u, one, end}
	}
	c.jar.SetCookies(u, []*http.Cookie{&one})
}

// cookiePath is the path that a cookie is for: its own, or the folder of the page
// that set it.
func cookiePath(u *url.URL, c *http.Cookie) string {
	if strings.HasPrefix(c.Path, "/") {
		return c.Path
	}
	return path.Dir(cmp.Or(u.Path, "/"))
}

// trusted is u as browsers judge it: they take this machine for safe without TLS.
func trusted(u *url.URL) *url.URL {
	if !peer.IsLoopbackHost(u.Hostname()) {
		return u
	}
	safe := *u
	safe.Scheme = "https"
	return &safe
}

// refusal says why a browser does not keep a cookie; empty if it does.
func refusal(u *url.URL, c *http.Cookie) string {
	name, domain := strings.ToLower(c.Name), strings.TrimPrefix(strings.ToLower(c.Domain), ".")
	host := strings.ToLower(u.Hostname())
	switch {
	case strings.HasPrefix(name, "__secure-") && !c.Secure:
		return "a name that begins with __Secure- wants Secure"
	case strings.HasPrefix(name, "__host-") && (!c.Secure || c.Path != "/" || c.Domain != ""):
		return "a name that begins with __Host- wants Secure, Path=/ and no Domain"
	case c.SameSite == http.SameSiteNoneMode && !c.Secure:
		return "SameSite=None wants Secure"
	case domain != "" && host != domain && !strings.HasSuffix(host, "."+domain):
		return "its Domain is another's"
	}
	return ""
}
