package apidocs_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/httpadapter"
	"github.com/sallyport-auth/sallyport/httpadapter/apidocs"
	"github.com/sallyport-auth/sallyport/store/memstore"
)

func ExampleOpenAPI() {
	engine, err := sallyport.New(context.Background(), sallyport.Config{
		Store: memstore.New(), InsecurePlainStore: true, Issuer: "http://localhost:5000",
	})
	if err != nil {
		log.Fatal(err)
	}
	defer engine.Close()
	adapter, err := httpadapter.New(engine, httpadapter.Options{})
	if err != nil {
		log.Fatal(err)
	}
	doc, err := apidocs.OpenAPI(adapter.Routes(), apidocs.About{Issuer: engine.Issuer(), Title: "Example"})
	if err != nil {
		log.Fatal(err)
	}
	var read struct {
		OpenAPI string
		Info    struct{ Title string }
	}
	if err := json.Unmarshal(doc, &read); err != nil {
		log.Fatal(err)
	}
	fmt.Println(read.OpenAPI, read.Info.Title)
	// Output: 3.1.1 Example
}
