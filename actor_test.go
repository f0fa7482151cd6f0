package sallyport_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// TestActor: who acts is a person with a reason or a job by a name that is no
// account's; whoever is not is refused by every call.
func TestActor(t *testing.T) {
	k := hosted(t)
	u := created(t, k)
	person := &hostLogin(t, k, sallyport.Login{Username: "ada", Password: "correct horse battery"}).Session.Access
	long := strings.Repeat("ä", 200)
	for _, tt := range []struct {
		name string
		a    sallyport.Actor
		want string // in the error; "": none
	}{
		{"a job", sallyport.Actor{Name: "setup"}, ""},
		{"a job with a reason", sallyport.Actor{Name: long, Reason: long}, ""},
		{"a person", sallyport.Actor{Access: person, Reason: long}, ""},
		{"a person of one character", sallyport.Actor{Access: person, Reason: "x"}, ""},
		{"nobody", sallyport.Actor{}, "names nobody"},
		{"nobody, with a reason", sallyport.Actor{Reason: "x"}, "names nobody"},
		{"no person", sallyport.Actor{Access: &sallyport.Access{}, Name: "setup", Reason: "x"}, "names nobody"},
		{"a person without a reason", sallyport.Actor{Access: person}, "Actor.Reason is missing"},
		{"a person with a blank one", sallyport.Actor{Access: person, Reason: " "}, "Actor.Reason is missing"},
		{"a job like an account", sallyport.Actor{Name: u.ID}, "looks like the id of an account"},
		{"a job like an account in capitals", sallyport.Actor{Name: strings.ToUpper(u.ID)}, "looks like the id of an account"},
		{"a job like an account with blanks", sallyport.Actor{Name: " " + u.ID + "\u00a0"}, "looks like the id of an account"},
		{"a long name", sallyport.Actor{Name: long + "x"}, "Actor.Name has over 200"},
		{"a long reason", sallyport.Actor{Name: "x", Reason: long + "x"}, "Actor.Reason has over 200"},
		{"a line end", sallyport.Actor{Name: "x", Reason: "a\nb"}, "Actor.Reason has over 200 characters, or a control character"},
		{"no text", sallyport.Actor{Name: "\xff"}, "Actor.Name has"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			admin := k.Engine.Admin(tt.a)
			for what, err := range map[string]error{
				"edit": admin.EndSessions(t.Context(), u.ID), "read": errOf(admin.User(t.Context(), u.ID)),
				"list": first(admin.Users(t.Context(), "")), "apply": errOf(admin.Apply(t.Context(), directory.File{}, directory.Options{})),
			} {
				if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
					t.Errorf("%s: got %v, want %q", what, err, tt.want)
				}
			}
		})
	}
}

// first is the first error of a list.
func first[T any](list func(func(T, error) bool)) (err error) {
	for _, err = range list {
		break
	}
	return err
}

// own is an administrator who acts with a session of their own, and what of their
// account is stored before and after.
type own struct {
	*sallyporttest.Kit
	id    string
	admin *sallyport.Admin
}

func newOwn(t *testing.T, u sallyporttest.User) own {
	t.Helper()
	k := hosted(t)
	u.Name = "ada"
	p := k.AddUser(t, u)
	a := hostLogin(t, k, sallyport.Login{Username: "ada", Password: p.Password}).Session.Access
	return own{k, p.ID, k.Engine.Admin(sallyport.Actor{Access: &a, Reason: "a test"})}
}

