package sallyport_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/storetest"
	"github.com/sallyport-auth/sallyport/wire"
)

const day = 24 * time.Hour

// wantLive fails the test unless a refresh token is good, and answers what it
// was traded for.
func wantLive(t *testing.T, c *sallyporttest.Client, a sallyporttest.Answer) sallyporttest.Answer {
	t.Helper()
	a = c.Refresh(a.Tokens.RefreshToken)
	if !a.Granted() {
		t.Fatalf("got %v, want tokens", a)
	}
	return a
}

// TestSessionIdle: a session that is not refreshed for fifteen days is over, to
// the nanosecond, counted from the login and from each refresh.
func TestSessionIdle(t *testing.T) {
	for _, refreshes := range []int{0, 1, 2} {
		for _, late := range []bool{false, true} {
			k := sallyporttest.New(t)
			c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "paul"})
			a := c.Login(p.Name, p.Password).Want(t, sallyport.Success)
			for range refreshes {
				k.Clock.Advance(5 * day)
				a = wantLive(t, c, a)
			}
			k.Clock.Advance(15*day - 1)
			if !late {
				wantLive(t, c, a)
				continue
			}
			k.Clock.Advance(1)
			c.Refresh(a.Tokens.RefreshToken).WantOAuth(t, "invalid_grant")
		}
	}
}

// TestSessionLifeOfASPA: a login in a browser's program is over a day later, however
// often it was refreshed, by each way to log in; that of no other program is.
func TestSessionLifeOfASPA(t *testing.T) {
	for id, over := range map[string]bool{sallyporttest.PublicClientID: true, sallyporttest.ClientID: false} {
		for _, late := range []bool{false, true} {
			k := sallyporttest.New(t)
			c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
			other := k.AddUser(t, sallyporttest.User{Name: "paul"})
			if c = c.As(id, sallyporttest.ClientSecret); over {
				c = c.As(id, "")
			}
			logins := []sallyporttest.Answer{c.Login(other.Name, other.Password), c.LoginWithCode(p.Name, p.Password)}
			for i, a := range logins {
				k.Clock.Advance(time.Minute)
				logins[i] = wantLive(t, c, a)
			}
			k.Clock.Advance(day - 2*time.Minute - 1)
			if late {
				k.Clock.Advance(1)
			}
			for i, a := range logins {
				if got := c.Refresh(a.Tokens.RefreshToken); got.Granted() == (over && late) {
					t.Errorf("login %d of %s, a day later: %v: got %v", i, id, late, got)
				}
			}
		}
	}
}

// TestSessionLife: thirty days after the login a session is over, however often
// it was refreshed, and its last access token with it.
func TestSessionLife(t *testing.T) {
	k := sallyporttest.New(t)
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "paul"})
	a := c.Login(p.Name, p.Password).Want(t, sallyport.Success)
	for range 2 {
		k.Clock.Advance(14 * day)
		a = wantLive(t, c, a)
	}
	k.Clock.Advance(2*day - time.Minute)
	a = wantLive(t, c, a)
	k.Clock.Advance(time.Minute - time.Second)
	if _, err := k.Engine.Verify(t.Context(), a.Tokens.AccessToken); err != nil {
		t.Errorf("a second before the end: got %v, want a good token", err)
	}
	a = wantLive(t, c, a)
	k.Clock.Advance(time.Second)
	c.Refresh(a.Tokens.RefreshToken).WantOAuth(t, "invalid_grant")
	if _, err := k.Engine.Verify(t.Context(), a.Tokens.AccessToken); !errors.Is(err, sallyport.ErrInvalidToken) {
		t.Errorf("at the end: got %v, want the token over", err)
	}
}

// TestRefreshRepeated: the last refresh, repeated before thirty seconds are over, is
// answered with the same successor, also after many; any other that is spent
// ends the session.
func TestRefreshRepeated(t *testing.T) {
	k := sallyporttest.New(t)
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "paul"})
	a := c.Login(p.Name, p.Password).Want(t, sallyport.Success)
	before := a
	for range 40 {
		before = a
		a = wantLive(t, c, a)
		k.Clock.Advance(30*time.Second - 1)
		if again := wantLive(t, c, before); again.Tokens.RefreshToken != a.Tokens.RefreshToken {
			t.Fatal("got another successor for the same token")
		}
	}
	k.Clock.Advance(1)
	c.Refresh(before.Tokens.RefreshToken).WantOAuth(t, "invalid_grant")
	c.Refresh(a.Tokens.RefreshToken).WantOAuth(t, "invalid_grant")
	if _, err := k.Engine.Verify(t.Context(), a.Tokens.AccessToken); !errors.Is(err, sallyport.ErrInvalidToken) {
		t.Errorf("after a reuse: got %v, want the session over", err)
	}
}

