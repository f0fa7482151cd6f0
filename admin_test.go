package sallyport_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

func setup(k *sallyporttest.Kit) *sallyport.Admin {
	return k.Engine.Admin(sallyport.Actor{Name: "setup", Reason: "a test"})
}

// created makes ada by the engine's administration, with one role.
func created(t *testing.T, k *sallyporttest.Kit) *sallyport.User {
	t.Helper()
	u, err := setup(k).CreateUser(t.Context(), directory.NewUser{Name: "ada", Password: "correct horse battery", Roles: []string{sallyporttest.RoleName}})
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// TestCreateUser: an account that was made at run time logs in, is found by its id and
// by its name in any spelling, and is told of in the trail.
func TestCreateUser(t *testing.T) {
	var told []sallyport.Event
	k := hosted(t, sallyporttest.WithConfig(func(c *sallyport.Config) { c.OnEvent = func(ev sallyport.Event) { told = append(told, ev) } }))
	told = nil
	u, err := setup(k).CreateUser(t.Context(), directory.NewUser{
		Name: "  Ada  Lovelace ", Password: "correct horse battery", Email: "ada@example.com", Mobile: "0049 170 1234567", FirstName: "Ada",
		Attributes: []account.Attribute{{Name: "City", Value: "London"}}, Roles: []string{"auditor"}, Start: k.Clock.Now(), End: k.Clock.Now().Add(time.Hour),
	})
	if err != nil {
		t.Fatal(err)
	}
	want := sallyport.User{
		ID: u.ID, Name: "Ada Lovelace", FirstName: "Ada", Attributes: []account.Attribute{{Name: "City", Value: "London"}}, Email: "ada@example.com", Mobile: "+491701234567",
		Approved: true, HasPassword: true, Start: k.Clock.Now(), End: k.Clock.Now().Add(time.Hour), Roles: []string{sallyporttest.RoleName},
	}
	equal := func(what string, got *sallyport.User, err error) {
		t.Helper()
		if err != nil || fmt.Sprintf("%+v", *got) != fmt.Sprintf("%+v", want) {
			t.Errorf("%s:\ngot  %+v, %v\nwant %+v", what, got, err, want)
		}
	}
	equal("created", u, nil)
	byID, err := setup(k).User(t.Context(), strings.ToUpper(u.ID))
	equal("by id", byID, err)
	byName, err := setup(k).FindUser(t.Context(), "ADA LOVELACE")
	equal("by name", byName, err)
	if len(told) != 1 || told[0].Kind != sallyport.EventUserCreated || told[0].Account != u.ID || told[0].Actor != "setup" || told[0].Reason != "a test" {
		t.Errorf("got events %+v, want one that names account, actor and reason", told)
	}
	r := hostLogin(t, k, sallyport.Login{Username: "ada lovelace", Password: "correct horse battery"})
	wantOutcome(t, "the login", r, sallyport.Granted, sallyport.NoReason)
	if r.Session.AccountID != u.ID || !slices.Equal(r.Session.Roles, []string{sallyporttest.RoleName}) {
		t.Errorf("got %+v, want the account with its role", r.Session.Access)
	}
}

// TestCreateUserRefused: one clear error names the field, and nothing is made.
func TestCreateUserRefused(t *testing.T) {
	k := hosted(t)
	created(t, k)
	for _, tt := range []struct {
		name string
		u    directory.NewUser
		is   error
		want string
	}{
		{"the same name", directory.NewUser{Name: "ada"}, directory.ErrNameTaken, "the name is taken"},
		{"in another spelling", directory.NewUser{Name: "ADA "}, directory.ErrNameTaken, `"ADA" and "ada" are one name`},
		{"no name", directory.NewUser{}, nil, "user.name: missing"},
		{"no such role", directory.NewUser{Name: "eve", Roles: []string{"Pilot"}}, directory.ErrNoRole, `user.roles: directory: no such role: "Pilot" in PB_Salesdemo`},
		{"a national number", directory.NewUser{Name: "eve", Mobile: "0170 1234567"}, nil, "user.mobile: want "},
		{"no address", directory.NewUser{Name: "eve", Email: "eve"}, nil, "user.email: want "},
		{"a control character in the password", directory.NewUser{Name: "eve", Password: "a\x00b"}, nil, "password: against the policy: form"},
		{"a short password", directory.NewUser{Name: "eve", Password: "k7#vq2x"}, nil, "password: against the policy: minLength"},
		{"a name in it", directory.NewUser{Name: "evelyn", Password: "evelyn 4711 x"}, nil, "password: against the policy: context"},
		{"no hash", directory.NewUser{Name: "eve", PasswordHash: "x"}, nil, "user.passwordHash: "},
		{"two passwords", directory.NewUser{Name: "eve", Password: "correct horse", PasswordHash: "x"}, nil, "user.passwordHash: stands beside"},
		{"an end before the start", directory.NewUser{Name: "eve", Start: k.Clock.Now(), End: k.Clock.Now()}, nil, "user.end: not after start"},
	} {
		_, err := setup(k).CreateUser(t.Context(), tt.u)
		if err == nil || !strings.Contains(err.Error(), tt.want) || tt.is != nil && !errors.Is(err, tt.is) {
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.want)
		}
	}
	if u, err := setup(k).FindUser(t.Context(), "eve"); !errors.Is(err, directory.ErrNoUser) {
		t.Errorf("got %v, %v, want nobody made", u, err)
	}
}

