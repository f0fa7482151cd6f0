package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/password"
)

// byID are the arguments of a command on one account.
type byID struct {
	ID string `json:"id"`
}

// showArguments name an account by one of the two.
type showArguments struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type listArguments struct {
	After string `json:"after"` // an id; "" begins at the first
}

type addArguments struct {
	User directory.NewUser `json:"user"`
}

type setArguments struct {
	ID     string               `json:"id"`
	Change directory.UserChange `json:"change"`
}

type passwordArguments struct {
	ID       string `json:"id"`
	Password string `json:"password"`
	Generate bool   `json:"generate"` // in the place of Password
	Keep     bool   `json:"keep"`     // it need not be changed
}

// removeArguments name a second factor of an account.
type removeArguments struct {
	ID     string `json:"id"`
	Factor string `json:"factor"`
}

// factorLine is a second factor as -json prints it.
type factorLine struct {
	ID      string    `json:"id"`
	Kind    string    `json:"kind"`              // as policies name it: MicrosoftAuthenticator, Email or SMS
	Name    string    `json:"name,omitempty"`    // of an authenticator
	Address string    `json:"address,omitempty"` // masked
	Added   time.Time `json:"added"`
	LastUse time.Time `json:"lastUse,omitzero"` // of an authenticator, to the day
}

// userLine is an account as -json prints it, under the names of the directory file
// where that has the field.
type userLine struct {
	ID                 string            `json:"id"`
	Name               string            `json:"name"`
	FirstName          string            `json:"firstName,omitempty"`
	LastName           string            `json:"lastName,omitempty"`
	Language           string            `json:"language,omitempty"`
	Email              string            `json:"email,omitempty"`
	EmailProven        bool              `json:"emailProven,omitempty"` // as a factor or without
	EmailFactor        bool              `json:"emailFactor"`
	Mobile             string            `json:"mobile,omitempty"`
	MobileFactor       bool              `json:"mobileFactor"`
	Authenticator      bool              `json:"authenticator"`
	Factors            []factorLine      `json:"factors,omitempty"`       // a list of accounts leaves these two out
	RecoveryCodes      int               `json:"recoveryCodes,omitempty"` // that are good
	MFA                *bool             `json:"mfa,omitempty"`
	HasPassword        bool              `json:"hasPassword"`
	Passwordless       bool              `json:"passwordless,omitempty"`
	MustChangePassword bool              `json:"mustChangePassword"`
	PasswordEnds       time.Time         `json:"passwordEnds,omitzero"` // of one that has to be changed: until when it is good
	Approved           bool              `json:"approved"`
	Disabled           bool              `json:"disabled"`
	Locked             bool              `json:"locked"`               // by an administrator
	LockedUntil        time.Time         `json:"lockedUntil,omitzero"` // by wrong passwords; a list leaves it out
	Falls              time.Time         `json:"falls,omitzero"`       // deleted then, unless it was approved before
	Start              time.Time         `json:"start,omitzero"`       // absent: always
	End                time.Time         `json:"end,omitzero"`         // absent: for ever
	Roles              []string          `json:"roles,omitempty"`      // of the engine's own application
	Attributes         map[string]string `json:"attributes,omitempty"`
}

func lineOf(u *sallyport.User) userLine {
	return userLine{
		ID: u.ID, Name: u.Name, FirstName: u.FirstName, LastName: u.LastName, Language: u.Language,
		Email: u.Email, EmailProven: u.EmailProven, EmailFactor: u.EmailFactor, Mobile: u.Mobile, MobileFactor: u.MobileFactor,
		Authenticator: u.Authenticator, MFA: u.MFA, HasPassword: u.HasPassword, Passwordless: u.Passwordless, MustChangePassword: u.MustChangePassword,
		Approved: u.Approved, Disabled: u.Disabled, Locked: u.Locked, LockedUntil: u.LockedUntil,
		Falls: u.Falls, PasswordEnds: u.PasswordEnds, Start: u.Start, End: u.End, Roles: u.Roles, Attributes: attributesOf(u.Attributes),
	}
}

