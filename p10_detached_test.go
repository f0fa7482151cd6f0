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
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/memstore"
)

// stuck is a store whose readings wait, once it is told so.
type stuck struct {
	store.Store
	on      atomic.Bool
	readers atomic.Int64
}

func (s *stuck) Load(ctx context.Context, keys ...string) ([]store.Record, error) {
	if s.on.Load() {
		s.readers.Add(1)
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return s.Store.Load(ctx, keys...)
}

// TestP10Detached: of the calls that run on without their caller there are 256 of
// one group and 1,024 in all. The others look at nothing and are told to come
// again.
func TestP10Detached(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &stuck{Store: memstore.New()}
		k := sallyporttest.New(t, sallyporttest.WithStore(s))
		var busy, late atomic.Int64
		s.on.Store(true)
		guess := func(address string) {
			_, err := k.Engine.Login(context.Background(), login(sallyport.Login{RequestID: id(1), OptionID: id(2), Code: "123456", Address: address}))
			switch {
			case errors.Is(err, sallyport.ErrBusy):
				busy.Add(1)
			case errors.Is(err, context.DeadlineExceeded):
				late.Add(1)
			default:
				t.Errorf("from %s: got %v", address, err)
			}
		}
		for group := range 6 {
			for range 300 {
				go guess(fmt.Sprint("192.0.2.", group+1))
			}
			synctest.Wait()
			if got, want := s.readers.Load(), int64(min(256*(group+1), 1024)); got != want {
				t.Errorf("%d groups of 300: got %d inside, want %d", group+1, got, want)
			}
		}
		time.Sleep(time.Minute) // the bubble's: every call has had its time
		synctest.Wait()
		if busy.Load() != 1800-1024 || late.Load() != 1024 {
			t.Errorf("got %d put off and %d that ran out of time, want %d and 1024", busy.Load(), late.Load(), 1800-1024)
		}
		s.on.Store(false)
	})
}

// TestP10DetachedPassword: a password whose caller has its turn at the gate and no
// place among the calls that run on alone is not looked at, and not charged.
func TestP10DetachedPassword(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &stuck{Store: memstore.New()}
		var charged atomic.Int64
		k := sallyporttest.New(t, sallyporttest.WithStore(s), charges(&charged))
		p := k.AddUser(t, sallyporttest.User{Name: "paul"})
		const crowded, free = "192.0.2.1", "203.0.113.1"
		s.on.Store(true)
		for range 256 {
			go k.Engine.Login(context.Background(), login(sallyport.Login{RequestID: id(1), OptionID: id(2), Code: "123456", Address: crowded}))
		}
		synctest.Wait()
		s.on.Store(false)
		for _, pw := range []string{"wrong", p.Password} {
			_, err := k.Engine.Login(t.Context(), login(sallyport.Login{Username: p.Name, Password: pw, Address: crowded}))
			if !errors.Is(err, sallyport.ErrBusy) {
				t.Errorf("from the crowded address: got %v, want %v", err, sallyport.ErrBusy)
			}
		}
		if charged.Load() != 0 {
			t.Errorf("charged %d times", charged.Load())
		}
		r, err := k.Engine.Login(t.Context(), login(sallyport.Login{Username: p.Name, Password: p.Password, Address: free}))
		if err != nil || r.Tokens == nil {
			t.Errorf("from another address: got %v, %v, want tokens", r, err)
		}
		time.Sleep(time.Minute) // the bubble's: the crowd has had its time
		synctest.Wait()
	})
}
