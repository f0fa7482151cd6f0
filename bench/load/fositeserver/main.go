// Command fositeserver is a small server of fosite, to be put under the same
// load as `sallyport serve`: password and refresh grant, and userinfo. It keeps
// everything in memory, hashes passwords as dearly as ours by default, and lets
// as many hashes run at once.
//
//	fositeserver -listen 127.0.0.1:0 -client ID
//
// Anybody whose name begins with "person" is a user. The secret of the client
// and the password of the users are the first two lines of standard input. Once
// it serves, it prints the line that sallyport prints.
package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/ory/fosite"

	"github.com/sallyport-auth/sallyport/bench/rivals"
	"github.com/sallyport-auth/sallyport/password"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:0", "`address` to listen on")
	client := flag.String("client", "", "`id` of the client")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := serve(ctx, *listen, *client); err != nil {
		fmt.Fprintln(os.Stderr, "fositeserver:", err)
		os.Exit(1)
	}
}

func serve(ctx context.Context, listen, client string) error {
	in := bufio.NewScanner(os.Stdin)
	if !in.Scan() {
		return errors.New("want a secret on standard input")
	}
	secret := in.Text()
	if !in.Scan() {
		return errors.New("want a password on standard input")
	}
	check, err := newChecker(client, in.Text())
	if err != nil {
		return err
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", listen)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: rivals.NewFosite(rivals.FositeConfig{
		Issuer: "http://" + l.Addr().String(), ClientID: client, Secret: secret,
		Scopes: []string{"openid", "profile", "IdentityServerApi", "offline_access"}, Key: key, Authenticate: check.authenticate,
	}).Handler()}
	fmt.Printf("listening on http://%s\n", l.Addr())
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		return server.Close()
	}
}

// checker knows the one password that all users have.
type checker struct {
	client string
	hash   string
	gate   *password.Gate
}

func newChecker(client, pw string) (*checker, error) {
	hash, err := password.DefaultParams().Hash(pw)
	if err != nil {
		return nil, err
	}
	gate, err := password.NewGate(password.GateConfig{})
	return &checker{client, hash, gate}, err
}

func (c *checker) authenticate(ctx context.Context, name, pw string) error {
	if !strings.HasPrefix(name, "person") {
		return fosite.ErrNotFound
	}
	right := false
	err := c.gate.Do(ctx, password.Place{Name: name, Client: c.client}, func(bool) {
		ok, err := password.Verify(c.hash, pw)
		right = ok && err == nil
	})
	if err == nil && !right {
		err = fosite.ErrNotFound
	}
	return err
}
