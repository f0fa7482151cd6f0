package sallyport_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/storetest"
)

// deviceEvents are the kinds of the events that tell of devices, in their order.
func deviceEvents(k *sallyporttest.Kit) (kinds []sallyport.EventKind) {
	for _, ev := range k.Events() {
		switch ev.Kind {
		case sallyport.EventDeviceRemembered, sallyport.EventDeviceForgotten, sallyport.EventDeviceEnded:
			kinds = append(kinds, ev.Kind)
		}
	}
	return kinds
}

// TestDevices: the owner sees all remembered devices of their account in a session of the
// host's own, and forgets one of them; so does an administrator.
func TestDevices(t *testing.T) {
	k := remembering(t)
	c, p := k.InProcess(), tom(t, k)
	peter := k.AddUser(t, sallyporttest.User{Name: "peter", TOTP: true})
	other := remembered(t, c, peter)
	one := remembered(t, c, p)
	proven := k.Clock.Now()
	r := hostLogin(t, k, sallyport.Login{Username: p.Name, Password: p.Password, Device: "Firefox on Windows", Address: "2001:db8:1:2:3::4"})
	r = hostLogin(t, k, sallyport.Login{RequestID: r.RequestID, OptionID: r.Options[0].ID, Code: p.Authenticator.Fresh(), RememberDevice: true, Address: "2001:db8:1:2:3::4"})
	k.Clock.Advance(3 * time.Hour)
	byDevice(c, p, one).Want(t, sallyport.Success)
	if list, err := k.Engine.Devices(t.Context(), r.Session.Handle); !errors.Is(err, sallyport.ErrInvalidSession) {
		t.Errorf("a session that died of not being used: got %v, %v", list, err)
	}
	r = hostLogin(t, k, sallyport.Login{Username: p.Name, Password: p.Password, DeviceToken: r.DeviceToken, Device: "Firefox on Windows", Address: "2001:db8:1:2:3::4"})
	wantOutcome(t, "by its device", r, sallyport.Granted, sallyport.NoReason)
	handle := r.Session.Handle
	list, err := k.Engine.Devices(t.Context(), handle)
	if err != nil || len(list) != 2 {
		t.Fatalf("got %+v, %v, want two", list, err)
	}
	day := k.Clock.Now().UTC().Truncate(24 * time.Hour)
	want := []sallyport.Device{
		{ID: list[0].ID, Address: "127.0.0.1", ClientID: sallyporttest.ClientID, Application: sallyporttest.ApplicationID, Proven: proven, LastUse: day, Expires: proven.Add(12 * time.Hour)},
		{ID: list[1].ID, Label: "Firefox on Windows", Address: "2001:db8:1:2::/64", ClientID: "host", Application: sallyporttest.ApplicationID, Proven: list[1].Proven, LastUse: day, Expires: list[1].Proven.Add(12 * time.Hour)},
	}
	if !slices.Equal(list, want) {
		t.Errorf("got  %+v\nwant %+v", list, want)
	}
	if seen, err := setup(k).Devices(t.Context(), p.ID); err != nil || !slices.Equal(seen, list) {
		t.Errorf("an administrator: got %+v, %v", seen, err)
	}
	for _, id := range []string{"", "none", list[0].ID} {
		if err := k.Engine.ForgetDevice(t.Context(), handle, id); err != nil {
			t.Errorf("forgetting %q: %v", id, err)
		}
	}
	byDevice(c, p, one).Want(t, wanted)
	byDevice(c, peter, other).Want(t, sallyport.Success)
	if err := setup(k).ForgetDevice(t.Context(), p.ID, list[0].ID); err == nil {
		t.Error("an administrator forgot a device that is gone")
	}
	if err := setup(k).ForgetDevice(t.Context(), p.ID, list[1].ID); err != nil {
		t.Error(err)
	}
	wantOutcome(t, "after it was forgotten", hostLogin(t, k, sallyport.Login{Username: p.Name, Password: p.Password, DeviceToken: r.DeviceToken}), sallyport.FactorWanted, sallyport.NoReason)
	wantSession(t, k, "its session", handle, true)
	const remembered, forgotten = sallyport.EventDeviceRemembered, sallyport.EventDeviceForgotten
	if got, want := deviceEvents(k), []sallyport.EventKind{remembered, remembered, remembered, forgotten, forgotten}; !slices.Equal(got, want) {
		t.Errorf("got events %q, want %q", got, want)
	}
	if ev := k.Events()[len(k.Events())-2]; ev.Kind != forgotten || ev.Actor != "setup" || ev.Account != p.ID {
		t.Errorf("got event %+v", ev)
	}
}

