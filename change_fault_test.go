package sallyport_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/storetest"
)

// TestP8ChangeFaults breaks every call on the store while a password is changed, with
// a second factor and without one. Whatever broke, one of the two passwords is the
// account's, whoever was told of success has the new one, and a session that the old
// one has opened has not outlived it.
func TestP8ChangeFaults(t *testing.T) {
	beside(t)
	for name, user := range map[string]sallyporttest.User{
		"alone": {Name: "ada"}, "with a factor": {Name: "ada", Email: mail, EmailValidated: true},
	} {
		for _, bad := range faults() {
			t.Run(name+" "+bad.name, func(t *testing.T) {
				for n, hit := 1, true; hit; n++ {
					synctest.Test(t, func(t *testing.T) { hit = changeOverFault(t, user, bad, n) })
				}
			})
		}
	}
}

func changeOverFault(t *testing.T, user sallyporttest.User, bad fault, n int) (hit bool) {
	f := storetest.NewFaulty(memstore.New())
	k := hosted(t, sallyporttest.WithStore(f))
	c := &changing{Kit: k, t: t, p: k.AddUser(t, user)}
	before := hostLogin(t, k, sallyport.Login{Username: "ada", Password: c.p.Password})
	if before.Session == nil {
		before = c.prove(before)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	f.Reset()
	f.At(bad.op, n, bad.make(broken{ctx, cancel, k.Clock}))
	told := c.changeWhole(ctx)
	hit = f.Calls(bad.op) >= n
	f.Reset()
	if !told && (!hit || bad.harmless) {
		t.Errorf("fault %d: it failed, want no harm done", n)
	}
	k.Clock.Advance(time.Minute)
	opens := func(pw string) bool {
		return hostLogin(t, k, sallyport.Login{Username: "ada", Password: pw}).Reason != sallyport.ReasonWrongPassword
	}
	isOld, isNew := opens(c.p.Password), opens(fresh)
	if isOld == isNew || told && !isNew {
		t.Errorf("fault %d, told of success: %v: the old password is good: %v, the new one: %v", n, told, isOld, isNew)
	}
	_, err := k.Engine.Session(t.Context(), before.Session.Handle)
	if errors.Is(err, sallyport.ErrInvalidSession) != isNew {
		t.Errorf("fault %d: got %v of the session from before, and the new password is good: %v", n, err, isNew)
	}
	return hit
}

// changeWhole changes the password and completes the login that it may begin. It
// reports whether all of it was told to have succeeded.
func (c *changing) changeWhole(ctx context.Context) bool {
	r, err := c.Engine.ChangePassword(ctx, sallyport.PasswordChange{Username: c.p.Name, Password: c.p.Password, NewPassword: fresh})
	if err != nil || r.Status != sallyport.PasswordChanged {
		return false
	}
	if r.RequestID == "" {
		return true
	}
	in := sallyport.Login{RequestID: r.RequestID, Password: fresh}
	on, err := c.Engine.Login(ctx, in)
	if err != nil || len(on.Options) == 0 {
		return false
	}
	in.Password, in.OptionID = "", on.Options[1].ID
	if on, err = c.Engine.Login(ctx, in); err != nil || on.Outcome != sallyport.Waiting {
		return false
	}
	in.Code = c.Outbox.LastCode(mail)
	on, err = c.Engine.Login(ctx, in)
	return err == nil && on.Session != nil
}

// TestP8GraceFaults breaks every call on the store while somebody logs in by the last
// grace there is. Whatever broke, one login is granted at most, and whoever was told of
// it has spent the grace.
func TestP8GraceFaults(t *testing.T) {
	for _, bad := range faults() {
		t.Run(bad.name, func(t *testing.T) {
			for n, hit := 1, true; hit; n++ {
				synctest.Test(t, func(t *testing.T) { hit = graceOverFault(t, bad, n) })
			}
		})
	}
}

func graceOverFault(t *testing.T, bad fault, n int) (hit bool) {
	f := storetest.NewFaulty(memstore.New())
	k := hosted(t, sallyporttest.WithStore(f))
	c := &changing{Kit: k, t: t, p: k.AddUser(t, sallyporttest.User{Name: "ada"})}
	c.wantDigit(1)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	f.Reset()
	f.At(bad.op, n, bad.make(broken{ctx, cancel, k.Clock}))
	in := sallyport.Login{Username: "ada", Password: c.p.Password}
	r, err := k.Engine.Login(ctx, in)
	told := err == nil && r.Outcome == sallyport.Granted
	hit = f.Calls(bad.op) >= n
	f.Reset()
	if !told && (!hit || bad.harmless) {
		t.Errorf("fault %d: got %v, %v, want no harm done", n, r, err)
	}
	k.Clock.Advance(time.Minute)
	again := hostLogin(t, k, in)
	if again.Status != weakOver && (told || again.Status != weakByGrace) {
		t.Errorf("fault %d, told of a login: %v: the next was answered %v", n, told, again.Status)
	}
	wantOutcome(t, "the one after it", hostLogin(t, k, in), sallyport.PasswordChangeWanted, sallyport.ReasonPasswordWeak)
	return hit
}

// TestP9ChangeFailure: where a change fails, its time does not say whether the old
// password was right, although the new one is hashed behind a right one alone.
func TestP9ChangeFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		try := unsavedChange(t)
		for _, right := range []bool{true, false} {
			ms, said := try(right)
			if ms != 1000 || !strings.Contains(said, errOnFire.Error()) {
				t.Errorf("right %v: got %q after %v ms, want the fault after a second", right, said, ms)
			}
		}
	})
}

// unsavedChange tries changes of a password whose commit fails.
func unsavedChange(t *testing.T) func(bool) (float64, string) {
	s := &unsaved{Store: memstore.New()}
	k := sallyporttest.New(t, sallyporttest.WithStore(s))
	p, guess := k.AddUser(t, sallyporttest.User{Name: "paul"}), wrongPasswords()
	s.onFire.Store(true)
	return func(right bool) (float64, string) {
		in := sallyport.PasswordChange{Username: p.Name, Password: p.Password, NewPassword: "quite another one"}
		if !right {
			in.Password = guess()
		}
		began := time.Now()
		r, err := k.Engine.ChangePassword(t.Context(), in)
		return float64(time.Since(began)) / float64(time.Millisecond), fmt.Sprint(r, err)
	}
}
