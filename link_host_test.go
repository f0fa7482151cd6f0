package sallyport_test

import (
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/token"
)

// wantNumbers wants each link of a result to have a number, and nothing else.
func wantNumbers(t *testing.T, r *sallyport.Result) {
	t.Helper()
	for _, o := range r.Options {
		if (o.MatchNumber != "") != (o.Mode == mfa.Link) {
			t.Errorf("%s %s: got the number %q", o.Transport, o.Mode, o.MatchNumber)
		}
	}
}

// TestHostLinkNumber: links of the host's own logins have a number always, so that the links
// of two tabs do not wait for each other.
func TestHostLinkNumber(t *testing.T) {
	b := newInBrowser(t, everything)
	var tabs [2]sallyport.Login
	var numbers, links [2]string
	for i := range tabs {
		r := b.first()
		wantNumbers(t, r)
		tabs[i] = sallyport.Login{RequestID: r.RequestID, OptionID: way(r, byLink).ID}
		wantOutcome(t, "choosing", b.say(tabs[i]), sallyport.Waiting, "")
		numbers[i], links[i] = way(r, byLink).MatchNumber, linkToken(b.Outbox.LastLink(mail))
	}
	for i, link := range links {
		v, err := b.Engine.ViewLink(t.Context(), link)
		if err != nil || v.MustWait || !v.WantsNumber {
			t.Fatalf("tab %d: got %+v, %v, want a number wanted", i, v, err)
		}
		if out := typeNumber(t, b.Kit, link, numbers[i]); out != sallyport.LinkApproved {
			t.Errorf("tab %d: got %q", i, out)
		}
	}
	for _, in := range tabs {
		wantOutcome(t, "collecting", b.say(in), sallyport.Granted, "")
	}
}

// TestHostLinkNumberWithoutPassword: those of logins without a password have one, too.
func TestHostLinkNumberWithoutPassword(t *testing.T) {
	b := newInBrowser(t, sallyporttest.User{Email: mail, EmailValidated: true, Edit: asPasswordless})
	for _, name := range []string{"ada", "nobody"} {
		wantNumbers(t, b.say(sallyport.Login{Module: token.ModulePasswordless, Username: name}))
	}
}
