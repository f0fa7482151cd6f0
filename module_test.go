package sallyport_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/token"
)

// TestModuleLogin: whoever a module knows logs in by it, in each spelling of their name, as
// one account with an id of ours, the roles that the module names, and the module's name in
// the identity.
func TestModuleLogin(t *testing.T) {
	k := joined(t, bobs())
	var ids []string
	for _, name := range []string{"bob", `DOM\bob`, "BOB@dom", "  Bob "} {
		r := hostLogin(t, k, sallyport.Login{Module: strings.ToLower(windows), Username: name, Password: bobPassword})
		wantOutcome(t, name, r, sallyport.Granted, sallyport.NoReason)
		if r.Identity == nil || r.Identity.Type != windows || r.Identity.Name != `DOM\Bob` {
			t.Errorf("%s: got the identity %+v, want DOM\\Bob of %s", name, r.Identity, windows)
		}
		a, err := k.Engine.Session(t.Context(), r.Session.Handle)
		if err != nil || a.Name != `DOM\Bob` || !slices.Equal(a.Roles, []string{sallyporttest.RoleName}) {
			t.Errorf("%s: got %+v, %v", name, a, err)
		}
		ids = append(ids, r.Session.AccountID)
	}
	if len(slices.Compact(ids)) != 1 || strings.Contains(ids[0], bobKey) {
		t.Errorf("got the ids %q, want one, without the module's key", ids)
	}
	for _, ev := range k.Events() {
		if ev.Kind == sallyport.EventLogin && ev.Account != ids[0] {
			t.Errorf("got an event of %q, want %q", ev.Account, ids[0])
		}
	}
}

// TestModuleIsOnesOwn: an account of a module is nobody else's: a VGUser of the same name is
// another, and neither is known by the other's module, nor by a second one.
func TestModuleIsOnesOwn(t *testing.T) {
	other := bobs()
	other.edit(bobKey, func(r *forestRow) { r.password = "of another forest" })
	k := joined(t, bobs(), sallyporttest.WithConfig(func(c *sallyport.Config) { c.Modules["Second"] = other }))
	k.AddUser(t, sallyporttest.User{Name: "bob", Password: annPassword})
	ids := map[string]string{}
	for module, right := range map[string]string{"": annPassword, windows: bobPassword, "second": "of another forest"} {
		for _, pw := range []string{annPassword, bobPassword, "of another forest"} {
			r := hostLogin(t, k, sallyport.Login{Module: module, Username: "bob", Password: pw})
			if pw != right {
				wantOutcome(t, module+" with "+pw, r, sallyport.Denied, sallyport.ReasonWrongPassword)
				continue
			}
			wantOutcome(t, module+" with "+pw, r, sallyport.Granted, sallyport.NoReason)
			ids[r.Session.AccountID] = module
		}
	}
	if len(ids) != 3 {
		t.Errorf("got the accounts %v, want three", ids)
	}
	for i := range 10 {
		hostLogin(t, k, bobWith("bob", fmt.Sprint("x", i)))
	}
	wantOutcome(t, "locked at its own", hostLogin(t, k, bobLogin), sallyport.Denied, sallyport.ReasonLockedOut)
	for _, in := range []sallyport.Login{{Username: "bob", Password: annPassword}, {Module: "Second", Username: "bob", Password: "of another forest"}} {
		wantOutcome(t, "at "+in.Module, hostLogin(t, k, in), sallyport.Granted, sallyport.NoReason)
	}
}

// TestModuleOfAClient: a client takes accounts of the modules that it lists, and no others;
// one that does not list VGUser takes none of those without a module either.
func TestModuleOfAClient(t *testing.T) {
	for _, tt := range []struct {
		name    string
		modules []string
		module  string
		refused bool
	}{
		{"listed", []string{"VGUser", windows}, windows, false},
		{"listed, in other letters", []string{"vguser", strings.ToUpper(windows)}, "windowsbycredential", false},
		{"alone", []string{windows}, windows, false},
		{"not listed", nil, windows, true},
		{"VGUser not listed", []string{windows}, "VGUser", true},
		{"VGUser not listed, and left out", []string{windows}, "", true},
		{"none that is configured", []string{"VGUser", windows}, "Other", true},
		{"a letter that folds like one by Unicode alone", []string{"VGUser", windows}, "WindowſByCredential", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k := joined(t, bobs(), sallyporttest.WithDirectory(func(d *directory.File) { d.Clients[0].Modules = tt.modules }))
			in := login(sallyport.Login{Module: tt.module, Username: "bob", Password: bobPassword})
			r, err := k.Engine.Login(t.Context(), in)
			p, refused := errors.AsType[*sallyport.ProtocolError](err)
			if refused != tt.refused || refused && p.Code != sallyport.UnauthorizedClient || !refused && (err != nil || r.Tokens == nil) {
				t.Errorf("got %v, %v, want it refused: %v", r, err, tt.refused)
			}
		})
	}
}

