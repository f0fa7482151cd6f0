package weblogin

import (
	"net/http"
	"time"

	"github.com/sallyport-auth/sallyport/internal/page"
)

// noticeLife is how long it may take until the page is drawn that tells what was done.
const noticeLife = time.Minute

// What was done by a form, as the next page tells it. The cookie holds one of these words and
// no text, so that nobody puts words of their own on a page.
const (
	didPassword = "password"
	didBefore   = "password-before"
	didEmail    = "email"
	didAdd      = "added"
	didRemove   = "removed"
	didRename   = "renamed"
	didForget   = "forgotten"
	didEnd      = "ended"
	didOthers   = "others"
	didLanguage = "language"
	didClose    = "closed"
)

var notices = map[string]page.Text{
	didPassword: page.Say("Your password is changed; every other session has ended."),
	didBefore:   page.Say("Your password was changed already, and was not changed once more."),
	didEmail:    page.Say("We have mailed a link to the new address. Open it within 24 hours: only then is the address yours, and you sign in anew. If nothing comes, check how you spelt it."),
	didAdd:      page.Say("Your second factor is added; every other session has ended."),
	didRemove:   page.Say("The second factor is removed; every other session has ended."),
	didRename:   page.Say("The name is changed."),
	didForget:   page.Say("That device is no longer remembered: the next sign-in on it asks for a second factor."),
	didEnd:      page.Say("That session is over."),
	didOthers:   page.Say("Every other session has ended, and no device is remembered any more."),
	didLanguage: page.Say("This is the language of these pages and of our messages now."),
}

// done leads to a page that tells what was done.
func (v *visit) done(what, path string) error {
	v.keep(noticeCookie, what, noticeLife)
	return v.lead(path)
}

// takeNotice is what was done just now. It is told once, by the page that follows the form.
func (v *visit) takeNotice() page.Text {
	said, known := notices[v.read(noticeCookie)]
	if !known || v.r.Method != http.MethodGet {
		return page.Text{}
	}
	v.drop(noticeCookie)
	return said
}
