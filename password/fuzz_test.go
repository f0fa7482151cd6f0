package password_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/password"
	"github.com/sallyport-auth/sallyport/password/legacy"
)

// FuzzStoredHash reads a stored password hash and a password: no text makes the
// reader accept costs over the caps, every kind can be done for nobody too, and
// hashes that are cheap enough are worked, the weak ones also wrapped.
func FuzzStoredHash(f *testing.F) {
	for _, v := range vectors {
		f.Add(v.hash, v.password)
	}
	for _, v := range imported {
		f.Add(v.hash, umlauts)
	}
	for _, c := range refusals {
		f.Add(c.hash, "password")
	}
	f.Fuzz(func(t *testing.T, hash, plain string) {
		k, err := password.Recognise(hash)
		if err != nil {
			wantRefused(t, hash, plain, err)
			return
		}
		if overCaps(k) {
			t.Fatalf("Recognise(%q) = %v, over the caps", hash, k)
		}
		if strings.HasPrefix(hash, "$argon2id$") && !strings.Contains(hash, fmt.Sprintf("$m=%d,t=%d,p=%d$", k.Memory, k.Time, k.Threads)) {
			t.Fatalf("Recognise(%q) = %v, which the text does not say", hash, k)
		}
		if dear(k) {
			return // a fuzz run is no place for dear hashes
		}
		ok, err := password.Verify(hash, plain)
		if err != nil || ok && plain == "" {
			t.Fatalf("Verify(%q, %q) = %v, %v", hash, plain, ok, err)
		}
		if done := password.WorkOfVerifyNobody(k, plain); len(done) != 1 || done[0].Kind != k {
			t.Fatalf("VerifyNobody(%v) computed %.200v", k, done)
		}
		if !password.Weak(hash) {
			return
		}
		wrapped, err := cheap.Wrap(hash)
		if err != nil {
			t.Fatalf("Wrap(%q): %v", hash, err)
		}
		if again, err := password.Verify(wrapped, plain); again != ok || err != nil {
			t.Fatalf("Verify(%q, %q) = %v, %v, and %v before it was wrapped", wrapped, plain, again, err, ok)
		}
	})
}

// wantRefused wants err to be one of the three, and Verify to say it too.
func wantRefused(t *testing.T, hash, plain string, err error) {
	t.Helper()
	if !errors.Is(err, password.ErrUnknownFormat) && !errors.Is(err, password.ErrMalformed) && !errors.Is(err, password.ErrTooCostly) {
		t.Fatalf("Recognise(%q) = %v, want one of the three errors", hash, err)
	}
	if ok, err := password.Verify(hash, plain); ok || err == nil {
		t.Fatalf("Verify(%q) = %v, %v, want an error", hash, ok, err)
	}
	if password.Weak(hash) || password.Truncates(hash, plain) || !cheap.NeedsRehash(hash) {
		t.Fatalf("%q cannot be read, and is something all the same", hash)
	}
}

// overCaps says by numbers of its own what the caps are.
func overCaps(k password.Kind) bool {
	switch k.Algorithm {
	case password.Argon2id, password.Argon2i:
		return k.Memory > 256<<10 || k.Time > 10 || k.Threads > 16
	case password.Bcrypt:
		return k.Cost > 13
	case legacy.Scrypt:
		return k.Cost > 20 || uint64(k.Time)*uint64(k.Threads)<<k.Cost > 1<<20
	case legacy.SHA256Crypt, legacy.SHA512Crypt:
		return k.Time > 1_000_000 || k.Cost > 16
	case legacy.PBKDF2SHA1, legacy.PBKDF2SHA256, legacy.PBKDF2SHA512:
		return k.Time > 2_000_000 || k.Threads > 2
	}
	return k != password.Kind{Algorithm: k.Algorithm} || strings.Contains(k.String(), "none")
}

// dear reports whether a hash takes more than about a millisecond.
func dear(k password.Kind) bool {
	switch k.Algorithm {
	case password.Argon2id, password.Argon2i:
		return k.Memory > 1024
	case password.Bcrypt:
		return k.Cost > 5
	case legacy.Scrypt:
		return uint64(k.Time)*uint64(k.Threads)<<k.Cost > 1<<13
	}
	return k.Time > 2000
}
