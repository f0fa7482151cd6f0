package directory_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
)

// TestApplyMatches wants entries with an id to be found by it, and others by
// name, but none to take what belongs to an entry that the file leaves out.
func TestApplyMatches(t *testing.T) {
	const a, b = "6f209594-fc04-4e96-9f9f-7daf57b0fb12", "6f209594-fc04-4e96-9f9f-7daf57b0fb13"
	d := newDirectory(t)
	d.apply(`{"applications": [{"id": "` + a + `", "name": "One"}, {"name": "Two"}]}`)
	two := d.entry("application", "Two").ID
	d.apply(`{"applications": [{"name": "two"}, {"id": "` + strings.ToUpper(a) + `", "name": "Uno"}]}`)
	d.want("application two changed", "application Uno changed")
	if got := d.entry("application", "two").ID; got != two {
		t.Errorf("got %s for the application found by name, want %s", got, two)
	}
	d.apply(`{"applications": [{"id": "` + a + `", "name": "One"}, {"name": "Uno"}]}`)
	d.want("application One changed", "application Uno created")
	d.apply(`{"applications": [{"id": "` + a + `", "name": "Eins"}, {"name": "One"}]}`) // its old name is free
	d.want("application Eins changed", "application One created")
	d.apply(`{"applications": [{"id": "`+a+`", "name": "UNO"}, {"name": "two"}]}`, prune)
	for _, file := range []string{
		`{"applications": [{"id": "` + b + `", "name": "UNO"}]}`,
		`{"applications": [{"id": "` + a + `", "name": "Two"}]}`,
	} {
		if err := d.try(file); err == nil || !strings.HasPrefix(err.Error(), "applications[0].name: belongs to ") {
			t.Errorf("got %v for %s, want it refused", err, file)
		}
	}
	if err := d.try(`{"applications": [{"id": "`+b+`", "name": "UNO"}]}`, prune); err != nil {
		t.Errorf("got %v with the application of that name pruned, want none", err)
	}
}

// TestApplyFolders wants one id a folder, also for a permission that comes later.
func TestApplyFolders(t *testing.T) {
	d := newDirectory(t)
	file := `{"applications": [{"name": "A", "permissions": [{"path": "/f/one"}, {"path": "/g/one"}, {"path": "/top"}]}]}`
	d.apply(file)
	d.apply(strings.Replace(file, `[{"path": "/f/one"}`, `[{"path": "/F/two"}, {"path": "/f/one"}`, 1))
	app := d.describe("application", d.entry("application", "A").ID)
	folders := map[string]string{}
	for i := range 4 {
		p := fmt.Sprintf("permissions[%d].", i)
		folders[strings.Trim(app[p+"path"], `"`)] = app[p+"folder"]
	}
	if folders["/f/one"] != folders["/F/two"] || folders["/f/one"] == folders["/g/one"] || folders["/top"] == folders["/g/one"] || folders["/top"] == "" {
		t.Errorf("got %v, want the same id for /f and /F alone", folders)
	}
}

// TestApplyPrunedPermission wants a role that stays to lose a permission that
// goes.
func TestApplyPrunedPermission(t *testing.T) {
	d := newDirectory(t)
	d.apply(`{"applications": [{"name": "A", "permissions": [{"path": "/p"}, {"path": "/q"}], "roles": [{"name": "R", "permissions": ["/p", "/q"]}]}]}`)
	q := d.entry("permission", "A/q").ID
	d.apply(`{"applications": [{"name": "A", "permissions": [{"path": "/q"}]}]}`, prune)
	app := d.describe("application", d.entry("application", "A").ID)
	if got := app["roles[0].permissions[0]"]; got != q || app["roles[0].permissions[1]"] != "" {
		t.Errorf("got %v, want the permission %s alone", app, q)
	}
}

// TestUnlistedApplication: an edit of an application that the list of them lacks lists it
// under its name, which then is no other's.
func TestUnlistedApplication(t *testing.T) {
	for name, edit := range map[string]func(*sallyport.Admin) error{
		"a role made": func(a *sallyport.Admin) error { return a.CreateRole(t.Context(), directory.NewRole{Name: "S"}) },
		"a role changed": func(a *sallyport.Admin) error {
			return a.UpdateRole(t.Context(), "R", directory.RoleChange{Name: new("S")})
		},
		"a role deleted": func(a *sallyport.Admin) error { return a.DeleteRole(t.Context(), "R") },
		"its policy": func(a *sallyport.Admin) error {
			_, err := a.UpdateApplication(t.Context(), idA, directory.ApplicationChange{MFA: &directory.MFA{}})
			return err
		},
	} {
		d := newDirectory(t)
		d.apply(`{"applications": [{"name": "A", "id": "` + idA + `", "roles": [{"name": "R"}]}]}`)
		d.remove("catalog/directory")
		admin := d.e.Admin(sallyport.Actor{Name: "setup"})
		if err := edit(admin.In(idA)); err != nil {
			t.Errorf("%s: got %v", name, err)
		}
		if _, err := admin.CreateApplication(t.Context(), directory.NewApplication{Name: "a"}); !errors.Is(err, directory.ErrApplicationTaken) {
			t.Errorf("%s: got %v, want its name taken", name, err)
		}
	}
}
