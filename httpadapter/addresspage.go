package httpadapter

import (
	"context"
	"net/http"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/form"
	"github.com/sallyport-auth/sallyport/internal/page"
	"github.com/sallyport-auth/sallyport/mfa"
)

// addressForm is what the form of either page sends.
var addressForm = form.Vocabulary{Exact: []string{"nonce"}}

// addressPage is one of the two pages of an address: on one a new address is proven, on
// the other a change is taken back.
type addressPage struct {
	a     *Adapter
	undo  bool
	shown page.Page // without its data
	label page.Text // of the button
	spend func(ctx context.Context, key string) (*sallyport.AddressResult, error)
	done  page.Note // once the key has done its work
	over  page.Note // of a key that is not live
}

// mountAddressPages adds the two pages to the table.
func (a *Adapter) mountAddressPages() {
	prove := &addressPage{
		a: a, shown: page.Page{Name: "address-prove", Title: page.Say("Confirm this address?")}, label: page.Say("Confirm this address"),
		spend: a.engine.ProveAddress, done: a.toSignIn(addressProven), over: addressOver,
	}
	undo := &addressPage{
		a: a, undo: true, shown: page.Page{Name: "address-undo", Title: page.Say("Take the change back?")}, label: page.Say("Take the change back"),
		spend: a.engine.UndoAddress, done: a.toSignIn(addressRestored), over: undoOver,
	}
	pages := a.engine.Pages()
	a.mountKeyPage(prove.keyPage(pages.Address, "sallyport_address", keyPageDoc{
		link: "The link by which a new address is proven. It leads to the page without the key.",
		look: "The page on which a new address is proven.",
		sent: "Makes the new address the account's.",
	}))
	a.mountKeyPage(undo.keyPage(pages.Undo, "sallyport_undo", keyPageDoc{
		link: "The link by which a change of address is taken back. It leads to the page without the key.",
		look: "The page on which a change of address is taken back.",
		sent: "Restores the address that the account had before.",
	}))
}

func (p *addressPage) keyPage(path, cookie string, doc keyPageDoc) keyPage {
	return keyPage{path: path, cookie: cookie, over: p.over, form: addressForm, doc: doc, view: p.view}
}

// view returns what a key is about. A key of the other page is none.
func (p *addressPage) view(r *http.Request, k keptKey) (*keyState, error) {
	v, err := p.a.engine.ViewAddressKey(r.Context(), k.key)
	switch {
	case err != nil:
		return nil, err
	case v.Undo != p.undo:
		return nil, sallyport.ErrUnknownRequest
	}
	shown := p.of(v).In(v.Language)
	return &keyState{
		left: v.Left, done: v.Done, nonce: v.Nonce, shown: shown,
		post: func(w http.ResponseWriter, r *http.Request, _ form.Fields) error { return p.post(w, r, k.key, shown) },
	}, nil
}

// addressView is what the templates show. They show the address masked, as it may be
// somebody else who opens the mail.
type addressView struct {
	User, Nonce string
	Masked      string // empty: none
	Ends        time.Time
	Button      page.Text
}

func (p *addressPage) of(v sallyport.AddressView) page.Page {
	if v.Done {
		return p.done.Page()
	}
	out := p.shown
	out.Data = &addressView{User: v.User, Nonce: v.Nonce, Masked: mfa.MaskEmail(v.Address), Ends: v.Ends, Button: p.label}
	return out
}

// post spends the key, or shows the page again and why nothing was changed.
func (p *addressPage) post(w http.ResponseWriter, r *http.Request, key string, shown page.Page) error {
	out, err := p.spend(r.Context(), key)
	if err != nil {
		return err
	}
	if why, told := addressFaults[out.Status]; told {
		shown.Faults = page.Faults{{Text: why}}
		p.a.writePage(w, r, http.StatusBadRequest, shown)
		return nil
	}
	p.a.seeOther(w, r, "") // also where the key has died meanwhile: the page says so
	return nil
}

// addressFaults say why a key that is good did nothing.
var addressFaults = map[sallyport.AddressStatus]page.Text{
	sallyport.AddressTaken:   page.Say("Nothing was changed: this has become the address of another account meanwhile."),
	sallyport.AddressRefused: page.Say("Nothing was changed: the address of this account was changed too often within three days. Try again later."),
}

// The notes with which these pages end.
var (
	addressProven = page.Note{Title: page.Say("Your address is confirmed"), Text: []page.Text{
		page.Say("It is the address of your account now, and every session of the account has ended. Sign in again where you want to go on."),
		page.Say("If your account had a confirmed address before, that one was told, and can take the change back within 72 hours. You can close this page."),
	}}
	addressOver = page.Note{Title: page.Say("This link is no longer good"), Text: []page.Text{
		page.Say("It has expired, or the account was changed after it was sent. The address of the account is as it was."),
		page.Say("If you still want this address, ask for the change once more."),
	}}
	addressRestored = page.Note{Title: page.Say("The change was taken back"), Text: []page.Text{
		page.Say("Your account has the address again that it had before, and every session of the account has ended."),
		page.Say("Whoever changed it may know your password: set a new one where you sign in."),
	}}
	undoOver = page.Note{Title: page.Say("This link is no longer good"), Text: []page.Text{
		page.Say("Its 72 hours are over, or the address of the account was changed back or set by an administrator after it was sent. Nothing was changed with it."),
		page.Say("If your account has an address that is not yours, tell whoever runs the service."),
	}}
)
