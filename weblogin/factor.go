package weblogin

import (
	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/page"
	"github.com/sallyport-auth/sallyport/mfa"
)

// factorPage is what the templates show on which a second factor is proven.
type factorPage struct {
	sallyport.RequestView
	Of       string // of the request, in each form
	Option   sallyport.Option
	App      bool // it is an authenticator's
	Recovery bool // a recovery code is asked for in its place
	Link     bool // a link was sent
	Others   bool // there is another way
	Lead     page.Text
	Here     string // the address of this page
}

// lookFactor shows what is wanted next of a request that waits for a second factor.
func (t *talk) lookFactor(v *visit, p pending, r *sallyport.RequestView, lead page.Text) error {
	data := &factorPage{RequestView: *r, Of: v.tag(p.request), Others: len(r.Options) > 1, Lead: lead}
	data.Recovery = v.r.URL.Query().Get("by") == "recovery"
	if r.Chosen.Approved { // whatever was chosen since
		p.option = r.Chosen.ID
	}
	for _, o := range r.Options {
		if o.ID == p.option || len(r.Options) == 1 && o.Transport == mfa.Authenticator {
			data.Option = o
		}
	}
	data.Here = v.here()
	if data.Option.ID != r.Chosen.ID {
		data.Chosen = sallyport.ChosenOption{}
	}
	data.App, data.Link = data.Option.Transport == mfa.Authenticator, data.Option.Mode == mfa.Link
	switch {
	case data.Option.ID == "":
		return v.draw("factor-choose", page.Say("Show that it is you"), data)
	case data.Link:
		return v.show(page.Page{Name: "factor-link", Title: page.Say("Open the link that we have sent"), Data: data, Script: !data.Chosen.Approved})
	}
	return v.draw("factor-code", page.Say("Enter the code"), data)
}
