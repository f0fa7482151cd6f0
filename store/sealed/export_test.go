package sealed

import "crypto/cipher"

// BatchSize is how many values are sealed with one salt.
const BatchSize = batchSize

// Derive is what seals under a key with a salt.
func Derive(secret [keySize]byte, salt [saltSize]byte) cipher.AEAD {
	k := key{secret: secret}
	return k.derive(salt)
}
