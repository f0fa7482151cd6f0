package apidocs

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// Demo is what the documents are filled with: a server with a few people, as sallyport demo
// has them. Whatever is empty stands for the published example.
type Demo struct {
	// ClientID and ClientSecret are of a Native client that logs people in.
	ClientID, ClientSecret string
	// ServiceID and ServiceSecret are of a Service that acts for itself, and may ask what
	// tokens stand for.
	ServiceID, ServiceSecret string
	// Scope is what the Native client asks for.
	Scope string

	Mailed       Account // has a confirmed address of e-mail
	App          Account // has an authenticator with its Key
	Newcomer     Account // has to enrol an authenticator first
	Passwordless Account // has no password; empty: nobody

	// Outbox is the URL of a page that lists the messages of a development server as JSON
	// lines, from which the requests of Postman take mailed codes. Empty: there is none, and
	// they use the MFASecureCode that somebody puts into the environment.
	Outbox string
}

// Account is one of the people of a [Demo].
type Account struct {
	Name     string
	Password string
	Key      string // of the authenticator, in base32
}

// The published example: https://docs.visual-guard.com prints this client, this secret and this
// user, and the gap for the password.
const (
	publishedApplication = "6f209594-fc04-4e96-9f9f-7daf57b0fb12"
	publishedSecret      = "secret"
	passwordGap          = "<Password of the user>"
	publishedScope       = "openid profile VGActivityDate VGApplications VGDeveloper VGIsApproved VGIsLocked VGPermissions VGProfile VGRoles VGToken offline_access IdentityServerApi"
	// exampleKey is the key that documents about authenticators use as an example.
	exampleKey = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
)

// filled returns the demo with the published one where it is empty.
func (d Demo) filled() Demo {
	d.ClientID = cmp.Or(d.ClientID, publishedApplication+"_Native")
	d.ClientSecret = cmp.Or(d.ClientSecret, publishedSecret)
	d.ServiceID = cmp.Or(d.ServiceID, publishedApplication+"_Service")
	d.ServiceSecret = cmp.Or(d.ServiceSecret, publishedSecret)
	d.Scope = cmp.Or(d.Scope, publishedScope)
	for _, a := range []struct {
		account *Account
		name    string
	}{{&d.Mailed, "tt29"}, {&d.App, "lee"}, {&d.Newcomer, "anna"}, {&d.Passwordless, "pat"}} {
		a.account.Name = cmp.Or(a.account.Name, a.name)
		a.account.Password = cmp.Or(a.account.Password, passwordGap)
	}
	d.App.Key = cmp.Or(d.App.Key, exampleKey)
	return d
}

// hasSecrets reports whether a filled demo holds what the published one does not: then the
// documents would give a secret of this server to everybody.
func (d *Demo) hasSecrets() bool {
	for _, a := range []Account{d.Mailed, d.App, d.Newcomer, d.Passwordless} {
		if a.Password != passwordGap || a.Key != "" && a.Key != exampleKey {
			return true
		}
	}
	return d.ClientSecret != publishedSecret || d.ServiceSecret != publishedSecret
}

// maxText bounds each text of a demo, in bytes.
const maxText = 1024

// check returns all that is wrong with a filled demo.
func (d *Demo) check() error {
	var errs []error
	for _, v := range d.variables("") {
		if len(v.Value) > maxText || strings.ContainsFunc(v.Value, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			errs = append(errs, fmt.Errorf("apidocs: Options.Demo: the value of %s has control characters, or more than %d bytes", v.Key, maxText))
		}
	}
	if u, err := url.Parse(d.Outbox); err != nil || d.Outbox != "" && (u.Scheme != "http" && u.Scheme != "https" || u.Host == "") {
		errs = append(errs, errors.New("apidocs: Options.Demo.Outbox is no URL of http or https"))
	}
	return errors.Join(errs...)
}
