// Package webhooksender posts the messages of an engine to a gateway over HTTP, as most
// that send text messages have it: it is a [sallyport.Sender] for Config.SMS, and for
// Config.Email where a service sends mails.
//
// What is posted is a JSON document, or a form, of your own (Config.Body), so that most
// gateways take it as it is; see the examples for Twilio and Vonage. A gateway of your own
// knows by a signature whom a message comes from and when it was signed ([Verify]). The
// gateway is reached by https alone, unless it is on this machine; redirects are not
// followed. Each message has its time, in which the gateway answers or the message has
// failed: the engine then withdraws the code, and sending again is the user's choice. It is
// tried again within that time where it has certainly not arrived, under the same
// Idempotency-Key. No error holds a word of the message, of the answer or of the URL.
package webhooksender

import (
	"context"
	"crypto/tls"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/netcause"
	"github.com/sallyport-auth/sallyport/internal/rnd"
)

// Sender posts messages. Make one with [New]; all methods may be called from any number of
// goroutines.
type Sender struct {
	url        string
	key        []byte
	user, pass string
	header     http.Header
	body       *body
	accepted   func([]byte) bool
	idempotent bool
	timeout    time.Duration
	now        func() time.Time
	slots      chan struct{}
	client     *http.Client
}

var _ sallyport.Sender = (*Sender)(nil)

// New returns a sender, or all faults of the configuration at once. It connects to nobody.
func New(c Config) (*Sender, error) {
	u, err := c.check()
	if err != nil {
		return nil, err
	}
	b, err := readBody(c.Body, c.Form)
	if err != nil {
		return nil, err
	}
	if c.Timeout == 0 {
		c.Timeout = defaultTimeout
	}
	if c.Connections == 0 {
		c.Connections = defaultConnections
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Sender{
		url: u.String(), key: slices.Clone(c.Key), user: c.Username, pass: c.Password, header: c.Header.Clone(), body: b,
		accepted: c.Accepted, idempotent: c.Idempotent, timeout: c.Timeout, now: c.Now,
		slots: make(chan struct{}, c.Connections), client: clientOf(&c),
	}, nil
}

// clientOf is what speaks HTTP: it follows no redirect, since that would give a message to
// somebody who was not configured.
func clientOf(c *Config) *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			Proxy:                  http.ProxyFromEnvironment,
			TLSClientConfig:        &tls.Config{RootCAs: c.RootCAs, MinVersion: tls.VersionTLS12},
			MaxIdleConnsPerHost:    c.Connections,
			IdleConnTimeout:        30 * time.Second,
			MaxResponseHeaderBytes: maxHeader,
			ForceAttemptHTTP2:      true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Send posts one message, and returns nil once the gateway has taken it. An error is an
// [*Error].
func (s *Sender) Send(ctx context.Context, m sallyport.Message) error {
	limit := s.timeout
	if m.Lifetime > 0 { // no attempt comes after the code is over
		limit = min(limit, m.Lifetime)
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	p := post{id: rnd.UUID()}
	var err error
	if p.body, err = s.body.make(fieldsOf(&m, p.id, s.now())); err != nil {
		return &Error{Cause: errBody}
	}
	select {
	case s.slots <- struct{}{}:
	case <-ctx.Done():
		return &Error{Cause: netcause.ErrTime}
	}
	defer func() { <-s.slots }()
	for wait := firstWait; ; wait *= 2 {
		failure := s.try(ctx, &p)
		if failure == nil {
			return nil
		}
		if !failure.again(s.idempotent) || !sleep(ctx, max(wait, failure.after)) {
			return failure
		}
	}
}

// firstWait is between the first attempt and the second; between others it is twice as long.
const firstWait = 100 * time.Millisecond

// sleep waits, or reports false at once where that is longer than there is time.
func sleep(ctx context.Context, d time.Duration) bool {
	if end, ok := ctx.Deadline(); ok && time.Until(end) <= d {
		return false
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// Close ends the connections that are kept. Messages under way go on.
func (s *Sender) Close() error {
	s.client.CloseIdleConnections()
	return nil
}

// headers are those of an attempt.
func (s *Sender) headers(h http.Header, p *post) {
	for name, values := range s.header {
		for _, v := range values {
			h.Add(name, v)
		}
	}
	h.Set("Content-Type", "application/json")
	if s.body.form {
		h.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	h.Set("User-Agent", "sallyport")
	h.Set("Idempotency-Key", p.id)
	h.Set(headerID, p.id)
	if len(s.key) > 0 {
		at := strconv.FormatInt(s.now().Unix(), 10)
		h.Set(headerTime, at)
		h.Set(headerSignature, signature(s.key, p.id, at, p.body))
	}
}
