package sallyport_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/storetest"
)

var signInModes = map[string]sallyport.SignInBy{
	"name": sallyport.SignInByName, "email": sallyport.SignInByEmail, "both": sallyport.SignInByNameOrEmail,
}

func signsInBy(by sallyport.SignInBy) sallyporttest.Option {
	return sallyporttest.WithConfig(func(c *sallyport.Config) {
		c.SignInBy, c.Application = by, sallyporttest.ApplicationName
	})
}

// addProven adds a user with a proven address and a password of their own. Nobody is
// asked for a second factor.
func addProven(t *testing.T, k *sallyporttest.Kit, name, email string) *sallyporttest.Person {
	t.Helper()
	return k.AddUser(t, sallyporttest.User{Name: name, Password: "the password of " + name, Email: email, EmailValidated: true})
}

func withoutFactors(t *testing.T, k *sallyporttest.Kit) {
	t.Helper()
	setPolicy(t, k, func(p *directory.Policy) { p.MFA.Mode = new(mfa.Off) })
}

// TestSignInBy: only what the configuration takes resolves, and of addresses only one
// that one account, and no other, has proven. A name wins over an address.
func TestSignInBy(t *testing.T) {
	for mode, by := range signInModes {
		t.Run(mode, func(t *testing.T) {
			k := sallyporttest.New(t, signsInBy(by))
			withoutFactors(t, k)
			addProven(t, k, "ada", "ada@bücher.example")
			k.AddUser(t, sallyporttest.User{Name: "eve", Password: "the password of eve", Email: "eve@example.com"}) // on record
			addProven(t, k, "bob", "shared@example.com")
			addProven(t, k, "carl", "shared@example.com")
			addProven(t, k, "fred", "dan@example.com")
			addProven(t, k, "dan@example.com", "daniel@example.com")
			addProven(t, k, "x!y", "odd!one@example.com") // no name that the profile takes
			for _, tt := range []struct {
				typed       string
				name, email string // who signs in by it as a name, and as an address
			}{
				{"ada", "ada", ""},
				{"ada@bücher.example", "", "ada"},
				{" ADA@xn--bcher-kva.example. ", "", "ada"},
				{"ada@bücher.exampl", "", ""},
				{"bücher.example", "", ""},
				{"eve", "eve", ""},
				{"eve@example.com", "", ""},
				{"bob", "bob", ""},
				{"shared@example.com", "", ""},
				{"dan@example.com", "dan@example.com", "fred"},
				{"daniel@example.com", "", "dan@example.com"},
				{"odd!one@example.com", "", "x!y"},
			} {
				want := map[string]string{"name": tt.name, "email": tt.email}[mode]
				if mode == "both" {
					if want = tt.name; want == "" {
						want = tt.email
					}
				}
				for _, who := range []string{"ada", "eve", "bob", "carl", "fred", "dan@example.com", "x!y"} {
					r := hostLogin(t, k, sallyport.Login{Username: tt.typed, Password: "the password of " + who})
					if in := r.Outcome == sallyport.Granted; in != (who == want) || in && (r.Identity.Name != who || r.Session.Name != who) {
						t.Errorf("%q with the password of %s: got %v, %q, want %q in", tt.typed, who, r.Outcome, r.Reason, want)
					}
				}
				k.Clock.Advance(24 * time.Hour) // the misses were many
			}
		})
	}
	for _, by := range []sallyport.SignInBy{-1, 3} {
		if _, err := sallyport.New(t.Context(), sallyport.Config{Store: memstore.New(), InsecurePlainStore: true, Issuer: "http://127.0.0.1", SignInBy: by}); err == nil {
			t.Errorf("%d: got an engine, want it refused", by)
		}
	}
}

// TestSignInByDeletedName: the name of an account that is gone is nobody's, and does not
// stand before an address.
func TestSignInByDeletedName(t *testing.T) {
	k := sallyporttest.New(t, signsInBy(sallyport.SignInByNameOrEmail))
	withoutFactors(t, k)
	dan, fred := addProven(t, k, "dan@example.com", "daniel@example.com"), addProven(t, k, "fred", "dan@example.com")
	if err := setup(k).DeleteUser(t.Context(), dan.ID); err != nil {
		t.Fatal(err)
	}
	wantOutcome(t, "by address", hostLogin(t, k, sallyport.Login{Username: "dan@example.com", Password: fred.Password}), sallyport.Granted, "")
	wantOutcome(t, "who is gone, by address", hostLogin(t, k, sallyport.Login{Username: "daniel@example.com", Password: dan.Password}), sallyport.Denied, sallyport.ReasonWrongPassword)
}

