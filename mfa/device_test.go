package mfa_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/store"
)

// deviceHome is where the records of the account with the devices lie.
const deviceHome = "0123456789abcdef0123456789abcdef"

var byMail = mfa.Method{Transport: mfa.Email, Mode: mfa.OTP}

// devices is an account with remembered devices.
type devices struct {
	*harness
	epoch uint64
	terms mfa.DeviceTerms
}

func newDevices(t *testing.T) *devices {
	d := &devices{harness: newHarness(t), epoch: 7}
	d.policy.Session = 12 * time.Hour
	d.terms = mfa.DeviceTerms{Application: "app", Policy: d.policy}
	return d
}

// do runs fn on the devices, in a transaction of its own.
func (d *devices) do(fn func(x *mfa.Devices) error) {
	d.Helper()
	d.run(func(tx *store.Tx) error {
		x, err := mfa.ReadDevices(tx, d.index, deviceHome, d.epoch)
		if err != nil {
			return err
		}
		return fn(x)
	})
}

func (d *devices) remember(use mfa.DeviceUse) (token string) {
	d.Helper()
	d.do(func(x *mfa.Devices) (err error) {
		token, err = x.Remember(mfa.NewDevice{DeviceUse: use, Client: "client", On: d.terms, Method: byMail})
		return err
	})
	return token
}

// show judges a token and does nothing else.
func (d *devices) show(token string, on mfa.DeviceTerms) (v mfa.DeviceVerdict) {
	d.Helper()
	d.do(func(x *mfa.Devices) (err error) {
		v, err = x.Show(mfa.ParseDeviceToken(token), on)
		if x.Known() != (v == mfa.DeviceKnown) {
			d.Errorf("got verdict %v, and known: %v", v, x.Known())
		}
		return err
	})
	return v
}

// login is a complete login with a token. It answers the successor, empty where the token
// was not good.
func (d *devices) login(token string) (next string) {
	d.Helper()
	d.do(func(x *mfa.Devices) error {
		v, err := x.Show(mfa.ParseDeviceToken(token), d.terms)
		if err != nil || v != mfa.DeviceKnown {
			return err
		}
		next, err = x.Spend(mfa.DeviceUse{})
		return err
	})
	return next
}

// miss gives a wrong password with a token, and answers whether that ended the device.
func (d *devices) miss(token, password string) (ended bool) {
	d.Helper()
	d.do(func(x *mfa.Devices) error {
		v, err := x.Show(mfa.ParseDeviceToken(token), d.terms)
		if err != nil || v != mfa.DeviceKnown {
			d.Fatalf("got verdict %v, %v, want the device known", v, err)
		}
		ended, err = x.Miss([]byte(password))
		if x.Known() == ended {
			d.Errorf("ended: %v, and known: %v", ended, x.Known())
		}
		return err
	})
	return ended
}

func (d *devices) list() (list []mfa.RememberedDevice) {
	d.Helper()
	d.do(func(x *mfa.Devices) error {
		list = x.List()
		return nil
	})
	return list
}

func wantDevice(t *testing.T, what string, got, want mfa.DeviceVerdict) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got verdict %d, want %d", what, got, want)
	}
}

// TestDeviceRotation: each login spends the token; a lost answer is given again until the
// successor is used, for half a minute; later the spent one ends the device.
func TestDeviceRotation(t *testing.T) {
	d := newDevices(t)
	first := d.remember(mfa.DeviceUse{})
	second := d.login(first)
	if second == "" || second == first || len(second) != len(first) {
		t.Fatalf("got %q after %q, want a successor", second, first)
	}
	d.wait(mfa.DeviceGrace - 1)
	if again := d.login(first); again != second {
		t.Fatalf("the lost answer: got %q, want %q", again, second)
	}
	d.wait(1)
	wantDevice(t, "the spent token, half a minute on", d.show(first, d.terms), mfa.DeviceReused)
	wantDevice(t, "its successor", d.show(second, d.terms), mfa.DeviceUnknown)
	if n := len(d.list()); n != 0 {
		t.Errorf("got %d devices, want none left", n)
	}

	first = d.remember(mfa.DeviceUse{})
	second = d.login(first)
	d.login(second)
	wantDevice(t, "the spent token, whose successor was used", d.show(first, d.terms), mfa.DeviceReused)
}

// TestDeviceReuse ends the device whichever of its last spent tokens comes back. What is
// older is merely unknown.
func TestDeviceReuse(t *testing.T) {
	for _, c := range []struct {
		back int // how many successors the token that comes back has had
		want mfa.DeviceVerdict
		left int
	}{
		{1, mfa.DeviceReused, 0}, {2, mfa.DeviceReused, 0}, {16, mfa.DeviceReused, 0}, {17, mfa.DeviceUnknown, 1},
	} {
		d := newDevices(t)
		all := []string{d.remember(mfa.DeviceUse{})}
		for range 20 {
			d.wait(time.Minute)
			all = append(all, d.login(all[len(all)-1]))
		}
		d.wait(time.Minute)
		wantDevice(t, fmt.Sprint(c.back, " tokens old"), d.show(all[20-c.back], d.terms), c.want)
		if n := len(d.list()); n != c.left {
			t.Errorf("%d tokens old: got %d devices left, want %d", c.back, n, c.left)
		}
	}
}

