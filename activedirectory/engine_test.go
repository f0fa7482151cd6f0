package activedirectory_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/activedirectory"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// kit is an engine over a domain, with one clock for both.
func kit(t *testing.T, dom *domain) *sallyporttest.Kit {
	var k *sallyporttest.Kit
	c := config(t, dom.url())
	c.Now = func() time.Time {
		if k == nil {
			return noon
		}
		return k.Clock.Now()
	}
	c.Roles = []activedirectory.GroupRole{{Group: "S-1-5-21-1-2-1601", Role: "Auditor"}}
	d := open(t, c)
	k = sallyporttest.New(t, sallyporttest.WithConfig(func(c *sallyport.Config) {
		c.Application = sallyporttest.ApplicationName
		c.Modules = map[string]sallyport.Module{"WindowsByCredential": d}
	}))
	dom.bob().attrs["pwdLastSet"] = []string{ticks(k.Clock.Now().Add(-time.Hour))}
	return k
}

func login(t *testing.T, k *sallyporttest.Kit, name, password string) *sallyport.Result {
	t.Helper()
	r, err := k.Engine.Login(t.Context(), sallyport.Login{Module: "WindowsByCredential", Username: name, Password: password})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// A login, a second one by a controller that is behind, and one of an account that was
// disabled.
func TestEngineLogin(t *testing.T) {
	dom := newDomain(t)
	k := kit(t, dom)
	r := login(t, k, `CORP\bob`, "bob's word")
	if r.Outcome != sallyport.Granted {
		t.Fatalf("got %v, %v, want a session", r.Outcome, r.Reason)
	}
	a, err := k.Engine.Session(t.Context(), r.Session.Handle)
	if err != nil || a.Name != `CORP\bob` || !slices.Equal(a.Roles, []string{"Auditor"}) {
		t.Errorf("got %+v, %v, want the session of CORP\\bob, an Auditor", a, err)
	}
	dom.take()
	dom.bob().attrs["pwdLastSet"] = []string{ticks(k.Clock.Now().Add(-2 * time.Hour))}
	again := sallyport.Login{Module: "WindowsByCredential", Username: "bob", Password: "bob's word"}
	if r, err := k.Engine.Login(t.Context(), again); !errors.Is(err, sallyport.ErrBusy) {
		t.Errorf("an older password: got %v, %v, want that nobody knows", r, err)
	}
	dom.bob().attrs["pwdLastSet"] = []string{ticks(k.Clock.Now().Add(-time.Hour))}
	dom.bob().code = "531"
	if r := login(t, k, "bob", "bob's word"); r.Outcome != sallyport.Denied || r.Reason != sallyport.ReasonLocked {
		t.Errorf("not from this workstation: got %v, %v", r.Outcome, r.Reason)
	}
	dom.bob().code, dom.bob().attrs["userAccountControl"] = "533", []string{"514"}
	if r := login(t, k, "bob", "bob's word"); r.Outcome != sallyport.Denied || r.Reason != sallyport.ReasonDisabled {
		t.Errorf("disabled: got %v, %v", r.Outcome, r.Reason)
	}
	k.Clock.Advance(time.Minute)
	if r := login(t, k, "bob", "not bob's word"); r.Outcome != sallyport.Denied || r.Reason != sallyport.ReasonWrongPassword {
		t.Errorf("disabled, and a wrong password: got %v, %v", r.Outcome, r.Reason)
	}
}

// The engine locks a name, whatever its spelling and whether or not somebody has it, before
// the domain locks the account.
func TestEngineLockout(t *testing.T) {
	for _, who := range []string{"bob", "nobody"} {
		t.Run(who, func(t *testing.T) {
			dom := newDomain(t) // locks at five
			k := kit(t, dom)
			dom.take()
			for i, name := range []string{who, `CORP\` + who, who + "@corp.example.com", `corp.example.com\` + strings.ToUpper(who), who} {
				r := login(t, k, name, fmt.Sprint("guess ", i))
				if locked := r.Reason == sallyport.ReasonLockedOut; r.Outcome != sallyport.Denied || locked != (i >= 2) {
					t.Errorf("guess %d: got %v, %v, want a lock from the third on", i+1, r.Outcome, r.Reason)
				}
			}
			binds := slices.DeleteFunc(dom.take(), func(a string) bool { return !strings.HasPrefix(a, "bind <GUID=") })
			if len(binds) != 3 {
				t.Errorf("the domain was asked %q, want three binds", binds)
			}
		})
	}
}
