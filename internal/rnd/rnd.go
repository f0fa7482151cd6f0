// Package rnd draws every random value of the module from crypto/rand.
//
// It stands on the lowest floor so that a reader who wants to know where
// randomness comes from has one small file to read, and so that nothing above
// is tempted by math/rand. crypto/rand cannot fail on a supported system (it
// ends the process instead), so nothing here returns an error.
package rnd

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"strings"
)

// Bytes returns n random bytes.
func Bytes(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}

// Hex returns n random bytes as 2n upper-case hexadecimal digits.
func Hex(n int) string { return strings.ToUpper(hex.EncodeToString(Bytes(n))) }

// Uint64 returns a random number that is never 0, so that 0 can mean "none".
func Uint64() uint64 {
	for {
		if v := binary.LittleEndian.Uint64(Bytes(8)); v != 0 {
			return v
		}
	}
}

// UUID returns a version 4 UUID (RFC 9562) in lower case with dashes: 122
// random bits.
func UUID() string {
	b := Bytes(16)
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return FormatUUID([16]byte(b))
}

// FormatUUID writes u in lower case with dashes.
func FormatUUID(u [16]byte) string {
	h := hex.EncodeToString(u[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// ParseUUID reads the 36-character form of a UUID in either case. Any version
// passes: identifiers made elsewhere are data, not ours to judge.
func ParseUUID(s string) (u [16]byte, ok bool) {
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return u, false
	}
	b, err := hex.DecodeString(s[:8] + s[9:13] + s[14:18] + s[19:23] + s[24:])
	if err != nil {
		return u, false
	}
	return [16]byte(b), true
}

// Text returns n characters drawn evenly from alphabet, which holds between 2
// and 256 characters of one byte each. Bytes that would favour the front of
// the alphabet are thrown away.
func Text(n int, alphabet string) string {
	limit := 256 - 256%len(alphabet)
	out := make([]byte, 0, n)
	for len(out) < n {
		for _, b := range Bytes(n + 8) {
			if int(b) < limit && len(out) < n {
				out = append(out, alphabet[int(b)%len(alphabet)])
			}
		}
	}
	return string(out)
}
