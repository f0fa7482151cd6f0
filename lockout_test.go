package sallyport_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/storetest"
)

const lastBad = mismatch | sallyport.LastBadLogin

// passwordRules is a kit whose policy on wrong passwords is this one.
func passwordRules(t *testing.T, maxBad int, window, unlock time.Duration) *sallyporttest.Kit {
	t.Helper()
	return sallyporttest.New(t, sallyporttest.WithDirectory(func(d *directory.File) {
		d.Policy = &directory.Policy{Password: directory.Passwords{MaxBadLogons: &maxBad, BadLogonWindow: &window, AutoUnlockAfter: &unlock}}
	}))
}

// misses gives n wrong passwords that were not given before, and wants each to
// be answered as the plain one, but for the last.
func misses(t *testing.T, c *sallyporttest.Client, name string, n int, last sallyport.Status) {
	t.Helper()
	for i := range n {
		want := mismatch
		if i == n-1 {
			want = last
		}
		c.Login(name, "wrong "+rnd.Hex(8)).Want(t, want)
	}
}

// TestLockoutWindow: ten misses lock where the last comes within fifteen
// minutes of the first, to the nanosecond, and else the count begins anew.
func TestLockoutWindow(t *testing.T) {
	k := sallyporttest.New(t)
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "paul"})
	misses(t, c, p.Name, 9, lastBad)
	k.Clock.Advance(15*time.Minute - 1)
	misses(t, c, p.Name, 1, lockedOut)

	k = sallyporttest.New(t)
	c, p = k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "paul"})
	misses(t, c, p.Name, 9, lastBad)
	k.Clock.Advance(15 * time.Minute)
	misses(t, c, p.Name, 9, lastBad)
	misses(t, c, p.Name, 1, lockedOut)
}

// TestLockoutBeginsAnew: after a lock the count and the window begin with the
// next miss, also within the window that the lock ended.
func TestLockoutBeginsAnew(t *testing.T) {
	k := passwordRules(t, 3, time.Hour, time.Minute)
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "paul"})
	misses(t, c, p.Name, 2, lastBad)
	misses(t, c, p.Name, 1, lockedOut)
	k.Clock.Advance(30 * time.Minute)
	misses(t, c, p.Name, 2, lastBad)
	k.Clock.Advance(30 * time.Minute) // where the first window would have ended
	misses(t, c, p.Name, 1, lockedOut)
}

// TestLockoutNoLongerThanADay: each lock in a row lasts twice as long as the
// one before, up to a day.
func TestLockoutNoLongerThanADay(t *testing.T) {
	k := passwordRules(t, 1, time.Minute, 5*time.Hour)
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "paul"})
	hours := []int{5, 10, 20}
	for range 30 { // doubled as often, the time would not fit into its type
		hours = append(hours, 24)
	}
	for _, n := range hours {
		misses(t, c, p.Name, 1, lockedOut)
		k.Clock.Advance(time.Duration(n)*time.Hour - 1)
		c.Login(p.Name, p.Password).Want(t, lockedOut)
		k.Clock.Advance(1)
	}
	c.Login(p.Name, p.Password).Want(t, sallyport.Success)
}

// TestLockoutUntilAdministrator: without automatic unlocking no time unlocks.
func TestLockoutUntilAdministrator(t *testing.T) {
	k := passwordRules(t, 1, time.Minute, 0)
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "paul"})
	misses(t, c, p.Name, 1, lockedOut)
	k.Clock.Advance(10 * 365 * 24 * time.Hour)
	c.Login(p.Name, p.Password).Want(t, lockedOut)
	k.EditUser(t, p.Name, func(u *directory.User) { u.Locked = true })
	k.EditUser(t, p.Name, func(u *directory.User) { u.Locked = false })
	c.Login(p.Name, p.Password).Want(t, sallyport.Success)
}

// TestLockoutZeroNeverLocks: where the policy allows any number of wrong
// passwords, none locks or is the last.
func TestLockoutZeroNeverLocks(t *testing.T) {
	k := passwordRules(t, 0, time.Minute, time.Minute)
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "paul"})
	misses(t, c, p.Name, 150, mismatch)
	c.Login(p.Name, p.Password).Want(t, sallyport.Success)
}

// TestLockoutRepeatAfterTenSeconds: the same wrong password is charged again
// after ten seconds, to the nanosecond, which count from the one that was
// charged.
func TestLockoutRepeatAfterTenSeconds(t *testing.T) {
	k := passwordRules(t, 3, time.Minute, time.Minute)
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "paul"})
	try := func(want sallyport.Status) {
		t.Helper()
		c.Login(p.Name, "wrong").Want(t, want)
	}
	try(mismatch)
	k.Clock.Advance(5 * time.Second)
	try(mismatch)
	k.Clock.Advance(5*time.Second - 1)
	try(mismatch)
	k.Clock.Advance(1)
	try(lastBad)
	k.Clock.Advance(10*time.Second - 1)
	try(lastBad)
	k.Clock.Advance(1)
	try(lockedOut)
}

