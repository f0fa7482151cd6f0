package sallyport_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/storetest"
)

// wantHeld fails the test unless a call is held, or is not. It is asked in a
// bubble, where nothing else is under way.
func wantHeld(t *testing.T, call <-chan sallyporttest.Answer, held bool) {
	t.Helper()
	synctest.Wait()
	select {
	case a := <-call:
		if held {
			t.Errorf("got %s, want the call held", a)
			return
		}
		a.Want(t, waiting)
	default:
		if !held {
			t.Error("the call is held, want it answered at once")
		}
	}
}

// loginElsewhere is a call 1 from an address of its own: from the same one it would
// end the link of the login before.
func loginElsewhere(c *sallyporttest.Client, p *sallyporttest.Person) sallyporttest.Answer {
	return c.Call(sallyport.Login{Username: p.Name, Password: p.Password, Address: fmt.Sprintf("198.51.100.%d", places.Add(1)%250)})
}

var places atomic.Int32

// chooseLink is a call that chooses the link of a login.
func chooseLink(c *sallyporttest.Client, a sallyporttest.Answer) <-chan sallyporttest.Answer {
	done := make(chan sallyporttest.Answer, 1)
	go func() { done <- c.Choose(a, "Email", "Link") }()
	return done
}

// TestHeldCalls: one call a request is held and three an account; others are
// answered at once, and a place is free again when its call has ended.
func TestHeldCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := sallyporttest.New(t)
		c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
		other := k.AddUser(t, sallyporttest.User{Name: "peter", Email: "peter@example.com", EmailValidated: true})
		begin := func(p *sallyporttest.Person) sallyporttest.Answer { return loginElsewhere(c, p).Want(t, wanted) }
		first := begin(p)
		held := []<-chan sallyporttest.Answer{chooseLink(c, first)}
		wantHeld(t, held[0], true)
		wantHeld(t, chooseLink(c, first), false) // the same request
		for range 2 {
			held = append(held, chooseLink(c, begin(p)))
			wantHeld(t, held[len(held)-1], true)
		}
		fourth := begin(p)
		wantHeld(t, chooseLink(c, fourth), false)
		held = append(held, chooseLink(c, begin(other)))
		wantHeld(t, held[len(held)-1], true)

		c.Deny(k.Outbox.Messages()[0].Link)
		(<-held[0]).Want(t, sallyport.Failure|sallyport.ProcessCanceled)
		again := chooseLink(c, fourth)
		wantHeld(t, again, true)
		k.Clock.Advance(90 * time.Second)
		for _, call := range append(held[1:], again) {
			(<-call).Want(t, dead)
		}
	})
}

// TestHeldCallCostsOneReadingATick: however many calls are held, they cost one
// reading each quarter of a second, and nothing else.
func TestHeldCallCostsOneReadingATick(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		counting := storetest.NewCounting(memstore.New())
		k := sallyporttest.New(t, sallyporttest.WithStore(counting))
		c := k.InProcess()
		var held []<-chan sallyporttest.Answer
		for i := range 4 {
			p := k.AddUser(t, sallyporttest.User{Name: fmt.Sprint("marie", i), Email: fmt.Sprint(i, mail), EmailValidated: true})
			held = append(held, chooseLink(c, c.Login(p.Name, p.Password).Want(t, wanted)))
			wantHeld(t, held[i], true)
		}
		counting.Reset()
		const ticks = 20
		time.Sleep(ticks * 250 * time.Millisecond) // the bubble's time
		synctest.Wait()
		want := storetest.Counts{Loads: ticks, Loaded: ticks * 3 * len(held)} // the request, its account, and what is open for it
		if got := counting.Counts(); got != want {
			t.Errorf("got %+v in %d ticks, want %+v", got, ticks, want)
		}
		k.Clock.Advance(90 * time.Second)
		for _, call := range held {
			(<-call).Want(t, dead)
		}
		counting.Reset()
		time.Sleep(time.Minute)
		if got := counting.Counts(); got.Loads > 1 {
			t.Errorf("got %+v while nobody is held, want nothing read", got)
		}
	})
}

