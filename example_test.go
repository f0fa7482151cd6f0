package sallyport_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"net/http"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/httpadapter"
	"github.com/sallyport-auth/sallyport/store/boltstore"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/sealed"
)

// What the examples log in with: one application, one user with a role in it,
// and one public client. directory.Parse reads the same from a file.
var (
	ctx      = context.Background()
	clientID = "6f209594-fc04-4e96-9f9f-7daf57b0fb12_Native"
	users    = directory.File{
		Applications: []directory.Application{{
			ID: "6f209594-fc04-4e96-9f9f-7daf57b0fb12", Name: "Shop",
			Roles: []directory.Role{{Name: "Buyer"}},
		}},
		Clients: []directory.Client{{
			Application: "Shop", Platform: "Native", Public: true,
			GrantTypes: []string{"VGAuthenticator", "refresh_token"}, Scopes: []string{"openid", "VGRoles", "offline_access"},
		}},
		Users: []directory.User{{
			Name: "ada", Password: "correct horse",
			Roles: []directory.Grant{{Application: "Shop", Role: "Buyer"}},
		}},
	}
)

// A first decision, over memory.
func Example() {
	engine, err := sallyport.New(ctx, sallyport.Config{Store: memstore.New(), Keys: sealed.NewKeys(), Issuer: "http://localhost:5000"})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := engine.Apply(ctx, users, directory.Options{}); err != nil {
		log.Fatal(err)
	}
	result, err := engine.Login(ctx, sallyport.Login{Caller: &sallyport.Caller{ClientID: clientID}, Username: "ada", Password: "correct horse"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(result.Status)
	// Output: Success
}

// The routes on a mux, over one bbolt file that is sealed by a key file.
func Example_mounted() {
	store, err := boltstore.Open("sallyport.db", boltstore.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	keys, err := sealed.LoadKeys("sallyport.keys")
	if errors.Is(err, fs.ErrNotExist) {
		keys, err = sealed.CreateKeys("sallyport.keys")
	}
	if err != nil {
		log.Fatal(err)
	}
	engine, err := sallyport.New(ctx, sallyport.Config{Store: store, Keys: keys, Issuer: "http://localhost:5000"})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := engine.Apply(ctx, users, directory.Options{}); err != nil {
		log.Fatal(err)
	}
	adapter, err := httpadapter.New(engine, httpadapter.Options{})
	if err != nil {
		log.Fatal(err)
	}
	http.Handle("/", adapter)
	log.Fatal(http.ListenAndServe("localhost:5000", nil))
}
