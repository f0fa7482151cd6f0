package sallyport_test

import (
	"errors"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// opened is an enrollment whose page a browser has opened.
func opened(t *testing.T, k *sallyporttest.Kit, a sallyporttest.Answer) sallyport.EnrollmentCall {
	t.Helper()
	call := pending(a)
	page, err := k.Engine.OpenEnrollmentPage(t.Context(), call)
	if err != nil {
		t.Fatal(err)
	}
	call.Browser, call.Nonce = page.Browser, page.Nonce
	return call
}

// TestEnrollmentPageEnds: to its browser the page says why nothing more can be done,
// for as long as the request is remembered, and to no other.
func TestEnrollmentPageEnds(t *testing.T) {
	for _, tt := range []struct {
		name  string
		end   func(t *testing.T, k *sallyporttest.Kit, a sallyporttest.Answer, call sallyport.EnrollmentCall)
		want  sallyport.EnrollmentEnd
		codes int
	}{
		{"granted", func(t *testing.T, k *sallyporttest.Kit, a sallyporttest.Answer, call sallyport.EnrollmentCall) {
			confirmApp(t, k, call)
			c := k.InProcess()
			c.Call(sallyport.Login{RequestID: a.RequestID, Username: "nora", Password: k.Person("nora").Password}).Want(t, sallyport.Success)
		}, sallyport.EnrollmentGranted, 10},
		{"granted a minute ago", func(t *testing.T, k *sallyporttest.Kit, a sallyporttest.Answer, call sallyport.EnrollmentCall) {
			confirmApp(t, k, call)
			k.InProcess().Call(sallyport.Login{RequestID: a.RequestID, Username: "nora", Password: k.Person("nora").Password}).Want(t, sallyport.Success)
			k.Clock.Advance(time.Minute)
		}, sallyport.EnrollmentGranted, 0},
		{"five wrong codes", func(t *testing.T, k *sallyporttest.Kit, _ sallyporttest.Answer, call sallyport.EnrollmentCall) {
			for _, code := range []string{"1", "2", "3", "4", "5"} {
				if r, err := k.Engine.ConfirmTOTP(t.Context(), call, code); err != nil || r.Status != sallyport.EnrollmentWrongCode {
					t.Errorf("code %s: got %+v, %v", code, r, err)
				}
			}
		}, sallyport.EnrollmentClosed, 0},
		{"twenty other logins", func(_ *testing.T, k *sallyporttest.Kit, _ sallyporttest.Answer, _ sallyport.EnrollmentCall) {
			for range 20 {
				k.InProcess().Login("nora", k.Person("nora").Password)
			}
		}, sallyport.EnrollmentOver, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k := sallyporttest.New(t)
			p := k.AddUser(t, sallyporttest.User{Name: "nora", MFA: new(true)})
			a := k.InProcess().Login(p.Name, p.Password)
			call := opened(t, k, a)
			tt.end(t, k, a, call)
			for range 2 {
				page, err := k.Engine.OpenEnrollmentPage(t.Context(), call)
				if err != nil || page.Ended != tt.want || len(page.RecoveryCodes) != tt.codes || page.Browser != "" || page.Transports != nil {
					t.Errorf("got %+v, %v, want it to say %q with %d codes", page, err, tt.want, tt.codes)
				}
			}
			for _, cookie := range []string{"", "another"} {
				other := call
				other.Browser = cookie
				if page, err := k.Engine.OpenEnrollmentPage(t.Context(), other); !errors.Is(err, sallyport.ErrUnknownRequest) {
					t.Errorf("cookie %q: got %+v, %v, want it unknown", cookie, page, err)
				}
			}
			k.Clock.Advance(mfa.Life)
			if page, err := k.Engine.OpenEnrollmentPage(t.Context(), call); !errors.Is(err, sallyport.ErrUnknownRequest) {
				t.Errorf("ten minutes later: got %+v, %v, want it unknown", page, err)
			}
		})
	}
}

// confirmApp confirms an authenticator from the page, twice, as a double click does.
func confirmApp(t *testing.T, k *sallyporttest.Kit, call sallyport.EnrollmentCall) {
	t.Helper()
	key, err := k.Engine.BeginTOTP(t.Context(), call)
	if err != nil {
		t.Fatal(err)
	}
	code := codeOf(key.Secret, k)
	var first string
	for range 5 {
		r, err := k.Engine.ConfirmTOTP(t.Context(), call, code)
		if err != nil || len(r.RecoveryCodes) != 10 || first != "" && r.RecoveryCodes[0] != first {
			t.Fatalf("got %+v, %v, want the same codes each time", r.Status, err)
		}
		first = r.RecoveryCodes[0]
	}
}

