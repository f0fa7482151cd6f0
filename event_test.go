package sallyport_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/sallyporttest"
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
