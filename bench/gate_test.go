package bench

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/password"
)

// callers is how many log in at once at the gate.
const callers = 64

// BenchmarkGate is 64 callers, each with a name and an address of its own, who
// verify a password of the default cost at the same moment. One op is all of
// them answered.
func BenchmarkGate(b *testing.B) {
	if free {
		b.Skip("measured in the other binary")
	}
	hash, err := password.DefaultParams().Hash(userPass)
	if err != nil {
		b.Fatal(err)
	}
	gate, err := password.NewGate(password.GateConfig{})
	if err != nil {
		b.Fatal(err)
	}
	debug.FreeOSMemory()
	heap := watchHeap()
	var right atomic.Int64
	b.ResetTimer()
	for range b.N {
		var wg sync.WaitGroup
		for i := range callers {
			wg.Go(func() {
				at := password.Place{Name: fmt.Sprint(i), Address: fmt.Sprintf("192.0.2.%d", i)}
				err := gate.Do(b.Context(), at, func(bool) {
					if ok, err := password.Verify(hash, userPass); ok && err == nil {
						right.Add(1)
					}
				})
				if err != nil {
					b.Errorf("at the gate: %v", err)
				}
			})
		}
		wg.Wait()
	}
	b.StopTimer()
	b.ReportMetric(heap()/(1<<20), "peak-MiB")
	b.ReportMetric(float64(runtime.GOMAXPROCS(0)), "permits")
	if got, want := right.Load(), int64(b.N)*callers; got != want {
		b.Errorf("got %d right passwords, want %d", got, want)
	}
}

// watchHeap begins to look at the heap each half millisecond, garbage included,
// and returns a function that ends it and answers the most that was seen.
func watchHeap() (stop func() float64) {
	done, most := make(chan struct{}), make(chan float64)
	go func() {
		sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		tick := time.NewTicker(time.Millisecond / 2)
		defer tick.Stop()
		top := 0.0
		for {
			metrics.Read(sample)
			top = max(top, float64(sample[0].Value.Uint64()))
			select {
			case <-tick.C:
			case <-done:
				most <- top
				return
			}
		}
	}()
	return func() float64 { close(done); return <-most }
}
