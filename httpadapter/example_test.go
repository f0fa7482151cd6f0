package httpadapter_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/httpadapter"
	"github.com/sallyport-auth/sallyport/store/memstore"
)

// A host mounts the adapter below a prefix of its own and logs somebody in.
func Example() {
	engine, err := sallyport.New(context.Background(), sallyport.Config{
		Store: memstore.New(), InsecurePlainStore: true, // for trying things out
		Issuer: "http://127.0.0.1:5000/auth",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer engine.Close()
	_, err = engine.Apply(context.Background(), directory.File{
		Applications: []directory.Application{{ID: appID, Name: "Orders", Roles: []directory.Role{{Name: "Clerk"}}}},
		Clients: []directory.Client{{
			Application: "Orders", Platform: "Native", GrantTypes: []string{"VGAuthenticator"}, Scopes: []string{"openid"}, Public: true,
		}},
		Users: []directory.User{{Name: "ada", Password: "difference engine", Roles: []directory.Grant{{Application: "Orders", Role: "Clerk"}}}},
	}, directory.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}

	adapter, err := httpadapter.New(engine, httpadapter.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	mux := http.NewServeMux()
	mux.Handle("/auth/", http.StripPrefix("/auth", adapter))
	server := httptest.NewServer(mux)
	defer server.Close()

	for _, password := range []string{"analytical engine", "difference engine"} {
		resp, err := http.PostForm(server.URL+"/auth/connect/token", url.Values{
			"grant_type": {"VGAuthenticator"}, "client_id": {appID + "_Native"}, "Username": {"ada"}, "Password": {password},
		})
		if err != nil {
			fmt.Println(err)
			return
		}
		resp.Body.Close()
		fmt.Println(resp.Status)
	}
	// Output:
	// 400 Bad Request
	// 200 OK
}
