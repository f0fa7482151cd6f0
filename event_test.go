package sallyport_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/sealed"
)

// TestEventIsWrittenAsTheLibraryWouldWriteIt reads the events of a refusal and
// of a login from an unsealed store and writes them anew by encoding/json.
func TestEventIsWrittenAsTheLibraryWouldWriteIt(t *testing.T) {
	k := sallyporttest.New(t, sallyporttest.WithConfig(func(c *sallyport.Config) { c.Keys, c.InsecurePlainStore = sealed.Keys{}, true }))
	k.AddUser(t, sallyporttest.User{Name: "ann"})
	for _, pw := range []string{"wrong", sallyporttest.Password} {
		if _, err := k.Engine.Login(t.Context(), sallyport.Login{
			Caller: &sallyport.Caller{ClientID: sallyporttest.ClientID, ClientSecret: sallyporttest.ClientSecret}, Username: "ann", Password: pw,
		}); err != nil {
			t.Fatal(err)
		}
	}
	seen := map[sallyport.EventKind]bool{}
	for rec, err := range k.Store.Scan(t.Context(), "event/", "") {
		if err != nil {
			t.Fatal(err)
		}
		_, got, _ := strings.Cut(string(rec.Value), `"d":`)
		got = strings.TrimSuffix(got, "}")
		var ev struct {
			sallyport.Event
			MAC []byte `json:"mac"`
		}
		if err := json.Unmarshal([]byte(got), &ev); err != nil {
			t.Fatalf("%s: %v", got, err)
		}
		var want bytes.Buffer
		e := json.NewEncoder(&want)
		e.SetEscapeHTML(false)
		if err := e.Encode(ev); err != nil {
			t.Fatal(err)
		}
		if got+"\n" != want.String() {
			t.Errorf("got  %s\nwant %s", got, want.String())
		}
		if rec.Key != "event/"+ev.ID || len(ev.ID) != 33 || len(ev.MAC) != 32 {
			t.Errorf("got event %q with a MAC of %d bytes under %q", ev.ID, len(ev.MAC), rec.Key)
		}
		seen[ev.Kind] = true
	}
	if !seen[sallyport.EventLogin] || !seen[sallyport.EventWrongPassword] {
		t.Errorf("saw only %v", seen)
	}
}

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
// MAC, for 400 days unless set otherwise.
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
		var stored struct {
			D struct {
				sallyport.Event
				MAC []byte `json:"mac"`
			} `json:"d"`
		}
		if err := json.Unmarshal(r.Value, &stored); err != nil {
			t.Fatal(err)
		}
		if got, want := stored.D.Event, told[r.Key]; got != want {
			t.Errorf("got %+v stored, want %+v", got, want)
		}
		if len(stored.D.MAC) != 32 {
			t.Errorf("%s: got a MAC of %d bytes", r.Key, len(stored.D.MAC))
		}
		if end := stored.D.Time.Add(400 * 24 * time.Hour); !r.Expires.Equal(end) {
			t.Errorf("%s ends at %s, want %s", r.Key, r.Expires, end)
		}
		delete(told, r.Key)
	}
	if len(told) != 0 {
		t.Errorf("told and not stored: %v", told)
	}
}
