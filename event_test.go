package sallyport_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/sealed"
)

// TestEventIDs: an id is the time in sixteen lower-case digits, a dash and sixteen
// random ones, so that ids sort by time.
func TestEventIDs(t *testing.T) {
	k := sallyporttest.New(t)
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "paul"})
	before := len(k.Events())
	for range 3 {
		k.Clock.Advance(time.Nanosecond)
		c.Login(p.Name, p.Password).Want(t, sallyport.Success)
	}
	form, last := regexp.MustCompile(`^[0-9a-f]{16}-[0-9A-F]{16}$`), ""
	for _, ev := range k.Events()[before:] {
		if !form.MatchString(ev.ID) || ev.ID <= last {
			t.Errorf("got id %q after %q", ev.ID, last)
		}
		if want := fmt.Sprintf("%016x", ev.Time.UnixNano()); !strings.HasPrefix(ev.ID, want) {
			t.Errorf("got id %q at %s, want it to begin with %s", ev.ID, ev.Time, want)
		}
		last = ev.ID
	}
}

// TestFirstEnrollmentIsNotStaged: an authenticator that is active at once is told
// as a changed factor, and not as one that waits.
func TestFirstEnrollmentIsNotStaged(t *testing.T) {
	k := sallyporttest.New(t)
	c := k.InProcess()
	nora := k.AddUser(t, sallyporttest.User{Name: "nora", MFA: new(true)})
	_, e := c.EnrollAuthenticator(c.Login(nora.Name, nora.Password).RequestID)
	e.Want(t, true)
	if kinds := k.EventKinds(); slices.Contains(kinds, sallyport.EventEnrollmentStaged) || !slices.Contains(kinds, sallyport.EventFactorsChanged) {
		t.Errorf("got events %q, want the factors changed and nothing staged", kinds)
	}
	marie := k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
	a := c.Login(marie.Name, marie.Password)
	c.SendVerification(a.RequestID, "SMS", phone)
	if kinds := k.EventKinds(); slices.Contains(kinds, sallyport.EventEnrollmentStaged) {
		t.Errorf("got events %q: nothing is staged yet", kinds)
	}
	_, e = c.EnrollAuthenticator(a.RequestID)
	e.Want(t, false)
	if kinds := k.EventKinds(); !slices.Contains(kinds, sallyport.EventEnrollmentStaged) {
		t.Errorf("got events %q, want it staged", kinds)
	}
}

// TestStoredEvents: what is stored of an event is all that is told of it, with a
// MAC, for 400 days unless set otherwise, counted from the end of its interval.
func TestStoredEvents(t *testing.T) {
	s := memstore.New()
	k := sallyporttest.New(t, sallyporttest.WithStore(s), sallyporttest.WithConfig(func(c *sallyport.Config) { c.Keys, c.InsecurePlainStore = sealed.Keys{}, true }))
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "paul"})
	c.Login(p.Name, "wrong").Want(t, mismatch)
	c.Login(p.Name, p.Password).Want(t, sallyport.Success)
	told := map[string]sallyport.Event{}
	for _, ev := range k.Events() {
		told["event/"+ev.ID] = ev
	}
	for r, err := range s.Scan(t.Context(), "event/", "") {
		if err != nil {
			t.Fatal(err)
		}
		ev := told[r.Key]
		got := described(t, r)
		want := map[string]string{
			"(expires)": got["(expires)"], "mac": got["mac"], "interval": strconv.FormatInt(ev.Time.Unix()/600, 10), "kind": strconv.Quote(string(ev.Kind)), "account": ev.Account, "client": ev.Client,
		}
		if ev.Status != 0 {
			want["status"] = strconv.FormatInt(int64(ev.Status), 10)
		}
		if ev.Detail != "" {
			want["detail"] = strconv.Quote(ev.Detail)
		}
		maps.DeleteFunc(want, func(_, v string) bool { return v == "" })
		if !maps.Equal(got, want) {
			t.Errorf("got %v stored, want %v", got, want)
		}
		if len(got["mac"]) != 64 {
			t.Errorf("%s: got the MAC %s, want 32 bytes", r.Key, got["mac"])
		}
		end := ev.Time.Truncate(10 * time.Minute).Add(10*time.Minute + 400*24*time.Hour)
		if got := got["(expires)"]; got != end.Format(time.RFC3339Nano) {
			t.Errorf("%s ends at %s, want %s", r.Key, got, end)
		}
		if hour := end.Add(time.Hour - 1).Truncate(time.Hour); !r.Expires.Equal(hour) {
			t.Errorf("%s may be swept at %s, want %s", r.Key, r.Expires, hour)
		}
		delete(told, r.Key)
	}
	if len(told) != 0 {
		t.Errorf("told and not stored: %v", told)
	}
}

// described is what a record says, by field.
func described(t *testing.T, r store.Record) map[string]string {
	t.Helper()
	table := store.TableOf(r.Key)
	for _, d := range sallyport.Records() {
		if d.Name() != table {
			continue
		}
		fields, err := d.Describe(r)
		if err != nil {
			continue // two tables may have one name
		}
		m := map[string]string{}
		for _, f := range fields {
			m[f.Name] = f.Value
		}
		return m
	}
	t.Fatalf("no table describes %s", r.Key)
	return nil
}

// TestEventsExpireWithTheirInterval: those of the same ten minutes end together,
// those of the next ten minutes ten minutes later.
func TestEventsExpireWithTheirInterval(t *testing.T) {
	s := memstore.New()
	k := sallyporttest.New(t, sallyporttest.WithStore(s), sallyporttest.WithConfig(func(c *sallyport.Config) { c.Keys, c.InsecurePlainStore = sealed.Keys{}, true }))
	p := k.AddUser(t, sallyporttest.User{Name: "paul"})
	begin := k.Clock.Now().Truncate(10 * time.Minute).Add(10 * time.Minute)
	tests := []struct {
		at, end time.Duration // after the beginning of an interval
	}{
		{0, 10 * time.Minute},
		{time.Nanosecond, 10 * time.Minute},
		{10*time.Minute - time.Nanosecond, 10 * time.Minute},
		{10 * time.Minute, 20 * time.Minute},
	}
	for i, tt := range tests {
		k.Clock.Advance(begin.Add(tt.at).Sub(k.Clock.Now()))
		k.InProcess().Login(p.Name, fmt.Sprint("guess ", i)).Want(t, mismatch)
		var last store.Record
		for r, err := range s.Scan(t.Context(), "event/", "") {
			if err != nil {
				t.Fatal(err)
			}
			last = r
		}
		want := begin.Add(tt.end + 400*24*time.Hour).Format(time.RFC3339Nano)
		if got := described(t, last)["(expires)"]; got != want {
			t.Errorf("%v after the beginning: got an end at %v, want %v", tt.at, got, want)
		}
	}
}
