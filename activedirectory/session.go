package activedirectory

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/go-ldap/ldap/v3"
)

// session is one connection to one controller, for one call.
type session struct {
	*domain
	*facts
	conn *ldap.Conn
	net  net.Conn
	end  time.Time // of the whole call
	sent bool      // a user's password may have been sent: no other controller is asked
}

// askOne runs fn on a new connection to c. That may take the share of the time left that
// falls to c of so many controllers, until a user's password is sent. final says that no
// other controller may be asked.
func (d *domain) askOne(ctx context.Context, c controller, of int, fn func(*session) error) (final bool, err error) {
	end, _ := ctx.Deadline()
	share := time.Now().Add(time.Until(end) / time.Duration(of))
	raw, err := d.dial(ctx, c, share)
	if err != nil {
		return false, err
	}
	s := &session{domain: d, conn: ldap.NewConn(raw, true), net: raw, end: end}
	s.conn.Start()
	// The library waits for answers without a context: what ends a wait is the end of
	// the connection.
	stop := context.AfterFunc(ctx, func() { _ = raw.Close() })
	defer func() {
		stop()
		_ = s.conn.Close() // whatever is said at its end changes nothing
	}()
	if err := s.begin(); err != nil {
		return errors.Is(err, errReaderRefused), err
	}
	err = fn(s)
	return s.sent || errors.Is(err, errReaderRefused), err
}

// begin binds the reader, and reads what is not yet known of the directory.
func (s *session) begin() error {
	if err := s.bindReader(); err != nil {
		return err
	}
	if s.facts = s.known.Load(); s.facts != nil && s.Now().Before(s.facts.until) {
		return nil
	}
	f, err := s.readFacts()
	if err != nil {
		return err
	}
	s.facts = f
	s.known.Store(f)
	return nil
}

// readerPause is how long nothing is asked after the reader's own password was refused: a
// wrong one that is tried at every login would lock the reader's account.
const readerPause = time.Minute

var errReaderRefused = errors.New("the reader's name or password is refused")

// readerPaused returns an error while nothing is asked.
func (d *domain) readerPaused() error {
	at := d.refused.Load()
	if at == 0 || d.Now().Sub(time.Unix(0, at)).Abs() >= readerPause {
		return nil
	}
	return errReaderRefused
}

func (s *session) bindReader() error {
	if s.Reader == "" {
		return nil
	}
	v, err := judge(s.conn.Bind(s.Reader, s.ReaderPassword))
	switch {
	case err != nil:
		return fmt.Errorf("binding the reader: %w", err)
	case v != right:
		s.refused.Store(s.Now().UnixNano())
		s.Log.Error("activedirectory: the reader is refused, and nothing is asked for a while", "pause", readerPause)
		return errReaderRefused
	}
	return nil
}

// bindUser reports what the directory says of a password. It has the rest of the call's
// time, and is done once.
func (s *session) bindUser(dn, password string) (verdict, error) {
	if err := s.net.SetDeadline(s.end); err != nil {
		return wrong, err
	}
	s.sent = true
	v, err := judge(s.conn.Bind(dn, password))
	if err != nil {
		return wrong, fmt.Errorf("binding an account: %w", err)
	}
	return v, nil
}
