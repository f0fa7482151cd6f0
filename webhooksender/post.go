package webhooksender

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"time"

	"github.com/sallyport-auth/sallyport/internal/netcause"
)

// Bounds of an answer, in bytes.
const (
	maxHeader = 64 << 10
	maxAnswer = 64 << 10
)

// post is one message on its way.
type post struct {
	id   string
	body []byte
}

// try posts a message once.
func (s *Sender) try(ctx context.Context, p *post) *Error {
	sent := false
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { sent = true }, // from here on some of it may have arrived
	})
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url, bytes.NewReader(p.body))
	if err != nil {
		return &Error{Cause: netcause.ErrProtocol, sent: true}
	}
	if s.headers(r.Header, p); s.user != "" {
		r.SetBasicAuth(s.user, s.pass)
	}
	if !s.idempotent {
		r.GetBody = nil // so that net/http does not repeat it on a connection that died
	}
	answer, err := s.client.Do(r)
	if err != nil {
		return &Error{Cause: netcause.Of(ctx, err), sent: sent}
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	switch ok := answer.StatusCode/100 == 2; {
	case !ok:
		return &Error{Status: answer.StatusCode, after: retryAfter(answer.Header), sent: true}
	case s.accepted == nil:
		return nil
	case err != nil:
		return &Error{Cause: netcause.Of(ctx, err), sent: true}
	case !s.accepted(text):
		return &Error{Status: answer.StatusCode, Cause: errRefused, sent: true}
	}
	return nil
}

// retryAfter is how long a gateway asks to wait, in seconds; another form of it is none.
func retryAfter(h http.Header) time.Duration {
	n, err := strconv.ParseUint(h.Get("Retry-After"), 10, 16)
	if err != nil {
		return 0
	}
	return time.Duration(n) * time.Second
}
