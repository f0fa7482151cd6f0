package sallyport_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/password"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/memstore"
)

// missesOn gives n wrong passwords with a device token, and wants each answered as the
// plain wrong one.
func missesOn(t *testing.T, c *sallyporttest.Client, name, token string, n int) {
	t.Helper()
	for range n {
		c.Call(sallyport.Login{Username: name, Password: "wrong " + rnd.Hex(8), DeviceToken: token}).Want(t, mismatch)
	}
}

// lockName gives ten wrong passwords without a device.
func lockName(t *testing.T, c *sallyporttest.Client, name string) {
	t.Helper()
	misses(t, c, name, 9, lastBad)
	misses(t, c, name, 1, lockedOut)
}

// TestDeviceKeepsItsOwnerIn: strangers who lock a name do not keep the owner out, who
// comes from a remembered device; nor does the owner's login end their lock.
func TestDeviceKeepsItsOwnerIn(t *testing.T) {
	k := remembering(t)
	c, p := k.InProcess(), tom(t, k)
	token := remembered(t, c, p)
	lockName(t, c, p.Name)
	token = byDevice(c, p, token).Want(t, sallyport.Success).Tokens.DeviceToken
	c.Login(p.Name, p.Password).Want(t, lockedOut)
	byDevice(c, p, strings.Repeat("0", 96)).Want(t, lockedOut)
	missesOn(t, c, p.Name, token, 1)
	k.Clock.Advance(15 * time.Minute)
	lockName(t, c, p.Name)
	k.Clock.Advance(30*time.Minute - 1) // the second lock in a row is twice as long: the first was not forgotten
	c.Login(p.Name, p.Password).Want(t, lockedOut)
	k.Clock.Advance(1)
	byDevice(c, p, token).Want(t, sallyport.Success) // no lock stood in its way, so it ended the row
	lockName(t, c, p.Name)
	k.Clock.Advance(15 * time.Minute)
	c.Login(p.Name, p.Password).Want(t, wanted)
}

// TestDeviceLockedUnderAnotherSpelling: a lock of the account under a spelling that is not
// locked keeps out whoever has no device, and leaves the owner in.
func TestDeviceLockedUnderAnotherSpelling(t *testing.T) {
	k := remembering(t, sallyporttest.WithConfig(func(c *sallyport.Config) { c.SignInBy = sallyport.SignInByNameOrEmail }))
	c := k.InProcess()
	p := k.AddUser(t, sallyporttest.User{Name: "tom", Email: mail, EmailValidated: true, TOTP: true})
	token := remembered(t, c, p)
	lockName(t, c, mail)
	c.Login(p.Name, p.Password).Want(t, mismatch)
	byDevice(c, p, token).Want(t, sallyport.Success)
	k.Clock.Advance(10 * time.Second)             // past what is no more than a repeat
	c.Login(p.Name, p.Password).Want(t, mismatch) // the lock stands

	// Now the lock of the account ends before that of the name.
	k.Clock.Advance(24 * time.Hour)
	if err := setup(k).Unlock(t.Context(), p.ID); err != nil {
		t.Fatal(err)
	}
	token = remembered(t, c, p)
	wrongly := func(name string, n int) {
		for range n {
			c.Login(name, "wrong "+rnd.Hex(8))
		}
	}
	wrongly(mail, 5)
	wrongly(p.Name, 5)
	k.Clock.Advance(10 * time.Minute)
	wrongly(p.Name, 5)
	k.Clock.Advance(5 * time.Minute)
	c.Login(mail, p.Password).Want(t, wanted)
	byDevice(c, p, token).Want(t, sallyport.Success)
	c.Login(p.Name, p.Password).Want(t, lockedOut)
}

// TestP4Devices: five wrong passwords end a device, and are not counted by the name; so ten
// devices are good for fifty guesses, and after them the name's count holds.
func TestP4Devices(t *testing.T) {
	var charged atomic.Int64
	k := remembering(t, charges(&charged))
	c, p := k.InProcess(), tom(t, k)
	var tokens []string
	for range mfa.MaxDevices {
		tokens = append(tokens, remembered(t, c, p))
	}
	for n, token := range tokens {
		missesOn(t, c, p.Name, token, 5)
		byDevice(c, p, token).Want(t, wanted)
		if got := charged.Load(); got != int64(5*(n+1)) {
			t.Fatalf("after %d devices: %d guesses were charged, want %d", n+1, got, 5*(n+1))
		}
	}
	for i, token := range tokens[:9] {
		c.Call(sallyport.Login{Username: p.Name, Password: fmt.Sprint("wrong ", i), DeviceToken: token})
	}
	c.Call(sallyport.Login{Username: p.Name, Password: "wrong", DeviceToken: tokens[9]}).Want(t, lockedOut)
	if got := charged.Load(); got != 50+10 {
		t.Errorf("%d guesses were charged, want fifty on devices and the name's ten", got)
	}
	ended := 0
	for _, ev := range k.Events() {
		if ev.Kind == sallyport.EventDeviceEnded && ev.Account == p.ID && ev.Detail == "wrong passwords" {
			ended++
		}
	}
	if ended != mfa.MaxDevices {
		t.Errorf("got %d events of devices that ended, want %d", ended, mfa.MaxDevices)
	}
}

