package sallyport_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// everybody adds people in every state, each with a proven address where they may have
// one, and returns their names and those of nobody.
func everybody(t *testing.T, k *sallyporttest.Kit) []string {
	t.Helper()
	past := k.Clock.Now().Add(-time.Hour)
	names := []string{"nobody", "bad\u200bname", strings.Repeat("x", 200), "nobody@example.com"}
	for i, u := range []sallyporttest.User{
		{Name: "known"}, {Name: "factor", TOTP: true}, {Name: "disabled", Disabled: true}, {Name: "locked", Locked: true},
		{Name: "unapproved", NotApproved: true}, {Name: "must-change", MustChangePassword: true}, {Name: "no-role", Roles: []string{}},
		{Name: "no-password", Edit: func(u *directory.User) { u.Password = "" }},
		{Name: "expired", Edit: func(u *directory.User) { u.End = past }},
		{Name: "gone"}, {Name: "closed"},
	} {
		u.Email, u.EmailValidated = fmt.Sprintf("u%d@example.com", i), true
		p := k.AddUser(t, u)
		switch u.Name {
		case "gone":
			if err := setup(k).DeleteUser(t.Context(), p.ID); err != nil {
				t.Fatal(err)
			}
		case "closed":
			if _, err := setup(k).UpdateUser(t.Context(), p.ID, directory.UserChange{Locked: new(true), Approved: new(false), Email: new("")}); err != nil {
				t.Fatal(err)
			}
		}
		names = append(names, u.Name)
	}
	return names
}

// TestP9Routes: below /api/Password every answer before the right proof has the same bytes
// and headers, whoever is named and in whatever state they are, by form and by JSON.
func TestP9Routes(t *testing.T) {
	k := sallyporttest.New(t, sallyporttest.WithConfig(func(c *sallyport.Config) { c.SignUp = &sallyport.SignUp{} }))
	names := everybody(t, k)
	dead := deadKeys(t, k)
	for _, call := range []struct {
		route string
		each  []string // one of these stands in the field
		field string
		rest  map[string]string
		want  string
	}{
		{"Change", names, "Username", map[string]string{"password": "a wrong one", "newPassword": "a new password"}, `{"RequestId":"","Status":"OldPasswordDoesNotMatch","IsFailed":true,"Messages":[]}`},
		{"Change", names, "Username", map[string]string{"password": "another wrong", "newPassword": "short"}, `{"RequestId":"","Status":"OldPasswordDoesNotMatch","IsFailed":true,"Messages":[]}`},
		{"BeginReset", names, "Username", nil, `{"RequestId":"","Status":"Success","IsFailed":false,"Messages":[]}`},
		{"FinishReset", dead, "key", map[string]string{"newPassword": "a new password"}, `{"RequestId":"","Status":"ChangePasswordRequestKeyNotMatch","IsFailed":true,"Messages":[]}`},
		{"FinishReset", dead, "key", map[string]string{"newPassword": "short"}, `{"RequestId":"","Status":"ChangePasswordRequestKeyNotMatch","IsFailed":true,"Messages":[]}`},
		{"Change", dead, "requestId", map[string]string{"password": "a wrong one", "newPassword": "a new password"}, `{"RequestId":"","Status":"ChangePasswordRequestNotExists","IsFailed":true,"Messages":[]}`},
	} {
		first := ""
		for _, text := range call.each {
			fields := map[string]string{"client_id": sallyporttest.ClientID, "client_secret": sallyporttest.ClientSecret, call.field: text}
			for name, value := range call.rest {
				fields[name] = value
			}
			for _, kind := range []string{"application/json", "application/x-www-form-urlencoded"} {
				body := []byte(encodeForm(fields))
				if kind == "application/json" {
					var err error
					if body, err = json.Marshal(fields); err != nil {
						t.Fatal(err)
					}
				}
				r := httptest.NewRequest("POST", sallyporttest.Issuer+"/api/Password/"+call.route, strings.NewReader(string(body)))
				r.Header.Set("Content-Type", kind)
				w := httptest.NewRecorder()
				k.Handler().ServeHTTP(w, r)
				got := fmt.Sprint(w.Code, w.Header(), w.Body)
				if first == "" {
					first = got
				}
				if got != first || w.Body.String() != call.want {
					t.Errorf("%s of %.30q:\n got %s\nwant %s", call.route, text, got, first)
				}
			}
		}
	}
}

func encodeForm(fields map[string]string) string {
	v := url.Values{}
	for name, value := range fields {
		v.Set(name, value)
	}
	return v.Encode()
}

// deadKeys are keys and ids that are none at these routes: made up, spent, dead, or good
// for something else.
func deadKeys(t *testing.T, k *sallyporttest.Kit) []string {
	t.Helper()
	e, ctx := k.Engine, t.Context()
	k.AddUser(t, sallyporttest.User{Name: "carl", Email: "carl@example.com", EmailValidated: true, MFA: new(false)})
	reset := func() string {
		return k.Outbox.Key("carl@example.com", func() {
			if err := e.BeginReset(ctx, sallyport.ResetRequest{Username: "carl"}); err != nil {
				t.Fatal(err)
			}
		})
	}
	older := reset()
	spent := reset()
	if r, err := e.FinishReset(ctx, sallyport.ResetFinish{Key: spent, NewPassword: fresh}); err != nil || r.Status != sallyport.PasswordChanged {
		t.Fatal(r, err)
	}
	signUp := k.Outbox.Key(evasMail, func() {
		if _, err := e.Register(ctx, evas()); err != nil {
			t.Fatal(err)
		}
	})
	in := hostLogin(t, k, sallyport.Login{Username: "factor", Password: sallyporttest.Password})
	return []string{strings.Repeat("0f", 32), "x", older, spent, signUp, strings.ToUpper(older), in.RequestID}
}
