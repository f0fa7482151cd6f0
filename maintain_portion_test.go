package sallyport_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/memstore"
)

// slowSweeps is a store with a backlog, whose sweeps take as long as it says.
// It is used in a bubble of synctest, where time is what it is told.
type slowSweeps struct {
	store.Store
	backlog int
	own     int                  // how many it deletes at most in a call; 0: as many as it is asked to
	call    time.Duration        // what a call takes whatever its records
	each    time.Duration        // what a record adds
	after   func(call int) error // comes after each call; may be nil
	asked   []int                // the limits that were asked for
}

func (s *slowSweeps) Sweep(ctx context.Context, _ time.Time, limit int) (int, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	s.asked = append(s.asked, limit)
	n := min(limit, s.backlog)
	if s.own > 0 {
		n = min(n, s.own)
	}
	s.backlog -= n
	time.Sleep(s.call + time.Duration(n)*s.each)
	if s.after != nil {
		return n, s.after(len(s.asked))
	}
	return n, nil
}

// kept is an engine on s, in a bubble.
func (s *slowSweeps) engine(t *testing.T) *sallyport.Engine {
	t.Helper()
	m := memstore.New()
	t.Cleanup(func() { m.Close() })
	s.Store = m
	return sallyporttest.New(t, sallyporttest.WithStore(s)).Engine
}

// TestUpkeepPortions: a portion is as large as it may be without its records
// taking longer than a few milliseconds, whatever else a call takes.
func TestUpkeepPortions(t *testing.T) {
	tests := []struct {
		name       string
		call, each time.Duration
		least      int // records of the usual portion
		most       int // records of any
	}{
		{"records that cost nothing", time.Millisecond, 0, 2000, 2000},
		{"a fast disk", time.Millisecond, time.Microsecond, 2000, 2000},
		{"a slow disk", 40 * time.Millisecond, time.Microsecond, 2000, 2000},
		{"records of 4 µs", time.Millisecond, 4 * time.Microsecond, 600, 1250},
		{"a large file", time.Millisecond, 60 * time.Microsecond, 85, 110},
		{"a large file on a slow disk", 20 * time.Millisecond, 60 * time.Microsecond, 85, 110},
		{"dear records", time.Millisecond, 500 * time.Microsecond, 50, 100},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &slowSweeps{backlog: 50_000, call: tt.call, each: tt.each}
				if err := s.engine(t).Maintain(t.Context()); err != nil {
					t.Fatal(err)
				}
				if s.backlog != 0 {
					t.Errorf("left: got %d records, want none", s.backlog)
				}
				if got := slices.Min(s.asked); got < 50 {
					t.Errorf("got a portion of %d records, want 50 at least", got)
				}
				if got := slices.Max(s.asked); got > tt.most {
					t.Errorf("got a portion of %d records, want %d at most", got, tt.most)
				}
				late := slices.Sorted(slices.Values(s.asked[len(s.asked)/2:]))
				if got := late[len(late)/2]; got < tt.least {
					t.Errorf("the usual portion: got %d records, want %d at least", got, tt.least)
				}
			})
		})
	}
}

// TestUpkeepOfSmallChanges: a store that deletes fewer than it is asked to is
// swept to the end.
func TestUpkeepOfSmallChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &slowSweeps{backlog: 10_000, own: 50, call: time.Millisecond}
		if err := s.engine(t).Maintain(t.Context()); err != nil {
			t.Fatal(err)
		}
		if s.backlog != 0 {
			t.Errorf("left: got %d records, want none", s.backlog)
		}
	})
}

