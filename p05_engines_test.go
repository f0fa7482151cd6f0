package sallyport_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/sealed"
)

// sideBySide are engines on one store, with one key file and the same people, each under
// a prefix of its own. That of the last is the name of a table of the first.
func sideBySide() (list []sallyporttest.Option) {
	s, keys := memstore.New(), sealed.NewKeys()
	for _, prefix := range []string{"", "other", "account"} {
		list = append(list, sallyporttest.WithConfig(func(c *sallyport.Config) { c.Store, c.Keys, c.Prefix = s, keys, prefix }))
	}
	return list
}

// loginThings are what a login leaves in somebody's hands.
func loginThings() []perishable {
	host := func(in func(*testing.T, *sallyporttest.Kit) held) func(*testing.T, ...sallyporttest.Option) (*sallyporttest.Kit, held) {
		return func(t *testing.T, opts ...sallyporttest.Option) (*sallyporttest.Kit, held) {
			k := hosted(t, opts...)
			k.AddUser(t, sallyporttest.User{Name: "tom", TOTP: true})
			k.AddUser(t, sallyporttest.User{Name: "paul"})
			return k, in(t, k)
		}
	}
	return []perishable{
		{name: "a request and a code", make: host(func(t *testing.T, k *sallyporttest.Kit) held {
			r := hostLogin(t, k, sallyport.Login{Username: "tom", Password: sallyporttest.Password})
			in := sallyport.Login{RequestID: r.RequestID, OptionID: r.Options[0].ID, Code: k.Person("tom").Authenticator.Code()}
			ask := func(in sallyport.Login) func(*sallyport.Engine) bool {
				return func(e *sallyport.Engine) bool {
					r, err := e.Login(t.Context(), in)
					return good(t, err) && r.Outcome != sallyport.Denied
				}
			}
			return held{ask(sallyport.Login{RequestID: r.RequestID}), ask(in)}
		})},
		{name: "a handle", make: host(func(t *testing.T, k *sallyporttest.Kit) held {
			s := hostLogin(t, k, sallyport.Login{Username: "paul", Password: sallyporttest.Password}).Session
			view := func(e *sallyport.Engine) bool {
				_, err := e.Session(t.Context(), s.Handle)
				if err != nil && !errors.Is(err, sallyport.ErrInvalidSession) {
					t.Fatal(err)
				}
				return err == nil
			}
			return held{view, func(e *sallyport.Engine) bool {
				if err := e.SignOut(t.Context(), s.Handle); err != nil {
					t.Fatal(err)
				}
				_, err := k.Engine.Session(context.WithoutCancel(t.Context()), s.Handle)
				return err != nil // it has ended
			}}
		})},
		{name: "tokens", make: host(func(t *testing.T, k *sallyporttest.Kit) held {
			a := k.InProcess().Login("paul", sallyporttest.Password).Want(t, sallyport.Success)
			return held{
				func(e *sallyport.Engine) bool {
					_, err := e.Verify(t.Context(), a.Tokens.AccessToken)
					return err == nil
				},
				func(e *sallyport.Engine) bool {
					_, err := e.Refresh(t.Context(), refresh(a.Tokens.RefreshToken))
					return err == nil
				},
			}
		})},
	}
}

// TestP5Engines: whatever one engine hands out is good at each node of it, and nothing at
// an engine beside it on the same store, with the same keys and the same people.
func TestP5Engines(t *testing.T) {
	for _, thing := range append(perishables(), loginThings()...) {
		t.Run(thing.name, func(t *testing.T) {
			var kits []*sallyporttest.Kit
			var all []held
			for _, own := range sideBySide() {
				k, h := thing.make(t, own)
				kits, all = append(kits, k), append(all, h)
			}
			for i := range all {
				for j, k := range kits {
					if i != j && (all[i].view(k.Engine) || all[i].use(k.Engine)) {
						t.Errorf("what engine %d has handed out is good at engine %d", i, j)
					}
				}
			}
			for i, k := range kits {
				if node := k.Node().Engine; !all[i].view(node) || !all[i].use(node) {
					t.Errorf("what engine %d has handed out is not good at a node of it", i)
				}
			}
		})
	}
}

// TestP5EnginesApart: an engine lists nobody of those of an engine beside it, and its
// upkeep finds no fault with them.
func TestP5EnginesApart(t *testing.T) {
	var kits []*sallyporttest.Kit
	for i, own := range sideBySide() {
		k := hosted(t, own)
		k.AddUser(t, sallyporttest.User{Name: fmt.Sprint("user", i)})
		kits = append(kits, k)
	}
	for i, k := range kits {
		upkeep(t, k)
		for u, err := range setup(k).Users(t.Context(), "") {
			if err != nil || u.Name != fmt.Sprint("user", i) {
				t.Errorf("engine %d: got %+v, %v", i, u, err)
			}
		}
	}
}