// TestRefreshFieldLength: a field of a refresh may have 1,024 bytes, too.
func TestRefreshFieldLength(t *testing.T) {
	k := sallyporttest.New(t)
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "paul"})
	good := c.Login(p.Name, p.Password).Want(t, sallyport.Success).Tokens.RefreshToken
	for _, tt := range []struct {
		field string
		call  func(long string) sallyporttest.Answer
	}{
		{"client_id", func(s string) sallyporttest.Answer { return c.As(s, "x").Refresh(good) }},
		{"client_secret", func(s string) sallyporttest.Answer { return c.As(sallyporttest.ClientID, s).Refresh(good) }},
		{"scope", func(s string) sallyporttest.Answer { return c.WithScope(s).Refresh(good) }},
		{"refresh_token", c.Refresh},
	} {
		wantField(t, "1,024 bytes of "+tt.field, tt.call(strings.Repeat("x", 1024)), "")
		wantField(t, "1,025 bytes of "+tt.field, tt.call(strings.Repeat("x", 1025)), tt.field)
	}
	wantField(t, "no token", c.Refresh(""), "refresh_token")
	wantLive(t, c, sallyporttest.Answer{Tokens: &wire.TokenSuccess{RefreshToken: good}})
}

// TestRefreshUnderAStricterPolicy: a session that was begun without a second factor
// is not carried on where the present policy wants one, and goes on when it does
// not; one that was begun with a factor goes on all the same.
func TestRefreshUnderAStricterPolicy(t *testing.T) {
	k := sallyporttest.New(t)
	c := k.InProcess()
	paul, tom := k.AddUser(t, sallyporttest.User{Name: "paul"}), k.AddUser(t, sallyporttest.User{Name: "tom", TOTP: true})
	plain := c.Login(paul.Name, paul.Password).Want(t, sallyport.Success)
	proven := c.LoginWithCode(tom.Name, tom.Password).Want(t, sallyport.Success)
	mode := func(m string) { setPolicy(t, k, func(p *directory.Policy) { p.MFA.Mode = &m }) }
	mode(mfa.Required)
	c.Refresh(plain.Tokens.RefreshToken).WantOAuth(t, "invalid_grant")
	if a := c.Refresh(proven.Tokens.RefreshToken); !a.Granted() {
		t.Errorf("with a factor: got %s, want tokens", a)
	}
	mode(mfa.WhenEnrolled)
	if a := c.Refresh(plain.Tokens.RefreshToken); !a.Granted() {
		t.Errorf("without a factor, where none is wanted: got %s, want tokens", a)
	}
}

// TestScopeTakenFromClient: what a client may no longer have is in no token that it
// gets from then on, by a refresh or by the end of a login that has begun, and is
// not to be asked for; without offline_access there is no refresh.
func TestScopeTakenFromClient(t *testing.T) {
	k := sallyporttest.New(t)
	c := k.InProcess().WithScope("openid VGRoles offline_access")
	p := k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
	granted := c.LoginWithCode(p.Name, p.Password).Want(t, sallyport.Success)
	k.Clock.Advance(time.Minute)
	pending := c.Choose(c.Login(p.Name, p.Password), "Email", "OTP").Want(t, waiting)
	all, asking := c.WithScope(""), c.WithScope("openid VGRoles")
	scopes := func(list ...string) { k.Apply(t, func(d *directory.File) { d.Clients[0].Scopes = list }) }

	scopes("OpenID", "offline_access")
	asking.Refresh(granted.Tokens.RefreshToken).WantOAuth(t, "invalid_scope")
	a := all.Refresh(granted.Tokens.RefreshToken)
	if !a.Granted() || a.Tokens.Scope != "offline_access openid" {
		t.Fatalf("a refresh: got %s, want the scopes that are left", a.Body)
	}
	if done := c.Answer(pending, k.Outbox.LastCode(mail)).Want(t, sallyport.Success); done.Tokens.Scope != "offline_access openid" {
		t.Errorf("a login that had begun: got %q, want the scopes that are left", done.Tokens.Scope)
	}
	scopes("openid", "VGRoles")
	all.Refresh(a.Tokens.RefreshToken).WantOAuth(t, "invalid_grant")
	scopes("openid", "VGRoles", "offline_access")
	if a = all.Refresh(a.Tokens.RefreshToken); !a.Granted() || a.Tokens.Scope != "offline_access openid VGRoles" {
		t.Errorf("given back: got %s, want all", a.Body)
	}
}

