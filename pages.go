package sallyport

import (
	"cmp"
	"fmt"
	"regexp"
)

// Pages are paths below the issuer, of the pages that messages and answers lead to. Each
// begins with a slash, ends with none, and consists of letters, digits, '-', '_', '.', '~'
// and single slashes. What a page is about stands behind it, after a slash: the key of a
// mail, the token of a link, the id of a request.
//
// The adapter of package httpadapter serves all of these pages, at whatever paths stand
// here. A host without it serves them itself; without a page the mails lead nowhere. A
// GET or HEAD there must change nothing, since mail scanners open links: it shows what
// the view named below returns, and a POST makes the call.
type Pages struct {
	// Enroll is the page on which a second factor is added: [Engine.OpenEnrollmentPage]
	// and the calls of the enrolment. It is the only one whose GET may change something:
	// the first binds the request to its browser. Empty means /mfa/enroll.
	Enroll string
	// Link is the page of a link that was sent, of a sign-in, a step-up or a factor that
	// was added: [Engine.ViewLink] and [Engine.DecideLink]. Text messages hold its address,
	// so it should be short. Empty means /mfa/link.
	Link string
	// Reset is the page on which whoever forgot their password sets another:
	// [Engine.ViewReset] and [Engine.FinishReset]. Empty means /account/reset.
	Reset string
	// Verify is the page on which who signs up proves their address:
	// [Engine.ViewVerification] and [Engine.VerifyEmail]. The adapter serves it where
	// [Config].SignUp is set. Empty means /account/verify.
	Verify string
	// Address is the page on which a new address is proven: [Engine.ViewAddressKey] and
	// [Engine.ProveAddress]. Empty means /account/address.
	Address string
	// Undo is the page on which a change of address is taken back:
	// [Engine.ViewAddressKey] and [Engine.UndoAddress]. Empty means /account/undo.
	Undo string
	// Invite is the page on which who was invited to add a second factor begins:
	// [Engine.ViewInvitation] and [Engine.AcceptInvitation]. Empty means /account/invite.
	Invite string
}

// filled returns the paths with their defaults.
func (p Pages) filled() Pages {
	return Pages{
		Enroll:  cmp.Or(p.Enroll, "/mfa/enroll"),
		Link:    cmp.Or(p.Link, "/mfa/link"),
		Reset:   cmp.Or(p.Reset, "/account/reset"),
		Verify:  cmp.Or(p.Verify, "/account/verify"),
		Address: cmp.Or(p.Address, "/account/address"),
		Undo:    cmp.Or(p.Undo, "/account/undo"),
		Invite:  cmp.Or(p.Invite, "/account/invite"),
	}
}

// check returns what is wrong with the first path that is none.
func (p Pages) check() error {
	for _, page := range []struct{ name, path string }{
		{"Pages.Enroll", p.Enroll}, {"Pages.Link", p.Link}, {"Pages.Reset", p.Reset}, {"Pages.Verify", p.Verify},
		{"Pages.Address", p.Address}, {"Pages.Undo", p.Undo}, {"Pages.Invite", p.Invite},
	} {
		if page.path != "" && !pagePath.MatchString(page.path) {
			return fmt.Errorf("%s: %q is no path: want a slash first and none last, and between them letters, digits, '-', '_', '.' and '~'", page.name, page.path)
		}
	}
	return nil
}

var pagePath = regexp.MustCompile(`^(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+$`)

// pageURL is where a message or an answer leads.
func pageURL(issuer, page, key string) string { return issuer + page + "/" + key }
