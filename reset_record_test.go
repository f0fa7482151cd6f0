package sallyport_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/sealed"
)

// TestResetAddress: the address of a key has to be proven, as a factor or without being
// one, when the key is mailed and when it is used, and be the one it went to.
func TestResetAddress(t *testing.T) {
	s := memstore.New()
	r := newResetting(t, sallyporttest.User{Email: mail, MFA: new(false)}, sallyporttest.WithStore(s),
		sallyporttest.WithConfig(func(c *sallyport.Config) { c.Keys, c.InsecurePlainStore = sealed.Keys{}, true }))
	home, err := sallyport.HomeOf(t.Context(), s, "", r.p.ID)
	if err != nil {
		t.Fatal(err)
	}
	address := func(a mfa.Address) {
		t.Helper()
		err := store.NewDB(s, "").Run(t.Context(), r.Clock.Now(), func(tx *store.Tx) error {
			f, _, err := mfa.FactorsTable.Get(tx, home)
			if err != nil {
				return err
			}
			f.Email = a
			return mfa.FactorsTable.Put(tx, home, f, account.NoExpiry)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	r.ask("ada") // is not mailed, and uses up one of three
	address(mfa.Address{Value: mail, Proven: r.Clock.Now()})
	key := r.key()
	for what, a := range map[string]mfa.Address{
		"proven no longer": {Value: mail}, "another one": {Value: "b@example.com", Proven: r.Clock.Now()}, "another case": {Value: "Marie.sample.deals@gmail.com", Proven: r.Clock.Now()}, "none": {},
	} {
		address(a)
		r.over(what, key)
	}
	address(mfa.Address{Value: mail, Validated: r.Clock.Now()})
	r.done("proven again", sallyport.ResetFinish{Key: key})
	if n := r.sent("reset"); n != 1 {
		t.Errorf("got %d mails, want 1", n)
	}
}

// TestP6ResetClock: what was counted ahead of a clock that is set back counts from then
// on, and a request that was opened ahead is dead.
func TestP6ResetClock(t *testing.T) {
	r := newResetting(t, withApp)
	key := r.key()
	r.Clock.Advance(2 * time.Minute)
	in := r.open(key, mfa.Authenticator)
	for i := range 3 {
		r.miss(in, i, sallyport.FactorWanted)
	}
	r.Clock.Set(r.Clock.Now().Add(-90 * time.Second)) // the key began 30 s before
	r.reach("a request from ahead", in, sallyport.Denied, sallyport.ReasonOver, sallyport.PasswordRequestOver)
	in = r.open(key, mfa.Authenticator)
	r.miss(in, 4, sallyport.FactorWanted)
	r.miss(in, 5, sallyport.FactorWanted)
	r.over("five in all", key)
	r.Clock.Advance(time.Hour - 1)
	in = r.open(r.key(), mfa.Authenticator)
	for i := range 4 {
		r.miss(in, i, sallyport.FactorWanted)
	}
	r.miss(in, 4, sallyport.Denied)
	r.reach("ten within the hour", sallyport.ResetFinish{Key: r.key(), NewPassword: fresh}, sallyport.Denied, sallyport.ReasonGuessesUsedUp, sallyport.PasswordChangeRefused)
}

// TestP6ResetWaits: a key, or a proof, whose time ran out while its password waited for
// a turn to be hashed sets none.
func TestP6ResetWaits(t *testing.T) {
	for what, tt := range map[string]struct {
		user sallyporttest.User
		life time.Duration
	}{"a key": {mailbox, 30 * time.Minute}, "a proof": {withApp, mfa.Life}} {
		var readings atomic.Int64 // until the clock is late
		r := newResetting(t, tt.user, sallyporttest.WithConfig(func(c *sallyport.Config) {
			now := c.Now
			c.Now = func() time.Time {
				if readings.Add(-1) == 0 {
					return now().Add(time.Second)
				}
				return now()
			}
		}))
		in := sallyport.ResetFinish{Key: r.key()}
		if tt.life == mfa.Life {
			in = r.open(in.Key, mfa.Authenticator)
			in.Code, in.NewPassword = r.p.Authenticator.Code(), ""
			r.reach("the code", in, sallyport.PasswordChangeWanted, "", sallyport.PasswordChangeRefused)
			in.Code, in.OptionID = "", ""
		}
		in.NewPassword = fresh
		r.Clock.Advance(tt.life - time.Second)
		readings.Store(2) // before the key is read, and after the password was hashed
		r.reach(what, in, sallyport.Denied, sallyport.ReasonOver, sallyport.ResetKeyUnknown)
		r.wantPassword(fresh, false)
	}
}