// TestAccessTokenIsAsTold: expires_in is exp less iat, in whole seconds, also
// where the session, which began in the middle of a second, ends with the token;
// each token has an id of 128 bits of its own.
func TestAccessTokenIsAsTold(t *testing.T) {
	id, seen := regexp.MustCompile(`^[0-9A-F]{32}$`), map[string]bool{}
	for _, began := range []time.Duration{100 * time.Millisecond, 600 * time.Millisecond} {
		k := sallyporttest.New(t)
		p := k.AddUser(t, sallyporttest.User{Name: "paul"})
		k.Clock.Advance(began)
		refresh := k.InProcess().Login(p.Name, p.Password).Want(t, sallyport.Success).Tokens.RefreshToken
		for _, later := range []time.Duration{0, 14 * day, 14 * day, 2*day - time.Minute + 500*time.Millisecond} {
			k.Clock.Advance(later)
			tokens, err := k.Engine.Refresh(t.Context(), sallyport.Refresh{Caller: login(sallyport.Login{}).Caller, RefreshToken: refresh})
			if err != nil {
				t.Fatal(err)
			}
			refresh = tokens.RefreshToken
			payload, err := base64.RawURLEncoding.DecodeString(strings.Split(tokens.AccessToken, ".")[1])
			if err != nil {
				t.Fatal(err)
			}
			var claims struct {
				Issued  int64  `json:"iat"`
				Expires int64  `json:"exp"`
				ID      string `json:"jti"`
			}
			if err := json.Unmarshal(payload, &claims); err != nil {
				t.Fatal(err)
			}
			if got, want := tokens.ExpiresIn, time.Duration(claims.Expires-claims.Issued)*time.Second; got != want {
				t.Errorf("after %v: got expires_in %v, want %v, which lies between iat and exp", later, got, want)
			}
			if !id.MatchString(claims.ID) || seen[claims.ID] {
				t.Errorf("got jti %q, want 32 digits that were not seen before", claims.ID)
			}
			seen[claims.ID] = true
		}
	}
}

// TestRefreshOutcomeUnknown: a refresh that landed though the store could not say
// so gives its successor, also where the session was written again since.
func TestRefreshOutcomeUnknown(t *testing.T) {
	for _, again := range []bool{false, true} {
		m := memstore.New()
		f := storetest.NewFaulty(m)
		k := sallyporttest.New(t, sallyporttest.WithStore(f))
		c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "paul"})
		a := c.Login(p.Name, p.Password).Want(t, sallyport.Success)
		f.Reset()
		f.At(storetest.Commit, 1, func(ctx context.Context, next func() error) error {
			if err := next(); err != nil {
				return err
			}
			for _, r := range recordsOf(t, m, "session") {
				if !again {
					break
				}
				w := store.Write{Key: r.Key, Value: r.Value, If: r.Version, Expires: r.Expires}
				if err := m.Commit(ctx, store.Change{ID: 1, Writes: []store.Write{w}}); err != nil {
					t.Error(err)
				}
			}
			return store.ErrUnknown
		})
		a = wantLive(t, c, a)
		wantLive(t, c, a)
		if n := len(k.EventKinds()); n != 3 {
			t.Errorf("written again %v: got the events %v, want a login and two refreshes", again, k.EventKinds())
		}
	}
}

// TestRefreshKeepsNothing: a store does not grow with the refreshes of a session
// that remembers as many tokens as it may.
func TestRefreshKeepsNothing(t *testing.T) {
	m := memstore.New()
	k := sallyporttest.New(t, sallyporttest.WithStore(m))
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "paul"})
	a := c.Login(p.Name, p.Password).Want(t, sallyport.Success)
	size := func(refreshes int) (n int) {
		for range refreshes {
			a = wantLive(t, c, a)
			k.Clock.Advance(time.Minute)
		}
		for r, err := range m.Scan(t.Context(), "", "") {
			if n += len(r.Key) + len(r.Value); err != nil {
				t.Fatal(err)
			}
		}
		return n
	}
	first := size(20)
	if later := size(100); later > first+1 { // the count of them
		t.Errorf("got %d bytes after 120 refreshes and %d after 20, want no more", later, first)
	}
}
