package httpadapter

import (
	"encoding/base64"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/form"
	"github.com/sallyport-auth/sallyport/internal/page"
	"github.com/sallyport-auth/sallyport/mfa"
)

// enrollPage is what the templates of the enrolment page show.
type enrollPage struct {
	sallyport.EnrollmentPage
	Step     string // of the way that is being added: app, email or sms
	Choices  []way
	Others   bool     // there is more than one way
	Prove    bool     // the address has to be proven before anything is added
	Key      *keyView // nil where it was shown too often
	Channel  sallyport.EnrollmentChannel
	Typed    string       // the address, or the name of an app, as it was sent
	Recovery []string     // in groups
	File     template.URL // the same as a text file
	Back     page.Link
}

// keyView is an authenticator key to be scanned or typed.
type keyView struct {
	sallyport.TOTPKey
	QR   template.URL // data:
	Link template.URL // otpauth:, for the device that shows this page
}

// way is one way to sign in that may be added.
type way struct {
	Over        mfa.Transport
	Step        string
	Title, Text page.Text // in the list of ways
	Add, Prove  page.Text // titles of the page that asks for the address
}

var ways = []way{
	{Over: mfa.Authenticator, Step: "app", Title: page.Say("Authenticator app"), Text: page.Say("An app on your phone shows a code. It works without a network."), Add: page.Say("Set up an authenticator app")},
	{Over: mfa.Email, Step: "email", Title: page.Say("E-mail"), Text: page.Say("We send a code or a link to your mailbox."), Add: page.Say("Add your e-mail address"), Prove: page.Say("First, confirm your e-mail address")},
	{Over: mfa.SMS, Step: "sms", Title: page.Say("Text message"), Text: page.Say("We send a code to your mobile phone."), Add: page.Say("Add your mobile number"), Prove: page.Say("First, confirm your mobile number")},
}

func wayOf(step string) (way, bool) {
	i := slices.IndexFunc(ways, func(w way) bool { return w.Step == step })
	if i < 0 {
		return way{}, false
	}
	return ways[i], true
}

// enrollQuery says which part of the page is shown.
var enrollQuery = form.Vocabulary{Exact: []string{"add", "other", "view"}}

// shown returns what the query asks to be shown. One that cannot be read asks for
// nothing.
func shown(r *http.Request) form.Fields {
	if len(r.URL.RawQuery) > form.MaxBody {
		return nil
	}
	pairs, err := form.Scan(form.Copied(r.URL.RawQuery))
	if err != nil {
		return nil
	}
	f, _ := enrollQuery.Gather(pairs, false) // nil after an error
	return f
}

// enrollView makes the page of what the engine says and the query asks for, in the
// language of the account.
func (a *Adapter) enrollView(r *http.Request, call sallyport.EnrollmentCall, state sallyport.EnrollmentPage, ask form.Fields) (page.Page, error) {
	p, err := a.enrollScreen(r, call, state, ask)
	return p.In(state.Language), err
}

// enrollScreen is the page without its language: one thing a screen.
func (a *Adapter) enrollScreen(r *http.Request, call sallyport.EnrollmentCall, state sallyport.EnrollmentPage, ask form.Fields) (page.Page, error) {
	p := &enrollPage{EnrollmentPage: state}
	if state.ReturnURL != "" {
		p.Back = page.Link{To: template.URL(state.ReturnURL), Text: page.Say("Go back to %s", state.Application)}
	}
	for _, w := range ways {
		if slices.Contains(state.Transports, w.Over) {
			p.Choices = append(p.Choices, w)
		}
	}
	p.Others = len(p.Choices) > 1
	p.addCodes()
	w, adds := wayOf(ask["add"])
	adds = adds && state.Ended == "" && (slices.Contains(state.Transports, w.Over) || state.ProveFirst == w.Over)
	switch {
	case adds:
		return a.stepView(r, call, p, w, ask["other"] != "")
	case len(p.Recovery) > 0 && ask["view"] == "" && ask["add"] == "":
		return p.draw("codes", page.Say("Save your recovery codes")), nil
	case state.Ended != "":
		return p.end(), nil
	case ask["add"] == "more" && len(p.Choices) > 0:
		return p.draw("choose", page.Say("Add a way to sign in")), nil
	case state.Active:
		return p.draw("done", page.Say("You are all set")), nil
	case state.ProveFirst != 0:
		i := slices.IndexFunc(ways, func(w way) bool { return w.Over == state.ProveFirst })
		return a.stepView(r, call, p, ways[i], false)
	case len(state.Staged) > 0:
		return p.draw("staged", page.Say("One more step")), nil
	case len(p.Choices) > 1:
		return p.draw("choose", page.Say("Set up a second factor")), nil
	case len(p.Choices) == 1:
		return a.stepView(r, call, p, p.Choices[0], false)
	}
	n := page.Note{Title: page.Say("Nothing to set up"), Text: []page.Text{page.Say("There is nothing to set up in this sign-in. Go back to where you signed in.")}, Link: p.Back}
	return n.Page(), nil
}