// TestP4DeviceParallel: of many wrong passwords at once on one device five are charged to
// it, and then ten to the name.
func TestP4DeviceParallel(t *testing.T) {
	var charged atomic.Int64
	k := remembering(t, charges(&charged))
	c, p := k.InProcess(), tom(t, k)
	token := remembered(t, c, p)
	crowd(100, func(i int) {
		in := login(sallyport.Login{Username: p.Name, Password: fmt.Sprint("wrong ", i), DeviceToken: token})
		if r, err := k.Engine.Login(context.Background(), in); err != nil || r.Tokens != nil {
			t.Errorf("got %v, %v, want it refused", r, err)
		}
	})
	if got := charged.Load(); got != 5+10 {
		t.Errorf("%d guesses were charged, want five and ten", got)
	}
	byDevice(c, p, token).Want(t, lockedOut)
}

// TestP4DeviceRepeatIsChargedOnce: also where the first of the two ended the device.
func TestP4DeviceRepeatIsChargedOnce(t *testing.T) {
	var charged atomic.Int64
	k := remembering(t, charges(&charged))
	c, p := k.InProcess(), tom(t, k)
	token := remembered(t, c, p)
	for i := range 5 {
		for range 2 {
			c.Call(sallyport.Login{Username: p.Name, Password: fmt.Sprint("wrong ", i), DeviceToken: token}).Want(t, mismatch)
		}
	}
	if got := charged.Load(); got != 5 {
		t.Errorf("charged %d times, want five", got)
	}
	k.Clock.Advance(10 * time.Second)
	misses(t, c, p.Name, 9, lastBad) // the name has none of them
}

// TestDeviceCountsCallOneAlone: a wrong password beside a request is counted by the name,
// whatever device token comes with it.
func TestDeviceCountsCallOneAlone(t *testing.T) {
	k := remembering(t)
	c, p := k.InProcess(), tom(t, k)
	token := remembered(t, c, p)
	a := c.Login(p.Name, p.Password).Want(t, wanted)
	for i := range 9 {
		want := mismatch
		if i == 8 {
			want = lastBad
		}
		c.Call(sallyport.Login{RequestID: a.RequestID, Password: fmt.Sprint("wrong ", i), DeviceToken: token}).Want(t, want)
	}
	byDevice(c, p, token).Want(t, sallyport.Success)
}

// TestDeviceMissesAreForgotten by a complete login on the device, as a name's are.
func TestDeviceMissesAreForgotten(t *testing.T) {
	k := remembering(t)
	c, p := k.InProcess(), tom(t, k)
	token := remembered(t, c, p)
	for range 3 {
		missesOn(t, c, p.Name, token, 4)
		token = byDevice(c, p, token).Want(t, sallyport.Success).Tokens.DeviceToken
	}
}

// TestDeviceHasAPermit: while strangers have all permits of the gate, and its queue, a
// call from a known device has one kept for it; a call that merely claims to be has none.
func TestDeviceHasAPermit(t *testing.T) {
	gate, err := password.NewGate(password.GateConfig{Permits: 1})
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		k := remembering(t, sallyporttest.WithConfig(func(c *sallyport.Config) { c.Gate = gate }))
		c, p := k.InProcess(), tom(t, k)
		token := remembered(t, c, p)
		release := make(chan struct{})
		go gate.Do(context.Background(), password.Place{Name: "another"}, func(bool) { <-release })
		synctest.Wait()
		token = byDevice(c, p, token).Want(t, sallyport.Success).Tokens.DeviceToken
		done := make(chan sallyport.Status, 2)
		for _, claim := range []string{"", token[:95] + "x"} {
			go func() {
				r, err := k.Engine.Login(context.Background(), login(sallyport.Login{Username: p.Name, Password: p.Password, DeviceToken: claim}))
				if err != nil {
					t.Error(err)
				}
				done <- r.Status
			}()
		}
		synctest.Wait()
		if len(done) != 0 {
			t.Error("a call without a known device went in")
		}
		byDevice(c, p, token).Want(t, sallyport.Success)
		close(release)
		for range 2 {
			if got := <-done; got != wanted {
				t.Errorf("got %v, want %v", got, wanted)
			}
		}
	})
}

