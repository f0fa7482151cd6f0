package sallyport_test

import (
	"errors"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// TestReturnURLOfHost: the page of an enrollment leads back to pages of the host's own site
// alone, after a login and where a factor is added in a session.
func TestReturnURLOfHost(t *testing.T) {
	k := sallyporttest.New(t)
	k.AddUser(t, sallyporttest.User{Name: "zoe", MFA: new(true)})
	k.AddUser(t, sallyporttest.User{Name: "bob"})
	in := sallyport.Login{Username: "bob", Password: sallyporttest.Password}
	r, err := k.Engine.Login(t.Context(), in)
	if err != nil || r.Session == nil {
		t.Fatal(r, err)
	}
	for _, tt := range []struct {
		url  string
		good bool
	}{
		{sallyporttest.Issuer + "/sign-in?to=/a", true}, {"", true},
		{"https://evil.example/", false}, {"http://localhost:5000@evil.example/", false}, {"http://user@localhost:5000/", false},
		{"//localhost:5000/", false}, {"/sign-in", false}, {"javascript:alert(1)", false}, {"http://localhost:5001/", false}, {"https://localhost:5000/", false},
	} {
		out, err := k.Engine.Login(t.Context(), sallyport.Login{Username: "zoe", Password: sallyporttest.Password, ReturnURL: tt.url})
		if !tt.good {
			wantReturnURLRefused(t, err)
		} else if page, err := openEnrollment(t, k, out.RequestID); err != nil || page.ReturnURL != tt.url {
			t.Errorf("%s: got %q, %v", tt.url, page.ReturnURL, err)
		}
		added, err := k.Engine.AddFactor(t.Context(), sallyport.FactorChange{Session: r.Session.Handle, Password: sallyporttest.Password, ReturnURL: tt.url})
		if !tt.good {
			wantReturnURLRefused(t, err)
		} else if page, err := openEnrollment(t, k, added.RequestID); err != nil || page.ReturnURL != tt.url {
			t.Errorf("adding, %s: got %q, %v", tt.url, page.ReturnURL, err)
		}
	}
}

func openEnrollment(t *testing.T, k *sallyporttest.Kit, request string) (sallyport.EnrollmentPage, error) {
	t.Helper()
	return k.Engine.OpenEnrollmentPage(t.Context(), sallyport.EnrollmentCall{RequestID: request})
}

func wantReturnURLRefused(t *testing.T, err error) {
	t.Helper()
	if e, ok := errors.AsType[*sallyport.ProtocolError](err); !ok || e.Field != "ReturnURL" {
		t.Errorf("got %v, want ReturnURL refused", err)
	}
}
