package main

import (
	"context"
	"errors"
	"time"

	"github.com/sallyport-auth/sallyport/directory"
)

// clientCommand works on the clients of a store.
func clientCommand(ctx context.Context, args []string, t terminal) error {
	return runLine(ctx, "client", []adminLine{
		{"list", "list the clients in the order in which they were made", func(*flags) task {
			return task{arguments: noArgs, print: printing(printClientListed)}
		}},
		{"show", "print one client, and of its secrets their ids alone", func(f *flags) task { return task{arguments: clientNamed(f), print: printing(printClient)} }},
		{"add", "make a client and print its secret, this once", addClientLine},
		{"set", "change fields of a client", setClientLine},
		{"rotate-secret", "make another secret and print it, this once; the old ones stay good for a while", rotateLine},
		{"end-secret", "end one secret at once, by its id in client show", endSecretLine},
		{"disable", "switch a client off: it authenticates no more, and gets no token", onClientLine},
		{"enable", "switch it on again", onClientLine},
		{"end-sessions", "end all sessions and pending logins of a client; it keeps its secrets", onClientLine},
		{"delete", "delete a client with all that it was granted", onClientLine},
	}, args, t)
}

// errNoClientNamed is told where a client is not named.
var errNoClientNamed = errors.New(`-client is required: an id, or the name of an application and a platform such as PB_Salesdemo_Service; "sallyport client list" prints all`)

// noArgs are the arguments of a command that takes none.
func noArgs(terminal) (any, error) { return nothing{}, nil }

// clientFlag names the client that is meant.
func clientFlag(f *flags) *string {
	return f.String("client", "", "`id` of the client, or the name of its application, an underscore and the platform, such as PB_Salesdemo_Service; required")
}

// clientNamed are the arguments of a command that needs nothing but a client.
func clientNamed(f *flags) func(terminal) (any, error) {
	client := clientFlag(f)
	return func(terminal) (any, error) { return namedClient(*client) }
}

func namedClient(client string) (oneClient, error) {
	if client == "" {
		return oneClient{}, errNoClientNamed
	}
	return oneClient{client}, nil
}

func onClientLine(f *flags) task {
	return task{arguments: clientNamed(f), print: printing(printClientDone)}
}

func addClientLine(f *flags) task {
	var by directory.ClientChange
	var secret directory.NewSecret
	application := f.String("application", "", "`name` or id of its application; required")
	platform := f.String("platform", "", "`platform`: WebApp, SPA, Native or Service; required")
	public := f.Bool("public", false, "it has no secret (default true of a SPA)")
	disabled := f.Bool("disabled", false, "it is switched off until client enable")
	clientFields(f, &by)
	newSecretFlags(f, &secret)
	out := secretOutFlag(f)
	return task{
		arguments: func(t terminal) (any, error) {
			switch {
			case *application == "":
				return nil, errors.New("-application is required: the name or id of the one that the client belongs to")
			case *platform == "":
				return nil, errors.New("-platform is required: one of " + platformNames())
			}
			n, err := newClient(*platform, &by)
			if err != nil {
				return nil, err
			}
			if f.given("public") {
				n.Public = *public
			}
			n.Disabled, n.Secret = *disabled, secret
			if n.Public && (out.path != "" || f.given("secret-expires") || f.given("secret-description")) {
				return nil, errors.New("-public: a client without a secret has nothing that -secret-file, -secret-expires or -secret-description could be for: leave them out")
			}
			return addClientArguments{*application, n}, out.open(t)
		},
		print: out.print, failed: out.cancel, lost: out.lost,
	}
}

// newSecretFlags say what a secret is that is made.
func newSecretFlags(f *flags, s *directory.NewSecret) {
	f.StringVar(&s.Description, "secret-description", "", "a `text` that tells the secret from others")
	f.Func("secret-expires", "`time` until which the secret is good, such as 2030-01-31T00:00:00Z (default: for ever)", timeValue(&s.Expires))
}

func setClientLine(f *flags) task {
	var by directory.ClientChange
	client := clientFlag(f)
	clientFields(f, &by)
	return task{
		arguments: func(terminal) (any, error) {
			one, err := namedClient(*client)
			if err == nil && len(by.Fields()) == 0 {
				err = errors.New("name what is to change, such as -scope; -h lists all")
			}
			return setClientArguments{one, by}, err
		},
		print: printing(printClientDone),
	}
}

func rotateLine(f *flags) task {
	var args rotateArguments
	client := clientFlag(f)
	newSecretFlags(f, &args.Secret)
	f.DurationVar(&args.Overlap, "overlap", 24*time.Hour, "how long the old secrets stay good: a `duration` of 0s to 2160h")
	out := secretOutFlag(f)
	return task{
		arguments: func(t terminal) (_ any, err error) {
			if args.oneClient, err = namedClient(*client); err != nil {
				return nil, err
			}
			if args.Overlap < 0 || args.Overlap > directory.MaxOverlap || args.Overlap%time.Second != 0 {
				return nil, errors.New("-overlap: want 0s to 2160h in whole seconds")
			}
			return args, out.open(t)
		},
		print: out.print, failed: out.cancel, lost: out.lost,
	}
}

func endSecretLine(f *flags) task {
	var args endSecretArguments
	client := clientFlag(f)
	f.StringVar(&args.Secret, "secret", "", "`id` of the secret, as client show prints it; required")
	return task{
		arguments: func(terminal) (_ any, err error) {
			if args.oneClient, err = namedClient(*client); err == nil && args.Secret == "" {
				err = errors.New("-secret is required: client show prints the ids of the secrets")
			}
			return args, err
		},
		print: printing(printClientDone),
	}
}