// TestDevicesRefused: without a session, or for an account that is none.
func TestDevicesRefused(t *testing.T) {
	k := remembering(t)
	p := k.AddUser(t, sallyporttest.User{Name: "ada"})
	handle := hostLogin(t, k, sallyport.Login{Username: "ada", Password: p.Password}).Session.Handle
	if list, err := k.Engine.Devices(t.Context(), handle); err != nil || list != nil {
		t.Errorf("an account without: got %v, %v", list, err)
	}
	if err := k.Engine.SignOut(t.Context(), handle); err != nil {
		t.Fatal(err)
	}
	for _, h := range []string{"", "x", handle} {
		if _, err := k.Engine.Devices(t.Context(), h); !errors.Is(err, sallyport.ErrInvalidSession) {
			t.Errorf("listing with %.8q: got %v", h, err)
		}
		if err := k.Engine.ForgetDevice(t.Context(), h, "x"); !errors.Is(err, sallyport.ErrInvalidSession) {
			t.Errorf("forgetting with %.8q: got %v", h, err)
		}
	}
	for _, id := range []string{"", "x", "00000000-0000-4000-8000-000000000000"} {
		if _, err := setup(k).Devices(t.Context(), id); !errors.Is(err, directory.ErrNoUser) {
			t.Errorf("listing of %q: got %v", id, err)
		}
		if err := setup(k).ForgetDevice(t.Context(), id, "x"); !errors.Is(err, directory.ErrNoUser) {
			t.Errorf("forgetting of %q: got %v", id, err)
		}
	}
	if _, err := k.Engine.Admin(sallyport.Actor{}).Devices(t.Context(), p.ID); err == nil {
		t.Error("listed by nobody")
	}
}

// TestDevicesOfTheHost: users of the host's own are remembered as others are, and what the
// host does with them ends their devices.
func TestDevicesOfTheHost(t *testing.T) {
	for name, act := range map[string]func(t *testing.T, k *sallyporttest.Kit, u *userTable){
		"nothing": func(*testing.T, *sallyporttest.Kit, *userTable) {},
		"it says so": func(t *testing.T, k *sallyporttest.Kit, _ *userTable) {
			if err := k.Engine.Admin(job).AccountChanged(t.Context(), annID); err != nil {
				t.Error(err)
			}
		},
		"another hash": func(t *testing.T, _ *sallyporttest.Kit, u *userTable) {
			hash := hashed(t, annPassword)
			u.edit(annID, func(a *sallyport.Account) { a.PasswordHash = hash })
		},
		"forgotten": func(t *testing.T, k *sallyporttest.Kit, _ *userTable) {
			if err := k.Engine.Admin(job).Forget(t.Context(), annID); err != nil {
				t.Error(err)
			}
		},
		"the device alone": func(t *testing.T, k *sallyporttest.Kit, _ *userTable) {
			list, err := k.Engine.Admin(job).Devices(t.Context(), annID)
			if err != nil || len(list) != 1 {
				t.Fatalf("got %v, %v, want one device", list, err)
			}
			if err := k.Engine.Admin(job).ForgetDevice(t.Context(), annID, list[0].ID); err != nil {
				t.Error(err)
			}
			if ev := k.Events()[len(k.Events())-1]; ev.Kind != sallyport.EventDeviceForgotten || ev.Account != annID {
				t.Errorf("got event %+v", ev)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			u := ann(t)
			u.edit(annID, func(a *sallyport.Account) { a.Email, a.EmailValidatedAt = mail, born })
			k := owned(t, u)
			setPolicy(t, k, func(d *directory.Policy) { d.MFA.Session = new(12 * time.Hour) })
			r := hostLogin(t, k, annLogin)
			in := sallyport.Login{RequestID: r.RequestID, OptionID: r.Options[1].ID, RememberDevice: true}
			hostLogin(t, k, in)
			in.Code = k.Outbox.LastCode(mail)
			token := hostLogin(t, k, in).DeviceToken
			act(t, k, u)
			if name == "forgotten" && holdsDevices(t, k) {
				t.Error("the record of its devices is left")
			}
			later(k)
			again := annLogin
			again.DeviceToken = token
			r = hostLogin(t, k, again)
			if want := name == "nothing"; token == "" || (r.Outcome == sallyport.Granted) != want || (r.DeviceToken != "") != want {
				t.Errorf("got %v, want the device known: %v", r, want)
			}
		})
	}
}

