// Webapp is a small web app to copy: a public page, pages by role, a step-up before something
// dear, and a page on which admins look after the accounts. What people sign in, sign up and
// keep their account by are the pages of package weblogin. It keeps everything in one bbolt
// file, or in PostgreSQL with users in a table of its own, and shows the mails that it would
// send on a page.
//
//	go run ./examples/webapp
//
// README.md says which lines are to be changed for a program of your own.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/sallyport-auth/sallyport"
)

// options are the flags.
type options struct{ listen, dir, postgres, users string }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var o options
	flag.StringVar(&o.listen, "listen", "127.0.0.1:8080", "loopback `address` to listen on; port 0 picks one")
	flag.StringVar(&o.dir, "dir", "", "`folder` to keep everything in, with -postgres the keys alone (default a temporary one that is removed)")
	flag.StringVar(&o.postgres, "postgres", "", "`URL` of a database to keep everything in but the keys; wants -dir")
	flag.StringVar(&o.users, "users", "webapp_users", "with -postgres: `table` of the users, made with four people if it is not there")
	flag.Parse()
	if err := run(ctx, o, func(text string) { fmt.Print(text) }); err != nil {
		fmt.Fprintln(os.Stderr, "webapp:", err)
		os.Exit(1)
	}
}

// run serves until the context ends. It tells where, and who may sign in, once it listens.
func run(ctx context.Context, o options, tell func(string)) (err error) {
	ln, err := listenHere(o.listen)
	if err != nil {
		return err
	}
	defer ln.Close()
	if o.postgres != "" && o.dir == "" {
		return errors.New("-postgres wants -dir: without the keys that stay in that folder nobody can read the database again")
	}
	if o.dir == "" {
		if o.dir, err = os.MkdirTemp("", "sallyport-webapp-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(o.dir)) }()
	} else if err := os.MkdirAll(o.dir, 0o700); err != nil {
		return err
	}
	kept, err := open(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, kept.close()) }()
	mails, changes := &outbox{}, &trail{}
	engine, err := sallyport.New(ctx, config(kept, "http://"+ln.Addr().String(), mails, changes))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	people, err := makePeople(ctx, engine, kept.table)
	if err != nil {
		return err
	}
	handler, err := newSite(engine, kept.table, mails, changes)
	if err != nil {
		return err
	}
	tell(welcome(engine.Issuer(), people))
	return serve(ctx, ln, handler, engine)
}

// listenHere listens on an address of this machine alone: whoever reaches the page with the
// mails signs in as anybody.
func listenHere(address string) (net.Listener, error) {
	at, err := netip.ParseAddrPort(address)
	if err != nil || !at.Addr().IsLoopback() {
		return nil, fmt.Errorf("-listen %s: want a loopback address with a port, such as 127.0.0.1:8080", address)
	}
	ln, err := net.Listen("tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%w; -listen 127.0.0.1:0 picks a free port", err)
	}
	return ln, err
}

// serve answers requests, and has the engine look after its store once a minute, until the
// context ends.
func serve(ctx context.Context, ln net.Listener, h http.Handler, engine *sallyport.Engine) error {
	server := &http.Server{
		Handler: h, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 45 * time.Second,
		IdleTimeout: time.Minute, MaxHeaderBytes: 32 << 10,
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ln) }()
	minute := time.NewTicker(time.Minute)
	defer minute.Stop()
	for {
		select {
		case err := <-ended:
			return err
		case <-minute.C:
			if err := engine.Maintain(ctx); err != nil && ctx.Err() == nil {
				fmt.Fprintln(os.Stderr, "webapp: upkeep:", err)
			}
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			return server.Shutdown(last)
		}
	}
}
