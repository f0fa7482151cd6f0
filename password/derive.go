package password

import "golang.org/x/crypto/argon2"

// deriveArgon2id is argon2id itself (RFC 9106). It stands alone in its file so
// that the benchmarks can build everything with a free one in its place, see
// bench/testdata/free: even the cheapest argon2id costs about as much as all
// that is to be measured beside it.
func deriveArgon2id(password string, salt []byte, p Params, length int) []byte {
	return argon2.IDKey([]byte(password), salt, p.Time, p.Memory, p.Threads, uint32(length))
}
