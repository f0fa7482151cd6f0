package legacy

import (
	"fmt"
	"strings"

	"github.com/sallyport-auth/sallyport/internal/ascii"
)

// readLDAP reads what follows "{": the userPassword of RFC 2307, "SCHEME}…", whose
// schemes are compared without regard to ASCII case. SHA, SHA256, SHA512 and MD5
// are a digest in base64; with one more S in front (SMD5, SSHA) a salt follows the
// digest and went in after the password. CRYPT is a text of crypt(3).
func readLDAP(rest string) (function, error) {
	scheme, text, ok := strings.Cut(rest, "}")
	if !ok {
		return nil, ErrUnknownFormat
	}
	name := ascii.Fold(scheme)
	if name == "crypt" {
		return readCryptScheme(text)
	}
	a, salted, err := ldapScheme(name)
	if err != nil {
		return nil, err
	}
	raw, err := fromBase64(paddedBase64, "LDAP digest", text)
	if err != nil {
		return nil, err
	}
	size := hashOf(a)().Size()
	if len(raw) < size || salted != (len(raw) > size) {
		return nil, fmt.Errorf("%w: LDAP scheme with %d bytes, of which %d are the digest", ErrMalformed, len(raw), size)
	}
	salt := raw[size:]
	return Digest{algorithm: a, after: salt, sum: raw[:size], spell: func(sum []byte) string {
		return "{" + scheme + "}" + paddedBase64.EncodeToString(append(sum, salt...))
	}}.checked()
}

func ldapScheme(name string) (a Algorithm, salted bool, err error) {
	switch name {
	case "md5", "smd5":
		return MD5, name[0] == 's', nil
	case "sha", "ssha":
		return SHA1, name[1] == 's', nil
	case "sha256", "ssha256":
		return SHA256, name[1] == 's', nil
	case "sha512", "ssha512":
		return SHA512, name[1] == 's', nil
	}
	return 0, false, fmt.Errorf("%w: LDAP scheme other than MD5, SMD5, SHA, SSHA, SHA256, SSHA256, SHA512, SSHA512, CRYPT", ErrUnknownFormat)
}

// readCryptScheme reads the texts of crypt(3) that are read without a scheme too.
func readCryptScheme(text string) (function, error) {
	if rest, ok := strings.CutPrefix(text, "$5$"); ok {
		return readSHA256Crypt(rest)
	}
	if rest, ok := strings.CutPrefix(text, "$6$"); ok {
		return readSHA512Crypt(rest)
	}
	if rest, ok := strings.CutPrefix(text, "$2"); ok {
		return readBcrypt(rest)
	}
	return nil, fmt.Errorf("%w: LDAP scheme CRYPT other than $2a$, $2b$, $2y$, $5$, $6$", ErrUnknownFormat)
}
