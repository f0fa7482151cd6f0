package httpadapter

import (
	"crypto/subtle"
	"net/http"
	"strings"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/form"
	"github.com/sallyport-auth/sallyport/internal/page"
)

// keyPage is a page to which a mail leads with a key. A GET of the link gives the key
// to the browser to keep, and leads to the page without it, so that the key stands in no
// history, no referrer and in one line of a log at most. A GET changes nothing, because
// mail scanners open links too.
type keyPage struct {
	path   string // below the issuer
	cookie string // the name of the one that keeps the key
	over   page.Note
	form   form.Vocabulary
	doc    keyPageDoc
	// view returns how it stands with a key. The error for one that is not good, and has
	// not done its work either, is ErrUnknownRequest.
	view func(r *http.Request, k keptKey) (*keyState, error)
}

// keyState is how it stands with a key.
type keyState struct {
	left  time.Duration // until it dies
	done  bool          // it has done its work
	nonce string        // which the forms of its page send back
	shown page.Page     // as it is looked at
	// post takes a form of the page. What went well leads to the page that shows the
	// outcome; what was refused is answered in place.
	post func(w http.ResponseWriter, r *http.Request, f form.Fields) error
}

// keyPageDoc says what each route of the page is for.
type keyPageDoc struct{ link, look, sent string }

// mountKeyPage adds the link of a mail, and the page that it leads to, to the table.
func (a *Adapter) mountKeyPage(p keyPage) {
	a.pageLeaf(p.path+"/{key}").
		on(http.MethodGet, p.doc.link, func(w http.ResponseWriter, r *http.Request) error { return a.openKeyLink(w, r, &p) })
	a.pageLeaf(p.path).
		on(http.MethodGet, p.doc.look, func(w http.ResponseWriter, r *http.Request) error { return a.openKeyPage(w, r, &p) }).
		on(http.MethodPost, p.doc.sent, func(w http.ResponseWriter, r *http.Request) error { return a.postKeyPage(w, r, &p) })
}

// keptKey is what the cookie says: the key of a mail, and what a page keeps beside it,
// such as the id of a request.
type keptKey struct{ key, beside string }

// kept reads the cookie. A browser that sends several has none.
func (p *keyPage) kept(r *http.Request) (k keptKey, ok bool) {
	list := r.CookiesNamed(p.cookie)
	if len(list) != 1 {
		return k, false
	}
	k.key, k.beside, _ = strings.Cut(form.Copied(list[0].Value), ".")
	return k, k.key != ""
}

// keptCookie returns the cookie for the page at that path. No other host and no script
// gets it. It lives as long as the key.
func (a *Adapter) keptCookie(name, path string, k keptKey, left time.Duration) *http.Cookie {
	value := k.key
	if k.beside != "" {
		value += "." + k.beside
	}
	return &http.Cookie{
		Name: name, Value: value, Path: path, MaxAge: max(1, int(left/time.Second)),
		HttpOnly: true, Secure: a.secure, SameSite: http.SameSiteLaxMode,
	}
}

// endedCookie takes the cookie of that name and path from the browser.
func (a *Adapter) endedCookie(name, path string) *http.Cookie {
	return &http.Cookie{Name: name, Path: path, MaxAge: -1, HttpOnly: true, Secure: a.secure, SameSite: http.SameSiteLaxMode}
}

// openKeyLink is a GET of the link in the mail. It sets the cookie and leads on. A HEAD,
// and what is no person's own look, get the same answer for every key.
func (a *Adapter) openKeyLink(w http.ResponseWriter, r *http.Request, p *keyPage) error {
	if done, err := a.onlyLooks(w, r); done || err != nil {
		return err
	}
	k := keptKey{key: form.LastSegment(r)}
	v, err := p.view(r, k)
	if err != nil {
		return a.explainKey(w, r, p, err)
	}
	if before, ok := p.kept(r); !ok || before.key != k.key { // else it goes on where it was
		http.SetCookie(w, a.keptCookie(p.cookie, a.parentPath(r), k, v.left))
	}
	a.leadTo(w, a.parentPath(r))
	return nil
}

// openKeyPage shows how far it is with the key that the browser keeps.
func (a *Adapter) openKeyPage(w http.ResponseWriter, r *http.Request, p *keyPage) error {
	if done, err := a.onlyLooks(w, r); done || err != nil {
		return err
	}
	k, ok := p.kept(r)
	if !ok {
		return sallyport.ErrUnknownRequest
	}
	v, err := p.view(r, k)
	if err != nil {
		return a.explainKey(w, r, p, err)
	}
	a.writePage(w, r, http.StatusOK, v.shown)
	return nil
}

// postKeyPage takes one of the page's forms, from a browser that keeps a key. One that
// comes late, as by a double click, leads to the outcome.
func (a *Adapter) postKeyPage(w http.ResponseWriter, r *http.Request, p *keyPage) error {
	f, err := form.Read(w, r, p.form, http.StatusUnsupportedMediaType)
	if err != nil {
		return err
	}
	k, ok := p.kept(r)
	if !ok {
		return sallyport.ErrUnknownRequest // a form comes from a page, whose browser has its cookie
	}
	v, err := p.view(r, k)
	switch {
	case err != nil:
		return a.explainKey(w, r, p, err)
	case v.done:
		a.seeOther(w, r, "")
		return nil
	case subtle.ConstantTimeCompare([]byte(v.nonce), []byte(f["nonce"])) != 1:
		v.shown.Faults = page.Faults{{Text: otherPage}}
		a.writePage(w, r, http.StatusBadRequest, v.shown)
		return nil
	}
	return v.post(w, r, f)
}

// otherPage is told of a form of an older page: the browser has opened another mail
// since, and keeps the key of that one.
var otherPage = page.Say("Nothing was changed: another link was opened in this browser since. This is the page of that one, so read it before you press the button.")

// onlyLooks answers a HEAD, and refuses what is no person's own look.
func (a *Adapter) onlyLooks(w http.ResponseWriter, r *http.Request) (done bool, err error) {
	switch {
	case r.Method == http.MethodHead:
		a.writePage(w, r, http.StatusOK, page.Note{}.Page())
		return true, nil
	case !isLook(r):
		return false, form.Refuse(http.StatusForbidden, "Sec-Fetch-Dest")
	}
	return false, nil
}

// explainKey says of a key that is not live what to do, and nothing of why.
func (a *Adapter) explainKey(w http.ResponseWriter, r *http.Request, p *keyPage, err error) error {
	if !isUnknown(err) {
		return err
	}
	a.writePage(w, r, http.StatusGone, p.over.Page())
	return nil
}
