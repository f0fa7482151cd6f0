package adminsock

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"time"
)

var (
	// ErrNobody means that no server answers at a path: there is no socket, or one
	// that a dead server has left or that one that ends is about to remove.
	ErrNobody = errors.New("no server answers there")

	// ErrUnanswered means that a connection ended before the answer did: whether
	// the command was done is not known.
	ErrUnanswered = errors.New("the connection ended before the answer: the command may have been done, so look before you repeat it")
)

const (
	// sendWithin bounds the wait for a server to take a request of 64 MiB at most.
	sendWithin = 30 * time.Second
	// answerWithin bounds the wait for the whole of an answer. A large directory
	// file takes minutes to apply, and a list as long as its reader.
	answerWithin = time.Hour
)

// Call has the server at path do one command, and hands each value of its answer to
// each, whose error ends the call. The error is a [*Fault] that the server has told,
// [ErrNobody], [ErrUnanswered], or why nothing was sent.
func Call(ctx context.Context, path string, r Request, each func(json.RawMessage) error) error {
	if !Supported || len(path) > maxPath { // nobody can listen there
		return fmt.Errorf("%s: %w", path, ErrNobody)
	}
	var line bytes.Buffer
	e := json.NewEncoder(&line) // which ends the line
	e.SetEscapeHTML(false)      // a directory file must not grow by it
	if err := e.Encode(r); err != nil {
		return err
	}
	if line.Len() > maxRequest {
		return errTooLong
	}
	c, err := dial(ctx, path)
	if err != nil {
		return err
	}
	defer c.Close()
	stop := context.AfterFunc(ctx, func() { _ = c.Close() }) // the reading then ends
	defer stop()
	_ = c.SetDeadline(time.Now().Add(sendWithin)) // an open connection takes a deadline
	lines := newLines(c)
	if err := readReady(lines); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	_, sendErr := c.Write(line.Bytes())
	_ = c.SetDeadline(time.Now().Add(answerWithin))
	err = readAnswer(lines, each)
	// A server that ends says so before all of the request has come.
	if sendErr != nil && errors.Is(err, ErrUnanswered) {
		return fmt.Errorf("sending the command: %w", sendErr)
	}
	if ctx.Err() != nil && errors.Is(err, ErrUnanswered) {
		return fmt.Errorf("%w: %w", ctx.Err(), ErrUnanswered)
	}
	return err
}

func dial(ctx context.Context, path string) (*net.UnixConn, error) {
	d := net.Dialer{Timeout: dialTimeout}
	c, err := d.DialContext(ctx, "unix", path)
	if err != nil && isNobody(err) {
		return nil, fmt.Errorf("%s: %w", path, ErrNobody)
	}
	if err != nil {
		return nil, err
	}
	u := c.(*net.UnixConn)
	if err := checkServer(u); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), c.Close())
	}
	return u, nil
}