// TestOwnAccountByEveryRoute: an actor frees their own account by no call, whatever
// was done to it meanwhile; what takes away from it they may do.
func TestOwnAccountByEveryRoute(t *testing.T) {
	change := func(by directory.UserChange) func(context.Context, own) error {
		return func(ctx context.Context, o own) error {
			return errOf(o.admin.UpdateUser(ctx, strings.ToUpper(o.id), by))
		}
	}
	for _, tt := range []struct {
		name    string
		do      func(context.Context, own) error
		refused bool
	}{
		{"unlock", func(ctx context.Context, o own) error { return o.admin.Unlock(ctx, o.id) }, true},
		{"set a password", func(ctx context.Context, o own) error { return o.admin.SetPassword(ctx, o.id, fresh) }, true},
		{"set one that lasts", func(ctx context.Context, o own) error { return o.admin.SetLastingPassword(ctx, o.id, fresh) }, true},
		{"generate a password", func(ctx context.Context, o own) error { return errOf(o.admin.GeneratePassword(ctx, o.id)) }, true},
		{"take the factors away", func(ctx context.Context, o own) error {
			_, err := o.admin.ResetFactors(ctx, strings.ToUpper(o.id), sallyport.NoInvitation)
			return err
		}, true},
		{"invite", func(ctx context.Context, o own) error {
			_, err := o.admin.Invite(ctx, strings.ToUpper(o.id), sallyport.InviteReturned)
			return err
		}, true},
		{"approve", change(directory.UserChange{Approved: new(true)}), true},
		{"enable", change(directory.UserChange{Disabled: new(false)}), true},
		{"take the lock", change(directory.UserChange{Locked: new(false)}), true},
		{"keep the password", change(directory.UserChange{MustChangePassword: new(false)}), true},
		{"begin earlier", change(directory.UserChange{Start: &account.NoExpiry}), true},
		{"end later", change(directory.UserChange{End: &account.NoExpiry}), true},
		{"take a role", change(directory.UserChange{Roles: &[]string{sallyporttest.ManagerName}}), true},
		{"take a role with a name", change(directory.UserChange{FirstName: new("Ada"), Roles: &[]string{sallyporttest.RoleName}}), true},
		{"change the name", change(directory.UserChange{FirstName: new("Ada")}), false},
		{"disable", change(directory.UserChange{Disabled: new(true)}), false},
		{"lock", change(directory.UserChange{Locked: new(true)}), false},
		{"end the sessions", func(ctx context.Context, o own) error { return o.admin.EndSessions(ctx, o.id) }, false},
		{"delete", func(ctx context.Context, o own) error { return o.admin.DeleteUser(ctx, o.id) }, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := newOwn(t, sallyporttest.User{})
			before, err := setup(o.Kit).User(t.Context(), o.id)
			if err != nil {
				t.Fatal(err)
			}
			if err := tt.do(t.Context(), o); errors.Is(err, sallyport.ErrOwnAccount) != tt.refused || !tt.refused && err != nil {
				t.Errorf("got %v, want it refused: %v", err, tt.refused)
			}
			if now, err := setup(o.Kit).User(t.Context(), o.id); tt.refused && (err != nil || fmt.Sprintf("%+v", now) != fmt.Sprintf("%+v", before)) {
				t.Errorf("got %+v, %v, want it as it was: %+v", now, err, before)
			}
		})
	}
}

