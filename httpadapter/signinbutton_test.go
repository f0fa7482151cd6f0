package httpadapter_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/httpadapter"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// visitor is somebody with a browser at a kit.
type visitor struct {
	*sallyporttest.Kit
	*sallyporttest.Browser
	p *sallyporttest.Person
}

// unknown opens a page with a key that is none.
func unknown(page string, status int) func(*testing.T, *visitor) *sallyporttest.Page {
	return func(t *testing.T, v *visitor) *sallyporttest.Page {
		return v.Open(page+"/"+strings.Repeat("0", 64)).Want(t, status)
	}
}

func endReset(t *testing.T, v *visitor) *sallyporttest.Page {
	key := v.Outbox.Key(oldMail, func() {
		if err := v.Engine.BeginReset(t.Context(), sallyport.ResetRequest{Username: v.p.Name}); err != nil {
			t.Fatal(err)
		}
	})
	form := v.Open(resetPath+"/"+key).Form().Fill("password", "another fine one").Fill("again", "another fine one")
	return form.Submit("Set the password").Want(t, http.StatusOK, "Your new password is set")
}

func endAddress(t *testing.T, v *visitor) *sallyporttest.Page {
	page := v.Open((&mover{v.Kit, t, v.p}).ask(newMail))
	return page.Form().Submit("Confirm this address").Want(t, http.StatusOK, "Your address is confirmed")
}

func endUndo(t *testing.T, v *visitor) *sallyporttest.Page {
	page := v.Open((&mover{v.Kit, t, v.p}).moved(newMail))
	return page.Form().Submit("Take the change back").Want(t, http.StatusOK, "The change was taken back")
}

func endSignUp(t *testing.T, v *visitor) *sallyporttest.Page {
	form := v.Open("/account/verify/"+beginSignUp(t, v.Kit, "eva", evasMail)).Form().Fill("password", "a fine password 1")
	return form.Submit("Make my account").Want(t, http.StatusOK, "Your account")
}

// endLink answers a link, of a login that waits for it.
func endLink(button, title string) func(*testing.T, *visitor) *sallyporttest.Page {
	return func(t *testing.T, v *visitor) *sallyporttest.Page {
		held := v.InProcess().WaitLink(v.InProcess().Login(v.p.Name, v.p.Password), "Email")
		page := v.Open(held.Link).Form().Submit(button).Want(t, http.StatusOK, title)
		held.Answer()
		return page
	}
}

// TestSignInButton: pages that end where somebody signs in next lead there, where the host
// said where that is, and no others do.
func TestSignInButton(t *testing.T) {
	for _, c := range []struct {
		name     string
		end      func(t *testing.T, v *visitor) *sallyporttest.Page
		approval bool
		want     bool
	}{
		{"a reset", endReset, false, true},
		{"a reset that is over", unknown("/account/reset", http.StatusGone), false, true},
		{"a proven address", endAddress, false, true},
		{"an address that is over", unknown("/account/address", http.StatusGone), false, false},
		{"a restored address", endUndo, false, true},
		{"an invitation that is over", unknown("/account/invite", http.StatusGone), false, true},
		{"a sign-up", endSignUp, false, true},
		{"a sign-up that waits for approval", endSignUp, true, false},
		{"a link that was denied", endLink("This wasn’t me", "Stopped"), false, true},
		{"a link that was approved", endLink("It was me: approve", "Approved"), false, false},
		{"no page", unknown("/mfa/link", http.StatusNotFound), false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			for at, known := range map[string]bool{"/in?from=mail": true, "": false} {
				k := sallyporttest.New(t, sallyporttest.WithAdapter(func(o *httpadapter.Options) { o.SignIn = at }),
					sallyporttest.WithConfig(func(cfg *sallyport.Config) {
						cfg.SignUp = &sallyport.SignUp{Attributes: []string{"City"}, Approval: c.approval}
					}))
				v := &visitor{k, k.Browser(k.Handler()), k.AddUser(t, reads("", !strings.Contains(c.name, "address")))} // a factor would be asked for beside a new address
				text := strings.TrimSpace(c.end(t, v).Text)
				if got := strings.HasSuffix(text, "Sign in"); got != (c.want && known) {
					t.Errorf("got %q, want a button: %v", text, c.want && known)
				}
			}
		})
	}
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{SignIn: "/in?from=mail"})
	a := h.do(request("GET", "/account/reset", ""))
	if a.want(t, http.StatusNotFound, ""); !strings.Contains(a.body, `<p><a class="button" href="/in?from=mail">Sign in</a></p>`) {
		t.Errorf("got %s, want the button", a.body)
	}
}

// TestSignInIsLocal: a sign-in that is no path of the host is refused.
func TestSignInIsLocal(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	for _, at := range []string{"sign-in", "https://evil.example/in", "//evil.example", `/\evil.example`, "javascript:alert(1)", "/in#x", "/ in"} {
		if _, err := httpadapter.New(h.engine, httpadapter.Options{SignIn: at}); err == nil || !strings.Contains(err.Error(), "Options.SignIn") {
			t.Errorf("%q: got %v, want it refused by name", at, err)
		}
	}
}

// TestWithoutPages: the pages are left out, and the API stays.
func TestWithoutPages(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{WithoutPages: true})
	routes := map[string]bool{}
	for _, r := range h.adapter.Routes() {
		if routes[r.Pattern] = true; strings.HasPrefix(r.Path, "/account/") || strings.HasPrefix(r.Path, "/mfa/") {
			t.Errorf("got the page %s", r.Pattern)
		}
	}
	for _, r := range shared().adapter.Routes() {
		if page := strings.HasPrefix(r.Path, "/account/") || strings.HasPrefix(r.Path, "/mfa/"); !page && !routes[r.Pattern] {
			t.Errorf("the route %s is gone", r.Pattern)
		}
	}
	for _, at := range []string{"/account/reset", "/account/invite/x", "/mfa/enroll/x", "/mfa/link/x"} {
		a := h.do(request("GET", at, ""))
		a.want(t, http.StatusNotFound, "")
		wantHeader(t, a, "Content-Type", "application/json; charset=UTF-8")
	}
}
