package sallyport_test

import (
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

// restarted is another process over the same store that applies the old file, twice:
// the second time it writes nothing.
func restarted(t *testing.T, k *sallyporttest.Kit) directory.Report {
	t.Helper()
	n := k.Node()
	report := n.Apply(t, nil)
	again := n.Apply(t, nil)
	if i := slices.IndexFunc(again.Entries, func(e directory.Entry) bool { return e.Action != "kept" }); i >= 0 {
		t.Errorf("applied again: got %+v, want all kept", again.Entries[i])
	}
	return report
}

// kept wants a report to say which fields of an entry it left alone.
func kept(t *testing.T, r directory.Report, kind, name string, fields ...string) {
	t.Helper()
	i := slices.IndexFunc(r.Entries, func(e directory.Entry) bool { return e.Kind == kind && e.Name == name })
	if i < 0 || r.Entries[i].Action != "kept" || !slices.Equal(r.Entries[i].Kept, fields) {
		t.Errorf("%s %s: got %+v in %+v, want %q kept", kind, name, i, r.Entries, fields)
	}
}

// TestUsersBesideTheFile: what a program has renamed and deleted stays so under the old
// file, and nobody else gets the names.
func TestUsersBesideTheFile(t *testing.T) {
	k := hosted(t)
	nora, olaf := k.AddUser(t, sallyporttest.User{Name: "nora"}), k.AddUser(t, sallyporttest.User{Name: "olaf"})
	both := k.AddUser(t, sallyporttest.User{Name: "bo"})
	u := created(t, k)
	for id, name := range map[string]string{nora.ID: "eleonora", both.ID: "bob"} {
		if _, err := setup(k).UpdateUser(t.Context(), id, directory.UserChange{Name: &name}); err != nil {
			t.Fatal(err)
		}
	}
	for _, id := range []string{olaf.ID, both.ID} {
		if err := setup(k).DeleteUser(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	r := restarted(t, k)
	kept(t, r, "user", "eleonora", "name")
	kept(t, r, "user", "olaf", "deleted")
	kept(t, r, "user", "bo", "deleted")
	wantOutcome(t, "renamed", hostLogin(t, k, sallyport.Login{Username: "eleonora", Password: nora.Password}), sallyport.Granted, "")
	for _, name := range []string{"nora", "olaf", "bo", "bob"} {
		wantOutcome(t, name, hostLogin(t, k, sallyport.Login{Username: name, Password: sallyporttest.Password}), sallyport.Denied, sallyport.ReasonWrongPassword)
	}
	if all := listOf(t, setup(k).Users(t.Context(), "")); len(all) != 2 {
		t.Errorf("got %d accounts, want nobody made anew beside %s and %s", len(all), nora.ID, u.ID)
	}
	d := directory.File{Users: []directory.User{{Name: "olaf", Password: "mine now"}}}
	if _, err := k.Engine.Apply(t.Context(), d, directory.Options{ReuseNames: true}); err != nil {
		t.Errorf("with ReuseNames: got %v, want another olaf", err)
	}
}

// TestRolesBesideTheFile: a role that a program has changed stays changed, one that it
// deleted stays deleted and is given to nobody, and one that it made is taken over by
// no file that does not give its id.
func TestRolesBesideTheFile(t *testing.T) {
	k := hosted(t)
	admin := setup(k)
	p := k.AddUser(t, sallyporttest.User{Name: "nora", Roles: []string{sallyporttest.RoleName, sallyporttest.ManagerName}})
	by := directory.RoleChange{Name: new("Reader"), Permissions: &[]string{"/Desk/MaySee"}, MFA: &directory.MFA{Mode: new(mfa.Off)}}
	if err := admin.UpdateRole(t.Context(), sallyporttest.RoleName, by); err != nil {
		t.Fatal(err)
	}
	if err := admin.DeleteRole(t.Context(), sallyporttest.ManagerName); err != nil {
		t.Fatal(err)
	}
	if err := admin.CreateRole(t.Context(), directory.NewRole{Name: "Clerk", Permissions: []string{"/Desk/MayStamp"}}); err != nil {
		t.Fatal(err)
	}
	r := restarted(t, k)
	kept(t, r, "role", "PB_Salesdemo/Reader", "name", "mfa", "permissions")
	kept(t, r, "role", "PB_Salesdemo/Manager", "deleted")
	kept(t, r, "user", "nora")
	roles, err := admin.Roles(t.Context())
	if err != nil || len(roles) != 2 || roles[0].Name != "Reader" || !slices.Equal(roles[0].Permissions, *by.Permissions) || roles[1].Name != "Clerk" {
		t.Errorf("got %+v, %v, want them as they were", roles, err)
	}
	// One of the deleted role's name is another: who had that one does not get it.
	if err := admin.CreateRole(t.Context(), directory.NewRole{Name: sallyporttest.ManagerName, Permissions: []string{"/All"}}); err != nil {
		t.Fatal(err)
	}
	kept(t, restarted(t, k), "role", "PB_Salesdemo/Manager", "deleted")
	if s := hostLogin(t, k, sallyport.Login{Username: "nora", Password: p.Password}).Session; !slices.Equal(s.Roles, []string{"Reader"}) {
		t.Errorf("got roles %q, want the one alone", s.Roles)
	}
	d := sallyporttest.Directory()
	d.Applications[0].Roles = append(d.Applications[0].Roles, directory.Role{Name: "CLERK", Permissions: []string{sallyporttest.WritePath}})
	if _, err := k.Engine.Apply(t.Context(), d, directory.Options{}); err == nil || !strings.Contains(err.Error(), "applications[0].roles[2].name: belongs to ") || !strings.Contains(err.Error(), "which this file did not make; give its id") {
		t.Errorf("got %v, want the role not taken over", err)
	}
	d.Applications[0].Roles = d.Applications[0].Roles[:1]
	if _, err := k.Engine.Apply(t.Context(), d, directory.Options{Prune: true}); err != nil {
		t.Fatal(err)
	}
	if roles, err := admin.Roles(t.Context()); err != nil || len(roles) != 3 || !slices.Equal(roles[1].Permissions, []string{"/Desk/MayStamp"}) {
		t.Errorf("pruned: got %+v, %v, want what programs have made to stay", roles, err)
	}
	d.Applications[0].Roles[0].Permissions = []string{sallyporttest.WritePath}
	if _, err := k.Engine.Apply(t.Context(), d, directory.Options{}); err != nil {
		t.Fatal(err)
	}
	if roles, err := admin.Roles(t.Context()); err != nil || roles[0].Name != "Reader" || !slices.Equal(roles[0].Permissions, []string{sallyporttest.WritePath}) {
		t.Errorf("the file says something else: got %+v, %v, want that field alone", roles, err)
	}
}

// TestApplicationsBesideTheFile: an application that a program has changed stays
// changed, one that it deleted stays deleted, and one that it made is taken over by no
// file that does not give its id, and pruned by none.
func TestApplicationsBesideTheFile(t *testing.T) {
	k := hosted(t)
	admin := setup(k)
	r := k.Apply(t, func(d *directory.File) {
		d.Applications = append(d.Applications,
			directory.Application{Name: "Stock", MFA: directory.MFA{Mode: new(mfa.Required)}, Roles: []directory.Role{{Name: "Keeper"}}},
			directory.Application{Name: "Old", Roles: []directory.Role{{Name: "Boss"}}})
		d.Users = append(d.Users, directory.User{Name: "nora", Roles: []directory.Grant{{Application: "Stock", Role: "Keeper"}, {Application: "Old", Role: "Boss"}}})
	})
	id := func(name string) string {
		i := slices.IndexFunc(r.Entries, func(e directory.Entry) bool { return e.Kind == "application" && e.Name == name })
		return r.Entries[i].ID
	}
	stock, old := id("Stock"), id("Old")
	if _, err := admin.UpdateApplication(t.Context(), stock, directory.ApplicationChange{Name: new("Store"), MFA: &directory.MFA{Mode: new(mfa.Off)}}); err != nil {
		t.Fatal(err)
	}
	if err := admin.DeleteApplication(t.Context(), old); err != nil {
		t.Fatal(err)
	}
	made, err := admin.CreateApplication(t.Context(), directory.NewApplication{Name: "Stock"})
	if err != nil {
		t.Fatal(err)
	}
	if anew, err := admin.CreateApplication(t.Context(), directory.NewApplication{Name: "OLD"}); err != nil || admin.DeleteApplication(t.Context(), anew.ID) != nil {
		t.Errorf("of a name that is free again: got %v", err)
	}
	report := restarted(t, k)
	kept(t, report, "application", "Store", "name", "mfa")
	kept(t, report, "application", "Old", "deleted")
	kept(t, report, "user", "nora")
	names := func() (list []string) {
		for _, app := range listOf(t, admin.Applications(t.Context())) {
			mode := ""
			if app.MFA.Mode != nil {
				mode = *app.MFA.Mode
			}
			list = append(list, fmt.Sprint(app.Name, " ", mode, " ", len(app.Roles)))
		}
		return list
	}
	want := []string{"PB_Salesdemo  2", "Store Off 1", "Stock  0"}
	if got := names(); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	d := sallyporttest.Directory()
	d.Applications = append(d.Applications, directory.Application{Name: "new"}, directory.Application{Name: "store"})
	if _, err := k.Engine.Apply(t.Context(), d, directory.Options{}); err == nil || !strings.Contains(err.Error(), "applications[2].name: belongs to "+stock) {
		t.Errorf("got %v, want the name of another refused", err)
	}
	if _, err := admin.CreateApplication(t.Context(), directory.NewApplication{Name: "New"}); err != nil {
		t.Fatal(err)
	}
	d.Applications = d.Applications[:2]
	if _, err := k.Engine.Apply(t.Context(), d, directory.Options{Prune: true}); err == nil || !strings.Contains(err.Error(), "applications[1].name: belongs to ") || !strings.Contains(err.Error(), "which this file did not make; give its id") {
		t.Errorf("got %v, want the application not taken over", err)
	}
	d.Applications = d.Applications[:1]
	pruned, err := k.Engine.Apply(t.Context(), d, directory.Options{Prune: true})
	if err != nil || slices.ContainsFunc(pruned.Entries, func(e directory.Entry) bool { return e.ID == old }) {
		t.Errorf("pruned: got %+v, %v, want nothing said of what is gone", pruned, err)
	}
	if got := names(); !slices.Equal(got, []string{"PB_Salesdemo  2", "Stock  0", "New  0"}) {
		t.Errorf("pruned: got %q, want what programs have made to stay", got)
	}
	d.Applications = append(d.Applications, directory.Application{ID: made.ID, Name: "Shelf"})
	if _, err := k.Engine.Apply(t.Context(), d, directory.Options{}); err != nil || !slices.Contains(names(), "Shelf  0") {
		t.Errorf("by its id: got %q, %v, want it to be the file's", names(), err)
	}
}

// TestClientsBesideTheFile: a client that a program has changed stays changed, with its
// secrets and switched off; one that it deleted comes back with a higher
// credentialsVersion alone; one that it made is taken over by no file.
func TestClientsBesideTheFile(t *testing.T) {
	k := hosted(t)
	admin := setup(k)
	const native, spa = sallyporttest.ClientID, sallyporttest.PublicClientID
	_, added, err := admin.AddSecret(t.Context(), native, directory.NewSecret{})
	if err != nil {
		t.Fatal(err)
	}
	by := directory.ClientChange{Scopes: &[]string{"openid"}, LinkNumber: new(true), Disabled: new(true)}
	if _, err := admin.UpdateClient(t.Context(), native, by); err != nil {
		t.Fatal(err)
	}
	if err := admin.DeleteClient(t.Context(), spa); err != nil {
		t.Fatal(err)
	}
	made, secret, err := admin.CreateClient(t.Context(), aWebApp())
	if err != nil {
		t.Fatal(err)
	}
	r := restarted(t, k)
	kept(t, r, "client", "PB_Salesdemo_Native", "secrets", "scopes", "linkNumber", "disabled")
	kept(t, r, "client", "PB_Salesdemo_SPA", "deleted")
	if letThrough(t, k, native, added) {
		t.Error("the client that was switched off is let through")
	}
	if _, err := admin.UpdateClient(t.Context(), native, directory.ClientChange{Disabled: new(false)}); err != nil {
		t.Fatal(err)
	}
	if !letThrough(t, k, native, added) || !letThrough(t, k, native, sallyporttest.ClientSecret) || letThrough(t, k, spa, "") || !letThrough(t, k, made.ID, secret) {
		t.Error("want the clients as the program has made them")
	}
	if v, err := k.Engine.JudgeOrigin(t.Context(), sallyport.OriginCall{Origin: sallyporttest.PublicOrigin}); err != nil || v.Readable {
		t.Errorf("got %+v, %v, want the origin of the deleted client listed no more", v, err)
	}
	d := sallyporttest.Directory()
	d.Clients = append(d.Clients, directory.Client{Application: sallyporttest.ApplicationName, Platform: "WebApp", GrantTypes: []string{token.GrantVGAuthenticator}, Secrets: []directory.Secret{{Value: "mine now"}}})
	if _, err := k.Engine.Apply(t.Context(), d, directory.Options{}); err == nil || !strings.Contains(err.Error(), "clients[2].platform: belongs to a client that this file did not make") {
		t.Errorf("got %v, want the client not taken over", err)
	}
	d.Clients = d.Clients[:1]
	if _, err := k.Engine.Apply(t.Context(), d, directory.Options{Prune: true}); err != nil || !letThrough(t, k, made.ID, secret) {
		t.Errorf("pruned: got %v, want what a program has made to stay", err)
	}
	d = sallyporttest.Directory()
	d.Clients[1].CredentialsVersion = 2
	if _, err := k.Engine.Apply(t.Context(), d, directory.Options{}); err != nil || !letThrough(t, k, spa, "") {
		t.Errorf("with a higher version: got %v, want the client back", err)
	}
}

// TestClientAnew: a client of the file that a program has deleted and made anew is the
// program's: the old file gives it back neither its secret nor its scopes.
func TestClientAnew(t *testing.T) {
	k := hosted(t)
	admin := setup(k)
	if err := admin.DeleteClient(t.Context(), sallyporttest.ClientID); err != nil {
		t.Fatal(err)
	}
	n := aWebApp()
	n.Platform = "Native"
	c, secret, err := admin.CreateClient(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	kept(t, restarted(t, k), "client", "PB_Salesdemo_Native", "secrets", "scopes", "corsOrigins")
	if !letThrough(t, k, c.ID, secret) || letThrough(t, k, c.ID, sallyporttest.ClientSecret) {
		t.Error("want the program's secret alone to be good")
	}
}

// TestP6ClientAnew: what was granted to a client that was deleted is dead for ever, also
// where a program or a file makes one of the same id, without a secret as the first.
func TestP6ClientAnew(t *testing.T) {
	k := hosted(t)
	admin := setup(k)
	n := directory.NewClient{
		Application: sallyporttest.ApplicationID, Platform: "SPA", GrantTypes: []string{token.GrantVGAuthenticator, token.GrantRefreshToken},
		Scopes: []string{"openid", "offline_access"}, Public: true,
	}
	p := k.AddUser(t, sallyporttest.User{Name: "nora"})
	tom := k.AddUser(t, sallyporttest.User{Name: "tom", TOTP: true})
	c := k.InProcess().As(sallyporttest.PublicClientID, "").WithScope("openid offline_access")
	anew := map[string]func(){
		"by a program": func() {
			if _, _, err := admin.CreateClient(t.Context(), n); err != nil {
				t.Fatal(err)
			}
		},
		"by the file": func() { k.Apply(t, func(d *directory.File) { d.Clients[1].CredentialsVersion = 2 }) },
	}
	for what, remake := range anew {
		old := c.Login(p.Name, p.Password).Want(t, sallyport.Success).Tokens
		open := c.Login(tom.Name, tom.Password).Want(t, wanted)
		if err := admin.DeleteClient(t.Context(), sallyporttest.PublicClientID); err != nil {
			t.Fatal(err)
		}
		remake()
		c.Refresh(old.RefreshToken).WantOAuth(t, "invalid_grant")
		c.AnswerWith(open, "MicrosoftAuthenticator", "OTP", tom.Authenticator.Fresh()).Want(t, dead)
		young := c.Login(p.Name, p.Password).Want(t, sallyport.Success).Tokens
		if _, err := admin.UpdateClient(t.Context(), sallyporttest.PublicClientID, directory.ClientChange{AccessTokenLifetime: new(time.Hour)}); err != nil {
			t.Fatal(err)
		}
		if r := c.Refresh(young.RefreshToken); r.OAuthError != "" {
			t.Errorf("%s: got %q, want the new client's token good, also after a change", what, r.OAuthError)
		}
	}
}
