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

// resetView is the page as it stands, or as it asks for the code of one way, in the language
// of the account.
func (a *Adapter) resetView(v *sallyport.ResetView, by string) page.Page {
	return a.resetScreen(v, by).In(v.Language)
}

func (a *Adapter) resetScreen(v *sallyport.ResetView, by string) page.Page {
	data := &resetPage{ResetView: v, Ways: resetWays(v)}
	data.Others = len(data.Ways) > 1
	chosen, ok := resetWayOf(v, by)
	switch {
	case v.Done:
		return a.toSignIn(resetDone).Page()
	case !v.WantsFactor:
		return page.Page{Name: "reset-password", Title: page.Say("Set a new password"), Data: data}
	case len(data.Ways) == 0:
		return page.Page{Name: "reset-start", Title: page.Say("Set a new password"), Data: data}
	case !ok && !data.Others && data.Ways[0].Name == "app":
		chosen, ok = data.Ways[0], true
	}
	if !ok {
		return page.Page{Name: "reset-choose", Title: page.Say("Show that it is you"), Data: data}
	}
	data.By = chosen
	return page.Page{Name: "reset-code", Title: page.Say("Enter the code"), Data: data}
}

// The notes with which a reset ends.
var (
	resetDone = page.Note{Title: page.Say("Your new password is set"), Text: []page.Text{
		page.Say("Every session of your account has ended. Sign in with the new password where you want to go on."),
		page.Say("You can close this page."),
	}}
	resetOver = page.Note{Title: page.Say("This link is no longer good"), Text: []page.Text{
		page.Say("It was used, its half hour is over, or there were too many wrong codes or refused passwords. Your password is as it was unless you have set a new one."),
		page.Say("To start again, ask for a new password once more where you sign in."),
	}}
	resetGuessesUsedUp = page.Note{Title: page.Say("Too many wrong codes"), Text: []page.Text{
		page.Say("So many wrong codes were given that none is accepted for a while, so that nobody can guess one."),
		page.Say("Try again in an hour."),
	}}
	resetImpossible = page.Note{Title: page.Say("You cannot show now that it is you"), Text: []page.Text{
		page.Say("Your account has a second way to sign in, and it cannot be asked for at the moment. Without it no new password is set."),
		page.Say("Ask whoever runs the service."),
	}}
)
