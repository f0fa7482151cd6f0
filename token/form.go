package token

import (
	"bytes"
	"slices"
	"strings"
)

// HasForm reports whether a text has the form of an access token of ours: short enough,
// three parts in base64url, and a header that names one of [Algorithms], a key and the
// type, and nothing that brings a key along. Nobody could make a token of a text that has
// not, so that neither keys nor sessions need be looked up for it. Of a text that has the
// form nothing is said yet.
func HasForm(raw string) bool {
	var room, part [usualToken]byte
	t, ok := takeApart(raw, room[:0])
	if !ok {
		return false
	}
	h, ok := readHeader(t.head)
	if !ok || h.kid == "" || h.typ != accessType || !slices.Contains(Algorithms(), h.alg) {
		return false
	}
	for _, p := range [][]byte{t.payload, t.signature} {
		if _, err := canonical.AppendDecode(part[:0], p); err != nil || len(p) == 0 {
			return false
		}
	}
	return true
}

// apart is a token taken apart (RFC 7515 section 7.1): what is signed, its two parts, and
// the signature, all as they stand in it.
type apart struct{ signed, head, payload, signature []byte }

// takeApart copies a token into room, which may be too small, and takes it apart. That a
// part is base64url is left to whoever reads it, but for line breaks, over which the decoder
// would pass.
func takeApart(raw string, room []byte) (t apart, ok bool) {
	if len(raw) > maxAccessToken || strings.IndexByte(raw, '\r') >= 0 || strings.IndexByte(raw, '\n') >= 0 {
		return t, false
	}
	t.signed, t.signature, ok = cutLast(append(room, raw...))
	if !ok {
		return t, false
	}
	t.head, t.payload, ok = cutLast(t.signed)
	return t, ok
}

func cutLast(s []byte) (before, after []byte, ok bool) {
	i := bytes.LastIndexByte(s, '.')
	if i < 0 {
		return nil, nil, false
	}
	return s[:i], s[i+1:], true
}

// jwsHeader is what the header of an access token says.
type jwsHeader struct{ alg, kid, typ string }

// readHeader reads a header. One that brings a key along, or changes how the rest is to be
// read, is refused, and so is one with a value that is no text: no token of ours ever had
// one.
func readHeader(head []byte) (h jwsHeader, ok bool) {
	var part [usualPart]byte
	text, err := canonical.AppendDecode(part[:0], head) // a dot is no base64, so a token of four parts ends here
	if err != nil {
		return h, false
	}
	ok = eachMember(string(text), func(name, value string) bool {
		v, ok := stringOf(value)
		switch name {
		case "alg":
			h.alg = v
		case "kid":
			h.kid = v
		case "typ":
			h.typ = v
		case "jwk", "jku", "x5c", "x5u", "crit", "b64":
			return false
		}
		return ok
	})
	return h, ok
}
