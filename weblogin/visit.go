package weblogin

import (
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"strconv"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/guard"
	"github.com/sallyport-auth/sallyport/internal/form"
	"github.com/sallyport-auth/sallyport/internal/page"
)

// visit is one request for a page, and what it is answered with.
type visit struct {
	p     *Pages
	route *route
	w     http.ResponseWriter
	r     *http.Request

	who     *sallyport.Access // who is signed in; nil: nobody
	handle  string            // of their session
	browser string            // the secret of the browser; empty: it brought none
	under   *pending          // what is under way since this form; nil: what the cookie says
	form    form.Fields       // of a POST
	faults  page.Faults       // what is wrong with it
	status  int               // of the answer; 0: 200
}

func newVisit(p *Pages, of *route, w http.ResponseWriter, r *http.Request) *visit {
	v := &visit{p: p, route: of, w: w, r: r, who: guard.From(r.Context()), handle: guard.HandleFrom(r.Context())}
	v.browser = v.readBrowser()
	return v
}

// show draws a page in the language of whoever looks.
func (v *visit) show(p page.Page) error {
	if v.who != nil {
		p.Language = v.who.Language
	}
	p.Faults, p.Nonce, p.SendsOrigin = v.faults, v.nonce(), true
	body, err := v.p.theme.Render(p, v.p.theme.Language(p.Language, v.r.Header.Get("Accept-Language")))
	if err != nil {
		return err
	}
	h := v.w.Header()
	v.p.theme.SetHeaders(h, p)
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	v.w.WriteHeader(max(v.status, http.StatusOK))
	_, _ = v.w.Write(body) // the only failure is a caller who has gone
	return nil
}

// draw shows one of the templates.
func (v *visit) draw(name string, title page.Text, data any) error {
	return v.show(page.Page{Name: name, Title: title, Data: data})
}

// lead leads to another page of this site (303). The script of a page goes there by itself: a
// redirect would show its answer to nobody, with what was to be told once.
func (v *visit) lead(path string) error {
	if v.form["action"] == "wait" {
		v.w.Header().Set("Location", path)
		v.w.WriteHeader(http.StatusNoContent)
		return nil
	}
	http.Redirect(v.w, v.r, path, http.StatusSeeOther)
	return nil
}

// onward is where who has signed in, or stepped up, came from.
func (v *visit) onward() string {
	if to := v.r.URL.Query().Get("to"); to != "" {
		return guard.LocalPath(to)
	}
	return v.p.opts.Home
}

// here is the address of this page, with where it leads on to, for a link that adds something.
func (v *visit) here() string {
	return v.route.path + "?to=" + url.QueryEscape(v.onward())
}

// stay leads to this very page, which shows how it stands.
func (v *visit) stay() error { return v.lead(v.r.URL.RequestURI()) }

// address is the network address of whoever calls.
func (v *visit) address() string { return v.p.guard.Address(v.r) }

func asRefusal(err error) (form.Refusal, bool) {
	e, ok := errors.AsType[*form.Refusal](err)
	if !ok {
		return form.Refusal{}, false
	}
	return *e, true
}

// linkTo is a link to a page of this site.
func linkTo(path string, text page.Text) page.Link {
	return page.Link{To: template.URL(path), Text: text}
}
