package mfa

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sallyport-auth/sallyport/internal/limit"
	"github.com/sallyport-auth/sallyport/internal/moment"
	"github.com/sallyport-auth/sallyport/store"
)

const (
	// MaxRemembered is how long a device is remembered at most, from the proof of the
	// second factor on, however often it is used.
	MaxRemembered = 30 * 24 * time.Hour
	// MaxDevices is how many an account has at most; the oldest goes.
	MaxDevices = 10
	// DeviceGrace is how long the token spent last may be shown again to get the same
	// successor, which is unused then: the answer to a login may get lost.
	DeviceGrace = 30 * time.Second

	maxDeviceMisses = 5  // wrong passwords that end a device
	maxDeviceLabel  = 64 // characters
)

// Remembers reports whether a second factor that was proven by that method at that
// moment need not be proven now on the same device: within the time that the policy
// gives, and by a method that it counts.
func (p Policy) Remembers(m Method, proven, now time.Time) bool {
	return p.counts(m) && now.Before(proven.Add(p.remembered())) && !moment.Ahead(proven, now)
}

// counts reports whether a device may be remembered where that method was used.
func (p Policy) counts(m Method) bool { return p.Session > 0 && slices.Contains(p.Methods, m) }

func (p Policy) remembered() time.Duration { return min(p.Session, MaxRemembered) }

// Devices are the remembered devices of an account for the time of one transaction.
// What its methods change they plan to write. Not safe for concurrent use. A nil
// Devices knows none.
type Devices struct {
	tx    *store.Tx
	index store.Index
	home  string
	epoch uint64
	list  DeviceList

	shown DeviceToken // of a device that is known; zero: none
	spent bool        // it was spent a moment ago
}

// ReadDevices reads the devices of an account that stands at that epoch, whose key of
// [DevicesTable] should have been fetched. Those that have ended are ended for good: no
// clock that jumps back revives one.
func ReadDevices(tx *store.Tx, index store.Index, home string, epoch uint64) (*Devices, error) {
	d := &Devices{tx: tx, index: index, home: home, epoch: epoch}
	var err error
	if d.list, _, err = DevicesTable.Get(tx, home); err != nil {
		return nil, fmt.Errorf("reading devices: %w", err)
	}
	live := filter(d.list.Devices, func(x RememberedDevice) bool { return x.liveFor(epoch, tx.Now()) })
	if len(live) == len(d.list.Devices) {
		return d, nil
	}
	d.list.Devices = live
	return d, d.save()
}

// liveFor reports whether the device is remembered at that moment for an account that
// stands at that epoch. One that was made ahead of the clock, which was set back since,
// is not.
func (d *RememberedDevice) liveFor(epoch uint64, now time.Time) bool {
	return d.Epoch == epoch && now.Before(d.Expires) && !moment.Ahead(d.Proven, now)
}

// DeviceTerms is what a login wants of a device.
type DeviceTerms struct {
	Host        bool   // it is a call of the host itself
	Application string // whose policy holds
	Policy      Policy
}

// DeviceVerdict is what became of a token that was shown. The zero value is a refusal.
type DeviceVerdict int

const (
	// DeviceUnknown means that the token is none, or is good for nothing here.
	DeviceUnknown DeviceVerdict = iota
	// DeviceKnown means that the second factor need not be proven.
	DeviceKnown
	// DeviceReused means that a spent token came back: somebody has a copy. The device
	// has ended.
	DeviceReused
)

// Show judges a token. Whose client it is, which application and which policy is judged
// before all else, so that a token which is good for nothing here is as if absent.
func (d *Devices) Show(t DeviceToken, on DeviceTerms) (DeviceVerdict, error) {
	d.shown, d.spent = DeviceToken{}, false
	x := d.find(t.id)
	if x == nil || !x.serves(on) {
		return DeviceUnknown, nil
	}
	now := d.tx.Now()
	switch age := x.age(t.digest(d.index)); {
	case age < 0:
		return DeviceUnknown, nil
	case !on.Policy.Remembers(x.Method, x.Proven, now):
		return DeviceUnknown, d.remove(t.id) // its time is over
	case age > 1, age == 1 && (moment.Ahead(x.Rotated, now) || !now.Before(x.Rotated.Add(DeviceGrace))):
		return DeviceReused, d.remove(t.id)
	default:
		d.shown, d.spent = t, age == 1
		return DeviceKnown, nil
	}
}

// serves reports whether the device is one for such a login.
func (d *RememberedDevice) serves(on DeviceTerms) bool {
	return d.Host == on.Host && on.Policy.counts(d.Method) &&
		(on.Policy.SessionScope == ScopeRepository || d.Application == on.Application)
}

// Known reports whether the token that was shown last is that of a device of the
// account, and good.
func (d *Devices) Known() bool { return d != nil && d.shown.id != "" }

// KnownAt is Known for an account whose epoch may have moved since the devices were read.
func (d *Devices) KnownAt(epoch uint64) bool { return d.Known() && d.epoch == epoch }

// Proof returns how and when the second factor was proven on the device that is known.
func (d *Devices) Proof() (Method, time.Time) {
	x := d.known()
	return x.Method, x.Proven
}

// Repeats reports whether the same wrong password was given on the device that is known
// a moment ago.
func (d *Devices) Repeats(tag []byte) bool { return d.known().Miss.Is(tag, d.tx.Now()) }

