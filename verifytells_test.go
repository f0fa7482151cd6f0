package sallyport_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/storetest"
)

// TestVerifyTells: what Verify tells is of the token and of its session, in one reading; of a
// token that is not good it tells nothing; and what it has told is the caller's own.
func TestVerifyTells(t *testing.T) {
	counting := storetest.NewCounting(memstore.New())
	k := sallyporttest.New(t, sallyporttest.WithStore(counting))
	p := k.AddUser(t, sallyporttest.User{Name: "ada"})
	tokens := k.InProcess().Login(p.Name, p.Password).Want(t, sallyport.Success).Tokens
	var said struct {
		Sub      string   `json:"sub"`
		ClientID string   `json:"client_id"`
		Exp      int64    `json:"exp"`
		Scope    []string `json:"scope"`
	}
	body, err := base64.RawURLEncoding.DecodeString(strings.Split(tokens.AccessToken, ".")[1])
	if err != nil || json.Unmarshal(body, &said) != nil {
		t.Fatal(err)
	}
	a, err := k.Engine.Verify(t.Context(), tokens.AccessToken)
	if err != nil {
		t.Fatal(err)
	}
	want := &sallyport.Access{
		AccountID: p.ID, Name: said.Sub, Application: sallyporttest.ApplicationID, Roles: []string{sallyporttest.RoleName}, Permissions: a.Permissions,
		Methods: []string{"pwd"}, AuthTime: a.AuthTime, Expires: time.Unix(said.Exp, 0).UTC(), SessionID: a.SessionID, ClientID: said.ClientID,
		Scopes: slices.Clone(said.Scope), Language: a.Language,
	}
	if !reflect.DeepEqual(a, want) || a.SessionID == "" || a.AuthTime.IsZero() {
		t.Errorf("got %+v, want %+v", a, want)
	}
	counting.Reset()
	again, err := k.Engine.Verify(t.Context(), tokens.AccessToken)
	if got := counting.Counts(); err != nil || got.Loads != 1 || got.Commits != 0 {
		t.Errorf("got %d readings and %d writings, %v, want one reading", got.Loads, got.Commits, err)
	}
	clear(a.Scopes)
	clear(a.Roles)
	clear(a.Methods)
	if third, err := k.Engine.Verify(t.Context(), tokens.AccessToken); err != nil || !reflect.DeepEqual(third, again) {
		t.Errorf("after the first was changed: got %+v, %v, want %+v", third, err, again)
	}
	counting.Reset()
	if a, err := k.Engine.Verify(t.Context(), "a.b.c"); a != nil || !errors.Is(err, sallyport.ErrInvalidToken) || counting.Counts().Loads != 0 {
		t.Errorf("what has not the form of a token: got %+v, %v after %d readings, want none", a, err, counting.Counts().Loads)
	}
	k.Clock.Set(want.Expires)
	if a, err := k.Engine.Verify(t.Context(), tokens.AccessToken); a != nil || !errors.Is(err, sallyport.ErrExpiredToken) {
		t.Errorf("after its end: got %+v, %v", a, err)
	}
}
