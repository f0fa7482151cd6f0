package webhooksender_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/webhooksender"
)

// TestGatewayFails: a message that the gateway did not take has failed, in words that hold
// nothing of it. It is tried again under the same id where it has certainly not arrived, or
// the gateway sends once what it gets twice.
func TestGatewayFails(t *testing.T) {
	says := func(status int, h ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			for i := 0; i+1 < len(h); i += 2 {
				w.Header().Set(h[i], h[i+1])
			}
			w.WriteHeader(status)
			w.Write([]byte("482913 hidden-answer"))
		}
	}
	first := func(bad, good http.HandlerFunc) http.HandlerFunc {
		n := 0
		return func(w http.ResponseWriter, r *http.Request) {
			if n++; n == 1 {
				bad(w, r)
				return
			}
			good(w, r)
		}
	}
	drop := func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) }
	refuses := func([]byte) bool { return false }
	for name, c := range map[string]struct {
		answer  http.HandlerFunc
		change  func(*webhooksender.Config)
		want    string // empty: it is sent
		arrives int
	}{
		"taken":                     {says(200), nil, "", 1},
		"taken without a word":      {says(204), nil, "", 1},
		"refused":                   {says(400), nil, "the gateway answered 400", 1},
		"not known":                 {says(401), nil, "the gateway answered 401", 1},
		"broken":                    {says(500), nil, "the gateway answered 500", 1},
		"broken once, idempotent":   {first(says(502), says(200)), func(c *webhooksender.Config) { c.Idempotent = true }, "", 2},
		"busy once":                 {first(says(503), says(202)), nil, "", 2},
		"busy for too long":         {says(429, "Retry-After", "60"), nil, "the gateway answered 429", 1},
		"moved":                     {says(307, "Location", "https://127.0.0.1:1/x"), nil, "the gateway answered 307", 1},
		"moved for good":            {says(301, "Location", "/x"), nil, "the gateway answered 301", 1},
		"hangs up":                  {drop, nil, "the server", 1},
		"hangs up once":             {first(drop, says(200)), nil, "the server", 1},
		"hangs up once, idempotent": {first(drop, says(200)), func(c *webhooksender.Config) { c.Idempotent = true }, "", 2},
		"refuses in its body":       {says(200), func(c *webhooksender.Config) { c.Accepted = refuses }, "the gateway answered 200: its body says that it has refused", 1},
		"refuses in it, idempotent": {says(200), func(c *webhooksender.Config) { c.Accepted, c.Idempotent = refuses, true }, "its body says that it has refused", 1},
		"takes in its body": {says(200), func(c *webhooksender.Config) {
			c.Accepted = func(b []byte) bool { return string(b) == "482913 hidden-answer" }
		}, "", 1},
		"its header has no end":        {says(200, "X", strings.Repeat("x", 128<<10)), nil, "the server", 1},
		"an authority nobody knows":    {says(200), func(c *webhooksender.Config) { c.RootCAs = authority(t).Pool }, "not signed by an authority", 0},
		"a certificate of other names": {says(200), func(c *webhooksender.Config) { c.URL = strings.Replace(c.URL, "127.0.0.1", "localhost", 1) }, "is for another name", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := startGateway(t, c.answer)
			cfg := g.config()
			if c.change != nil {
				c.change(&cfg)
			}
			err := newSender(t, cfg).Send(t.Context(), text)
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if _, ok := errors.AsType[*webhooksender.Error](err); err != nil && !ok {
				t.Errorf("got %T", err)
			}
			checkSilent(t, err)
			got := g.take()
			if len(got) != c.arrives {
				t.Fatalf("it arrived %d times, want %d", len(got), c.arrives)
			}
			for _, r := range got {
				if r.header.Get("Idempotency-Key") != got[0].header.Get("Idempotency-Key") {
					t.Error("attempts have ids of their own")
				}
				if err := webhooksender.Verify(key, r.header, r.body, time.Now()); err != nil {
					t.Errorf("the attempt is not signed: %v", err)
				}
			}
		})
	}
}

// checkSilent wants nothing of message, answer and URL in an error.
func checkSilent(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	for _, secret := range []string{"482913", "hidden", "7700900123", "127.0.0.1", "localhost", "/hook"} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("the error says %q: %v", secret, err)
		}
	}
}

// TestGatewayAway: what is tried again where nothing was sent ends with the time of the
// message, or as soon as the caller gives it up.
func TestGatewayAway(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	s := newSender(t, webhooksender.Config{URL: "https://" + l.Addr().String() + "/hook", Key: key, Timeout: 150 * time.Millisecond})
	err = s.Send(t.Context(), text)
	if err == nil || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("got %v", err)
	}
	checkSilent(t, err)
	s = newSender(t, webhooksender.Config{URL: "https://nobody.invalid/hook", Key: key, Timeout: 50 * time.Millisecond})
	checkSilent(t, s.Send(t.Context(), text))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := newSender(t, webhooksender.Config{URL: "https://" + l.Addr().String(), Key: key}).Send(ctx, text); err == nil {
		t.Error("a message of a caller that is gone was sent")
	}
}

// TestGatewayHangs: a gateway that never answers has its time, and no longer than the code
// lives; what waits behind it, too.
func TestGatewayHangs(t *testing.T) {
	var in atomic.Int32
	g := startGateway(t, func(_ http.ResponseWriter, r *http.Request) { in.Add(1); <-r.Context().Done() })
	c := g.config()
	c.Connections = 1
	s := newSender(t, c)
	m := text
	m.Lifetime = 100 * time.Millisecond
	errs := make(chan error, 3)
	for range cap(errs) {
		go func() { errs <- s.Send(t.Context(), m) }()
	}
	for range cap(errs) {
		if err := <-errs; err == nil || err.Error() != "webhooksender: the server did not answer in time" {
			t.Errorf("got %v", err)
		}
	}
	if n := in.Load(); n < 1 || n > 3 {
		t.Errorf("%d requests were begun", n)
	}
}

// TestNoRedirect: a message is given to nobody to whom the gateway points.
func TestNoRedirect(t *testing.T) {
	other := startGateway(t, nil)
	for _, status := range []int{301, 302, 303, 307, 308} {
		g := startGateway(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other.URL, status) })
		if err := newSender(t, g.config()).Send(t.Context(), text); err == nil {
			t.Errorf("%d: a redirect passes for taken", status)
		}
	}
	if got := other.take(); len(got) != 0 {
		t.Errorf("somebody else got %d messages", len(got))
	}
}

// TestOldTLS: a gateway that speaks only what is broken gets nothing.
func TestOldTLS(t *testing.T) {
	g := &gateway{}
	g.Server = httptest.NewUnstartedServer(g)
	g.TLS = &tls.Config{MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}
	g.Config.ErrorLog = log.New(io.Discard, "", 0)
	g.StartTLS()
	t.Cleanup(g.Close)
	if err := newSender(t, g.config()).Send(t.Context(), text); err == nil || len(g.take()) != 0 {
		t.Errorf("got %v", err)
	}
}
