package main_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	files "github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/internal/connlimit"
	"github.com/sallyport-auth/sallyport/internal/proof"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/memstore"
)

// heldRoom is what one held call may take beyond what net/http takes for any call that
// waits, in bytes of live heap and of stacks.
const heldRoom = 8 << 10

// weight is what is in use.
type weight struct{ heap, stacks, goroutines int }

// weigh is taken after collections: each halves the stacks that are mostly empty.
func weigh() weight {
	for range 6 {
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return weight{int(m.HeapAlloc), int(m.StackInuse), runtime.NumGoroutine()}
}

// each is what one of n takes that have come since.
func (w weight) each(before weight, n int) (heap, stacks int, goroutines float64) {
	return (w.heap - before.heap) / n, (w.stacks - before.stacks) / n, float64(w.goroutines-before.goroutines) / float64(n)
}

// readings is a store that stops the next reading of so many records, when it is told
// to, until it may go on: then so many calls are held, and nothing is read meanwhile.
type readings struct {
	store.Store
	want    atomic.Int64
	met, on chan struct{}
	t       *testing.T
}

func (r *readings) Load(ctx context.Context, keys ...string) ([]store.Record, error) {
	if n := int64(len(keys)); n > 0 && r.want.CompareAndSwap(n, 0) {
		r.met <- struct{}{}
		select {
		case <-r.on:
		case <-r.t.Context().Done(): // the test has failed
		}
	}
	return r.Store.Load(ctx, keys...)
}

// await returns when n calls are held. What reads for them stands still until it is let go.
func (r *readings) await(n int) {
	r.want.Store(3 * int64(n)) // the request, its account, and what is open for it
	select {
	case <-r.met:
	case <-time.After(time.Minute): // much more than a reading takes, four times a second
		r.t.Fatalf("%d calls are not held, and no other", n)
	}
}

func (r *readings) letGo() { r.on <- struct{}{} }

// lot is how many calls are sent before these are waited for. Only so many that name no
// address are under way at once.
const lot = 200

// serveCalls sends each body on a connection of its own to a server, and leaves them
// there; waits returns when n of them wait. The connections are read by
// nobody, so that the caller's side costs no goroutine.
func serveCalls(t *testing.T, serve func(net.Listener) error, bodies []string, waits func(n int)) (conns []net.Conn, hangUp func()) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	serving.Go(func() { _ = serve(l) })
	conns = make([]net.Conn, len(bodies))
	hangUp = func() {
		for _, c := range conns {
			if c != nil {
				c.Close()
			}
		}
		l.Close()
		serving.Wait()
	}
	t.Cleanup(hangUp)
	for i, body := range bodies {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		conns[i] = c
		if _, err := fmt.Fprintf(c, "POST /connect/token HTTP/1.1\r\nHost: %s\r\nUser-Agent: held/1\r\nAccept: */*\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s", l.Addr(), len(body), body); err != nil {
			t.Fatal(err)
		}
		if n := i + 1; n%lot == 0 || n == len(bodies) {
			waits(n)
		}
	}
	return conns, hangUp
}

// serveBounded serves as the command does, which counts its connections.
func serveBounded(h http.Handler, connections int) func(net.Listener) error {
	return func(inner net.Listener) error {
		l := connlimit.New(inner, connlimit.Limits{Total: connections, Share: connections})
		srv := &http.Server{Handler: h}
		l.Attach(srv)
		return srv.Serve(l)
	}
}

// wantAnswers reads one answer of each connection, a refusal that says want.
func wantAnswers(t *testing.T, conns []net.Conn, want string) {
	t.Helper()
	for i, c := range conns {
		resp, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatalf("call %d: %v", i, err)
		}
		if body, err := io.ReadAll(resp.Body); err != nil || resp.StatusCode != http.StatusBadRequest || !strings.Contains(string(body), want) {
			t.Fatalf("call %d: got status %d, %q, %v, want 400 and %q", i, resp.StatusCode, body, err, want)
		}
	}
}

// bareWait is what n calls take whose handler reads the body and waits until it is told to
// go on or the caller is gone.
func bareWait(t *testing.T, bodies []string) (before, during weight) {
	t.Helper()
	in, on, waiting := make(chan struct{}), make(chan struct{}), 0
	before = weigh()
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		in <- struct{}{}
		select {
		case <-on:
			w.WriteHeader(http.StatusBadRequest)
		case <-r.Context().Done():
		}
	})}
	conns, hangUp := serveCalls(t, srv.Serve, bodies, func(n int) {
		for ; waiting < n; waiting++ {
			<-in
		}
	})
	during = weigh()
	close(on)
	wantAnswers(t, conns, "")
	hangUp()
	return before, during
}

// linkCalls are calls of n people who have been sent a link each: its call 2 once more,
// which sends nothing and waits.
func linkCalls(t *testing.T, k *sallyporttest.Kit, n int) (bodies []string) {
	t.Helper()
	const atOnce = 2_500
	name := func(i int) string { return fmt.Sprintf("held%05d", i) }
	caller := &sallyport.Caller{ClientID: sallyporttest.ClientID, ClientSecret: sallyporttest.ClientSecret}
	yes := true
	for i := 0; i < n; i += atOnce {
		k.Apply(t, func(d *files.File) {
			d.Users = nil // who is there already stays
			for j := i; j < min(i+atOnce, n); j++ {
				d.Users = append(d.Users, files.User{
					Name: name(j), Password: sallyporttest.Password, Email: name(j) + "@example.com", EmailValidated: &yes, Approved: &yes,
					Roles: []files.Grant{{Application: sallyporttest.ApplicationName, Role: sallyporttest.RoleName}},
				})
			}
		})
	}
	for i := range n {
		r, err := k.Engine.Login(t.Context(), sallyport.Login{Caller: caller, Username: name(i), Password: sallyporttest.Password})
		if err != nil || len(r.Options) == 0 {
			t.Fatalf("got %v, %v, want options", r, err)
		}
		in := sallyport.Login{Caller: caller, RequestID: r.RequestID, OptionID: r.Options[0].ID}
		if r, err = k.Engine.Login(t.Context(), in); err != nil || !r.LinkSent {
			t.Fatalf("got %v, %v, want a link that waits", r, err)
		}
		bodies = append(bodies, url.Values{
			"grant_type": {"VGAuthenticator"}, "client_id": {caller.ClientID}, "client_secret": {caller.ClientSecret},
			"AuthenticationRequestId": {in.RequestID}, "MFAAvailableId": {in.OptionID},
		}.Encode())
	}
	return bodies
}

