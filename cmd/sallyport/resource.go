package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/token"
)

// resourceLine is a resource as -json prints it and as `resource add` is told it, under
// the names of the directory file. Application is its name; told, it may be the id.
type resourceLine struct {
	Name        string   `json:"name"`
	Kind        string   `json:"kind,omitempty"`
	Claims      []string `json:"claims,omitempty"`
	Audience    string   `json:"audience,omitempty"`
	Application string   `json:"application,omitempty"`
}

// resourceCommand works on what the scopes of clients stand for.
func resourceCommand(ctx context.Context, args []string, t terminal) error {
	return runLine(ctx, "resource", []adminLine{
		{"list", "list the resources in the order in which they were made", func(*flags) task {
			return task{arguments: noArgs, print: printing(printResource)}
		}},
		{"add", "make a resource: a scope that brings claims, or an audience", addResourceLine},
		{"delete", "delete a resource; clients keep the scope, which brings nothing then", deleteResourceLine},
	}, args, t)
}

func addResourceLine(f *flags) task {
	var r resourceLine
	f.StringVar(&r.Name, "name", "", "`name` of the scope; required")
	f.StringVar(&r.Kind, "kind", "", "`kind`: Identity, for claims at userinfo, or API, for an audience of tokens; required")
	f.Func("claim", "`names` of claims; with commas in between, or the flag once for each", func(text string) error {
		r.Claims = append(r.Claims, list(text)...)
		return nil
	})
	f.StringVar(&r.Audience, "audience", "", "absolute `URI` of the API, such as https://orders.example.com")
	f.StringVar(&r.Application, "application", "", "`name` or id of the application whose clients may have it (default: those of any)")
	return task{
		arguments: func(terminal) (any, error) {
			switch {
			case r.Name == "":
				return nil, errors.New("-name is required: the scope that clients ask for")
			case r.Kind == "":
				return nil, errors.New("-kind is required: Identity or API")
			}
			for _, kind := range []token.ResourceKind{token.IdentityResource, token.APIResource} {
				if strings.EqualFold(string(kind), r.Kind) {
					r.Kind = string(kind)
				}
			}
			return r, nil
		},
		print: printing(printDone),
	}
}

func deleteResourceLine(f *flags) task {
	name := f.String("name", "", "`name` of the scope; required")
	return task{
		arguments: func(terminal) (any, error) {
			if *name == "" {
				return nil, errors.New(`-name is required; "sallyport resource list" prints the names`)
			}
			return resourceLine{Name: *name}, nil
		},
		print: printing(printDone),
	}
}

func printResource(to io.Writer, r resourceLine) error {
	what := []string{shown(strings.Join(r.Claims, ", "))}
	if r.Audience != "" {
		what = append([]string{shown(r.Audience)}, what...)
	}
	if r.Application != "" {
		what = append(what, "of "+shown(r.Application))
	}
	_, err := fmt.Fprintln(to, strings.TrimRight(fmt.Sprintf("%-24s  %-8s  %s", shown(r.Name), r.Kind, strings.Join(nonEmpty(what), "; ")), " "))
	return err
}

// nonEmpty are the texts that are not empty.
func nonEmpty(list []string) (out []string) {
	for _, s := range list {
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}

func listResources(ctx context.Context, a *sallyport.Admin, _ nothing, emit emitter) error {
	names, err := applicationNames(ctx, a)
	if err != nil {
		return err
	}
	resources, err := a.Resources(ctx)
	if err != nil {
		return err
	}
	for _, r := range resources {
		if name, known := names[r.Application]; known {
			r.Application = name
		}
		if err := emit(resourceLine{r.Name, r.Kind, r.Claims, r.Audience, r.Application}); err != nil {
			return err
		}
	}
	return nil
}

func addResource(ctx context.Context, a *sallyport.Admin, args resourceLine, emit emitter) error {
	if args.Application != "" {
		app, err := findApplication(ctx, a, "-application", args.Application)
		if err != nil {
			return err
		}
		args.Application = app.ID
	}
	switch err := a.CreateResource(ctx, directory.Resource(args)); {
	case errors.Is(err, directory.ErrResourceTaken):
		return fmt.Errorf(`-name: %w: %.64q; to change it, delete it by "sallyport resource delete" and make it anew`, err, args.Name)
	case err != nil:
		return err
	}
	return emit(doneLine{Action: "created", Name: args.Name})
}

func deleteResource(ctx context.Context, a *sallyport.Admin, args resourceLine, emit emitter) error {
	if err := a.DeleteResource(ctx, args.Name); err != nil {
		return fmt.Errorf(`-name: %w: %.64q; "sallyport resource list" prints all`, err, args.Name)
	}
	return emit(doneLine{Action: "deleted", Name: args.Name})
}
