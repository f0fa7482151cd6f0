package bench

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// caller brings requests to a handler without a network, and with next to no cost
// of its own. One goroutine uses it at a time.
type caller struct {
	handler http.Handler
	url     *url.URL
	header  http.Header

	code   int
	answer bytes.Buffer
	given  http.Header
}

func newCaller(tb testing.TB, h http.Handler, path string) *caller {
	tb.Helper()
	u, err := url.Parse(issuer + path)
	if err != nil {
		tb.Fatal(err)
	}
	return &caller{handler: h, url: u, given: http.Header{}, header: http.Header{
		"Content-Type": {"application/x-www-form-urlencoded"}, "Accept": {"application/json"},
	}}
}

// Header, WriteHeader and Write make the caller its own http.ResponseWriter.
func (c *caller) Header() http.Header { return c.given }

func (c *caller) WriteHeader(code int) { c.code = code }

func (c *caller) Write(p []byte) (int, error) {
	if c.code == 0 {
		c.code = http.StatusOK
	}
	return c.answer.Write(p)
}

type body struct{ strings.Reader }

func (*body) Close() error { return nil }

// send sends a form and returns the status of the answer.
func (c *caller) send(form string) int {
	b := new(body)
	b.Reset(form)
	return c.do(&http.Request{Method: http.MethodPost, Header: c.header, Body: b, ContentLength: int64(len(form))})
}

// get is send without a form.
func (c *caller) get(tb testing.TB, want int) {
	if got := c.do(&http.Request{Method: http.MethodGet, Header: c.header, Body: http.NoBody}); got != want {
		tb.Fatalf("got status %d, want %d: %s", got, want, c.answer.String())
	}
}

func (c *caller) do(r *http.Request) int {
	clear(c.given)
	c.answer.Reset()
	c.code = 0
	r.URL, r.Host, r.RequestURI = c.url, c.url.Host, c.url.RequestURI()
	r.Proto, r.ProtoMajor, r.ProtoMinor, r.RemoteAddr = "HTTP/1.1", 1, 1, "127.0.0.1:1"
	c.handler.ServeHTTP(c, r)
	return c.code
}

// post sends a form. Any other status than the one wanted fails the benchmark.
func (c *caller) post(tb testing.TB, form string, want int) {
	if got := c.send(form); got != want {
		tb.Fatalf("got status %d, want %d: %s", got, want, c.answer.String())
	}
}

// field cuts the first text field of a name out of the answer, which is quicker
// than reading all of it. It is empty if there is none.
func (c *caller) field(name string) string { return c.fieldAfter("", name) }

// fieldAfter is field for what stands behind the first mark.
func (c *caller) fieldAfter(mark, name string) string {
	_, rest, _ := bytes.Cut(c.answer.Bytes(), []byte(mark))
	_, rest, _ = bytes.Cut(rest, []byte(`"`+name+`":`))
	rest = bytes.TrimLeft(rest, " ")
	if len(rest) == 0 || rest[0] != '"' {
		return ""
	}
	value, _, _ := bytes.Cut(rest[1:], []byte(`"`))
	return string(value)
}
