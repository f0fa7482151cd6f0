package sallyport_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// texts lists every string in a JSON document.
func texts(t *testing.T, doc []byte) (list []string) {
	t.Helper()
	var v any
	if err := json.Unmarshal(doc, &v); err != nil {
		t.Fatal(err)
	}
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case string:
			list = append(list, v)
		case []any:
			for _, e := range v {
				walk(e)
			}
		case map[string]any:
			for _, e := range v {
				walk(e)
			}
		}
	}
	walk(v)
	return list
}

// TestP2FirstAnswerIsWorthNothing tries every string of a first answer as
// bearer, as refresh token and as code.
func TestP2FirstAnswerIsWorthNothing(t *testing.T) {
	k := sallyporttest.New(t)
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true, TOTP: true})
	a := c.Login(p.Name, p.Password).Want(t, wanted)
	if a.Response.VGToken != "" || bytes.Contains(a.Body, []byte("access_token")) {
		t.Errorf("the first answer holds a token")
	}
	for _, s := range texts(t, a.Body) {
		if _, err := k.Engine.Verify(t.Context(), s); !errors.Is(err, sallyport.ErrInvalidToken) {
			t.Errorf("%q as bearer: got %v, want an invalid token", s, err)
		}
		if _, err := k.Engine.Refresh(t.Context(), refresh(s)); err == nil {
			t.Errorf("%q as refresh token was good", s)
		}
		for _, o := range a.Options {
			r, err := k.Engine.Login(t.Context(), login(sallyport.Login{RequestID: a.RequestID, OptionID: o.ID, Code: s}))
			if len(s) <= 1024 && (err != nil && s != "" || err == nil && r.Tokens != nil) {
				t.Errorf("%q as code: got %v, %v", s, r, err)
			}
		}
	}
}

// TestP2RequestIDAlone sends the id without option and password, in every
// state of a request: never a token, an option id or a name.
func TestP2RequestIDAlone(t *testing.T) {
	k := sallyporttest.New(t)
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "marie-the-name", Email: mail, EmailValidated: true})
	look := func(state, id string, want sallyport.Status, options ...string) {
		t.Helper()
		a := c.State(id)
		if a.Status != want || a.Granted() || len(a.Options) > 0 || a.Enrollment != nil {
			t.Errorf("%s: got %s, want %s and nothing else", state, a, want)
		}
		for _, secret := range append(options, "marie") {
			if bytes.Contains(a.Body, []byte(secret)) {
				t.Errorf("%s: the answer holds %q", state, secret)
			}
		}
	}
	a := c.Login(p.Name, p.Password)
	ids := []string{option(t, a, "Email", "OTP"), option(t, a, "Email", "Link")}
	look("fresh", a.RequestID, wanted, ids...)
	a = c.Choose(a, "Email", "OTP")
	look("sent", a.RequestID, waiting, ids...)
	c.Answer(a, k.Outbox.LastCode(mail)).Want(t, sallyport.Success)
	look("finished", a.RequestID, dead, ids...)
	look("unknown", "0e9cbd7e-7f4f-4f0a-8f51-8d1c4e2f7a11", dead)

	a = c.Login(p.Name, p.Password)
	sendLink(t, k, a)
	c.Approve(k.Outbox.LastLink(mail))
	look("approved", a.RequestID, waiting)
	yes := true
	n := k.AddUser(t, sallyporttest.User{Name: "nora", MFA: &yes})
	a = c.Login(n.Name, n.Password)
	look("to enrol", a.RequestID, sallyport.Failure|sallyport.MFAEnrollmentRequired)
	c.Resume(a.RequestID, n.Name, n.Password).Want(t, a.Status) // with the password: what call 1 answered
	c.EnrollAuthenticator(a.RequestID)
	look("enrolled", a.RequestID, wanted)
}
