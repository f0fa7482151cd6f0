package password_test

import (
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/password"
)

const umlauts = "pässwörd 1"

// imported has a hash of each kind that other systems bring along; all forms of
// each are in the tests of package legacy. They were made by argon2-cffi 21.1,
// bcrypt 3.2.2, passlib 1.7.4, Django 3.2.25 and hashlib of Python 3.11 (Debian
// 12), of the same password.
var imported = []struct {
	name, hash, kind string
	weak             bool
}{
	{"argon2i", "$argon2i$v=19$m=256,t=2,p=2$c29tZXNhbHQxMjM0NTY3OA$bBAMDSNV4FYRNjoZjq5TnGqOZeu+EGQ6XNmb4LZPMD0", "argon2i m=256,t=2,p=2", false},
	{"argon2id", "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQxMjM0NTY3OA$aa4u3GUq1ckWg9uPQw80uq/tC2XTG5MYKIuyRot25Rw", "argon2id m=64,t=1,p=1", false},
	{"argon2 of Django", "argon2$argon2id$v=19$m=512,t=2,p=2$c2Vhc2FsdDEyMzQ1$pUTc1ywiasE4FzqinbVPBA", "argon2id m=512,t=2,p=2", false},
	{"bcrypt", "$2b$05$40cMYZ8hepgH.jQs1vq5eOh2ZWm4J5FMgI3S9L2.WQgL021XiqwIi", "bcrypt cost=5", false},
	{"pbkdf2-sha1", "$pbkdf2$1500$./..MDEyMzQ1Njc4OWFiYw$LVVPDAvdDqGYIFRbNBQbfgVi3y0", "pbkdf2-sha1 i=1504,blocks=1", false},
	{"pbkdf2-sha256", "pbkdf2_sha256$1500$seasalt12345$7Zz94VzHZiYmR0Mteul/n84DkYv1cFVovwDRwljUvpw=", "pbkdf2-sha256 i=1504,blocks=1", false},
	{"pbkdf2-sha512", "$pbkdf2-sha512$i=1000$MDEyMzQ1Njc4OWFiY2RlZg$EfxBNdweyDIOkgsLc61fW+tqtYOHT8//AvISMyBTyrkwFhmq0a1IKZBudkAm4IRP6VYLZ8sQJ2/hPMePJflIXw", "pbkdf2-sha512 i=1000,blocks=1", false},
	{"scrypt", "$scrypt$ln=7,r=8,p=2$+/++MDEyMzQ1Njc4OWFiYw$0m6JbEjXOmUo2pFEOBXMlJHG8V8v2V7dOz+rKflH01U", "scrypt ln=7,r=8,p=2", false},
	{"sha256-crypt", "$5$rounds=1400$0123456789abcdef$bzIqXa7Gw507znboP0Tbu9u/o5LKhEiUDMLVimxlPO.", "sha256-crypt rounds=1408,salt=16", false},
	{"sha512-crypt", "$6$./AZaz09$mhRSEqIoyYPviJKQp5hs1eCD1YoK8u9bsP6/7QnSA9jDLbhkQNY/ISeRR58Pn0X4P19662UpzXzJR85TcZMfK/", "sha512-crypt rounds=4992,salt=8", false},
	{"md5", "md5$seasalt$d1dc31ee9e4226b36fab13830a47e231", "md5", true},
	{"sha1", "$raw$sha1$password+salt$base64:AQL/$base64:oWL5JRb0ZJSK61F5vDdnH03zAPA=", "sha1", true},
	{"sha256", "{SSHA256}TMeWxUem2Iz1Y2Kaq7CuC0diAMtGuYoJF4QD1VsUYpgBAgP/NTY3OA==", "sha256", true},
	{"sha512", "{SSHA512}U1JnGdWirc8X3Le9N9Yw2wpy94RLQHHqDy/65hOYjirRqAVirIn3IE1Sav1YkLT7IFwcbiCtx0Qe42xxhrSc5gECA/81Njc4", "sha512", true},

	// argon2.low_level.hash_secret_raw(digest, b"0123456789abcdef", 1, 64, 1, 32, Type.ID), where the digest
	// is hashlib.md5(password), sha1(password + b"\x01\x02\x03\xff5678"), sha1(b"seasalt" + password).
	{"md5, wrapped", wrappedMD5, "argon2id m=64,t=1,p=1", false},
	{"SSHA, wrapped", "$argon2id-over$v=19$m=64,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$1PWDrsokxv10KpvJMn1BGItqIenbe89YKFjEPblYXqA${SSHA}AAAAAAAAAAAAAAAAAAAAAAAAAAABAgP/NTY3OA==", "argon2id m=64,t=1,p=1", false},
	{"Django sha1, wrapped", "$argon2id-over$v=19$m=64,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$Qn1bQK1Wt9zijLDWRjPZI0uyH1y/U6QmClhc4Ypy9dc$sha1$seasalt$0000000000000000000000000000000000000000", "argon2id m=64,t=1,p=1", false},
}

const wrappedMD5 = "$argon2id-over$v=19$m=64,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$BWE82ZfZQtnDsAVhHktNS6qkonfg4OB27KEqQeKvQS0$$raw$md5$password$hex:00000000000000000000000000000000"

// TestImported holds each kind to all that package password promises of a hash.
func TestImported(t *testing.T) {
	for _, v := range imported {
		t.Run(v.name, func(t *testing.T) {
			if ok, err := password.Verify(v.hash, umlauts); !ok || err != nil {
				t.Errorf("Verify(right) = %v, %v, want true, nil", ok, err)
			}
			for _, wrong := range []string{"", "x", umlauts + " ", strings.Repeat("x", password.MaxPassword+1)} {
				if ok, err := password.Verify(v.hash, wrong); ok || err != nil {
					t.Errorf("Verify(%.20q) = %v, %v, want false, nil", wrong, ok, err)
				}
			}
			kind, err := password.Recognise(v.hash)
			if kind.String() != v.kind || err != nil {
				t.Errorf("Recognise = %v, %v, want %v", kind, err, v.kind)
			}
			if !password.DefaultParams().NeedsRehash(v.hash) {
				t.Error("NeedsRehash = false, want true")
			}
			if got := password.Weak(v.hash); got != v.weak {
				t.Errorf("Weak = %v, want %v", got, v.weak)
			}
		})
	}
}

// TestEqualWorkImported counts what is computed for each kind: one hash of it,
// whatever the password, and for a name that nobody has as well.
func TestEqualWorkImported(t *testing.T) {
	for _, v := range imported {
		kind, err := password.Recognise(v.hash)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range append(attempts, struct{ name, password string }{"right umlauts", umlauts}, struct{ name, password string }{"bad UTF-8", "\xff"}) {
			done, ok, err := password.WorkOfVerify(v.hash, a.password)
			if want := a.password == umlauts; ok != want || err != nil {
				t.Errorf("%s: %s: %v, %v, want %v", v.name, a.name, ok, err, want)
			}
			wantOne(t, a.name, kind, done)
			wantOne(t, "nobody, "+a.name, kind, password.WorkOfVerifyNobody(kind, a.password))
		}
	}
}
