package pgstore_test

import (
	"encoding/binary"
	"net"
	"net/url"
	"sync"
	"testing"
)

// proxy stands between a store and the server. It notes the messages that
// pass, and cuts connections.
type proxy struct {
	url   string // leads through it
	close func() // accepts nobody any more

	mu     sync.Mutex
	toward [2]string // types of the messages, to the server and to the client
	left   [2]int    // bytes until all connections are cut, if armed
	armed  [2]bool
	last   string // sent to the client before it is cut
}

const (
	toServer = iota
	toClient
)

func newProxy(t *testing.T, direct string) *proxy {
	t.Helper()
	u, err := url.Parse(direct)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	socket := q.Get("host") + "/.s.PGSQL.5432"
	q.Del("host")
	q.Set("sslmode", "disable")
	u.Host, u.RawQuery = l.Addr().String(), q.Encode()
	p := &proxy{url: u.String(), close: func() { l.Close() }}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("unix", socket)
			if err != nil {
				t.Errorf("the server: %v", err)
				client.Close()
				return
			}
			wg.Go(func() { p.pass(toServer, server, client, true) })
			wg.Go(func() { p.pass(toClient, client, server, false) })
		}
	})
	t.Cleanup(func() {
		p.close()
		wg.Wait() // the store is closed by now
	})
	return p
}

// pass copies one direction of one connection until it ends or is cut.
func (p *proxy) pass(way int, to, from net.Conn, starts bool) {
	defer to.Close()
	defer from.Close()
	m := messages{starts: starts}
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		if n > 0 {
			passed, cut := p.see(way, &m, buf[:n])
			b := buf[:passed:passed]
			if cut && way == toClient {
				b = append(b, p.last...)
			}
			if _, err := to.Write(b); err != nil || cut {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// see returns how many of the bytes may pass, and whether that is the end.
func (p *proxy) see(way int, m *messages, b []byte) (passed int, cut bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.armed[way] && len(b) >= p.left[way] {
		b, cut = b[:p.left[way]], true
		p.armed[way] = false
	}
	p.left[way] -= len(b)
	p.toward[way] += m.types(b)
	return len(b), cut
}

// cutAfter cuts the connection that carries the n-th byte from now.
func (p *proxy) cutAfter(way, n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.armed[way], p.left[way] = true, n
}

// disarm reports whether a cut was still to come.
func (p *proxy) disarm() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	was := p.armed[toServer] || p.armed[toClient]
	p.armed = [2]bool{}
	return was
}

// seen returns the types of the messages that have passed, and forgets them.
func (p *proxy) seen() (server, client string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	server, client = p.toward[toServer], p.toward[toClient]
	p.toward = [2]string{}
	return server, client
}

// messages finds the types in one direction of the protocol: a letter, then
// the length of the rest, itself included. Only the first message of a client
// has no letter.
type messages struct {
	starts bool
	head   []byte
	skip   int
}

func (m *messages) types(b []byte) (types string) {
	for len(b) > 0 {
		if m.skip > 0 {
			n := min(m.skip, len(b))
			m.skip, b = m.skip-n, b[n:]
			continue
		}
		size := 5
		if m.starts {
			size = 4
		}
		n := min(size-len(m.head), len(b))
		m.head, b = append(m.head, b[:n]...), b[n:]
		if len(m.head) < size {
			continue
		}
		if !m.starts {
			types += string(m.head[:1])
		}
		m.skip = int(binary.BigEndian.Uint32(m.head[size-4:])) - 4
		m.starts, m.head = false, nil
	}
	return types
}
