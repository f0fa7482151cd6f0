package httpadapter_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/httpadapter"
)

// addition begins to add a factor in a session of the host's own.
func (h *harness) addition(t *testing.T, session string) *sallyport.Confirmation {
	t.Helper()
	r, err := h.engine.AddFactor(t.Context(), sallyport.FactorChange{Session: session, Password: pass})
	if err != nil || r.Outcome != sallyport.EnrollmentWanted {
		t.Fatalf("got %v, %v", r, err)
	}
	return r
}

// TestAdditionPage: on the page of a request that adds an authenticator beside another a name
// can be given to it. One that cannot be used is refused beside its field and kept; a good
// one is shown, as text, where the page says what waits.
func TestAdditionPage(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	first, err := h.engine.Login(t.Context(), sallyport.Login{Username: "plain", Password: pass})
	if err != nil || first.Session == nil {
		t.Fatalf("got %v, %v", first, err)
	}
	session := first.Session.Handle
	b := newBrowser(t, h.adapter)
	id := h.addition(t, session).RequestID
	if a := b.get("/mfa/enroll/" + id + "?add=app"); strings.Contains(a.body, `name="name"`) {
		t.Error("the first authenticator is asked for a name")
	}
	id = h.addition(t, session).RequestID
	key := h.secretOf(t, id)
	if e, err := h.engine.ConfirmTOTP(t.Context(), sallyport.EnrollmentCall{RequestID: id}, h.code(t, key.Secret)); err != nil || !e.Active {
		t.Fatalf("got %+v, %v", e, err)
	}

	last := h.addition(t, session)
	page := "/mfa/enroll/" + last.RequestID
	a := b.get(page + "?add=app")
	a.want(t, 200, "")
	n, code := nonce(t, a), h.code(t, strings.ReplaceAll(typedKey.FindStringSubmatch(a.body)[1], " ", ""))
	bad := b.post(page, "action", "totp", "nonce", n, "code", code, "name", "a\u202eb"+nasty)
	wantRefusedForm(t, bad, "name", "This name cannot be used.")
	if !strings.Contains(bad.body, `value="a`) || strings.Contains(bad.body, nasty) || strings.Contains(bad.body, code) {
		t.Errorf("the name is not kept, or not as text: %s", bad.body)
	}
	done := b.post(page, "action", "totp", "nonce", n, "code", code, "name", nasty)
	done.want(t, 200, "")
	for _, part := range []string{"It is not active yet", "Go back to where you began, and confirm there", "&lt;svg/onload"} {
		if !strings.Contains(done.body, part) {
			t.Errorf("the page lacks %q: %s", part, done.body)
		}
	}
	h.clock.advance(30 * time.Second)
	r, err := h.engine.AddFactor(t.Context(), sallyport.FactorChange{Session: session, RequestID: last.RequestID, OptionID: last.Options[0].ID, Code: h.code(t, key.Secret)})
	if err != nil || r.Outcome != sallyport.Granted {
		t.Fatalf("approving it: got %v, %v", r, err)
	}
	if a := b.get(page); !strings.Contains(a.body, "This is done") {
		t.Errorf("after it was approved: %s", a.body)
	}
	if strings.Contains(done.body, "<svg/onload") || strings.Contains(done.body, "recovery codes") {
		t.Errorf("got %s", done.body)
	}
}
