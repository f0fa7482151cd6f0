package sallyport_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// wantField fails the test unless a call was refused because of that field, or
// with field "", for any other reason.
func wantField(t *testing.T, what string, a sallyporttest.Answer, field string) {
	t.Helper()
	got := ""
	if p, ok := errors.AsType[*sallyport.ProtocolError](a.Err); ok && p.Code == "invalid_request" {
		got = p.Field
	}
	if got != field {
		t.Errorf("%s: got %v, %v, want the field %q refused", what, a, a.Err, field)
	}
}

// TestFieldLength: a field may have 1,024 bytes. Passwords have a rule of their
// own, see TestPasswordLength.
func TestFieldLength(t *testing.T) {
	k := sallyporttest.New(t)
	c := k.InProcess()
	const id = "0e9cbd7e-7f4f-4f0a-8f51-8d1c4e2f7a11"
	for _, tt := range []struct {
		field string
		call  func(long string) sallyporttest.Answer
	}{
		{"client_id", func(s string) sallyporttest.Answer { return c.As(s, "x").Login("nobody", "x") }},
		{"client_secret", func(s string) sallyporttest.Answer { return c.As(sallyporttest.ClientID, s).Login("nobody", "x") }},
		{"scope", func(s string) sallyporttest.Answer { return c.WithScope(s).Login("nobody", "x") }},
		{"VGAuthenticationModule", func(s string) sallyporttest.Answer {
			return c.Call(sallyport.Login{Username: "nobody", Password: "x", Module: s})
		}},
		{"Username", func(s string) sallyporttest.Answer { return c.Login(s, "x") }},
		{"AuthenticationRequestId", func(s string) sallyporttest.Answer { return c.State(s) }},
		{"MFAAvailableId", func(s string) sallyporttest.Answer {
			return c.Call(sallyport.Login{RequestID: id, OptionID: s})
		}},
		{"MFASecureCode", func(s string) sallyporttest.Answer {
			return c.Call(sallyport.Login{RequestID: id, OptionID: id, Code: s})
		}},
	} {
		wantField(t, "1,024 bytes of "+tt.field, tt.call(strings.Repeat("x", 1024)), "")
		wantField(t, "1,025 bytes of "+tt.field, tt.call(strings.Repeat("x", 1025)), tt.field)
	}
}

// TestFieldsThatBelongTogether: what a call lacks is told by its name, before
// anything is read.
func TestFieldsThatBelongTogether(t *testing.T) {
	k := sallyporttest.New(t)
	c := k.InProcess()
	const id = "0e9cbd7e-7f4f-4f0a-8f51-8d1c4e2f7a11"
	for _, tt := range []struct {
		name  string
		in    sallyport.Login
		field string
	}{
		{"nothing", sallyport.Login{}, "Username"},
		{"a password alone", sallyport.Login{Password: "x"}, "Username"},
		{"a name alone", sallyport.Login{Username: "x"}, "Password"},
		{"an option without its request", sallyport.Login{Username: "x", Password: "x", OptionID: id}, "AuthenticationRequestId"},
		{"a code without its request", sallyport.Login{Username: "x", Password: "x", Code: "1"}, "AuthenticationRequestId"},
		{"a code without its option", sallyport.Login{RequestID: id, Code: "1"}, "MFAAvailableId"},
		{"a request alone", sallyport.Login{RequestID: id}, ""},
		{"a request and an option", sallyport.Login{RequestID: id, OptionID: id}, ""},
	} {
		wantField(t, tt.name, c.Call(tt.in), tt.field)
	}
}

// TestModule: the built-in module is known in every ASCII case, no other letter
// folds to one of its, and other modules are refused by name.
func TestModule(t *testing.T) {
	k := sallyporttest.New(t)
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "paul"})
	for _, module := range []string{"", "VGUser", "VGUSER", "vguser", "vGuSeR"} {
		c.Call(sallyport.Login{Module: module, Username: p.Name, Password: p.Password}).Want(t, sallyport.Success)
		wantField(t, module+" without a password", c.Call(sallyport.Login{Module: module, Username: p.Name}), "Password")
	}
	wantField(t, "a password where there is none", c.Call(sallyport.Login{Module: "Passwordless", Username: p.Name, Password: p.Password}), "Password")
	c.Call(sallyport.Login{Module: "Passwordless", Username: p.Name}).WantOAuth(t, "unauthorized_client")
	for _, module := range []string{"VGU\u017fer", "VGUser ", "LDAP"} { // the first has a long s
		c.Call(sallyport.Login{Module: module, Username: p.Name, Password: p.Password}).WantOAuth(t, "unauthorized_client")
		c.Call(sallyport.Login{Module: module, Username: p.Name}).WantOAuth(t, "unauthorized_client")
	}
}
