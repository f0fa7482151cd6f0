package sallyport_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/password"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// TestP10LockedWhileWaiting: whoever waits while another node locks their name is
// told so, is charged for nothing, and costs no hash. Hashes are counted by the
// memory that each of them takes.
func TestP10LockedWhileWaiting(t *testing.T) {
	const queue, budget, hash = 40, 10, 8 << 20
	gate, open := newGate(t, 1, queue)
	var missed, refused atomic.Int64
	var config *sallyport.Config
	k := sallyporttest.New(t, sallyporttest.WithConfig(func(c *sallyport.Config) {
		config = c
		c.Gate = gate
		c.PasswordParams = password.InsecureParamsForTests()
		c.PasswordParams.Memory = hash >> 10
		c.OnEvent = func(ev sallyport.Event) {
			switch ev.Kind {
			case sallyport.EventWrongPassword, sallyport.EventLocked:
				missed.Add(1)
			case sallyport.EventRefusedLocked:
				refused.Add(1)
			}
		}
	}))
	p := k.AddUser(t, sallyporttest.User{Name: "victim"})
	flood := newParty(t)
	var locked atomic.Int64
	enter := func(v *visitor) (said, error) {
		r, err := k.Engine.Login(context.Background(), v.in)
		switch {
		case errors.Is(err, sallyport.ErrBusy):
			return saidBusy, nil
		case err != nil:
			return saidOther, err
		case r.Status == lockedOut:
			locked.Add(1)
			return saidOther, nil
		}
		return saidWrong, nil
	}
	for i := range queue + 1 {
		flood.send(enter, visitorOf(sallyporttest.ClientID, fmt.Sprint("198.51.100.", i), "", p.Name, fmt.Sprint("guess ", i)), nil)
	}
	flood.await(1) // so all others are in the queue
	node := *config
	node.Gate = nil // the gate of the process, where nobody stands
	other, err := sallyport.New(context.Background(), node)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	for i := range budget {
		v := visitorOf(sallyporttest.ClientID, "203.0.113.1", "", p.Name, fmt.Sprint("other guess ", i))
		if _, err := other.Login(context.Background(), v.in); err != nil {
			t.Fatal(err)
		}
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	open()
	flood.wg.Wait()
	runtime.ReadMemStats(&after)
	if got := float64(after.TotalAlloc-before.TotalAlloc) / hash; got >= 1 {
		t.Errorf("took the memory of %.1f hashes, want none", got)
	}
	if missed.Load() != budget || refused.Load() != queue {
		t.Errorf("charged %d and refused %d unheard, want %d and %d", missed.Load(), refused.Load(), budget, queue)
	}
	if flood.said[saidWrong] != 0 || locked.Load() != queue {
		t.Errorf("told %d that they were wrong and %d that the name is locked, want 0 and %d", flood.said[saidWrong], locked.Load(), queue)
	}
}
