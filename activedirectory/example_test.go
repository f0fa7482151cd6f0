package activedirectory_test

import (
	"context"
	"log"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/activedirectory"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/sealed"
)

// People log in with their Windows passwords, and those in one group are auditors.
func Example() {
	ctx := context.Background()
	directory, err := activedirectory.New(ctx, activedirectory.Config{
		Controllers:    []string{"ldaps://dc1.corp.example.com", "ldaps://dc2.corp.example.com"},
		Base:           "DC=corp,DC=example,DC=com",
		Reader:         "sallyport@corp.example.com",
		ReaderPassword: "from a file",
		Roles: []activedirectory.GroupRole{
			{Group: "S-1-5-21-1004336348-1177238915-682003330-1604", Role: "Auditor"},
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	engine, err := sallyport.New(ctx, sallyport.Config{
		Store: memstore.New(), Keys: sealed.NewKeys(), Issuer: "http://localhost:5000",
		Modules: map[string]sallyport.Module{"WindowsByCredential": directory},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer engine.Close()
	result, err := engine.Login(ctx, sallyport.Login{Module: "WindowsByCredential", Username: `CORP\bob`, Password: "their Windows password"})
	if err != nil {
		log.Fatal(err) // no controller could be asked
	}
	log.Print(result.Outcome)
}
