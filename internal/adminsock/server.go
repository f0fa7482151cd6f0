package adminsock

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"sync"
	"time"
)

const (
	// maxConnections is how many commands are taken at once: operators are few.
	maxConnections = 8
	// readWithin bounds the reading of a request, and the writing of one line of
	// an answer, so that a peer that has halted does not keep its place.
	readWithin = 30 * time.Second
	// retryAfter is how long accepting waits after a fault of the system, such as
	// that there are no more open files.
	retryAfter = 100 * time.Millisecond
)

// Handler does one command. It hands the values of the answer to emit, each of which
// becomes a line of JSON, and stops where emit fails. An error that is a [*Fault] is
// told with its code, any other with code 1.
type Handler func(ctx context.Context, r Request, emit func(any) error) error

// Server answers commands at one socket. Make it with [Listen]; its methods may be
// called from any number of goroutines.
type Server struct {
	listener *listener
	handle   Handler
	log      *slog.Logger

	ctx    context.Context // of the commands
	cancel context.CancelFunc
	work   sync.WaitGroup

	mu       sync.Mutex
	open     map[*net.UnixConn]bool // whether its command is under way
	stopping bool
}

// Listen makes the socket at path in a folder of mode 0700, which it makes if it is
// not there. A socket that a dead server has left is replaced. Errors: [ErrLive],
// [ErrPath], [ErrUnsupported], and those that say what is wrong with the folder.
// The server owns the socket until [Server.Shutdown].
func Listen(path string, handle Handler, log *slog.Logger) (*Server, error) {
	l, err := listen(path)
	if err != nil {
		return nil, err
	}
	s := &Server{listener: l, handle: handle, log: log, open: map[*net.UnixConn]bool{}}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s, nil
}

// Serve answers until Shutdown. Call it once.
func (s *Server) Serve() {
	for {
		c, err := s.listener.AcceptUnix()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			s.log.Error("administrative socket", "error", err)
			select {
			case <-time.After(retryAfter):
			case <-s.ctx.Done():
				return
			}
			continue
		}
		if why := s.admit(c); why != "" {
			s.refuse(c, why)
			continue
		}
		go func() {
			defer s.leave(c)
			s.answer(c)
		}()
	}
}

// admit gives a connection a place, or says why there is none.
func (s *Server) admit(c *net.UnixConn) (why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.stopping:
		return "the server is ending: nothing was done"
	case len(s.open) >= maxConnections:
		return "the server is busy with other commands and nothing was done: try again"
	}
	_ = c.SetReadDeadline(time.Now().Add(readWithin)) // an open connection takes a deadline
	s.open[c] = false
	s.work.Add(1)
	return ""
}

func (s *Server) leave(c *net.UnixConn) {
	_ = c.Close() // it may have been closed by Shutdown
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, c)
	s.work.Done()
}

// refuse answers a connection that has no place. The line fits into the buffer of
// any system, so that this does not wait.
func (s *Server) refuse(c *net.UnixConn, why string) {
	newAnswer(c).end(&Fault{Text: why, Code: 1})
	_ = c.Close() // it was refused
}

// answer reads one command, has it done and tells how it ended.
func (s *Server) answer(c *net.UnixConn) {
	out := newAnswer(c)
	if err := checkClient(c); err != nil {
		s.log.Warn("administrative socket: refused", "error", err)
		out.end(&Fault{Text: err.Error(), Code: 1})
		return
	}
	if out.line(answerLine{Ready: true}) != nil {
		return // the peer has gone
	}
	r, err := ReadRequest(c)
	if !s.begin(c) { // which may be why there was no request
		out.end(&Fault{Text: "the server is ending: nothing was done", Code: 1})
		return
	}
	if err != nil {
		out.end(&Fault{Text: err.Error(), Code: 2})
		return
	}
	err = s.handle(s.ctx, r, out.emit)
	if err != nil {
		// The text of an error may name an account; it holds no secret.
		s.log.Warn("administration", "command", r.Command, "actor", r.Actor, "error", err)
	} else {
		s.log.Info("administration", "command", r.Command, "actor", r.Actor)
	}
	out.end(err)
}

// begin marks a connection's command as under way, unless the server is ending.
func (s *Server) begin(c *net.UnixConn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping {
		return false
	}
	s.open[c] = true
	return true
}

// Shutdown takes no more commands, removes the socket, and waits for what is under
// way. Where ctx ends first, what is still under way is cancelled and cut off. It may
// be called again.
func (s *Server) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	s.stopping = true
	for c, underWay := range s.open {
		if !underWay {
			_ = c.SetReadDeadline(time.Unix(1, 0)) // its request will not come; it may have been closed
		}
	}
	s.mu.Unlock()
	err := s.listener.Close()
	stop := context.AfterFunc(ctx, s.cut)
	s.work.Wait()
	if stop() {
		s.cancel()
		return err
	}
	return errors.Join(err, ctx.Err())
}

// cut ends what is under way.
func (s *Server) cut() {
	s.cancel()
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.open {
		_ = c.Close() // it may be at its end
	}
}

// answer is an answer that is being written.
type answer struct {
	c *net.UnixConn
	e *json.Encoder
}

func newAnswer(c *net.UnixConn) *answer {
	e := json.NewEncoder(c)
	e.SetEscapeHTML(false)
	return &answer{c, e}
}

// emit writes one value as a line.
func (a *answer) emit(value any) error {
	raw, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return a.line(answerLine{Value: raw})
}

// end writes the last line. Where that fails, the client knows that it has no answer.
func (a *answer) end(err error) {
	fault := &Fault{}
	if err != nil && !errors.As(err, &fault) {
		fault = &Fault{Text: err.Error(), Code: 1}
	}
	_ = a.line(answerLine{End: fault})
}

func (a *answer) line(l answerLine) error {
	_ = a.c.SetWriteDeadline(time.Now().Add(readWithin)) // an open connection takes a deadline
	return a.e.Encode(l)
}
