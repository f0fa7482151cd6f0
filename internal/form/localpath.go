package form

import (
	"net/url"
	"strings"
)

// maxLocalPath bounds what is led back to, in bytes.
const maxLocalPath = 2048

// LocalPath returns text where it is a path of this site, with or without a query, and "/"
// for all else: for where a browser is led to that was told in a request. It is exact: a
// text that a browser may read in another way than we do is none.
func LocalPath(text string) string {
	if len(text) > maxLocalPath || !strings.HasPrefix(text, "/") || strings.HasPrefix(text, "//") {
		return "/"
	}
	for i := range len(text) {
		// Browsers take a backslash for a slash, and drop tabs and line ends.
		if c := text[i]; c <= ' ' || c >= 0x7f || c == '\\' {
			return "/"
		}
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" || u.Fragment != "" {
		return "/"
	}
	return text
}
