package main

import (
	"crypto/rand"
	"errors"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/guard"
	"github.com/sallyport-auth/sallyport/store"
)

// by is who is signed in, as who acts and why. It is made of the session alone.
func by(r *http.Request, why string) sallyport.Actor {
	return sallyport.Actor{Access: guard.From(r.Context()), Reason: why}
}

const looking = "looks at the accounts"

// listView is what the page of the admins shows.
type listView struct {
	Search string
	Users  []*sallyport.User
	Next   string // the id to go on after; empty: that is all
}

// admin lists accounts, a page at a time, by a part of their names.
func (s *site) admin(w http.ResponseWriter, r *http.Request) {
	v := listView{Search: strings.TrimSpace(r.FormValue("search"))}
	if !utf8.ValidString(v.Search) || strings.ContainsFunc(v.Search, unicode.IsControl) {
		v.Search = ""
	}
	var err error
	if v.Users, v.Next, err = s.people.list(r.Context(), by(r, looking), v.Search, r.FormValue("after")); err != nil {
		fault(w, r, err)
		return
	}
	show(w, r, http.StatusOK, "admin", v)
}

// userView is what the page of one account shows.
type userView struct {
	*sallyport.User
	Factors  *sallyport.FactorList
	Sessions []sallyport.OpenSession
	Changes  []change
	Own      bool   // it is that of who is signed in, who changes nothing of it here
	Fresh    bool   // they may change something now
	Form     string // names each form of this page together with what it does
	Deeds    []deed // that make sense now
	Done     *done  // what the form has done that led here; nil: none did
	Wrong    string // what is wrong with the form that was sent
	Sent     string // the deed of that form
	Reason   string // that it gave
}

// change is one event of an account.
type change struct {
	sallyport.Event
	By string // name of who acted; empty: its owner, or nobody
}

// user shows one account.
func (s *site) user(w http.ResponseWriter, r *http.Request) {
	s.showUser(w, r, http.StatusOK, userView{})
}

func (s *site) showUser(w http.ResponseWriter, r *http.Request, status int, v userView) {
	ctx, id, actor := r.Context(), r.PathValue("id"), by(r, looking)
	var errs [3]error
	v.User, errs[0] = s.people.find(ctx, actor, id)
	v.Factors, errs[1] = s.engine.Admin(actor).Factors(ctx, id)
	v.Sessions, errs[2] = s.engine.Admin(actor).Sessions(ctx, id)
	if err := errors.Join(errs[:]...); err != nil {
		fault(w, r, err)
		return
	}
	v.Own, v.Fresh, v.Form = v.ID == actor.Access.AccountID, s.isFresh(r), rand.Text()
	v.Done = s.done.of(repeat{actor.Access.SessionID, id, r.URL.Query().Get("done")}, s.engine.Now())
	for _, e := range s.changes.last(v.ID, 10) {
		v.Changes = append(v.Changes, change{e, s.nameOf(r, e.Actor)})
	}
	for _, d := range deeds {
		if d.fits == nil || d.fits(v.User) {
			v.Deeds = append(v.Deeds, d)
		}
	}
	show(w, r, status, "user", v)
}

// nameOf is the name of who acted: of an account, or of a job.
func (s *site) nameOf(r *http.Request, actor string) string {
	if actor == "" {
		return ""
	}
	if u, err := s.people.find(r.Context(), by(r, looking), actor); err == nil {
		return u.Name
	}
	return actor
}

// fault answers where nothing could be shown or done.
func fault(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, directory.ErrNoUser) || errors.Is(err, store.ErrInvalid) { // what is in the address is no id
		show(w, r, http.StatusNotFound, "trouble", "There is no such account: it may have been deleted. Look for it in the list.")
		return
	}
	w.Header().Set("Retry-After", "2")
	show(w, r, http.StatusServiceUnavailable, "trouble", "This cannot be served at the moment. Look whether anything was done, and try again in a few seconds.")
}
