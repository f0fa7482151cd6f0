package weblogin

import (
	"github.com/sallyport-auth/sallyport/internal/page"
)

// signOutForms are those by which a session is ended.
var signOutForms = map[string]func(*visit) error{"": (*visit).postSignOut, "sign-out": (*visit).postSignOut}

// lookSignOut asks before it ends the session: a link or a picture signs nobody out.
func (v *visit) lookSignOut() error {
	if v.who == nil {
		return v.show(signedOut(v.p.paths.SignIn))
	}
	return v.draw("sign-out", page.Say("Sign out?"), v.signedIn())
}

// postSignOut ends the session of this browser, and leads to the page that says so. Doing it
// again shows the same.
func (v *visit) postSignOut() error {
	if err := v.p.guard.EndSession(v.w, v.r); err != nil {
		return err
	}
	for _, cookie := range []string{loginCookie, stepUpCookie, changeCookie, signUpCookie, forgotCookie} {
		v.drop(cookie)
	}
	return v.lead(v.p.opts.SignOut)
}

func signedOut(signIn string) page.Page {
	return page.Note{Title: page.Say("You are signed out"), Text: []page.Text{
		page.Say("Nobody is signed in here. You can close this page."),
	}, Link: linkTo(signIn, page.Say("Sign in"))}.Page()
}
