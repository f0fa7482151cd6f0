package password_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sallyport-auth/sallyport/password"
)

func newGate(t testing.TB, permits, queue int) *password.Gate {
	t.Helper()
	g, err := password.NewGate(password.GateConfig{Permits: permits, Queue: queue})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// door is a gate in a synctest bubble, with callers that stay inside until they
// are let out.
type door struct {
	*testing.T
	gate   *password.Gate
	mu     sync.Mutex
	inside []string // callers, in the order they came in
	out    map[string]chan struct{}
	errs   map[string]error
}

func newDoor(t *testing.T, permits, queue int) *door {
	return &door{T: t, gate: newGate(t, permits, queue), out: map[string]chan struct{}{}, errs: map[string]error{}}
}

// come sends a caller "name@addr", or "name@addr#n" to tell it from others of
// the same name and address, and returns when it is inside, waits or was shed.
func (d *door) come(ctx context.Context, caller string) {
	who, _, _ := strings.Cut(caller, "#")
	name, addr, _ := strings.Cut(who, "@")
	out := make(chan struct{})
	d.out[caller] = out
	go func() {
		err := d.gate.Do(ctx, name, addr, func() {
			d.mu.Lock()
			d.inside = append(d.inside, caller)
			d.mu.Unlock()
			<-out
			d.mu.Lock()
			d.inside = slices.DeleteFunc(d.inside, func(c string) bool { return c == caller })
			d.mu.Unlock()
		})
		d.mu.Lock()
		d.errs[caller] = err
		d.mu.Unlock()
	}()
	synctest.Wait()
}

func (d *door) comeAll(callers ...string) {
	for _, c := range callers {
		d.come(context.Background(), c)
	}
}

func (d *door) leave(caller string) {
	close(d.out[caller])
	synctest.Wait()
}

func (d *door) wantInside(want ...string) {
	d.Helper()
	if !slices.Equal(d.inside, want) {
		d.Errorf("inside are %q, want %q", d.inside, want)
	}
}

func (d *door) wantErr(caller string, want error) {
	d.Helper()
	if err, done := d.errs[caller]; !done || !errors.Is(err, want) {
		d.Errorf("%s: ended %v with %v, want %v", caller, done, err, want)
	}
}

// empty lets all out, one at a time, and returns the order in which they went.
func (d *door) empty() (order []string) {
	for len(d.inside) > 0 {
		first := d.inside[0]
		order = append(order, first)
		d.leave(first)
	}
	return order
}

func bubble(t *testing.T, name string, f func(t *testing.T)) {
	t.Run(name, func(t *testing.T) { synctest.Test(t, f) })
}

func TestGatePermits(t *testing.T) {
	for permits := 1; permits <= 5; permits++ {
		bubble(t, fmt.Sprint(permits), func(t *testing.T) {
			d := newDoor(t, permits, 100)
			const callers = 20
			for i := range callers {
				d.comeAll(fmt.Sprintf("n%d@a%d", i, i%4))
			}
			for left := callers; left > 0; left-- {
				if want := min(permits, left); len(d.inside) != want {
					t.Fatalf("with %d left, %d are inside, want %d", left, len(d.inside), want)
				}
				d.leave(d.inside[0])
			}
		})
	}
}

func TestGateDefault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDoor(t, 0, 0)
		procs := runtime.GOMAXPROCS(0)
		for i := range procs + 256 {
			d.comeAll(fmt.Sprintf("n%d", i))
		}
		if len(d.inside) != procs {
			t.Errorf("%d are inside, want %d", len(d.inside), procs)
		}
		d.comeAll("late")
		d.wantErr("late", password.ErrOverloaded)
		d.empty()
	})
}

func TestGateOneAtATimeAName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDoor(t, 4, 100)
		d.comeAll("bob@a", "bob@b", "bob@c", "bob", "ann@a")
		d.wantInside("bob@a", "ann@a")
		d.leave("ann@a") // a permit more helps no bob
		d.wantInside("bob@a")
		d.leave("bob@a")
		d.wantInside("bob@b")
		d.empty()
	})
}

func TestGateOrder(t *testing.T) {
	for _, c := range []struct {
		name       string
		come, want string
	}{
		{"one line is in order", "x@a#1 x@a#2 x@a#3", "x@a#1 x@a#2 x@a#3"},
		{"addresses take turns", "x@a y@a z@a p@b q@b r@c", "x@a p@b r@c y@a q@b z@a"},
		{"a flood does not starve", "x1@a x2@a x3@a x4@a x5@a x6@a good@b", "x1@a good@b x2@a x3@a x4@a x5@a x6@a"},
		{"names of an address take turns", "x@a#1 x@a#2 x@a#3 y@a#1 y@a#2 z@a", "x@a#1 y@a#1 z@a x@a#2 y@a#2 x@a#3"},
		{"without address names take turns", "x#1 x#2 x#3 y#1 y#2 p@a q@a", "x#1 y#1 p@a x#2 y#2 q@a x#3"},
		{"a name is not an address", "b#1 b#2 x@b y@b", "b#1 x@b b#2 y@b"},
	} {
		bubble(t, c.name, func(t *testing.T) {
			d := newDoor(t, 1, 100)
			d.comeAll("first@first")
			d.comeAll(strings.Fields(c.come)...)
			d.leave("first@first")
			if got := strings.Join(d.empty(), " "); got != c.want {
				t.Errorf("order %q, want %q", got, c.want)
			}
		})
	}
}

