package connlimit_test

import (
	"bufio"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/internal/connlimit"
)

// counter is a server with one place, whose handler reads the request and then
// waits for a word before it answers.
type counter struct {
	line    *line
	begun   chan string // the path of a request of which half the body has come
	entered chan string // the path of a request that is being answered
	answer  chan string
}

func newCounter(t *testing.T, total int) *counter {
	t.Helper()
	c := &counter{line: newLine(), begun: make(chan string), entered: make(chan string), answer: make(chan string)}
	l := connlimit.New(c.line, connlimit.Limits{Total: total, Share: total})
	s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength > 0 {
			if _, err := io.ReadFull(r.Body, make([]byte, 2)); err != nil {
				return
			}
			c.begun <- r.URL.Path
		}
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return // closed by then
		}
		c.entered <- r.URL.Path
		io.WriteString(w, <-c.answer)
	})}
	l.Attach(s)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.Serve(l)
	}()
	t.Cleanup(func() {
		s.Close()
		<-ended
	})
	return c
}

// say writes to the server, which has to read it all.
func (c *call) say(t *testing.T, text string) {
	t.Helper()
	if _, err := io.WriteString(c.caller, text); err != nil {
		t.Fatalf("writing: %v", err)
	}
}

const (
	get      = "GET /get HTTP/1.1\r\nHost: x\r\n\r\n"
	head     = "POST /post HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n"
	half     = "GET /half HTTP/1.1\r\nHos"
	tooLarge = 1 << 20
)

// TestWork tells what keeps its place from what only waits, by whether the one
// place goes to a newcomer.
func TestWork(t *testing.T) {
	tests := []struct {
		name string
		// come has a connection do something, until it is in the state that is
		// meant.
		come func(t *testing.T, c *counter, one *call)
		goes bool
	}{
		{"half a header", func(t *testing.T, c *counter, one *call) { one.say(t, half) }, true},
		{"half a body", func(t *testing.T, c *counter, one *call) {
			one.say(t, head+"ab")
			<-c.begun
		}, true},
		{"a request without a body", func(t *testing.T, c *counter, one *call) {
			one.say(t, get)
			<-c.entered
		}, false},
		{"a request with a body", func(t *testing.T, c *counter, one *call) {
			one.say(t, head+"ab")
			<-c.begun
			one.say(t, "cd")
			<-c.entered
		}, false},
		{"answered", func(t *testing.T, c *counter, one *call) {
			one.say(t, get)
			<-c.entered
			c.answer <- "yes"
			one.read(t, "yes")
			one.say(t, half) // the server reads again, so the handler is done
		}, true},
		{"an answer that is not read", func(t *testing.T, c *counter, one *call) {
			one.say(t, get)
			<-c.entered
			c.answer <- strings.Repeat("x", tooLarge)
			buf := make([]byte, 1) // the server is writing
			if _, err := one.caller.Read(buf); err != nil {
				t.Fatal(err)
			}
		}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := newCounter(t, 1)
			one := c.line.dial("192.0.2.1:1")
			tt.come(t, c, one)
			two := c.line.dial("192.0.2.2:1")
			if tt.goes {
				<-one.closed
				two.say(t, get)
				<-c.entered
				c.answer <- "two"
				two.read(t, "two")
				return
			}
			<-two.closed
			c.answer <- "one"
			one.read(t, "one")
		})
	}
}

// read wants an answer with that body.
func (c *call) read(t *testing.T, want string) {
	t.Helper()
	r, err := http.ReadResponse(bufio.NewReader(c.caller), nil)
	if err != nil {
		t.Fatalf("reading the answer: %v", err)
	}
	got, err := io.ReadAll(r.Body)
	if err != nil || string(got) != want {
		t.Errorf("got %q and error %v, want %q", got, err, want)
	}
}
