package connlimit_test

import (
	"io"
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/sallyport-auth/sallyport/internal/connlimit"
)

// What a client says in HTTP/2: that it is one, with no settings, and the header of
// GET http://x/ on stream 1, with more to come, with a length of 0 and more to come,
// or as all of it.
const (
	hello    = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + "\x00\x00\x00\x04\x00\x00\x00\x00\x00"
	fields   = "\x82\x86\x84\x41\x01x"
	open     = hello + "\x00\x00\x06\x01\x04\x00\x00\x00\x01" + fields
	openZero = hello + "\x00\x00\x0a\x01\x04\x00\x00\x00\x01" + fields + "\x0f\x0d\x010"
	whole    = hello + "\x00\x00\x06\x01\x05\x00\x00\x00\x01" + fields
)

// TestWorkHTTP2: a request that has come whole keeps its place while it is being
// answered, also where nobody reads the body that it has not; one that is still to
// come does not.
func TestWorkHTTP2(t *testing.T) {
	for _, tt := range []struct {
		name, says string
		goes       bool
	}{
		{"without a body", whole, false},
		{"half come", open, true},
		{"half come, and said to be empty", openZero, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				line, answer, asked := newLine(), make(chan struct{}), 0
				l := connlimit.New(line, connlimit.Limits{Total: 1, Share: 1})
				s := &http.Server{Protocols: clearHTTP2(), Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
					asked++
					<-answer
				})}
				l.Attach(s)
				go s.Serve(l)

				one := line.dial("192.0.2.1:1")
				go io.Copy(io.Discard, one.caller)
				one.say(t, tt.says)
				synctest.Wait() // until the handler has it
				if asked != 1 {
					t.Fatalf("the handler was called %d times", asked)
				}
				two := line.dial("192.0.2.2:1")
				synctest.Wait()
				if one.isClosed() != tt.goes || two.isClosed() == tt.goes {
					t.Errorf("closed: the first %v, the newcomer %v, want the place to go: %v", one.isClosed(), two.isClosed(), tt.goes)
				}
				close(answer)
				s.Close()
			})
		})
	}
}

func clearHTTP2() *http.Protocols {
	p := new(http.Protocols)
	p.SetUnencryptedHTTP2(true)
	return p
}
