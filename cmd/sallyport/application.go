package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
)

// applicationLine is an application as -json prints it.
type applicationLine struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// applicationCommand works on the applications that clients belong to.
func applicationCommand(ctx context.Context, args []string, t terminal) error {
	return runLine(ctx, "application", []adminLine{
		{"list", "list the applications in the order in which they were made", func(*flags) task {
			return task{arguments: noArgs, print: printing(printApplication)}
		}},
		{"add", "make an application without roles", addApplicationLine},
	}, args, t)
}

func addApplicationLine(f *flags) task {
	name := f.String("name", "", "`name` of the application; required")
	return task{
		arguments: func(terminal) (any, error) {
			if *name == "" {
				return nil, errors.New("-name is required")
			}
			return applicationLine{Name: *name}, nil
		},
		print: printing(printDone),
	}
}

func printApplication(to io.Writer, a applicationLine) error {
	_, err := fmt.Fprintf(to, "%s  %s\n", a.ID, shown(a.Name))
	return err
}

func listApplications(ctx context.Context, a *sallyport.Admin, _ nothing, emit emitter) error {
	for app, err := range a.Applications(ctx) {
		if err == nil {
			err = emit(applicationLine{app.ID, app.Name})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func addApplication(ctx context.Context, a *sallyport.Admin, args applicationLine, emit emitter) error {
	app, err := a.CreateApplication(ctx, directory.NewApplication{Name: args.Name})
	switch {
	case errors.Is(err, directory.ErrApplicationTaken):
		return fmt.Errorf(`-name: %w: %.64q; "sallyport application list" prints all`, err, args.Name)
	case err != nil:
		return err
	}
	return emit(doneLine{Action: "created", ID: app.ID, Name: app.Name})
}
