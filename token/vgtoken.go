package token

import (
	"crypto/subtle"
	"encoding/hex"
	"slices"

	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/store"
)

// vgTokenBytes is the length of a VGToken: a tag of 32 bytes, then the session
// id and the account id, 16 bytes each, enciphered.
const vgTokenBytes = 64

// SealVGToken makes the VGToken of a session: 128 upper-case hexadecimal
// digits, the same whenever the session is asked. The ids inside are hidden,
// so a token read in a log leads nobody to the session, and two sessions of one
// account have nothing in common to see.
//
// The account id is 32 lower-case hexadecimal digits or a lower-case GUID, the
// session id as [Begin] makes it. For any other the result is "", which [Sign]
// refuses.
//
// The construction is that of a synthetic IV (RFC 5297): a keyed digest of
// the ids is the tag, and a second one, of the tag, is the key stream. Equal
// inputs give equal tokens, which is wanted, and a stream is never used for two
// different texts.
func SealVGToken(idx store.Index, sessionID, accountID string) string {
	session, ok := fromID(sessionID)
	account, ok2 := fromAccountID(accountID)
	if !ok || !ok2 {
		return ""
	}
	tag := vgTag(idx, sessionID, accountID)
	return upperHex(slices.Concat(tag, vgCipher(idx, tag, slices.Concat(session, account))))
}

// OpenVGToken undoes [SealVGToken]. It returns false for whatever this index
// did not seal.
func OpenVGToken(idx store.Index, s string) (sessionID, accountID string, ok bool) {
	raw, ok := fromUpperHex(s, vgTokenBytes)
	if !ok {
		return "", "", false
	}
	tag := raw[:32]
	ids := vgCipher(idx, tag, raw[32:])
	sessionID = hex.EncodeToString(ids[:16])
	// The tag covers the ids as text, and so tells which form the account has,
	// of which the first is that of the built-in directory.
	if accountID = rnd.FormatUUID([16]byte(ids[16:])); isTag(idx, tag, sessionID, accountID) {
		return sessionID, accountID, true
	}
	if accountID = hex.EncodeToString(ids[16:]); isTag(idx, tag, sessionID, accountID) {
		return sessionID, accountID, true
	}
	return "", "", false
}

func isTag(idx store.Index, tag []byte, sessionID, accountID string) bool {
	return subtle.ConstantTimeCompare(tag, vgTag(idx, sessionID, accountID)) == 1
}

func vgTag(idx store.Index, sessionID, accountID string) []byte {
	return idx.Digest("vgtoken-tag", sessionID, accountID)
}

// vgCipher enciphers or deciphers 32 bytes.
func vgCipher(idx store.Index, tag, text []byte) []byte {
	out := make([]byte, 32)
	subtle.XORBytes(out, text, idx.Digest("vgtoken-stream", string(tag)))
	return out
}
