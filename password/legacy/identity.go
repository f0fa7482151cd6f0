package legacy

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// What ASP.NET Identity writes, see PasswordHasher.cs of dotnet/aspnetcore.
const (
	identityV2Bytes  = 1 + identityV2Salt + 32 // a zero byte, salt, key
	identityV2Salt   = 16
	identityV2Rounds = 1000

	identityV3Header = 1 + 3*4 // a byte of 1; function, rounds, length of the salt, in big endian
	identityMinSalt  = 16      // bytes
)

// readIdentity reads the column PasswordHash of AspNetUsers, which is base64 and
// bears no name: the first byte says of which version it is.
func readIdentity(text string) (function, error) {
	if !strings.HasPrefix(text, "A") { // the first byte is below 4
		return nil, ErrUnknownFormat
	}
	raw, err := fromBase64(paddedBase64, "hash", text)
	switch {
	case err == nil && raw[0] == 0 && len(raw) == identityV2Bytes:
		return readIdentityV2(raw)
	case err == nil && raw[0] == 1 && len(raw) > identityV3Header:
		return readIdentityV3(raw)
	}
	return nil, ErrUnknownFormat
}

func readIdentityV2(raw []byte) (function, error) {
	salt, key := raw[1:1+identityV2Salt], raw[1+identityV2Salt:]
	return pbkdf2Hash{algorithm: PBKDF2SHA1, rounds: identityV2Rounds, salt: salt, key: key}.checked()
}

func readIdentityV3(raw []byte) (function, error) {
	functions := [...]Algorithm{PBKDF2SHA1, PBKDF2SHA256, PBKDF2SHA512} // as KeyDerivationPrf counts them
	prf, rounds, length := binary.BigEndian.Uint32(raw[1:]), binary.BigEndian.Uint32(raw[5:]), binary.BigEndian.Uint32(raw[9:])
	if prf >= uint32(len(functions)) {
		return nil, fmt.Errorf("%w: ASP.NET Identity with a function other than 0, 1, 2", ErrUnknownFormat)
	}
	rest := raw[identityV3Header:]
	if length < identityMinSalt || uint64(length) > uint64(len(rest)) {
		return nil, fmt.Errorf("%w: ASP.NET Identity with a salt of %d bytes", ErrMalformed, length)
	}
	return pbkdf2Hash{algorithm: functions[prf], rounds: rounds, salt: rest[:length], key: rest[length:]}.checked()
}
