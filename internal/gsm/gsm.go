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
		one := septets(r)
		if one == 0 {
			return 0, false
		}
		n += one
	}
	return n, true
}

// septets returns how many septets a character takes; 0: it is not in the alphabet.
func septets(r rune) int {
	switch {
	case strings.ContainsRune(basic, r):
		return 1
	case strings.ContainsRune(extended, r):
		return 2
	}
	return 0
}

// Fits reports whether a text is in the alphabet and takes that many messages at
// most.
func Fits(text string, messages int) bool {
	n, ok := Septets(text)
	return ok && (n <= Segment || messages > 1 && joined(text) <= messages)
}

// joined returns into how many messages a text of the alphabet is cut where they are
// joined. An escape and its character are not cut apart, so that a message may end
// with a septet to spare.
func joined(text string) int {
	messages, used := 1, 0
	for _, r := range text {
		if used += septets(r); used > Joined {
			messages, used = messages+1, septets(r)
		}
	}
	return messages
}