// TestModuleTakenFromAClient: what a login by a module opened goes no further through a
// client that does not list it any more: neither its refresh token nor its pending login.
func TestModuleTakenFromAClient(t *testing.T) {
	k := joined(t, bobs())
	factors(t, k, mfa.Required)
	pending, err := k.Engine.Login(t.Context(), login(bobLogin))
	if err != nil || pending.Outcome != sallyport.EnrollmentWanted {
		t.Fatalf("got %v, %v", pending, err)
	}
	factors(t, k, mfa.WhenEnrolled)
	r, err := k.Engine.Login(t.Context(), login(bobLogin))
	if err != nil || r.Tokens == nil {
		t.Fatalf("got %v, %v", r, err)
	}
	k.Apply(t, func(d *directory.File) { d.Clients[0].Modules = []string{token.ModuleVGUser} })
	if _, err := k.Engine.Refresh(t.Context(), refresh(r.Tokens.RefreshToken)); err == nil {
		t.Error("the refresh token is good without the module")
	}
	state, err := k.Engine.Login(t.Context(), login(sallyport.Login{RequestID: pending.RequestID}))
	if err != nil || state.Status != sallyport.Failure|sallyport.MFALinkTimeout {
		t.Errorf("the pending login: got %v, %v, want that it is over", state, err)
	}
}

// TestModuleStatuses: what the module says of an account is told after a right password
// alone.
func TestModuleStatuses(t *testing.T) {
	for _, tt := range []struct {
		name string
		edit func(*forestRow)
		want sallyport.Status
	}{
		{"as it is", func(*forestRow) {}, 2048},
		{"disabled", func(r *forestRow) { r.Disabled = true }, 131073},
		{"locked", func(r *forestRow) { r.Locked = true }, 262145},
		{"expired", func(r *forestRow) { r.Expired = true }, 33},
		{"must change", func(r *forestRow) { r.MustChangePassword = true }, 513},
		{"without a role", func(r *forestRow) { r.Roles = nil }, 17},
		{"with a role that is none", func(r *forestRow) { r.Roles[0].Role = "no such role" }, 17},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := bobs()
			f.edit(bobKey, tt.edit)
			k := joined(t, f)
			r, err := k.Engine.Login(t.Context(), login(bobLogin))
			if err != nil || r.Status != tt.want {
				t.Fatalf("a right password: got %v, %v, want %d", r, err, tt.want)
			}
			if tt.want != 2048 && (r.Outcome != sallyport.Denied || len(r.Options) > 0) {
				t.Errorf("got %v with %v, want it denied: nothing can be changed here", r.Outcome, r.Options)
			}
			for _, name := range []string{"bob", "nobody"} {
				if r, err := k.Engine.Login(t.Context(), login(bobWith(name, "wrong"))); err != nil || r.Status != 9 || r.Identity != nil {
					t.Errorf("a wrong password of %s: got %v, %v, want 9", name, r, err)
				}
			}
		})
	}
}

// TestModuleRoles: a module's roles are of the host's own application unless they name
// another, by its name or id.
func TestModuleRoles(t *testing.T) {
	second := sallyporttest.ApplicationID[:35] + "9"
	for _, tt := range []struct {
		name, application string
		want              bool
	}{
		{"its own", "", false}, {"by its name", "Second App", true}, {"in other letters", "SECOND app", true},
		{"by its id", strings.ToUpper(second), true}, {"another", sallyporttest.ApplicationName, false}, {"none", "no such application", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := bobs()
			f.edit(bobKey, func(r *forestRow) { r.Roles = []sallyport.PrincipalRole{{Application: tt.application, Role: "clerk"}} })
			k := joined(t, f, sallyporttest.WithDirectory(func(d *directory.File) {
				d.Applications = append(d.Applications, directory.Application{ID: second, Name: "Second App", Roles: []directory.Role{{Name: "Clerk"}}})
				d.Clients = append(d.Clients, directory.Client{
					Application: second, Platform: "Native", GrantTypes: d.Clients[0].GrantTypes, Scopes: []string{"VGRoles", "openid"}, Modules: []string{windows},
					Secrets: []directory.Secret{{Value: sallyporttest.ClientSecret}},
				})
			}))
			in := bobLogin
			in.Caller = &sallyport.Caller{ClientID: second + "_Native", ClientSecret: sallyporttest.ClientSecret}
			r, err := k.Engine.Login(t.Context(), in)
			if err != nil || r.Status.Has(sallyport.Success) != tt.want {
				t.Fatalf("got %v, %v, want in: %v", r, err, tt.want)
			}
			if tt.want {
				a, err := k.Engine.Verify(t.Context(), r.Tokens.AccessToken)
				if err != nil || !slices.Equal(a.Roles, []string{"Clerk"}) {
					t.Errorf("got %+v, %v, want the role Clerk", a, err)
				}
			}
		})
	}
}

