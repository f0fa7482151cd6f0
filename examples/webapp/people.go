package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
)

// What the app calls itself, and the roles in it.
const (
	appName = "app"
	member  = "member"
	admin   = "admin"
)

// config is what the engine is made of. Who signs up is a member. Where the users are the
// app's own, making one is for the app to do, so nobody signs up by the engine.
func config(k *kept, issuer string, mails *outbox, changes *trail) sallyport.Config {
	c := sallyport.Config{
		Store: k.store, Keys: k.keys, Issuer: issuer, Label: "Webapp example", Application: appName,
		Email: mails, SMS: mails, SMSPerDay: 100, OnEvent: changes.add,
		SignUp: &sallyport.SignUp{Roles: []string{member}},
	}
	if k.table != nil {
		c.Accounts, c.SignUp = k.table, nil
	}
	return c
}

// person is somebody who may sign in, as the app tells whoever has started it.
type person struct {
	name, password, what string
	email                string // proven, so that codes go there
	roles                []string
}

// newPeople are those of the example, each with a password of their own.
func newPeople() []person {
	return []person{
		{"ada", newPassword(), "a member; a code or a link goes to her mailbox", "ada@example.com", []string{member}},
		{"bob", newPassword(), "a member without a second factor; he may add one", "", []string{member}},
		{"max", newPassword(), "an admin; a code or a link goes to his mailbox", "max@example.com", []string{member, admin}},
		{"zoe", newPassword(), "an admin who has to add a second factor when she first signs in", "", []string{member, admin}},
	}
}

// newPassword draws twelve characters that nobody takes for something else: 60 bits.
func newPassword() string { return strings.ToLower(rand.Text()[:12]) }

// makePeople makes the roles and the people of the example, and returns those that were not
// there yet: of the others the password is not known any more.
func makePeople(ctx context.Context, engine *sallyport.Engine, own *table) ([]person, error) {
	list := newPeople()
	five, week, required := 5*time.Minute, 7*24*time.Hour, "Required"
	file := directory.File{Applications: []directory.Application{{
		Name: appName, MFA: directory.MFA{OTPLifetime: &five, Session: &week}, // a device is remembered for a week
		Roles: []directory.Role{{Name: member}, {Name: admin, MFA: directory.MFA{Mode: &required}}},
	}}}
	if own == nil {
		for _, p := range list {
			file.Users = append(file.Users, p.entry())
		}
	}
	report, err := engine.Apply(ctx, file, directory.Options{})
	switch {
	case err != nil:
		return nil, err
	case own != nil:
		return own.make(ctx, list)
	}
	made := func(p person) bool {
		return slices.ContainsFunc(report.Entries, func(e directory.Entry) bool {
			return e.Kind == "user" && e.Name == p.name && e.Action == "created"
		})
	}
	return slices.DeleteFunc(list, func(p person) bool { return !made(p) }), nil
}

// entry is somebody in the engine's own directory.
func (p person) entry() directory.User {
	u := directory.User{Name: p.name, Password: p.password, Email: p.email, EmailValidated: new(p.email != "")}
	for _, role := range p.roles {
		u.Roles = append(u.Roles, directory.Grant{Application: appName, Role: role})
	}
	return u
}

// welcome is what is told to whoever has started the app.
func welcome(issuer string, people []person) string {
	var b strings.Builder
	fmt.Fprintf(&b, "The app is at    %s\nIts mails are at %s%s\n\n", issuer, issuer, outboxPath)
	if len(people) == 0 {
		b.WriteString("Its people have the passwords that were told when they were made.\n")
	}
	for _, p := range people {
		fmt.Fprintf(&b, "%-4s %s  %s\n", p.name, p.password, p.what)
	}
	return b.String()
}
