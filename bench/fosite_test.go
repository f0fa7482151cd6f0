package bench

import (
	"context"
	"net/http"
	"strings"

	jose3 "github.com/go-jose/go-jose/v3"

	"github.com/sallyport-auth/sallyport/bench/rivals"
)

func fositeServer() *rivals.Fosite {
	var key any = rsaKey()
	if free {
		key = freeJose3{&jose3.JSONWebKey{Key: rsaKey(), Algorithm: "RS256", KeyID: "k"}}
	}
	return rivals.NewFosite(rivals.FositeConfig{
		Issuer: issuer, ClientID: clientID, Secret: secret, Scopes: strings.Fields(scopes), Key: key,
		Authenticate: func(_ context.Context, name, pw string) error { return checkUser(name, pw) },
	})
}

func newFosite() library {
	return library{
		name: "fosite", path: "/connect/token", handler: http.HandlerFunc(fositeServer().Token),
		password: passwordForm(),
	}
}
