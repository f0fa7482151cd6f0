package bench

import (
	"context"
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"github.com/go-oauth2/oauth2/v4"
	"github.com/go-oauth2/oauth2/v4/generates"
	"github.com/go-oauth2/oauth2/v4/manage"
	"github.com/go-oauth2/oauth2/v4/models"
	"github.com/go-oauth2/oauth2/v4/server"
	"github.com/go-oauth2/oauth2/v4/store"
	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
)

// jwtTokens is the token generator of go-oauth2 with the key parsed once: its
// own reads the PEM text for every token, which is no fair rival.
type jwtTokens struct{ method jwt.SigningMethod }

func (g jwtTokens) Token(_ context.Context, d *oauth2.GenerateBasic, refresh bool) (access, successor string, err error) {
	claims := &generates.JWTAccessClaims{RegisteredClaims: jwt.RegisteredClaims{
		Issuer: issuer, ID: uuid.NewString(), Audience: jwt.ClaimStrings{d.Client.GetID()}, Subject: d.UserID,
		ExpiresAt: jwt.NewNumericDate(d.TokenInfo.GetAccessCreateAt().Add(d.TokenInfo.GetAccessExpiresIn())),
	}}
	access, err = jwt.NewWithClaims(g.method, claims).SignedString(rsaKey())
	if err != nil || !refresh {
		return access, "", err
	}
	return access, strings.ToUpper(base64.RawURLEncoding.EncodeToString([]byte(uuid.NewString()))), nil
}

func newGoOAuth2(tb testing.TB) library {
	tb.Helper()
	m := manage.NewDefaultManager()
	m.MustTokenStorage(store.NewMemoryTokenStore())
	var method jwt.SigningMethod = jwt.SigningMethodRS256
	if free {
		method = freeMethod{}
	}
	m.MapAccessGenerate(jwtTokens{method})
	clients := store.NewClientStore()
	if err := clients.Set(clientID, &models.Client{ID: clientID, Secret: secret, Domain: issuer}); err != nil {
		tb.Fatal(err)
	}
	m.MapClientStorage(clients)
	s := server.NewServer(server.NewConfig(), m)
	s.SetClientInfoHandler(server.ClientFormHandler)
	s.SetPasswordAuthorizationHandler(func(_ context.Context, _, name, pw string) (string, error) {
		return name, checkUser(name, pw)
	})
	return library{
		name: "go-oauth2", path: "/connect/token", password: passwordForm(),
		handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_ = s.HandleTokenRequest(w, r) // it has answered either way
		}),
	}
}