// draw returns the page as one of its templates draws it.
func (p *enrollPage) draw(name string, title page.Text) page.Page {
	return page.Page{Name: name, Title: title, Data: p}
}

// stepView is the screen of one way that is being added.
func (a *Adapter) stepView(r *http.Request, call sallyport.EnrollmentCall, p *enrollPage, w way, other bool) (page.Page, error) {
	p.Step, p.Prove = w.Step, p.ProveFirst != 0 && w.Over != mfa.Authenticator
	if w.Over == mfa.Authenticator {
		var err error
		p.Key, err = a.keyOf(r, call)
		return p.draw("app", w.Add), err
	}
	for _, c := range p.Channels {
		if c.Over == w.Over {
			p.Channel = c
		}
	}
	switch {
	case p.Exhausted:
		n := page.Note{Title: page.Say("Too many wrong codes"), Text: []page.Text{
			page.Say("Too many wrong codes were typed for this account. For a while no code of a message is accepted."),
			page.Say("Wait an hour, then sign in once more."),
		}, Link: p.Back}
		return n.Page(), nil
	case p.Channel.SentTo != "" && !other:
		return p.draw("code", page.Say("Enter the code")), nil
	case p.Prove:
		return p.draw("address", w.Prove), nil
	}
	return p.draw("address", w.Add), nil
}

// keyOf returns the key of the authenticator that may be added, or nil where it was
// shown as often as it may be.
func (a *Adapter) keyOf(r *http.Request, call sallyport.EnrollmentCall) (*keyView, error) {
	key, err := a.engine.BeginTOTP(r.Context(), call)
	switch {
	case isUnknown(err):
		return nil, nil
	case err != nil:
		return nil, err
	}
	png, err := key.PNG()
	if err != nil {
		return nil, err
	}
	return &keyView{
		TOTPKey: key,
		QR:      template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(png)),
		Link:    template.URL(key.URI),
	}, nil
}

// addCodes puts the recovery codes on the page.
func (p *enrollPage) addCodes() {
	for _, c := range p.RecoveryCodes {
		p.Recovery = append(p.Recovery, strings.ReplaceAll(page.Groups(c), " ", "-"))
	}
	p.File = template.URL("data:text/plain;charset=utf-8," + strings.Join(p.Recovery, "%0A") + "%0A")
}

// end is the page of a request that has ended.
func (p *enrollPage) end() page.Page {
	n := enrollEnds[p.Ended]
	if p.Adds && p.Ended == sallyport.EnrollmentGranted {
		n = page.Note{Title: page.Say("This is done"), Text: []page.Text{page.Say("What you confirmed is active. You can close this page.")}}
	}
	n.Link = p.Back
	return n.Page()
}

// enrollEnds say why nothing more can be done, and what to do.
var enrollEnds = map[sallyport.EnrollmentEnd]page.Note{
	sallyport.EnrollmentGranted: {Title: page.Say("This sign-in is complete"), Text: []page.Text{
		page.Say("You are signed in where you started. You can close this page."),
	}},
	sallyport.EnrollmentRefused: {Title: page.Say("This sign-in was refused"), Text: []page.Text{
		page.Say("Nothing more can be added in it. Go back to where you signed in."),
	}},
	sallyport.EnrollmentClosed: {Title: page.Say("Too many wrong codes"), Text: []page.Text{
		page.Say("This sign-in has ended because of too many wrong codes, so that nobody can guess one. Nothing more can be added in it."),
		page.Say("Go back to where you signed in and sign in once more. Use the newest code, and let your phone set its clock by the network."),
	}},
	sallyport.EnrollmentOver: {Title: page.Say("This sign-in has ended"), Text: []page.Text{
		page.Say("Many sign-ins to your account were started, and this one had to make room. Nothing more can be added in it."),
		page.Say("Go back to where you signed in and sign in once more. If you did not start so many, somebody knows your password: change it."),
	}},
}
