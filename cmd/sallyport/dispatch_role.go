package main

import (
	"context"

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
	if err := a.CreateRole(ctx, directory.NewRole{Name: args.Name, Permissions: args.Permissions}); err != nil {
		return err
	}
	return emit(doneLine{Action: "created", Name: args.Name})
}

func deleteRole(ctx context.Context, a *sallyport.Admin, args roleLine, emit emitter) error {
	if err := a.DeleteRole(ctx, args.Name); err != nil {
		return err
	}
	return emit(doneLine{Action: "deleted", Name: args.Name})
}