// TestGateKeepsTurn: whose name is inside is passed over and is the next when it
// is not.
func TestGateKeepsTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDoor(t, 2, 100)
		d.comeAll("bob@a", "x@b", "bob@c", "y@d", "z@e")
		d.leave("x@b")
		d.wantInside("bob@a", "y@d")
		d.leave("bob@a")
		d.wantInside("y@d", "bob@c")
		d.empty()
	})
}

func TestGateShares(t *testing.T) {
	bubble(t, "an address has a quarter", func(t *testing.T) {
		d := newDoor(t, 1, 16)
		d.comeAll("first@first", "x1@a", "x2@a", "x3@a", "x4@a", "x5@a")
		d.wantErr("x5@a", password.ErrOverloaded)
		d.comeAll("good@b")
		d.leave("first@first")
		d.wantInside("x1@a")
		d.leave("x1@a")
		d.wantInside("good@b")
		d.comeAll("x5@a#2") // room again
		if err, done := d.errs["x5@a#2"]; done {
			t.Errorf("ended with %v, want it to wait", err)
		}
		d.empty()
	})
	bubble(t, "a name has a quarter", func(t *testing.T) {
		d := newDoor(t, 1, 16)
		d.comeAll("bob@0", "bob@1", "bob@2", "bob@3", "bob@4", "bob@5")
		d.wantErr("bob@5", password.ErrOverloaded)
		d.comeAll("good@5")
		d.empty()
		d.wantErr("good@5", nil)
	})
	bubble(t, "a name has a quarter also without address", func(t *testing.T) {
		d := newDoor(t, 1, 16)
		d.comeAll("bob", "bob#1", "bob#2", "bob#3", "bob#4")
		if len(d.errs) != 0 {
			t.Errorf("ended: %v, want four to wait", d.errs)
		}
		d.comeAll("bob#5")
		d.wantErr("bob#5", password.ErrOverloaded)
		d.empty()
	})
	bubble(t, "one address cannot use up a name", func(t *testing.T) {
		d := newDoor(t, 1, 16)
		d.comeAll("bob@evil", "bob@evil#2", "bob@evil#3", "bob@evil#4")
		d.wantErr("bob@evil#4", password.ErrOverloaded)
		d.comeAll("bob@home")
		d.leave("bob@evil")
		d.leave("bob@evil#2")
		d.wantInside("bob@home")
		d.empty()
	})
	bubble(t, "an unknown address is not limited", func(t *testing.T) {
		d := newDoor(t, 1, 16)
		d.comeAll("first")
		for i := range 16 {
			d.comeAll(fmt.Sprintf("n%d", i))
		}
		if len(d.errs) != 0 {
			t.Errorf("ended: %v, want all 16 to wait", d.errs)
		}
		d.empty()
	})
	bubble(t, "a queue of one", func(t *testing.T) {
		d := newDoor(t, 1, 1)
		d.comeAll("x@a", "y@b", "z@c")
		d.wantErr("z@c", password.ErrOverloaded)
		d.empty()
		d.wantErr("y@b", nil)
	})
}

// TestGateFullQueue: a full queue sheds, but a caller who need not wait is not
// refused for it.
func TestGateFullQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDoor(t, 5, 4)
		d.comeAll("a@1", "b@2", "c@3", "d@4")
		d.comeAll("a@5", "b@6", "c@7", "d@8") // their names are inside: the queue is full
		d.comeAll("a@9")
		d.wantErr("a@9", password.ErrOverloaded)
		d.comeAll("e@9") // the fifth permit is free
		d.wantInside("a@1", "b@2", "c@3", "d@4", "e@9")
		d.comeAll("f@9")
		d.wantErr("f@9", password.ErrOverloaded)
		d.empty()
		d.comeAll("f@9#2")
		d.wantInside("f@9#2")
		d.empty()
	})
}

func TestGateCancel(t *testing.T) {
	bubble(t, "before", func(t *testing.T) {
		d := newDoor(t, 1, 4)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		d.come(ctx, "x@a")
		d.wantInside()
		d.wantErr("x@a", context.Canceled)
	})
	bubble(t, "while waiting", func(t *testing.T) {
		d := newDoor(t, 1, 4)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		d.comeAll("x@a")
		d.come(ctx, "y@b")
		d.comeAll("z@c")
		time.Sleep(2 * time.Second)
		synctest.Wait()
		d.wantErr("y@b", context.DeadlineExceeded)
		d.comeAll("y@b#2", "v@d", "w@e") // its place is free again
		d.leave("x@a")
		if got, want := d.empty(), []string{"z@c", "y@b#2", "v@d", "w@e"}; !slices.Equal(got, want) {
			t.Errorf("order %q, want %q", got, want)
		}
	})
	bubble(t, "inside", func(t *testing.T) {
		d := newDoor(t, 1, 4)
		ctx, cancel := context.WithCancel(t.Context())
		d.come(ctx, "x@a")
		d.comeAll("y@b")
		cancel()
		synctest.Wait()
		d.wantInside("x@a") // still, and alone
		d.leave("x@a")
		d.wantErr("x@a", nil)
		d.wantInside("y@b")
		d.empty()
	})
}

