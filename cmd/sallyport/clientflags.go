package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/internal/ascii"
	"github.com/sallyport-auth/sallyport/token"
)

// clientFields adds the flags of the fields that both a new client and a changed one may
// be given. A list is all of them: "" empties it.
func clientFields(f *flags, by *directory.ClientChange) {
	text := func(name, usage string, to **string) {
		f.Func(name, usage, func(s string) error { *to = &s; return nil })
	}
	yes := func(name, usage string, to **bool) {
		f.BoolFunc(name, usage, boolValue(func(v bool) { *to = &v }))
	}
	one := func(name, usage string, to **string, names ...string) {
		f.Func(name, usage, func(s string) error {
			s = spelt(s, names)
			*to = &s
			return nil
		})
	}
	many := func(name, usage string, to **[]string, names ...string) {
		f.Func(name, usage+"; with commas or blanks in between, or the flag once for each", func(s string) error {
			if *to == nil {
				*to = &[]string{}
			}
			for _, part := range strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' }) {
				**to = append(**to, spelt(part, names))
			}
			return nil
		})
	}
	life := func(name, usage string, to **time.Duration) { f.Func(name, usage, lifeValue(to)) }

	text("description", "a `text` for administrators", &by.Description)
	many("grant", "`types` of grants: VGAuthenticator, password, refresh_token, client_credentials", &by.GrantTypes, token.GrantTypes()...)
	many("scope", "`names` of scopes that it may ask for, and gets where it asks for none", &by.Scopes)
	many("module", "identity `modules` whose accounts log in by it (default VGUser)", &by.Modules)
	many("cors-origin", "`origins` whose pages may read its answers, such as https://app.example.com", &by.CORSOrigins)
	many("enrollment-return-uri", "`addresses` that the enrollment page may lead back to", &by.EnrollmentReturnURIs)
	many("redirect-uri", "`addresses` that a login may lead back to; kept for the code flow, which there is not yet", &by.RedirectURIs)
	many("post-logout-uri", "`addresses` that a sign-out may lead back to; likewise", &by.PostLogoutRedirectURIs)
	life("access-life", "how long its access tokens live, such as 30m: a `duration` of a minute to a day", &by.AccessTokenLifetime)
	life("refresh-life", "how long a login can be refreshed: a `duration` of a minute to 366 days (8784h); of a SPA 24h at most", &by.RefreshLifetime)
	life("refresh-idle", "how long a login can go without a refresh: a `duration` likewise", &by.RefreshIdle)
	life("hold-links", "how long one call waits for a link: a `duration` of 0s to 4m; \"\": as long as the link lives", &by.HoldLinks)
	one("token-profile", "`profile` of its access tokens: Published or RFC9068", &by.TokenProfile, "Published", token.ProfileRFC9068)
	one("token-algorithm", "`algorithm` by which they are signed: RS256, and with RFC9068 also PS256, ES256 or EdDSA", &by.TokenAlgorithm, token.Algorithms()...)
	one("userinfo", "`form` of the userinfo document: Published or JSON", &by.UserInfo, token.UserInfoPublished, token.UserInfoJSON)
	yes("link-number", "it shows the number that is typed on the page of a link", &by.LinkNumber)
	yes("speaks-for-users", "it is believed what it says of the addresses of its users (WebApp and Service with a secret)", &by.SpeaksForUsers)
	yes("resume", "it goes on after an enrollment without the password (WebApp with a secret)", &by.Resume)
	yes("introspect", "it is told of the tokens of all clients (WebApp and Service with a secret)", &by.Introspect)
}

// spelt returns the one of the names that s is in other letters, as people type it, and s
// where it is none of them.
func spelt(s string, names []string) string {
	for _, name := range names {
		if ascii.Equal(name, s) {
			return name
		}
	}
	return s
}

// lifeValue reads a duration as the directory file writes it. An empty text is what
// holds where nothing is said, which a change says by a value that no duration has.
func lifeValue(to **time.Duration) func(string) error {
	return func(text string) error {
		if text == "" {
			none := time.Duration(-1)
			*to = &none
			return nil
		}
		d, err := time.ParseDuration(text)
		if err != nil || d < 0 {
			return errors.New("want a duration such as 90s, 30m or 720h")
		}
		*to = &d
		return nil
	}
}

// newClient is a client of that platform with what the flags say of it, and else what is
// usual.
func newClient(platform string, by *directory.ClientChange) (n directory.NewClient, err error) {
	n, known := directory.ClientDefaults(platform)
	if !known {
		return n, fmt.Errorf("-platform: %.64q is none of %s", platform, platformNames())
	}
	set(&n.Description, by.Description)
	set(&n.GrantTypes, by.GrantTypes)
	set(&n.Scopes, by.Scopes)
	set(&n.Modules, by.Modules)
	set(&n.CORSOrigins, by.CORSOrigins)
	set(&n.EnrollmentReturnURIs, by.EnrollmentReturnURIs)
	set(&n.RedirectURIs, by.RedirectURIs)
	set(&n.PostLogoutRedirectURIs, by.PostLogoutRedirectURIs)
	set(&n.TokenProfile, by.TokenProfile)
	set(&n.TokenAlgorithm, by.TokenAlgorithm)
	set(&n.UserInfo, by.UserInfo)
	set(&n.LinkNumber, by.LinkNumber)
	set(&n.SpeaksForUsers, by.SpeaksForUsers)
	set(&n.Resume, by.Resume)
	set(&n.Introspect, by.Introspect)
	for _, life := range []struct {
		to *time.Duration
		by *time.Duration
	}{{&n.AccessTokenLifetime, by.AccessTokenLifetime}, {&n.RefreshLifetime, by.RefreshLifetime}, {&n.RefreshIdle, by.RefreshIdle}} {
		if life.by != nil && *life.by >= 0 {
			*life.to = *life.by
		}
	}
	if h := by.HoldLinks; h != nil && *h >= 0 {
		n.HoldLinks = h
	}
	return n, nil
}

// set makes a field what a flag says, if it was given.
func set[T any](to, given *T) {
	if given != nil {
		*to = *given
	}
}

func platformNames() string {
	var names []string
	for _, p := range token.Platforms() {
		names = append(names, string(p))
	}
	return strings.Join(names, ", ")
}
