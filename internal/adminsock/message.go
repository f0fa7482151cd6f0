package adminsock

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

const (
	// maxRequest bounds the line of a request, in bytes: a whole directory file
	// of 64 MiB and what stands around it.
	maxRequest = 64<<20 + 64<<10

	// maxAnswer bounds a line of an answer, in bytes. One account takes less than
	// the 64 KiB that a record of the store may have, in JSON up to six times that.
	maxAnswer = 1 << 20
)

// Request is one command with its arguments. It prints as its command alone, since
// the arguments may hold a password.
type Request struct {
	Command   string          `json:"command"`          // such as "user set"
	Actor     string          `json:"actor"`            // who is at work, for the trail
	Reason    string          `json:"reason,omitempty"` // why, for the trail
	Arguments json.RawMessage `json:"arguments,omitempty"`
}

// String hides the arguments from accidental printing.
func (r Request) String() string { return fmt.Sprintf("adminsock.Request(%q, hidden)", r.Command) }

// GoString is like [Request.String].
func (r Request) GoString() string { return r.String() }

// errTooLong means that a line is longer than it may be.
var errTooLong = errors.New("the line is too long")

// ReadRequest reads one request: a line of JSON in UTF-8 that ends in a line feed,
// of at most maxRequest bytes, with the fields of [Request] alone. Errors say what
// is wrong with the form, and repeat nothing of the text.
func ReadRequest(from io.Reader) (Request, error) {
	line, err := bufio.NewReader(io.LimitReader(from, maxRequest+1)).ReadBytes('\n')
	switch {
	case len(line) > maxRequest:
		return Request{}, errTooLong
	case errors.Is(err, io.EOF):
		return Request{}, errors.New("the request ends before its line does")
	case err != nil:
		return Request{}, err
	case !utf8.Valid(line):
		return Request{}, errors.New("the request is not UTF-8")
	}
	var r Request
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		return Request{}, errors.New("the request is not one JSON object with the fields command, actor, reason and arguments")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Request{}, errors.New("something follows the request")
	}
	if r.Command == "" {
		return Request{}, errors.New("the request names no command")
	}
	return r, nil
}

// Fault is why a command was not done. It is the error of [Call] where the server
// has answered.
type Fault struct {
	Text string `json:"error"`
	Code int    `json:"code"` // the exit code that the command ends with: 1 refused or broken, 2 not begun
}

// Error is the text of the fault.
func (f *Fault) Error() string { return f.Text }

// answerLine is one line of what a server says: that it takes a command, a value of
// the answer, or the end.
type answerLine struct {
	Ready bool            `json:"ready,omitempty"`
	Value json.RawMessage `json:"value,omitempty"`
	End   *Fault          `json:"end,omitempty"` // with an empty Text: done
}

// newLines reads what a server says.
func newLines(from io.Reader) *bufio.Scanner {
	lines := bufio.NewScanner(from)
	lines.Buffer(nil, maxAnswer)
	return lines
}

// readReady waits until a server takes a command. Where it ends before, nobody is
// there.
func readReady(lines *bufio.Scanner) error {
	var line answerLine
	switch {
	case !lines.Scan():
		return errors.Join(ErrNobody, lines.Err())
	case json.Unmarshal(lines.Bytes(), &line) == nil && line.Ready:
		return nil
	case line.End != nil:
		return line.End
	}
	return errors.New("what answers there is no server of this kind")
}

// readAnswer hands each value of an answer to each and returns how it ended.
func readAnswer(lines *bufio.Scanner, each func(json.RawMessage) error) error {
	for lines.Scan() {
		var line answerLine
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			return fmt.Errorf("%w: a line is not JSON", ErrUnanswered)
		}
		switch {
		case line.End != nil && line.End.Text == "":
			return nil
		case line.End != nil:
			return line.End
		}
		if err := each(line.Value); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("%w: %w", ErrUnanswered, err)
	}
	return ErrUnanswered
}
