package activedirectory_test

import (
	"crypto/tls"
	"errors"
	"net"
	"os"
	"sync"
	"testing"

	ber "github.com/go-asn1-ber/asn1-ber"
	"go.uber.org/goleak"

	"github.com/sallyport-auth/sallyport/internal/ldaptest"
)

// authority signs the certificates of all servers of these tests. They are good for
// localhost, and not for 127.0.0.1.
var authority = newAuthority()

func TestMain(m *testing.M) {
	code := m.Run()
	if code == 0 {
		if err := goleak.Find(); err != nil {
			println(err.Error())
			code = 1
		}
	}
	os.Exit(code)
}

func newAuthority() *ldaptest.Authority {
	a, err := ldaptest.NewAuthority()
	if err != nil {
		panic(err)
	}
	return a
}

// request is one message of a client.
type request struct {
	id   int64
	op   ber.Tag
	body *ber.Packet
}

// The operations that these tests speak of (RFC 4511, section 4.2 on).
const (
	opBind       = 0
	opBindDone   = 1
	opUnbind     = 2
	opSearch     = 3
	opEntry      = 4
	opSearchDone = 5
	opReference  = 19
	opExtended   = 23
	opExtendDone = 24
)

// wire is one connection of a client, as its server sees it.
type wire struct {
	net.Conn
	bound string // the name of the last bind that was good
}

// server speaks LDAP by a script: handle answers each request, and ends the connection by
// an error.
type server struct {
	net.Listener
	secure bool // TLS from the first byte
	handle func(*wire, request) error

	mu    sync.Mutex
	conns map[net.Conn]bool
	wg    sync.WaitGroup
}

func startServer(t testing.TB, secure bool, handle func(*wire, request) error) *server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &server{Listener: l, secure: secure, handle: handle, conns: map[net.Conn]bool{}}
	s.wg.Go(s.accept)
	t.Cleanup(s.stop)
	return s
}

func (s *server) port() string {
	_, port, _ := net.SplitHostPort(s.Addr().String())
	return port
}

func (s *server) url() string {
	if s.secure {
		return "ldaps://localhost:" + s.port()
	}
	return "ldap://localhost:" + s.port()
}

func (s *server) accept() {
	for {
		conn, err := s.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.conns[conn] = true
		s.mu.Unlock()
		s.wg.Go(func() { s.serve(conn) })
	}
}

func (s *server) serve(conn net.Conn) {
	defer conn.Close()
	w := &wire{Conn: conn}
	if s.secure {
		w.Conn = tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{authority.Certificate}})
	}
	for {
		r, err := w.read()
		if err != nil || s.handle(w, r) != nil {
			return
		}
	}
}

// stop ends all connections and waits for those that serve them.
func (s *server) stop() {
	_ = s.Close()
	s.mu.Lock()
	for c := range s.conns {
		_ = c.Close()
	}
	s.mu.Unlock()
	s.wg.Wait()
}

func (w *wire) read() (r request, err error) {
	p, err := ber.ReadPacket(w)
	if err != nil {
		return r, err
	}
	if len(p.Children) < 2 {
		return r, errors.New("no message")
	}
	id, _ := p.Children[0].Value.(int64)
	return request{id: id, op: p.Children[1].Tag, body: p.Children[1]}, nil
}

// send answers a request.
func (w *wire) send(id int64, op *ber.Packet) error {
	p := ber.NewSequence("")
	p.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, id, ""))
	p.AppendChild(op)
	_, err := w.Write(p.Bytes())
	return err
}

func octets(s string) *ber.Packet {
	return ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, s, "")
}

// result is an answer that ends an operation.
func result(op ber.Tag, code int64, text string) *ber.Packet {
	p := ber.Encode(ber.ClassApplication, ber.TypeConstructed, op, nil, "")
	p.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagEnumerated, code, ""))
	p.AppendChild(octets(""))
	p.AppendChild(octets(text))
	return p
}

// startTLS answers an extended request, and goes on with TLS.
func (w *wire) startTLS(r request) error {
	return errors.Join(w.send(r.id, result(opExtendDone, 0, "")), w.tlsFrom())
}

// tlsFrom goes on with TLS, answered or not.
func (w *wire) tlsFrom() error {
	w.Conn = tls.Server(w.Conn, &tls.Config{Certificates: []tls.Certificate{authority.Certificate}})
	return nil
}
