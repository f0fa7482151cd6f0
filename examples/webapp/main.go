// Webapp is a small web app to copy: a public page, sign-in with a second factor, pages by
// role, a step-up before something dear, and sign-out. It keeps everything in one bbolt file
// and shows the mails that it would send on a page of its own.
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
	"path/filepath"
	"syscall"
	"time"

	"github.com/sallyport-auth/sallyport"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	listen := flag.String("listen", "127.0.0.1:8080", "loopback `address` to listen on; port 0 picks one")
	dir := flag.String("dir", "", "`folder` to keep everything in (default a temporary one that is removed)")
	flag.Parse()
	if err := run(ctx, *listen, *dir, func(text string) { fmt.Print(text) }); err != nil {
		fmt.Fprintln(os.Stderr, "webapp:", err)
		os.Exit(1)
	}
}

// run serves until the context ends. It tells where, and who may sign in, once it listens.
func run(ctx context.Context, listen, dir string, tell func(string)) (err error) {
	ln, err := listenHere(listen)
	if err != nil {
		return err
	}
	defer ln.Close()
	if dir == "" {
		if dir, err = os.MkdirTemp("", "sallyport-webapp-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	} else if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	s, keys, err := openStore(filepath.Join(dir, "webapp.db"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	mails := &outbox{}
	engine, err := sallyport.New(ctx, config(s, keys, "http://"+ln.Addr().String(), mails))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	people, err := makePeople(ctx, engine)
	if err != nil {
		return err
	}
	handler, err := newSite(engine, mails)
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
		Handler: h, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second,
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
