package sallyport_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/password"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/storetest"
)

// TestClockStandsStill: where the clock goes back a little, the engine waits for
// it to catch up.
func TestClockStandsStill(t *testing.T) {
	k := sallyporttest.New(t)
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "paul"})
	k.Clock.Advance(time.Hour)
	c.Login(p.Name, p.Password).Want(t, sallyport.Success)
	late := k.Clock.Now()
	for _, now := range []time.Time{late.Add(-5 * time.Second), late.Add(-1), late, late.Add(1)} {
		k.Clock.Set(now)
		c.Login(p.Name, p.Password).Want(t, sallyport.Success)
		want := late
		if now.After(late) {
			want = now
		}
		all := k.Events()
		if got := all[len(all)-1].Time; !got.Equal(want) {
			t.Errorf("at %v: got the event at %v, want %v", now, got, want)
		}
	}
}

// TestClose: an engine that was closed answers every call with one error, may
// be closed again, and leaves the store open.
func TestClose(t *testing.T) {
	k := sallyporttest.New(t)
	p := k.AddUser(t, sallyporttest.User{Name: "paul"})
	granted := k.InProcess().Login(p.Name, p.Password).Want(t, sallyport.Success)
	for range 2 {
		if err := k.Engine.Close(); err != nil {
			t.Fatalf("closing: %v", err)
		}
	}
	e, ctx := k.Engine, t.Context()
	first := login(sallyport.Login{Username: p.Name, Password: p.Password})
	later := login(sallyport.Login{RequestID: granted.RequestID})
	call := pending(granted)
	nonce := sallyport.LinkDecision{Nonce: "x", Approve: true}
	for name, err := range map[string]error{
		"Login":                errorOf(e.Login(ctx, first)),
		"Login with a request": errorOf(e.Login(ctx, later)),
		"Wait":                 errorOf(e.Wait(ctx, first)),
		"Refresh":              k.InProcess().Refresh(granted.Tokens.RefreshToken).Err,
		"Verify":               errorOf(e.Verify(ctx, granted.Tokens.AccessToken)),
		"TokenUser":            errorOf(e.TokenUser(ctx, granted.Tokens.AccessToken)),
		"UserInfo":             errorOf(e.UserInfo(ctx, granted.Tokens.AccessToken)),
		"JWKS":                 errorOf(e.JWKS(ctx)),
		"BeginTOTP":            errorOf(e.BeginTOTP(ctx, call)),
		"ConfirmTOTP":          errorOf(e.ConfirmTOTP(ctx, call, "1")),
		"SendVerification":     errorOf(e.SendVerification(ctx, call, mfa.Email, mail)),
		"ConfirmVerification":  errorOf(e.ConfirmVerification(ctx, call, mfa.Email, "1")),
		"EnrollmentProgress":   errorOf(e.Enrollment(ctx, call)),
		"CancelEnrollment":     k.InProcess().CancelEnrollment(granted).Err,
		"OpenEnrollmentPage":   errorOf(e.OpenEnrollmentPage(ctx, call)),
		"Link":                 errorOf(e.ViewLink(ctx, strings.Repeat("a", 64))),
		"Link to undo":         errorOf(e.ViewLink(ctx, "u"+strings.Repeat("a", 64))),
		"Maintain":             e.Maintain(ctx),
	} {
		if !errors.Is(err, sallyport.ErrClosed) {
			t.Errorf("%s: got %v, want %v", name, err, sallyport.ErrClosed)
		}
	}
	if o, err := e.DecideLink(ctx, strings.Repeat("a", 64), nonce); err == nil {
		t.Errorf("DecideLink: got %v, want an error", o)
	}
	k.Node().InProcess().Login(p.Name, p.Password).Want(t, sallyport.Success)
}

func errorOf[T any](_ T, err error) error { return err }

// TestCloseAnswersHeldCalls: a call that waits for a link is answered when the
// engine ends, and claims nothing.
func TestCloseAnswersHeldCalls(t *testing.T) {
	k := sallyporttest.New(t)
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
	a := c.Login(p.Name, p.Password).Want(t, wanted)
	h := c.WaitLink(a, "Email")
	if err := k.Engine.Close(); err != nil {
		t.Fatal(err)
	}
	h.Answer().Want(t, waiting)
	node := k.Node().InProcess()
	node.Approve(h.Link)
	node.Choose(a, "Email", "Link").Want(t, sallyport.Success)
}

