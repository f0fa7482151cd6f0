package sallyport_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/token"
)

// renewing is ada in a session of the host's own whose handle is to be exchanged.
func renewing(t *testing.T) (*sallyporttest.Kit, string) {
	t.Helper()
	k := hosted(t)
	p := k.AddUser(t, sallyporttest.User{Name: "ada"})
	s := hostLogin(t, k, sallyport.Login{Username: "ada", Password: p.Password}).Session
	if a := looked(t, k, s.Handle); a.RenewDue {
		t.Fatal("a new session is to be renewed")
	}
	r, err := k.Engine.ChangePassword(t.Context(), sallyport.PasswordChange{Session: s.Handle, Password: p.Password, NewPassword: fresh})
	if err != nil || r.Status != sallyport.PasswordChanged {
		t.Fatalf("got %+v, %v", r, err)
	}
	if a := looked(t, k, s.Handle); !a.RenewDue {
		t.Fatal("after a change of password the session is not to be renewed")
	}
	return k, s.Handle
}

func looked(t *testing.T, k *sallyporttest.Kit, handle string) *sallyport.Access {
	t.Helper()
	a, err := k.Engine.Session(t.Context(), handle)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func renewed(t *testing.T, k *sallyporttest.Kit, handle string) string {
	t.Helper()
	s, err := k.Engine.Renew(t.Context(), handle)
	if err != nil || s.Handle == handle || s.RenewDue {
		t.Fatalf("got %+v, %v, want another handle", s, err)
	}
	return s.Handle
}

// TestRenew: a handle is exchanged for another one of the same session. The old one stands
// in for it for thirty seconds, until the new one has come back, and gets the same again.
func TestRenew(t *testing.T) {
	k, old := renewing(t)
	id := looked(t, k, old).SessionID
	k.Clock.Advance(time.Minute)
	next := renewed(t, k, old)
	k.Clock.Advance(token.HandleGrace - time.Nanosecond)
	if a := looked(t, k, old); a.SessionID != id || !a.RenewDue {
		t.Errorf("the old one: got %+v, want it of %s, and to be exchanged", a, id)
	}
	if again := renewed(t, k, old); again != next {
		t.Error("the lost answer is not given again")
	}
	if a := looked(t, k, next); a.SessionID != id || a.RenewDue {
		t.Errorf("the new one: got %+v", a)
	}
	if _, err := k.Engine.Session(t.Context(), old); !errors.Is(err, sallyport.ErrInvalidSession) {
		t.Errorf("the old one once the new one has come back: got %v", err)
	}
}

// TestP12RenewCopy: a handle that comes back after its time ends the session, and says so to
// the trail; each of the last sixteen does. One from before those is nothing.
func TestP12RenewCopy(t *testing.T) {
	for _, tt := range []struct {
		name  string
		after int // exchanges after the handle's own
		wait  time.Duration
		used  bool
		ends  bool
	}{
		{"within its time, the successor used", 0, 0, true, true},
		{"after its time", 0, token.HandleGrace, false, true},
		{"one before the last", 1, 0, true, true},
		{"fifteen before the last", 15, 0, true, true},
		{"sixteen before the last", 16, 0, true, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k, old := renewing(t)
			now := renewed(t, k, old)
			for range tt.after {
				looked(t, k, now)
				now = renewed(t, k, now)
			}
			if tt.used {
				looked(t, k, now)
			}
			k.Clock.Advance(tt.wait)
			for _, call := range []func() error{
				func() error { _, err := k.Engine.Session(t.Context(), old); return err },
				func() error { _, err := k.Engine.Renew(t.Context(), old); return err },
			} {
				if err := call(); !errors.Is(err, sallyport.ErrInvalidSession) {
					t.Errorf("the old one: got %v", err)
				}
			}
			wantSession(t, k, "the present one", now, !tt.ends)
			events := k.Events()
			last := events[len(events)-1]
			if told := last.Kind == sallyport.EventSessionEnded && last.Detail == "a spent handle came back"; told != tt.ends {
				t.Errorf("the trail ends with %+v", last)
			}
		})
	}
}

// TestP6RenewGrace: a clock that is set back over a minute gives the old handle no more time.
func TestP6RenewGrace(t *testing.T) {
	k, old := renewing(t)
	renewed(t, k, old)
	k.Clock.Advance(-2 * time.Minute)
	if _, err := k.Engine.Session(t.Context(), old); !errors.Is(err, sallyport.ErrInvalidSession) {
		t.Errorf("got %v", err)
	}
}

// TestP1Renew: of two hundred calls at once each gets the same successor, and the session
// lives.
func TestP1Renew(t *testing.T) {
	k, old := renewing(t)
	got := make(chan string, 200)
	for range cap(got) {
		go func() {
			s, err := k.Engine.Renew(t.Context(), old)
			if err != nil {
				got <- fmt.Sprint(err)
				return
			}
			got <- s.Handle
		}()
	}
	first := <-got
	for range cap(got) - 1 {
		if x := <-got; x != first {
			t.Fatalf("got %.40s and %.40s", first, x)
		}
	}
	looked(t, k, first)
}

// TestKeepSignedIn: whoever chooses to stay signed in has thirty days, fourteen of them
// without use; it may be said at call 1 or with the code, and is nothing to a client.
func TestKeepSignedIn(t *testing.T) {
	for name, tt := range map[string]struct{ first, code bool }{"at call 1": {true, false}, "with the code": {false, true}, "not": {}} {
		k := hosted(t)
		p := k.AddUser(t, sallyporttest.User{Name: "ada", TOTP: true})
		first := hostLogin(t, k, sallyport.Login{Username: "ada", Password: p.Password, KeepSignedIn: tt.first})
		s := hostLogin(t, k, sallyport.Login{RequestID: first.RequestID, OptionID: first.Options[0].ID, Code: p.Authenticator.Fresh(), KeepSignedIn: tt.code}).Session
		idle, whole := token.HandleIdle, token.HandleLife
		if tt.first || tt.code {
			idle, whole = token.KeptIdle, token.KeptLife
		}
		if !s.Expires.Equal(k.Clock.Now().Add(whole)) {
			t.Errorf("%s: ends %v", name, s.Expires)
		}
		k.Clock.Advance(idle - time.Nanosecond)
		wantSession(t, k, name+": in its last moment without use", s.Handle, true)
		k.Clock.Advance(idle)
		wantSession(t, k, name+": unused", s.Handle, false)
	}
	k := hosted(t)
	p := k.AddUser(t, sallyporttest.User{Name: "ada"})
	plain := hostLogin(t, k, sallyport.Login{Username: "ada", Password: p.Password, KeepSignedIn: true}).Session
	for range 2 { // its use is written
		k.Clock.Advance(13 * 24 * time.Hour)
		wantSession(t, k, "used each fortnight", plain.Handle, true)
	}
	k.Clock.Advance(4 * 24 * time.Hour)
	wantSession(t, k, "at its absolute end", plain.Handle, false)
}