// TestOwnAccountByApply: a file that an actor applies in their own name frees their
// own account in no field of it, and by no list beside it.
func TestOwnAccountByApply(t *testing.T) {
	user := func(edit func(*directory.User)) func(*directory.File) {
		return func(d *directory.File) { edit(&d.Users[0]) }
	}
	for _, tt := range []struct {
		name string
		edit func(*directory.File)
		want string                // where the error says so; "": none
		was  func(*directory.User) // applied by a job before
	}{
		{"approve", user(func(*directory.User) {}), "users[0].approved", func(u *directory.User) { u.Approved = new(false) }},
		{"enable", user(func(*directory.User) {}), "users[0].disabled", func(u *directory.User) { u.Disabled = true }},
		{"take the lock", user(func(*directory.User) {}), "users[0].locked", func(u *directory.User) { u.Locked = true }},
		{"keep the password", user(func(*directory.User) {}), "users[0].mustChangePassword", func(u *directory.User) { u.MustChangePassword = true }},
		{"begin earlier", user(func(*directory.User) {}), "users[0].start", func(u *directory.User) { u.Start = sallyporttest.Start.AddDate(1, 0, 0) }},
		{"a role", user(func(u *directory.User) {
			u.Roles = append(u.Roles, directory.Grant{Application: sallyporttest.ApplicationName, Role: sallyporttest.ManagerName})
		}), "applications[0].roles", nil},
		{"a permission of their role", func(d *directory.File) {
			d.Applications[0].Roles[0].Permissions = []string{sallyporttest.ReadPath, sallyporttest.WritePath}
		}, "applications[0].roles", nil},
		{"their role under another name", nil, "applications[0].roles", nil},
		{"a password", user(func(u *directory.User) { u.Password, u.CredentialsVersion = "of the file, and new", 2 }), "users[0].credentialsVersion", nil},
		{"an authenticator", user(func(u *directory.User) {
			u.TOTP, u.CredentialsVersion = &directory.TOTP{Secret: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"}, 2
		}), "users[0].credentialsVersion", nil},
		{"an end", user(func(u *directory.User) { u.End = sallyporttest.Start.AddDate(9, 0, 0) }), "users[0].end", nil},
		{"no second factor", user(func(u *directory.User) { u.MFA = new(false) }), "users[0].mfa", nil},
		{"a first name", user(func(u *directory.User) { u.FirstName = "Ada" }), "", nil},
		{"disable", user(func(u *directory.User) { u.Disabled = true }), "", nil},
		{"another's role", func(d *directory.File) {
			d.Users = append(d.Users, directory.User{Name: "eve", Roles: []directory.Grant{{Application: sallyporttest.ApplicationName, Role: sallyporttest.ManagerName}}})
		}, "", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := newOwn(t, sallyporttest.User{})
			d := sallyporttest.Directory()
			d.Users = []directory.User{{ID: o.id, Name: "ada", Roles: []directory.Grant{{Application: sallyporttest.ApplicationName, Role: sallyporttest.RoleName}}}}
			if tt.was != nil {
				first := d
				first.Users = slices.Clone(d.Users)
				tt.was(&first.Users[0])
				if _, err := setup(o.Kit).Apply(t.Context(), first, directory.Options{}); err != nil {
					t.Fatal(err)
				}
			}
			if tt.edit == nil { // by its id, which is that of the stored one
				report := o.Apply(t, nil)
				i := slices.IndexFunc(report.Entries, func(e directory.Entry) bool { return e.Kind == "role" })
				d.Applications[0].Roles[0].ID, d.Applications[0].Roles[0].Name = report.Entries[i].ID, "Owner"
				d.Users[0].Roles[0].Role = "Owner"
			} else {
				tt.edit(&d)
			}
			_, err := o.admin.Apply(t.Context(), d, directory.Options{})
			if errors.Is(err, sallyport.ErrOwnAccount) != (tt.want != "") || err != nil && !strings.Contains(err.Error(), tt.want+": ") {
				t.Errorf("got %v, want %q", err, tt.want)
			}
			if _, err := setup(o.Kit).Apply(t.Context(), d, directory.Options{}); err != nil {
				t.Errorf("by a job: got %v, want it done", err)
			}
		})
	}
}

// TestApplyInTheTrail: what is applied is an event with who applied it and why.
func TestApplyInTheTrail(t *testing.T) {
	o := newOwn(t, sallyporttest.User{})
	before := len(o.Events())
	if _, err := o.admin.Apply(t.Context(), directory.File{Users: []directory.User{{Name: "eve"}}}, directory.Options{}); err != nil {
		t.Fatal(err)
	}
	list := o.Events()[before:]
	if len(list) != 1 || list[0].Kind != sallyport.EventDirectory || list[0].Actor != o.id || list[0].Reason != "a test" || list[0].ActorSession == "" {
		t.Errorf("got %+v, want actor, session and reason", list)
	}
}
