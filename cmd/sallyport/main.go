package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
)

// terminal is what a command talks to.
type terminal struct {
	in       io.Reader
	out, err io.Writer
}

// command is one word of the command line. Its run returns nil, [flag.ErrHelp]
// after it has printed its flags, a [runtimeError], or a reason not to begin.
type command struct {
	name, does string
	run        func(ctx context.Context, args []string, t terminal) error
}

func commands() []command {
	return []command{
		{"demo", "serve a small directory with an outbox, and print curl lines to paste", demo},
		{"serve", "serve the HTTP API", serve},
		{"apply", "put a directory file into a store", apply},
		{"import", "make accounts of the rows of a file, as they move in from another system", importCommand},
		{"user", "list, show, make, change, unlock and delete users; user -h lists how", userCommand},
		{"role", "list, make and delete roles; role -h lists how", roleCommand},
		{"client", "list, show, make, change and delete clients, and rotate their secrets; client -h lists how", clientCommand},
		{"resource", "list, make and delete the resources that scopes stand for; resource -h lists how", resourceCommand},
		{"application", "list and make applications; application -h lists how", applicationCommand},
		{"end-sessions", "end all sessions there are, at once; end-sessions -h says how", endAllCommand},
		{"inspect", "print the records of a store for a person to read, and no secret", inspect},
		{"key", "list, rotate, retire and import signing keys; key -h lists how", key},
		{"doctor", "read a whole bbolt file and say what is damaged", doctor},
		{"breached", "breached build, breached check: make a filter of a list of published passwords, and try it", breached},
		{"status", "say what a status means, why it comes and what to do next: status 134217729", status},
		{"code", "print the present code of the authenticator key on standard input", code},
		{"version", "print the version", version},
	}
}

// Exit codes.
const (
	exitDone   = 0
	exitBroken = 1 // while it ran
	exitWrong  = 2 // nothing was begun
)

// runtimeError is a fault that met a command after it had begun.
type runtimeError struct{ error }

// Unwrap returns the fault itself.
func (e runtimeError) Unwrap() error { return e.error }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), endings...)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	os.Exit(run(ctx, os.Args[1:], terminal{os.Stdin, os.Stdout, os.Stderr}))
}

// run executes one command line until it is done or ctx ends, and returns the
// exit code.
func run(ctx context.Context, args []string, t terminal) int {
	name := "help"
	if len(args) > 0 {
		name, args = args[0], args[1:]
	}
	switch strings.TrimLeft(name, "-") {
	case "help", "h":
		usage(t.out)
		return exitDone
	case "version":
		name = "version"
	}
	for _, c := range commands() {
		if c.name == name {
			return report(c.run(ctx, args, t), "sallyport "+name, t.err)
		}
	}
	return report(fmt.Errorf("unknown command %.64q; sallyport help lists all", name), "sallyport", t.err)
}

// report says what went wrong in one line.
func report(err error, who string, to io.Writer) int {
	if err == nil || errors.Is(err, flag.ErrHelp) {
		return exitDone
	}
	fmt.Fprintf(to, "%s: %s\n", who, oneLine(err))
	return exitCode(err)
}

func exitCode(err error) int {
	if errors.As(err, new(runtimeError)) {
		return exitBroken
	}
	return exitWrong
}

// oneLine is the text of an error whose faults may stand one a line.
func oneLine(err error) string {
	return strings.Join(strings.FieldsFunc(err.Error(), func(r rune) bool { return r == '\n' || r == '\r' }), "; ")
}

func usage(to io.Writer) {
	fmt.Fprint(to, "usage: sallyport <command> [flags]\n\n")
	for _, c := range commands() {
		fmt.Fprintf(to, "  %-12s %s\n", c.name, c.does)
	}
	fmt.Fprint(to, "\nsallyport <command> -h lists the flags of a command.\n")
}

func version(_ context.Context, args []string, t terminal) error {
	if err := noArguments(args); err != nil {
		return err
	}
	v := "(unknown)"
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		v = info.Main.Version
	}
	_, err := fmt.Fprintln(t.out, "sallyport", v)
	return err
}

// noArguments refuses arguments. They are not repeated: a key for code, or the URL
// of a database with its password, is easily put there.
func noArguments(args []string) error {
	if len(args) > 0 {
		return errors.New("unexpected argument: all values stand behind the names of flags")
	}
	return nil
}
