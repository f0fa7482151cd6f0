package sallyporttest

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/password"
)

// OpenAccounts returns a host's own table of users and a function that adds one, for
// [TestAccounts]. What is added has at least a Name and a PasswordHash; ID and Since are
// for the table to make. The function returns the id. It fails the test where the row
// cannot be added.
type OpenAccounts func(t *testing.T) (users sallyport.Accounts, add func(sallyport.Account) (id string))

// TestAccounts proves that a host's own table of users does what [sallyport.Accounts]
// asks of it, and where it implements [sallyport.PasswordWriter], that too. Each check is a
// subtest with a table of its own, which may hold other users. The subtest Time measures
// whether a name that exists takes as long as one that does not, about a thousand calls; it
// fails where the medians differ by more than 3 % and more than a millisecond, three times
// in a row.
func TestAccounts(t *testing.T, open OpenAccounts) {
	for _, c := range []struct {
		name  string
		check func(*testing.T, *accounts)
	}{
		{"Known", checkKnown}, {"Unknown", checkUnknown}, {"Spelling", checkSpelling}, {"Since", checkSince}, {"ByID", checkByID},
		{"Own", checkOwn}, {"Concurrent", checkConcurrent}, {"Context", checkContext}, {"Password", checkPassword}, {"Time", checkTime},
		{"Engine", checkEngine},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := &accounts{t: t}
			a.users, a.add = open(t)
			c.check(t, a)
		})
	}
}

// accounts is a table under test.
type accounts struct {
	t     *testing.T
	users sallyport.Accounts
	add   func(sallyport.Account) string
}

// made adds a user with a name of its own, and returns what was added, with its id.
func (a *accounts) made() sallyport.Account {
	a.t.Helper()
	hash, err := password.InsecureParamsForTests().Hash(Password)
	if err != nil {
		a.t.Fatal(err)
	}
	acc := sallyport.Account{Name: "kit" + strings.ToLower(rnd.Hex(6)), PasswordHash: hash}
	if acc.ID = a.add(acc); acc.ID == "" {
		a.t.Fatal("got an empty id of the row, want its key")
	}
	return acc
}

func (a *accounts) byName(name string) *sallyport.Account {
	a.t.Helper()
	acc, err := a.users.ByName(a.t.Context(), name)
	if err != nil {
		a.t.Fatalf("ByName(%q): got %v, want an account or nil", name, err)
	}
	return acc
}

func (a *accounts) byID(id string) *sallyport.Account {
	a.t.Helper()
	acc, err := a.users.ByID(a.t.Context(), id)
	if err != nil {
		a.t.Fatalf("ByID(%q): got %v, want an account or nil", id, err)
	}
	return acc
}

// isOf fails the test unless an answer is the account of a row.
func (a *accounts) isOf(what string, got *sallyport.Account, want sallyport.Account) {
	a.t.Helper()
	switch {
	case got == nil:
		a.t.Errorf("%s: got none, want the account of %q", what, want.Name)
	case got.ID != want.ID || got.Name != want.Name:
		a.t.Errorf("%s: got ID %q and Name %q, want %q and %q", what, got.ID, got.Name, want.ID, want.Name)
	case got.PasswordHash != want.PasswordHash:
		a.t.Errorf("%s: the hash of %q came back as another", what, want.Name)
	}
}

func checkKnown(t *testing.T, a *accounts) {
	for range 3 {
		want := a.made()
		got := a.byName(want.Name)
		a.isOf("ByName", got, want)
		if got != nil && (got.Unapproved || got.Disabled || got.Locked) {
			t.Errorf("got %+v of a new row, want it neither unapproved nor disabled nor locked", *got)
		}
	}
}

