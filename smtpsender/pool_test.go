package smtpsender_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/internal/smtptest"
	"github.com/sallyport-auth/sallyport/smtpsender"
)

// TestConnectionsAreKept: mails in a row share a connection, one that has died meanwhile
// costs no mail, and none is kept after Close or where none may be.
func TestConnectionsAreKept(t *testing.T) {
	server := smtptest.Start(t, smtptest.Script{TLS: serverTLS(t)})
	c := at(t, server.Addr)
	s := newSender(t, c)
	connections := func(want int) {
		t.Helper()
		if got := server.Connections(); got != want {
			t.Errorf("got %d connections, want %d", got, want)
		}
	}
	for range 5 {
		wantSent(t, s, code())
	}
	connections(1)
	for _, act := range []smtptest.Action{smtptest.Drop, smtptest.Say("421 4.4.2 too long idle\r\n")} {
		server.Do(map[string]smtptest.Action{smtptest.NOOP: act})
		wantSent(t, s, code())
		server.Do(nil)
	}
	connections(3)
	s.Close()
	wantSent(t, s, code())
	wantSent(t, s, code())
	connections(5)
	c.IdleEnd = -1
	alone := newSender(t, c)
	wantSent(t, alone, code())
	wantSent(t, alone, code())
	connections(7)
	if got := len(server.Mails()); got != 11 {
		t.Errorf("got %d mails, want 11", got)
	}
}

// TestIdleEnd: a connection that nobody wants is ended.
func TestIdleEnd(t *testing.T) {
	server := smtptest.Start(t, smtptest.Script{})
	c := at(t, server.Addr)
	c.TLS, c.IdleEnd = smtpsender.InsecurePlain, time.Millisecond
	s := newSender(t, c)
	for end := time.Now().Add(time.Minute); server.Connections() < 3; time.Sleep(2 * time.Millisecond) {
		wantSent(t, s, code())
		if time.Now().After(end) {
			t.Fatal("a connection was never ended")
		}
	}
}

// TestConnectionsAreBounded: no more mails are under way at once than may be; the others
// wait, and one that waits for longer than it has fails.
func TestConnectionsAreBounded(t *testing.T) {
	server := smtptest.Start(t, smtptest.Script{At: map[string]smtptest.Action{smtptest.Text: smtptest.Hang}})
	c := at(t, server.Addr)
	c.TLS, c.Connections, c.Timeout = smtpsender.InsecurePlain, 3, 400*time.Millisecond
	s := newSender(t, c)
	errs := make(chan error, 20)
	var wg sync.WaitGroup
	for range cap(errs) {
		wg.Go(func() { errs <- s.Send(t.Context(), code()) })
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		if e := wantFailed(t, err, ""); !strings.Contains(e.Error(), "in time") {
			t.Errorf("got %v", e)
		}
	}
	if got := server.Connections(); got != 3 {
		t.Errorf("%d connections were made, want 3", got)
	}
	server.Do(nil)
	for range 20 {
		wg.Go(func() {
			if err := s.Send(t.Context(), code()); err != nil && !strings.Contains(err.Error(), "in time") {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

// TestUnreachable: a server that is not there, and a name that nobody has.
func TestUnreachable(t *testing.T) {
	server := smtptest.Start(t, smtptest.Script{})
	c := at(t, server.Addr)
	c.Addr = "localhost:1"
	if e := wantFailed(t, newSender(t, c).Send(t.Context(), code()), "connecting"); !strings.Contains(e.Error(), "refused") {
		t.Errorf("got %v", e)
	}
	c.Addr = "no-such-host.invalid:25"
	wantFailed(t, newSender(t, c).Send(t.Context(), code()), "connecting")
}
