package page

import (
	"crypto/sha256"
	_ "embed" // the style sheet
	"encoding/base64"
)

// style is the style sheet. It is part of every page, so that pages need no
// second request, and the policy allows it by its digest.
//
//go:embed style.css
var style string

// policy forbids scripts, all content from other places, forms that are sent to
// another site, and frames around the page.
var policy = "default-src 'none'; style-src 'sha256-" + digest(style) + "'; img-src data:; " +
	"form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return base64.StdEncoding.EncodeToString(sum[:])
}
