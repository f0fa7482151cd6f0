package mfa

import (
	"time"

	"github.com/sallyport-auth/sallyport/internal/record"
	"github.com/sallyport-auth/sallyport/store"
)

// RememberedDevices are kept under ids that begin, like those of sessions, as the
// home of the account does, and are random from there on. They have their form, and
// nothing writes them yet.
var RememberedDevices = store.NewTable[RememberedDevice]("device", store.TableOptions{Near: true})

// RememberedDevice is a device on which the second factor is not asked for again.
type RememberedDevice struct {
	Digest  []byte    // of its present secret
	Past    []byte    // of the secrets before, end to end
	Rotated time.Time // when the present one was made
	Misses  int       // wrong passwords of its own
	LastUse time.Time
	Label   string
	Epoch   uint64 // the account's; the device is forgotten when it moves

	Unknown record.Unknown // what a newer program has written
}

// Fields implements [record.Record].
func (d *RememberedDevice) Fields(f *record.Fields) {
	f.Secret(1, "digest", &d.Digest)
	f.Secret(2, "past", &d.Past)
	f.Time(3, "rotated", &d.Rotated)
	f.Int(4, "misses", &d.Misses)
	f.Time(5, "lastUse", &d.LastUse)
	f.Text(6, "label", &d.Label)
	f.Uint(7, "epoch", &d.Epoch)
	f.Rest(&d.Unknown)
}