// TestCreateUserOnce: of many who make one name at once, one does, and the name is
// that account's.
func TestCreateUserOnce(t *testing.T) {
	k := hosted(t)
	var won atomic.Int64
	crowd(20, func(int) {
		_, err := setup(k).CreateUser(t.Context(), directory.NewUser{Name: "ada"})
		switch {
		case err == nil:
			won.Add(1)
		case !errors.Is(err, directory.ErrNameTaken):
			t.Errorf("got %v, want the name taken", err)
		}
	})
	if won.Load() != 1 {
		t.Errorf("got %d accounts of one name, want 1", won.Load())
	}
}

// TestUpdateUser: each field is changed by itself, and acts at the next call.
func TestUpdateUser(t *testing.T) {
	for _, tt := range []struct {
		name string
		by   directory.UserChange
		is   sallyport.Outcome
		why  sallyport.Reason
		ends bool // sessions that were there
	}{
		{"first name", directory.UserChange{FirstName: new("Ada")}, sallyport.Granted, "", false},
		{"disabled", directory.UserChange{Disabled: new(true)}, sallyport.Denied, sallyport.ReasonDisabled, true},
		{"locked", directory.UserChange{Locked: new(true)}, sallyport.Denied, sallyport.ReasonLocked, true},
		{"not approved", directory.UserChange{Approved: new(false)}, sallyport.Denied, sallyport.ReasonNotApproved, true},
		{"must change", directory.UserChange{MustChangePassword: new(true)}, sallyport.PasswordChangeWanted, sallyport.ReasonMustChange, true},
		{"not yet", directory.UserChange{Start: new(time.Date(2999, 1, 1, 0, 0, 0, 0, time.UTC))}, sallyport.Denied, sallyport.ReasonNotYetValid, true},
		{"over", directory.UserChange{End: new(time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC))}, sallyport.Denied, sallyport.ReasonExpired, true},
		{"no role", directory.UserChange{Roles: &[]string{}}, sallyport.Granted, "", false},
		{"another name", directory.UserChange{Name: new("eve")}, sallyport.Denied, sallyport.ReasonWrongPassword, false},
		{"nothing", directory.UserChange{}, sallyport.Granted, "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k := hosted(t)
			u := created(t, k)
			s := hostLogin(t, k, sallyport.Login{Username: "ada", Password: "correct horse battery"}).Session
			if _, err := setup(k).UpdateUser(t.Context(), u.ID, tt.by); err != nil {
				t.Fatal(err)
			}
			if ev := k.Events()[len(k.Events())-1]; ev.Kind != sallyport.EventUserChanged || ev.Detail != strings.Join(tt.by.Fields(), ", ") {
				t.Errorf("got event %+v, want the fields named", ev)
			}
			if _, err := k.Engine.Session(t.Context(), s.Handle); (err != nil) != tt.ends {
				t.Errorf("the session from before: got %v, want it ended: %v", err, tt.ends)
			}
			wantOutcome(t, "the next login", hostLogin(t, k, sallyport.Login{Username: "ada", Password: "correct horse battery"}), tt.is, tt.why)
		})
	}
}

