package sallyport_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
)

// TestModuleLockout: wrong passwords of all spellings of a name are counted together, of one
// that the module knows as of one that it does not, and a locked name is not asked for.
func TestModuleLockout(t *testing.T) {
	for _, who := range []string{"bob", "nobody"} {
		t.Run(who, func(t *testing.T) {
			f := bobs()
			k := joined(t, f)
			for i, name := range []string{who, `DOM\` + who, who + "@dom", strings.ToUpper(who), who, who, who, who, who} {
				wantOutcome(t, name, hostLogin(t, k, bobWith(name, fmt.Sprint("x", i))), sallyport.Denied, reasonOf(i, 8))
			}
			wantOutcome(t, "the tenth", hostLogin(t, k, bobWith(who, "x9")), sallyport.Denied, sallyport.ReasonLockedOut)
			asked := f.checks.Load()
			wantOutcome(t, "while it is locked", hostLogin(t, k, bobWith(`dom\`+who, bobPassword)), sallyport.Denied, sallyport.ReasonLockedOut)
			if f.checks.Load() != asked || asked != 10 {
				t.Errorf("the module was asked %d times, then %d more, want 10 and none", asked, f.checks.Load()-asked)
			}
			wantOutcome(t, "another name", hostLogin(t, k, bobWith("carl", "x")), sallyport.Denied, sallyport.ReasonWrongPassword)
		})
	}
}

// TestModuleRepeat: the same wrong password again within ten seconds is not asked for.
func TestModuleRepeat(t *testing.T) {
	f := bobs()
	k := joined(t, f)
	for range 20 {
		wantOutcome(t, "a repeat", hostLogin(t, k, bobWith("bob", "x")), sallyport.Denied, sallyport.ReasonWrongPassword)
	}
	if n := f.checks.Load(); n != 1 {
		t.Errorf("the module was asked %d times, want once", n)
	}
}

// TestModuleLockOfTheAccount: once a name has shown whose it is, wrong passwords are charged
// to the account as well: by another name of it a right password is answered like a wrong
// one.
func TestModuleLockOfTheAccount(t *testing.T) {
	f := bobs()
	f.edit("other", func(r *forestRow) { *r = f.rows[bobKey]; r.Name = "robert" })
	k := joined(t, f) // the one account has two names that Canonical does not know as one
	for _, name := range []string{"bob", "robert"} {
		wantOutcome(t, name, hostLogin(t, k, bobWith(name, bobPassword)), sallyport.Granted, sallyport.NoReason)
	}
	for i := range 10 {
		hostLogin(t, k, bobWith("bob", fmt.Sprint("x", i)))
	}
	wantOutcome(t, "by the other name", hostLogin(t, k, bobWith("robert", bobPassword)), sallyport.Denied, sallyport.ReasonWrongPassword)
	k.Clock.Advance(16 * time.Minute)
	wantOutcome(t, "after the lock", hostLogin(t, k, bobWith("robert", bobPassword)), sallyport.Granted, sallyport.NoReason)
}

// TestModuleLimits: the engine stays below what the module's own directory allows: by its
// misses, whatever the pace, and by a lock that lasts as long as that counts.
func TestModuleLimits(t *testing.T) {
	for _, tt := range []struct {
		name   string
		limits limited
		every  time.Duration // between two wrong passwords
		locks  int           // by the how manieth; 0: none of twenty
	}{
		{"none of its own", limited{}, time.Second, 10},
		{"fewer", limited{misses: 3, window: 30 * time.Minute}, time.Second, 3},
		{"fewer, and slowly", limited{misses: 3, window: 30 * time.Minute}, 29 * time.Minute, 3},
		{"fewer, and more slowly than it counts", limited{misses: 3, window: 30 * time.Minute}, 30 * time.Minute, 0},
		{"more than the policy", limited{misses: 50, window: time.Hour}, time.Second, 10},
		{"one", limited{misses: 1, window: time.Hour}, time.Second, 1},
		{"below none", limited{misses: -3, window: time.Hour}, time.Second, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.limits.forest = bobs()
			k := joined(t, tt.limits)
			locked := 0
			for i := range 20 {
				r := hostLogin(t, k, bobWith("bob", fmt.Sprint("x", i)))
				if r.Reason == sallyport.ReasonLockedOut {
					locked = i + 1
					break
				}
				k.Clock.Advance(tt.every)
			}
			if locked != tt.locks {
				t.Fatalf("got it locked by miss %d, want by %d", locked, tt.locks)
			}
			if tt.limits.misses == 3 && locked > 0 {
				k.Clock.Advance(tt.limits.window - time.Second)
				wantOutcome(t, "within the window", hostLogin(t, k, bobLogin), sallyport.Denied, sallyport.ReasonLockedOut)
				k.Clock.Advance(time.Second)
				wantOutcome(t, "after it", hostLogin(t, k, bobLogin), sallyport.Granted, sallyport.NoReason)
			}
		})
	}
}

// TestModuleCrowd: of a hundred wrong passwords at once the module is asked for as many as
// may be wrong, and no more: it would lock the account for itself.
func TestModuleCrowd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := limited{bobs(), 3, time.Hour}
		l.hook(func(context.Context, string) error { time.Sleep(time.Second); return nil }) // so that all come meanwhile
		k := joined(t, l)
		crowd(100, func(i int) {
			if _, err := k.Engine.Login(t.Context(), bobWith([]string{"bob", `dom\bob`}[i%2], fmt.Sprint("x", i))); err != nil {
				t.Error(err)
			}
		})
		if n := l.checks.Load(); n != 3 {
			t.Errorf("the module was asked for %d wrong passwords, want 3", n)
		}
		if n := strings.Count(fmt.Sprint(k.EventKinds()), string(sallyport.EventWrongPassword)); n != 2 {
			t.Errorf("got %d told as wrong before the lock, want 2", n)
		}
	})
}

// TestModuleCrowdOfOne: of the same wrong password, sent fifty times at once, the module is
// asked for one.
func TestModuleCrowdOfOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := bobs()
		f.hook(func(context.Context, string) error { time.Sleep(50 * time.Millisecond); return nil })
		k := joined(t, f)
		crowd(50, func(int) {
			if r, err := k.Engine.Login(t.Context(), bobWith("bob", "x")); err != nil || r.Reason != sallyport.ReasonWrongPassword {
				t.Errorf("got %v, %v, want that it is wrong", r, err)
			}
		})
		if n := f.checks.Load(); n != 1 {
			t.Errorf("the module was asked for %d passwords, want one", n)
		}
	})
}

// TestModuleUnasked: a name and a password that no account can have are charged like wrong
// ones, and the module is not asked for them.
func TestModuleUnasked(t *testing.T) {
	for name, in := range map[string]sallyport.Login{
		"no password":                     bobWith("bob", ""),
		"a password with NUL":             bobWith("bob", bobPassword+"\x00"),
		"a password with a line end":      bobWith("bob", bobPassword+"\n"),
		"a password that is no text":      bobWith("bob", bobPassword+"\xff"),
		"a name of no account":            bobWith("bo*", bobPassword),
		"a name with a control character": bobWith("bo\x00b", bobPassword),
		"a name that is no text":          bobWith("bob\xff", bobPassword),
		"a name of blanks":                bobWith("  ", bobPassword),
	} {
		t.Run(name, func(t *testing.T) {
			f := bobs()
			k := joined(t, f)
			for i := range 9 {
				k.Clock.Advance(11 * time.Second) // so that it is no repeat
				wantOutcome(t, name, hostLogin(t, k, in), sallyport.Denied, reasonOf(i, 8))
			}
			k.Clock.Advance(11 * time.Second)
			wantOutcome(t, "the tenth", hostLogin(t, k, in), sallyport.Denied, sallyport.ReasonLockedOut)
			wantOutcome(t, "another name of no account", hostLogin(t, k, bobWith("ca*", "x")), sallyport.Denied, sallyport.ReasonWrongPassword)
			if n := f.checks.Load(); n != 0 {
				t.Errorf("the module was asked %d times, want none", n)
			}
		})
	}
}

// TestModuleGuessCut: a wrong password whose caller leaves while the module is asked is
// charged all the same, and a right one grants nothing.
func TestModuleGuessCut(t *testing.T) {
	for _, pw := range []string{"wrong", bobPassword} {
		t.Run(pw, func(t *testing.T) {
			f := bobs()
			k := joined(t, f)
			ctx, leave := context.WithCancel(t.Context())
			f.hook(func(context.Context, string) error { leave(); return nil })
			if r, err := k.Engine.Login(ctx, bobWith("bob", pw)); err == nil {
				t.Errorf("got %v, want an error", r)
			}
			f.hook(nil)
			want := map[string]sallyport.EventKind{"wrong": sallyport.EventWrongPassword, bobPassword: sallyport.EventLapsed}[pw]
			if kinds := fmt.Sprint(k.EventKinds()); !strings.Contains(kinds, string(want)) || strings.Contains(kinds, string(sallyport.EventLogin)) {
				t.Errorf("got the events %s, want %q and no login", kinds, want)
			}
		})
	}
}

// TestModuleManyMisses: the owner of an account for which many wrong passwords were given is
// told at the address that they have proven, though no right one has said who they are
// since.
func TestModuleManyMisses(t *testing.T) {
	f := bobs()
	f.edit(bobKey, func(r *forestRow) { r.Email = mail })
	k := joined(t, f)
	setPolicy(t, k, func(p *directory.Policy) { p.Password.MaxBadLogons, p.MFA.Mode = new(0), new(mfa.Required) })
	r := hostLogin(t, k, bobLogin)
	c := k.InProcess()
	c.SendVerification(r.RequestID, "Email", mail)
	c.ConfirmVerification(r.RequestID, "Email", k.Outbox.LastCode(mail))
	for i := range 100 {
		wantOutcome(t, "a wrong one", hostLogin(t, k, bobWith("bob", fmt.Sprint("x", i))), sallyport.Denied, sallyport.ReasonWrongPassword)
	}
	if m := k.Outbox.Await(mail, "notice"); !strings.Contains(m.Subject, "Wrong passwords") {
		t.Errorf("got the notice %q", m.Subject)
	}
}
