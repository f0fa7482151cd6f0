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
		if r.Body == nil || r.Body == http.NoBody {
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
