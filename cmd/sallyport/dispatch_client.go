package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/token"
)

// oneClient names a client: by its id, or by the name of its application and the
// platform, with an underscore between them.
type oneClient struct {
	Client string `json:"client"`
}

type addClientArguments struct {
	Application string              `json:"application"` // name or id
	Client      directory.NewClient `json:"client"`
}

type setClientArguments struct {
	oneClient
	Change directory.ClientChange `json:"change"`
}

type rotateArguments struct {
	oneClient
	Secret  directory.NewSecret `json:"secret"`
	Overlap time.Duration       `json:"overlap"`
}

type endSecretArguments struct {
	oneClient
	Secret string `json:"secret"` // id
}

// applicationNames are the names of all applications by their ids.
func applicationNames(ctx context.Context, a *sallyport.Admin) (map[string]string, error) {
	names := map[string]string{}
	for app, err := range a.Applications(ctx) {
		if err != nil {
			return nil, err
		}
		names[app.ID] = app.Name
	}
	return names, nil
}

// findApplication finds an application by its name or id, as a flag has it; the error
// names those there are.
func findApplication(ctx context.Context, a *sallyport.Admin, flag, text string) (*directory.Application, error) {
	app, err := a.FindApplication(ctx, text)
	if !errors.Is(err, directory.ErrNoApplication) {
		return app, err
	}
	names, listErr := applicationNames(ctx, a)
	if listErr != nil {
		return nil, listErr
	}
	there := "there are none: \"sallyport application add\" makes one"
	if len(names) > 0 {
		there = "there are " + strings.Join(slices.Sorted(maps.Values(names)), ", ")
	}
	return nil, fmt.Errorf("%s: %w: %.64q; %s", flag, directory.ErrNoApplication, text, there)
}

// findClient finds a client by what was typed.
func findClient(ctx context.Context, a *sallyport.Admin, text string) (*directory.ClientInfo, string, error) {
	id, named := token.ParseClientID(text)
	if !named {
		at := max(strings.LastIndexByte(text, '_'), 0)
		platform, ok := token.ParsePlatform(strings.TrimPrefix(text[at:], "_"))
		if !ok {
			return nil, "", fmt.Errorf("-client: %.128q is no client: want its id, or the name of its application, an underscore and the platform, such as PB_Salesdemo_Service", text)
		}
		app, err := findApplication(ctx, a, "-client", text[:at])
		if err != nil {
			return nil, "", err
		}
		id = app.ID + "_" + string(platform)
	}
	c, err := a.Client(ctx, id)
	if err != nil {
		return nil, "", fmt.Errorf(`-client: %w: %.128q; "sallyport client list" prints all`, err, text)
	}
	app, err := a.Application(ctx, c.Application)
	if err != nil {
		return nil, "", err
	}
	return c, app.Name, nil
}

func listClients(ctx context.Context, a *sallyport.Admin, _ nothing, emit emitter) error {
	names, err := applicationNames(ctx, a)
	if err != nil {
		return err
	}
	for c, err := range a.Clients(ctx) {
		if err == nil {
			err = emit(lineOfClient(c, cmp.Or(names[c.Application], c.Application)))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func showClient(ctx context.Context, a *sallyport.Admin, args oneClient, emit emitter) error {
	c, app, err := findClient(ctx, a, args.Client)
	if err != nil {
		return err
	}
	return emit(lineOfClient(c, app))
}

func addClient(ctx context.Context, a *sallyport.Admin, args addClientArguments, emit emitter) error {
	app, err := findApplication(ctx, a, "-application", args.Application)
	if err != nil {
		return err
	}
	args.Client.Application = app.ID
	c, secret, err := a.CreateClient(ctx, args.Client)
	switch {
	case errors.Is(err, directory.ErrClientTaken):
		return fmt.Errorf(`-platform: %w: change %s_%s by "sallyport client set", or delete it`, err, app.Name, args.Client.Platform)
	case err != nil:
		return err
	}
	return emit(clientDone{Action: "created", ID: c.ID, Name: app.Name + "_" + c.Platform, Secret: secret, Expires: args.Client.Secret.Expires})
}

func setClient(ctx context.Context, a *sallyport.Admin, args setClientArguments, emit emitter) error {
	return onClient(ctx, a, edit{args.Client, "changed"}, emit, func(id string) error {
		_, err := a.UpdateClient(ctx, id, args.Change)
		return err
	})
}

// switching is a verb that switches clients on or off.
func switching(done string, disabled bool) verb {
	return with(func(ctx context.Context, a *sallyport.Admin, args oneClient, emit emitter) error {
		return onClient(ctx, a, edit{args.Client, done}, emit, func(id string) error {
			_, err := a.UpdateClient(ctx, id, directory.ClientChange{Disabled: &disabled})
			return err
		})
	})
}

func deleteClient(ctx context.Context, a *sallyport.Admin, args oneClient, emit emitter) error {
	return onClient(ctx, a, edit{args.Client, "deleted"}, emit, func(id string) error { return a.DeleteClient(ctx, id) })
}

func endClientSecret(ctx context.Context, a *sallyport.Admin, args endSecretArguments, emit emitter) error {
	return onClient(ctx, a, edit{args.Client, "secret ended"}, emit, func(id string) error {
		err := a.EndSecret(ctx, id, args.Secret)
		if errors.Is(err, directory.ErrNoSecret) {
			return fmt.Errorf(`-secret: %w: %.64q; "sallyport client show" prints their ids`, err, args.Secret)
		}
		return err
	})
}

func rotateSecret(ctx context.Context, a *sallyport.Admin, args rotateArguments, emit emitter) error {
	c, app, err := findClient(ctx, a, args.Client)
	if err != nil {
		return err
	}
	if c.Public {
		return fmt.Errorf("-client: %w: %s_%s is public, and has no secret to be rotated", directory.ErrSecrets, app, c.Platform)
	}
	info, secret, err := a.RotateSecret(ctx, c.ID, args.Secret, args.Overlap)
	switch {
	case errors.Is(err, directory.ErrSecrets):
		return fmt.Errorf(`-client: %w: end one by "sallyport client end-secret", or say -overlap 0s, which ends all that there are`, err)
	case err != nil:
		return err
	}
	return emit(clientDone{Action: "secret rotated", ID: c.ID, Name: app + "_" + c.Platform, Secret: secret, Expires: info.Expires})
}

// edit is something that is done to a client: what it was called, and what is said
// afterwards.
type edit struct{ client, done string }

// onClient does something to a client and says so.
func onClient(ctx context.Context, a *sallyport.Admin, e edit, emit emitter, fn func(id string) error) error {
	c, app, err := findClient(ctx, a, e.client)
	if err != nil {
		return err
	}
	if err := fn(c.ID); err != nil {
		return err
	}
	return emit(clientDone{Action: e.done, ID: c.ID, Name: app + "_" + c.Platform})
}
