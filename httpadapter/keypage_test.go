package httpadapter_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/httpadapter"
	"github.com/sallyport-auth/sallyport/totp"
)

// isDone reports whether the key of a page has done its work.
func (m *mover) isDone(page, key string) (bool, error) {
	if page == "/account/invite" {
		v, err := m.Engine.ViewInvitation(m.t.Context(), key)
		return v.Done, err
	}
	v, err := m.Engine.ViewAddressKey(m.t.Context(), key)
	return v.Done, err
}

// TestAddressLinksSpendNothing: robots that open a link, and looks that are no person's,
// spend nothing and get nothing; a person's look moves the key into a cookie.
func TestAddressLinksSpendNothing(t *testing.T) {
	m := newMover(t, oldMail)
	undo := m.moved(newMail)
	for _, page := range []struct{ at, link, cookie, life string }{
		{"/account/undo", undo, "sallyport_undo", "259200"},
		{"/account/address", m.ask("two@example.org"), "sallyport_address", "86400"},
		{"/account/invite", (&inviting{m.Kit, t, m.p}).invite(), "sallyport_invite", "604800"},
	} {
		at, link, cookie := page.at, page.link, page.cookie+"="+keyOf(page.link)
		for _, tt := range []struct {
			what string
			r    *http.Request
			want int
		}{
			{"HEAD", request("HEAD", link, ""), 200},
			{"HEAD of no key", request("HEAD", at+"/x", ""), 200},
			{"a frame", request("GET", link, "", "Sec-Fetch-Dest", "iframe"), 403},
			{"a look ahead", request("GET", link, "", "Sec-Purpose", "prefetch"), 403},
			{"POST to the link", request("POST", link, "nonce=x", "Content-Type", formType), 405},
			{"HEAD of the page", request("HEAD", at, "", "Cookie", cookie), 200},
			{"the page in a frame", request("GET", at, "", "Cookie", cookie, "Sec-Fetch-Dest", "iframe"), 403},
			{"the page", request("GET", at, "", "Cookie", cookie), 200},
			{"the page with a form in its address", request("GET", at+"?nonce=x&key="+keyOf(link), "", "Cookie", cookie), 200},
			{"the page of another browser", request("GET", at, ""), 404},
			{"two cookies", request("GET", at, "", "Cookie", cookie+"; "+cookie), 404},
			{"another page's cookie", request("GET", at, "", "Cookie", "sallyport_reset="+keyOf(link)), 404},
			{"a form of another browser", request("POST", at, "nonce=x", "Content-Type", formType), 404},
			{"a form without a nonce", request("POST", at, "", "Content-Type", formType, "Cookie", cookie), 400},
			{"a form with another nonce", request("POST", at, "nonce=x", "Content-Type", formType, "Cookie", cookie), 400},
			{"JSON", request("POST", at, "{}", "Content-Type", "application/json", "Cookie", cookie), 415},
		} {
			a := serve(m.Handler(), tt.r)
			a.want(t, tt.want, "")
			wantPageHeaders(t, a)
			if wantHeader(t, a, "Set-Cookie", ""); strings.Contains(a.body, keyOf(link)) || t.Failed() {
				t.Fatalf("%s of %s: got %v %s", tt.what, at, a.header, a.body)
			}
		}
		a := serve(m.Handler(), request("GET", link, ""))
		a.want(t, 303, "")
		wantHeader(t, a, "Location", at)
		wantHeader(t, a, "Referrer-Policy", "no-referrer")
		wantHeader(t, a, "Set-Cookie", cookie+"; Path="+at+"; Max-Age="+page.life+"; HttpOnly; SameSite=Lax")
		done, err := m.isDone(at, keyOf(link))
		if err != nil || done {
			t.Errorf("%s: got it done: %v, %v", at, done, err)
		}
	}
	m.wantAddress(newMail, true)
}

// TestKeptKeyIsSecure: where the issuer is https, the cookie goes over https only.
func TestKeptKeyIsSecure(t *testing.T) {
	h := newHarness(t, "https://id.example.com", httpadapter.Options{})
	r, err := h.engine.ChangeAddress(t.Context(), sallyport.AddressChange{Username: "plain", Password: pass, Email: newMail})
	if err != nil || r.Outcome != sallyport.Granted {
		t.Fatalf("got %+v, %v", r, err)
	}
	link := h.outbox.await(t, func(msg sallyport.Message) bool { return msg.Kind == "address" }).Link
	if got := h.do(request("GET", path(t, link), "")).header.Get("Set-Cookie"); !strings.Contains(got, "; Secure") {
		t.Errorf("got cookie %s, want it secure", got)
	}
}

// TestKeptKeyGoesOn: a browser that opens the same link again goes on where it was.
func TestKeptKeyGoesOn(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	factors(t, h, totp.NewSecret())
	b, a, key := openReset(t, h, "app")
	at := b.send(a, "action", "begin")
	for _, again := range []*answer{b.get(resetPath + "/" + key), b.get(resetPath)} {
		again.want(t, 200, at.body)
	}
	if !strings.Contains(at.body, "Enter the code") {
		t.Errorf("got %s, want a code wanted", at.body)
	}
}

// TestAddressPagesParallel: however often a button is pressed at once, each press leads
// to the page, and the change is made once.
func TestAddressPagesParallel(t *testing.T) {
	m := newMover(t, oldMail)
	link := m.ask(newMail)
	cookie := "sallyport_address=" + keyOf(link)
	n := nonce(t, serve(m.Handler(), request("GET", pageOf(link), "", "Cookie", cookie)))
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			a := serve(m.Handler(), request("POST", pageOf(link), form("nonce", n), "Content-Type", formType, "Cookie", cookie))
			a.want(t, 303, "")
			wantHeader(t, a, "Location", pageOf(link))
		})
	}
	wait.Wait()
	m.Engine.Close() // which waits for mails
	if got := m.Outbox.Count(); got != 2 {
		t.Errorf("got %d messages, want the key and one that tells of the change", got)
	}
}

// TestAddressPagesElsewhere: the pages are served where the engine's mails lead, and not
// in the place of another page or route.
func TestAddressPagesElsewhere(t *testing.T) {
	for _, tt := range []struct {
		pages sallyport.Pages
		ok    bool
	}{
		{sallyport.Pages{Address: "/my/address", Undo: "/my/undo"}, true},
		{sallyport.Pages{Address: "/account/undo"}, false},
		{sallyport.Pages{Undo: "/Account/Reset"}, false},
		{sallyport.Pages{Address: "/connect/token"}, false},
	} {
		e, err := sallyport.New(t.Context(), sallyport.Config{Store: newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{}).store, InsecurePlainStore: true, Issuer: "http://127.0.0.1:5000", Pages: tt.pages})
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		a, err := httpadapter.New(e, httpadapter.Options{})
		if (err == nil) != tt.ok {
			t.Errorf("%+v: got %v, want it taken: %v", tt.pages, err, tt.ok)
		}
		if tt.ok && err == nil {
			serve(a, request("HEAD", tt.pages.Address, "")).want(t, 200, "")
			serve(a, request("HEAD", tt.pages.Undo+"/x", "")).want(t, 200, "")
			serve(a, request("HEAD", "/account/address", "")).want(t, 404, "")
		}
	}
}
