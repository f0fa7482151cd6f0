package httpadapter_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/httpadapter"
)

// pipes is a network inside the process, so that its deadlines pass in the
// time of a bubble.
type pipes struct {
	conns chan net.Conn
	once  sync.Once
	done  chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.done) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

func (p *pipes) dial(context.Context, string, string) (net.Conn, error) {
	near, far := net.Pipe()
	p.conns <- far
	return near, nil
}

// serveShortly serves a handler on a server that allows half a second for a call.
func serveShortly(t *testing.T, handler http.Handler) *http.Client {
	t.Helper()
	p := &pipes{conns: make(chan net.Conn), done: make(chan struct{})}
	srv := &http.Server{Handler: handler, ReadTimeout: 500 * time.Millisecond, WriteTimeout: 500 * time.Millisecond}
	go srv.Serve(p)
	tr := &http.Transport{DialContext: p.dial}
	t.Cleanup(func() {
		tr.CloseIdleConnections()
		srv.Close()
	})
	return &http.Client{Transport: tr}
}

// TestLinkHeld waits for the answer in the call that sent the link, on a
// server whose time-outs are far shorter.
func TestLinkHeld(t *testing.T) {
	for _, tt := range []struct {
		name, decision string
		want           sallyport.Status // of a refusal
	}{
		{"approved", "approve", 0},
		{"denied", "deny", sallyport.Failure | sallyport.ProcessCanceled},
		{"unanswered", "", sallyport.Failure | sallyport.MFALinkTimeout},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
				r := h.first(t, "mail")
				client := serveShortly(t, h.adapter)
				answers := make(chan *answer, 1)
				go func() {
					resp, err := client.Post("http://localhost/connect/token", formType,
						strings.NewReader(login("AuthenticationRequestId", r.RequestID, "MFAAvailableId", option(t, r, "Email", "Link"))))
					answers <- read(t, resp, err)
				}()
				l := &linkLogin{h: h, page: path(t, h.outbox.await(t, func(m sallyport.Message) bool { return m.Kind == "link" }).Link)}
				time.Sleep(80 * time.Second) // of the bubble's time
				synctest.Wait()
				if len(answers) > 0 {
					t.Fatalf("got %+v before the link was answered", <-answers)
				}
				h.clock.advance(80 * time.Second)
				if tt.decision == "" {
					h.clock.advance(11 * time.Second)
				} else {
					l.decide(t, "decision", tt.decision).want(t, 200, "")
				}
				a := <-answers
				if tt.want == 0 {
					a.success(t)
				} else {
					wantStatus(t, a, tt.want)
				}
			})
		})
	}
}

// deadlines is a response that keeps the deadlines it is given.
type deadlines struct {
	*httptest.ResponseRecorder
	set []time.Time
}

func (d *deadlines) SetWriteDeadline(t time.Time) error {
	d.set = append(d.set, t)
	return nil
}

// TestWriteDeadline checks which calls move the deadline for their answer.
func TestWriteDeadline(t *testing.T) {
	tests := []struct {
		name   string
		atOnce bool
		fields func(request, option string) []string
		moved  bool
	}{
		{"the first call", false, func(_, _ string) []string { return []string{"Username", "mail", "Password", pass} }, false},
		{"an option is chosen", false, func(r, o string) []string { return []string{"AuthenticationRequestId", r, "MFAAvailableId", o} }, true},
		{"an option is chosen, links are answered at once", true, func(r, o string) []string { return []string{"AuthenticationRequestId", r, "MFAAvailableId", o} }, false},
		{"a code is sent", false, func(r, o string) []string {
			return []string{"AuthenticationRequestId", r, "MFAAvailableId", o, "MFASecureCode", "no"}
		}, false},
		{"a request alone", false, func(r, _ string) []string {
			return []string{"Username", "mail", "Password", pass, "AuthenticationRequestId", r}
		}, false},
		{"an option alone", false, func(_, o string) []string {
			return []string{"Username", "mail", "Password", pass, "MFAAvailableId", o}
		}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{AnswerLinksAtOnce: tt.atOnce})
				r := h.first(t, "mail")
				w := &deadlines{ResponseRecorder: httptest.NewRecorder()}
				body := login(tt.fields(r.RequestID, option(t, r, "Email", "OTP"))...)
				start := time.Now() // of the bubble's time
				h.adapter.ServeHTTP(w, request("POST", "/connect/token", body, "Content-Type", formType))
				var want []time.Time
				if tt.moved {
					want = append(want, start.Add(5*time.Minute))
				}
				if !slices.EqualFunc(w.set, want, time.Time.Equal) {
					t.Errorf("got deadlines %v, want %v", w.set, want)
				}
			})
		})
	}
}
