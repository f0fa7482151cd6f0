package password_test

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

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
	inside []string // callers, in the order in which they went in
	order  []string // the same of all that ever did
	waited map[string]bool
	out    map[string]chan struct{}
	errs   map[string]error
}

func newDoor(t *testing.T, permits, queue int) *door {
	return &door{T: t, gate: newGate(t, permits, queue), waited: map[string]bool{}, out: map[string]chan struct{}{}, errs: map[string]error{}}
}

// come sends a caller, as placeOf reads it, and returns when it is inside, waits
// or was refused.
func (d *door) come(ctx context.Context, caller string) {
	out := make(chan struct{})
	d.out[caller] = out
	go func() {
		err := d.gate.Do(ctx, placeOf(caller), func(waited bool) {
			d.mu.Lock()
			d.inside = append(d.inside, caller)
			d.order = append(d.order, caller)
			d.waited[caller] = waited
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

// placeOf reads "name@where", or "name@where#n" to tell a caller from others at
// the same place. Where is an IP address, "~" and a client, or a word, which
// stands for some IPv4 address of its own.
func placeOf(caller string) password.Place {
	who, _, _ := strings.Cut(caller, "#")
	name, where, _ := strings.Cut(who, "@")
	client, isClient := strings.CutPrefix(where, "~")
	switch {
	case where == "" || isClient:
		return password.Place{Name: name, Client: client}
	case strings.ContainsAny(where, ".:"):
		return password.Place{Name: name, Address: where, Client: "any"}
	}
	h := fnv.New32()
	h.Write([]byte(where))
	sum := h.Sum32()
	return password.Place{Name: name, Address: fmt.Sprintf("10.%d.%d.%d", sum>>16&255, sum>>8&255, sum&255)}
}

func (d *door) comeAll(callers ...string) {
	for _, c := range callers {
		d.come(context.Background(), c)
	}
}

// comeStoppable is come with a caller that hangs up when stop is called.
func (d *door) comeStoppable(caller string) (stop func()) {
	ctx, cancel := context.WithCancel(d.Context())
	d.come(ctx, caller)
	return func() {
		cancel()
		synctest.Wait()
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

// abandon lets all out whatever the gate does, so that no goroutine is left.
func (d *door) abandon() {
	for _, out := range d.out {
		select {
		case <-out:
		default:
			close(out)
		}
	}
	synctest.Wait()
}

// refused returns how many ended with ErrOverloaded.
func (d *door) refused() (n int) {
	for _, err := range d.errs {
		if errors.Is(err, password.ErrOverloaded) {
			n++
		}
	}
	return n
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

func TestGateWaited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDoor(t, 2, 100)
		d.comeAll("x@a", "y@a", "x@b", "z@c")
		d.empty()
		want := map[string]bool{"x@a": false, "y@a": false, "x@b": true, "z@c": true}
		if !maps.Equal(d.waited, want) {
			t.Errorf("waited %v, want %v", d.waited, want)
		}
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
		_ = g.Do(t.Context(), password.Place{Name: "x"}, func(bool) { panic("boom") })
	}()
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		_ = g.Do(t.Context(), password.Place{Name: "x"}, func(bool) { runtime.Goexit() })
	}()
	<-gone
	ran := false
	if err := g.Do(t.Context(), password.Place{Name: "x"}, func(bool) { ran = true }); !ran || err != nil {
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
				_ = g.Do(ctx, password.Place{Name: fmt.Sprint(n), Client: fmt.Sprint(c % 7)}, func(bool) {
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
			if err := g.Do(t.Context(), password.Place{Name: fmt.Sprint(i)}, func(bool) { arrived.Done(); <-all }); err != nil {
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
				if err := d.gate.Do(ctx, password.Place{Name: name, Client: name}, func(bool) {}); !errors.Is(err, context.Canceled) {
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
	if err := zero.Do(t.Context(), password.Place{Name: "x"}, func(bool) { t.Error("the zero gate let somebody in") }); !errors.Is(err, password.ErrOverloaded) {
		t.Errorf("the zero gate: %v, want %v", err, password.ErrOverloaded)
	}
}

// BenchmarkGate measures 64 callers of 64 names: the gate alone, and around a
// hash of the default cost.
func BenchmarkGate(b *testing.B) {
	hash, err := password.DefaultParams().Hash("secret")
	if err != nil {
		b.Fatal(err)
	}
	for name, work := range map[string]func(bool){
		"empty":  func(bool) {},
		"verify": func(bool) { _, _ = password.Verify(hash, "secret") },
	} {
		b.Run(name, func(b *testing.B) {
			g := newGate(b, 0, 0)
			var callers atomic.Int64
			b.SetParallelism(max(1, 64/runtime.GOMAXPROCS(0)))
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				who := fmt.Sprint(callers.Add(1))
				for pb.Next() {
					if err := g.Do(context.Background(), password.Place{Name: who, Client: who}, work); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}