// TestDevicesOfAModule: an account that a module keeps is not remembered.
func TestDevicesOfAModule(t *testing.T) {
	k := joined(t, bobs())
	setPolicy(t, k, func(d *directory.Policy) { d.MFA.Session, d.MFA.Mode = new(12*time.Hour), new("Required") })
	r := hostLogin(t, k, bobLogin)
	app, _ := k.InProcess().EnrollAuthenticator(r.RequestID)
	again := bobLogin
	again.RequestID = r.RequestID
	wantOutcome(t, "after the enrolment", hostLogin(t, k, again), sallyport.Granted, sallyport.NoReason)
	r = hostLogin(t, k, bobLogin)
	r = hostLogin(t, k, sallyport.Login{RequestID: r.RequestID, OptionID: r.Options[0].ID, Code: app.Fresh(), RememberDevice: true})
	wantOutcome(t, "by its factor", r, sallyport.Granted, sallyport.NoReason)
	if r.DeviceToken != "" {
		t.Error("the account is remembered")
	}
	list, err := k.Engine.Devices(t.Context(), r.Session.Handle)
	if err != nil || len(list) != 0 {
		t.Errorf("got %v, %v, want no device", list, err)
	}
	if list, err := setup(k).Devices(t.Context(), r.Session.AccountID); err != nil || len(list) != 0 {
		t.Errorf("an administrator: got %v, %v, want no device", list, err)
	}
}

// TestCostsOfDevices: remembering, and being remembered, cost no round and no commit more.
func TestCostsOfDevices(t *testing.T) {
	counting := storetest.NewCounting(memstore.New())
	k := remembering(t, sallyporttest.WithStore(counting))
	c, p := k.InProcess(), tom(t, k)
	cost := costs(t, counting)
	asking := *c
	asking.Remember = true
	a := c.Login(p.Name, p.Password)
	cost("a code that remembers", 1, 1, func() {
		a = asking.AnswerWith(a, "MicrosoftAuthenticator", "OTP", p.Authenticator.Fresh()).Want(t, sallyport.Success)
	})
	cost("a login by it", 2, 1, func() { a = byDevice(c, p, a.Tokens.DeviceToken).Want(t, sallyport.Success) })
	cost("a wrong password on it", 2, 1, func() { missesOn(t, c, p.Name, a.Tokens.DeviceToken, 1) })
	b := c.Login(p.Name, p.Password)
	other := *k.Node().InProcess()
	other.Remember = true
	cost("a code that remembers, at a node that has not met the request", 2, 1, func() {
		other.AnswerWith(b, "MicrosoftAuthenticator", "OTP", p.Authenticator.Fresh()).Want(t, sallyport.Success)
	})
}

// TestDeviceDeparted: whoever hangs up during a login by a device, at whatever point, has
// spent nothing that they do not get again.
func TestDeviceDeparted(t *testing.T) {
	k := remembering(t, sallyporttest.WithStore(departing{memstore.New()}))
	c, p := k.InProcess(), tom(t, k)
	token := remembered(t, c, p)
	for at := range 9 {
		in := login(sallyport.Login{Username: p.Name, Password: p.Password, DeviceToken: token})
		r, err := k.Engine.Login(leave(t, at), in)
		if (err == nil) != (r != nil && r.Tokens != nil) {
			t.Errorf("left at %d: got %v, %v", at, r, err)
		}
		a := byDevice(c, p, token).Want(t, sallyport.Success)
		if !a.Granted() {
			t.Fatalf("left at %d: the token is worth nothing", at)
		}
		token = a.Tokens.DeviceToken
		k.Clock.Advance(time.Minute)
	}
}
