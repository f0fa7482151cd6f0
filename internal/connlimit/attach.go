package connlimit

import (
	"context"
	"io"
	"net"
	"net/http"
	"sync"
)

// connKey is where the context of a request has its connection.
type connKey struct{}

// Attach lets the listener know which connections of a server are at work. It
// wraps the handler and sets ConnContext, which must not be set yet. The server
// may speak TLS over the connections.
func (l *Listener) Attach(s *http.Server) {
	next := s.Handler
	s.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, ok := r.Context().Value(connKey{}).(*conn)
		if !ok || c.listener != l {
			next.ServeHTTP(w, r)
			return
		}
		work := &work{conn: c}
		defer work.end()
		if hasCome(r) {
			work.begin()
		} else {
			r.Body = &body{r.Body, work}
		}
		next.ServeHTTP(w, r)
	})
	s.ConnContext = func(ctx context.Context, outer net.Conn) context.Context {
		if over, ok := outer.(interface{ NetConn() net.Conn }); ok { // TLS
			outer = over.NetConn()
		}
		if c, ok := outer.(*conn); ok {
			return context.WithValue(ctx, connKey{}, c)
		}
		return ctx
	}
}

// hasCome reports whether there is nothing more to come of a request. In HTTP/2 one
// that ended with its header has a body like any other, which a handler need not
// read, and neither a length nor the -1 of one that is yet to be seen. A length of
// zero that was sent says nothing: its stream may still be open.
func hasCome(r *http.Request) bool {
	if r.Body == nil || r.Body == http.NoBody {
		return true
	}
	_, sent := r.Header["Content-Length"]
	return r.ProtoMajor == 2 && r.ContentLength == 0 && !sent
}

// work is the answering of one request, from when all of it has come.
type work struct {
	conn *conn

	mu    sync.Mutex
	begun bool
	ended bool // nothing begins any more: a body may be read once its handler is done
}

func (w *work) begin() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.begun && !w.ended {
		w.begun = true
		w.conn.count(&w.conn.working, 1)
	}
}

func (w *work) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.begun && !w.ended {
		w.conn.count(&w.conn.working, -1)
	}
	w.ended = true
}

// body begins the work at the end of what it reads.
type body struct {
	io.ReadCloser
	work *work
}

// Read implements [io.Reader].
func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err == io.EOF {
		b.work.begin()
	}
	return n, err
}
