package adminsock_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/internal/adminsock"
)

// patience is how long a test waits for what has to come.
const patience = 30 * time.Second

// logged gathers a log.
type logged struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// socketPath is a path for a socket whose folder is not there.
func socketPath(t *testing.T) string {
	t.Helper()
	if !adminsock.Supported {
		t.Skip("this system has no such sockets")
	}
	dir, err := os.MkdirTemp("", "adminsock-") // t.TempDir is too long for a socket where the test's name is
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return filepath.Join(dir, "own", "s")
}

// serving is a server that answers.
type serving struct {
	*adminsock.Server
	path string
	log  logged
}

func start(t *testing.T, handle adminsock.Handler) *serving {
	t.Helper()
	s := &serving{path: socketPath(t)}
	s.startAt(t, s.path, handle)
	return s
}

func (s *serving) startAt(t *testing.T, path string, handle adminsock.Handler) {
	t.Helper()
	var err error
	if s.Server, err = adminsock.Listen(path, handle, slog.New(slog.NewTextHandler(&s.log, nil))); err != nil {
		t.Fatal(err)
	}
	go s.Serve()
	t.Cleanup(func() { s.end(t) })
}

// end ends the server and lets what is under way finish.
func (s *serving) end(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := s.Shutdown(ctx); err != nil {
		t.Errorf("ending: %v", err)
	}
}

// call sends one command and returns the values of its answer.
func call(path, command string) (values []string, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	err = adminsock.Call(ctx, path, adminsock.Request{Command: command, Actor: "ada", Arguments: json.RawMessage(`{"password":"hidden"}`)}, func(v json.RawMessage) error {
		values = append(values, string(v))
		return nil
	})
	return values, err
}

func echo(_ context.Context, r adminsock.Request, emit func(any) error) error {
	return errors.Join(emit(r.Command), emit(json.RawMessage(r.Arguments)))
}

// TestCall: values come in order, and errors with their code.
func TestCall(t *testing.T) {
	for _, tt := range []struct {
		name   string
		handle adminsock.Handler
		values string
		code   int
		text   string
	}{
		{"values", echo, `"c" {"password":"hidden"}`, 0, ""},
		{"none", func(context.Context, adminsock.Request, func(any) error) error { return nil }, "", 0, ""},
		{"a fault", func(context.Context, adminsock.Request, func(any) error) error {
			return &adminsock.Fault{Text: "no <such> user", Code: 2}
		}, "", 2, "no <such> user"},
		{"another error", func(context.Context, adminsock.Request, func(any) error) error { return errors.New("broken") }, "", 1, "broken"},
		{"a fault behind a value", func(_ context.Context, _ adminsock.Request, emit func(any) error) error {
			return errors.Join(emit(1), errors.New("half"))
		}, "1", 1, "half"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := start(t, tt.handle)
			values, err := call(s.path, "c")
			if got := strings.Join(values, " "); got != tt.values {
				t.Errorf("got values %s, want %s", got, tt.values)
			}
			fault, told := errors.AsType[*adminsock.Fault](err)
			if told != (tt.code != 0) || told && (fault.Code != tt.code || fault.Text != tt.text) || !told && err != nil {
				t.Errorf("got %v, want code %d and %q", err, tt.code, tt.text)
			}
			s.end(t)
			if said := s.log.String(); strings.Contains(said, "hidden") || !strings.Contains(said, "actor=ada") {
				t.Errorf("the log says %s, want the actor and no argument", said)
			}
		})
	}
}

