package weblogin

import (
	"slices"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/page"
	"github.com/sallyport-auth/sallyport/mfa"
)

// accountRoutes are the pages on which somebody keeps their account.
func (p *Pages) accountRoutes() []route {
	list := []route{
		{path: p.opts.Account, look: (*visit).lookAccount, forms: accountForms},
		{path: p.opts.Account + "/password", look: (*visit).lookPassword, forms: passwordForms},
	}
	for _, c := range changes {
		list = append(list, c.route(p.opts.Account))
	}
	return list
}

// accountPage is what the page of an account shows.
type accountPage struct {
	*sallyport.Profile
	Notice    page.Text // what was done just now
	Languages []languageChoice
	Factors   []factorRow
	Codes     int  // recovery codes that are good
	HasApp    bool // which recovery codes stand in for
	Devices   []sallyport.Device
	Sessions  []sallyport.OpenSession
	Others    bool // there are other sessions than this one

	KeepsLanguage, ChangesFactors, Closes bool // what can be done here
	Elsewhere, NoPassword                 page.Text
	Home, Account, SignOut                string // paths
}

// languageChoice is one of the languages that somebody may choose.
type languageChoice struct {
	Tag, Name string
	Chosen    bool
}

// factorRow is a second factor, with what was typed as its name.
type factorRow struct {
	mfa.Factor
	IsApp bool
	Typed string
	Wrong bool // what was typed
}

// lookAccount shows the account of whoever looks.
func (v *visit) lookAccount() error {
	profile, err := v.p.engine.Profile(v.r.Context(), v.handle)
	if err != nil {
		return err
	}
	data := &accountPage{Profile: profile, Home: v.p.opts.Home, Account: v.p.opts.Account, SignOut: v.p.opts.SignOut}
	data.KeepsLanguage, data.ChangesFactors, data.Closes = keptHere(profile), typesPassword(profile), cannotClose(profile).IsZero()
	data.Languages = v.languages(profile.Language)
	if err := v.listFactors(data); err != nil {
		return err
	}
	if err := v.listDevices(data); err != nil {
		return err
	}
	if data.Sessions, err = v.p.engine.Sessions(v.r.Context(), v.handle); err != nil {
		return err
	}
	data.Others = slices.ContainsFunc(data.Sessions, func(s sallyport.OpenSession) bool { return !s.Present })
	data.Elsewhere, data.NoPassword = elsewhere(profile), passwordless(profile)
	data.Notice = v.takeNotice()
	return v.draw("account", page.Say("Your account"), data)
}

// listFactors lists the second factors. The one whose new name was refused has what was typed.
func (v *visit) listFactors(data *accountPage) error {
	list, err := v.p.engine.Factors(v.r.Context(), v.handle)
	if err != nil {
		return err
	}
	data.Codes = list.RecoveryCodes
	for _, f := range list.Factors {
		row := factorRow{Factor: f, IsApp: f.Transport == mfa.Authenticator, Typed: f.Name}
		if len(v.faults) > 0 && v.form["action"] == "rename" && v.form["factor"] == f.ID {
			row.Typed, row.Wrong = v.form["label"], true
		}
		data.HasApp = data.HasApp || row.IsApp
		data.Factors = append(data.Factors, row)
	}
	return nil
}

func (v *visit) listDevices(data *accountPage) error {
	list, err := v.p.engine.DevicesIn(v.r.Context(), v.handle, v.devices())
	if err != nil {
		return err
	}
	data.Devices = list
	return nil
}

// languages are those of the pages, and the one that an account says though it is none of them.
func (v *visit) languages(own string) (list []languageChoice) {
	for _, tag := range v.p.theme.Languages() {
		list = append(list, languageChoice{tag, page.LanguageName(tag), tag == own})
	}
	if own != "" && !slices.ContainsFunc(list, func(c languageChoice) bool { return c.Chosen }) {
		list = append(list, languageChoice{own, page.LanguageName(own), true})
	}
	return list
}

// keptHere reports whether the account is kept by the engine alone.
func keptHere(p *sallyport.Profile) bool { return !p.HostAccount && p.Module == "" }

// typesPassword reports whether the account has a password that its owner types, wherever it
// is kept: by it they begin a change of their factors.
func typesPassword(p *sallyport.Profile) bool { return p.HasPassword || !keptHere(p) }

// elsewhere says what of the account is changed in another place.
func elsewhere(p *sallyport.Profile) page.Text {
	switch {
	case keptHere(p):
		return page.Text{}
	case p.HasPassword:
		return page.Say("Your e-mail address and your language are kept elsewhere, and are changed there.")
	}
	return page.Say("Your password, your e-mail address and your language are kept elsewhere, and are changed there.")
}

// passwordless says what an account without a password lacks.
func passwordless(p *sallyport.Profile) page.Text {
	if typesPassword(p) {
		return page.Text{}
	}
	return page.Say("Your account has no password: you sign in by a code that we send. What has to be confirmed by a password cannot be changed here. Ask whoever runs this site.")
}

// cannotClose says why the owner cannot close the account here.
func cannotClose(p *sallyport.Profile) page.Text {
	if !keptHere(p) {
		return page.Say("Your account is kept elsewhere, and is closed there.")
	}
	return passwordless(p)
}
