package sallyport_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// clerk makes a role and a user who has it, at run time.
func clerk(t *testing.T, k *sallyporttest.Kit) sallyport.Login {
	t.Helper()
	if err := setup(k).CreateRole(t.Context(), directory.NewRole{Name: "Clerk"}); err != nil {
		t.Fatal(err)
	}
	if _, err := setup(k).CreateUser(t.Context(), directory.NewUser{Name: "eve", Password: "correct horse", Roles: []string{"Clerk"}}); err != nil {
		t.Fatal(err)
	}
	return sallyport.Login{Username: "eve", Password: "correct horse"}
}

func wantClerk(t *testing.T, what string, k *sallyporttest.Kit, in sallyport.Login) {
	t.Helper()
	if r := hostLogin(t, k, in); r.Session == nil || !slices.Equal(r.Session.Roles, []string{"Clerk"}) {
		t.Errorf("%s: got %v, %q, %+v, want a clerk", what, r.Outcome, r.Reason, r.Session)
	}
}

// TestOwnApplication: the application that an engine makes for calls of its host is
// one, on all nodes and after a restart, and no apply takes it away.
func TestOwnApplication(t *testing.T) {
	k := sallyporttest.New(t)
	in := clerk(t, k)
	wantClerk(t, "at once", k, in)
	wantClerk(t, "at another node", k.Node(), in)
	if _, err := k.Engine.Apply(t.Context(), directory.File{Applications: []directory.Application{}}, directory.Options{Prune: true}); err != nil {
		t.Fatal(err)
	}
	wantClerk(t, "after all others are pruned", k, in)
}

// TestOwnApplicationOfAFile: an application of the file that has its name is the
// host's, whichever of the two came first, and for as long as nothing hangs on
// another one.
func TestOwnApplicationOfAFile(t *testing.T) {
	file := directory.File{Applications: []directory.Application{{ID: "11111111-2222-4333-8444-555555555555", Name: "APP", Roles: []directory.Role{{Name: "Clerk"}}}}}
	k := sallyporttest.New(t)
	node := k.Node() // has met the one that the engine made
	if _, err := k.Engine.Apply(t.Context(), file, directory.Options{}); err != nil {
		t.Fatal(err)
	}
	for what, n := range map[string]*sallyporttest.Kit{"the node that applied": k, "one that did not": node, "a new one": k.Node()} {
		if err := setup(n).CreateRole(t.Context(), directory.NewRole{Name: "clerk"}); err == nil || !strings.Contains(err.Error(), "has a role of that name") {
			t.Errorf("%s: got %v, want the application of the file", what, err)
		}
	}

	k = sallyporttest.New(t)
	in := clerk(t, k)
	_, err := k.Engine.Apply(t.Context(), file, directory.Options{})
	if err == nil || !strings.Contains(err.Error(), "applications[0].name: belongs to ") {
		t.Errorf("got %v, want the roles of the engine's own not to be lost", err)
	}
	file.Applications[0].ID = ""
	if _, err := k.Engine.Apply(t.Context(), file, directory.Options{}); err != nil {
		t.Fatal(err)
	}
	wantClerk(t, "adopted by name", k, in)
}

// TestOwnApplicationName: what no application may be called is told by New.
func TestOwnApplicationName(t *testing.T) {
	for name, want := range map[string]string{"a,b": "holds a comma", " app": "begins or ends with a space", "x\n": "control character", "6f209594-fc04-4e96-9f9f-7daf57b0fb12": "looks like an id"} {
		_, err := sallyport.New(t.Context(), sallyport.Config{Issuer: "http://localhost", Application: name})
		if err == nil || !strings.Contains(err.Error(), "Config.Application: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", name, err, want)
		}
	}
}