func attributesOf(list []account.Attribute) map[string]string {
	m := map[string]string{}
	for _, a := range list {
		m[a.Name] = a.Value
	}
	return m
}

// doneLine says what was done.
type doneLine struct {
	Action   string `json:"action"`
	ID       string `json:"id,omitempty"`
	Name     string `json:"name,omitempty"`
	Password string `json:"password,omitempty"` // that was made
}

func listUsers(ctx context.Context, a *sallyport.Admin, args listArguments, emit emitter) error {
	for u, err := range a.Users(ctx, args.After) {
		if err == nil {
			err = emit(lineOf(u))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func showUser(ctx context.Context, a *sallyport.Admin, args showArguments, emit emitter) error {
	u, err := findUser(ctx, a, args)
	if err != nil {
		return err
	}
	list, err := a.Factors(ctx, u.ID)
	if err != nil {
		return err
	}
	line := lineOf(u)
	line.RecoveryCodes = list.RecoveryCodes
	for _, x := range list.Factors {
		line.Factors = append(line.Factors, factorLine{ID: x.ID, Kind: x.Transport.String(), Name: x.Name, Address: x.Display, Added: x.Added, LastUse: x.LastUse})
	}
	return emit(line)
}

func findUser(ctx context.Context, a *sallyport.Admin, args showArguments) (*sallyport.User, error) {
	if args.ID == "" {
		return a.FindUser(ctx, args.Name)
	}
	return a.User(ctx, args.ID)
}

func addUser(ctx context.Context, a *sallyport.Admin, args addArguments, emit emitter) error {
	u, err := a.CreateUser(ctx, args.User)
	if err != nil {
		return policyWords(err)
	}
	return emit(doneLine{Action: "created", ID: u.ID, Name: u.Name})
}

// policyWords says in sentences what the policy has against a password.
func policyWords(err error) error {
	failed, ok := errors.AsType[*password.PolicyError](err)
	if !ok {
		return err
	}
	return fmt.Errorf("user.password: %s", strings.Join(failed.Messages(), " "))
}

func setUser(ctx context.Context, a *sallyport.Admin, args setArguments, emit emitter) error {
	u, err := a.UpdateUser(ctx, args.ID, args.Change)
	if err != nil {
		return err
	}
	return emit(doneLine{Action: "changed", ID: u.ID, Name: u.Name})
}

func setPassword(ctx context.Context, a *sallyport.Admin, args passwordArguments, emit emitter) error {
	set, made := a.SetPassword, ""
	if args.Keep {
		set = a.SetLastingPassword
	}
	var err error
	if args.Generate {
		made, err = a.GeneratePassword(ctx, args.ID)
	} else {
		err = set(ctx, args.ID, args.Password)
	}
	if err != nil {
		return policyWords(err)
	}
	return emit(doneLine{Action: "password set", ID: args.ID, Password: made})
}

func unlockUser(ctx context.Context, a *sallyport.Admin, args byID, emit emitter) error {
	if err := a.Unlock(ctx, args.ID); err != nil {
		return err
	}
	return emit(doneLine{Action: "unlocked", ID: args.ID})
}

func removeFactor(ctx context.Context, a *sallyport.Admin, args removeArguments, emit emitter) error {
	if err := a.RemoveFactor(ctx, args.ID, args.Factor); err != nil {
		return err
	}
	return emit(doneLine{Action: "factor removed", ID: args.ID})
}

func endSessions(ctx context.Context, a *sallyport.Admin, args byID, emit emitter) error {
	if err := a.EndSessions(ctx, args.ID); err != nil {
		return err
	}
	return emit(doneLine{Action: "sessions ended", ID: args.ID})
}

func deleteUser(ctx context.Context, a *sallyport.Admin, args byID, emit emitter) error {
	if err := a.DeleteUser(ctx, args.ID); err != nil {
		return err
	}
	return emit(doneLine{Action: "deleted", ID: args.ID})
}
