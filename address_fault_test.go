package sallyport_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/internal/proof"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/storetest"
)

// TestP8AddressFaults breaks every call on the store while an address is changed and the
// change is taken back, and while an account is closed, with a factor and without one.
func TestP8AddressFaults(t *testing.T) {
	beside(t)
	for name, user := range map[string]sallyporttest.User{
		"change of address": {Email: mail}, "change of address with a factor": {Email: mail, EmailValidated: true},
		"closing": {}, "closing with a factor": {Email: mail, EmailValidated: true},
	} {
		over := addressOverFault
		if strings.HasPrefix(name, "closing") {
			over = closingOverFault
		}
		for _, bad := range faults() {
			t.Run(name+" "+bad.name, func(t *testing.T) {
				n := 1
				for hit := true; hit; n++ {
					synctest.Test(t, func(t *testing.T) { hit = over(t, user, bad, n) })
				}
				proof.Note(t, "faults", name, bad.name, n-2)
			})
		}
	}
}

// faultyMoving is a kit on a store that is about to break, with a session.
func faultyMoving(t *testing.T, user sallyporttest.User) (*moving, *storetest.Faulty, *sallyport.Session) {
	f := storetest.NewFaulty(memstore.New())
	user.MFA = new(false)
	m := newMoving(t, user, sallyporttest.WithStore(f))
	s := hostLogin(t, m.Kit, sallyport.Login{Username: "ada", Password: m.p.Password}).Session
	f.Reset()
	return m, f, s
}

// addressOverFault: whatever broke, the account has one of the two addresses, whole, and
// in the index alone; whoever was told of success has theirs; sessions have ended where
// it moved, and not else; and once the store is sound what remains can be done.
func addressOverFault(t *testing.T, user sallyporttest.User, bad fault, n int) (hit bool) {
	m, f, s := faultyMoving(t, user)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	f.At(bad.op, n, bad.make(broken{ctx, cancel, m.Clock}))
	key, told := m.moveWhole(ctx)
	hit = f.Calls(bad.op) >= n
	f.Reset()
	synctest.Wait()
	if !told && (!hit || bad.harmless) {
		t.Errorf("fault %d: it failed, want no harm done", n)
	}
	u := m.user()
	moved := u.Email == newMail
	if moved && (!u.EmailProven || u.EmailFactor != user.EmailValidated) || !moved && (u.Email != mail || u.EmailProven != user.EmailValidated) || told && !moved {
		t.Errorf("fault %d, told of success: %v: got %+v", n, told, u)
	}
	m.wantSession("after the fault", s, !moved)
	if !moved && key != "" {
		m.Clock.Advance(time.Minute)
		if r, err := m.Engine.ProveAddress(t.Context(), key); err != nil || r.Status != sallyport.AddressProven {
			t.Errorf("fault %d: got %+v, %v of the key, want it good still", n, r, err)
		}
	}
	if moved {
		m.spend("the key once more", key, sallyport.AddressKeyDead)
	}
	if _, err := setup(m.Kit).CreateUser(t.Context(), directory.NewUser{Name: "eve", Email: m.user().Email, EmailProven: true}); errors.Is(err, directory.ErrAddressTaken) != m.user().EmailProven {
		t.Errorf("fault %d: got %v of the same address for another account, and it is proven: %v", n, err, m.user().EmailProven)
	}
	return hit
}

// moveWhole changes the address, and returns the key, if one came, and whether all of it
// was told to have succeeded.
func (m *moving) moveWhole(ctx context.Context) (key string, told bool) {
	in := sallyport.AddressChange{Username: "ada", Password: m.p.Password, Email: newMail}
	r, err := m.Engine.ChangeAddress(ctx, in)
	for err == nil && (r.Outcome == sallyport.FactorWanted || r.Outcome == sallyport.Waiting) && in.Code == "" {
		if r.Outcome == sallyport.FactorWanted && in.OptionID != "" {
			return "", false
		}
		if in.OptionID != "" {
			in.Code = m.Outbox.LastCode(mail)
		} else {
			in = sallyport.AddressChange{RequestID: r.RequestID, OptionID: r.Options[0].ID}
		}
		r, err = m.Engine.ChangeAddress(ctx, in)
	}
	if err != nil || r.Outcome != sallyport.Granted {
		return "", false
	}
	synctest.Wait() // for the mail
	link := m.Outbox.Last(newMail).Link
	key = link[strings.LastIndexByte(link, '/')+1:]
	p, err := m.Engine.ProveAddress(ctx, key)
	return key, err == nil && p.Status == sallyport.AddressProven
}

