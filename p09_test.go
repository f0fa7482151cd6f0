package sallyport_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/storetest"
)

// TestP9SameAnswer compares the refusals of names and accounts of every kind
// before the right password: all but the ids is equal, and so is the work.
func TestP9SameAnswer(t *testing.T) {
	counting := storetest.NewCounting(memstore.New())
	k := sallyporttest.New(t, sallyporttest.WithStore(counting))
	past := k.Clock.Now().Add(-time.Hour)
	users := []sallyporttest.User{
		{Name: "plain"}, {Name: "disabled", Disabled: true}, {Name: "locked", Locked: true}, {Name: "unapproved", NotApproved: true},
		{Name: "must-change", MustChangePassword: true}, {Name: "factor", Email: mail, EmailValidated: true, TOTP: true}, {Name: "no-role", Roles: []string{}},
		{Name: "expired", Edit: func(u *directory.User) { u.End = past }},
	}
	names := []string{"unknown", "bad\u200bname", strings.Repeat("x", 200)}
	for _, u := range users {
		k.AddUser(t, u)
		names = append(names, u.Name)
	}
	for _, guess := range []string{"wrong", "a\u0308"} { // the second is tried in two forms
		sameAnswer(t, k, counting, names, guess)
	}
}

func sameAnswer(t *testing.T, k *sallyporttest.Kit, counting *storetest.Counting, names []string, guess string) {
	t.Helper()
	var first string
	for _, name := range names {
		counting.Reset()
		rec := post(t, k, "grant_type=VGAuthenticator&client_id="+sallyporttest.ClientID+"&client_secret="+sallyporttest.ClientSecret+"&Password="+urlEscape(guess)+"&Username="+urlEscape(name))
		var doc struct{ VGResponse struct{ RequestId string } }
		if err := json.Unmarshal(rec.body, &doc); err != nil {
			t.Fatal(err)
		}
		work := counting.Counts()
		got := fmt.Sprintf("%d %v %s loads %d commits %d", rec.status, rec.header, bytes.ReplaceAll(rec.body, []byte(doc.VGResponse.RequestId), []byte("ID")), work.Loads, work.Commits)
		if first == "" {
			first = got
		}
		if got != first {
			t.Errorf("%s:\n got %s\nwant %s", name, got, first)
		}
	}
}
