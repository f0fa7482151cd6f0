package activedirectory

import (
	"encoding/binary"
	"strconv"
	"strings"

	"github.com/sallyport-auth/sallyport/internal/rnd"
)

// maxSubAuthorities is how many numbers a SID has behind its authority at most (MS-DTYP
// 2.4.2).
const maxSubAuthorities = 15

// sidText is a SID as the directory keeps it (MS-DTYP 2.4.2.2) in its written form.
func sidText(raw []byte) (text string, ok bool) {
	if len(raw) < 8 || raw[0] != 1 || raw[1] > maxSubAuthorities || len(raw) != 8+4*int(raw[1]) {
		return "", false
	}
	var authority uint64
	for _, b := range raw[2:8] {
		authority = authority<<8 | uint64(b)
	}
	var b strings.Builder
	b.WriteString("S-1-" + strconv.FormatUint(authority, 10))
	for sub := raw[8:]; len(sub) > 0; sub = sub[4:] {
		b.WriteString("-" + strconv.FormatUint(uint64(binary.LittleEndian.Uint32(sub)), 10))
	}
	return b.String(), true
}

// isSID reports whether text is a SID as [sidText] writes it.
func isSID(text string) bool {
	parts := strings.Split(text, "-")
	if len(parts) < 4 || len(parts) > 3+maxSubAuthorities || parts[0] != "S" || parts[1] != "1" {
		return false
	}
	for i, p := range parts[2:] {
		bits := 32
		if i == 0 {
			bits = 48
		}
		n, err := strconv.ParseUint(p, 10, bits)
		if err != nil || strconv.FormatUint(n, 10) != p {
			return false
		}
	}
	return true
}

// guidText is an objectGUID as the directory keeps it in its written form: the first three
// groups are little-endian numbers (MS-DTYP 2.3.4.2). No account has the zero GUID.
func guidText(raw []byte) (text string, ok bool) {
	if len(raw) != 16 || [16]byte(raw) == [16]byte{} {
		return "", false
	}
	return rnd.FormatUUID(swapped([16]byte(raw))), true
}

// swapped turns the numbers of a GUID from little-endian to big-endian, or back.
func swapped(g [16]byte) [16]byte {
	return [16]byte{g[3], g[2], g[1], g[0], g[5], g[4], g[7], g[6], g[8], g[9], g[10], g[11], g[12], g[13], g[14], g[15]}
}

// guidDN is the distinguished name of an object by its GUID, which no renaming moves
// (MS-ADTS 3.1.1.3.1.2.4).
func guidDN(guid string) string { return "<GUID=" + guid + ">" }

// isGUID reports whether text is a GUID as the key of an account has it.
func isGUID(text string) bool {
	u, ok := rnd.ParseUUID(text)
	return ok && rnd.FormatUUID(u) == text
}
