package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/token"
)

// clientSecretLine is a secret as -json prints it: never the secret itself.
type clientSecretLine struct {
	ID          string    `json:"id"`
	Description string    `json:"description,omitempty"`
	Expires     time.Time `json:"expires,omitzero"` // absent: never
}

// clientLine is a client as -json prints it, under the names of the directory file.
type clientLine struct {
	ID                     string             `json:"id"`
	Name                   string             `json:"name"` // of the application, and the platform
	Description            string             `json:"description,omitempty"`
	Platform               string             `json:"platform"`
	Public                 bool               `json:"public"`
	Disabled               bool               `json:"disabled"`
	GrantTypes             []string           `json:"grantTypes"`
	Scopes                 []string           `json:"scopes"`
	Modules                []string           `json:"modules,omitempty"`
	Secrets                []clientSecretLine `json:"secrets,omitempty"`
	AccessTokenLifetime    string             `json:"accessTokenLifetime"`
	RefreshLifetime        string             `json:"refreshLifetime"`
	RefreshIdle            string             `json:"refreshIdle"`
	HoldLinks              string             `json:"holdLinks,omitempty"`
	TokenProfile           string             `json:"tokenProfile"`
	TokenAlgorithm         string             `json:"tokenAlgorithm"`
	UserInfo               string             `json:"userInfo"`
	LinkNumber             bool               `json:"linkNumber,omitempty"`
	SpeaksForUsers         bool               `json:"speaksForUsers,omitempty"`
	Resume                 bool               `json:"resume,omitempty"`
	Introspect             bool               `json:"introspect,omitempty"`
	CORSOrigins            []string           `json:"corsOrigins,omitempty"`
	EnrollmentReturnURIs   []string           `json:"enrollmentReturnURIs,omitempty"`
	RedirectURIs           []string           `json:"redirectURIs,omitempty"`
	PostLogoutRedirectURIs []string           `json:"postLogoutRedirectURIs,omitempty"`
}

// clientDone says what was done to a client, with the secret that was made.
type clientDone struct {
	Action  string    `json:"action"`
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Secret  string    `json:"secret,omitempty"`
	Expires time.Time `json:"expires,omitzero"` // of the secret; absent: never
}

// lineOfClient is a client with the name of its application.
func lineOfClient(c *directory.ClientInfo, application string) clientLine {
	line := clientLine{
		ID: c.ID, Name: application + "_" + c.Platform, Description: c.Description, Platform: c.Platform, Public: c.Public, Disabled: c.Disabled,
		GrantTypes: c.GrantTypes, Scopes: c.Scopes, Modules: c.Modules,
		AccessTokenLifetime: lifeText(c.AccessTokenLifetime), RefreshLifetime: lifeText(c.RefreshLifetime), RefreshIdle: lifeText(c.RefreshIdle),
		TokenProfile: c.TokenProfile, TokenAlgorithm: c.TokenAlgorithm, UserInfo: c.UserInfo,
		LinkNumber: c.LinkNumber, SpeaksForUsers: c.SpeaksForUsers, Resume: c.Resume, Introspect: c.Introspect,
		CORSOrigins: c.CORSOrigins, EnrollmentReturnURIs: c.EnrollmentReturnURIs, RedirectURIs: c.RedirectURIs, PostLogoutRedirectURIs: c.PostLogoutRedirectURIs,
	}
	if c.HoldLinks != nil {
		line.HoldLinks = lifeText(*c.HoldLinks)
	}
	for _, s := range c.Secrets {
		line.Secrets = append(line.Secrets, clientSecretLine{ID: s.ID, Description: s.Description, Expires: s.Expires})
	}
	return line
}

// lifeText is a duration as the directory file writes it, without parts that are zero:
// 720h0m0s is 720h.
func lifeText(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// printClientListed prints a client on one line. The columns have fixed places, so that a
// long list is printed as it comes.
func printClientListed(to io.Writer, c clientLine) error {
	line := fmt.Sprintf("%-44s  %-28s  %-9s  %s", c.ID, shown(c.Name), c.state(), shown(strings.Join(c.GrantTypes, ",")))
	_, err := fmt.Fprintln(to, strings.TrimRight(line, " "))
	return err
}

// state is the word for whether a client may authenticate.
func (c *clientLine) state() string {
	if c.Disabled {
		return "disabled"
	}
	return "active"
}

// printClient prints a client, a field a line; fields that are empty are left out.
func printClient(to io.Writer, c clientLine) error {
	for _, row := range c.rows() {
		if row[1] == "" {
			continue
		}
		if _, err := fmt.Fprintf(to, "%-16s %s\n", row[0], row[1]); err != nil {
			return err
		}
	}
	return nil
}

// rows are the fields of a client with their names for people.
func (c *clientLine) rows() [][2]string {
	list := func(name string, all []string) [2]string { return [2]string{name, shown(strings.Join(all, " "))} }
	yes := func(name string, is bool) [2]string {
		if !is {
			return [2]string{}
		}
		return [2]string{name, "yes"}
	}
	rows := [][2]string{
		{"id", c.ID}, {"name", shown(c.Name)}, {"description", shown(c.Description)}, {"state", c.state()}, yes("public", c.Public),
		list("grants", c.GrantTypes), list("scopes", c.Scopes), list("modules", c.Modules),
		{"access token", c.AccessTokenLifetime}, {"refresh", c.refreshText()}, {"hold links", c.HoldLinks},
		{"tokens", c.TokenProfile + ", " + c.TokenAlgorithm}, {"userinfo", c.UserInfo},
		yes("link number", c.LinkNumber), yes("speaks for users", c.SpeaksForUsers), yes("resume", c.Resume), yes("introspect", c.Introspect),
	}
	for _, one := range []struct {
		name string
		list []string
	}{
		{"CORS origin", c.CORSOrigins}, {"return URI", c.EnrollmentReturnURIs}, {"redirect URI", c.RedirectURIs}, {"post-logout URI", c.PostLogoutRedirectURIs},
	} {
		for _, uri := range one.list {
			rows = append(rows, [2]string{one.name, shown(uri)})
		}
	}
	for _, s := range c.Secrets {
		rows = append(rows, [2]string{"secret", s.text()})
	}
	return rows
}

// refreshText says how long a login goes on, of a client that may refresh.
func (c *clientLine) refreshText() string {
	if !slices.Contains(c.GrantTypes, token.GrantRefreshToken) {
		return ""
	}
	return c.RefreshLifetime + " in all, " + c.RefreshIdle + " without one"
}

// text is a secret for people: by which id it is ended, what it is for, and until when it
// is good.
func (s *clientSecretLine) text() string {
	text := s.ID
	if s.Description != "" {
		text += " " + shown(s.Description)
	}
	if !s.Expires.IsZero() {
		text += ", until " + timeText(s.Expires)
	}
	return text
}