func checkUnknown(t *testing.T, a *accounts) {
	one := a.made()
	for _, name := range []string{
		"", "nobody" + rnd.Hex(6), "%", "_", one.Name + "%", one.Name[:len(one.Name)-1] + "_", one.Name + "x", one.Name[1:], "*", `"`, "'; --", `\`,
		strings.Repeat("x", 1024), "ﬀ", "kıt", one.ID + " ",
	} {
		if got := a.byName(name); got != nil {
			t.Errorf("ByName(%.40q): got the account %q, want nil and no error", name, got.ID)
		}
	}
	// Ids of another form than the table's are never asked for: an error will do.
	for _, id := range []string{"", "nobody", one.ID + "0", one.ID + "%", "'; --", strings.Repeat("9", 128), "00000000-0000-4000-8000-000000000000"} {
		if got, _ := a.users.ByID(t.Context(), id); got != nil {
			t.Errorf("ByID(%.40q): got the account %q, want nil", id, got.ID)
		}
	}
}

// checkSpelling holds no host to a folding: only to one Name and one ID an account.
func checkSpelling(_ *testing.T, a *accounts) {
	want := a.made()
	for _, spelt := range []string{strings.ToUpper(want.Name), strings.ToUpper(want.Name[:1]) + want.Name[1:], " " + want.Name, want.Name + " "} {
		if got := a.byName(spelt); got != nil {
			a.isOf(fmt.Sprintf("ByName(%q)", spelt), got, want)
		}
	}
}

func checkSince(t *testing.T, a *accounts) {
	one := a.made()
	first := a.byName(one.Name)
	if first == nil {
		t.Fatal("got none, want the account")
	}
	if first.Since.IsZero() {
		t.Error("Since is zero, want when the row was made")
	}
	for range 3 {
		for what, got := range map[string]*sallyport.Account{"ByName": a.byName(one.Name), "ByID": a.byID(one.ID)} {
			if got == nil || !got.Since.Equal(first.Since) {
				t.Errorf("%s: got %v, want the Since of before: it is read and not made", what, got)
			}
		}
	}
}

func checkByID(t *testing.T, a *accounts) {
	for range 3 {
		one := a.made()
		byName, byID := a.byName(one.Name), a.byID(one.ID)
		if byName == nil || byID == nil {
			t.Fatalf("got %v by name and %v by id, want the account twice", byName, byID)
		}
		x, y := reflect.ValueOf(*byName), reflect.ValueOf(*byID)
		for i := range x.NumField() {
			if one, two := x.Field(i).Interface(), y.Field(i).Interface(); !sameField(one, two) {
				t.Errorf("%s is another by name than by id", x.Type().Field(i).Name)
			}
		}
	}
}

// sameField compares moments by what they are, wherever their clock hangs.
func sameField(x, y any) bool {
	if at, ok := x.(time.Time); ok {
		return at.Equal(y.(time.Time))
	}
	return reflect.DeepEqual(x, y)
}

// checkOwn has what was returned changed by whoever asked.
func checkOwn(_ *testing.T, a *accounts) {
	one := a.made()
	got := a.byName(one.Name)
	if got == nil {
		return // checkKnown says so
	}
	got.Name, got.PasswordHash, got.Disabled = "another", "another", true
	a.isOf("after the caller changed what they got", a.byName(one.Name), one)
	a.isOf("after the caller changed what they got", a.byID(one.ID), one)
}

func checkConcurrent(_ *testing.T, a *accounts) {
	rows := []sallyport.Account{a.made(), a.made(), a.made(), a.made()}
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			for j := range 25 {
				want := rows[(i+j)%len(rows)]
				byName, err := a.users.ByName(a.t.Context(), want.Name)
				if err != nil {
					a.t.Errorf("ByName beside others: got %v", err)
					return
				}
				a.isOf("ByName beside others", byName, want)
				byID, err := a.users.ByID(a.t.Context(), want.ID)
				if err != nil {
					a.t.Errorf("ByID beside others: got %v", err)
					return
				}
				a.isOf("ByID beside others", byID, want)
			}
		})
	}
	wg.Wait()
}

// checkContext: what could not be read is no account that does not exist.
func checkContext(_ *testing.T, a *accounts) {
	one := a.made()
	ctx, cancel := context.WithCancel(a.t.Context())
	cancel()
	if got, err := a.users.ByName(ctx, one.Name); err == nil {
		a.isOf("ByName with a context that has ended, and no error", got, one)
	}
	if got, err := a.users.ByID(ctx, one.ID); err == nil {
		a.isOf("ByID with a context that has ended, and no error", got, one)
	}
}

func checkPassword(t *testing.T, a *accounts) {
	w, ok := a.users.(sallyport.PasswordWriter)
	if !ok {
		t.Skip("the table takes no passwords: it is no sallyport.PasswordWriter")
	}
	ctx := t.Context()
	one, other := a.made(), a.made()
	old, long := one.PasswordHash, "$kit$"+strings.Repeat("aZ09+/$,=.", 25)
	for what, err := range map[string]error{
		"an old hash that is another":    w.SetPassword(ctx, one.ID, long, "another"),
		"an empty old hash":              w.SetPassword(ctx, one.ID, long, ""),
		"an account that does not exist": w.SetPassword(ctx, "nobody", long, old),
	} {
		if err == nil {
			t.Errorf("SetPassword with %s: got no error", what)
		}
	}
	a.isOf("after writes that were refused", a.byID(one.ID), one)
	if err := w.SetPassword(ctx, one.ID, long, old); err != nil {
		t.Fatalf("SetPassword: got %v", err)
	}
	one.PasswordHash = long
	got := a.byName(one.Name)
	a.isOf("after SetPassword", got, one)
	if got != nil && got.MustChangePassword {
		t.Error("SetPassword left the account wanting another password")
	}
	a.isOf("another row after SetPassword", a.byID(other.ID), other)
	var won atomic.Int32
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			if w.SetPassword(ctx, one.ID, fmt.Sprint("hash ", i), long) == nil {
				won.Add(1)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 {
		t.Errorf("%d of 8 writes over one old hash went through, want one", won.Load())
	}
}

// checkEngine logs the user in.
func checkEngine(t *testing.T, a *accounts) {
	one := a.made()
	k := New(t, WithConfig(func(c *sallyport.Config) { c.Accounts = a.users }))
	r, err := k.Engine.Login(t.Context(), sallyport.Login{Username: one.Name, Password: Password})
	if err != nil {
		t.Fatal(err)
	}
	if r.Outcome != sallyport.Granted {
		t.Fatalf("logging in: got %v, %q, want it granted", r.Outcome, r.Reason)
	}
	if r.Session.AccountID != one.ID {
		t.Errorf("the session is of %q, want %q", r.Session.AccountID, one.ID)
	}
	for _, in := range []sallyport.Login{{Username: one.Name, Password: "another"}, {Username: "nobody" + one.Name, Password: Password}} {
		if r, err := k.Engine.Login(t.Context(), in); err != nil || r.Reason != sallyport.ReasonWrongPassword {
			t.Errorf("%q: got %v, %v, want a wrong password", in.Username, r, err)
		}
	}
}