// TestUpdateUserRefused: a change that cannot be made changes nothing.
func TestUpdateUserRefused(t *testing.T) {
	k := hosted(t)
	u := created(t, k)
	k.AddUser(t, sallyporttest.User{Name: "Straße"})
	for _, tt := range []struct {
		name string
		by   directory.UserChange
		want string
	}{
		{"a taken name", directory.UserChange{FirstName: new("x"), Name: new("STRASSE")}, "are one name"},
		{"no name", directory.UserChange{FirstName: new("x"), Name: new(" ")}, "user.name: missing"},
		{"no such role", directory.UserChange{FirstName: new("x"), Roles: &[]string{"Pilot"}}, "no such role"},
		{"a control character", directory.UserChange{FirstName: new("x\n")}, "user.firstName: holds a control character"},
	} {
		if _, err := setup(k).UpdateUser(t.Context(), u.ID, tt.by); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.want)
		}
	}
	if now, err := setup(k).User(t.Context(), u.ID); err != nil || fmt.Sprint(*now) != fmt.Sprint(*u) {
		t.Errorf("got %+v, %v, want it as it was: %+v", now, err, u)
	}
	for what, err := range map[string]error{
		"update": errOf(setup(k).UpdateUser(t.Context(), "nobody", directory.UserChange{})),
		"delete": setup(k).DeleteUser(t.Context(), "0e9cbd7e-7f4f-4f0a-8f51-8d1c4e2f7a11"),
		"unlock": setup(k).Unlock(t.Context(), ""),
		"find":   errOf(setup(k).FindUser(t.Context(), "\xff")),
	} {
		if !errors.Is(err, directory.ErrNoUser) {
			t.Errorf("%s: got %v, want no such user", what, err)
		}
	}
}

// TestRenamedUser: the old name stays reserved, and is the account's own to take back.
func TestRenamedUser(t *testing.T) {
	k := hosted(t)
	u := created(t, k)
	rename := func(name string) error {
		return errOf(setup(k).UpdateUser(t.Context(), u.ID, directory.UserChange{Name: &name}))
	}
	if err := rename("eve"); err != nil {
		t.Fatal(err)
	}
	if _, err := setup(k).CreateUser(t.Context(), directory.NewUser{Name: "ada"}); !errors.Is(err, directory.ErrNameTaken) {
		t.Errorf("the old name: got %v, want it reserved", err)
	}
	if err := rename("ADA"); err != nil {
		t.Errorf("back: got %v", err)
	}
	if err := setup(k).DeleteUser(t.Context(), u.ID); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"ada", "eve"} {
		if _, err := setup(k).CreateUser(t.Context(), directory.NewUser{Name: name}); !errors.Is(err, directory.ErrNameTaken) {
			t.Errorf("%s after the deletion: got %v, want it reserved", name, err)
		}
	}
}

// TestSetPassword: another password ends sessions and locks, and the old one is good
// no more.
func TestSetPassword(t *testing.T) {
	k := hosted(t)
	u := created(t, k)
	s := hostLogin(t, k, sallyport.Login{Username: "ada", Password: "correct horse battery"}).Session
	for i := range 10 {
		hostLogin(t, k, sallyport.Login{Username: "ada", Password: strings.Repeat("x", i+1)})
	}
	if now, err := setup(k).User(t.Context(), u.ID); err != nil || !now.LockedUntil.Equal(k.Clock.Now().Add(15*time.Minute)) {
		t.Errorf("got %+v, %v, want it locked for a quarter of an hour", now, err)
	}
	if err := setup(k).SetLastingPassword(t.Context(), u.ID, "another password"); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Engine.Session(t.Context(), s.Handle); !errors.Is(err, sallyport.ErrInvalidSession) {
		t.Errorf("the session from before: got %v, want it ended", err)
	}
	wantOutcome(t, "the old one", hostLogin(t, k, sallyport.Login{Username: "ada", Password: "correct horse battery"}), sallyport.Denied, sallyport.ReasonWrongPassword)
	wantOutcome(t, "the new one", hostLogin(t, k, sallyport.Login{Username: "ada", Password: "another password"}), sallyport.Granted, "")
	if err := setup(k).SetPassword(t.Context(), u.ID, "a third password"); err != nil {
		t.Fatal(err)
	}
	wantOutcome(t, "one to be changed", hostLogin(t, k, sallyport.Login{Username: "ada", Password: "a third password"}), sallyport.PasswordChangeWanted, sallyport.ReasonMustChange)
}

