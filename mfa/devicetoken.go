package mfa

import (
	"crypto/subtle"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/store"
)

const (
	deviceHome   = 12 // digits of the account's home with which the id of a device begins
	deviceID     = 32 // digits
	deviceSecret = 64 // digits: 32 bytes
	deviceRandom = (deviceID - deviceHome) / 2

	// How many digests of spent tokens are kept, and their length: eight bytes open
	// nothing, and none is met by chance.
	deviceMemory = 16
	devicePast   = 8
	deviceDigest = 16
)

// DeviceToken is what a device shows so that the second factor is not asked for, as it
// was read. The zero DeviceToken is none. It is a secret.
type DeviceToken struct{ id, secret string }

// ParseDeviceToken reads 96 upper-case hexadecimal digits: the id of a device, and a
// secret. Any other text is none: no token has a second spelling.
func ParseDeviceToken(text string) DeviceToken {
	if len(text) != deviceID+deviceSecret || strings.Trim(text, "0123456789ABCDEF") != "" {
		return DeviceToken{}
	}
	return DeviceToken{id: strings.ToLower(text[:deviceID]), secret: text[deviceID:]}
}

// MayBeOf reports whether the token may be one of the account of that home. For one of
// another account nothing need be read: one pair of homes in 2⁴⁸ begins alike.
func (t DeviceToken) MayBeOf(home string) bool {
	return t.id != "" && len(home) >= deviceHome && t.id[:deviceHome] == home[:deviceHome]
}

// String hides the secret from accidental printing.
func (t DeviceToken) String() string { return "mfa.DeviceToken(hidden)" }

// GoString is like [DeviceToken.String].
func (t DeviceToken) GoString() string { return t.String() }

// text is what [ParseDeviceToken] reads.
func (t DeviceToken) text() string { return strings.ToUpper(t.id) + t.secret }

// newDeviceToken returns the first token of a new device of the account of that home. Where
// there is a seed it is a function of that, so that it can be given again to whoever has it.
func newDeviceToken(index store.Index, home string, seed []byte) DeviceToken {
	if seed == nil {
		return DeviceToken{id: home[:deviceHome] + hex.EncodeToString(rnd.Bytes(deviceRandom)), secret: rnd.Hex(deviceSecret / 2)}
	}
	id := index.Digest("device-first-id", home, string(seed))[:deviceRandom]
	return DeviceToken{id: home[:deviceHome] + hex.EncodeToString(id), secret: rnd.UpperHex(index.Digest("device-first", home, string(seed)))}
}

// successor is the token that follows one of that generation. It is a function of what
// was presented, so it can be given again while that one is at hand, and is made by
// nobody who has the store alone.
func (t DeviceToken) successor(index store.Index, generation uint64) DeviceToken {
	d := index.Digest("device-successor", t.id, strconv.FormatUint(generation, 10), t.secret)
	return DeviceToken{id: t.id, secret: rnd.UpperHex(d)}
}

func (t DeviceToken) digest(index store.Index) []byte {
	return index.Digest("device-secret", t.id, t.secret)[:deviceDigest]
}

// age says how many successors the token with that digest has had, or -1 if it is none
// of the device's last. Every digest is compared, so the time tells nothing of which
// one matched.
func (d *RememberedDevice) age(digest []byte) int {
	age := subtle.ConstantTimeSelect(subtle.ConstantTimeCompare(d.Digest, digest), 0, -1)
	successors := len(d.Past) / devicePast
	for p := range slices.Chunk(d.Past, devicePast) {
		age = subtle.ConstantTimeSelect(subtle.ConstantTimeCompare(p, digest[:devicePast]), successors, age)
		successors--
	}
	return age
}
