package sallyporttest_test

import (
	"context"
	"errors"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/token"
	"github.com/sallyport-auth/sallyport/totp"
)

// library is a host's own directory, which has no name in common with the kit's.
func library(d *directory.File) {
	yes := true
	grants := []string{token.GrantVGAuthenticator}
	*d = directory.File{
		Applications: []directory.Application{
			{Name: "Archive", Roles: []directory.Role{{Name: "Reader"}}},
			{Name: "Library", Roles: []directory.Role{{Name: "Librarian"}, {Name: "Reader"}}},
		},
		Clients: []directory.Client{
			{Application: "Library", Platform: "SPA", GrantTypes: grants, Scopes: []string{"openid"}, Public: true, CORSOrigins: []string{"https://library.example"}},
			{Application: "Library", Platform: "Native", GrantTypes: grants, Scopes: []string{"openid"}, Secrets: []directory.Secret{{Value: "shelf"}}},
		},
		Users: []directory.User{
			{Name: "ann", Password: "from the file", Email: mail, EmailValidated: &yes, Roles: []directory.Grant{{Application: "Library", Role: "Librarian"}}},
			{Name: "bob", Password: "from the file", TOTP: &directory.TOTP{Secret: totp.NewSecret().Base32()}, Roles: []directory.Grant{{Application: "Library", Role: "Librarian"}}},
		},
	}
}

// TestOwnDirectory: the kit takes application, client, scopes, roles and users from
// the directory that it was given.
func TestOwnDirectory(t *testing.T) {
	bothWays(t, func(t *testing.T, kit *sallyporttest.Kit, c *sallyporttest.Client) {
		equal(t, "secret", c.Secret, "shelf")
		carl := kit.AddUser(t, sallyporttest.User{Name: "carl", Roles: []string{"Librarian"}})
		a := c.Login(carl.Name, carl.Password).Want(t, sallyport.Success)
		equal(t, "scope", a.Tokens.Scope, "openid")

		reader := kit.AddUser(t, sallyporttest.User{Name: "dora"}) // the first role there is, which is the archive's
		c.Login(reader.Name, reader.Password).Want(t, sallyport.Failure|sallyport.UserNotAuthorized)

		for _, name := range []string{"ann", "bob"} {
			who := kit.Person(name)
			if who == nil || who.ID == "" {
				t.Fatalf("got %v for %s, want a person with an id", who, name)
			}
			c.LoginWithCode(who.Name, who.Password).Want(t, sallyport.Success)
		}
		c.LoginWithCode("ANN", kit.Person("ann").Password).Want(t, sallyport.Success)
		if who := kit.Person("eve"); who != nil {
			t.Errorf("got %v, want nobody", who)
		}
	}, sallyporttest.WithDirectory(library))
}

// TestOwnClient: without a client that has a secret, the kit is one without.
func TestOwnClient(t *testing.T) {
	bothWays(t, func(t *testing.T, kit *sallyporttest.Kit, c *sallyporttest.Client) {
		equal(t, "secret", c.Secret, "")
		who := kit.AddUser(t, sallyporttest.User{Name: "carl", Roles: []string{"Librarian"}})
		c.Login(who.Name, who.Password).Want(t, sallyport.Success)
	}, sallyporttest.WithDirectory(func(d *directory.File) {
		library(d)
		service := directory.Client{Application: "Archive", Platform: "Native", GrantTypes: []string{token.GrantRefreshToken}, Scopes: []string{"openid"}, Secrets: []directory.Secret{{Value: "no logins"}}}
		d.Clients = []directory.Client{service, d.Clients[0]}
	}))
}

// TestUsersOfAnyKind: those whom the host applied past the kit log in as well.
func TestUsersOfAnyKind(t *testing.T) {
	bothWays(t, func(t *testing.T, kit *sallyporttest.Kit, c *sallyporttest.Client) {
		yes := true
		file := sallyporttest.Directory()
		file.Users = []directory.User{{
			Name: "ann", Password: "not the kit's", Mobile: phone, MobileValidated: &yes,
			Roles: []directory.Grant{{Application: sallyporttest.ApplicationName, Role: sallyporttest.RoleName}},
		}}
		if _, err := kit.Engine.Apply(t.Context(), file, directory.Options{}); err != nil {
			t.Fatal(err)
		}
		kit.AddUser(t, sallyporttest.User{Name: "paul"})
		c.LoginWithCode("Ann", "not the kit's").Want(t, sallyport.Success)
		c.LoginWithCode("paul", sallyporttest.Password).Want(t, sallyport.Success)
	})
}

// TestSpellings: a user goes by every spelling of the name, here too.
func TestSpellings(t *testing.T) {
	kit := sallyporttest.New(t)
	yes := true
	who := kit.AddUser(t, sallyporttest.User{Name: " Weiß  Sample", TOTP: true, MFA: &yes})
	if who.ID == "" || kit.Person("WEISS sample") != who {
		t.Errorf("got %+v and %+v, want one person with an id", who, kit.Person("WEISS sample"))
	}
	c := kit.InProcess()
	c.LoginWithCode("weiss  SAMPLE ", who.Password).Want(t, sallyport.Success)
	kit.EditUser(t, "weiss sample", func(u *directory.User) { u.Disabled = true })
	if a := c.LoginWithCode(who.Name, who.Password); a.Status == sallyport.Success {
		t.Errorf("got %v of a user who was disabled", a.Status)
	}
	mailed := kit.AddUser(t, sallyporttest.User{Name: "Straße", Email: mail, EmailValidated: true, MFA: &yes})
	c.LoginWithCode("STRASSE", mailed.Password).Want(t, sallyport.Success)
}

// TestNoClients: a directory without any client leaves the kit with the default's,
// which is refused as any unknown one is.
func TestNoClients(t *testing.T) {
	kit := sallyporttest.New(t, sallyporttest.WithDirectory(func(d *directory.File) { *d = directory.File{} }))
	c := kit.InProcess()
	equal(t, "client", c.ID, sallyporttest.ClientID)
	c.Login("ann", "x").WantOAuth(t, "invalid_client")
	kit.AddUser(t, sallyporttest.User{Name: "ann"}) // without roles, since there are none
}

// crossing is a mail server that has just sent somebody else a code, too.
type crossing struct{ outbox sallyport.Sender }

func (c crossing) Send(ctx context.Context, m sallyport.Message) error {
	other := sallyport.Message{Kind: "otp", To: "eve@example.com", User: "eve", Code: "other"}
	return errors.Join(c.outbox.Send(ctx, m), c.outbox.Send(ctx, other))
}

// TestCodesOfOthers: a code that was sent to somebody else meanwhile is not taken.
func TestCodesOfOthers(t *testing.T) {
	kit := sallyporttest.New(t, sallyporttest.WithConfig(func(c *sallyport.Config) { c.Email = crossing{c.Email} }))
	who := kit.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
	kit.InProcess().LoginWithCode("Marie", who.Password).Want(t, sallyport.Success)
}