func TestGatePanic(t *testing.T) {
	g := newGate(t, 1, 1)
	func() {
		defer func() {
			if got := recover(); got != "boom" {
				t.Errorf("recovered %v, want boom", got)
			}
		}()
		_ = g.Do(t.Context(), "x", "a", func() { panic("boom") })
	}()
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		_ = g.Do(t.Context(), "x", "a", runtime.Goexit)
	}()
	<-gone
	ran := false
	if err := g.Do(t.Context(), "x", "a", func() { ran = true }); !ran || err != nil {
		t.Errorf("after a panic: ran %v, %v, want true, nil", ran, err)
	}
}

// TestGateStress lets callers come and give up at every moment, above all at the
// one at which they are called, and looks for a lost permit or name.
func TestGateStress(t *testing.T) {
	const permits, callers, rounds = 3, 32, 300
	g := newGate(t, permits, 16)
	var inside, ran atomic.Int64
	var names [5]atomic.Int64
	var wg sync.WaitGroup
	for c := range callers {
		wg.Go(func() {
			for r := range rounds {
				n := (c + r) % len(names)
				ctx, cancel := context.WithCancel(t.Context())
				if (c*r)%3 == 0 {
					go cancel()
				}
				_ = g.Do(ctx, fmt.Sprint(n), fmt.Sprint(c%7), func() {
					if got := inside.Add(1); got > permits {
						t.Errorf("%d inside, want at most %d", got, permits)
					}
					if got := names[n].Add(1); got != 1 {
						t.Errorf("%d of one name inside, want 1", got)
					}
					runtime.Gosched()
					names[n].Add(-1)
					inside.Add(-1)
					ran.Add(1)
				})
				cancel()
			}
		})
	}
	wg.Wait()
	if ran.Load() == 0 {
		t.Error("nobody got in")
	}
	// All permits must be there at the end, and no name inside or waiting.
	all := make(chan struct{})
	var arrived sync.WaitGroup
	arrived.Add(permits)
	for i := range permits {
		wg.Go(func() {
			if err := g.Do(t.Context(), fmt.Sprint(i), "", func() { arrived.Done(); <-all }); err != nil {
				t.Errorf("afterwards: %v", err)
				arrived.Done()
			}
		})
	}
	arrived.Wait()
	close(all)
	wg.Wait()
}

// TestGateForgets sends 8 MB of names through the queue and wants them gone.
func TestGateForgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDoor(t, 1, 4)
		d.comeAll("first")
		heap := func() uint64 {
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			return m.HeapAlloc
		}
		before := heap()
		for i := range 2000 {
			ctx, cancel := context.WithCancel(t.Context())
			name := fmt.Sprintf("%04096d", i)
			go func() {
				if err := d.gate.Do(ctx, name, name, func() {}); !errors.Is(err, context.Canceled) {
					t.Errorf("Do = %v, want %v", err, context.Canceled)
				}
			}()
			synctest.Wait()
			cancel()
			synctest.Wait()
		}
		if after := heap(); after > before+2<<20 {
			t.Errorf("%d bytes are kept, want about none", after-before)
		}
		d.empty()
		runtime.KeepAlive(d)
	})
}

func TestGateConfig(t *testing.T) {
	for _, c := range []password.GateConfig{{Permits: -1}, {Queue: -1}} {
		if g, err := password.NewGate(c); g != nil || err == nil {
			t.Errorf("NewGate(%+v) = %v, %v, want an error", c, g, err)
		}
	}
	var zero password.Gate
	if err := zero.Do(t.Context(), "x", "a", func() { t.Error("the zero gate let somebody in") }); !errors.Is(err, password.ErrOverloaded) {
		t.Errorf("the zero gate: %v, want %v", err, password.ErrOverloaded)
	}
}

// BenchmarkGate measures 64 callers of 64 names: the gate alone, and around a
// hash of the default cost.
func BenchmarkGate(b *testing.B) {
	hash, err := password.Hash("secret")
	if err != nil {
		b.Fatal(err)
	}
	for name, work := range map[string]func(){
		"empty":  func() {},
		"verify": func() { _, _ = password.Verify(hash, "secret") },
	} {
		b.Run(name, func(b *testing.B) {
			g := newGate(b, 0, 0)
			var callers atomic.Int64
			b.SetParallelism(max(1, 64/runtime.GOMAXPROCS(0)))
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				who := fmt.Sprint(callers.Add(1))
				for pb.Next() {
					if err := g.Do(context.Background(), who, who, work); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}
