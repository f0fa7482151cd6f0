package sallyport_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// TestOwnAccountOfAHost: where the users are the host's own, whose rows name roles, an
// actor gets no more rights by making, changing or applying a role that their row names,
// and does not have their own factors forgotten.
func TestOwnAccountOfAHost(t *testing.T) {
	role := func(name string) directory.NewRole {
		return directory.NewRole{Name: name, Permissions: []string{sallyporttest.WritePath}}
	}
	apply := func(edit func(*directory.Application)) func(context.Context, *sallyport.Admin) error {
		return func(ctx context.Context, a *sallyport.Admin) error {
			d := sallyporttest.Directory()
			edit(&d.Applications[0])
			return errOf(a.Apply(ctx, d, directory.Options{}))
		}
	}
	for _, tt := range []struct {
		name    string
		do      func(context.Context, *sallyport.Admin) error
		refused bool
	}{
		{"more for their role", func(ctx context.Context, a *sallyport.Admin) error {
			return a.UpdateRole(ctx, sallyporttest.RoleName, directory.RoleChange{Permissions: &[]string{sallyporttest.WritePath}})
		}, true},
		{"another role under a name of their row", func(ctx context.Context, a *sallyport.Admin) error {
			return a.UpdateRole(ctx, sallyporttest.ManagerName, directory.RoleChange{Name: new("GHOST")})
		}, true},
		{"a role of a name of their row", func(ctx context.Context, a *sallyport.Admin) error { return a.CreateRole(ctx, role("ghost")) }, true},
		{"apply more for their role", apply(func(app *directory.Application) {
			app.Roles[0].Permissions = []string{sallyporttest.ReadPath, sallyporttest.WritePath}
		}), true},
		{"apply a role of a name of their row", apply(func(app *directory.Application) {
			app.Roles = append(app.Roles, directory.Role{Name: "Ghost"})
		}), true},
		{"forget", func(ctx context.Context, a *sallyport.Admin) error { return a.Forget(ctx, annID) }, true},
		{"another role", func(ctx context.Context, a *sallyport.Admin) error {
			return a.UpdateRole(ctx, sallyporttest.ManagerName, directory.RoleChange{Name: new("Boss")})
		}, false},
		{"a new role", func(ctx context.Context, a *sallyport.Admin) error { return a.CreateRole(ctx, role("Guest")) }, false},
		{"apply what is applied", apply(func(*directory.Application) {}), false},
		{"apply another role", apply(func(app *directory.Application) {
			app.Roles = append(app.Roles, directory.Role{Name: "Guest"})
		}), false},
		{"forget another", func(ctx context.Context, a *sallyport.Admin) error { return a.Forget(ctx, "8") }, false},
		{"end their sessions", func(ctx context.Context, a *sallyport.Admin) error { return a.EndSessions(ctx, annID) }, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			users := ann(t)
			users.edit(annID, func(a *sallyport.Account) { a.Roles = append(a.Roles, "Ghost") })
			k := owned(t, users)
			access, err := k.Engine.Session(t.Context(), signedIn(t, k))
			if err != nil {
				t.Fatal(err)
			}
			err = tt.do(t.Context(), k.Engine.Admin(sallyport.Actor{Access: access, Reason: "a test"}))
			if errors.Is(err, sallyport.ErrOwnAccount) != tt.refused || !tt.refused && err != nil {
				t.Errorf("got %v, want it refused: %v", err, tt.refused)
			}
		})
	}
}

