package password_test

import (
	"fmt"
	"testing"
)

// floods are callers of a thousand wrong logins, by number.
var floods = []struct {
	name   string
	caller func(i int) string
}{
	{"loopback", func(i int) string { return fmt.Sprintf("n%d@127.0.0.1", i) }},
	{"loopback, one name", func(i int) string { return fmt.Sprintf("bob@127.0.0.1#%d", i) }},
	{"one client", func(i int) string { return fmt.Sprintf("n%d@~web", i) }},
	{"one client, twenty names", func(i int) string { return fmt.Sprintf("n%d@~web#%d", i%20, i) }},
	{"nothing known", func(i int) string { return fmt.Sprintf("n%d", i) }},
	{"six /64 of one /56", func(i int) string { return fmt.Sprintf("n%d@2001:db8:0:%x::1", i, i%6) }},
	{"six /64 of one /56, one name", func(i int) string { return fmt.Sprintf("bob@2001:db8:0:%x::1#%d", i%6, i) }},
}

// TestGateFlood has a thousand wrong logins at the door of a gate of default
// length. Whoever comes from elsewhere is not refused and waits for two of the
// flood at most, however the flood goes on.
func TestGateFlood(t *testing.T) {
	const permits, queue, flood = 2, 256, 1000
	for _, f := range floods {
		bubble(t, f.name, func(t *testing.T) {
			d := newDoor(t, permits, queue)
			d.comeAll("busy@busy", "busy2@busy2") // so that one name takes no permit, and many no more
			for i := range flood {
				d.comeAll(f.caller(i))
			}
			if got, want := d.refused(), flood-queue; got != want {
				t.Errorf("%d of the flood were refused, want %d", got, want)
			}
			d.comeAll("good@203.0.113.5")
			if err, done := d.errs["good@203.0.113.5"]; done {
				t.Fatalf("the good login ended with %v, want it to wait", err)
			}
			if got, want := d.refused(), flood-queue+1; got != want { // one gave its place up
				t.Errorf("%d were refused, want %d", got, want)
			}
			for i := range flood {
				d.comeAll(f.caller(flood + i))
			}
			wantSoon(d, "good@203.0.113.5", 2)
			d.empty()
			d.wantErr("good@203.0.113.5", nil)
			if got, want := d.refused(), 2*flood-queue+1; got != want {
				t.Errorf("%d were refused in all, want %d", got, want)
			}
			if got, want := len(d.order), permits+queue; got != want { // each place was used once
				t.Errorf("%d went in, want %d", got, want)
			}
		})
	}
}

// TestGateFloods has all floods at once, and forty logins from as many places.
func TestGateFloods(t *testing.T) {
	const good = 40
	bubble(t, "all", func(t *testing.T) {
		d := newDoor(t, 2, 256)
		for i := range 300 {
			for n, f := range floods {
				d.comeAll(fmt.Sprintf("%s#%d", f.caller(300*n+i), i))
			}
		}
		for i := range good {
			d.comeAll(fmtCaller(fmt.Sprint("good", i), "203.0.113.", i))
		}
		for i := range good {
			if err, done := d.errs[fmtCaller(fmt.Sprint("good", i), "203.0.113.", i)]; done {
				t.Errorf("good login %d ended with %v, want it to wait", i, err)
			}
		}
		// The floods are of four groups: loopback, one client, nothing known and
		// a /48.
		for i := range good {
			wantSoon(d, fmtCaller(fmt.Sprint("good", i), "203.0.113.", i), good+2*4)
		}
		d.empty()
	})
}

// wantSoon lets callers leave until who is in, for whom at most n may go in
// before.
func wantSoon(d *door, who string, n int) {
	d.Helper()
	for range n + 1 {
		if _, in := d.waited[who]; in {
			return
		}
		d.leave(d.inside[0])
	}
	if _, in := d.waited[who]; !in {
		d.Errorf("%s is not in after %d others", who, n)
	}
}