// quickOwner is a mail server whose owner approves each link before the server
// says that it was sent.
type quickOwner struct{ k *sallyporttest.Kit }

func (q *quickOwner) Send(ctx context.Context, m sallyport.Message) error {
	token := linkToken(m.Link)
	v, err := q.k.Engine.ViewLink(ctx, token)
	if err != nil {
		return err
	}
	_, err = q.k.Engine.DecideLink(ctx, token, sallyport.LinkDecision{Nonce: v.Nonce, Approve: true})
	return err
}

// TestHeldCallMissesNothing: a link that is answered before its call is held is
// answered all the same.
func TestHeldCallMissesNothing(t *testing.T) {
	owner := &quickOwner{}
	k := sallyporttest.New(t, sallyporttest.WithConfig(func(c *sallyport.Config) { c.Email = owner }))
	owner.k = k
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
	a := c.Login(p.Name, p.Password).Want(t, wanted)
	c.Choose(a, "Email", "Link").Want(t, sallyport.Success)
}

// meanwhile is a mail server that has taken a message, and before it says so something else
// happens, once.
type meanwhile struct {
	sallyport.Sender
	do func() error
}

func (m *meanwhile) Send(ctx context.Context, msg sallyport.Message) error {
	do := m.do
	m.do = func() error { return nil }
	return errors.Join(m.Sender.Send(ctx, msg), do())
}

// before is an option of a kit that has it stand before the outbox.
func (m *meanwhile) before() sallyporttest.Option {
	m.do = func() error { return nil }
	return sallyporttest.WithConfig(func(c *sallyport.Config) { m.Sender, c.Email = c.Email, m })
}

// TestHeldCallOfTheDead: a call whose account or session has changed after its link was sent,
// and before it is held, is answered so at once: no further change would wake it.
func TestHeldCallOfTheDead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sender := &meanwhile{}
		k := sallyporttest.New(t, sender.before())
		for name, do := range map[string]func(id string) error{
			"its sessions end": func(id string) error { return setup(k).EndSessions(t.Context(), id) },
			"it is deleted":    func(id string) error { return setup(k).DeleteUser(t.Context(), id) },
			"it is disabled": func(id string) error {
				_, err := setup(k).UpdateUser(t.Context(), id, directory.UserChange{Disabled: new(true)})
				return err
			},
		} {
			p := k.AddUser(t, sallyporttest.User{Name: name, Email: name[len(name)-2:] + mail, EmailValidated: true})
			c := k.InProcess()
			a := c.Login(p.Name, p.Password).Want(t, wanted)
			sender.do = func() error { return do(p.ID) }
			call := chooseLink(c, a)
			synctest.Wait()
			select {
			case got := <-call:
				got.Want(t, dead)
			default:
				t.Errorf("%s: the call is held", name)
				k.Clock.Advance(90 * time.Second)
				<-call
			}
		}
	})
}

// TestHeldCallGivenUp: a caller who hangs up claims nothing, and leaves the
// place to the next call.
func TestHeldCallGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := sallyporttest.New(t)
		c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
		a := c.Login(p.Name, p.Password).Want(t, wanted)
		in := login(sallyport.Login{RequestID: a.RequestID, OptionID: option(t, a, "Email", "Link")})
		ctx, cancel := context.WithCancel(t.Context())
		gone := make(chan error, 1)
		go func() {
			_, err := k.Engine.Wait(ctx, in)
			gone <- err
		}()
		synctest.Wait()
		cancel()
		if err := <-gone; err == nil {
			t.Error("got a verdict for a call that was given up")
		}
		next := chooseLink(c, a)
		wantHeld(t, next, true)
		c.Approve(k.Outbox.LastLink(mail))
		(<-next).Want(t, sallyport.Success)
	})
}