// TestOwnAccountByImport: a row that an actor imports in their own name frees their own
// account in no field, and nothing of it is written.
func TestOwnAccountByImport(t *testing.T) {
	for _, tt := range []struct {
		name string
		edit func(*directory.ImportRow)
		want bool
		was  directory.UserChange
	}{
		{"enable", nil, true, directory.UserChange{Disabled: new(true)}},
		{"take the lock", nil, true, directory.UserChange{Locked: new(true)}},
		{"approve", nil, true, directory.UserChange{Approved: new(false)}},
		{"a role", func(r *directory.ImportRow) {
			r.Roles = append(r.Roles, directory.Grant{Role: sallyporttest.ManagerName})
		}, true, directory.UserChange{}},
		{"a password", func(r *directory.ImportRow) { r.PasswordHash, r.CredentialsVersion = weakHash, 2 }, true, directory.UserChange{}},
		{"an address", func(r *directory.ImportRow) { r.Email = "eve@example.com" }, true, directory.UserChange{}},
		{"a first name", func(r *directory.ImportRow) { r.FirstName = "Ada" }, false, directory.UserChange{}},
		{"fewer roles", func(r *directory.ImportRow) { r.Roles = nil }, false, directory.UserChange{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := newOwn(t, sallyporttest.User{})
			if _, err := setup(o.Kit).UpdateUser(t.Context(), o.id, tt.was); err != nil {
				t.Fatal(err)
			}
			row := directory.ImportRow{User: directory.User{ID: o.id, Name: "ada", Roles: []directory.Grant{{Role: sallyporttest.RoleName}}}}
			// What the import said before was that the account is as it was not.
			said := row
			said.Disabled, said.Locked, said.Approved = tt.was.Disabled != nil, tt.was.Locked != nil, tt.was.Approved
			importOne(t, setup(o.Kit), said)
			if tt.edit != nil {
				tt.edit(&row)
			}
			before := userShown(t, o.Kit, o.id)
			r := importOne(t, o.admin, row)
			if refused := r.Action == directory.ActionRefused; refused != tt.want || refused && !strings.Contains(r.Reason, sallyport.ErrOwnAccount.Error()) {
				t.Errorf("got %+v, want it refused: %v", r, tt.want)
			}
			if after := userShown(t, o.Kit, o.id); tt.want && after != before {
				t.Errorf("got %s, want it as it was: %s", after, before)
			}
			if r := importOne(t, setup(o.Kit), row); r.Action == directory.ActionRefused {
				t.Errorf("by a job: got %+v, want it done", r)
			}
		})
	}
}

// userShown is an account as an administrator sees it.
func userShown(t *testing.T, k *sallyporttest.Kit, id string) string {
	t.Helper()
	u, err := setup(k).User(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%+v", u)
}

// importOne imports one row.
func importOne(t *testing.T, a *sallyport.Admin, row directory.ImportRow) (out directory.ImportResult) {
	t.Helper()
	one := func(yield func(directory.ImportRow, error) bool) { yield(row, nil) }
	for out = range a.Import(t.Context(), one, directory.ImportOptions{}) {
		if out.Err != nil {
			t.Fatal(out.Err)
		}
	}
	return out
}

// TestActorSessionInTheTrail: an event that a person causes names their session, whichever
// call it is of.
func TestActorSessionInTheTrail(t *testing.T) {
	for name, do := range map[string]func(t *testing.T) (*sallyporttest.Kit, error){
		"Import": func(t *testing.T) (*sallyporttest.Kit, error) {
			o := newOwn(t, sallyporttest.User{})
			importOne(t, o.admin, directory.ImportRow{User: directory.User{Name: "eve"}})
			return o.Kit, nil
		},
		"WrapHashes": func(t *testing.T) (*sallyporttest.Kit, error) {
			o := newOwn(t, sallyporttest.User{})
			withHashes(t, o.Kit, 1, weakHash)
			_, _, err := o.admin.WrapHashes(t.Context())
			return o.Kit, err
		},
		"Forget":         ofAnother((*sallyport.Admin).Forget),
		"AccountChanged": ofAnother((*sallyport.Admin).AccountChanged),
	} {
		t.Run(name, func(t *testing.T) {
			k, err := do(t)
			if err != nil {
				t.Fatal(err)
			}
			list := k.Events()
			if last := list[len(list)-1]; last.ActorSession == "" || last.Actor == "" || last.Reason == "" {
				t.Errorf("got %+v, want actor, session and reason", last)
			}
		})
	}
}

// ofAnother has ann do something to the account of another user of a host's.
func ofAnother(do func(*sallyport.Admin, context.Context, string) error) func(*testing.T) (*sallyporttest.Kit, error) {
	return func(t *testing.T) (*sallyporttest.Kit, error) {
		users := ann(t)
		users.edit("8", func(a *sallyport.Account) {
			*a = sallyport.Account{ID: "8", Name: "Bob", Since: born, PasswordHash: hashed(t, annPassword), Roles: []string{sallyporttest.RoleName}}
		})
		k := owned(t, users)
		hostLogin(t, k, sallyport.Login{Username: "bob", Password: annPassword})
		access, err := k.Engine.Session(t.Context(), signedIn(t, k))
		if err != nil {
			t.Fatal(err)
		}
		return k, do(k.Engine.Admin(sallyport.Actor{Access: access, Reason: "a test"}), t.Context(), "8")
	}
}
