package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/sallyport-auth/sallyport"
)

// keptMessages is how many messages an outbox shows.
const keptMessages = 1000

// posted is one line of an outbox.
type posted struct {
	Time    time.Time `json:"time"`
	Channel string    `json:"channel,omitempty"`
	Kind    string    `json:"kind,omitempty"`
	To      string    `json:"to,omitempty"`
	User    string    `json:"user,omitempty"`
	Code    string    `json:"code,omitempty"`
	Link    string    `json:"link,omitempty"`
	Subject string    `json:"subject,omitempty"`
	Text    string    `json:"text,omitempty"`
}

// outbox is the development sender: it keeps messages instead of sending them,
// the last 1,000 in memory and all of them in a file if there is one.
type outbox struct {
	now  func() time.Time
	mu   sync.Mutex
	file *os.File // nil: none
	list []posted // oldest first
}

var _ sallyport.Sender = (*outbox)(nil)

// newOutbox opens the file at path for appending, "" for none, as [openSole]
// does. Only its owner may read it: it fills with codes that log somebody in.
func newOutbox(path string, now func() time.Time) (*outbox, error) {
	o := &outbox{now: now}
	if path == "" {
		return o, nil
	}
	f, _, err := openSole(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE)
	if err != nil {
		return nil, fmt.Errorf("-outbox: %w", cured(path, err))
	}
	if err := f.Chmod(0o600); err != nil { // it may have been there
		return nil, fmt.Errorf("-outbox: %w", errors.Join(err, f.Close()))
	}
	o.file = f
	return o, nil
}

// Send writes the message as one JSON line, in one write, so that whoever
// follows the file never meets half of one. When it returns the line is in the
// file, also for those who read it after this process has been killed.
func (o *outbox) Send(_ context.Context, m sallyport.Message) error {
	p := posted{
		Time: o.now().UTC(), Channel: m.Channel.String(), Kind: m.Kind, To: m.To, User: m.User,
		Code: m.Code, Link: m.Link, Subject: m.Subject, Text: m.Text,
	}
	line, err := p.line()
	if err != nil {
		return fmt.Errorf("writing to the outbox: %w", err)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.file != nil {
		if _, err := o.file.Write(line); err != nil {
			return fmt.Errorf("writing to the outbox: %w", err)
		}
	}
	if o.list = append(o.list, p); len(o.list) > keptMessages {
		o.list = slices.Delete(o.list, 0, len(o.list)-keptMessages)
	}
	return nil
}

// line is the message in JSON, with its line end.
func (p posted) line() ([]byte, error) {
	line, err := encode(p) // without escapes: links are to be copied
	return append(line, '\n'), err
}

// messages are those in memory, oldest first.
func (o *outbox) messages() []posted {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.list)
}

func (o *outbox) close() error {
	if o == nil || o.file == nil {
		return nil
	}
	return o.file.Close()
}
