package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/sallyport-auth/sallyport/internal/rnd"
)

// adminLine is one administrative command as it is typed: `sallyport user add …`.
type adminLine struct {
	verb, does string
	// declare adds the flags of the command. The task that it returns is asked
	// once they are read.
	declare func(f *flags) task
}

// task is what the flags of an administrative command have come to.
type task struct {
	arguments func(t terminal) (any, error) // for the server
	print     printer                       // of each value of its answer
	failed    func()                        // takes back what arguments has begun; nil: nothing
	// lost ends the error of an answer that could not be printed: what to do where a
	// secret stood in it; nil: none did.
	lost func() string
}

// runLine runs the one of some commands that the first argument names.
func runLine(ctx context.Context, noun string, lines []adminLine, args []string, t terminal) error {
	var names []string
	for _, l := range lines {
		if len(args) > 0 && args[0] == l.verb {
			return l.run(ctx, noun+" "+l.verb, args[1:], t)
		}
		names = append(names, l.verb)
	}
	if len(args) > 0 && (args[0] == "-h" || args[0] == "-help" || args[0] == "--help") {
		return helpLines(noun, lines, t.out)
	}
	return fmt.Errorf("want: sallyport %s %s; each lists its flags with -h", noun, strings.Join(names, "|"))
}

func helpLines(noun string, lines []adminLine, to io.Writer) error {
	fmt.Fprintf(to, "usage: sallyport %s <verb> [flags]\n\n", noun)
	for _, l := range lines {
		fmt.Fprintf(to, "  %-12s %s\n", l.verb, l.does)
	}
	_, err := fmt.Fprintf(to, "\nsallyport %s <verb> -h lists the flags of a verb.\n", noun)
	return err
}

func (l *adminLine) run(ctx context.Context, name string, args []string, t terminal) (err error) {
	f := newFlags(name)
	w, by := wayFlags(f), trailFlags(f)
	f.way = w
	asJSON := f.Bool("json", false, "print JSON, one value a line")
	job := l.declare(f)
	if err := w.parse(f, args, t); err != nil {
		return err
	}
	if err := w.keys.check(); err != nil {
		return err
	}
	if job.failed != nil {
		defer func() {
			if err != nil {
				job.failed()
			}
		}()
	}
	arguments, err := job.arguments(t)
	if err != nil {
		return err
	}
	r, err := by.request(name, arguments)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(t.out)
	err = w.do(ctx, r, func(raw json.RawMessage) error {
		if err := job.print(out, raw, *asJSON); err != nil {
			return runtimeError{fmt.Errorf("printing: %w", err)}
		}
		return nil
	})
	if flushErr := out.Flush(); flushErr != nil && err == nil {
		cure := ""
		if job.lost != nil {
			cure = job.lost()
		}
		err = runtimeError{fmt.Errorf("printing: %w%s", flushErr, cure)}
	}
	return err
}

// printer prints one value of an answer.
type printer func(to io.Writer, raw json.RawMessage, asJSON bool) error

// printing makes a printer of a function that prints a value for people. For machines
// the value is printed as it came.
func printing[T any](forPeople func(to io.Writer, v T) error) printer {
	return func(to io.Writer, raw json.RawMessage, asJSON bool) error {
		if asJSON {
			_, err := fmt.Fprintf(to, "%s\n", raw)
			return err
		}
		var v T
		if err := json.Unmarshal(raw, &v); err != nil {
			return err
		}
		return forPeople(to, v)
	}
}

// printDone prints what was done, or, so that it can be piped on, a password that was
// made for it and nothing else.
func printDone(to io.Writer, d doneLine) error {
	if d.Password != "" {
		_, err := fmt.Fprintln(to, d.Password)
		return err
	}
	var words []string
	for _, w := range []string{d.Action, d.ID, shown(d.Name)} {
		if w != "" {
			words = append(words, w)
		}
	}
	_, err := fmt.Fprintln(to, strings.Join(words, " "))
	return err
}

// errNoID is told where an account is not named by its id, which alone is never
// another's.
var errNoID = errors.New(`-id is required; "sallyport user show -name NAME" prints it`)

// checkID returns an id in its one spelling.
func checkID(id string) (string, error) {
	if id == "" {
		return "", errNoID
	}
	u, ok := rnd.ParseUUID(id)
	if !ok {
		return "", fmt.Errorf(`-id: %.64q is no id; "sallyport user show -name NAME" prints it`, id)
	}
	return rnd.FormatUUID(u), nil
}
