package sallyport_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/sealed"
)

// TestAccountsAdmin: what an administrator would do to a host's users is the host's to do.
func TestAccountsAdmin(t *testing.T) {
	k := owned(t, ann(t))
	signedIn(t, k)
	a, ctx := k.Engine.Admin(job), t.Context()
	for name, call := range map[string]func() error{
		"CreateUser":         func() error { return errorOf(a.CreateUser(ctx, directory.NewUser{Name: "bob", Password: fresh})) },
		"UpdateUser":         func() error { return errorOf(a.UpdateUser(ctx, annID, directory.UserChange{Disabled: new(true)})) },
		"SetPassword":        func() error { return a.SetPassword(ctx, annID, fresh) },
		"SetLastingPassword": func() error { return a.SetLastingPassword(ctx, annID, fresh) },
		"GeneratePassword":   func() error { return errorOf(a.GeneratePassword(ctx, annID)) },
		"DeleteUser":         func() error { return a.DeleteUser(ctx, annID) },
		"User":               func() error { return errorOf(a.User(ctx, annID)) },
		"FindUser":           func() error { return errorOf(a.FindUser(ctx, "ann")) },
		"Users": func() error {
			for _, err := range a.Users(ctx, "") {
				return err
			}
			return nil
		},
	} {
		if err := call(); !errors.Is(err, sallyport.ErrHostAccounts) {
			t.Errorf("%s: got %v, want %v", name, err, sallyport.ErrHostAccounts)
		}
	}
	_, err := k.Engine.ChangeAddress(ctx, sallyport.AddressChange{Username: "ann", Password: annPassword, Email: mail})
	if !errors.Is(err, sallyport.ErrHostAccounts) {
		t.Errorf("ChangeAddress: got %v, want %v", err, sallyport.ErrHostAccounts)
	}
	_, err = k.Engine.CloseAccount(ctx, sallyport.AccountClosing{Username: "ann", Password: annPassword})
	if !errors.Is(err, sallyport.ErrHostAccounts) {
		t.Errorf("CloseAccount: got %v, want %v", err, sallyport.ErrHostAccounts)
	}
	if err := a.CreateRole(ctx, directory.NewRole{Name: "Guest"}); err != nil {
		t.Errorf("a role: got %v", err)
	}
}

// TestAccountChanged ends sessions at once, on every node, and of one account alone.
func TestAccountChanged(t *testing.T) {
	u := ann(t)
	u.edit("8", func(a *sallyport.Account) {
		*a = u.rows[annID]
		a.ID, a.Name = "8", "Bob"
	})
	for name, end := range map[string]func(a *sallyport.Admin) error{
		"AccountChanged": func(a *sallyport.Admin) error { return a.AccountChanged(t.Context(), annID) },
		"EndSessions":    func(a *sallyport.Admin) error { return a.EndSessions(t.Context(), annID) },
		"Forget":         func(a *sallyport.Admin) error { return a.Forget(t.Context(), annID) },
	} {
		t.Run(name, func(t *testing.T) {
			k := owned(t, u)
			other := k.Node()
			handle := signedIn(t, k)
			bob := hostLogin(t, k, sallyport.Login{Username: "bob", Password: annPassword}).Session.Handle
			wantSession(t, other, "before", handle, true)
			if err := end(k.Engine.Admin(sallyport.Actor{Name: "job", Reason: "left"})); err != nil {
				t.Fatal(err)
			}
			wantSession(t, k, "here", handle, false)
			wantSession(t, other, "at another node", handle, false)
			wantSession(t, k, "another account's", bob, true)
			wantSession(t, k, "the next one", signedIn(t, k), true)
			last := k.Events()[len(k.Events())-2]
			if last.Account != annID || last.Actor != "job" || last.Reason != "left" {
				t.Errorf("got %+v, want it told who did it and why", last)
			}
			for _, id := range []string{"9", "", "\xff"} {
				if err := k.Engine.Admin(job).AccountChanged(t.Context(), id); err != nil {
					t.Errorf("%q, which never logged in: got %v", id, err)
				}
				if err := k.Engine.Admin(job).Forget(t.Context(), id); err != nil {
					t.Errorf("%q, which never logged in: got %v", id, err)
				}
			}
		})
	}
}

// TestAccountChangedBuiltIn: with the built-in directory AccountChanged ends sessions too,
// and Forget is not for it.
func TestAccountChangedBuiltIn(t *testing.T) {
	k := hosted(t)
	p := k.AddUser(t, sallyporttest.User{Name: "ann"})
	handle := hostLogin(t, k, sallyport.Login{Username: "ann", Password: p.Password}).Session.Handle
	if err := k.Engine.Admin(job).AccountChanged(t.Context(), p.ID); err != nil {
		t.Fatal(err)
	}
	wantSession(t, k, "after the change", handle, false)
	if err := k.Engine.Admin(job).Forget(t.Context(), p.ID); err == nil {
		t.Error("forgetting was taken")
	}
}