// TestLockoutByAddress: all spellings of an address are one count, of a known address as
// of an unknown one; the account has its own beside it, and an administrator ends both.
func TestLockoutByAddress(t *testing.T) {
	k := sallyporttest.New(t, signsInBy(sallyport.SignInByNameOrEmail))
	withoutFactors(t, k)
	ada := addProven(t, k, "ada", "ada@example.com")
	spellings := []string{"ada@example.com", "ADA@EXAMPLE.com", "ada@example.com.", "ada@example\u3002com", " ada@example.com"}
	for i := range 10 {
		want := sallyport.ReasonWrongPassword
		switch i {
		case 8:
			want = sallyport.ReasonLastTry
		case 9:
			want = sallyport.ReasonLockedOut
		}
		for _, head := range []string{"", "un"} { // unada@example.com is nobody's
			typed := spellings[i%len(spellings)]
			if head != "" {
				typed = head + strings.TrimSpace(typed)
			}
			wantOutcome(t, typed, hostLogin(t, k, sallyport.Login{Username: typed, Password: fmt.Sprint("wrong ", i)}), sallyport.Denied, want)
		}
	}
	for typed, want := range map[string]sallyport.Reason{"Ada@example.com": sallyport.ReasonLockedOut, "ada": sallyport.ReasonWrongPassword} {
		wantOutcome(t, typed, hostLogin(t, k, sallyport.Login{Username: typed, Password: ada.Password}), sallyport.Denied, want)
	}
	if u, err := setup(k).User(t.Context(), ada.ID); err != nil || u.LockedUntil.IsZero() {
		t.Errorf("got %+v, %v, want it shown as locked", u, err)
	}
	if err := setup(k).Unlock(t.Context(), ada.ID); err != nil {
		t.Fatal(err)
	}
	for _, typed := range []string{"ADA@example.com", "ada"} {
		wantOutcome(t, typed, hostLogin(t, k, sallyport.Login{Username: typed, Password: ada.Password}), sallyport.Granted, "")
	}
}

// TestApplyUnlocksAddress: an apply that takes a lock away takes away those by misses,
// also of the address.
func TestApplyUnlocksAddress(t *testing.T) {
	k := sallyporttest.New(t, signsInBy(sallyport.SignInByEmail))
	withoutFactors(t, k)
	ada := addProven(t, k, "ada", "ada@example.com")
	k.EditUser(t, "ada", func(u *directory.User) { u.Locked = true })
	for i := range 10 {
		hostLogin(t, k, sallyport.Login{Username: "ada@example.com", Password: fmt.Sprint("wrong ", i)})
	}
	k.EditUser(t, "ada", func(u *directory.User) { u.Locked = false })
	wantOutcome(t, "after it", hostLogin(t, k, sallyport.Login{Username: "ada@example.com", Password: ada.Password}), sallyport.Granted, "")
}

// TestLaterNames: calls 2 and 3 may send what call 1 sent, in another spelling, or the
// account's name, and nothing else. Their passwords are counted with those of call 1.
func TestLaterNames(t *testing.T) {
	k := sallyporttest.New(t, signsInBy(sallyport.SignInByNameOrEmail))
	ada := addProven(t, k, "ada", "ada@example.com")
	for _, first := range []string{"ada", "ada@example.com"} {
		r := hostLogin(t, k, sallyport.Login{Username: first, Password: ada.Password})
		wantOutcome(t, first, r, sallyport.FactorWanted, "")
		for later, good := range map[string]bool{
			"ada": true, "ADA": true, "Ada@example.com.": first != "ada", "eve": false, "eve@example.com": false, "": true, "a,\x00": false,
		} {
			on := hostLogin(t, k, sallyport.Login{RequestID: r.RequestID, Username: later, Password: ada.Password})
			if (on.Outcome == sallyport.FactorWanted) != good || good && on.Identity.Name != "ada" {
				t.Errorf("%q after %q: got %v, %q, want it good: %v", later, first, on.Outcome, on.Reason, good)
			}
		}
	}
	r := hostLogin(t, k, sallyport.Login{Username: "ada@example.com", Password: ada.Password})
	for i := range 9 {
		hostLogin(t, k, sallyport.Login{RequestID: r.RequestID, Password: fmt.Sprint("wrong ", i)})
	}
	wantOutcome(t, "the tenth, at call 1", hostLogin(t, k, sallyport.Login{Username: "ADA@example.com", Password: "wrong"}), sallyport.Denied, sallyport.ReasonLockedOut)
	wantOutcome(t, "a node that has not met the request", hostNode(t, k, sallyport.Login{RequestID: r.RequestID, Password: ada.Password}), sallyport.FactorWanted, sallyport.ReasonLockedOut)
}

