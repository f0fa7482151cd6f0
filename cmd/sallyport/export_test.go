package main

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/adminsock"
	"github.com/sallyport-auth/sallyport/smtpsender"
)

// Run is the command, as main calls it.
func Run(ctx context.Context, args []string, in io.Reader, out, err io.Writer) int {
	return run(ctx, args, terminal{in, out, err})
}

// PageOrigins are the origins of the demo's pages.
func PageOrigins(issuer string) []string { return pageOrigins(issuer) }

// NewOutbox is an outbox with its page, for peers and headers that no client
// on this machine can send.
func NewOutbox(path string, now func() time.Time) (sallyport.Sender, http.Handler, error) {
	o, err := newOutbox(path, now)
	if err != nil {
		return nil, nil, err
	}
	return o, newOutboxPage(o), nil
}

// LogQueue is a queue of the lines of a log in JSON, and how to wait for it.
func LogQueue(to io.Writer) (queue io.Writer, flush func()) {
	withoutTime := func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}
	q := newLogQueue(to, slog.New(slog.NewJSONHandler(to, &slog.HandlerOptions{ReplaceAttr: withoutTime})))
	return q, q.flush
}

// ShellLine is how words are printed for pasting.
func ShellLine(words ...string) string { return shellLine(words) }

// OffsetClock is the clock of -insecure-clock.
func OffsetClock(path string) (now func() time.Time, err error) {
	c, err := newOffsetClock(path)
	if err != nil {
		return nil, err
	}
	return c.now, nil
}

// Dispatch does one administrative command with an engine, as a server does that is
// asked over its socket.
func Dispatch(ctx context.Context, e *sallyport.Engine, command string, arguments any, emit func(any) error) error {
	raw, err := encode(arguments)
	if err != nil {
		return err
	}
	return dispatch(ctx, e, adminsock.Request{Command: command, Actor: "test", Arguments: raw}, emit)
}

// Settings are the members of a settings file as flags take them.
func Settings(raw []byte) (map[string]string, error) {
	m := map[string]string{}
	err := eachSetting(raw, func(name string, value json.RawMessage) error {
		text, err := settingText(name, value)
		m[name] = text
		return err
	})
	return m, err
}

// MailServer reads the URL of -smtp.
func MailServer(url string) (*smtpsender.Config, error) { return (&mailSettings{url: url}).server() }

// NewStatusPage is the page at /dev/status.
func NewStatusPage() http.Handler { return &statusPage{newDevelop("'self'")} }

// KeyWords is what the commands on signing keys make of an error.
func KeyWords(err error) error { return keyWords(err) }

// PutSecret writes a secret into a file that takes none, since it is open to be read alone.
func PutSecret(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return (&secretOut{path: path, file: f}).put("secret")
}
