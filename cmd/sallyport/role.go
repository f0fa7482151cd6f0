package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// roleCommand works on the roles of the application of the engine's own calls.
func roleCommand(ctx context.Context, args []string, t terminal) error {
	return runLine(ctx, "role", []adminLine{
		{"list", "list the roles with their permissions", func(*flags) task {
			return task{arguments: func(terminal) (any, error) { return nothing{}, nil }, print: printing(printRole)}
		}},
		{"add", "make a role", addRoleLine},
		{"delete", "delete a role; who had it has it no more", deleteRoleLine},
	}, args, t)
}

// errNoRoleName is told where a role is not named.
var errNoRoleName = errors.New(`-name is required; "sallyport role list" prints the names`)

func addRoleLine(f *flags) task {
	var r roleLine
	f.StringVar(&r.Name, "name", "", "`name` of the role; required")
	f.Func("permissions", "`paths` such as /Address/CanReadAddress, with commas in between; those that are new are made", func(text string) error {
		r.Permissions = list(text)
		return nil
	})
	return task{arguments: func(terminal) (any, error) {
		if r.Name == "" {
			return nil, errors.New("-name is required")
		}
		return r, nil
	}, print: printing(printDone)}
}

func deleteRoleLine(f *flags) task {
	name := f.String("name", "", "`name` of the role; required")
	return task{arguments: func(terminal) (any, error) {
		if *name == "" {
			return nil, errNoRoleName
		}
		return roleLine{Name: *name}, nil
	}, print: printing(printDone)}
}

func printRole(to io.Writer, r roleLine) error {
	_, err := fmt.Fprintln(to, strings.TrimRight(fmt.Sprintf("%-24s  %s", shown(r.Name), shown(strings.Join(r.Permissions, ", "))), " "))
	return err
}
