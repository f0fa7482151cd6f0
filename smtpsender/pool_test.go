package smtpsender_test

import (
	"context"
	"strings"
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

// TestConnectionsAreBounded: no more mails are under way at once than may be. One more
// waits, fails if that is too long for it, and is sent once there is room.
func TestConnectionsAreBounded(t *testing.T) {
	server := smtptest.Start(t, smtptest.Script{At: map[string]smtptest.Action{smtptest.Text: smtptest.Hang}})
	c := at(t, server.Addr)
	c.TLS, c.Connections, c.Timeout = smtpsender.InsecurePlain, 3, 4900*time.Millisecond
	s := newSender(t, c)
	ctx, cancel := context.WithCancel(t.Context())
	errs := make(chan error, 3)
	for range cap(errs) {
		go func() { errs <- s.Send(ctx, code()) }()
	}
	awaitTexts(server, 3)
	hasty, cancelHasty := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancelHasty()
	wantFailed(t, s.Send(hasty, code()), "waiting for a connection")
	server.Do(nil)
	patient := make(chan error, 1)
	go func() { patient <- s.Send(t.Context(), code()) }()
	if got := server.Connections(); got != 3 {
		t.Errorf("%d connections were made, want 3", got)
	}
	cancel()
	for range cap(errs) {
		wantFailed(t, <-errs, "")
	}
	if err := <-patient; err != nil {
		t.Error(err)
	}
	if got := server.Connections(); got != 4 || len(server.Mails()) != 1 {
		t.Errorf("%d connections were made and %d mails taken, want one more and one", got, len(server.Mails()))
	}
}

// awaitTexts waits until a server has been told of as many texts.
func awaitTexts(server *smtptest.Server, n int) {
	for texts := 0; texts < n; time.Sleep(time.Millisecond) {
		texts = 0
		for _, command := range server.Commands() {
			if command == "DATA" {
				texts++
			}
		}
	}
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
