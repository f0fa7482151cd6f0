package sallyport_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/internal/openlist"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/sealed"
	"github.com/sallyport-auth/sallyport/store/storetest"
	"github.com/sallyport-auth/sallyport/token"
)

// TestP1Passwordless: of many who answer with one code, or claim one link, one is granted.
func TestP1Passwordless(t *testing.T) {
	k := sallyporttest.New(t, takesPasswordless())
	k.AddUser(t, noWord("pat"))
	c := k.InProcess()
	a, code := codeFor(k, c, "pat")
	in := login(sallyport.Login{RequestID: a.RequestID, OptionID: option(t, a, "Email", "OTP"), Code: code})
	if n := grants(t, k, 32, in); n != 1 {
		t.Errorf("got %d grants for one code, want 1", n)
	}
	a = c.Call(byName("pat"))
	in = login(sallyport.Login{RequestID: a.RequestID, OptionID: option(t, a, "Email", "Link")})
	if _, err := k.Engine.Login(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	c.Approve(k.Outbox.Await("pat@example.com", "link").Link)
	if n := grants(t, k, 32, in); n != 1 {
		t.Errorf("got %d grants for one link, want 1", n)
	}
}

// TestP3Passwordless: nothing is enrolled and no password changed in such a login, for
// whomever it is, before its option is answered and after it.
func TestP3Passwordless(t *testing.T) {
	k := sallyporttest.New(t, takesPasswordless(), sallyporttest.WithDirectory(func(d *directory.File) {
		d.Policy = &directory.Policy{MFA: directory.MFA{Mode: new(mfa.Required)}}
	}))
	k.AddUser(t, noWord("pat"))
	c := k.InProcess()
	try := func(what string, a sallyporttest.Answer) {
		t.Helper()
		ctx := t.Context()
		in := sallyport.EnrollmentCall{RequestID: a.RequestID, OptionID: option(t, a, "Email", "OTP")}
		for route, call := range map[string]func() error{
			"picture":  func() error { _, err := k.Engine.BeginTOTP(ctx, in); return err },
			"confirm":  func() error { _, err := k.Engine.ConfirmTOTP(ctx, in, "123456"); return err },
			"send":     func() error { _, err := k.Engine.SendVerification(ctx, in, mfa.Email, "eve@example.com"); return err },
			"resend":   func() error { _, err := k.Engine.ResendVerification(ctx, in, mfa.Email); return err },
			"verify":   func() error { _, err := k.Engine.ConfirmVerification(ctx, in, mfa.Email, "123456"); return err },
			"progress": func() error { _, err := k.Engine.Enrollment(ctx, in); return err },
			"page":     func() error { _, err := k.Engine.OpenEnrollmentPage(ctx, in); return err },
			"cancel":   func() error { return cancel(t, k, c, in, in.OptionID) },
		} {
			if err := call(); !errors.Is(err, sallyport.ErrUnknownRequest) {
				t.Errorf("%s, %s: got %v, want the request unknown", what, route, err)
			}
		}
		change := sallyport.PasswordChange{Caller: login(sallyport.Login{}).Caller, RequestID: in.RequestID, Password: "x", NewPassword: "correct horse battery"}
		if r, err := k.Engine.ChangePassword(ctx, change); err != nil || r.Status != sallyport.PasswordRequestOver {
			t.Errorf("%s, a change: got %+v, %v", what, r, err)
		}
	}
	for _, name := range []string{"pat", "nobody"} {
		a := c.Call(byName(name)).Want(t, wanted)
		try(name, a)
		c.Choose(a, "Email", "OTP").Want(t, waiting)
	}
	a, code := codeFor(k, c, "pat")
	first := a
	c.Answer(a, code).Want(t, sallyport.Success)
	try("granted", first)
}

// TestP4Passwordless: a thousand wrong codes at once are five verdicts a request, and ten
// an hour an account; then nothing is judged or sent, for whomever it is. Nobody else's
// count is closed by it.
func TestP4Passwordless(t *testing.T) {
	k := sallyporttest.New(t, takesPasswordless())
	k.AddUser(t, noWord("pat"))
	vera := k.AddUser(t, sallyporttest.User{Name: "vera", Email: "vera@example.com", EmailValidated: true})
	c := k.InProcess()
	for _, name := range []string{"pat", "nobody", "vera"} {
		for range 2 {
			a := c.Choose(c.Call(byName(name)), "Email", "OTP").Want(t, waiting)
			in := login(sallyport.Login{RequestID: a.RequestID, OptionID: option(t, a, "Email", "OTP")})
			var mu sync.Mutex
			told := map[sallyport.Status]int{}
			crowd(100, func(i int) {
				in := in
				in.Code = fmt.Sprint("wrong ", i)
				r, err := k.Engine.Login(t.Context(), in)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				defer mu.Unlock()
				told[r.Status]++
			})
			if told[wrong] != 5 || told[dead] != 95 {
				t.Errorf("%s: got %v, want five verdicts", name, told)
			}
		}
		a := c.Call(byName(name)).Want(t, wanted)
		n := k.Outbox.Count()
		c.Choose(a, "Email", "OTP").Want(t, exhausted)
		c.AnswerWith(a, "Email", "OTP", "00000000").Want(t, exhausted)
		if k.Outbox.Count() != n {
			t.Errorf("%s: something was sent", name)
		}
	}
	a := c.Choose(c.Login("vera", vera.Password), "Email", "OTP").Want(t, waiting)
	c.Answer(a, k.Outbox.LastCode("vera@example.com")).Want(t, sallyport.Success)
	k.Clock.Advance(time.Hour)
	a, code := codeFor(k, c, "pat")
	c.Answer(a, code).Want(t, sallyport.Success)
}

// TestP5Passwordless: a request serves the client that made it, and no other kind of call.
func TestP5Passwordless(t *testing.T) {
	k := sallyporttest.New(t, takesPasswordless(), sallyporttest.WithConfig(func(c *sallyport.Config) { c.HostPasswordless = true }))
	k.AddUser(t, noWord("pat"))
	vera := k.AddUser(t, sallyporttest.User{Name: "vera", TOTP: true})
	c := k.InProcess()
	a, code := codeFor(k, c, "pat")
	in := sallyport.Login{RequestID: a.RequestID, OptionID: option(t, a, "Email", "OTP"), Code: code}
	wantOutcome(t, "the host", hostLogin(t, k, in), sallyport.Denied, sallyport.ReasonOver)
	c.As(sallyporttest.PublicClientID, "").Call(in).Want(t, dead)
	other := in
	other.Module = token.ModuleVGUser
	c.Call(other).Want(t, dead)
	v := c.Login("vera", vera.Password).Want(t, wanted)
	c.Call(sallyport.Login{Module: token.ModulePasswordless, RequestID: v.RequestID, OptionID: option(t, v, "MicrosoftAuthenticator", "OTP"), Code: vera.Authenticator.Code()}).Want(t, dead)
	c.Call(in).Want(t, sallyport.Success)
}

// TestP10Passwordless: ten thousand such logins are open in a store at most. When it is
// full the group of callers that holds most loses its oldest, which is unknown then, and
// all of it is gone in a month.
func TestP10Passwordless(t *testing.T) {
	synctest.Test(t, boundsPasswordless) // a call takes ten milliseconds
}

func boundsPasswordless(t *testing.T) {
	m := memstore.New()
	k := sallyporttest.New(t, takesPasswordless(), sallyporttest.WithStore(m), sallyporttest.WithConfig(func(c *sallyport.Config) { c.Keys, c.InsecurePlainStore = sealed.Keys{}, true }))
	k.AddUser(t, noWord("pat"))
	before := maintainAll(t, k, time.Hour)
	c := k.InProcess()
	begin := func(name, address string) sallyporttest.Answer {
		in := byName(name)
		in.Address = address
		return c.Call(in).Want(t, wanted)
	}
	var flood []sallyporttest.Answer
	for i := range 300 {
		flood = append(flood, begin(fmt.Sprint("name", i), "203.0.113.7"))
	}
	lists := openlist.New("asking", mfa.Life)
	listed := func(fill int) (n int) {
		for part := range 100 {
			err := store.NewDB(m, "").Run(t.Context(), k.Clock.Now(), func(tx *store.Tx) error {
				l, err := lists.Read(tx, fmt.Sprintf("%08x", part))
				for i := len(l.Open); i < fill && err == nil; i++ {
					l.Add(openlist.Entry{ID: rnd.Hex(16), Group: uint64(part*100 + i/2), Made: k.Clock.Now()})
				}
				if n += len(l.Open); fill > 0 && err == nil {
					return l.Write(tx)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		return n
	}
	listed(100)
	for i := range 50 {
		begin(fmt.Sprint("late", i), fmt.Sprintf("198.51.100.%d", i))
	}
	if n := listed(0); n != openlist.Max {
		t.Errorf("got %d open, want %d", n, openlist.Max)
	}
	gone := 0
	for _, a := range flood {
		if c.State(a.RequestID).Status == dead {
			gone++
		}
	}
	if requests := len(recordsOf(t, m, "request")); gone == 0 || requests != 350-gone {
		t.Errorf("got %d displaced and %d requests left", gone, requests)
	}
	a, code := codeFor(k, c, "pat") // displaces one as well
	c.Answer(a, code).Want(t, sallyport.Success)
	if n := listed(0); n != openlist.Max-1 {
		t.Errorf("got %d open after a login is complete, want one less", n)
	}
	for i := range 5 {
		c.AnswerWith(flood[299], "Email", "OTP", fmt.Sprint("wrong ", i))
		c.AnswerWith(begin("late", ""), "Email", "OTP", fmt.Sprint("wrong ", i)).Want(t, wrong)
	}
	after := maintainAll(t, k, 40*24*time.Hour)
	for key := range after {
		if _, had := before[key]; !had && !strings.HasPrefix(key, "event/") && !strings.Contains(key, "/session") && !strings.HasPrefix(key, "checkpoint/") && !strings.HasPrefix(key, "node/") {
			t.Errorf("%s is left", key)
		}
	}
}

// TestP12Passwordless: what changes the account ends a login that waits, of which the
// caller is told nothing; sessions end, and refresh tokens.
func TestP12Passwordless(t *testing.T) {
	for name, edit := range map[string]func(k *sallyporttest.Kit, id string) error{
		"disabled": func(k *sallyporttest.Kit, id string) error {
			_, err := setup(k).UpdateUser(context.Background(), id, directory.UserChange{Disabled: new(true)})
			return err
		},
		"deleted": func(k *sallyporttest.Kit, id string) error { return setup(k).DeleteUser(context.Background(), id) },
		"with a password again": func(k *sallyporttest.Kit, id string) error {
			_, err := setup(k).UpdateUser(context.Background(), id, directory.UserChange{Passwordless: new(false)})
			return err
		},
		"sessions ended": func(k *sallyporttest.Kit, id string) error { return setup(k).EndSessions(context.Background(), id) },
	} {
		t.Run(name, func(t *testing.T) {
			k := sallyporttest.New(t, takesPasswordless())
			p := k.AddUser(t, noWord("pat"))
			c := k.InProcess()
			a, code := codeFor(k, c, "pat")
			granted := c.Answer(a, code).Want(t, sallyport.Success)
			a, code = codeFor(k, c, "pat")
			b := c.Call(byName("pat"))
			call := login(sallyport.Login{RequestID: b.RequestID, OptionID: option(t, b, "Email", "Link")})
			if _, err := k.Engine.Login(t.Context(), call); err != nil {
				t.Fatal(err)
			}
			c.Approve(k.Outbox.Await("pat@example.com", "link").Link)
			if err := edit(k, p.ID); err != nil {
				t.Fatal(err)
			}
			c.Answer(a, code).Want(t, wrong)
			n := k.Outbox.Count()
			k.Clock.Advance(31 * time.Second)
			c.Choose(a, "Email", "OTP").Want(t, waiting)
			defer func() {
				if err := k.Engine.Close(); err != nil || k.Outbox.Count() != n { // it waits for what is being sent
					t.Errorf("got %d messages, %v, want no more", k.Outbox.Count()-n, err)
				}
			}()
			c.Call(call).Want(t, dead) // that it was approved stands
			c.Refresh(granted.Tokens.RefreshToken).WantOAuth(t, "invalid_grant")
			if got := c.UserInfo(granted.Tokens.AccessToken); got.HTTP != 401 {
				t.Errorf("got %d of the session, want it over", got.HTTP)
			}
		})
	}
}

// TestPasswordlessRefresh: a session goes on where a factor is required, and ends with its
// client's right to such accounts.
func TestPasswordlessRefresh(t *testing.T) {
	k := sallyporttest.New(t, takesPasswordless())
	k.AddUser(t, noWord("pat"))
	setPolicy(t, k, func(p *directory.Policy) { p.MFA.Mode = new(mfa.Required) })
	c := k.InProcess()
	a, code := codeFor(k, c, "pat")
	first := c.Answer(a, code).Want(t, sallyport.Success)
	k.Clock.Advance(time.Minute)
	next := c.Refresh(first.Tokens.RefreshToken)
	if next.HTTP != 200 {
		t.Fatalf("got %s", next)
	}
	k.Apply(t, func(d *directory.File) { d.Clients[0].Modules = nil })
	c.Refresh(next.Tokens.RefreshToken).WantOAuth(t, "invalid_grant")
}

// TestP8Passwordless: whatever call on the store fails, nobody is let in who was told of an
// error, and the next login goes as ever.
func TestP8Passwordless(t *testing.T) {
	for _, op := range []storetest.Op{storetest.Load, storetest.Commit} {
		for n, hit := 1, true; hit; n++ {
			f := storetest.NewFaulty(memstore.New())
			k := sallyporttest.New(t, takesPasswordless(), sallyporttest.WithStore(f))
			k.AddUser(t, noWord("pat"))
			c := k.InProcess()
			f.Reset()
			f.At(op, n, storetest.Fail(errOnFire))
			granted := func() bool {
				a := c.Call(byName("pat"))
				if a.Status != wanted {
					return false
				}
				if a = c.Choose(a, "Email", "OTP"); a.Status != waiting {
					return false
				}
				return c.Answer(a, k.Outbox.Await("pat@example.com", "otp").Code).Granted()
			}()
			if hit = f.Calls(op) >= n; hit == granted {
				t.Errorf("%v %d: hit %v, granted %v", op, n, hit, granted)
			}
			f.Reset()
			k.Clock.Advance(time.Minute)
			a, code := codeFor(k, c, "pat")
			c.Answer(a, code).Want(t, sallyport.Success)
		}
	}
}

// TestPasswordlessLedger: wrong codes are counted apart from those behind a password, and
// the owner is told of none.
func TestPasswordlessLedger(t *testing.T) {
	m := memstore.New()
	k := sallyporttest.New(t, takesPasswordless(), sallyporttest.WithStore(m), sallyporttest.WithConfig(func(c *sallyport.Config) { c.Keys, c.InsecurePlainStore = sealed.Keys{}, true }))
	p := k.AddUser(t, noWord("pat"))
	c := k.InProcess()
	for round := range 2 {
		a := c.Call(byName("pat"))
		for i := range 5 {
			c.AnswerWith(a, "Email", "OTP", fmt.Sprint("wrong ", round, i)).Want(t, wrong)
		}
	}
	home, err := sallyport.HomeOf(t.Context(), m, "", p.ID)
	if err != nil {
		t.Fatal(err)
	}
	var f mfa.Factors
	err = store.NewDB(m, "").Run(t.Context(), k.Clock.Now(), func(tx *store.Tx) error {
		f, _, err = mfa.FactorsTable.Get(tx, home)
		return err
	})
	if err != nil || len(f.Unproven.Misses) != 10 || len(f.Ledger.Misses) != 0 || f.Ledger.Consecutive != 0 {
		t.Errorf("got %+v and %+v, %v, want ten in the unproven ledger alone", f.Unproven, f.Ledger, err)
	}
	if err := k.Engine.Close(); err != nil || k.Outbox.Count() != 0 { // it waits for what is being sent
		t.Errorf("got %d messages, %v, want none", k.Outbox.Count(), err)
	}
}

// TestPasswordlessSpent: a call for a link is held as ever where nothing more is sent.
func TestPasswordlessSpent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := sallyporttest.New(t, takesPasswordless())
		k.AddUser(t, noWord("pat"))
		c := k.InProcess()
		for _, name := range []string{"pat", "nobody"} {
			a := c.Call(byName(name))
			for range 5 {
				c.Choose(a, "Email", "OTP").Want(t, waiting)
				k.Clock.Advance(31 * time.Second)
			}
			synctest.Wait()
			n := k.Outbox.Count()
			call := chooseLink(c, a)
			wantHeld(t, call, true)
			k.Clock.Advance(90 * time.Second)
			if a := <-call; a.Status != dead || k.Outbox.Count() != n {
				t.Errorf("%s: got %s and %d messages", name, a, k.Outbox.Count()-n)
			}
		}
	})
}

// TestPasswordlessHeldShare: calls behind no password take half of the places of a process,
// whether or not somebody has the name, and one behind a password is held beside them.
func TestPasswordlessHeldShare(t *testing.T) {
	beside(t)
	synctest.Test(t, func(t *testing.T) {
		k := sallyporttest.New(t, takesPasswordless())
		p := k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
		k.AddUser(t, noWord("pat"))
		c := k.InProcess()
		const most = 2500
		over := make(chan *sallyport.Result, most+1)
		begin := func(name string) {
			a := c.Call(byName(name))
			in := login(sallyport.Login{RequestID: a.RequestID, OptionID: option(t, a, "Email", "Link")})
			go func() {
				r, err := k.Engine.Wait(t.Context(), in)
				if err != nil {
					t.Error(err)
				}
				over <- r
			}()
		}
		settle := func() {
			time.Sleep(20 * time.Millisecond) // of the bubble: the answer to a stranger takes so long
			synctest.Wait()
		}
		for i := range most - 1 {
			if begin(fmt.Sprint("nobody", i)); i%100 == 0 {
				settle() // only so many are under way at once
			}
		}
		begin("pat")
		settle()
		if n := len(over); n > 0 {
			t.Fatalf("%d calls are answered, want all held: %v", n, <-over)
		}
		begin("one more")
		settle()
		if n := len(over); n != 1 {
			t.Errorf("%d calls are answered at once, want the last", n)
		}
		mine := chooseLink(c, c.Login(p.Name, p.Password).Want(t, wanted))
		wantHeld(t, mine, true)
		k.Clock.Advance(90 * time.Second)
		<-mine
		for range most + 1 {
			<-over
		}
	})
}
