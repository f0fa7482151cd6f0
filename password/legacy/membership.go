package legacy

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"hash"
)

// membershipKey is the length of the key that .NET gives an HMACSHA256.
const membershipKey = 64

// readMembership reads what ASP.NET Membership keeps in two columns of
// aspnet_Membership, both base64, under the name of its hashAlgorithmType in small
// letters:
//
//	$membership$sha1$PasswordSalt$Password
//
// The names are md5, sha1, sha256, sha512 and hmac-sha256; PasswordFormat must be
// 1. The digest is of the salt and the password in UTF-16, or, by HMAC, of the
// password under the salt, which is repeated up to the length of the key
// (SqlMembershipProvider.EncodePassword in microsoft/referencesource).
func readMembership(rest string) (function, error) {
	p, err := parts("ASP.NET Membership", rest, 3)
	if err != nil {
		return nil, err
	}
	d := Digest{wide: true, spell: func(sum []byte) string {
		return "$membership$" + p[0] + "$" + p[1] + "$" + paddedBase64.EncodeToString(sum)
	}}
	salt, err := fromBase64(paddedBase64, "salt", p[1])
	if err != nil {
		return nil, err
	}
	if err := between("salt", salt, 1, maxSalt); err != nil {
		return nil, err
	}
	if d.sum, err = fromBase64(paddedBase64, "hash", p[2]); err != nil {
		return nil, err
	}
	if p[0] == "hmac-sha256" {
		d.algorithm, d.new = SHA256, membershipHMAC(salt)
		return d.checked()
	}
	if d.algorithm, err = digestNamed(p[0]); err != nil {
		return nil, fmt.Errorf("ASP.NET Membership: %w", err)
	}
	d.before = salt
	return d.checked()
}

func membershipHMAC(salt []byte) func() hash.Hash {
	key := bytes.Repeat(salt, membershipKey)[:membershipKey]
	return func() hash.Hash { return hmac.New(sha256.New, key) }
}