// TestStranger: a peer that does not speak the protocol is told so and cut off.
func TestStranger(t *testing.T) {
	s := start(t, echo)
	c, err := net.Dial("unix", s.path)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(c, "GET / HTTP/1.1\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	said, _ := io.ReadAll(c) // the rest of what was sent makes the system cut off
	if !strings.Contains(string(said), `"code":2`) {
		t.Errorf("got %s, want a refusal", said)
	}
}

// held is a handler that waits, and tells that it does.
type held struct{ begun, release chan struct{} }

func newHeld() *held { return &held{make(chan struct{}, 16), make(chan struct{})} }

func (h *held) handle(ctx context.Context, _ adminsock.Request, emit func(any) error) error {
	h.begun <- struct{}{}
	select {
	case <-h.release:
		return emit("done")
	case <-ctx.Done():
		return ctx.Err()
	}
}

// wait waits until n commands are under way.
func (h *held) wait(t *testing.T, n int) {
	t.Helper()
	end := time.After(patience)
	for range n {
		select {
		case <-h.begun:
		case <-end:
			t.Fatal("the commands did not begin")
		}
	}
}

// TestAtMostEight: the ninth command at once is refused, and taken later.
func TestAtMostEight(t *testing.T) {
	h := newHeld()
	s := start(t, h.handle)
	answers := make(chan error, 8)
	for range 8 {
		go func() { _, err := call(s.path, "c"); answers <- err }()
	}
	h.wait(t, 8)
	if _, err := call(s.path, "c"); err == nil || !strings.Contains(err.Error(), "busy") {
		t.Errorf("the ninth: got %v, want that the server is busy", err)
	}
	close(h.release)
	for range 8 {
		if err := <-answers; err != nil {
			t.Errorf("one of the eight: got %v", err)
		}
	}
}

// TestShutdownFinishes: a command under way is answered, a connection that has sent
// none is cut off, and the socket is gone.
func TestShutdownFinishes(t *testing.T) {
	h := newHeld()
	s := start(t, h.handle)
	idle, err := net.Dial("unix", s.path)
	if err != nil {
		t.Fatal(err)
	}
	defer idle.Close()
	answered := make(chan error, 1)
	go func() {
		values, err := call(s.path, "c")
		if err == nil && strings.Join(values, "") != `"done"` {
			err = errors.New("another answer")
		}
		answered <- err
	}()
	h.wait(t, 1)
	ended := make(chan error, 1)
	go func() { ended <- s.Shutdown(context.Background()) }()
	idle.SetDeadline(time.Now().Add(patience))
	if said, err := io.ReadAll(idle); err != nil || !strings.Contains(string(said), "nothing was done") {
		t.Errorf("the idle connection: got %s, %v, want that nothing was done", said, err)
	}
	if _, err := call(s.path, "c"); !errors.Is(err, adminsock.ErrNobody) {
		t.Errorf("a new command: got %v, want %v", err, adminsock.ErrNobody)
	}
	close(h.release)
	if err := <-answered; err != nil {
		t.Errorf("the command under way: got %v", err)
	}
	if err := <-ended; err != nil {
		t.Errorf("ending: got %v", err)
	}
	if _, err := os.Lstat(s.path); !os.IsNotExist(err) {
		t.Errorf("the socket: got %v, want none", err)
	}
}

// TestShutdownCuts: what does not end in time is cancelled, and its caller knows that
// it has no answer.
func TestShutdownCuts(t *testing.T) {
	h := newHeld()
	s := start(t, h.handle)
	answered := make(chan error, 1)
	go func() { _, err := call(s.path, "c"); answered <- err }()
	h.wait(t, 1)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.Shutdown(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	if err := <-answered; err == nil {
		t.Error("the command that was cut off was answered")
	}
}

// TestNoServer: what answers without being such a server is sent nothing.
func TestNoServer(t *testing.T) {
	path := socketPath(t)
	if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for said, want := range map[string]string{"": "no server answers there", "220 mail\r\n": "no server of this kind", "{}\n": "no server of this kind"} {
		sent := make(chan string, 1)
		go func() {
			c, err := l.Accept()
			if err != nil {
				sent <- err.Error()
				return
			}
			_, _ = io.WriteString(c, said) // the call is judged by what it says
			_ = c.(*net.UnixConn).CloseWrite()
			all, _ := io.ReadAll(c)
			c.Close()
			sent <- string(all)
		}()
		if _, err := call(path, "c"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("after %q: got %v, want %q", said, err, want)
		}
		if got := <-sent; got != "" {
			t.Errorf("after %q: was sent %q", said, got)
		}
	}
}

// TestUnanswered: a server that dies with a command is told apart from one that
// refuses it.
func TestUnanswered(t *testing.T) {
	path := socketPath(t)
	if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, half := range []string{"", `{"value":1}` + "\n", `{"value":`} {
		go func() {
			if c, err := l.Accept(); err == nil {
				_, _ = io.WriteString(c, `{"ready":true}`+"\n")
				_, _ = adminsock.ReadRequest(c) // the call is judged by what it says
				_, _ = io.WriteString(c, half)
				c.Close()
			}
		}()
		if _, err := call(path, "c"); !errors.Is(err, adminsock.ErrUnanswered) {
			t.Errorf("after %q: got %v, want %v", half, err, adminsock.ErrUnanswered)
		}
	}
}