// TestDeviceTokenHasOneSpelling drops, doubles and changes every character.
func TestDeviceTokenHasOneSpelling(t *testing.T) {
	d := newDevices(t)
	token := d.remember(mfa.DeviceUse{})
	refuse := func(what, text string) {
		t.Helper()
		wantDevice(t, what, d.show(text, d.terms), mfa.DeviceUnknown)
	}
	for i := range token {
		refuse("dropped", token[:i]+token[i+1:])
		refuse("doubled", token[:i+1]+token[i:])
		for _, c := range "0A aG" {
			if byte(c) != token[i] {
				refuse("changed", token[:i]+string(c)+token[i+1:])
			}
		}
	}
	refuse("lower case", strings.ToLower(token))
	refuse("nothing", "")
	wantDevice(t, "as it was given", d.show(token, d.terms), mfa.DeviceKnown)
	if s := fmt.Sprintf("%v %+v %#v", mfa.ParseDeviceToken(token), mfa.ParseDeviceToken(token), mfa.ParseDeviceToken(token)); strings.Contains(s, token[40:]) {
		t.Errorf("a token prints as %s", s)
	}
}

// TestDeviceTokenNamesItsAccount: what may be another account's is known without reading.
func TestDeviceTokenNamesItsAccount(t *testing.T) {
	d := newDevices(t)
	token := mfa.ParseDeviceToken(d.remember(mfa.DeviceUse{}))
	for home, want := range map[string]bool{
		deviceHome: true, deviceHome[:12] + strings.Repeat("f", 20): true, "1" + deviceHome[1:]: false, deviceHome[:11] + "c" + deviceHome[12:]: false, "": false, deviceHome[:11]: false,
	} {
		if got := token.MayBeOf(home); got != want {
			t.Errorf("%q: got %v, want %v", home, got, want)
		}
	}
	if new(mfa.DeviceToken).MayBeOf(deviceHome) {
		t.Error("no token may be one of an account")
	}
}

// TestDeviceTerms: a device serves the party, the application and the policy that it was
// remembered for. What serves nothing is as if absent, and stays.
func TestDeviceTerms(t *testing.T) {
	for _, c := range []struct {
		name  string
		edit  func(on *mfa.DeviceTerms)
		known bool
	}{
		{"the same", func(*mfa.DeviceTerms) {}, true},
		{"the host", func(on *mfa.DeviceTerms) { on.Host = true }, false},
		{"another application", func(on *mfa.DeviceTerms) { on.Application = "other" }, false},
		{"another application, in the repository", func(on *mfa.DeviceTerms) { on.Application, on.Policy.SessionScope = "other", mfa.ScopeRepository }, true},
		{"the host, in the repository", func(on *mfa.DeviceTerms) { on.Host, on.Policy.SessionScope = true, mfa.ScopeRepository }, false},
		{"nothing is remembered", func(on *mfa.DeviceTerms) { on.Policy.Session = 0 }, false},
		{"another method counts", func(on *mfa.DeviceTerms) {
			on.Policy.Methods = []mfa.Method{{Transport: mfa.Email, Mode: mfa.Link}, {Transport: mfa.Authenticator, Mode: mfa.OTP}}
		}, false},
		{"required, and it counts", func(on *mfa.DeviceTerms) { on.Policy.Mode = mfa.Required }, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDevices(t)
			first := d.remember(mfa.DeviceUse{})
			second := d.login(first)
			d.wait(time.Hour)
			on := d.terms
			c.edit(&on)
			want, reused := mfa.DeviceUnknown, mfa.DeviceUnknown
			if c.known {
				want, reused = mfa.DeviceKnown, mfa.DeviceReused
			}
			wantDevice(t, "its token", d.show(second, on), want)
			wantDevice(t, "a spent one", d.show(first, on), reused)
			if n := len(d.list()); (n == 1) == c.known {
				t.Errorf("got %d devices left", n)
			}
		})
	}
}

// TestDeviceMisses: five wrong passwords end a device, a complete login forgets them, and
// a repeat of one is known.
func TestDeviceMisses(t *testing.T) {
	d := newDevices(t)
	token := d.remember(mfa.DeviceUse{})
	for range 4 {
		if d.miss(token, "wrong") {
			t.Fatal("the device ended before the fifth")
		}
	}
	repeats := func(password string) (is bool) {
		d.do(func(x *mfa.Devices) error {
			_, err := x.Show(mfa.ParseDeviceToken(token), d.terms)
			is = x.Repeats([]byte(password))
			return err
		})
		return is
	}
	if !repeats("wrong") || repeats("other") {
		t.Error("the last wrong password is not known as such")
	}
	token = d.login(token)
	if repeats("wrong") {
		t.Error("a complete login did not forget it")
	}
	for n := range 5 {
		if ended := d.miss(token, "wrong"); ended != (n == 4) {
			t.Errorf("miss %d: ended: %v", n+1, ended)
		}
	}
	wantDevice(t, "after the fifth", d.show(token, d.terms), mfa.DeviceUnknown)
}

