package main

import (
	"bytes"
	"context"
	_ "embed" // the directory and the text
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/template"

	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/internal/ascii"
	"github.com/sallyport-auth/sallyport/internal/peer"
)

var (
	//go:embed demo.json
	demoJSON []byte
	//go:embed demo.txt
	demoText string

	demoTemplate = template.Must(template.New("demo").Option("missingkey=error").Parse(demoText))
)

// demo serves a small directory on a store of its own, with an outbox, and
// prints what to paste.
func demo(ctx context.Context, args []string, t terminal) error {
	f := newFlags("demo")
	listen := f.String("listen", "127.0.0.1:5000", "loopback `address` to listen on; port 0 picks one")
	keep := f.String("dir", "", "`folder` to keep everything in (default a temporary one that is removed)")
	if err := f.parse(args, t.out); err != nil {
		return err
	}
	if host, _, err := net.SplitHostPort(*listen); err != nil {
		return fmt.Errorf("-listen: %w", err)
	} else if !peer.IsLoopbackHost(host) {
		return errors.New("-listen: the demo listens on loopback addresses alone")
	}
	ctx, stop := untilHangup(ctx)
	defer stop()
	dir, clean, err := demoFolder(*keep)
	if err != nil {
		return err
	}
	err = demoIn(ctx, t, dir, *keep != "", *listen)
	return errors.Join(err, clean())
}

// demoFolder makes the folder of a demo, and says how to clean up after it.
func demoFolder(keep string) (dir string, clean func() error, err error) {
	if keep == "" {
		dir, err = os.MkdirTemp("", "sallyport-demo-")
		return dir, func() error { return os.RemoveAll(dir) }, err
	}
	if err := os.MkdirAll(keep, 0o700); err != nil {
		return "", nil, fmt.Errorf("-dir: %w", err)
	}
	dir, err = filepath.Abs(keep)
	return dir, func() error { return nil }, err
}

func demoIn(ctx context.Context, t terminal, dir string, kept bool, listen string) error {
	store := filepath.Join(dir, "sallyport.db")
	d, err := directory.Parse(demoJSON)
	if err != nil {
		return err
	}
	secrets, err := demoPasswords(filepath.Join(dir, "passwords"), store, d.Users)
	if err != nil {
		return err
	}
	secrets.give(d.Users)
	s := settings{listen: listen, store: "bolt:" + store, logLevel: "error", logFormat: "text", keepMessages: true, shown: secrets.shown(&d)}
	if err := s.check(); err != nil {
		return err
	}
	s.named = func(issuer string) { letPagesCall(d.Clients, issuer) }
	return s.serve(ctx, t, &d, func(site *site) error {
		text := demoPage{
			URL: site.url, demoSecrets: secrets, Self: shellLine(commandLine()),
			Client: d.Applications[0].ID + "_" + d.Clients[0].Platform, Scope: strings.Join(d.Clients[0].Scopes, " "),
		}
		if kept {
			text.Dir = dir
		}
		var b bytes.Buffer
		if err := demoTemplate.Execute(&b, text); err != nil {
			return err
		}
		t.out.Write(b.Bytes()) // whoever reads it may be gone
		return nil
	})
}

// letPagesCall lets the documentation page call as each client, by whichever name of this machine
// it was opened: a Service is refused to pages whose origin it does not list.
func letPagesCall(clients []directory.Client, issuer string) {
	origins := pageOrigins(issuer)
	for i := range clients {
		if clients[i].Platform == "Service" {
			clients[i].CORSOrigins = origins
		}
	}
}

// pageOrigins are the origins that pages of an issuer on this machine have, as a browser writes
// them: in lower case, without the usual port.
func pageOrigins(issuer string) (list []string) {
	u, err := url.Parse(issuer)
	if err != nil { // which is told where the issuer is read
		return nil
	}
	port := ":" + u.Port()
	if port == ":" || port == ":80" && u.Scheme == "http" {
		port = ""
	}
	own := strings.TrimSuffix(ascii.Fold(u.Host), ":"+u.Port())
	for _, name := range []string{own, "127.0.0.1", "localhost", "[::1]"} { // which the server answers to
		if origin := u.Scheme + "://" + name + port; !slices.Contains(list, origin) {
			list = append(list, origin)
		}
	}
	return list
}

// demoPage is what the text of the demo is filled with.
type demoPage struct {
	URL, Client, Scope string
	Self               string // how to call this command once more
	Dir                string // empty: temporary
	demoSecrets
}