// TestUnlockAndEndSessions: what locked an account is gone; its sessions end on demand.
func TestUnlockAndEndSessions(t *testing.T) {
	k := hosted(t)
	u := created(t, k)
	in := sallyport.Login{Username: "ada", Password: "correct horse battery"}
	for i := range 10 {
		hostLogin(t, k, sallyport.Login{Username: "ada", Password: strings.Repeat("x", i+1)})
	}
	wantOutcome(t, "locked out", hostLogin(t, k, in), sallyport.Denied, sallyport.ReasonLockedOut)
	if err := setup(k).Unlock(t.Context(), u.ID); err != nil {
		t.Fatal(err)
	}
	s := hostLogin(t, k, in).Session
	if s == nil {
		t.Fatal("still locked out")
	}
	if err := setup(k).EndSessions(t.Context(), u.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Engine.Session(t.Context(), s.Handle); !errors.Is(err, sallyport.ErrInvalidSession) {
		t.Errorf("got %v, want it ended", err)
	}
}

// TestOwnAccount: nobody unlocks, approves or gives roles to themself; the rest they
// may.
func TestOwnAccount(t *testing.T) {
	k := hosted(t)
	u := created(t, k)
	own := k.Engine.Admin(sallyport.Actor{Reason: "a test", Access: &hostLogin(t, k, sallyport.Login{Username: "ada", Password: "correct horse battery"}).Session.Access})
	for what, err := range map[string]error{
		"unlock":        own.Unlock(t.Context(), strings.ToUpper(u.ID)),
		"approve":       errOf(own.UpdateUser(t.Context(), u.ID, directory.UserChange{Approved: new(true)})),
		"roles":         errOf(own.UpdateUser(t.Context(), u.ID, directory.UserChange{Roles: &[]string{sallyporttest.RoleName}})),
		"take the lock": errOf(own.UpdateUser(t.Context(), u.ID, directory.UserChange{Locked: new(false)})),
	} {
		if !errors.Is(err, sallyport.ErrOwnAccount) {
			t.Errorf("%s: got %v, want it refused", what, err)
		}
	}
	if _, err := own.UpdateUser(t.Context(), u.ID, directory.UserChange{FirstName: new("Ada")}); err != nil {
		t.Errorf("the first name: got %v", err)
	}
	for what, bad := range map[string]sallyport.Actor{"nobody": {}, "a line end": {Name: "x", Reason: "a\nb"}, "too long": {Name: strings.Repeat("x", 201)}} {
		if err := k.Engine.Admin(bad).Unlock(t.Context(), u.ID); err == nil || errors.Is(err, directory.ErrNoUser) {
			t.Errorf("actor %s: got %v, want it refused", what, err)
		}
	}
}

// TestRunTimeBesideTheFile: the next apply of the old file undoes nothing, takes
// nobody over, and says so.
func TestRunTimeBesideTheFile(t *testing.T) {
	k := hosted(t)
	p := k.AddUser(t, sallyporttest.User{Name: "nora"})
	u := created(t, k)
	if _, err := setup(k).UpdateUser(t.Context(), p.ID, directory.UserChange{FirstName: new("Nora"), Disabled: new(true)}); err != nil {
		t.Fatal(err)
	}
	report := k.Apply(t, nil)
	i := slices.IndexFunc(report.Entries, func(e directory.Entry) bool { return e.ID == p.ID })
	if !slices.Equal(report.Entries[i].Kept, []string{"firstName", "disabled"}) {
		t.Errorf("got %+v, want it to say which fields were kept", report.Entries[i])
	}
	if now, err := setup(k).User(t.Context(), p.ID); err != nil || now.FirstName != "Nora" || !now.Disabled {
		t.Errorf("got %+v, %v, want it as it was edited", now, err)
	}
	wantOutcome(t, "made at run time", hostLogin(t, k, sallyport.Login{Username: "ada", Password: "correct horse battery"}), sallyport.Granted, "")
	_, err := k.Engine.Apply(t.Context(), directory.File{Users: []directory.User{{Name: "ADA", Password: "mine now"}}}, directory.Options{})
	if err == nil || !strings.Contains(err.Error(), "users[0].name: belongs to an account that this file did not make; give its id") {
		t.Errorf("got %v, want the account not taken over", err)
	}
	if _, err := k.Engine.Apply(t.Context(), directory.File{Users: []directory.User{}}, directory.Options{Prune: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := setup(k).User(t.Context(), u.ID); err != nil {
		t.Errorf("pruned: got %v, want what a program made to stay", err)
	}
	if _, err := setup(k).User(t.Context(), p.ID); !errors.Is(err, directory.ErrNoUser) {
		t.Errorf("pruned: got %v, want what the file made to be gone", err)
	}
}

// TestUsers lists all accounts once, in the order of their ids, from any of them on.
func TestUsers(t *testing.T) {
	k := hosted(t)
	for i := range 450 { // two pages and a part
		if _, err := setup(k).CreateUser(t.Context(), directory.NewUser{Name: fmt.Sprint("user", i)}); err != nil {
			t.Fatal(err)
		}
	}
	list := func(after string) (ids []string) {
		for u, err := range setup(k).Users(t.Context(), after) {
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, u.ID)
		}
		return ids
	}
	all := list("")
	if len(all) != 450 || !slices.IsSorted(all) || len(slices.Compact(slices.Clone(all))) != 450 {
		t.Errorf("got %d accounts, want 450 in order", len(all))
	}
	if rest := list(all[199]); !slices.Equal(rest, all[200:]) {
		t.Errorf("got %d after the 200th, want 250", len(rest))
	}
	for range setup(k).Users(t.Context(), "") {
		break // stops at once
	}
}

// TestRoles: a role that was made at run time is given, tells its permissions, and is
// gone at the next look.
func TestRoles(t *testing.T) {
	k := hosted(t)
	admin := setup(k)
	if err := admin.CreateRole(t.Context(), directory.NewRole{Name: "Clerk", Permissions: []string{"/Desk/MayStamp", sallyporttest.ReadPath}}); err != nil {
		t.Fatal(err)
	}
	if err := admin.CreateRole(t.Context(), directory.NewRole{Name: "clerk"}); !errors.Is(err, directory.ErrRoleTaken) {
		t.Errorf("a second one: got %v, want it refused", err)
	}
	for want, r := range map[string]directory.NewRole{
		"role.name: missing":                            {},
		"role.name: holds a comma":                      {Name: "a,b"},
		"role.permissions[0]: want a path":              {Name: "x", Permissions: []string{"Desk"}},
		"role.permissions[1]: the same path as role.pe": {Name: "x", Permissions: []string{"/A/B", "/a/b"}},
	} {
		if err := admin.CreateRole(t.Context(), r); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: got %v, want %q", r, err, want)
		}
	}
	if _, err := admin.CreateUser(t.Context(), directory.NewUser{Name: "eve", Password: "correct horse", Roles: []string{"Clerk"}}); err != nil {
		t.Fatal(err)
	}
	s := hostLogin(t, k, sallyport.Login{Username: "eve", Password: "correct horse"}).Session
	if !slices.Equal(s.Permissions, []string{sallyporttest.ReadPath, "/Desk/MayStamp"}) {
		t.Errorf("got permissions %q", s.Permissions)
	}
	roles, err := admin.Roles(t.Context())
	if i := slices.IndexFunc(roles, func(r directory.NewRole) bool { return r.Name == "Clerk" }); err != nil || i < 0 || len(roles[i].Permissions) != 2 {
		t.Errorf("got %+v, %v, want it listed", roles, err)
	}
	if err := admin.DeleteRole(t.Context(), "CLERK"); err != nil {
		t.Fatal(err)
	}
	if a, err := k.Engine.Session(t.Context(), s.Handle); err != nil || len(a.Roles) != 0 || len(a.Permissions) != 0 {
		t.Errorf("got %+v, %v, want a session without the role", a, err)
	}
	if err := admin.DeleteRole(t.Context(), "Clerk"); !errors.Is(err, directory.ErrNoRole) {
		t.Errorf("again: got %v, want no such role", err)
	}
}

// takeFactors takes the factors of an account, and invites nobody.
func takeFactors(ctx context.Context, a *sallyport.Admin, id string) error {
	_, err := a.ResetFactors(ctx, id, sallyport.NoInvitation)
	return err
}