// TestHeldCallEndsWithTheEpoch: a call that is held ends when its account's epoch
// moves, although nothing happened to its request.
func TestHeldCallEndsWithTheEpoch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := sallyporttest.New(t)
		c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
		held := chooseLink(c, c.Login(p.Name, p.Password).Want(t, wanted))
		wantHeld(t, held, true)
		k.EditUser(t, p.Name, func(u *directory.User) { u.Disabled = true })
		time.Sleep(250 * time.Millisecond) // the bubble's time: one tick
		synctest.Wait()
		select {
		case a := <-held:
			a.Want(t, dead)
		default:
			t.Error("the call is still held after a tick")
		}
	})
}

// TestHeldCallEndsWithTheEngine: a call that is held is answered as one that goes
// on waiting, and not tried again.
func TestHeldCallEndsWithTheEngine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := sallyporttest.New(t)
		c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
		held := chooseLink(c, c.Login(p.Name, p.Password).Want(t, wanted))
		wantHeld(t, held, true)
		k.Engine.Close()
		wantHeld(t, held, false)
	})
}

// TestWaitOverAHungStore: whichever reading of a call on a link hangs, the call
// has an end, as any other has.
func TestWaitOverAHungStore(t *testing.T) {
	for n := 1; n <= 3; n++ {
		synctest.Test(t, func(t *testing.T) {
			f := storetest.NewFaulty(memstore.New())
			k := sallyporttest.New(t, sallyporttest.WithStore(f))
			p := k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
			a := k.InProcess().Login(p.Name, p.Password).Want(t, wanted)
			in := login(sallyport.Login{RequestID: a.RequestID, OptionID: option(t, a, "Email", "Link")})
			f.Reset()
			f.At(storetest.Load, n, storetest.Delay(nil, nil))
			began := time.Now() // of the bubble
			_, err := k.Engine.Wait(context.Background(), in)
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("load %d: got %v, want %v", n, err, context.DeadlineExceeded)
			}
			if took := time.Since(began).Truncate(100 * time.Millisecond); took != 30*time.Second {
				t.Errorf("load %d: took %s, want 30 s", n, took)
			}
		})
	}
}

// TestWaitForWhatIsGone: a request whose record is gone when its call would be
// held is answered as any that nobody knows.
func TestWaitForWhatIsGone(t *testing.T) {
	m := memstore.New()
	f := storetest.NewFaulty(m)
	k := sallyporttest.New(t, sallyporttest.WithStore(f))
	p := k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
	a := k.InProcess().Login(p.Name, p.Password).Want(t, wanted)
	in := login(sallyport.Login{RequestID: a.RequestID, OptionID: option(t, a, "Email", "Link")})
	f.Reset()
	f.At(storetest.Load, 3, func(ctx context.Context, next func() error) error {
		_, err := m.Sweep(ctx, k.Clock.Now().Add(24*time.Hour), 1000)
		return errors.Join(err, next())
	})
	r, err := k.Engine.Wait(t.Context(), in)
	if err != nil || r.Status != dead {
		t.Errorf("got %v, %v, want %v", r, err, dead)
	}
	if n := f.Calls(storetest.Load); n < 4 {
		t.Errorf("got %d readings: the record was not gone when the call would have been held", n)
	}
}

// TestCloseWaitsForTheReading: the engine ends after the reading of held calls that
// is under way, so that the store may be closed then.
func TestCloseWaitsForTheReading(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := storetest.NewFaulty(memstore.New())
		k := sallyporttest.New(t, sallyporttest.WithStore(f))
		c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
		call := chooseLink(c, c.Login(p.Name, p.Password).Want(t, wanted))
		wantHeld(t, call, true)
		entered, release := make(chan struct{}), make(chan struct{})
		f.Reset()
		f.At(storetest.Load, 1, storetest.Delay(entered, release))
		<-entered
		closed := make(chan struct{})
		go func() {
			k.Engine.Close()
			close(closed)
		}()
		synctest.Wait()
		select {
		case <-closed:
			t.Error("the engine ended while it was reading the store")
		default:
		}
		close(release)
		<-closed
		<-call
	})
}