// Miss counts a wrong password that was given on the device that is known. The fifth
// since its last complete login ends it, which is reported.
func (d *Devices) Miss(tag []byte) (ended bool, err error) {
	x := d.known()
	x.Misses, x.Miss = x.Misses+1, limit.Repeat{Digest: tag, At: d.tx.Now()}
	if x.Misses < maxDeviceMisses {
		return false, d.save()
	}
	return true, d.remove(x.ID)
}

// Keep writes what a miss would write, unchanged, for a right password whose caller is
// gone.
func (d *Devices) Keep() error { return d.save() }

// DeviceUse is where a device is used, and what it is in words. What is empty is not
// known.
type DeviceUse struct{ Label, Address string }

// Spend spends the token of the device that is known, for a complete login, and returns
// its successor. One that was spent a moment ago gets the successor that it has.
func (d *Devices) Spend(use DeviceUse) (token string, err error) {
	x := d.known()
	next := d.shown.successor(d.index, x.Generation)
	if d.spent {
		next = d.shown.successor(d.index, x.Generation-1)
	} else {
		past := slices.Concat(x.Past, x.Digest[:devicePast])
		x.Past = past[max(0, len(past)-deviceMemory*devicePast):]
		x.Digest, x.Rotated = next.digest(d.index), d.tx.Now()
		x.Generation++
	}
	x.Misses, x.Miss = 0, limit.Repeat{}
	x.used(use, d.tx.Now())
	return next.text(), d.save()
}

// NewDevice is what is remembered of a device, after a login that was completed by that
// method.
type NewDevice struct {
	DeviceUse
	Client string // as in [RememberedDevice]
	On     DeviceTerms
	Method Method
	Seed   []byte // a secret that its first token comes of, of one login alone; nil: none
}

// Remember remembers a device, unless the policy does not, and returns its token, which
// is nowhere stored. Where the account has too many the oldest goes.
func (d *Devices) Remember(n NewDevice) (token string, err error) {
	if !n.On.Policy.counts(n.Method) {
		return "", nil
	}
	t, now := newDeviceToken(d.index, d.home, n.Seed), d.tx.Now()
	x := RememberedDevice{
		ID: t.id, Client: n.Client, Application: n.On.Application, Host: n.On.Host, Epoch: d.epoch,
		Proven: now, Method: n.Method, Expires: now.Add(n.On.Policy.remembered()), Generation: 1, Digest: t.digest(d.index),
	}
	x.used(n.DeviceUse, now)
	list := append(slices.Clone(d.list.Devices), x)
	d.list.Devices = list[max(0, len(list)-MaxDevices):]
	return t.text(), d.save()
}

// Again returns the token of a device that was remembered by that seed and was not used since:
// the answer that it came with may have been lost. Else it is empty.
func (d *Devices) Again(seed []byte) string {
	t := newDeviceToken(d.index, d.home, seed)
	if x := d.find(t.id); x == nil || x.age(t.digest(d.index)) != 0 {
		return ""
	}
	return t.text()
}

// DeviceLabel is what is kept of the words by which a device is told apart: the first 64
// characters that are text.
func DeviceLabel(text string) string {
	label := []rune(strings.ToValidUTF8(text, ""))
	return string(label[:min(len(label), maxDeviceLabel)])
}

// used notes a complete login.
func (d *RememberedDevice) used(by DeviceUse, now time.Time) {
	d.LastUse = now
	if label := DeviceLabel(by.Label); label != "" {
		d.Label = label
	}
	if by.Address != "" {
		d.Address = by.Address
	}
}

// Forget ends the device of that id, and reports whether there was one.
func (d *Devices) Forget(id string) (bool, error) {
	if d.find(id) == nil {
		return false, nil
	}
	return true, d.remove(id)
}

// Shown returns the id of the device that a token is of, without judging it: the present one
// of the device, or the one before, since the answer with its successor may have been lost.
// Empty: there is none.
func (d *Devices) Shown(t DeviceToken) string {
	x := d.find(t.id)
	if x == nil {
		return ""
	}
	if age := x.age(t.digest(d.index)); age != 0 && age != 1 {
		return ""
	}
	return x.ID
}

// List returns the devices, in the order in which they were remembered.
func (d *Devices) List() []RememberedDevice { return slices.Clone(d.list.Devices) }

// find returns the device of that id; nil: none.
func (d *Devices) find(id string) *RememberedDevice {
	for i := range d.list.Devices {
		if d.list.Devices[i].ID == id {
			return &d.list.Devices[i]
		}
	}
	return nil
}

// known is the device that is [Devices.Known].
func (d *Devices) known() *RememberedDevice { return d.find(d.shown.id) }

// remove ends a device. A device is what its record says, so nothing is left to say that
// it was: its id never comes again.
func (d *Devices) remove(id string) error {
	d.list.Devices = filter(d.list.Devices, func(x RememberedDevice) bool { return x.ID != id })
	if d.shown.id == id {
		d.shown = DeviceToken{}
	}
	return d.save()
}

// save writes the record, which lasts as long as the last device.
func (d *Devices) save() error {
	if len(d.list.Devices) == 0 {
		return DevicesTable.Delete(d.tx, d.home)
	}
	var end time.Time
	for i := range d.list.Devices {
		if x := &d.list.Devices[i]; x.Expires.After(end) {
			end = x.Expires
		}
	}
	return DevicesTable.Put(d.tx, d.home, d.list, end)
}