// TestAccountsUnlock: locks by wrong passwords and used-up codes are kept here, so they are
// ended here, by nobody for themselves.
func TestAccountsUnlock(t *testing.T) {
	u := ann(t)
	k := owned(t, u)
	handle := signedIn(t, k)
	locks(t, k, "ann")
	wantOutcome(t, "locked", hostLogin(t, k, annLogin), sallyport.Denied, sallyport.ReasonLockedOut)
	me, err := k.Engine.Session(t.Context(), handle)
	if err != nil {
		t.Fatal(err)
	}
	if err := k.Engine.Admin(sallyport.Actor{Access: me}).Unlock(t.Context(), annID); !errors.Is(err, sallyport.ErrOwnAccount) {
		t.Errorf("one's own: got %v, want %v", err, sallyport.ErrOwnAccount)
	}
	if err := k.Engine.Admin(job).Unlock(t.Context(), "9"); !errors.Is(err, directory.ErrNoUser) {
		t.Errorf("nobody's: got %v, want %v", err, directory.ErrNoUser)
	}
	if err := k.Engine.Admin(job).Unlock(t.Context(), annID); err != nil {
		t.Fatal(err)
	}
	wantOutcome(t, "unlocked", hostLogin(t, k, annLogin), sallyport.Granted, sallyport.NoReason)
}

// TestAccountsAddresses: an address of the host's is on record, becomes a factor by the
// host's word only of an account that never had one, and one that has changed waits.
func TestAccountsAddresses(t *testing.T) {
	const other = "ann@example.org"
	u := ann(t)
	k := owned(t, u)
	c := k.InProcess()
	login := func() sallyporttest.Answer { k.Clock.Advance(2 * time.Minute); return c.Login("ann", annPassword) }
	u.edit(annID, func(a *sallyport.Account) { a.Email = mail })
	login().Want(t, sallyport.Success)
	handle := signedIn(t, k)
	u.edit(annID, func(a *sallyport.Account) { a.EmailValidatedAt = born })
	login().Want(t, wanted)
	wantSession(t, k, "from before the factor", handle, false)
	u.edit(annID, func(a *sallyport.Account) { a.Email, a.EmailValidatedAt = other, born.Add(time.Hour) })
	a := login().Want(t, wanted)
	c.Answer(c.Choose(a, "Email", "OTP").Want(t, waiting), k.Outbox.LastCode(mail)).Want(t, sallyport.Success)
	if n := k.Outbox.Count(); n != 1 || k.Outbox.Last(mail).To != mail {
		t.Errorf("got %d messages, want one, to the stored address", n)
	}
	a = login().Want(t, wanted)
	c.SendVerification(a.RequestID, "Email", "")
	c.ConfirmVerification(a.RequestID, "Email", k.Outbox.LastCode(other)).Want(t, false)
	c.Answer(c.Choose(a, "Email", "OTP").Want(t, waiting), k.Outbox.LastCode(mail)).Want(t, sallyport.Success)
	a = login().Want(t, wanted)
	c.Answer(c.Choose(a, "Email", "OTP").Want(t, waiting), k.Outbox.LastCode(other)).Want(t, sallyport.Success)
	factors(t, k, mfa.Required)
	login().Want(t, wanted)
}

// TestAccountsUnknownNames: unknown names cost what the host's hashes cost, which are
// counted as their accounts are first met, each once, and never before a right password.
func TestAccountsUnknownNames(t *testing.T) {
	u := ann(t)
	k := owned(t, u, sallyporttest.WithConfig(func(c *sallyport.Config) { c.Keys, c.InsecurePlainStore = sealed.Keys{}, true }))
	counted := func() (n int) {
		err := store.NewDB(k.Store, "").Run(t.Context(), k.Clock.Now(), func(tx *store.Tx) error {
			m, _, err := account.HashMixes.Get(tx, account.TheHashMix)
			n = 0
			for _, s := range m.Shares {
				n += s.Count
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for i := range 3 {
		id := fmt.Sprint("b", i)
		u.edit(id, func(a *sallyport.Account) {
			*a = sallyport.Account{ID: id, Name: id, Since: born, PasswordHash: hashed(t, annPassword)}
		})
		hostLogin(t, k, sallyport.Login{Username: id, Password: "wrong"})
		if got := counted(); got != i {
			t.Errorf("after a wrong password: got %d counted, want %d", got, i)
		}
		for range 2 {
			k.Clock.Advance(time.Minute)
			hostLogin(t, k, sallyport.Login{Username: id, Password: annPassword})
		}
		if got := counted(); got != i+1 {
			t.Errorf("after two right ones: got %d counted, want %d", got, i+1)
		}
	}
}
