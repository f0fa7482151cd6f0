package load

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
)

// conn is one connection of one client. The client shares the processors with
// the servers, so it does as little as it can: net/http's would take as long as
// some of the answers.
type conn struct {
	net  net.Conn
	host string
	in   *bufio.Reader
	out  []byte
	body bytes.Buffer
}

func dial(host string) (*conn, error) {
	n, err := net.Dial("tcp", host)
	if err != nil {
		return nil, err
	}
	return &conn{net: n, host: host, in: bufio.NewReader(n)}, nil
}

// post sends a form. What is answered stands in body until the next request.
func (c *conn) post(path, form string) (status int, err error) {
	c.begin("POST", path)
	c.out = append(c.out, "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: "...)
	c.out = strconv.AppendInt(c.out, int64(len(form)), 10)
	c.out = append(append(c.out, "\r\n\r\n"...), form...)
	return c.exchange()
}

// get asks with a bearer token.
func (c *conn) get(path, token string) (status int, err error) {
	c.begin("GET", path)
	c.out = append(append(append(c.out, "Authorization: Bearer "...), token...), "\r\n\r\n"...)
	return c.exchange()
}

func (c *conn) begin(method, path string) {
	c.out = append(c.out[:0], method...)
	c.out = append(append(c.out, ' '), path...)
	c.out = append(append(append(c.out, " HTTP/1.1\r\nHost: "...), c.host...), "\r\n"...)
}

func (c *conn) exchange() (int, error) {
	if _, err := c.net.Write(c.out); err != nil {
		return 0, err
	}
	r, err := http.ReadResponse(c.in, nil)
	if err != nil {
		return 0, err
	}
	defer r.Body.Close()
	c.body.Reset()
	if _, err := io.Copy(&c.body, r.Body); err != nil {
		return 0, err
	}
	return r.StatusCode, nil
}

// field cuts the first text field of a name out of the answer.
func (c *conn) field(name string) (string, error) {
	_, rest, found := bytes.Cut(c.body.Bytes(), []byte(`"`+name+`":`))
	rest = bytes.TrimLeft(rest, " ")
	if !found || len(rest) < 2 || rest[0] != '"' {
		return "", fmt.Errorf("got no %s", name)
	}
	value, _, _ := bytes.Cut(rest[1:], []byte(`"`))
	return string(value), nil
}

func (c *conn) close() { _ = c.net.Close() } // nothing is lost by it

func escape(s string) string { return url.QueryEscape(s) }
