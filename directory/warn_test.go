package directory_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestApplyWarns(t *testing.T) {
	d := newDirectory(t)
	file := `{"applications": [{"name": "A"}], "clients": [{"application": "A", "platform": "SPA", "grantTypes": ["VGAuthenticator"], "secrets": [{"value": "s", "expires": "2001-01-01T00:00:00Z"}]},
			{"application": "A", "platform": "Service", "grantTypes": ["client_credentials"], "scopes": ["openid", "offline_access"], "secrets": [{"value": "s"}]},
			{"application": "A", "platform": "WebApp", "grantTypes": ["client_credentials"], "scopes": ["openid", "orders"], "secrets": [{"value": "s"}]}],
		"users": [{"name": "a", "password": "12345678"}, {"name": "b", "password": "1234567"}, {"name": "c", "password": "12345678"}, {"name": "d", "password": "12345678"}, {"name": "e"}]}`
	d.apply(file)
	want := []string{
		"users[0].password, users[1].password, users[2].password and 1 more: in clear; passwordHash keeps it out of the file",
		"clients[0].secrets[0].expires: is over: the secret matches no more",
		"clients[0].corsOrigins: missing: an SPA gets tokens from pages of a listed origin alone",
		`clients[0].secrets: of an SPA, which whoever loads its page can read: declare it with "public": true`,
		"clients[1].scopes: none that a program may have for itself: client_credentials is answered with invalid_scope",
		"users[1].password: against the policy on passwords: minLength",
		"users[0].password, users[1].password, users[2].password and 1 more: against the policy on passwords: common",
		"users[4]: made without a password: none will match",
	}
	if !slices.Equal(d.report.Warnings, want) {
		t.Errorf("got %q\nwant %q", d.report.Warnings, want)
	}
	hash := func(name string) string { return d.account(d.entry("user", name).ID).PasswordHash }
	if hash("a") == hash("c") {
		t.Error("two users with one password have one hash")
	}
	if hash("e") != "" {
		t.Errorf("got the hash %v without a password, want none", hash("e"))
	}
}

// TestApplyWarnsOfMany: three places are named, more are counted.
func TestApplyWarnsOfMany(t *testing.T) {
	const clear = ": in clear; passwordHash keeps it out of the file"
	const three = "users[0].password, users[1].password, users[2].password"
	for n, want := range map[int]string{1: "users[0].password", 3: three, 4: three + " and 1 more", 6: three + " and 3 more"} {
		var users []string
		for i := range n {
			users = append(users, userEntry(fmt.Sprint("user", i), `"password": "xkvqzwpb"`))
		}
		d := newDirectory(t)
		d.apply(`{"users": [` + strings.Join(users, ", ") + `]}`)
		if !slices.Equal(d.report.Warnings, []string{want + clear}) {
			t.Errorf("%d: got %q, want %q", n, d.report.Warnings, want+clear)
		}
	}
}
