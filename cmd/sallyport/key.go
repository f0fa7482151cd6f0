package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/sallyport-auth/sallyport/token"
)

// key works on the signing keys of a store.
func key(ctx context.Context, args []string, t terminal) error {
	return runLine(ctx, "key", []adminLine{
		{"list", "list the signing keys: what each is for, and from when to when", func(*flags) task {
			return task{arguments: noArgs, print: printing(printKey)}
		}},
		{"rotate", "make another key, which signs once it is known, or at once", rotateKeyLine},
		{"retire", "take keys out of use at once, with every token that they have signed", retireKeyLine},
		{"import", "take a key and its certificate from elsewhere", importKeyLine},
	}, args, t)
}

// algorithmFlag adds -algorithm.
func algorithmFlag(f *flags, otherwise string) *string {
	algorithm := new(string)
	f.Func("algorithm", "RS256, PS256, ES256 or EdDSA (default "+otherwise+")", func(s string) error {
		*algorithm = spelt(s, token.Algorithms())
		return nil
	})
	return algorithm
}

func rotateKeyLine(f *flags) task {
	var r rotateKeyArguments
	algorithm := algorithmFlag(f, "RS256")
	f.way.keys.declareFresh(f) // where no server runs: one that does has its own
	f.BoolVar(&r.Now, "now", false, "it signs at once; resource servers that keep the key set refuse its tokens until they read it anew")
	return task{arguments: func(terminal) (any, error) {
		r.Algorithm = *algorithm
		return r, checkAlgorithm(*algorithm)
	}, print: printing(printKeyDone)}
}

func checkAlgorithm(name string) error {
	if err := token.CheckAlgorithm(name); err != nil {
		return fmt.Errorf("-algorithm: %w", err)
	}
	return nil
}

func retireKeyLine(f *flags) task {
	f.takes = "KID…"
	return task{arguments: func(terminal) (any, error) {
		if f.NArg() == 0 {
			return nil, errors.New("name the keys, as the log or sallyport key list does")
		}
		for _, id := range f.Args() {
			if strings.HasPrefix(id, "-") {
				return nil, fmt.Errorf("%.64q stands behind the keys and would be taken for one: flags stand before them", id)
			}
		}
		return retireKeyArguments{f.Args()}, nil
	}, print: printing(printKeyDone)}
}

func importKeyLine(f *flags) task {
	certificate := f.String("certificate", "", "PEM `file` of the certificate; required")
	private := f.String("key", "", "PEM `file` of its private key, closed to others (mode 0600); required")
	algorithm := algorithmFlag(f, "the first that suits the key")
	f.way.keys.declareFresh(f)
	return task{arguments: func(terminal) (any, error) {
		if *certificate == "" || *private == "" {
			return nil, errors.New("-certificate and -key are required")
		}
		if err := checkAlgorithm(*algorithm); err != nil {
			return nil, err
		}
		return readImport(*certificate, *private, *algorithm)
	}, print: printing(printKeyDone)}
}

// readImport reads the two files, and refuses them here where they hold no key that could
// be taken: it is said by the flags.
func readImport(certificate, private, algorithm string) (in importKeyArguments, err error) {
	f, _, err := openSole(certificate, os.O_RDONLY)
	if err != nil {
		return in, fmt.Errorf("-certificate: %w", err)
	}
	defer f.Close()
	cert, err := readAll(f, maxSecret)
	if err != nil {
		return in, fmt.Errorf("-certificate: %w", err)
	}
	key, err := readSecret(private)
	if err != nil {
		return in, fmt.Errorf("-key: %w", err)
	}
	return importKeyArguments{Certificate: string(cert), Key: string(key), Algorithm: algorithm}, nil
}

func printKey(to io.Writer, k keyLine) error {
	where := ""
	if k.Outside {
		where = ", kept outside"
	}
	_, err := fmt.Fprintf(to, "%s  %-5s  %s%s, %s\n", k.ID, k.Algorithm, k.State, where, whenOf(&k))
	return err
}

// whenOf says from when to when a key signs, and when it retires.
func whenOf(k *keyLine) string {
	text := "signs from " + minute(k.SignsFrom)
	if !k.SignsUntil.IsZero() {
		text += " to " + minute(k.SignsUntil)
	}
	if !k.RetiresAt.IsZero() {
		text += ", retires at " + minute(k.RetiresAt)
	}
	return text
}

func minute(at time.Time) string { return at.UTC().Format("2006-01-02 15:04Z") }

func printKeyDone(to io.Writer, d keyDone) error {
	if d.SignsFrom.IsZero() {
		_, err := fmt.Fprintln(to, d.Action, d.Key)
		return err
	}
	_, err := fmt.Fprintf(to, "%s %s, %s, signs from %s\n", d.Action, d.Key, d.State, minute(d.SignsFrom))
	return err
}
