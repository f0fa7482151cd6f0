package connlimit_test

import (
	"net"
	"sync"
)

// line is a listener whose callers have the addresses that they say.
type line struct {
	calls chan *call
	once  sync.Once
}

func newLine() *line { return &line{calls: make(chan *call, 100)} }

// Accept implements [net.Listener].
func (l *line) Accept() (net.Conn, error) {
	c, ok := <-l.calls
	if !ok {
		return nil, net.ErrClosed
	}
	return c, nil
}

func (l *line) Close() error   { l.once.Do(func() { close(l.calls) }); return nil }
func (l *line) Addr() net.Addr { return address("192.0.2.255:80") }

// dial returns a call, which is accepted later.
func (l *line) dial(from string) *call {
	near, far := net.Pipe()
	c := &call{Conn: far, caller: near, from: address(from), closed: make(chan struct{})}
	l.calls <- c
	return c
}

// call is the server's end of a connection.
type call struct {
	net.Conn
	caller net.Conn // the other end
	from   address
	once   sync.Once
	closed chan struct{}
}

func (c *call) RemoteAddr() net.Addr { return c.from }

func (c *call) Close() error {
	c.once.Do(func() { close(c.closed) })
	return c.Conn.Close()
}

// isClosed reports whether the server has closed its end.
func (c *call) isClosed() bool {
	select {
	case <-c.closed:
		return true
	default:
		return false
	}
}

type address string

func (a address) Network() string { return "tcp" }
func (a address) String() string  { return string(a) }