// TestDeviceShownLast: the last token that was shown counts, and no other.
func TestDeviceShownLast(t *testing.T) {
	d := newDevices(t)
	token := d.remember(mfa.DeviceUse{})
	d.do(func(x *mfa.Devices) error {
		for _, s := range []struct {
			token string
			known bool
		}{{token, true}, {"", false}, {token, true}, {token[:95] + "x", false}} {
			if _, err := x.Show(mfa.ParseDeviceToken(s.token), d.terms); err != nil || x.Known() != s.known {
				t.Errorf("%q: got known: %v, %v, want %v", s.token, x.Known(), err, s.known)
			}
		}
		return nil
	})
}

// TestDevicesAreTen: the eleventh takes the place of the oldest, and of no other.
func TestDevicesAreTen(t *testing.T) {
	d := newDevices(t)
	var tokens []string
	for n := range mfa.MaxDevices {
		tokens = append(tokens, d.remember(mfa.DeviceUse{Label: fmt.Sprint(n)}))
		d.wait(time.Minute)
	}
	tokens[0] = d.login(tokens[0]) // used last, and still the oldest
	d.remember(mfa.DeviceUse{Label: "10"})
	wantDevice(t, "the oldest", d.show(tokens[0], d.terms), mfa.DeviceUnknown)
	wantDevice(t, "the next", d.show(tokens[1], d.terms), mfa.DeviceKnown)
	labels := ""
	for _, x := range d.list() {
		labels += x.Label + " "
	}
	if want := "1 2 3 4 5 6 7 8 9 10 "; labels != want {
		t.Errorf("got %q, want %q", labels, want)
	}
}

// TestDeviceForgotten: that one and no other, and an id that none has is no fault.
func TestDeviceForgotten(t *testing.T) {
	d := newDevices(t)
	one, two := d.remember(mfa.DeviceUse{}), d.remember(mfa.DeviceUse{})
	for id, want := range map[string]bool{"": false, deviceHome: false, strings.ToLower(one[:32]): true} {
		d.do(func(x *mfa.Devices) error {
			got, err := x.Forget(id)
			if got != want {
				t.Errorf("%q: got %v, want %v", id, got, want)
			}
			return err
		})
	}
	wantDevice(t, "the one", d.show(one, d.terms), mfa.DeviceUnknown)
	wantDevice(t, "the other", d.show(two, d.terms), mfa.DeviceKnown)
}

// TestDeviceNotRemembered: where the policy remembers none, or does not count the method,
// there is no token and no record.
func TestDeviceNotRemembered(t *testing.T) {
	for name, edit := range map[string]func(p *mfa.Policy){
		"no session":     func(p *mfa.Policy) { p.Session = 0 },
		"another method": func(p *mfa.Policy) { p.Methods = p.Methods[:1] },
	} {
		d := newDevices(t)
		edit(&d.terms.Policy)
		if token := d.remember(mfa.DeviceUse{}); token != "" || len(d.list()) != 0 {
			t.Errorf("%s: got %q and %d devices, want none", name, token, len(d.list()))
		}
	}
}

// TestDeviceUse: what a list shows is what the last login said, and bounded.
func TestDeviceUse(t *testing.T) {
	d := newDevices(t)
	token := d.remember(mfa.DeviceUse{Label: strings.Repeat("ä", 65) + "\xff", Address: "192.0.2.1"})
	x := d.list()[0]
	if x.Label != strings.Repeat("ä", 64) || x.Address != "192.0.2.1" || !x.LastUse.Equal(start) || !x.Proven.Equal(start) || x.Method != byMail || x.Client != "client" || x.Application != "app" || x.Host {
		t.Errorf("got %+v", x)
	}
	d.wait(time.Hour)
	token = d.login(token)
	if y := d.list()[0]; y.Label != x.Label || y.Address != x.Address || !y.LastUse.Equal(start.Add(time.Hour)) || !y.Proven.Equal(start) || !y.Expires.Equal(x.Expires) {
		t.Errorf("after a login that says nothing: got %+v", y)
	}
	d.do(func(x *mfa.Devices) error {
		if _, err := x.Show(mfa.ParseDeviceToken(token), d.terms); err != nil {
			return err
		}
		if m, at := x.Proof(); m != byMail || !at.Equal(start) {
			t.Errorf("got the proof %v at %v", m, at)
		}
		_, err := x.Spend(mfa.DeviceUse{Label: "new", Address: "192.0.2.2"})
		return err
	})
	if y := d.list()[0]; y.Label != "new" || y.Address != "192.0.2.2" {
		t.Errorf("got %+v", y)
	}
}
