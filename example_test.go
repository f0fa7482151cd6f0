package sallyport_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"net/http"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/httpadapter"
	"github.com/sallyport-auth/sallyport/store/boltstore"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/sealed"
)

// What the examples with a client log in with: one application, one user with a role in it,
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

// A first decision, over memory: no client, no application, no role.
func Example() {
	engine, err := sallyport.New(ctx, sallyport.Config{Store: memstore.New(), Keys: sealed.NewKeys(), Issuer: "http://localhost:5000"})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := engine.Admin(sallyport.Actor{Name: "setup"}).CreateUser(ctx, directory.NewUser{Name: "ada", Password: "correct horse battery"}); err != nil {
		log.Fatal(err)
	}
	result, err := engine.Login(ctx, sallyport.Login{Username: "ada", Password: "correct horse battery"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(result.Outcome)
	// Output: Granted
}

// What a program does with each outcome of a login, and later with the handle of the
// session.
func Example_outcomes() {
	engine, result := firstLogin()
	switch result.Outcome {
	case sallyport.Granted:
		access, err := engine.Session(ctx, result.Session.Handle) // which the user brings along, in a cookie for one
		fmt.Println(access.Name, access.Methods, err)
	case sallyport.FactorWanted: // let them choose one of result.Options, then their code
	case sallyport.EnrollmentWanted: // lead them through Engine.BeginTOTP and Engine.ConfirmTOTP
	case sallyport.PasswordChangeWanted: // ask for another one and give it to Engine.ChangePassword
	case sallyport.Denied:
		fmt.Println(result.Reason)
	case sallyport.Waiting: // a message is on its way
	}
	// Output: ada [pwd] <nil>
}

// firstLogin is the login of [Example].
func firstLogin() (*sallyport.Engine, *sallyport.Result) {
	engine, err := sallyport.New(ctx, sallyport.Config{Store: memstore.New(), Keys: sealed.NewKeys(), Issuer: "http://localhost:5000"})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := engine.Admin(sallyport.Actor{Name: "setup"}).CreateUser(ctx, directory.NewUser{Name: "ada", Password: "correct horse battery"}); err != nil {
		log.Fatal(err)
	}
	result, err := engine.Login(ctx, sallyport.Login{Username: "ada", Password: "correct horse battery"})
	if err != nil {
		log.Fatal(err)
	}
	return engine, result
}

// Passwords run out after 90 days, and are good for three more logins then.
func Example_passwordAge() {
	engine, _ := firstLogin()
	policy := directory.Policy{Password: directory.Passwords{MaxAge: 90 * 24 * time.Hour, GraceLogons: 3}}
	if _, err := engine.Apply(ctx, directory.File{Policy: &policy}, directory.Options{}); err != nil {
		log.Fatal(err)
	}
	result, err := engine.Login(ctx, sallyport.Login{Username: "ada", Password: "correct horse battery"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(result.Outcome, result.Reason) // and PasswordExpired with GraceLeft, or PasswordChangeWanted, when it has run out
	// Output: Granted
}

// A client, as Visual Guard and OAuth have them, gets tokens.
func Example_client() {
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
	fmt.Println(result.Status, result.Tokens != nil)
	// Output: Success true
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