// TestDeviceWaitsBesideALock: a call from a known device that had to wait for its permit is
// not turned away by the lock of its name.
func TestDeviceWaitsBesideALock(t *testing.T) {
	gate, err := password.NewGate(password.GateConfig{Permits: 1})
	if err != nil {
		t.Fatal(err)
	}
	k := remembering(t, sallyporttest.WithConfig(func(c *sallyport.Config) { c.Gate = gate }))
	c, p := k.InProcess(), tom(t, k)
	token := remembered(t, c, p)
	lockName(t, c, p.Name)
	in := login(sallyport.Login{Username: p.Name, Password: p.Password, DeviceToken: token})
	err = gate.Do(t.Context(), password.Place{Name: "another"}, func(bool) {
		if got := grants(t, k, 16, in); got != 16 {
			t.Errorf("got %d of 16 granted", got)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}

// tablesWritten is a store that remembers the tables of which it was last told to write records.
type tablesWritten struct {
	store.Store
	last []string
}

func (s *tablesWritten) Commit(ctx context.Context, c store.Change) error {
	s.last = nil
	for _, w := range c.Writes {
		if !w.Keep {
			s.last = append(s.last, store.TableOf(w.Key))
		}
	}
	slices.Sort(s.last)
	return s.Store.Commit(ctx, c)
}

// TestDeviceLapse: what is written for a caller who has gone does not depend on whether
// the password was right.
func TestDeviceLapse(t *testing.T) {
	s := &tablesWritten{Store: memstore.New()}
	var leave atomic.Pointer[context.CancelFunc]
	var readings atomic.Int64
	k := remembering(t, sallyporttest.WithStore(s), sallyporttest.WithConfig(func(c *sallyport.Config) {
		now := c.Now
		c.Now = func() time.Time {
			if cancel := leave.Load(); cancel != nil && readings.Add(1) == 2 { // that after the hash
				(*cancel)()
			}
			return now()
		}
	}))
	c, p := k.InProcess(), tom(t, k)
	token := remembered(t, c, p)
	want := []string{"devices", "event"}
	for _, pw := range []string{"wrong", p.Password} {
		ctx, cancel := context.WithCancel(t.Context())
		readings.Store(0)
		leave.Store(&cancel)
		r, err := k.Engine.Login(ctx, login(sallyport.Login{Username: p.Name, Password: pw, DeviceToken: token}))
		leave.Store(nil)
		if !errors.Is(err, context.Canceled) || !slices.Equal(s.last, want) {
			t.Errorf("%q: got %v, %v and %q written, want the caller gone and %q", pw, r, err, s.last, want)
		}
	}
	if ev := k.Events()[len(k.Events())-1]; ev.Kind != sallyport.EventLapsed {
		t.Errorf("got event %+v, want a login that lapsed", ev)
	}
	missesOn(t, c, p.Name, token, 4) // and the first was charged, which the lapsed one did not clear
	byDevice(c, p, token).Want(t, wanted)
}

// TestP6DeviceWhileWaiting: a device whose time runs out while its call waits for a hash is
// none: where strangers have locked the name meanwhile the lock holds.
func TestP6DeviceWhileWaiting(t *testing.T) {
	for _, locked := range []bool{false, true} {
		t.Run(fmt.Sprint("locked: ", locked), func(t *testing.T) {
			gate, err := password.NewGate(password.GateConfig{Permits: 1})
			if err != nil {
				t.Fatal(err)
			}
			var late atomic.Bool // the clock goes on by the second with each reading
			k := remembering(t, sallyporttest.WithConfig(func(c *sallyport.Config) {
				now := c.Now
				var n atomic.Int64
				c.Gate, c.Now = gate, func() time.Time {
					if late.Load() {
						return now().Add(time.Duration(n.Add(1)) * time.Second)
					}
					return now()
				}
			}))
			c, p := k.InProcess(), tom(t, k)
			token := remembered(t, c, p)
			end := k.Clock.Now().Add(12 * time.Hour)
			k.Clock.Advance(end.Sub(k.Clock.Now()) - time.Minute)
			want := wanted
			if locked {
				lockName(t, c, p.Name)
				want = lockedOut
			}
			k.Clock.Advance(time.Minute - 1500*time.Millisecond)
			late.Store(true)
			byDevice(c, p, token).Want(t, want)
		})
	}
}
