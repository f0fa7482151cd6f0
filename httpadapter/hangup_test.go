package httpadapter_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/sallyport-auth/sallyport/store"
)

// afterSending is the point of a call at which a client hangs up that waits for
// nothing once its request is written. The server notices when it may.
const afterSending = -1

// departure is one call whose client hangs up: right after sending, or at a
// point of the call, which then goes on once the server has noticed. Point 0 is
// before the adapter has the request; then one lies before and one after each
// call on the store.
type departure struct {
	at      int
	point   int             // the next
	gone    <-chan struct{} // closed when the server has noticed
	reached chan struct{}   // closed at the point, or when the call is over without
	once    sync.Once
}

type departureKey struct{}

func (d *departure) leave() { d.once.Do(func() { close(d.reached) }) }

func (d *departure) pass() {
	if d.point == d.at {
		d.leave()
		<-d.gone
	}
	d.point++
}

// wait is what the client does between sending and hanging up.
func (d *departure) wait() {
	if d.at != afterSending {
		<-d.reached
	}
}

// leaving is a store that calls come by whose clients hang up.
type leaving struct{ store.Store }

func passing(ctx context.Context) {
	if d, ok := ctx.Value(departureKey{}).(*departure); ok {
		d.pass()
	}
}

func (s leaving) Load(ctx context.Context, keys ...string) ([]store.Record, error) {
	passing(ctx)
	defer passing(ctx)
	return s.Store.Load(ctx, keys...)
}

func (s leaving) Commit(ctx context.Context, c store.Change) error {
	passing(ctx)
	defer passing(ctx)
	return s.Store.Commit(ctx, c)
}

// departureHeader says which departure a request belongs to.
const departureHeader = "X-Departure"

// departures is a handler for calls whose clients hang up.
type departures struct {
	handler http.Handler
	list    []*departure
	calls   sync.WaitGroup // under way
}

func newDepartures(handler http.Handler, n int, at func(i int) int) *departures {
	d := &departures{handler: handler}
	for i := range n {
		d.list = append(d.list, &departure{at: at(i), reached: make(chan struct{})})
	}
	return d
}

func (l *departures) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	i, err := strconv.Atoi(r.Header.Get(departureHeader))
	if err != nil {
		panic(err)
	}
	l.calls.Add(1)
	defer l.calls.Done()
	d := l.list[i]
	defer d.leave()
	d.gone = r.Context().Done()
	if d.at == 0 { // net/http looks for the end of a connection once the body is read
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // it has noticed
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	d.pass()
	l.handler.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), departureKey{}, d)))
}

// listen serves a handler on a free port until shut is called, which returns
// when no connection is open and no call under way any more.
func listen(t *testing.T, handler *departures) (address string, shut func()) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var p http.Protocols
	p.SetHTTP1(true)
	p.SetUnencryptedHTTP2(true)
	srv := &http.Server{Handler: handler, Protocols: &p}
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := srv.Serve(l); err != http.ErrServerClosed {
			t.Error(err)
		}
	})
	return l.Addr().String(), func() {
		if err := srv.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		wg.Wait()
		handler.calls.Wait() // a stream may outlive its connection
	}
}

// posted is a form on its way.
type posted struct{ path, cookie, body string }

// hangup is a way of hanging up. The sender that it makes sends a form and
// returns the answer, or nil where the client has not waited for it. What it
// still holds is given up by done.
type hangup struct {
	name string
	open func(address string) (send sender, done func())
}

type sender func(p posted, number int, d *departure) (*answer, error)

func hangups() []hangup {
	return []hangup{
		{"half-closed", func(address string) (sender, func()) {
			return func(p posted, number int, d *departure) (*answer, error) {
				c, err := p.dial(address, number)
				if err != nil {
					return nil, err
				}
				defer c.Close()
				d.wait()
				if err := c.CloseWrite(); err != nil {
					return nil, err
				}
				resp, err := http.ReadResponse(bufio.NewReader(c), nil)
				if err != nil {
					return nil, err
				}
				body, err := io.ReadAll(resp.Body)
				return &answer{status: resp.StatusCode, header: resp.Header, body: string(body)}, err
			}, func() {}
		}},
		{"reset", func(address string) (sender, func()) {
			return func(p posted, number int, d *departure) (*answer, error) {
				c, err := p.dial(address, number)
				if err != nil {
					return nil, err
				}
				d.wait()
				if err := c.SetLinger(0); err != nil {
					return nil, err
				}
				return nil, c.Close()
			}, func() {}
		}},
		{"RST_STREAM", func(address string) (sender, func()) {
			var protocols http.Protocols
			protocols.SetUnencryptedHTTP2(true)
			var conns dialled
			tr := &http.Transport{Protocols: &protocols, DialContext: conns.dial}
			return func(p posted, number int, d *departure) (*answer, error) {
				return p.cancelled(tr, address, number, d)
			}, conns.close
		}},
	}
}

// dialled are connections that are closed together. A transport keeps those
// open on which it has reset a stream, and goes on dialling for a call that has
// ended.
type dialled struct {
	mu     sync.Mutex
	list   []net.Conn
	closed bool
}

func (d *dialled) dial(ctx context.Context, network, address string) (net.Conn, error) {
	var one net.Dialer
	c, err := one.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		c.Close()
		return nil, net.ErrClosed
	}
	d.list = append(d.list, c)
	return c, nil
}

func (d *dialled) close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	for _, c := range d.list {
		c.Close()
	}
}

// dial opens a connection and writes the request.
func (p posted) dial(address string, number int) (*net.TCPConn, error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	c := conn.(*net.TCPConn)
	_, err = fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: %s\r\nCookie: %s\r\n%s: %d\r\nContent-Length: %d\r\n\r\n%s",
		p.path, formType, p.cookie, departureHeader, number, len(p.body), p.body)
	if err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// cancelled sends the request and ends its stream. An answer that was quicker
// is returned.
func (p posted) cancelled(tr *http.Transport, address string, number int, d *departure) (*answer, error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	wrote := make(chan struct{})
	var once sync.Once
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		WroteRequest: func(httptrace.WroteRequestInfo) { once.Do(func() { close(wrote) }) },
	})
	go func() {
		select {
		case <-wrote:
			d.wait()
			cancel()
		case <-ctx.Done():
		}
	}()
	r, err := http.NewRequestWithContext(traced, http.MethodPost, "http://"+address+p.path, strings.NewReader(p.body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", formType)
	r.Header.Set("Cookie", p.cookie)
	r.Header.Set(departureHeader, strconv.Itoa(number))
	resp, err := tr.RoundTrip(r)
	if err != nil {
		if ctx.Err() != nil {
			return nil, nil // as was meant
		}
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, nil
	}
	return &answer{status: resp.StatusCode, header: resp.Header, body: string(body)}, nil
}

// several makes n calls, so many at once.
func several(n, atOnce int, call func(i int)) {
	room := make(chan struct{}, atOnce)
	var wg sync.WaitGroup
	for i := range n {
		room <- struct{}{}
		wg.Go(func() {
			call(i)
			<-room
		})
	}
	wg.Wait()
}