// hostNode is hostLogin at another node on the same store.
func hostNode(t *testing.T, k *sallyporttest.Kit, in sallyport.Login) *sallyport.Result {
	t.Helper()
	return hostLogin(t, k.Node(), in)
}

// TestP9SignInByAddress: before a right password an address is answered and looked up
// alike, whoever it is of.
func TestP9SignInByAddress(t *testing.T) {
	counting := storetest.NewCounting(memstore.New())
	k := sallyporttest.New(t, signsInBy(sallyport.SignInByNameOrEmail), sallyporttest.WithStore(counting))
	withoutFactors(t, k)
	addProven(t, k, "ada", "ada@example.com")
	addProven(t, k, "bob", "shared@example.com")
	addProven(t, k, "carl", "shared@example.com")
	k.AddUser(t, sallyporttest.User{Name: "eve", Email: "eve@example.com"})
	hostLogin(t, k, sallyport.Login{Username: "warm", Password: "up"})
	want := ""
	for _, typed := range []string{"ada@example.com", "shared@example.com", "eve@example.com", "nobody@example.com", "ada", "nobody"} {
		counting.Reset()
		r := hostLogin(t, k, sallyport.Login{Username: typed, Password: "wrong"})
		n := counting.Counts()
		got := fmt.Sprint(r.Outcome, r.Reason, r.Status, r.Identity, n.Loads, n.Loaded, n.Commits)
		if want == "" {
			want = got
		}
		if got != want {
			t.Errorf("%q: got %s, want %s", typed, got, want)
		}
	}
}

// TestCostsOfSignIn: two readings and one commit, however somebody signs in.
func TestCostsOfSignIn(t *testing.T) {
	for mode, by := range signInModes {
		counting := storetest.NewCounting(memstore.New())
		k := sallyporttest.New(t, signsInBy(by), sallyporttest.WithStore(counting))
		withoutFactors(t, k)
		ada := addProven(t, k, "ada", "ada@example.com")
		for _, typed := range []string{"ada", "ada@example.com", "nobody@example.com"} {
			counting.Reset()
			hostLogin(t, k, sallyport.Login{Username: typed, Password: ada.Password})
			if got := counting.Counts(); got.Loads != 2 || got.Commits != 1 {
				t.Errorf("by %s, %q: got %d loads and %d commits, want 2 and 1", mode, typed, got.Loads, got.Commits)
			}
		}
	}
}

// TestResetByAddress: whoever forgot their password names the account as at sign-in, and
// the new password ends the lock of the address with that of the name.
func TestResetByAddress(t *testing.T) {
	for mode, by := range signInModes {
		for _, typed := range []string{"Ada@example.com.", "ada"} {
			k := sallyporttest.New(t, signsInBy(by))
			withoutFactors(t, k)
			addProven(t, k, "ada", "ada@example.com")
			for i := range 10 {
				hostLogin(t, k, sallyport.Login{Username: "ADA@example.com", Password: fmt.Sprint("wrong ", i)})
			}
			if err := k.Engine.BeginReset(t.Context(), sallyport.ResetRequest{Username: typed}); err != nil {
				t.Fatal(err)
			}
			if mode == "name" && typed != "ada" || mode == "email" && typed == "ada" {
				k.Engine.Close() // which waits for mails
				if n := k.Outbox.Count(); n != 0 {
					t.Errorf("by %s, %q: got %d mails, want none", mode, typed, n)
				}
				continue
			}
			link := k.Outbox.Await("ada@example.com", "reset").Link
			r, err := k.Engine.FinishReset(t.Context(), sallyport.ResetFinish{Key: link[strings.LastIndexByte(link, '/')+1:], NewPassword: fresh})
			if err != nil || r.Outcome != sallyport.Granted {
				t.Fatalf("by %s: got %+v, %v", mode, r, err)
			}
			if mode != "name" {
				wantOutcome(t, "by "+mode, hostLogin(t, k, sallyport.Login{Username: "ada@example.com", Password: fresh}), sallyport.Granted, "")
			}
		}
	}
}
