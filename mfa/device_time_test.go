package mfa_test

import (
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/mfa"
)

// TestDeviceExpires: by its own end and by that of the policy, to the nanosecond, however
// often it is used; and no clock that jumps back revives what was met dead.
func TestDeviceExpires(t *testing.T) {
	const day = 24 * time.Hour
	for _, c := range []struct {
		name        string
		began, then time.Duration // the policy's session
		dies        time.Duration
	}{
		{"as long as the policy says", 12 * time.Hour, 12 * time.Hour, 12 * time.Hour},
		{"thirty days", 30 * day, 30 * day, 30 * day},
		{"thirty days at most", 90 * day, 90 * day, 30 * day},
		{"a policy that was narrowed", 12 * time.Hour, time.Hour, time.Hour},
		{"a policy that was widened", time.Hour, 12 * time.Hour, time.Hour},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDevices(t)
			d.terms.Policy.Session = c.began
			token := d.remember(mfa.DeviceUse{})
			d.terms.Policy.Session = c.then
			d.wait(c.dies / 2)
			token = d.login(token)
			d.wait(c.dies - c.dies/2 - 1)
			wantDevice(t, "in the last moment", d.show(token, d.terms), mfa.DeviceKnown)
			d.wait(1)
			wantDevice(t, "when it is over", d.show(token, d.terms), mfa.DeviceUnknown)
			d.wait(-1)
			wantDevice(t, "and with the clock back", d.show(token, d.terms), mfa.DeviceUnknown)
			if n := len(d.list()); n != 0 {
				t.Errorf("got %d devices left", n)
			}
		})
	}
}

// TestDeviceAheadOfTheClock: what was remembered over a minute ahead of the clock is dead,
// and a token that was spent so far ahead is not given again.
func TestDeviceAheadOfTheClock(t *testing.T) {
	d := newDevices(t)
	token := d.remember(mfa.DeviceUse{})
	d.wait(-time.Minute)
	wantDevice(t, "a minute ahead", d.show(token, d.terms), mfa.DeviceKnown)
	d.wait(-1)
	wantDevice(t, "further", d.show(token, d.terms), mfa.DeviceUnknown)
	d.wait(time.Hour)
	wantDevice(t, "and with the clock right again", d.show(token, d.terms), mfa.DeviceUnknown)

	token = d.remember(mfa.DeviceUse{})
	d.wait(time.Hour)
	d.login(token)
	d.wait(-time.Minute)
	wantDevice(t, "spent a minute ahead", d.show(token, d.terms), mfa.DeviceKnown)
	d.wait(-1)
	wantDevice(t, "spent further ahead", d.show(token, d.terms), mfa.DeviceReused)
}

// TestDeviceEpoch: a device is forgotten when the account's epoch moves, also while it is
// being used, and for ever.
func TestDeviceEpoch(t *testing.T) {
	d := newDevices(t)
	token := d.remember(mfa.DeviceUse{})
	d.do(func(x *mfa.Devices) error {
		_, err := x.Show(mfa.ParseDeviceToken(token), d.terms)
		if !x.KnownAt(7) || x.KnownAt(8) {
			t.Error("it is not bound to the epoch")
		}
		return err
	})
	d.epoch = 8
	wantDevice(t, "another epoch", d.show(token, d.terms), mfa.DeviceUnknown)
	d.epoch = 7
	wantDevice(t, "and the old one", d.show(token, d.terms), mfa.DeviceUnknown)
	var none *mfa.Devices
	if none.Known() || none.KnownAt(7) {
		t.Error("nothing was read, and a device is known")
	}
}

// TestRemembers: which proofs a policy lets stand, and how long.
func TestRemembers(t *testing.T) {
	p := mfa.DefaultPolicy()
	if p.Remembers(byMail, start, start) {
		t.Error("the default policy remembers")
	}
	p.Session = time.Hour
	for _, c := range []struct {
		name string
		m    mfa.Method
		at   time.Duration
		want bool
	}{
		{"at once", byMail, 0, true},
		{"in the last moment", byMail, time.Hour - 1, true},
		{"later", byMail, time.Hour, false},
		{"a minute before it was proven", byMail, -time.Minute, true},
		{"earlier", byMail, -time.Minute - 1, false},
		{"no method", mfa.Method{}, 0, false},
	} {
		if got := p.Remembers(c.m, start, start.Add(c.at)); got != c.want {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

// FuzzDeviceToken reads what a client sends as a device token.
func FuzzDeviceToken(f *testing.F) {
	f.Add("0123456789ABCDEF0123456789ABCDEF" + "0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		x := mfa.ParseDeviceToken(text)
		if x == (mfa.DeviceToken{}) {
			return
		}
		if len(text) != 96 || !x.MayBeOf(lower(text[:32])) {
			t.Errorf("%q was read", text)
		}
	})
}

// lower is s with its letters A to F in lower case.
func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'F' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}
