package httpadapter

import (
	"slices"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/page"
	"github.com/sallyport-auth/sallyport/mfa"
)

// resetPage is what the templates of the page show.
type resetPage struct {
	*sallyport.ResetView
	Until  string // the time of day when the key dies
	Ways   []resetWay
	By     resetWay // that the code is asked of
	Others bool     // there is another way
}

// resetWay is one way to prove a factor: app or sms.
type resetWay struct {
	Name string
	sallyport.Option
}

// resetWays are the ways of a page, by names that may stand in its URL. The ids of
// options stand in none.
func resetWays(v *sallyport.ResetView) (list []resetWay) {
	for _, o := range v.Options {
		name := "sms"
		if o.Transport == mfa.Authenticator {
			name = "app"
		}
		list = append(list, resetWay{name, o})
	}
	return list
}

// resetWayOf finds a way by its name.
func resetWayOf(v *sallyport.ResetView, name string) (found resetWay, ok bool) {
	list := resetWays(v)
	i := slices.IndexFunc(list, func(w resetWay) bool { return w.Name == name })
	if i < 0 {
		return found, false
	}
	return list[i], true
}

// resetView is the page as it stands, or as it asks for the code of one way.
func (a *Adapter) resetView(v *sallyport.ResetView, by string) page.Page {
	data := &resetPage{ResetView: v, Until: page.Clock(v.Ends, a.location), Ways: resetWays(v)}
	data.Others = len(data.Ways) > 1
	chosen, ok := resetWayOf(v, by)
	switch {
	case v.Done:
		return resetDone.Page()
	case !v.WantsFactor:
		return page.Page{Name: "reset-password", Title: "Set a new password", Data: data}
	case len(data.Ways) == 0:
		return page.Page{Name: "reset-start", Title: "Set a new password", Data: data}
	case !ok && !data.Others && data.Ways[0].Name == "app":
		chosen, ok = data.Ways[0], true
	}
	if !ok {
		return page.Page{Name: "reset-choose", Title: "Show that it is you", Data: data}
	}
	data.By = chosen
	return page.Page{Name: "reset-code", Title: "Enter the code", Data: data}
}

// The notes with which a reset ends.
var (
	resetDone = page.Note{Title: "Your new password is set", Text: []string{
		"Every session of your account has ended. Sign in with the new password where you want to go on.",
		"You can close this page.",
	}}
	resetOver = page.Note{Title: "This link is no longer good", Text: []string{
		"It was used, its half hour is over, or there were too many wrong codes or refused passwords. Your password is as it was unless you have set a new one.",
		"To start again, ask for a new password once more where you sign in.",
	}}
	resetGuessesUsedUp = page.Note{Title: "Too many wrong codes", Text: []string{
		"So many wrong codes were given that none is accepted for a while, so that nobody can guess one.",
		"Try again in an hour.",
	}}
	resetImpossible = page.Note{Title: "You cannot show now that it is you", Text: []string{
		"Your account has a second way to sign in, and it cannot be asked for at the moment. Without it no new password is set.",
		"Ask whoever runs the service.",
	}}
)