// closingOverFault: whatever broke, the account is there whole or gone.
func closingOverFault(t *testing.T, user sallyporttest.User, bad fault, n int) (hit bool) {
	m, f, s := faultyMoving(t, user)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	f.At(bad.op, n, bad.make(broken{ctx, cancel, m.Clock}))
	told := m.closeWhole(ctx)
	hit = f.Calls(bad.op) >= n
	f.Reset()
	if !told && (!hit || bad.harmless) {
		t.Errorf("fault %d: it failed, want no harm done", n)
	}
	_, err := setup(m.Kit).User(t.Context(), m.p.ID)
	gone := errors.Is(err, directory.ErrNoUser)
	if !gone && err != nil || told && !gone {
		t.Errorf("fault %d, told of success: %v: got %v", n, told, err)
	}
	m.wantClosed("after the fault", gone)
	m.wantSession("after the fault", s, !gone)
	m.Clock.Advance(time.Minute)
	if in := hostLogin(t, m.Kit, sallyport.Login{Username: "ada", Password: m.p.Password}).Session != nil; in == gone {
		t.Errorf("fault %d: got a session: %v, and the account is gone: %v", n, in, gone)
	}
	return hit
}

func (m *moving) closeWhole(ctx context.Context) (told bool) {
	in := sallyport.AccountClosing{Username: "ada", Password: m.p.Password}
	r, err := m.Engine.CloseAccount(ctx, in)
	if err == nil && r.Outcome == sallyport.FactorWanted {
		in = sallyport.AccountClosing{RequestID: r.RequestID, OptionID: r.Options[0].ID}
		if r, err = m.Engine.CloseAccount(ctx, in); err != nil || r.Outcome != sallyport.Waiting {
			return false
		}
		in.Code = m.Outbox.LastCode(mail)
		r, err = m.Engine.CloseAccount(ctx, in)
	}
	return err == nil && r.Outcome == sallyport.Granted
}

// TestP8UndoFaults breaks every call on the store while a change is taken back: the
// account has one of the two addresses, and the key is spent where it has done its work.
func TestP8UndoFaults(t *testing.T) {
	for _, bad := range faults() {
		t.Run(bad.name, func(t *testing.T) {
			n := 1
			for hit := true; hit; n++ {
				synctest.Test(t, func(t *testing.T) { hit = undoOverFault(t, bad, n) })
			}
			proof.Note(t, "faults", "undoing a change of address", bad.name, n-2)
		})
	}
}

func undoOverFault(t *testing.T, bad fault, n int) (hit bool) {
	m, f, _ := faultyMoving(t, sallyporttest.User{Email: mail, EmailValidated: true})
	key, _ := m.moveTo(newMail)
	s := hostLogin(t, m.Kit, sallyport.Login{Username: "ada", Password: m.p.Password}).Session
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	f.Reset()
	f.At(bad.op, n, bad.make(broken{ctx, cancel, m.Clock}))
	r, err := m.Engine.UndoAddress(ctx, key)
	told := err == nil && r.Status == sallyport.AddressRestored
	hit = f.Calls(bad.op) >= n
	f.Reset()
	u := m.user()
	back := u.Email == mail
	if !told && (!hit || bad.harmless) || told && !back || !u.EmailFactor || !back && u.Email != newMail {
		t.Errorf("fault %d, told of success: %v: got %+v", n, told, u)
	}
	m.wantSession("after the fault", s, !back)
	want := sallyport.AddressRestored
	if back {
		want = sallyport.AddressKeyDead
	}
	m.spend("undo once more", key, want)
	m.wantAddress("in the end", mail, true, true)
	return hit
}
