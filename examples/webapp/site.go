package main

import (
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/guard"
	"github.com/sallyport-auth/sallyport/httpadapter"
)

// fresh is how lately a second factor has to be proven for what is dear.
const fresh = 5 * time.Minute

// site is the app's handlers.
type site struct {
	engine *sallyport.Engine
	guard  *guard.Guard
	coins  atomic.Int64 // in the vault
}

// newSite is the whole app: who may see which page, and what stands behind it.
func newSite(engine *sallyport.Engine, mails *outbox) (http.Handler, error) {
	s := &site{engine: engine}
	s.coins.Store(100)
	var err error
	if s.guard, err = guard.New(engine, guard.Options{Forbidden: page(http.StatusForbidden, "forbidden")}); err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	handle := func(pattern string, h http.HandlerFunc, who ...guard.Condition) {
		mux.Handle(pattern, s.guard.Require(who...)(h))
	}
	handle("GET /{$}", page(http.StatusOK, "home"), guard.Anonymous)
	handle("GET /members", page(http.StatusOK, "members"), guard.Role(member))
	handle("GET /admin", page(http.StatusOK, "admin"), guard.Role(admin))
	handle("GET /vault", s.vault, guard.Role(member), guard.Factor(fresh))
	handle("POST /vault", s.take, guard.Role(member), guard.Factor(fresh))
	handle("GET /account", s.account)
	handle("POST /account/factors", s.addFactor)
	handle("POST /sign-out-everywhere", s.signOutEverywhere)
	mux.Handle("/sign-in", s.guard.SignInPage(s.signIn))
	mux.Handle("/step-up", s.guard.StepUpPage(sallyport.Need{}, s.stepUp))
	mux.HandleFunc("POST /sign-out", s.guard.SignOut)
	mux.HandleFunc("GET "+outboxPath, mails.page)
	mux.HandleFunc("GET /style.css", style)
	return mux, mountMailed(mux, engine)
}

// mountMailed serves the pages that mails lead to, and the one on which a second factor is
// added. They come with the engine.
func mountMailed(mux *http.ServeMux, engine *sallyport.Engine) error {
	adapter, err := httpadapter.New(engine, httpadapter.Options{Name: "Webapp"})
	if err != nil {
		return err
	}
	for _, route := range adapter.Routes() {
		if strings.HasPrefix(route.Path, "/mfa/") || strings.HasPrefix(route.Path, "/account/") {
			mux.Handle(route.Pattern, route.Handler)
		}
	}
	return nil
}

// page is a handler that shows a page which needs nothing but who is signed in.
func page(status int, name string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { show(w, r, status, name, nil) }
}

func (s *site) vault(w http.ResponseWriter, r *http.Request) {
	show(w, r, http.StatusOK, "vault", s.coins.Load())
}

func (s *site) take(w http.ResponseWriter, r *http.Request) {
	s.coins.Add(-1)
	http.Redirect(w, r, "/vault", http.StatusSeeOther)
}

// fault answers where a call of the engine could not be made.
func fault(w http.ResponseWriter, r *http.Request, err error) {
	var malformed *sallyport.ProtocolError
	switch {
	case errors.Is(err, sallyport.ErrInvalidSession): // it has ended a moment ago
		http.Redirect(w, r, "/sign-in", http.StatusSeeOther)
	case errors.As(err, &malformed):
		show(w, r, http.StatusBadRequest, "trouble", "Something is missing in this form.")
	default:
		w.Header().Set("Retry-After", "2")
		show(w, r, http.StatusServiceUnavailable, "trouble", "Try again in a moment.")
	}
}