// TestCloseWaitsForNotices: a notice that is being sent goes out before the
// end.
func TestCloseWaitsForNotices(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := sallyporttest.New(t)
		c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
		a := c.Choose(c.Login(p.Name, p.Password), "Email", "OTP").Want(t, waiting)
		entered, release := k.Outbox.Block()
		for i := range 5 {
			c.Answer(a, fmt.Sprint(i)).Want(t, wrong)
		}
		<-entered
		closed := false
		go func() {
			k.Engine.Close()
			closed = true
		}()
		synctest.Wait()
		if closed {
			t.Error("the engine ended while a notice was being sent")
		}
		release()
		synctest.Wait()
		if m := k.Outbox.Last(mail); !closed || m.Kind != "notice" {
			t.Errorf("got a %s, closed %v, want the notice of the wrong codes and then the end", m.Kind, closed)
		}
	})
}

// panicking is a sender that panics with what nobody may be told.
type panicking struct{}

func (panicking) Send(context.Context, sallyport.Message) error { panic("secret in a panic") }

// TestSenderPanics: a sender that panics has failed to send, and nothing else
// happens.
func TestSenderPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := sallyporttest.New(t, sallyporttest.WithConfig(func(c *sallyport.Config) { c.Email = panicking{} }))
		c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true, TOTP: true})
		a := c.Login(p.Name, p.Password).Want(t, wanted)
		c.Choose(a, "Email", "OTP").Want(t, unsent)
		c.Choose(a, "Email", "Link").Want(t, unsent)
		c.SendVerification(a.RequestID, "SMS", phone).Want(t, false)
		e := c.SendVerification(c.Login(p.Name, p.Password).RequestID, "Email", "new@example.com")
		e.WantRefused(t, string(sallyport.EnrollmentFailedSending))
		c.AnswerWith(a, "MicrosoftAuthenticator", "OTP", p.Authenticator.Code()).Want(t, sallyport.Success)

		a = c.Login(p.Name, p.Password).Want(t, wanted)
		for i := range 5 { // whose notice panics behind the answer's back
			c.AnswerWith(a, "MicrosoftAuthenticator", "OTP", fmt.Sprint(i)).Want(t, wrong)
		}
		synctest.Wait()
		if !strings.Contains(k.Logs(), "a notice could not be sent") {
			t.Error("the operator is not told of the notice")
		}
		if strings.Contains(k.Logs(), "secret in a panic") {
			t.Error("what was panicked with was told")
		}
	})
}

// TestStorePanics: a store that panics denies, at every call of a login, and
// the operator is told where and not with what.
func TestStorePanics(t *testing.T) {
	f := storetest.NewFaulty(memstore.New())
	k := sallyporttest.New(t, sallyporttest.WithStore(f))
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "paul"})
	for n := 1; ; n++ {
		f.Reset()
		f.At(storetest.Any, n, storetest.Panic("secret in a panic"))
		a := c.Login(p.Name, p.Password)
		if f.Calls(storetest.Any) < n {
			a.Want(t, sallyport.Success)
			break
		}
		if a.Granted() || a.Err == nil || strings.Contains(a.Err.Error(), "secret") {
			t.Errorf("call %d: got %v, %v, want an error that tells nothing", n, a, a.Err)
		}
	}
	if logs := k.Logs(); !strings.Contains(logs, "a call panicked") || strings.Contains(logs, "secret in a panic") {
		t.Errorf("the operator should be told of the panic and not of its value")
	}
}

