package main

import (
	"errors"
	"net"
	"net/http"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/guard"
	"github.com/sallyport-auth/sallyport/mfa"
)

// accountView is what the page of an account shows.
type accountView struct {
	Message  string
	Factors  []mfa.Factor
	Sessions []sallyport.OpenSession
}

// account shows its owner what they can prove, and where they are signed in.
func (s *site) account(w http.ResponseWriter, r *http.Request) { s.showAccount(w, r, "") }

func (s *site) showAccount(w http.ResponseWriter, r *http.Request, message string) {
	handle := guard.HandleFrom(r.Context())
	factors, err := s.engine.Factors(r.Context(), handle)
	if err != nil {
		fault(w, r, err)
		return
	}
	sessions, err := s.engine.Sessions(r.Context(), handle)
	if err != nil {
		fault(w, r, err)
		return
	}
	show(w, r, http.StatusOK, "account", accountView{Message: message, Factors: factors.Factors, Sessions: sessions})
}

// addView is what the page shows on which a second factor is added.
type addView struct {
	Enrollment string // where that is done; empty: it was
	Factor     factorView
}

// addFactor takes the forms of both steps: the password, and a code of a factor that the
// account has already.
func (s *site) addFactor(w http.ResponseWriter, r *http.Request) {
	c, err := s.engine.AddFactor(r.Context(), sallyport.FactorChange{
		Session: guard.HandleFrom(r.Context()), Address: address(r), Password: r.PostFormValue("password"),
		RequestID: r.PostFormValue("request"), OptionID: r.PostFormValue("option"), Code: r.PostFormValue("code"),
	})
	if err != nil {
		fault(w, r, err)
		return
	}
	v := addView{Factor: viewFactor(c.RequestID, c.Options, c.Reason, r.PostFormValue("option"))}
	switch c.Outcome {
	case sallyport.Granted:
		http.Redirect(w, r, "/account", http.StatusSeeOther)
		return
	case sallyport.EnrollmentWanted:
		if v.Factor.Chosen = nil; c.Enrollment != nil {
			v.Enrollment = c.Enrollment.URL
		} else {
			v.Factor.Message = "Add the new one first, on the page that was opened for it."
		}
	case sallyport.FactorWanted, sallyport.Waiting:
	default:
		s.showAccount(w, r, words(c.Reason))
		return
	}
	show(w, r, http.StatusOK, "add-factor", v)
}

// signOutEverywhere ends all sessions of an account, this one last.
func (s *site) signOutEverywhere(w http.ResponseWriter, r *http.Request) {
	err := s.engine.SignOutAll(r.Context(), guard.HandleFrom(r.Context()))
	if err != nil && !errors.Is(err, sallyport.ErrInvalidSession) {
		fault(w, r, err)
		return
	}
	s.guard.SignOut(w, r)
}

// address is the network address of whoever calls. Behind a proxy of yours it is what that
// one says, and guard.Options.ClientAddress gets the same function.
func address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	return host
}
