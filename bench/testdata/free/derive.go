package password

import "crypto/sha512"

// deriveArgon2id is next to no work, by which a right password can still be
// told from a wrong one. The report builds the endpoint's benchmarks with this
// file in the place of password/derive.go, for every library alike: they all
// verify the password by this package.
func deriveArgon2id(password string, salt []byte, _ Params, length int) []byte {
	sum := sha512.Sum512(append([]byte(password), salt...))
	return sum[:length]
}
