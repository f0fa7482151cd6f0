package main

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/activedirectory"
	"github.com/sallyport-auth/sallyport/token"
)

// domainSettings are what `serve` was told about Active Directory.
type domainSettings struct {
	urls                   several
	base, domain, short    string
	reader, passwordFile   string
	userDN, ca, attributes string
	groups                 string
}

// several is a flag that may stand several times, and takes several values between commas.
type several []string

// Set implements [flag.Value].
func (s *several) Set(value string) error {
	*s = append(*s, strings.Split(value, ",")...)
	return nil
}

// String implements [flag.Value].
func (s *several) String() string { return strings.Join(*s, ",") }

// declare adds the flags to f.
func (s *domainSettings) declare(f *flags) {
	f.Var(&s.urls, "active-directory", "domain controllers, for the module WindowsByCredential: ldaps://HOST, or ldap://HOST with StartTLS; several between commas or by several flags (default none)")
	f.StringVar(&s.base, "active-directory-base", "", "distinguished `name` below which accounts are, such as DC=corp,DC=example,DC=com")
	f.StringVar(&s.domain, "active-directory-domain", "", "DNS `name` of the domain (default from the base)")
	f.StringVar(&s.short, "active-directory-short-name", "", "NetBIOS `name` of the domain, the DOM of DOM\\user (default the first part of the domain)")
	f.StringVar(&s.reader, "active-directory-reader", "", "`name` of the account that looks others up, such as sallyport@corp.example.com")
	f.StringVar(&s.passwordFile, "active-directory-password-file", "", "`file` with its password")
	f.StringVar(&s.userDN, "active-directory-user-dn", "", "other directories: bind this distinguished `name` with what was typed for {}, and look for nothing before")
	f.StringVar(&s.ca, "active-directory-ca", "", "PEM `file` of the authorities of the controllers' certificates (default the system's)")
	f.StringVar(&s.attributes, "active-directory-attributes", "", "further attributes to read, by their LDAP `names` between commas")
	f.StringVar(&s.groups, "active-directory-groups", "", `which groups give which roles: a JSON list of {"group", "application", "role"}, with a SID or a full distinguished name as group`)
}

// used reports whether any of them was given.
func (s *domainSettings) used() bool {
	return len(s.urls) > 0 || s.base+s.domain+s.short+s.reader+s.passwordFile+s.userDN+s.ca+s.attributes+s.groups != ""
}

// config reads the settings and the files that they name; nil: there are none.
func (s *domainSettings) config(now func() time.Time, log *slog.Logger) (*activedirectory.Config, error) {
	if !s.used() {
		return nil, nil
	}
	if len(s.urls) == 0 {
		return nil, errors.New("-active-directory is required beside the other flags of its name")
	}
	c := &activedirectory.Config{
		Controllers: controllers(s.urls), Base: s.base, Domain: s.domain, ShortName: s.short, Reader: s.reader, UserDN: s.userDN,
		Now: now, Log: log,
	}
	if s.attributes != "" {
		c.Attributes = strings.Split(s.attributes, ",")
	}
	var err error
	if c.Roles, err = groupRoles(s.groups); err != nil {
		return nil, fmt.Errorf("-active-directory-groups: %w", err)
	}
	if s.passwordFile != "" {
		if c.ReaderPassword, err = passwordIn("-active-directory-password-file", s.passwordFile, terminal{}); err != nil {
			return nil, err
		}
	}
	if s.ca != "" {
		if c.RootCAs, err = authorities(s.ca); err != nil {
			return nil, fmt.Errorf("-active-directory-ca: %w", err)
		}
	}
	return c, nil
}

// modules makes the module of the engine; nil: there is none.
func (s *domainSettings) modules(ctx context.Context, now func() time.Time, log *slog.Logger) (map[string]sallyport.Module, error) {
	c, err := s.config(now, log)
	if err != nil || c == nil {
		return nil, err
	}
	d, err := activedirectory.New(ctx, *c)
	if err != nil {
		return nil, fmt.Errorf("-active-directory: %w", err)
	}
	return map[string]sallyport.Module{token.ModuleWindows: d}, nil
}

// controllers gives those that follow others in a list the scheme of the one before them:
// ldaps://dc1,dc2.
func controllers(urls []string) []string {
	var out []string
	scheme := ""
	for _, one := range urls {
		one = strings.TrimSpace(one)
		if before, _, ok := strings.Cut(one, "://"); ok {
			scheme = before
		} else if scheme != "" {
			one = scheme + "://" + one
		}
		out = append(out, one)
	}
	return out
}

// groupRoles reads a list of groups and roles, strictly.
func groupRoles(text string) ([]activedirectory.GroupRole, error) {
	if text == "" {
		return nil, nil
	}
	var entries []struct {
		Group       string `json:"group"`
		Application string `json:"application"`
		Role        string `json:"role"`
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&entries); err != nil {
		return nil, fmt.Errorf(`want a JSON list of {"group", "application", "role"}: %w`, err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("something follows the list")
	}
	var roles []activedirectory.GroupRole
	for i, e := range entries {
		if e.Application == "" {
			return nil, fmt.Errorf("[%d].application: missing, the name of the application that has the role", i)
		}
		roles = append(roles, activedirectory.GroupRole{Group: e.Group, Application: e.Application, Role: e.Role})
	}
	return roles, nil
}

// authorities reads certificates.
func authorities(path string) (*x509.CertPool, error) {
	raw, err := readFile(path, maxConfig)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(bytes.TrimSpace(raw)) {
		return nil, fmt.Errorf("%s holds no certificate in PEM", path)
	}
	return pool, nil
}