// TestUpkeepEnds: a call goes on until nothing is left or its time is over, and
// stops between two portions where the caller or the engine ends. What is done
// stays done, and the next call goes on with the rest.
func TestUpkeepEnds(t *testing.T) {
	const endless = 1 << 40
	down := errors.New("down")
	tests := []struct {
		name    string
		backlog int
		each    time.Duration
		end     func(cancel context.CancelFunc, e *sallyport.Engine) error // after the third portion
		want    error
		took    time.Duration // at most; 0: no matter
		calls   int           // 0: no matter
	}{
		{"nothing left", 120, 0, nil, nil, time.Second, 3},
		{"time is over", endless, 10 * time.Millisecond, nil, nil, 46 * time.Second, 0},
		{"the caller ends", endless, 0, func(cancel context.CancelFunc, _ *sallyport.Engine) error { cancel(); return nil }, context.Canceled, 0, 3},
		{"the engine ends", endless, 0, func(_ context.CancelFunc, e *sallyport.Engine) error { return e.Close() }, sallyport.ErrClosed, 0, 3},
		{"the store fails", endless, 0, func(context.CancelFunc, *sallyport.Engine) error { return down }, down, 0, 3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				s := &slowSweeps{backlog: tt.backlog, call: time.Millisecond, each: tt.each}
				e := s.engine(t)
				s.after = func(call int) error {
					if call == 3 && tt.end != nil {
						return tt.end(cancel, e)
					}
					return nil
				}
				began := time.Now()
				if err := e.Maintain(ctx); !errors.Is(err, tt.want) {
					t.Errorf("got error %v, want %v", err, tt.want)
				}
				if took := time.Since(began); tt.took != 0 && took > tt.took {
					t.Errorf("took %v, want %v at most", took, tt.took)
				}
				if tt.calls != 0 && len(s.asked) != tt.calls {
					t.Errorf("got %d portions, want %d", len(s.asked), tt.calls)
				}
				swept := 0
				for _, n := range s.asked {
					swept += n
				}
				if left := max(0, tt.backlog-swept); s.backlog != left {
					t.Errorf("left: got %d records, want %d", s.backlog, left)
				}
			})
		})
	}
}

// slowScans is a store whose scans of the sessions of an account take as long
// as it says.
type slowScans struct {
	store.Store
	scan    time.Duration
	scanned map[string]int // by prefix
	fail    func() error   // comes after each; may be nil
}

func (s *slowScans) Scan(ctx context.Context, prefix, after string) iter.Seq2[store.Record, error] {
	if table, _, _ := strings.Cut(prefix, "/"); table == "node" || table == "event" || table == "falling" || table == "account" {
		return s.Store.Scan(ctx, prefix, after) // of other upkeep
	}
	return func(yield func(store.Record, error) bool) {
		select {
		case <-time.After(s.scan):
		case <-ctx.Done():
			yield(store.Record{}, ctx.Err())
			return
		}
		s.scanned[prefix]++
		if s.fail != nil {
			if err := s.fail(); err != nil {
				yield(store.Record{}, err)
				return
			}
		}
		for r, err := range s.Store.Scan(ctx, prefix, after) {
			if !yield(r, err) {
				return
			}
		}
	}
}

// TestUpkeepTrimsInTurns: the sessions of many accounts are looked through in
// more than one call, each account once, and sweeping gets its time in each.
func TestUpkeepTrimsInTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const accounts = 40
		sweeps := &slowSweeps{}
		s := &slowScans{Store: sweeps, scan: 700 * time.Millisecond, scanned: map[string]int{}}
		m := memstore.New()
		t.Cleanup(func() { m.Close() })
		sweeps.Store = m
		k := sallyporttest.New(t, sallyporttest.WithStore(s))
		for i := range accounts {
			p := k.AddUser(t, sallyporttest.User{Name: fmt.Sprint("user", i)})
			k.InProcess().Login(p.Name, p.Password).Want(t, sallyport.Success)
		}
		for call := 1; len(s.scanned) < accounts; call++ {
			sweeps.backlog = 1000
			began := time.Now()
			if err := k.Engine.Maintain(t.Context()); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(began); took > 16*time.Second {
				t.Errorf("call %d took %v, want 15 seconds for the sessions and little more", call, took)
			}
			if sweeps.backlog != 0 {
				t.Errorf("call %d: left %d records, want none", call, sweeps.backlog)
			}
			if call > 3 {
				t.Fatalf("after %d calls: got %d accounts looked through, want %d", call, len(s.scanned), accounts)
			}
		}
		for prefix, n := range s.scanned {
			if n != 1 {
				t.Errorf("%q was looked through %d times, want once", prefix, n)
			}
		}
	})
}

