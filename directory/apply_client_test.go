package directory_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/token"
)

func TestApplyClientSecrets(t *testing.T) {
	file := func(client string) string {
		return `{"applications": [{"id": "6f209594-fc04-4e96-9f9f-7daf57b0fb12", "name": "A"}],
			"clients": [{"application": "A", "platform": "WebApp", "grantTypes": ["VGAuthenticator"], ` + client + `}]}`
	}
	one, two := `"secrets": [{"value": "one"}]`, `"secrets": [{"value": "two"}]`
	const v2 = `, "credentialsVersion": 2`
	tests := []struct {
		name, first, then string
		secret            string // that authenticates in the end
		report            string
	}{
		{"same", one, one, "one", "kept"},
		{"other without a version", one, two, "one", "kept: secrets"},
		{"other with a version", one, two + v2, "two", "changed"},
		{"same with a version", one, one + v2, "one", "changed"},
		{"lower version", one + v2, two, "one", "kept: secrets credentialsVersion"},
		{"public without a version", one, `"public": true`, "one", "kept: secrets public"},
		{"public with a version", one, `"public": true` + v2, "", "changed"},
		{"one more with a version", one, `"secrets": [{"value": "two"}, {"value": "one"}]` + v2, "one", "changed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := newDirectory(t)
			d.apply(file(tt.first))
			d.apply(file(tt.then))
			d.want("application A kept", "client A_WebApp "+tt.report)
			r, err := d.e.Login(t.Context(), sallyport.Login{Caller: &sallyport.Caller{ClientID: d.entry("client", "A_WebApp").ID, ClientSecret: tt.secret}, Username: "x", Password: "y"})
			if err != nil || r.Status != sallyport.Failure|sallyport.PasswordDoesNotMatch {
				t.Errorf("got %v, %v, want the client to be let through", r, err)
			}
			before := d.everything()
			if d.apply(file(tt.then)); d.everything() != before {
				t.Error("applied again: something was written")
			}
		})
	}
}

// TestApplyClientVersionNeverFalls wants a lower version that was applied in
// between not to open the way for secrets of a version that had been applied.
func TestApplyClientVersionNeverFalls(t *testing.T) {
	d := newDirectory(t)
	file := func(fields string) string {
		return `{"applications": [{"name": "A"}], "clients": [{"application": "A", "platform": "WebApp", "grantTypes": ["VGAuthenticator"], ` + fields + `}]}`
	}
	d.apply(file(`"secrets": [{"value": "one"}], "credentialsVersion": 2`))
	d.apply(file(`"secrets": [{"value": "one"}], "linkNumber": true`))
	d.apply(file(`"secrets": [{"value": "two"}], "linkNumber": true, "credentialsVersion": 2`))
	d.want("application A kept", "client A_WebApp kept: secrets")
}

// TestApplyClientStaysOff wants a client that was switched off to stay so.
func TestApplyClientStaysOff(t *testing.T) {
	d := newDirectory(t)
	d.apply(exampleFile(t))
	for it, err := range token.Clients.Scan(t.Context(), d.db, d.now, "", "") {
		if err != nil {
			t.Fatal(err)
		}
		d.run(func(tx *store.Tx) error {
			it.Value.Active = false
			return token.Clients.Put(tx, it.ID, it.Value, time.Time{})
		})
	}
	d.apply(strings.Replace(exampleFile(t), `"VGRoles", `, ``, 1))
	for it := range token.Clients.Scan(t.Context(), d.db, d.now, "", "") {
		if it.Value.Active || slices.Contains(it.Value.Scopes, "VGRoles") {
			t.Errorf("got %+v, want it still off, without VGRoles", it.Value)
		}
	}
}

// TestApplyClientMadeAgain: a client whose record is gone is made again with the
// secrets of the file, whatever version was applied.
func TestApplyClientMadeAgain(t *testing.T) {
	d := newDirectory(t)
	file := clients(client("WebApp", secrets, `"credentialsVersion": 3`))
	d.apply(file)
	id := d.entry("client", "A_WebApp").ID
	for it, err := range token.Clients.Scan(t.Context(), d.db, d.now, "", "") {
		if err != nil {
			t.Fatal(err)
		}
		d.run(func(tx *store.Tx) error { return token.Clients.Delete(tx, it.ID) })
	}
	d.apply(file)
	d.want("application A kept", "application B kept", "client A_WebApp created")
	r, err := d.e.Login(t.Context(), sallyport.Login{Caller: &sallyport.Caller{ClientID: id, ClientSecret: "0123456789abcdef"}, Username: "x", Password: "y"})
	if err != nil || r.Status != sallyport.Failure|sallyport.PasswordDoesNotMatch {
		t.Errorf("got %v, %v, want the client to be let through", r, err)
	}
}

// TestApplyClientRecord: what the file says of a client is in its record.
func TestApplyClientRecord(t *testing.T) {
	d := newDirectory(t)
	d.apply(clients(client("Service", secrets, `"scopes": ["VGToken", "x", "OPENID"]`, `"linkNumber": true`, `"holdLinks": "0s"`, `"speaksForUsers": true`, `"introspect": true`, `"accessTokenLifetime": "90s"`, `"corsOrigins": ["https://b", "https://a"]`), client("SPA", public), client("WebApp", secrets, `"resume": true`)))
	app := d.entry("application", "A").ID
	for it, err := range token.Clients.Scan(t.Context(), d.db, d.now, "", "") {
		if err != nil {
			t.Fatal(err)
		}
		got, n := it.Value, 1
		want := token.Client{
			ID: app + "_Service", Application: app, Platform: token.Service, GrantTypes: []string{"VGAuthenticator"}, Scopes: []string{"openid", "VGToken", "x"},
			LinkNumber: true, HoldLinks: new(time.Duration(0)), SpeaksForUsers: true, Introspect: true, AccessTokenLifetime: 90, Active: true, Origins: []string{"https://b", "https://a"},
		}
		if got.Platform == token.SPA {
			want = token.Client{ID: app + "_SPA", Application: app, Platform: token.SPA, GrantTypes: []string{"VGAuthenticator"}, Public: true, AccessTokenLifetime: 1800, Active: true}
			n = 0
		}
		if got.Platform == token.WebApp {
			want = token.Client{ID: app + "_WebApp", Application: app, Platform: token.WebApp, GrantTypes: []string{"VGAuthenticator"}, Resume: true, AccessTokenLifetime: 1800, Active: true}
		}
		if len(got.Secrets) != n {
			t.Errorf("%s: got %d secrets, want %d", got.ID, len(got.Secrets), n)
		}
		if got.Instance == 0 {
			t.Errorf("%s: got no instance, want one drawn", got.ID)
		}
		got.Secrets, got.Instance = nil, 0
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
	}
}