// TestLockoutOpenRequest: a lock holds for a password that is sent with an open
// request, too, and a miss there locks like any other.
func TestLockoutOpenRequest(t *testing.T) {
	k := sallyporttest.New(t)
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
	a := c.Choose(c.Login(p.Name, p.Password), "Email", "OTP").Want(t, waiting)
	code := k.Outbox.LastCode(mail)
	misses(t, c, p.Name, 9, lastBad)
	c.Resume(a.RequestID, p.Name, "wrong").Want(t, lockedOut)
	in := sallyport.Login{RequestID: a.RequestID, OptionID: option(t, a, "Email", "OTP"), Code: code, Password: p.Password}
	c.Call(in).Want(t, lockedOut)
	got := c.Resume(a.RequestID, p.Name, p.Password).Want(t, lockedOut)
	if got.Response.AuthenticationResponse.Identity != nil || len(got.Options) > 0 {
		t.Error("a locked name is told who it is or what may be answered")
	}
	in.Password = ""
	c.Call(in).Want(t, sallyport.Success) // who brings no password is not judged by the lock
}

// TestLockoutFollowsTheAccount: the lock of an account holds under its new
// name. There the right password is answered and charged like a wrong one: what
// told them apart would tell which it was.
func TestLockoutFollowsTheAccount(t *testing.T) {
	k := sallyporttest.New(t)
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "paul"})
	misses(t, c, p.Name, 9, lastBad)
	misses(t, c, p.Name, 1, lockedOut)
	k.EditUser(t, p.Name, func(u *directory.User) { u.ID, u.Name = p.ID, "pauline" })
	k.Clock.Advance(15*time.Minute - 1)
	for range 5 {
		c.Login("pauline", p.Password).Want(t, mismatch)
	}
	k.Clock.Advance(10 * time.Second) // until then it is a repeat
	c.Login("pauline", p.Password).Want(t, sallyport.Success)
}

// TestLockoutRightIsCharged: while the account is locked, its right password under
// another name counts like a wrong one.
func TestLockoutRightIsCharged(t *testing.T) {
	k := passwordRules(t, 3, time.Hour, time.Hour)
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "paul"})
	misses(t, c, p.Name, 2, lastBad)
	misses(t, c, p.Name, 1, lockedOut)
	k.EditUser(t, p.Name, func(u *directory.User) { u.ID, u.Name = p.ID, "pauline" })
	for _, want := range []sallyport.Status{mismatch, lastBad, lockedOut} {
		c.Login("pauline", p.Password).Want(t, want)
		c.Login("pauline", p.Password).Want(t, want) // a repeat is not charged again
		k.Clock.Advance(10 * time.Second)
	}
}

// TestLockoutEvents: a wrong password is told with its account, the one that
// locks as a lock, and what is refused while a name is locked as that.
func TestLockoutEvents(t *testing.T) {
	k := passwordRules(t, 2, time.Minute, time.Minute)
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "paul"})
	for _, who := range []struct{ name, account string }{{p.Name, p.ID}, {"nobody", ""}} {
		before := len(k.Events())
		misses(t, c, who.name, 1, lastBad)
		misses(t, c, who.name, 1, lockedOut)
		misses(t, c, who.name, 1, lockedOut)
		var got []string
		for _, ev := range k.Events()[before:] {
			got = append(got, fmt.Sprint(ev.Kind, ",", ev.Account, ",", ev.Client, ",", ev.Status, ",", ev.Detail))
		}
		tail := "," + who.account + "," + sallyporttest.ClientID + ","
		want := []string{
			"wrong password" + tail + lastBad.String() + ",",
			"locked" + tail + lockedOut.String() + ",",
			"refused while locked,," + sallyporttest.ClientID + "," + lockedOut.String() + ",",
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: got %q, want %q", who.name, got, want)
		}
	}
}

// TestLockoutTellsTheOwner: the hundredth wrong password since the last
// complete login is worth a notice, and neither the one before nor the next.
func TestLockoutTellsTheOwner(t *testing.T) {
	beside(t)
	synctest.Test(t, func(t *testing.T) {
		k := passwordRules(t, 0, time.Minute, time.Minute)
		c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
		notices := func() (n int) {
			synctest.Wait()
			for _, m := range k.Outbox.Messages() {
				if m.Kind == "notice" {
					n++
				}
			}
			return n
		}
		for _, step := range []struct{ misses, want int }{{99, 0}, {1, 1}, {101, 1}} {
			misses(t, c, p.Name, step.misses, mismatch)
			if got := notices(); got != step.want {
				t.Errorf("after %d more: got %d notices, want %d", step.misses, got, step.want)
			}
		}
		c.LoginWithCode(p.Name, p.Password).Want(t, sallyport.Success)
		misses(t, c, p.Name, 99, mismatch)
		if got := notices(); got != 1 {
			t.Errorf("99 after a complete login: got %d notices, want 1", got)
		}
	})
}

// TestLockedNameCostsOneReading: what is refused while a name is locked costs one
// round of reading and no commit, for an account and for a name that is none.
func TestLockedNameCostsOneReading(t *testing.T) {
	counting := storetest.NewCounting(memstore.New())
	k := sallyporttest.New(t, sallyporttest.WithStore(counting))
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "paul"})
	for _, name := range []string{p.Name, "nobody"} {
		misses(t, c, name, 9, lastBad)
		misses(t, c, name, 1, lockedOut)
		counting.Reset()
		c.Login(name, p.Password).Want(t, lockedOut)
		if got := counting.Counts(); got.Loads != 1 || got.Commits != 0 {
			t.Errorf("%s: got %d loads and %d commits, want 1 and none", name, got.Loads, got.Commits)
		}
	}
}
