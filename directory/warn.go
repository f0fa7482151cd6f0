package directory

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sallyport-auth/sallyport/token"
)

// warnings lists what is allowed in a directory and may be a mistake. What many
// users share is one warning.
func warnings(d *File, now time.Time) []string {
	var inClear, unreached, expired, noPages, noScopes, open []string
	for i, u := range d.Users {
		if u.Passwordless && !or(u.EmailValidated, false) && !or(u.MobileValidated, false) {
			unreached = append(unreached, member(element("users", i), "passwordless"))
		}
		if u.Password != "" {
			inClear = append(inClear, member(element("users", i), "password"))
		}
	}
	for i, c := range d.Clients {
		at := element("clients", i)
		if c.Platform == string(token.SPA) && len(c.CORSOrigins) == 0 {
			noPages = append(noPages, at+".corsOrigins")
		}
		if c.Platform == string(token.SPA) && len(c.Secrets) > 0 {
			open = append(open, at+".secrets")
		}
		if slices.Contains(c.GrantTypes, token.GrantClientCredentials) && len(machineScopes(d, &c)) == 0 {
			noScopes = append(noScopes, at+".scopes")
		}
		for j, s := range c.Secrets {
			if !s.Expires.IsZero() && !now.Before(s.Expires) {
				expired = append(expired, element(at+".secrets", j)+".expires")
			}
		}
	}
	var out []string
	for _, w := range []struct {
		paths []string
		text  string
	}{
		{inClear, "in clear; passwordHash keeps it out of the file"},
		{unreached, "without a validated address in the file: no code reaches the account unless it has one otherwise"},
		{expired, "is over: the secret matches no more"},
		{noPages, "missing: an SPA gets tokens from pages of a listed origin alone"},
		{open, "of an SPA, which whoever loads its page can read: declare it with \"public\": true"},
		{noScopes, "none that a program may have for itself: client_credentials is answered with invalid_scope"},
	} {
		if len(w.paths) > 0 {
			out = append(out, some(w.paths)+": "+w.text)
		}
	}
	return out
}

// some names the first paths and counts the others.
func some(paths []string) string {
	const listed = 3
	if len(paths) <= listed {
		return strings.Join(paths, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(paths[:listed], ", "), len(paths)-listed)
}

// machineScopes are the scopes of a client that a program may have for itself.
func machineScopes(d *File, c *Client) []string {
	var list token.ResourceList
	for _, r := range d.Resources {
		list.All = append(list.All, token.Resource{Name: r.Name, Kind: token.ResourceKind(r.Kind)})
	}
	return list.MachineScopes(&token.Client{Scopes: c.Scopes})
}
