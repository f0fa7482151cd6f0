package mfa

import (
	"time"

	"github.com/sallyport-auth/sallyport/internal/limit"
	"github.com/sallyport-auth/sallyport/internal/record"
	"github.com/sallyport-auth/sallyport/store"
)

// DevicesTable keeps the remembered devices of an account under its home, see [Terms].
var DevicesTable = store.NewTable[DeviceList]("devices", store.TableOptions{Near: true})

// DeviceList is the record of the devices on which the second factor of an account is
// not asked for, in the order in which they were remembered. They stand in one record,
// so that there are never more than [MaxDevices].
type DeviceList struct {
	Devices []RememberedDevice

	Unknown record.Unknown // what a newer program has written
}

// RememberedDevice is a device on which the second factor is not asked for again, for a
// while. It holds digests of its tokens alone, and nothing that makes the next one.
type RememberedDevice struct {
	// ID is 32 lower-case hexadecimal digits: the first twelve of the account's home,
	// and 80 random bits. It stands in the device's tokens.
	ID string
	// Client is the canonical id of the client that remembered it, and Application that
	// client's; Host says that it was the host itself.
	Client      string
	Application string
	Host        bool
	Epoch       uint64 // the account's; the device is forgotten when it moves

	// Proven is when the second factor was proven on it, and Method how. Expires is
	// when that counts no longer, whatever the policy says.
	Proven  time.Time
	Method  Method
	Expires time.Time

	Generation uint64    // counts its tokens, the first being 1
	Digest     []byte    // of the secret of its present token
	Past       []byte    // the first bytes of those of the last tokens, end to end, the newest last
	Rotated    time.Time // when the newest of Past was spent

	Misses int          // wrong passwords since its last complete login
	Miss   limit.Repeat // the last one

	// LastUse is its last complete login, Address that login's network address, and
	// Label what it is, in words.
	LastUse time.Time
	Address string
	Label   string

	Unknown record.Unknown // what a newer program has written
}

// Fields implements [record.Record].
func (l *DeviceList) Fields(f *record.Fields) {
	record.Many(f, 1, "devices", &l.Devices)
	f.Rest(&l.Unknown)
}

// Fields implements [record.Record].
func (d *RememberedDevice) Fields(f *record.Fields) {
	f.ID(1, "id", &d.ID)
	f.ID(2, "client", &d.Client)
	f.ID(3, "application", &d.Application)
	f.Bool(4, "host", &d.Host)
	f.Uint(5, "epoch", &d.Epoch)
	f.Time(6, "proven", &d.Proven)
	f.Int(7, "transport", (*int)(&d.Method.Transport))
	f.Int(8, "mode", (*int)(&d.Method.Mode))
	f.Time(9, "expires", &d.Expires)
	f.Uint(10, "generation", &d.Generation)
	f.Secret(11, "digest", &d.Digest)
	f.Secret(12, "past", &d.Past)
	f.Time(13, "rotated", &d.Rotated)
	f.Int(14, "misses", &d.Misses)
	f.Secret(15, "missed", &d.Miss.Digest)
	f.Time(16, "missedAt", &d.Miss.At)
	f.Time(17, "lastUse", &d.LastUse)
	f.Text(18, "address", &d.Address)
	f.Text(19, "label", &d.Label)
	f.Rest(&d.Unknown)
}
