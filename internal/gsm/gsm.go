// Package gsm counts what a text costs as a text message: the septets of the
// default alphabet of GSM 03.38 (3GPP TS 23.038). One character beyond it turns
// the whole message into one of 70 characters.
package gsm

import "strings"

const (
	// Segment is how many septets one message holds.
	Segment = 160
	// Joined is how many each message holds where several are joined.
	Joined = 153
)

const (
	basic = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
		"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	extended = "\f^{}\\[~]|€" // an escape and a character
)

// Septets returns how many septets a text takes, and reports whether all of it is
// in the alphabet.
func Septets(text string) (n int, ok bool) {
	for _, r := range text {
		switch {
		case strings.ContainsRune(basic, r):
			n++
		case strings.ContainsRune(extended, r):
			n += 2
		default:
			return 0, false
		}
	}
	return n, true
}

// Fits reports whether a text is in the alphabet and takes that many messages at
// most.
func Fits(text string, messages int) bool {
	n, ok := Septets(text)
	if messages == 1 {
		return ok && n <= Segment
	}
	return ok && n <= messages*Joined
}
