package mfa

import (
	"fmt"
	"slices"
	"strings"
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
type Channels struct{ Email, SMS bool }

// Has reports whether a factor on t can work at all. An authenticator needs no
// channel.
func (c Channels) Has(t Transport) bool {
	return t == Authenticator || t == Email && c.Email || t == SMS && c.SMS
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

// CheckAddress reports whether a is an address that a message of t can go to:
// for e-mail one plain mailbox (no name, list or line break) of at most 254
// bytes, for SMS a number in the international form of E.164: a plus and 7 to
// 15 digits.
func CheckAddress(t Transport, a string) bool {
	switch t {
	case SMS:
		digits, plus := strings.CutPrefix(a, "+")
		return plus && len(digits) >= 7 && len(digits) <= 15 && digits[0] != '0' &&
			strings.Trim(digits, "0123456789") == ""
	case Email:
		local, domain, _ := strings.Cut(a, "@") // without an @ the domain is empty, which is none
		return len(a) <= 254 && local != "" && len(local) <= 64 && isMailText(local) && isDomain(domain)
	}
	return false
}

// isMailText allows the dot-atom of RFC 5322 and UTF-8 beyond ASCII; quoted
// local parts are refused, since mail systems disagree on them.
func isMailText(s string) bool {
	return !strings.HasPrefix(s, ".") && !strings.HasSuffix(s, ".") && !strings.Contains(s, "..") &&
		!strings.ContainsFunc(s, func(r rune) bool {
			return r <= ' ' || r >= 0x7f && r <= 0xa0 || strings.ContainsRune(`"(),:;<>@[\]`, r) ||
				r == 0x2028 || r == 0x2029 || r == 0xfffd
		})
}

func isDomain(d string) bool {
	labels := strings.Split(d, ".")
	return isMailText(d) && len(labels) > 1 && !slices.ContainsFunc(labels, func(l string) bool {
		return l == "" || len(l) > 63 || strings.HasPrefix(l, "-") || strings.HasSuffix(l, "-")
	})
}