// heldKit is a kit on a store of which the readings are seen.
func heldKit(t *testing.T) (*sallyporttest.Kit, *readings) {
	t.Helper()
	s := &readings{Store: memstore.New(), met: make(chan struct{}), on: make(chan struct{}), t: t}
	t.Cleanup(func() { s.Close() })
	return sallyporttest.New(t, sallyporttest.WithStore(s), sallyporttest.WithConfig(func(c *sallyport.Config) { c.Email = deaf{} })), s
}

// deaf is a mail server that keeps nothing.
type deaf struct{}

func (deaf) Send(context.Context, sallyport.Message) error { return nil }

// TestE2EHeldRoom: a call that is held until its link is answered takes little beyond what
// net/http takes for a call that waits, and gives it back when it has its answer. Both are
// measured over real connections, as live heap and stacks after collections; the links
// were sent before, so that what the store holds for them does not count. It is one of
// the tests that run without the race detector, with which all stacks are larger.
func TestE2EHeldRoom(t *testing.T) {
	n := 400
	if os.Getenv("SALLYPORT_LONG") != "" {
		n = 5_000 // as many as a process holds
	}
	k, s := heldKit(t)
	bodies := linkCalls(t, k, n)
	bare0, bare1 := bareWait(t, bodies)
	handler := k.Handler() // what it holds for its pages is no call's
	before := weigh()
	conns, hangUp := serveCalls(t, serveBounded(handler, n), bodies, func(n int) {
		s.await(n)
		if n < len(bodies) {
			s.letGo()
		}
	})
	during := weigh()
	s.letGo()
	k.Clock.Advance(90 * time.Second)
	wantAnswers(t, conns, "MFA_LinkTimeout")
	hangUp()

	after := weigh()
	heap, stacks, goroutines := during.each(before, n)
	bareHeap, bareStacks, bareGoroutines := bare1.each(bare0, n)
	more := heap + stacks - bareHeap - bareStacks
	keptHeap, keptStacks, keptGoroutines := after.each(before, n)
	for _, x := range []struct {
		row          string
		heap, stacks int
		goroutines   float64
	}{
		{"held until its link is answered", heap, stacks, goroutines},
		{"a handler of net/http that waits", bareHeap, bareStacks, bareGoroutines},
		{"after the answer", keptHeap, keptStacks, keptGoroutines},
	} {
		t.Logf("%d calls, each %s: %d bytes of heap, %d of stacks, %.2f goroutines", n, x.row, x.heap, x.stacks, x.goroutines)
		proof.Note(t, "held", x.row, "calls", n)
		proof.Note(t, "held", x.row, "heap of each", fmt.Sprint(x.heap, " bytes"))
		proof.Note(t, "held", x.row, "stacks of each", fmt.Sprint(x.stacks, " bytes"))
		proof.Note(t, "held", x.row, "both", fmt.Sprint(x.heap+x.stacks, " bytes"))
		proof.Note(t, "held", x.row, "goroutines of each", fmt.Sprintf("%.2f", x.goroutines))
	}
	t.Logf("%d bytes more for a held call", more)
	proof.Note(t, "held", "the difference, limit 8192 bytes", "heap of each", fmt.Sprint(heap-bareHeap, " bytes"))
	proof.Note(t, "held", "the difference, limit 8192 bytes", "stacks of each", fmt.Sprint(stacks-bareStacks, " bytes"))
	proof.Note(t, "held", "the difference, limit 8192 bytes", "both", fmt.Sprint(more, " bytes"))
	if more > heldRoom {
		t.Errorf("a held call takes %d bytes more than one that only waits, want %d at most", more, heldRoom)
	}
	if keptHeap > 1<<10 || keptGoroutines > 0.5 { // the runtime keeps some stacks for those who come next
		t.Errorf("%d bytes of heap and %.2f goroutines of each call are left after its answer, want little and none", keptHeap, keptGoroutines)
	}
}

// TestE2EHeldHangUp: half of those whose calls are held hang up, over real connections. Their
// places are free again, their links live on, and the next call for each is held anew.
func TestE2EHeldHangUp(t *testing.T) {
	const n = 2 * lot
	k, s := heldKit(t)
	bodies := linkCalls(t, k, n)
	held := func(before int) func(int) {
		return func(more int) {
			s.await(before + more)
			s.letGo()
		}
	}
	first, _ := serveCalls(t, serveBounded(k.Handler(), n), bodies[:lot], held(0))
	second, _ := serveCalls(t, serveBounded(k.Handler(), n), bodies[lot:], held(lot))
	for _, c := range first {
		c.Close()
	}
	held(0)(lot) // those who are left
	again, _ := serveCalls(t, serveBounded(k.Handler(), n), bodies[:lot], held(lot))
	k.Clock.Advance(90 * time.Second)
	wantAnswers(t, slices.Concat(second, again), "MFA_LinkTimeout")
}