// TestViewBindsNobody: the answer to a form binds the page to no browser.
func TestViewBindsNobody(t *testing.T) {
	k := sallyporttest.New(t)
	p := k.AddUser(t, sallyporttest.User{Name: "nora", MFA: new(true)})
	a := k.InProcess().Login(p.Name, p.Password)
	for _, cookie := range []string{"", "mine"} {
		call := pending(a)
		call.Browser = cookie
		if page, err := k.Engine.ViewEnrollmentPage(t.Context(), call); !errors.Is(err, sallyport.ErrUnknownRequest) {
			t.Errorf("cookie %q: got %+v, %v, want it unknown", cookie, page, err)
		}
	}
	call := opened(t, k, a)
	if page, err := k.Engine.ViewEnrollmentPage(t.Context(), call); err != nil || page.Nonce != call.Nonce {
		t.Errorf("its browser: got %+v, %v", page, err)
	}
}

// TestEnrollmentPageAfterTheAPI: a browser that opens the page after somebody has
// confirmed by the request's id alone is shown no recovery codes.
func TestEnrollmentPageAfterTheAPI(t *testing.T) {
	k := sallyporttest.New(t)
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "nora", MFA: new(true)})
	a := c.Login(p.Name, p.Password)
	app, _ := c.BeginTOTP(a.RequestID)
	code := app.Code()
	for range 4 {
		if e := c.ConfirmTOTP(a.RequestID, code).Want(t, true); len(e.RecoveryCodes) != 10 {
			t.Errorf("got %d codes, want ten", len(e.RecoveryCodes))
		}
	}
	if e := c.ConfirmTOTP(a.RequestID, code).Want(t, true); e.RecoveryCodes != nil {
		t.Error("a fourth repeat shows the codes")
	}
	page, err := k.Engine.OpenEnrollmentPage(t.Context(), pending(a))
	if err != nil || !page.Active || page.RecoveryCodes != nil {
		t.Errorf("got %+v, %v, want it active without codes", page, err)
	}
}

// TestReturnURL: the page leads back where the client wants, to addresses that it
// lists, byte by byte, and where it lists none the field is ignored.
func TestReturnURL(t *testing.T) {
	const back = "https://app.example.com/back"
	for _, tt := range []struct {
		name      string
		list      []string
		sent      string
		want      string
		isRefused bool
	}{
		{"listed", []string{"https://other.example/", back}, back, back, false},
		{"none sent", []string{back}, "", "", false},
		{"none listed", nil, back, "", false},
		{"another", []string{back}, back + "/", "", true},
		{"in another case", []string{back}, "https://app.example.com/Back", "", true},
		{"with a query", []string{back}, back + "?x=1", "", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k := sallyporttest.New(t)
			k.Apply(t, func(f *directory.File) {
				for i := range f.Clients {
					f.Clients[i].EnrollmentReturnURIs = tt.list
				}
			})
			p := k.AddUser(t, sallyporttest.User{Name: "nora", MFA: new(true)})
			in := login(sallyport.Login{Username: p.Name, Password: p.Password, ReturnURL: tt.sent})
			r, err := k.Engine.Login(t.Context(), in)
			if tt.isRefused {
				if e, ok := errors.AsType[*sallyport.ProtocolError](err); !ok || e.Field != "ReturnURL" {
					t.Errorf("got %v, want the field refused", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			page, err := k.Engine.OpenEnrollmentPage(t.Context(), sallyport.EnrollmentCall{RequestID: r.RequestID})
			if err != nil || page.ReturnURL != tt.want {
				t.Errorf("got %q, %v, want %q", page.ReturnURL, err, tt.want)
			}
		})
	}
}

// TestEnrollmentPageAhead: of a request that began ahead of a clock that was set
// back the page tells no end that it did not come to.
func TestEnrollmentPageAhead(t *testing.T) {
	for back, known := range map[time.Duration]bool{time.Minute: true, time.Minute + 1: false} {
		k := sallyporttest.New(t)
		p := k.AddUser(t, sallyporttest.User{Name: "nora", MFA: new(true)})
		call := opened(t, k, k.InProcess().Login(p.Name, p.Password))
		k.Clock.Advance(-back)
		page, err := k.Engine.OpenEnrollmentPage(t.Context(), call)
		if known && (err != nil || page.Ended != "") || !known && !errors.Is(err, sallyport.ErrUnknownRequest) {
			t.Errorf("%v back: got %+v, %v, want it live: %v", back, page, err, known)
		}
	}
}
