package page

import (
	"crypto/sha256"
	_ "embed" // the style sheet and the script
	"encoding/base64"
)

// style is the style sheet. It is part of every page, so that pages need no
// second request, and the policy allows it by its digest.
//
//go:embed style.css
var style string

// script is the one script: it asks again whether a link was answered.
//
//go:embed wait.js
var script string

// policyOf forbids scripts, all content from other places, forms that are sent to
// another site, and frames around the page.
func policyOf(style string) string {
	return "default-src 'none'; style-src 'sha256-" + digest(style) + "'; img-src data:; " +
		"form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
}

// scriptPolicy allows the script by its digest, and its questions to this site.
var scriptPolicy = "; script-src 'sha256-" + digest(script) + "'; connect-src 'self'"

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// Style is the style sheet of the pages, for pages that are drawn elsewhere in the same look.
func (th *Theme) Style() string { return th.style }
