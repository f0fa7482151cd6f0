package sallyport_test

import (
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// named are the calls by which somebody says who they are. Each reports whether the
// account was found.
var named = map[string]func(t *testing.T, k *sallyporttest.Kit, text string) bool{
	"Login": func(t *testing.T, k *sallyporttest.Kit, text string) bool {
		return hostLogin(t, k, sallyport.Login{Username: text, Password: sallyporttest.Password}).Outcome == sallyport.Granted
	},
	"Login of a client": func(t *testing.T, k *sallyporttest.Kit, text string) bool {
		return k.HTTP().Login(text, sallyporttest.Password).Granted()
	},
	"ChangePassword": func(t *testing.T, k *sallyporttest.Kit, text string) bool {
		r, err := k.Engine.ChangePassword(t.Context(), sallyport.PasswordChange{Username: text, Password: sallyporttest.Password, NewPassword: "short"})
		return good(t, err) && r.Status == sallyport.NewPasswordShort
	},
	"BeginReset": func(t *testing.T, k *sallyporttest.Kit, text string) bool {
		n := mailsAfter(t, k, func() error { return k.Engine.BeginReset(t.Context(), sallyport.ResetRequest{Username: text}) })
		return n == 1
	},
	"ChangeAddress": func(t *testing.T, k *sallyporttest.Kit, text string) bool {
		r, err := k.Engine.ChangeAddress(t.Context(), sallyport.AddressChange{Username: text, Password: sallyporttest.Password, Email: "next@example.com"})
		return good(t, err) && r.Outcome == sallyport.Granted
	},
	"CloseAccount": func(t *testing.T, k *sallyporttest.Kit, text string) bool {
		r, err := k.Engine.CloseAccount(t.Context(), sallyport.AccountClosing{Username: text, Password: sallyporttest.Password})
		return good(t, err) && r.Outcome == sallyport.Granted
	},
}

// mailsAfter counts the mails that a call has sent, by another node that is closed.
func mailsAfter(t *testing.T, k *sallyporttest.Kit, call func() error) int {
	t.Helper()
	before := k.Outbox.Count()
	if err := call(); err != nil {
		t.Fatal(err)
	}
	k.Engine.Close() // which waits for mails
	return k.Outbox.Count() - before
}

// TestTypedPeople: whatever spelling somebody types of their name or address, each call
// finds the same account, or none.
func TestTypedPeople(t *testing.T) {
	for _, tt := range []struct {
		text string
		good bool
	}{
		{"Jürgen Weiß", true},
		{"  jürgen   weiß ", true},
		{"\tjürgen weiß", false},
		{"JÜRGEN WEISS", true},
		{"ju\u0308rgen weiß", true},
		{"ｊürgen ｗeiß", true},
		{"jürgen\u00a0weiß", false},
		{"\u200ejürgen weiß", false},
		{"jürgen weiß\u202c", false},
		{"jurgen weiss", false},
		{"jürgenweiß", false},
		{"juergen+home@example.com", true},
		{" JUERGEN+HOME@EXAMPLE.COM. ", true},
		{"juergen+Home@xn--bcher-kva.example", false},
		{"juergen@example.com", false},
		{"\"juergen+home\"@example.com", false},
		{"Jürgen Weiß <juergen+home@example.com>", false},
	} {
		for call, find := range named {
			k := hosted(t, sallyporttest.WithConfig(func(c *sallyport.Config) { c.SignInBy = sallyport.SignInByNameOrEmail }))
			_, err := setup(k).CreateUser(t.Context(), directory.NewUser{
				Name: "Jürgen Weiß", Password: sallyporttest.Password, Email: "Juergen+home@Example.com", EmailProven: true, Roles: []string{sallyporttest.RoleName},
			})
			if err != nil {
				t.Fatal(err)
			}
			if got := find(t, k, tt.text); got != tt.good {
				t.Errorf("%s of %q: got it found: %v, want %v", call, tt.text, got, tt.good)
			}
		}
	}
}
