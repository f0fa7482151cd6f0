package sallyport_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/sealed"
)

// living is a life of an account, with all that nobody may read afterwards.
type living struct {
	*signing
	b       *sallyporttest.Browser
	secrets map[string]string // by what they are
	typed   map[string]string // what is no secret, and sealed all the same
}

func newLiving(t *testing.T, plain bool) *living {
	s := newSigning(t, func(c *sallyport.Config) {
		c.ProvenAddressIsFactor = true
		if plain {
			c.Keys, c.InsecurePlainStore = sealed.Keys{}, true
		}
	}, sallyporttest.WithStore(memstore.New()))
	return &living{s, s.Browser(s.Handler()), map[string]string{}, map[string]string{"name": "evangelista", "address": "eva.luna@typed.example", "new address": "luna.eva@moved.example", "attribute": "Saint-Denis"}}
}

// secret notes what nobody may read, under a name of its own.
func (l *living) secret(what, text string) string {
	l.t.Helper()
	if _, twice := l.secrets[what]; twice || text == "" {
		l.t.Fatalf("%s: got %q, want it once", what, text)
	}
	l.secrets[what] = text
	return text
}

// key is the key of the mail that a call brings about.
func (l *living) key(what, to string, begin func()) string {
	l.t.Helper()
	return l.secret(what, l.Outbox.Key(to, begin))
}

func (l *living) ok(what string, is bool, got any, err error) {
	l.t.Helper()
	if err != nil || !is {
		l.t.Fatalf("%s: got %+v, %v", what, got, err)
	}
}

// password calls a route of passwords as a client does.
func (l *living) password(route, want string, fields ...string) {
	l.t.Helper()
	form := url.Values{"client_id": {sallyporttest.ClientID}, "client_secret": {sallyporttest.ClientSecret}}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	res, err := l.Server().Client().PostForm(l.Server().URL+"/api/Password/"+route, form)
	if err != nil {
		l.t.Fatal(err)
	}
	defer res.Body.Close()
	body := new(strings.Builder)
	if err := res.Write(body); err != nil || !strings.Contains(body.String(), `"Status":"`+want+`"`) {
		l.t.Fatalf("%s: got %s, %v, want %s", route, body, err, want)
	}
}

// login is a login of the host's with a mailed code.
func (l *living) login(what, pw, to string) *sallyport.Result {
	l.t.Helper()
	r := hostLogin(l.t, l.Kit, sallyport.Login{Username: l.typed["name"], Password: pw})
	in := sallyport.Login{RequestID: l.secret(what+": request", r.RequestID), OptionID: r.Options[1].ID}
	hostLogin(l.t, l.Kit, in)
	in.Code = l.secret(what+": code", l.Outbox.LastCode(to))
	r = hostLogin(l.t, l.Kit, in)
	l.ok(what, r.Outcome == sallyport.Granted, r, nil)
	l.secret(what+": handle", r.Session.Handle)
	return r
}

