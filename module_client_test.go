package sallyport_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// TestModulePolicyIsItsOwn: the policy on passwords of the engine is not held against one
// that a module keeps: nobody could change it here.
func TestModulePolicyIsItsOwn(t *testing.T) {
	f := bobs()
	f.edit(bobKey, func(r *forestRow) { r.password = "short" })
	k := joined(t, f)
	setPolicy(t, k, func(p *directory.Policy) {
		p.Password.MinLength, p.Password.MaxAge, p.Password.GraceLogons = new(20), 24*time.Hour, 0
	})
	for range 2 {
		r, err := k.Engine.Login(t.Context(), login(bobWith("bob", "short")))
		if err != nil || r.Status != sallyport.Success {
			t.Fatalf("got %v, %v, want %v", r, err, sallyport.Success)
		}
		if _, err := k.Engine.Refresh(t.Context(), refresh(r.Tokens.RefreshToken)); err != nil {
			t.Errorf("a refresh: got %v", err)
		}
		k.Clock.Advance(10 * 24 * time.Hour)
	}
}

// TestModuleClients: a program gives a client modules that the engine has, and no others;
// another change of a client leaves those that it has.
func TestModuleClients(t *testing.T) {
	k := joined(t, bobs())
	admin, ctx := setup(k), t.Context()
	client, _, err := admin.CreateClient(ctx, directory.NewClient{
		Application: sallyporttest.ApplicationID, Platform: "Service", GrantTypes: []string{"VGAuthenticator"}, Scopes: []string{"openid"}, Modules: []string{"VGUSER", "windowsbycredential"},
	})
	if err != nil || !slices.Equal(client.Modules, []string{"VGUser", windows}) {
		t.Fatalf("got %+v, %v, want both modules, as they are spelt", client, err)
	}
	without := k.Node(sallyporttest.WithConfig(func(c *sallyport.Config) { c.Modules = map[string]sallyport.Module{"Other": bobs()} }))
	changed, err := setup(without).UpdateClient(ctx, client.ID, directory.ClientChange{LinkNumber: new(true)})
	if err != nil || !slices.Equal(changed.Modules, client.Modules) {
		t.Errorf("another change: got %+v, %v, want the modules as they were", changed, err)
	}
	if _, err := admin.UpdateClient(ctx, client.ID, directory.ClientChange{Modules: &[]string{"Other"}}); err == nil || !strings.Contains(err.Error(), "client.modules[0]") {
		t.Errorf("a module that the engine has not: got %v", err)
	}
	changed, err = admin.UpdateClient(ctx, client.ID, directory.ClientChange{Modules: &[]string{windows}})
	if err != nil || !slices.Equal(changed.Modules, []string{windows}) {
		t.Errorf("one module: got %+v, %v", changed, err)
	}
	changed, err = admin.UpdateClient(ctx, client.ID, directory.ClientChange{Modules: &[]string{"VGUser"}})
	if err != nil || changed.Modules != nil {
		t.Errorf("VGUser alone: got %+v, %v, want none listed", changed, err)
	}
}

// TestModuleInTheFile: the file names modules that the engine has, and WindowsByCredential
// without, which is warned of. What a program changed is kept.
func TestModuleInTheFile(t *testing.T) {
	apply := func(k *sallyporttest.Kit, modules ...string) (directory.Report, error) {
		d := sallyporttest.Directory()
		d.Clients[0].Modules = modules
		return k.Engine.Apply(t.Context(), d, directory.Options{})
	}
	plain, with := hosted(t), joined(t, bobs(), sallyporttest.WithDirectory(func(d *directory.File) {
		d.Clients[0].Modules, d.Clients[1].Modules = nil, nil
	}))
	if r, err := apply(plain, "VGUser", windows); err != nil || !strings.Contains(strings.Join(r.Warnings, "\n"), "clients[0].modules[1]: the engine has no such module") {
		t.Errorf("without it: got %v, %v, want a warning", r.Warnings, err)
	}
	if _, err := apply(plain, "VGUser", "Other"); err == nil || !strings.Contains(err.Error(), `clients[0].modules[1]: "Other" is none of VGUser, Passwordless, WindowsByCredential`) {
		t.Errorf("another: got %v", err)
	}
	if r, err := apply(with, strings.ToLower(windows)); err != nil || len(r.Warnings) > 0 {
		t.Errorf("with it: got %v, %v, want no warning", r.Warnings, err)
	}
	admin := setup(with)
	if c, err := admin.Client(t.Context(), sallyporttest.ClientID); err != nil || !slices.Equal(c.Modules, []string{windows}) {
		t.Errorf("got %+v, %v", c, err)
	}
	if _, err := admin.UpdateClient(t.Context(), sallyporttest.ClientID, directory.ClientChange{Modules: &[]string{"VGUser", windows}}); err != nil {
		t.Fatal(err)
	}
	r, err := apply(with, windows)
	kept := slices.ContainsFunc(r.Entries, func(e directory.Entry) bool { return e.Kind == "client" && slices.Equal(e.Kept, []string{"modules"}) })
	if err != nil || !kept {
		t.Errorf("got %+v, %v, want the program's modules kept", r.Entries, err)
	}
}

