package sallyport_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// listOf is what a list yields.
func listOf[T any](t *testing.T, list func(func(T, error) bool)) (all []T) {
	t.Helper()
	for one, err := range list {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, one)
	}
	return all
}

// TestApplications: an application is made, found, listed, changed field by field and
// deleted at run time, each with its event.
func TestApplications(t *testing.T) {
	k := hosted(t)
	admin := setup(k)
	app, err := admin.CreateApplication(t.Context(), directory.NewApplication{Name: "Stock", MFA: directory.MFA{Mode: new(mfa.Required)}})
	if err != nil || app.Name != "Stock" || *app.MFA.Mode != mfa.Required {
		t.Fatalf("got %+v, %v", app, err)
	}
	if ev := k.Events()[len(k.Events())-1]; ev.Kind != sallyport.EventApplicationsChanged || ev.Actor != "setup" || ev.Reason != "a test" {
		t.Errorf("got event %+v", ev)
	}
	all := listOf(t, admin.Applications(t.Context()))
	if len(all) != 2 || all[1].ID != app.ID || all[0].Name != sallyporttest.ApplicationName || len(all[0].Roles) != 2 || !slices.Equal(all[0].Roles[0].Permissions, []string{sallyporttest.ReadPath}) {
		t.Errorf("got %+v, want both, with their roles", all)
	}
	app, err = admin.UpdateApplication(t.Context(), strings.ToUpper(app.ID), directory.ApplicationChange{Name: new("Store")})
	if err != nil || app.Name != "Store" || *app.MFA.Mode != mfa.Required {
		t.Errorf("got %+v, %v, want another name alone", app, err)
	}
	if app, err = admin.UpdateApplication(t.Context(), app.ID, directory.ApplicationChange{MFA: &directory.MFA{}}); err != nil || app.Name != "Store" || app.MFA.Mode != nil {
		t.Errorf("got %+v, %v, want another policy alone", app, err)
	}
	if _, err := admin.CreateApplication(t.Context(), directory.NewApplication{Name: "Stock"}); err != nil {
		t.Errorf("the name given up: got %v, want it free", err)
	}
	if err := admin.DeleteApplication(t.Context(), app.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := admin.Application(t.Context(), app.ID); !errors.Is(err, directory.ErrNoApplication) {
		t.Errorf("got %v, want it gone", err)
	}
	if all := listOf(t, admin.Applications(t.Context())); len(all) != 2 {
		t.Errorf("got %d, want the other two", len(all))
	}
	for range admin.Applications(t.Context()) {
		break // stops at once
	}
}

// TestApplicationsRefused: one clear error names the field, and nothing is changed.
func TestApplicationsRefused(t *testing.T) {
	k := hosted(t)
	admin := setup(k)
	app, err := admin.CreateApplication(t.Context(), directory.NewApplication{Name: "Stock"})
	if err != nil {
		t.Fatal(err)
	}
	create := func(n directory.NewApplication) error { return errOf(admin.CreateApplication(t.Context(), n)) }
	update := func(id string, by directory.ApplicationChange) error {
		return errOf(admin.UpdateApplication(t.Context(), id, by))
	}
	for _, tt := range []struct {
		name string
		err  error
		is   error
		want string
	}{
		{"no name", create(directory.NewApplication{}), nil, "application.name: missing"},
		{"a comma", create(directory.NewApplication{Name: "a,b"}), nil, "application.name: holds a comma"},
		{"an id", create(directory.NewApplication{Name: app.ID}), nil, "application.name: looks like an id"},
		{"a mode", create(directory.NewApplication{Name: "x", MFA: directory.MFA{Mode: new("Never")}}), nil, "application.mfa.mode: "},
		{"taken", create(directory.NewApplication{Name: "STOCK"}), directory.ErrApplicationTaken, ""},
		{"taken, of the file", create(directory.NewApplication{Name: "pb_salesdemo"}), directory.ErrApplicationTaken, ""},
		{"taken, at a change", update(app.ID, directory.ApplicationChange{Name: new("pb_SalesDemo")}), directory.ErrApplicationTaken, ""},
		{"a bad name, at a change", update(app.ID, directory.ApplicationChange{Name: new("")}), nil, "application.name: missing"},
		{"a bad policy, at a change", update(app.ID, directory.ApplicationChange{MFA: &directory.MFA{OTPLength: new(5)}}), nil, "application.mfa.otpLength: "},
		{"nobody's id", update("0e9cbd7e-7f4f-4f0a-8f51-8d1c4e2f7a11", directory.ApplicationChange{}), directory.ErrNoApplication, ""},
		{"no id", update("", directory.ApplicationChange{}), directory.ErrNoApplication, ""},
		{"a text", update("\xff/..", directory.ApplicationChange{}), directory.ErrNoApplication, ""},
		{"deleted, no id", admin.DeleteApplication(t.Context(), ""), directory.ErrNoApplication, ""},
		{"roles of none", errOf(admin.In("x").Roles(t.Context())), directory.ErrNoApplication, ""},
		{"the engine's own", admin.DeleteApplication(t.Context(), sallyporttest.ApplicationID), directory.ErrApplicationInUse, ""},
		{"the engine's own name", update(sallyporttest.ApplicationID, directory.ApplicationChange{Name: new("x")}), directory.ErrApplicationInUse, ""},
	} {
		if tt.err == nil || tt.is != nil && !errors.Is(tt.err, tt.is) || !strings.Contains(tt.err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %v, %q", tt.name, tt.err, tt.is, tt.want)
		}
	}
	if now, err := admin.Application(t.Context(), app.ID); err != nil || fmt.Sprint(*now) != fmt.Sprint(*app) {
		t.Errorf("got %+v, %v, want it as it was", now, err)
	}
	if _, err := admin.UpdateApplication(t.Context(), app.ID, directory.ApplicationChange{Name: new("STOCK")}); err != nil {
		t.Errorf("its own name in capitals: got %v", err)
	}
}

// TestApplicationOnce: of many who make applications of one name at once, one does.
func TestApplicationOnce(t *testing.T) {
	k := hosted(t)
	var won atomic.Int64
	crowd(20, func(int) {
		switch _, err := setup(k).CreateApplication(t.Context(), directory.NewApplication{Name: "Stock"}); {
		case err == nil:
			won.Add(1)
		case !errors.Is(err, directory.ErrApplicationTaken):
			t.Errorf("got %v, want the name taken", err)
		}
	})
	if won.Load() != 1 {
		t.Errorf("got %d applications of one name, want 1", won.Load())
	}
}

// TestRolesOfAnyApplication: roles are made, changed, given and deleted in the
// application that is named, and those of another stay out of it.
func TestRolesOfAnyApplication(t *testing.T) {
	k := hosted(t)
	app, err := setup(k).CreateApplication(t.Context(), directory.NewApplication{Name: "Stock"})
	if err != nil {
		t.Fatal(err)
	}
	in := setup(k).In(app.ID)
	if err := in.CreateRole(t.Context(), directory.NewRole{Name: sallyporttest.RoleName, Permissions: []string{"/Bin/Open"}, MFA: directory.MFA{Mode: new(mfa.Required)}}); err != nil {
		t.Fatal(err)
	}
	u := created(t, k) // has a role of the same name in the host's own application
	roles := func(admin *sallyport.Admin, want ...string) {
		t.Helper()
		if now, err := admin.User(t.Context(), u.ID); err != nil || !slices.Equal(now.Roles, want) {
			t.Errorf("got %+v, %v, want roles %q", now, err, want)
		}
	}
	roles(in)
	if _, err := in.UpdateUser(t.Context(), u.ID, directory.UserChange{Roles: &[]string{"auditor"}}); err != nil {
		t.Fatal(err)
	}
	roles(in, sallyporttest.RoleName)
	roles(setup(k), sallyporttest.RoleName)
	if _, err := in.UpdateUser(t.Context(), u.ID, directory.UserChange{Roles: &[]string{sallyporttest.ManagerName}}); !errors.Is(err, directory.ErrNoRole) {
		t.Errorf("a role of another application: got %v, want none", err)
	}
	by := directory.RoleChange{Name: new("Keeper"), Permissions: &[]string{"/Bin/Open", "/Bin/Shut"}, MFA: &directory.MFA{}}
	if err := in.UpdateRole(t.Context(), "AUDITOR", by); err != nil {
		t.Fatal(err)
	}
	roles(in, "Keeper")
	list, err := in.Roles(t.Context())
	if err != nil || len(list) != 1 || list[0].MFA.Mode != nil || !slices.Equal(list[0].Permissions, *by.Permissions) {
		t.Errorf("got %+v, %v, want it changed", list, err)
	}
	if ev := k.Events()[len(k.Events())-1]; ev.Kind != sallyport.EventRolesChanged || ev.Detail != "AUDITOR, name, permissions, mfa" {
		t.Errorf("got %+v, want the fields named", ev)
	}
	if err := in.CreateRole(t.Context(), directory.NewRole{Name: "Other"}); err != nil {
		t.Fatal(err)
	}
	for want, err := range map[string]error{
		"no such role":                  in.UpdateRole(t.Context(), "Nobody", directory.RoleChange{}),
		"has a role of that name":       in.UpdateRole(t.Context(), "Other", directory.RoleChange{Name: new("keeper")}),
		"role.name: missing":            in.UpdateRole(t.Context(), "Other", directory.RoleChange{Name: new("")}),
		"role.permissions[0]: want a p": in.UpdateRole(t.Context(), "Other", directory.RoleChange{Permissions: &[]string{"x"}}),
		"role.mfa.mode: ":               in.UpdateRole(t.Context(), "Other", directory.RoleChange{MFA: &directory.MFA{Mode: new("x")}}),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	if err := in.DeleteRole(t.Context(), "keeper"); err != nil {
		t.Fatal(err)
	}
	roles(in)
	roles(setup(k), sallyporttest.RoleName)
	if err := setup(k).DeleteApplication(t.Context(), app.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := in.User(t.Context(), u.ID); !errors.Is(err, directory.ErrNoApplication) {
		t.Errorf("got %v, want the application gone", err)
	}
}

// TestOwnRole: an actor changes no role that they have, in no field, and any other.
func TestOwnRole(t *testing.T) {
	o := newOwn(t, sallyporttest.User{})
	for name, by := range map[string]directory.RoleChange{
		"name": {Name: new("Owner")}, "permissions": {Permissions: &[]string{sallyporttest.WritePath}}, "mfa": {MFA: &directory.MFA{Mode: new(mfa.Off)}},
	} {
		if err := o.admin.UpdateRole(t.Context(), "AUDITOR", by); !errors.Is(err, sallyport.ErrOwnAccount) {
			t.Errorf("%s: got %v, want it refused", name, err)
		}
		if err := o.admin.UpdateRole(t.Context(), sallyporttest.ManagerName, by); err != nil {
			t.Errorf("%s of another role: got %v", name, err)
		}
		if by.Name != nil {
			if err := o.admin.UpdateRole(t.Context(), "owner", directory.RoleChange{Name: new(sallyporttest.ManagerName)}); err != nil {
				t.Error(err)
			}
		}
	}
}

// TestApplicationInUse: an application with a client stays, and so does that of the
// engine's own calls, which a file by its name does not push aside while a client of
// it is there.
func TestApplicationInUse(t *testing.T) {
	k := sallyporttest.New(t)
	admin := setup(k)
	all := listOf(t, admin.Applications(t.Context()))
	own := all[slices.IndexFunc(all, func(a *directory.Application) bool { return a.Name == "app" })].ID
	if err := admin.DeleteApplication(t.Context(), own); !errors.Is(err, directory.ErrApplicationInUse) {
		t.Errorf("the engine's own: got %v", err)
	}
	app, err := admin.CreateApplication(t.Context(), directory.NewApplication{Name: "Stock"})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{app.ID, own} {
		n := aWebApp()
		n.Application = id
		if _, _, err := admin.CreateClient(t.Context(), n); err != nil {
			t.Fatal(err)
		}
	}
	if err := admin.DeleteApplication(t.Context(), app.ID); !errors.Is(err, directory.ErrApplicationInUse) {
		t.Errorf("with a client: got %v", err)
	}
	if err := errors.Join(admin.DeleteClient(t.Context(), app.ID+"_WebApp"), admin.DeleteApplication(t.Context(), app.ID)); err != nil {
		t.Errorf("without it: got %v", err)
	}
	file := directory.File{Applications: []directory.Application{{ID: "11111111-2222-4333-8444-555555555555", Name: "app"}}}
	if _, err := k.Engine.Apply(t.Context(), file, directory.Options{}); err == nil || !strings.Contains(err.Error(), "applications[0].name: belongs to "+own) {
		t.Errorf("a file with another of its name: got %v, want it refused", err)
	}
}

// TestApplicationPolicyIsKept: an application that was made at run time tells every rule
// of its policy, so that a change of one is no change of another.
func TestApplicationPolicyIsKept(t *testing.T) {
	k := hosted(t)
	rules := directory.MFA{
		Mode: new("Required"), Methods: []string{"EmailOTP"}, Enrollable: []string{"Email"}, Session: new(time.Hour), SessionScope: new("Repository"),
		OTPLifetime: new(2 * time.Minute), LinkLifetime: new(3 * time.Minute), OTPLength: new(8), OTPType: new("Alphabetic"),
	}
	app, err := setup(k).CreateApplication(t.Context(), directory.NewApplication{Name: "Stock", MFA: rules})
	if err != nil {
		t.Fatal(err)
	}
	got := app.MFA
	if *got.Mode != "Required" || !slices.Equal(got.Methods, rules.Methods) || !slices.Equal(got.Enrollable, rules.Enrollable) || *got.Session != time.Hour || *got.SessionScope != "Repository" ||
		*got.OTPLifetime != 2*time.Minute || *got.LinkLifetime != 3*time.Minute || *got.OTPLength != 8 || *got.OTPType != "Alphabetic" {
		t.Errorf("got %+v, want %+v", got, rules)
	}
}
