package mfa

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sallyport-auth/sallyport/internal/typed"
)

// Transport is the way on which a second factor reaches the user. The numbers
// are the published ones (TransportMode).
type Transport int

// The transports.
const (
	SMS           Transport = 1
	Email         Transport = 2
	Authenticator Transport = 4
)

// String returns the published name of the transport.
func (t Transport) String() string {
	switch t {
	case SMS:
		return "SMS"
	case Email:
		return "Email"
	case Authenticator:
		return "MicrosoftAuthenticator"
	}
	return fmt.Sprintf("Transport(%d)", int(t))
}

// ParseTransport reads the name that [Transport.String] writes.
func ParseTransport(s string) (Transport, bool) {
	for _, t := range []Transport{SMS, Email, Authenticator} {
		if s == t.String() {
			return t, true
		}
	}
	return 0, false
}

// Mode is how a factor is answered. The numbers are the published ones
// (AuthenticationMode).
type Mode int

// The modes.
const (
	Link Mode = 1
	OTP  Mode = 2
)

// String returns the published name of the mode.
func (m Mode) String() string {
	switch m {
	case Link:
		return "Link"
	case OTP:
		return "OTP"
	}
	return fmt.Sprintf("Mode(%d)", int(m))
}

// Method is one way to pass a second factor, as policies name it.
type Method struct {
	Transport Transport
	Mode      Mode
}

// methods are all there are, in the order in which options are offered.
var methods = [...]Method{{Email, Link}, {Email, OTP}, {SMS, Link}, {SMS, OTP}, {Authenticator, OTP}}

// String returns the name in policies: EmailLink, EmailOTP, SMSLink, SMSOTP,
// MicrosoftAuthenticator.
func (m Method) String() string {
	if m.Transport == Authenticator {
		return m.Transport.String()
	}
	return m.Transport.String() + m.Mode.String()
}

// Channels are the transports over which the host can send messages.
type Channels struct {
	Email, SMS bool
	// Prefixes are how the numbers begin that text messages go to, such as "+49"; none:
	// they go to all.
	Prefixes []string
}

// Has reports whether a factor on t can work at all. An authenticator needs no
// channel.
func (c Channels) Has(t Transport) bool {
	return t == Authenticator || t == Email && c.Email || t == SMS && c.SMS
}

// Reaches reports whether a message of t can go to an address.
func (c Channels) Reaches(t Transport, address string) bool {
	return c.Has(t) && !c.isOutside(t, address)
}

// isOutside reports whether it is a number that text messages do not go to.
func (c Channels) isOutside(t Transport, address string) bool {
	return t == SMS && len(c.Prefixes) > 0 &&
		!slices.ContainsFunc(c.Prefixes, func(p string) bool { return strings.HasPrefix(address, p) })
}

// wanted says what an address of t has to look like, for whoever typed one that has no
// such form or that no message goes to; of all others it says nothing.
func (c Channels) wanted(t Transport, address string) string {
	switch {
	case !CheckAddress(t, address):
		return WantedForm(t)
	case c.isOutside(t, address):
		const most = 10 // a sentence and not a list
		list := strings.Join(c.Prefixes[:min(most, len(c.Prefixes))], ", ")
		if len(c.Prefixes) > most {
			list += " and some others"
		}
		return "a number that begins with one of these, since text messages go to no others: " + list
	}
	return ""
}

// MaskEmail hides an address but keeps its length: the first and last
// character of the local part, the first of the domain and all from the
// domain's last dot stay. A local part under five characters is hidden whole.
func MaskEmail(a string) string {
	at := strings.LastIndexByte(a, '@')
	if at < 0 {
		return stars(a)
	}
	local, domain := []rune(a[:at]), a[at+1:]
	var b strings.Builder
	if len(local) < 5 {
		b.WriteString(stars(string(local)))
	} else {
		b.WriteRune(local[0])
		b.WriteString(stars(string(local[1 : len(local)-1])))
		b.WriteRune(local[len(local)-1])
	}
	b.WriteByte('@')
	dot := strings.LastIndexByte(domain, '.')
	if dot < 0 {
		dot = len(domain)
	}
	if name := []rune(domain[:dot]); len(name) > 0 {
		b.WriteRune(name[0])
		b.WriteString(stars(string(name[1:])))
	}
	b.WriteString(domain[dot:])
	return b.String()
}

// MaskPhone hides a number but keeps its length: the plus, two digits and the
// last five stay. A number under eleven digits is hidden whole.
func MaskPhone(n string) string {
	digits := strings.TrimPrefix(n, "+")
	if len(digits) < 11 {
		return stars(n)
	}
	return n[:len(n)-len(digits)] + digits[:2] + stars(digits[2:len(digits)-5]) + digits[len(digits)-5:]
}

func stars(s string) string { return strings.Repeat("*", len([]rune(s))) }

// CleanAddress returns what somebody typed as an address of t in the form in which
// it is stored and sent to. What cannot be read comes back as it is, for
// [CheckAddress] to refuse.
func CleanAddress(t Transport, address string) string {
	if t == Email {
		return typed.Email(address)
	}
	if strings.TrimSpace(address) == "" {
		return ""
	}
	if number, ok := typed.Mobile(address); ok {
		return number
	}
	return address
}

// CheckAddress reports whether a is an address that a message of t can go to:
// for e-mail one plain mailbox (no name, list or line break) of at most 254
// bytes, for SMS a number in the international form of E.164: a plus and 7 to
// 15 digits.
func CheckAddress(t Transport, a string) bool {
	switch t {
	case SMS:
		number, ok := typed.Mobile(a)
		return ok && number == a
	case Email:
		return typed.CheckEmail(a)
	}
	return false
}

// WantedForm says what an address of t has to look like, for whoever typed one
// that [CheckAddress] refuses.
func WantedForm(t Transport) string {
	if t == SMS {
		return "a number in the international form, \"+\" and 7 to 15 digits, such as " + typed.WantedMobile
	}
	return "one plain e-mail address"
}

// addressKey returns what addresses of t are found, counted and compared by.
func addressKey(t Transport, a string) string {
	if t == Email {
		return typed.EmailKey(a)
	}
	return a
}

// sameAddress reports whether two addresses of t are one to whoever counts them.
func sameAddress(t Transport, a, b string) bool { return addressKey(t, a) == addressKey(t, b) }
