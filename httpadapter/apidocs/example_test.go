package apidocs_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/httpadapter"
	"github.com/sallyport-auth/sallyport/httpadapter/apidocs"
	"github.com/sallyport-auth/sallyport/store/memstore"
)

// A host serves the documentation of its adapter beside the routes.
func Example() {
	engine, err := sallyport.New(context.Background(), sallyport.Config{
		Store: memstore.New(), InsecurePlainStore: true, // for trying things out
		Issuer: "http://127.0.0.1:5000",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer engine.Close()

	adapter, err := httpadapter.New(engine, httpadapter.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	adapter, err = apidocs.Add(adapter, apidocs.Options{Name: "Salt & Co."})
	if err != nil {
		fmt.Println(err)
		return
	}
	server := httptest.NewServer(adapter)
	defer server.Close()

	for _, name := range []string{"index.html", "openapi.json", "postman_collection.json", "postman_environment.json"} {
		resp, err := http.Get(server.URL + apidocs.Folder + name)
		if err != nil {
			fmt.Println(err)
			return
		}
		resp.Body.Close()
		fmt.Println(name, resp.Status)
	}
	// Output:
	// index.html 200 OK
	// openapi.json 200 OK
	// postman_collection.json 200 OK
	// postman_environment.json 200 OK
}