// live walks the life over pages, over the API and in process.
func (l *living) live() {
	t, e, ctx, name, first, second := l.t, l.Engine, l.t.Context(), l.typed["name"], l.typed["address"], l.typed["new address"]
	start := sallyport.Registration{
		Username: name, Email: first, Password: l.secret("password at the start", "begun with horses"),
		Attributes: []account.Attribute{{Name: "City", Value: l.typed["attribute"]}},
	}
	key := l.key("sign-up key", first, func() { l.secret("browser", l.begin(start)) })
	pw := l.secret("password of the account", "made with batteries")
	l.b.Open("/account/verify/"+key).Form().Fill("password", l.secret("a refused password", "shorty7")).Submit("").Want(t, http.StatusBadRequest).
		Form().Fill("password", pw).Submit("").Want(t, http.StatusOK, "Your account is made")

	hostLogin(t, l.Kit, sallyport.Login{Username: name, Password: l.secret("a wrong password", "made with butteries")})
	in := l.login("login", pw, first)
	next := l.secret("password of a change", "changed with staples")
	l.password("Change", "OldPasswordDoesNotMatch", "Username", name, "password", l.secret("a wrong old password", "not the batteries"), "newPassword", next)
	changed, err := e.ChangePassword(ctx, sallyport.PasswordChange{Session: in.Session.Handle, Password: pw, NewPassword: next})
	l.ok("change", err == nil && changed.Status == sallyport.PasswordChanged, changed, err)

	l.Clock.Advance(time.Minute)
	move := sallyport.AddressChange{Username: name, Password: next, Email: second}
	c, err := e.ChangeAddress(ctx, move)
	l.ok("change of address", c.Outcome == sallyport.FactorWanted, c, err)
	move = sallyport.AddressChange{RequestID: l.secret("change of address: request", c.RequestID), OptionID: c.Options[0].ID}
	_, err = e.ChangeAddress(ctx, move)
	l.ok("its code", true, nil, err)
	move.Code = l.secret("change of address: code", l.Outbox.LastCode(first))
	key = l.key("address key", second, func() {
		c, err = e.ChangeAddress(ctx, move)
		l.ok("change of address", c.Outcome == sallyport.Granted, c, err)
	})
	var undo string
	l.secret("undo key of the new address", l.Outbox.Key(second, func() {
		undo = l.key("undo key", first, func() {
			l.b.Open("/account/address/"+key).Form().Submit("").Want(t, http.StatusOK, "Your address is confirmed")
		})
	}))
	l.Clock.Advance(time.Minute)
	l.login("login by the new address", next, second)
	l.b.Open("/account/undo/"+undo).Form().Submit("").Want(t, http.StatusOK, "The change was taken back")

	l.Clock.Advance(time.Hour)
	key = l.key("reset key", first, func() { l.password("BeginReset", "Success", "Username", name) })
	pw = l.secret("password of a reset", "reset with paper clips")
	form := l.b.Open("/account/reset/" + key).Form()
	form.Fill("password", pw).Fill("again", pw).Submit("").Want(t, http.StatusOK, "Your new password is set")
	key = l.key("second reset key", first, func() { l.password("BeginReset", "Success", "Username", name) })
	l.password("FinishReset", "Success", "key", key, "newPassword", l.secret("password of a reset over the API", "reset with rubber bands"))

	u, err := setup(l.Kit).FindUser(ctx, name)
	l.ok("the account", err == nil && u.Attributes[0].Value == l.typed["attribute"], u, err)
	pw, err = setup(l.Kit).GeneratePassword(ctx, u.ID)
	l.ok("a password that is given", true, nil, err)
	l.secret("password that is given", pw)
	r := hostLogin(t, l.Kit, sallyport.Login{Username: name, Password: pw})
	next = l.secret("password of a forced change", "forced with thumbtacks")
	l.secret("forced change: request", r.RequestID)
	l.password("Change", "ChangePasswordRequestNotExists", "requestId", r.RequestID, "password", pw, "newPassword", next) // the host's is no client's
	changed, err = e.ChangePassword(ctx, sallyport.PasswordChange{RequestID: r.RequestID, Password: pw, NewPassword: next})
	l.ok("forced change", changed.Status == sallyport.PasswordChanged, changed, err)
	_, err = setup(l.Kit).UpdateUser(ctx, u.ID, directory.UserChange{EmailProven: new(true)})
	l.ok("an edit", true, nil, err)
}

// readable are the ways in which text may stand in a log.
func readable(log, text string) bool {
	for _, form := range []string{text, url.QueryEscape(text), url.PathEscape(text), fmt.Sprintf("%x", text)} {
		if len(text) > 8 && strings.Contains(log, form) || regexp.MustCompile(`\b`+regexp.QuoteMeta(form)+`\b`).MatchString(log) {
			return true
		}
	}
	return false
}

// TestP11Life: of the whole life of an account, over pages, over the API and in process,
// no password, code, key, handle or request is logged, told in an event or at rest in
// clear; and in a sealed store nothing at all that a person typed.
func TestP11Life(t *testing.T) {
	for _, plain := range []bool{true, false} {
		t.Run(fmt.Sprintf("plain=%v", plain), func(t *testing.T) {
			l := newLiving(t, plain)
			l.live()
			l.Engine.Close() // which waits for mails
			told := l.Logs() + fmt.Sprintf("%+v %#v", l.Events(), l.Events())
			if !strings.Contains(told, "password reset") {
				t.Fatal("the log tells nothing of the reset")
			}
			rests := restingText(t, l.Store)
			for what, text := range l.secrets {
				if readable(told, text) {
					t.Errorf("the log holds %s, %q", what, text)
				}
				// Digests and times may hold six digits by chance.
				if len(text) > 8 && strings.Contains(rests, text) {
					t.Errorf("the store holds %s, %q", what, text)
				}
			}
			for what, text := range l.typed {
				if readable(told, text) {
					t.Errorf("the log holds the %s that was typed, %q", what, text)
				}
				if got := strings.Contains(rests, text); got != plain && what != "new address" {
					t.Errorf("the store holds the %s that was typed: %v, want %v", what, got, plain)
				}
			}
		})
	}
}

// restingText is all that a store holds, its keys and its values.
func restingText(t *testing.T, s store.Store) string {
	var all strings.Builder
	for r, err := range s.Scan(t.Context(), "", "") {
		if err != nil {
			t.Fatal(err)
		}
		all.WriteString(r.Key + "\n" + string(r.Value) + "\n")
	}
	return all.String()
}
