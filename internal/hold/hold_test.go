package hold_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sallyport-auth/sallyport/internal/hold"
)

// records is a store of versions.
type records struct {
	mu       sync.Mutex
	versions map[string]uint64
	fault    func() error
	reads    int
}

func (r *records) read(_ context.Context, keys ...string) ([]uint64, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reads++
	if r.fault != nil {
		if err := r.fault(); err != nil {
			return nil, err
		}
	}
	var out []uint64
	for _, k := range keys {
		out = append(out, r.versions[k])
	}
	return out, nil
}

func (r *records) set(key string, version uint64, fault func() error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.versions[key], r.fault = version, fault
}

type bench struct {
	*hold.Calls
	records *records
	done    chan struct{}
	faults  int
}

func newBench() *bench {
	b := &bench{records: &records{versions: map[string]uint64{}}, done: make(chan struct{})}
	b.Calls = hold.New(hold.Config{
		Every: time.Second, PerAccount: 2, PerProcess: 3, PerGuests: 1, Reading: time.Minute, Read: b.records.read,
		Now: time.Now, Failed: func(error) { b.faults++ }, Done: b.done,
	})
	return b
}

func (b *bench) close() {
	close(b.done)
	b.Wait()
}

func call(id, account string) *hold.Call {
	return &hold.Call{ID: id, Account: account, Records: []hold.Record{{Key: "r/" + id}, {Key: "a/" + account}}, Ends: time.Now().Add(time.Hour)}
}

func changed(c *hold.Call) bool {
	select {
	case <-c.Changed():
		return true
	default:
		return false
	}
}

// TestEnter: one call for each thing, two of an account, three of a process.
func TestEnter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench()
		first, second := call("1", "a"), call("2", "a")
		for _, s := range []struct {
			c    *hold.Call
			want bool
		}{
			{first, true}, {call("1", "b"), false}, {second, true}, {call("3", "a"), false}, {call("4", "b"), true}, {call("5", "c"), false},
		} {
			if got := b.Enter(s.c); got != s.want {
				t.Errorf("call %s of %s: got %v, want %v", s.c.ID, s.c.Account, got, s.want)
			}
		}
		b.Leave(first)
		b.Leave(first)
		if !b.Enter(call("1", "a")) || b.Enter(call("6", "c")) {
			t.Error("leaving twice made more than one place, or none")
		}
		b.close()
		b.Leave(second)
		if b.Enter(call("7", "d")) {
			t.Error("held after it was done")
		}
	})
}

// TestGuests: one guest is held and no other, whoever else waits; when it has left or was
// woken the next is.
func TestGuests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench()
		defer b.close()
		guest := func(id string) *hold.Call {
			c := call(id, "a"+id)
			c.Guest = true
			return c
		}
		first, second := guest("1"), guest("2")
		if !b.Enter(first) || b.Enter(second) || !b.Enter(call("3", "b")) || !b.Enter(call("4", "b")) {
			t.Error("want one guest held, and the others that are none")
		}
		b.Leave(second) // which was not held
		if b.Enter(second) {
			t.Error("two guests are held")
		}
		b.Leave(first)
		b.Leave(first)
		if !b.Enter(second) {
			t.Error("the place of a guest who left is not free")
		}
		b.records.set("r/2", 7, nil)
		time.Sleep(time.Second)
		synctest.Wait()
		b.Leave(second) // it was woken, so it has left
		if !changed(second) || !b.Enter(first) || b.Enter(guest("5")) {
			t.Error("the place of a guest who was woken is free more than once, or not at all")
		}
	})
}

// TestChanged: a call is woken by each record that it watches, by its end, and by
// nothing else.
func TestChanged(t *testing.T) {
	for _, s := range []struct {
		name string
		key  string
		wait time.Duration
		want bool
	}{
		{"nothing", "r/other", time.Minute, false},
		{"its record", "r/1", time.Second, true},
		{"its account", "a/a", time.Second, true},
		{"its end", "", time.Hour, true},
	} {
		t.Run(s.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench()
				defer b.close()
				c, other := call("1", "a"), call("2", "b")
				other.Ends = other.Ends.Add(time.Hour)
				b.Enter(c)
				b.Enter(other)
				b.records.set(s.key, 7, nil)
				time.Sleep(s.wait)
				synctest.Wait()
				if got := changed(c); got != s.want {
					t.Errorf("got %v, want %v", got, s.want)
				}
				if changed(other) {
					t.Error("another call was woken too")
				}
			})
		})
	}
}

// TestReadings: one a tick however many calls, none when none is held, and one
// that fails or panics ends nothing.
func TestReadings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench()
		defer b.close()
		c, d := call("1", "a"), call("2", "b")
		b.Enter(c)
		b.Enter(d)
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if b.records.reads != 5 {
			t.Errorf("got %d readings in 5 ticks, want 5", b.records.reads)
		}
		b.records.set("r/1", 0, func() error { return errors.New("down") })
		time.Sleep(time.Second)
		b.records.set("r/1", 0, func() error { panic("store") })
		time.Sleep(time.Second)
		synctest.Wait()
		if b.faults != 2 || changed(c) {
			t.Errorf("got %d faults and woken %v, want 2 and the call still held", b.faults, changed(c))
		}
		b.records.set("r/1", 1, nil)
		time.Sleep(time.Second)
		synctest.Wait()
		if !changed(c) {
			t.Error("not woken after a reading that worked again")
		}
		b.Leave(d)
		before := b.records.reads
		time.Sleep(time.Minute)
		if got := b.records.reads - before; got != 0 {
			t.Error(fmt.Sprint(got, " readings while no call is held"))
		}
	})
}