// TestHandlerOfEventsPanics: what the host's handler does, it does to a call
// that has committed; the call has an error and hands nothing out.
func TestHandlerOfEventsPanics(t *testing.T) {
	var kinds []sallyport.EventKind
	k := sallyporttest.New(t, sallyporttest.WithConfig(func(c *sallyport.Config) {
		c.OnEvent = func(ev sallyport.Event) {
			if kinds = append(kinds, ev.Kind); ev.Kind == sallyport.EventLogin {
				panic("secret in a panic")
			}
		}
	}))
	p := k.AddUser(t, sallyporttest.User{Name: "paul"})
	if a := k.InProcess().Login(p.Name, p.Password); a.Granted() || a.Err == nil || strings.Contains(a.Err.Error(), "secret") {
		t.Errorf("got %v, %v, want an error that tells nothing", a, a.Err)
	}
	if !slices.Contains(kinds, sallyport.EventLogin) {
		t.Errorf("got events %q, want the login", kinds)
	}
}

// TestCloseEndsTheQueue: whoever waits for a hash when the engine closes is told
// so, before anything was looked at.
func TestCloseEndsTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate, err := password.NewGate(password.GateConfig{Permits: 1})
		if err != nil {
			t.Fatal(err)
		}
		var charged atomic.Int64
		k := sallyporttest.New(t, charges(&charged), sallyporttest.WithConfig(func(c *sallyport.Config) { c.Gate = gate }))
		p := k.AddUser(t, sallyporttest.User{Name: "paul"})
		release, done := make(chan struct{}), make(chan error)
		go gate.Do(context.Background(), password.Place{Name: "another"}, func(bool) { <-release })
		synctest.Wait()
		go func() {
			_, err := k.Engine.Login(context.Background(), login(sallyport.Login{Username: p.Name, Password: "wrong"}))
			done <- err
		}()
		synctest.Wait()
		k.Engine.Close()
		if err := <-done; !errors.Is(err, sallyport.ErrClosed) {
			t.Errorf("got %v, want %v", err, sallyport.ErrClosed)
		}
		if charged.Load() != 0 {
			t.Error("what was not looked at was charged")
		}
		close(release)
	})
}

// TestCloseWaitsForTheDetached: a call that has looked at a secret commits before
// Close returns, so that the store may be closed after it.
func TestCloseWaitsForTheDetached(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := storetest.NewFaulty(memstore.New())
		var charged atomic.Int64
		k := sallyporttest.New(t, sallyporttest.WithStore(f), charges(&charged))
		p := k.AddUser(t, sallyporttest.User{Name: "paul"})
		entered, release := make(chan struct{}, 1), make(chan struct{})
		f.Reset()
		f.At(storetest.Commit, 1, storetest.Delay(entered, release))
		var call sync.WaitGroup
		call.Go(func() {
			k.Engine.Login(t.Context(), login(sallyport.Login{Username: p.Name, Password: "wrong"}))
		})
		<-entered
		closed := make(chan struct{})
		go func() {
			k.Engine.Close()
			close(closed)
		}()
		synctest.Wait()
		select {
		case <-closed:
			t.Error("Close did not wait for the commit of a charge")
		default:
		}
		close(release)
		<-closed
		if charged.Load() != 1 {
			t.Errorf("charged %d times, want once", charged.Load())
		}
		call.Wait() // its answer may come a few milliseconds after its commit
	})
}

// TestNewOverAHungStore: making an engine over a store that does not answer ends.
func TestNewOverAHungStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := storetest.NewFaulty(memstore.New())
		f.At(storetest.Load, 1, storetest.Delay(nil, nil))
		began := time.Now() // of the bubble
		_, err := sallyport.New(context.Background(), sallyport.Config{Store: f, InsecurePlainStore: true, Issuer: "http://127.0.0.1"})
		if took := time.Since(began); !errors.Is(err, context.DeadlineExceeded) || took != 30*time.Second {
			t.Errorf("got %v after %s, want %v after 30 s", err, took, context.DeadlineExceeded)
		}
	})
}

// TestLeft: whoever left while something was looked up is told that they did, not what
// broke with it.
func TestLeft(t *testing.T) {
	faulty := storetest.NewFaulty(memstore.New())
	k := sallyporttest.New(t, sallyporttest.WithStore(faulty))
	ctx, leave := context.WithCancel(t.Context())
	faulty.Reset()
	faulty.At(storetest.Load, 1, func(context.Context, func() error) error {
		leave()
		return errors.New("connection lost")
	})
	if _, err := k.Engine.JWKS(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}