// TestModuleActor: an actor whose account a module keeps gets no more rights by making,
// changing or applying a role that the module gives them, and does not free themselves.
func TestModuleActor(t *testing.T) {
	second := sallyporttest.ApplicationID[:35] + "9"
	apply := func(edit func(*directory.File)) func(context.Context, *sallyport.Admin, string) error {
		return func(ctx context.Context, a *sallyport.Admin, _ string) error {
			d := sallyporttest.Directory()
			edit(&d)
			return errOf(a.Apply(ctx, d, directory.Options{}))
		}
	}
	for _, tt := range []struct {
		name    string
		do      func(ctx context.Context, a *sallyport.Admin, own string) error
		refused bool
	}{
		{"more for their role", func(ctx context.Context, a *sallyport.Admin, _ string) error {
			return a.UpdateRole(ctx, sallyporttest.RoleName, directory.RoleChange{Permissions: &[]string{sallyporttest.WritePath}})
		}, true},
		{"a role that they were given", func(ctx context.Context, a *sallyport.Admin, _ string) error {
			return a.CreateRole(ctx, directory.NewRole{Name: "ghost"})
		}, true},
		{"apply more for their role", apply(func(d *directory.File) {
			d.Applications[0].Roles[0].Permissions = []string{sallyporttest.ReadPath, sallyporttest.WritePath}
		}), true},
		{"apply an application in which they were given a role, by its name", apply(func(d *directory.File) {
			d.Applications = append(d.Applications, directory.Application{ID: second, Name: "Second App", Roles: []directory.Role{{Name: "Boss"}}})
		}), true},
		{"apply an application in which they were given a role, by its id", apply(func(d *directory.File) {
			d.Applications = append(d.Applications, directory.Application{ID: second, Name: "Other App", Roles: []directory.Role{{Name: "Chief"}}})
		}), true},
		{"forget", func(ctx context.Context, a *sallyport.Admin, own string) error { return a.Forget(ctx, own) }, true},
		{"unlock", func(ctx context.Context, a *sallyport.Admin, own string) error { return a.Unlock(ctx, own) }, true},
		{"take their factors", func(ctx context.Context, a *sallyport.Admin, own string) error { return takeFactors(ctx, a, own) }, true},
		{"another role", func(ctx context.Context, a *sallyport.Admin, _ string) error {
			return a.UpdateRole(ctx, sallyporttest.ManagerName, directory.RoleChange{Permissions: &[]string{sallyporttest.ReadPath}})
		}, false},
		{"apply what is applied", apply(func(*directory.File) {}), false},
		{"end their sessions", func(ctx context.Context, a *sallyport.Admin, own string) error { return a.EndSessions(ctx, own) }, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := bobs()
			f.edit(bobKey, func(r *forestRow) {
				r.Roles = append(r.Roles, sallyport.PrincipalRole{Role: "Ghost"}, sallyport.PrincipalRole{Application: "second app", Role: "boss"}, sallyport.PrincipalRole{Application: strings.ToUpper(second), Role: "chief"})
			})
			k := joined(t, f, sallyporttest.WithDirectory(func(d *directory.File) { d.Clients[0].Modules, d.Clients[1].Modules = nil, nil }))
			access, err := k.Engine.Session(t.Context(), bobIn(t, k).Handle)
			if err != nil {
				t.Fatal(err)
			}
			err = tt.do(t.Context(), k.Engine.Admin(sallyport.Actor{Access: access, Reason: "a test"}), access.AccountID)
			if errors.Is(err, sallyport.ErrOwnAccount) != tt.refused || !tt.refused && err != nil {
				t.Errorf("got %v, want it refused: %v", err, tt.refused)
			}
		})
	}
}
