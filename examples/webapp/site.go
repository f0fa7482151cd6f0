package main

import (
	"net/http"
	"sync/atomic"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/guard"
	"github.com/sallyport-auth/sallyport/weblogin"
)

// fresh is how lately a second factor has to be proven for what is dear.
const fresh = 5 * time.Minute

// site is the app's handlers.
type site struct {
	engine  *sallyport.Engine
	people  roster
	changes *trail
	done    repeats
	coins   atomic.Int64 // in the vault
}

// newSite is the whole app: who may see which page, and what stands behind it. Before it are
// the pages of package weblogin: /sign-in, /step-up, /sign-out, /sign-up, /forgot, /account,
// and those that mails lead to.
func newSite(engine *sallyport.Engine, own *table, mails *outbox, changes *trail) (http.Handler, error) {
	s := &site{engine: engine, people: builtIn{engine}, changes: changes}
	if own != nil {
		s.people = ownTable{own, engine, changes}
	}
	s.coins.Store(100)
	g, err := guard.New(engine, guard.Options{Forbidden: page(http.StatusForbidden, "forbidden")})
	if err != nil {
		return nil, err
	}
	login, err := weblogin.New(g, weblogin.Options{Name: "Webapp"})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	handle := func(pattern string, h http.HandlerFunc, who ...guard.Condition) {
		mux.Handle(pattern, g.Require(who...)(h))
	}
	handle("GET /{$}", s.home, guard.Anonymous)
	handle("GET /members", page(http.StatusOK, "members"), guard.Role(member))
	handle("GET /vault", s.vault, guard.Role(member), guard.Factor(fresh))
	handle("POST /vault", s.onceFresh(s.take), guard.Role(member))
	handle("GET /admin", s.admin, guard.Role(admin))
	handle("GET /admin/users/{id}", s.user, guard.Role(admin))
	handle("POST /admin/users/{id}", s.onceFresh(s.changeUser), guard.Role(admin))
	mux.HandleFunc("GET "+outboxPath, mails.page)
	mux.HandleFunc("GET /style.css", style)
	return login.Wrap(http.MaxBytesHandler(mux, 64<<10)), nil
}

// isFresh reports whether who is signed in has proven a second factor lately.
func (s *site) isFresh(r *http.Request) bool {
	return guard.Factor(fresh).Met(guard.From(r.Context()), s.engine.Now())
}

// onceFresh is guard.Factor for a form: whoever has to prove a second factor first is told that
// nothing was done, and led there and back by a link. A page that is only looked at is led
// there by guard.Factor itself.
func (s *site) onceFresh(do http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !s.isFresh(r) {
			show(w, r, http.StatusForbidden, "prove", nil)
			return
		}
		do(w, r)
	}
}

// page is a handler that shows a page which needs nothing but who is signed in.
func page(status int, name string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { show(w, r, status, name, nil) }
}

func (s *site) home(w http.ResponseWriter, r *http.Request) {
	show(w, r, http.StatusOK, "home", s.engine.CanSignUp())
}

func (s *site) vault(w http.ResponseWriter, r *http.Request) {
	show(w, r, http.StatusOK, "vault", s.coins.Load())
}

func (s *site) take(w http.ResponseWriter, r *http.Request) {
	s.coins.Add(-1)
	http.Redirect(w, r, "/vault", http.StatusSeeOther)
}
