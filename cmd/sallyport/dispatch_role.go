package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
)

// roleLine is a role as -json prints it and as `role add` is told it.
type roleLine struct {
	Name        string   `json:"name"`
	Permissions []string `json:"permissions,omitempty"` // paths
}

// nothing are the arguments of a command that takes none.
type nothing struct{}

func listRoles(ctx context.Context, a *sallyport.Admin, _ nothing, emit emitter) error {
	roles, err := a.Roles(ctx)
	if err != nil {
		return err
	}
	for _, r := range roles {
		if err := emit(roleLine{r.Name, r.Permissions}); err != nil {
			return err
		}
	}
	return nil
}

func addRole(ctx context.Context, a *sallyport.Admin, args roleLine, emit emitter) error {
	switch err := a.CreateRole(ctx, directory.NewRole{Name: args.Name, Permissions: args.Permissions}); {
	case errors.Is(err, directory.ErrRoleTaken):
		return fmt.Errorf(`-name: %w: %.64q; "sallyport role list" prints all`, err, args.Name)
	case err != nil:
		return err
	}
	return emit(doneLine{Action: "created", Name: args.Name})
}

func deleteRole(ctx context.Context, a *sallyport.Admin, args roleLine, emit emitter) error {
	switch err := a.DeleteRole(ctx, args.Name); {
	case errors.Is(err, directory.ErrNoRole):
		return fmt.Errorf(`-name: %w: %.64q; "sallyport role list" prints all`, err, args.Name)
	case err != nil:
		return err
	}
	return emit(doneLine{Action: "deleted", Name: args.Name})
}
