package weblogin

import (
	"errors"
	"slices"
	"strconv"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/page"
)

// accountForms are the forms of the page of an account: what a session alone may do. Each may
// come twice, and then finds nothing more to do.
var accountForms = map[string]func(*visit) error{
	"language": (*visit).postLanguage, "rename": (*visit).postRename, "forget": (*visit).postForget,
	"end": (*visit).postEnd, "others": (*visit).postSignOutOthers, "everywhere": (*visit).postSignOutAll,
}

// postLanguage sets the language of the account to one of the pages', or to none.
func (v *visit) postLanguage() error {
	tag := v.form["language"]
	if tag != "" && !slices.Contains(v.p.theme.Languages(), tag) && tag != v.who.Language {
		return v.refuse(page.Fault{Field: "language", Text: page.Sentences(page.Say("These pages do not speak that language."), page.Say("Choose one of the languages of the list."))})
	}
	err := v.p.engine.SetLanguage(v.r.Context(), v.handle, tag)
	if errors.Is(err, sallyport.ErrHostAccounts) || errors.Is(err, sallyport.ErrModuleAccount) {
		return v.refuse(keptElsewhere)
	}
	return v.didOr(err, didLanguage)
}

// postRename gives an authenticator another name.
func (v *visit) postRename() error {
	err := v.p.engine.RenameFactor(v.r.Context(), v.handle, v.form["factor"], v.form["label"])
	if errors.Is(err, sallyport.ErrNoFactor) {
		return v.refuse(refusedChange(sallyport.ReasonUnknownFactor))
	}
	if _, malformed := errors.AsType[*sallyport.ProtocolError](err); malformed {
		field, err := v.labelField()
		if err != nil {
			return err
		}
		return v.refuse(page.Fault{Field: field, Text: page.Sentences(page.Say("This name cannot be taken."), page.Say("Enter a name of at most 64 characters, such as “Work phone”."))})
	}
	return v.didOr(err, didRename)
}

// labelField is the id of the field in which the name of the form's factor is typed; empty:
// the account has no such factor.
func (v *visit) labelField() (string, error) {
	list, err := v.p.engine.Factors(v.r.Context(), v.handle)
	if err != nil {
		return "", err
	}
	for i, f := range list.Factors {
		if f.ID == v.form["factor"] {
			return "label-" + strconv.Itoa(i), nil
		}
	}
	return "", nil
}

// postForget forgets a remembered device. It is no fault if there is none of that id.
func (v *visit) postForget() error {
	id := v.form["device"]
	err := v.p.engine.ForgetDevice(v.r.Context(), v.handle, id)
	if before := v.devices(); err == nil && before != "" {
		v.keepDevices(sallyport.DropDeviceToken(before, id))
	}
	return v.didOr(err, didForget)
}

// postEnd ends a session. It is no fault if there is none of that id.
func (v *visit) postEnd() error {
	return v.didOr(v.p.engine.EndSession(v.r.Context(), v.handle, v.form["session"]), didEnd)
}

func (v *visit) postSignOutOthers() error {
	return v.didOr(v.p.engine.SignOutOthers(v.r.Context(), v.handle), didOthers)
}

func (v *visit) postSignOutAll() error {
	if err := v.p.engine.SignOutAll(v.r.Context(), v.handle); err != nil {
		return err
	}
	return v.postSignOut()
}

// didOr leads to the page of the account, which tells what was done, unless there was an error.
func (v *visit) didOr(err error, what string) error {
	if err != nil {
		return err
	}
	return v.done(what, v.p.opts.Account)
}
