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
)

// Bytes returns n random bytes.
func Bytes(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}

// Fill fills b with random bytes.
func Fill(b []byte) { rand.Read(b) }

// Hex returns n random bytes as 2n upper-case hexadecimal digits.
func Hex(n int) string { return UpperHex(Bytes(n)) }

// UpperHex writes b as upper-case hexadecimal digits.
func UpperHex(b []byte) string {
	const digits = "0123456789ABCDEF"
	var room [128]byte // more than any token of ours
	out := room[:0]
	for _, c := range b {
		out = append(out, digits[c>>4], digits[c&15])
	}
	return string(out)
}

// Uint64 returns a random number that is never 0, so that 0 can mean "none".
func Uint64() uint64 {
	var b [8]byte
	for {
		Fill(b[:])
		if v := binary.LittleEndian.Uint64(b[:]); v != 0 {
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
	var out [36]byte
	hex.Encode(out[:8], u[:4])
	hex.Encode(out[9:13], u[4:6])
	hex.Encode(out[14:18], u[6:8])
	hex.Encode(out[19:23], u[8:10])
	hex.Encode(out[24:], u[10:])
	out[8], out[13], out[18], out[23] = '-', '-', '-', '-'
	return string(out[:])
}

// ParseUUID reads the 36-character form of a UUID in either case. Any version
// passes: identifiers made elsewhere are data, not ours to judge.
func ParseUUID(s string) (u [16]byte, ok bool) {
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return u, false
	}
	var digits [32]byte
	text := append(append(append(append(append(digits[:0], s[:8]...), s[9:13]...), s[14:18]...), s[19:23]...), s[24:]...)
	if _, err := hex.Decode(u[:], text); err != nil {
		return [16]byte{}, false
	}
	return u, true
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
