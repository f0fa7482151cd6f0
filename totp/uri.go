package totp

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Caps of the two parts of a label, in bytes. Apps show about 20 and 40
// characters; the caps keep the longest URI, with every byte escaped, well
// inside the largest QR code (2331 bytes at level M).
const (
	MaxIssuer  = 64
	MaxAccount = 256 // an e-mail address has at most 254
)

// ErrLabel means that an issuer or account cannot stand in a key URI.
var ErrLabel = errors.New("totp: unusable label")

// CheckLabel returns an error unless issuer can stand before the account in a
// key URI. It is for checking a configuration: empty or blank text, bad UTF-8,
// a colon (it separates issuer and account, and no app reads an escaped one
// alike), control characters, line separators and marks that turn the writing
// direction are refused with an error that wraps [ErrLabel], as are more than
// [MaxIssuer] bytes.
func CheckLabel(issuer string) error {
	if err := checkLength("issuer", issuer, MaxIssuer); err != nil {
		return err
	}
	if !utf8.ValidString(issuer) {
		return fmt.Errorf("%w: issuer is not UTF-8", ErrLabel)
	}
	if i := strings.IndexFunc(issuer, misleads); i >= 0 {
		r, _ := utf8.DecodeRuneInString(issuer[i:])
		return fmt.Errorf("%w: issuer has %U at byte %d", ErrLabel, r, i)
	}
	return nil
}

func checkLength(what, label string, limit int) error {
	if strings.TrimSpace(label) == "" {
		return fmt.Errorf("%w: %s is empty", ErrLabel, what)
	}
	if len(label) > limit {
		return fmt.Errorf("%w: %s has %d bytes, limit %d", ErrLabel, what, len(label), limit)
	}
	return nil
}

// misleads reports whether r would make an app split or show a label otherwise
// than it was meant. Joiners stay: emoji and several scripts need them.
func misleads(r rune) bool {
	return r == ':' || unicode.IsControl(r) ||
		unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp)
}

// URI returns the key URI that an app scans or opens, with the secret in it:
//
//	otpauth://totp/Issuer:account?secret=…&issuer=Issuer&algorithm=SHA1&digits=6&period=30
//
// The issuer must pass [CheckLabel]. An account is a user's name and nothing
// its owner could mend: a colon becomes a full-width one (U+FF1A), which no user
// name can hold once it is compared, so that "acme:bob" and "acme-bob" keep
// labels of their own; what else CheckLabel refuses in an issuer (a control
// character, a byte that is not UTF-8 and so on), and no name can hold, becomes a
// dash each. Only an empty account or one that is then over [MaxAccount] bytes is
// an error that wraps [ErrLabel]. The zero Secret is refused with [ErrSecret].
//
// Some apps overwrite an entry with an equal label, so accounts should be
// unique to the issuer.
func (s Secret) URI(issuer, account string) (string, error) {
	if s.IsZero() {
		return "", fmt.Errorf("%w: it is empty", ErrSecret)
	}
	if err := CheckLabel(issuer); err != nil {
		return "", err
	}
	account = tame(account)
	if err := checkLength("account", account, MaxAccount); err != nil {
		return "", err
	}
	issuer, account = escape(issuer), escape(account)
	// The defaults are written out because some apps insist on them.
	return "otpauth://totp/" + issuer + ":" + account + "?secret=" + s.Base32() +
		"&issuer=" + issuer + "&algorithm=SHA1&digits=6&period=30", nil
}

// fullWidthColon stands for a colon, at which apps would split the label.
const fullWidthColon = '\uff1a'

// tame replaces what must not stand in a label. Ranging over a string yields U+FFFD
// for each bad byte.
func tame(account string) string {
	var b strings.Builder
	for _, r := range account {
		switch {
		case r == ':':
			r = fullWidthColon
		case r == utf8.RuneError || misleads(r):
			r = '-'
		}
		b.WriteRune(r)
	}
	return b.String()
}

// escape writes every byte outside the unreserved characters of RFC 3986,
// section 2.3, as % and two upper-case digits. The escapers of net/url leave
// more of them bare, and write a space as the plus sign that apps then show.
func escape(part string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for _, c := range []byte(part) {
		if unreserved(c) {
			b.WriteByte(c)
			continue
		}
		b.Write([]byte{'%', hex[c>>4], hex[c&15]})
	}
	return b.String()
}

func unreserved(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
		c == '-' || c == '.' || c == '_' || c == '~'
}
