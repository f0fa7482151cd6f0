package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/boltstore"
	"github.com/sallyport-auth/sallyport/store/sealed"
)

// What the app calls itself, and the roles in it.
const (
	appName = "app"
	member  = "member"
	admin   = "admin"
)

// openStore opens the file of the store and that of the keys beside it, and makes both where
// there are none.
func openStore(path string) (store.Store, sealed.Keys, error) {
	keys, err := sealed.LoadKeys(path + ".keys")
	if errors.Is(err, fs.ErrNotExist) {
		keys, err = sealed.CreateKeys(path + ".keys")
	}
	if err != nil {
		return nil, keys, err
	}
	s, err := boltstore.Open(path, boltstore.Options{})
	return s, keys, err
}

// config is what the engine is made of.
func config(s store.Store, keys sealed.Keys, issuer string, mails sallyport.Sender) sallyport.Config {
	return sallyport.Config{Store: s, Keys: keys, Issuer: issuer, Label: "Webapp example", Application: appName, Email: mails}
}

// person is somebody who may sign in, as the app tells whoever has started it.
type person struct{ name, password, what string }

// makePeople makes the roles and the people of the example, each with a password of their
// own, and returns those that were not there yet: of the others the password is not known
// any more.
func makePeople(ctx context.Context, engine *sallyport.Engine) ([]person, error) {
	list := []person{
		{"ada", newPassword(), "a member; a code or a link goes to her mailbox"},
		{"bob", newPassword(), "a member without a second factor; he may add one"},
		{"max", newPassword(), "an admin; a code or a link goes to his mailbox"},
		{"zoe", newPassword(), "an admin who has to add a second factor when she first signs in"},
	}
	five, required := 5*time.Minute, "Required"
	has := func(role string) directory.Grant { return directory.Grant{Application: appName, Role: role} }
	report, err := engine.Apply(ctx, directory.File{
		Applications: []directory.Application{{
			Name: appName, MFA: directory.MFA{OTPLifetime: &five},
			Roles: []directory.Role{{Name: member}, {Name: admin, MFA: directory.MFA{Mode: &required}}},
		}},
		Users: []directory.User{
			{Name: "ada", Password: list[0].password, Email: "ada@example.com", EmailValidated: new(true), Roles: []directory.Grant{has(member)}},
			{Name: "bob", Password: list[1].password, Roles: []directory.Grant{has(member)}},
			{Name: "max", Password: list[2].password, Email: "max@example.com", EmailValidated: new(true), Roles: []directory.Grant{has(member), has(admin)}},
			{Name: "zoe", Password: list[3].password, Roles: []directory.Grant{has(member), has(admin)}},
		},
	}, directory.Options{})
	if err != nil {
		return nil, err
	}
	made := func(p person) bool {
		return slices.ContainsFunc(report.Entries, func(e directory.Entry) bool {
			return e.Kind == "user" && e.Name == p.name && e.Action == "created"
		})
	}
	return slices.DeleteFunc(list, func(p person) bool { return !made(p) }), nil
}

// newPassword draws twelve characters that nobody takes for something else: 60 bits.
func newPassword() string { return strings.ToLower(rand.Text()[:12]) }

// welcome is what is told to whoever has started the app.
func welcome(issuer string, people []person) string {
	var b strings.Builder
	fmt.Fprintf(&b, "The app is at    %s\nIts mails are at %s%s\n\n", issuer, issuer, outboxPath)
	if len(people) == 0 {
		b.WriteString("Its people have the passwords that were told when the folder was new.\n")
	}
	for _, p := range people {
		fmt.Fprintf(&b, "%-4s %s  %s\n", p.name, p.password, p.what)
	}
	return b.String()
}
