package main

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"syscall"
)

// listen takes the port of an address. The host localhost is both loopback
// addresses, with one port: which of the two a program means by it depends on the
// machine, and on the program.
func listen(ctx context.Context, address string) (net.Listener, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	if !strings.EqualFold(host, "localhost") {
		return new(net.ListenConfig).Listen(ctx, "tcp", address)
	}
	return listenLocal(ctx, port)
}

// portTries is how often a port that was picked on one loopback address may be
// taken on the other.
const portTries = 10

// listenLocal listens on 127.0.0.1 and ::1, or on the one that the machine has.
func listenLocal(ctx context.Context, port string) (net.Listener, error) {
	var config net.ListenConfig
	for try := 1; ; try++ {
		first, err := config.Listen(ctx, "tcp4", net.JoinHostPort("127.0.0.1", port))
		if isMissing(err) {
			return config.Listen(ctx, "tcp6", net.JoinHostPort("::1", port))
		}
		if err != nil {
			return nil, err
		}
		_, picked, _ := net.SplitHostPort(first.Addr().String())
		second, err := config.Listen(ctx, "tcp6", net.JoinHostPort("::1", picked))
		switch {
		case err == nil:
			return newBoth(first, second), nil
		case isMissing(err):
			return first, nil
		}
		_ = first.Close() // what went wrong is known
		if picked == port || !errors.Is(err, syscall.EADDRINUSE) || try == portTries {
			return nil, err
		}
	}
}

// isMissing reports whether the machine lacks the address that was to be listened
// on, or addresses of its kind.
func isMissing(err error) bool {
	return errors.Is(err, syscall.EADDRNOTAVAIL) || errors.Is(err, syscall.EAFNOSUPPORT)
}

// both is two listeners as one. Its address is that of the first.
type both struct {
	net.Listener
	second   net.Listener
	accepted chan accepted
	done     chan struct{}
	start    sync.Once
	end      sync.Once
	work     sync.WaitGroup
}

// accepted is what one call of Accept returned.
type accepted struct {
	conn net.Conn
	err  error
}

func newBoth(first, second net.Listener) *both {
	return &both{Listener: first, second: second, accepted: make(chan accepted), done: make(chan struct{})}
}

// Accept returns the next connection of either listener.
func (b *both) Accept() (net.Conn, error) {
	b.start.Do(func() {
		b.work.Go(func() { b.acceptFrom(b.Listener) })
		b.work.Go(func() { b.acceptFrom(b.second) })
	})
	select {
	case a := <-b.accepted:
		return a.conn, a.err
	case <-b.done:
		return nil, net.ErrClosed
	}
}

// acceptFrom hands on what a listener accepts, until it is closed.
func (b *both) acceptFrom(l net.Listener) {
	for {
		conn, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		select {
		case b.accepted <- accepted{conn, err}:
		case <-b.done:
			if conn != nil {
				_ = conn.Close() // nobody serves it
			}
			return
		}
	}
}

// Close closes both listeners and waits until nothing accepts any more.
func (b *both) Close() (err error) {
	err = net.ErrClosed
	b.end.Do(func() {
		close(b.done)
		err = errors.Join(b.Listener.Close(), b.second.Close())
	})
	b.work.Wait()
	return err
}
