package sallyport_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// failing is a sender that does what it does to all but one addressee.
type failing struct {
	good string
	how  func(ctx context.Context, end <-chan struct{}) error
	end  chan struct{} // of the test

	mu   sync.Mutex
	sent []sallyport.Message // to the good one
}

func (f *failing) Send(ctx context.Context, m sallyport.Message) error {
	if m.To != f.good {
		return f.how(ctx, f.end)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sent = append(f.sent, m)
	return nil
}

func (f *failing) code() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.sent[len(f.sent)-1].Code
}

// TestHungSenderDelaysNobody: while a sender hangs on 280 codes at once, or panics or errs on
// 40, of callers of one address, others there log in, by code and without, and wait for none of
// it. Whoever waits for a code that does not come is told so after five seconds at most.
func TestHungSenderDelaysNobody(t *testing.T) {
	for name, how := range map[string]func(context.Context, <-chan struct{}) error{
		"hangs":          func(ctx context.Context, _ <-chan struct{}) error { <-ctx.Done(); return ctx.Err() },
		"hangs for ever": func(_ context.Context, end <-chan struct{}) error { <-end; return nil },
		"panics":         func(context.Context, <-chan struct{}) error { panic("on its way") },
		"errs":           func(context.Context, <-chan struct{}) error { return errors.New("no") },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &failing{good: mail, how: how, end: make(chan struct{})}
				defer close(s.end)
				k := sallyporttest.New(t, sallyporttest.WithConfig(func(c *sallyport.Config) { c.Email = s }))
				marie := k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
				eve := k.AddUser(t, sallyporttest.User{Name: "eve"})
				var waits sync.WaitGroup
				owners := 70 // with four requests each: more than one address has of the calls that go on without their caller
				if !strings.HasPrefix(name, "hangs") {
					owners = 10 // these are over at once
				}
				for i := range owners {
					p := k.AddUser(t, sallyporttest.User{Name: fmt.Sprint("user", i), Email: fmt.Sprintf("user%d@example.com", i), EmailValidated: true})
					for range 4 {
						c := k.InProcess()
						a := c.Login(p.Name, p.Password).Want(t, wanted)
						waits.Go(func() {
							in := login(sallyport.Login{RequestID: a.RequestID, OptionID: option(t, a, "Email", "OTP")})
							r, err := k.Engine.Login(t.Context(), in)
							if err != nil || r.Status != unsent {
								t.Errorf("got %v, %v, want a message that was not sent", r, err)
							}
						})
					}
				}
				synctest.Wait() // all of them hang now, or have failed
				began := time.Now()
				c := k.InProcess()
				c.Login(eve.Name, eve.Password).Want(t, sallyport.Success)
				a := c.Choose(c.Login(marie.Name, marie.Password).Want(t, wanted), "Email", "OTP").Want(t, waiting)
				c.Answer(a, s.code()).Want(t, sallyport.Success)
				if took := time.Since(began); took != 0 {
					t.Errorf("the others took %s", took)
				}
				waits.Wait()
				if took := time.Since(began); strings.HasPrefix(name, "hangs") != (took == 5*time.Second) {
					t.Errorf("the messages took %s", took)
				}
			})
		})
	}
}