// TestUpkeepTrimsSessions: of the sessions of an account through one client the
// newest hundred stay.
func TestUpkeepTrimsSessions(t *testing.T) {
	beside(t)
	k := sallyporttest.New(t)
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "paul"})
	var tokens []string
	for range 130 {
		tokens = append(tokens, c.Login(p.Name, p.Password).Want(t, sallyport.Success).Tokens.RefreshToken)
		k.Clock.Advance(time.Second)
	}
	if err := k.Engine.Maintain(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i, token := range tokens {
		if i < 30 {
			c.Refresh(token).WantOAuth(t, "invalid_grant")
		} else if a := c.Refresh(token); !a.Granted() {
			t.Errorf("session %d of %d: got %v, want it to live", i+1, len(tokens), a)
		}
	}
}

// TestUpkeepTrimEnds: where the engine ends, or the store fails, no more accounts
// are looked through, and those that were not are kept for the next call.
func TestUpkeepTrimEnds(t *testing.T) {
	down := errors.New("down")
	tests := []struct {
		name string
		end  func(*sallyport.Engine) error // in the third scan
		want error
	}{
		{"the engine ends", func(e *sallyport.Engine) error { return e.Close() }, sallyport.ErrClosed},
		{"the store fails", func(*sallyport.Engine) error { return down }, down},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := memstore.New()
			t.Cleanup(func() { m.Close() })
			s := &slowScans{Store: m, scanned: map[string]int{}}
			k := sallyporttest.New(t, sallyporttest.WithStore(s))
			for i := range 5 {
				p := k.AddUser(t, sallyporttest.User{Name: fmt.Sprint("user", i)})
				k.InProcess().Login(p.Name, p.Password).Want(t, sallyport.Success)
			}
			s.fail = func() error {
				if len(s.scanned) < 3 {
					return nil
				}
				return tt.end(k.Engine)
			}
			if err := k.Engine.Maintain(t.Context()); !errors.Is(err, tt.want) {
				t.Errorf("got error %v, want %v", err, tt.want)
			}
			if len(s.scanned) != 3 {
				t.Errorf("looked through %d accounts, want 3", len(s.scanned))
			}
			if tt.want == sallyport.ErrClosed {
				return
			}
			s.fail = nil
			if err := k.Engine.Maintain(t.Context()); err != nil {
				t.Fatal(err)
			}
			if len(s.scanned) != 5 {
				t.Errorf("after the next call: looked through %d accounts, want 5", len(s.scanned))
			}
		})
	}
}

// TestUpkeepSweepsLate: what expired is deleted three hours later, to the second,
// so that a node whose clock is behind misses nothing.
func TestUpkeepSweepsLate(t *testing.T) {
	m := memstore.New()
	t.Cleanup(func() { m.Close() })
	k := sallyporttest.New(t, sallyporttest.WithStore(m))
	end := k.Clock.Now().Truncate(time.Second).Add(time.Minute)
	err := m.Commit(t.Context(), store.Change{ID: 1, Writes: []store.Write{{Key: "due/x", Value: []byte("x"), Expires: end}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		at   time.Time
		want bool
	}{
		{end.Add(3 * time.Hour), true},
		{end.Add(3*time.Hour + time.Second), false},
	} {
		k.Clock.Advance(c.at.Sub(k.Clock.Now()))
		if err := k.Engine.Maintain(t.Context()); err != nil {
			t.Fatal(err)
		}
		recs, err := m.Load(t.Context(), "due/x")
		if err != nil || (recs[0].Value != nil) != c.want {
			t.Errorf("%s after its end: got %v, %v, want it there: %v", c.at.Sub(end), recs, err, c.want)
		}
	}
}
