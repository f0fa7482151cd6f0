package guard_test

import (
	"context"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/password"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/sealed"
)

// exampleEngine is an engine in memory with one user.
func exampleEngine() (*sallyport.Engine, func()) {
	ctx := context.Background()
	s := memstore.New()
	engine, err := sallyport.New(ctx, sallyport.Config{
		Store: s, Keys: sealed.NewKeys(), Issuer: "http://localhost:5000", PasswordParams: password.InsecureParamsForTests(),
	})
	if err != nil {
		panic(err)
	}
	if _, err := engine.Admin(sallyport.Actor{Name: "setup"}).CreateUser(ctx, directory.NewUser{Name: "ada", Password: "correct horse battery"}); err != nil {
		panic(err)
	}
	return engine, func() { _ = engine.Close(); _ = s.Close() }
}