// TestModuleOverHTTP: the published call by WindowsByCredential, from the form to userinfo.
func TestModuleOverHTTP(t *testing.T) {
	k := joined(t, bobs())
	form := "grant_type=VGAuthenticator&client_id=" + sallyporttest.ClientID + "&client_secret=" + sallyporttest.ClientSecret +
		"&vgauthenticationmodule=windowsbycredential&Username=DOM%5Cbob&Password="
	if a := post(t, k, form+strings.ReplaceAll(bobPassword, " ", "+")); a.status != 200 || !strings.Contains(string(a.body), `"Identity":{"Name":"DOM\\Bob","AuthenticationType":"WindowsByCredential","IsAuthenticated":true}`) {
		t.Errorf("got %d, %s", a.status, a.body)
	}
	for _, wrong := range []string{"x", ""} {
		if a := post(t, k, form+wrong); a.status != 400 || !strings.Contains(string(a.body), `"VGAuthenticationStatus":"Failure, PasswordDoesNotMatch"`) {
			t.Errorf("with the password %q: got %d, %s", wrong, a.status, a.body)
		}
	}
}

// TestModuleJourney: enrollment, second factor, refresh, userinfo and a look at a token go
// as for any account, and the module is asked at each of them once, but for looks at what
// was said within five minutes.
func TestModuleJourney(t *testing.T) {
	f := bobs()
	k := joined(t, f)
	factors(t, k, mfa.Required)
	r, err := k.Engine.Login(t.Context(), login(bobLogin))
	if err != nil || r.Status != 268435457|4194304|8388608 {
		t.Fatalf("got %v, %v, want an enrollment", r, err)
	}
	c := k.InProcess()
	app, _ := c.EnrollAuthenticator(r.RequestID)
	again := bobWith(`dom\bob`, bobPassword)
	again.RequestID = r.RequestID
	if r, err = k.Engine.Login(t.Context(), login(again)); err != nil || r.Status != 2048 {
		t.Fatalf("after the enrollment: got %v, %v", r, err)
	}
	k.Clock.Advance(time.Minute)
	if r, err = k.Engine.Login(t.Context(), login(bobLogin)); err != nil || r.Status != 134217729 || len(r.Options) != 1 {
		t.Fatalf("got %v, %v, want a second factor", r, err)
	}
	for pw, want := range map[string]sallyport.Status{bobPassword: 134217729, "wrong": 9} {
		got, err := k.Engine.Login(t.Context(), login(sallyport.Login{RequestID: r.RequestID, Password: pw}))
		if err != nil || got.Status != want {
			t.Errorf("the password again, without the name: got %v, %v, want %d", got, err, want)
		}
	}
	f.reads.Store(0)
	r, err = k.Engine.Login(t.Context(), login(sallyport.Login{RequestID: r.RequestID, OptionID: r.Options[0].ID, Code: app.Fresh()}))
	if err != nil || r.Status != 2048 || r.Identity.Type != windows || f.reads.Load() != 1 {
		t.Fatalf("got %v, %v and %d questions, want tokens after one", r, err, f.reads.Load())
	}
	f.reads.Store(0)
	for range 3 {
		if _, err := k.Engine.Verify(t.Context(), r.Tokens.AccessToken); err != nil {
			t.Error(err)
		}
		if claims, err := k.Engine.UserInfo(t.Context(), r.Tokens.AccessToken); err != nil || len(claims) == 0 {
			t.Error(claims, err)
		}
		if u, err := k.Engine.TokenUser(t.Context(), r.Tokens.AccessToken); err != nil || u.Type != windows {
			t.Error(u, err)
		}
	}
	if n := f.reads.Load(); n != 0 {
		t.Errorf("looks right after the login asked %d times, want none", n)
	}
	if _, err := k.Engine.Refresh(t.Context(), refresh(r.Tokens.RefreshToken)); err != nil || f.reads.Load() != 1 {
		t.Errorf("a refresh: got %v and %d questions, want one", err, f.reads.Load())
	}
}
