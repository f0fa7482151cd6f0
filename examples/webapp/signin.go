package main

import (
	"net/http"

	"github.com/sallyport-auth/sallyport"
)

// signInView is what the page of the sign-in shows.
type signInView struct {
	Message    string
	Name       string      // as it was typed
	Factor     *factorView // nil: name and password are asked for
	Enrollment string      // where a second factor is added, if one is wanted
	RequestID  string      // of a login that goes on with the password
}

// signIn draws the sign-in page. All else is done by the guard.
func (s *site) signIn(w http.ResponseWriter, r *http.Request, result *sallyport.Result) {
	v := signInView{Name: r.PostFormValue("name")}
	if result == nil {
		show(w, r, http.StatusOK, "sign-in", v)
		return
	}
	v.Message = words(result.Reason)
	switch result.Outcome {
	case sallyport.FactorWanted, sallyport.Waiting:
		f := viewFactor(result.RequestID, result.Options, result.Reason, r.PostFormValue("option"))
		v.Factor = &f
	case sallyport.EnrollmentWanted:
		if v.RequestID = result.RequestID; result.Enrollment != nil {
			v.Enrollment = result.Enrollment.URL
		}
	}
	show(w, r, http.StatusOK, "sign-in", v)
}

// stepUpView is what the page of a step-up shows.
type stepUpView struct {
	Message  string
	Factor   *factorView // nil: it has not begun
	NoFactor bool        // the account has none that would do
}

// stepUp draws the page on which a second factor is proven anew.
func (s *site) stepUp(w http.ResponseWriter, r *http.Request, result *sallyport.Result) {
	v := stepUpView{}
	if result != nil {
		v.Message, v.NoFactor = words(result.Reason), result.Reason == sallyport.ReasonEnrollmentWanted
		if result.Outcome == sallyport.FactorWanted || result.Outcome == sallyport.Waiting {
			f := viewFactor(result.RequestID, result.Options, result.Reason, r.PostFormValue("option"))
			v.Factor = &f
		}
	}
	show(w, r, http.StatusOK, "step-up", v)
}
