package legacy_test

import (
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/password/legacy"
)

const (
	umlauts = "pässwörd 1"
	words   = "secret words"

	// 72 bytes, all that bcrypt reads.
	p72 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
)

// vector is a hash that another program has made.
type vector struct{ name, text, password, work string }

// vectors has the hashes of every form. Where no other source is named, they are
// of python3-django 3.2.25, python3-passlib 1.7.4, python3-bcrypt 3.2.2, hashlib
// and crypt of Python 3.11 (Debian 12).
var vectors = []vector{
	// The first three are from wrapper.c of crypt_blowfish; then bcrypt.hashpw.
	{"bcrypt 2a", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U", "bcrypt cost=5"},
	{"bcrypt 2b", "$2b$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK", "U*U*", "bcrypt cost=5"},
	{"bcrypt 2y", "$2y$05$/OK.fbVrR/bpIqNJ5ianF.Sa7shbm4.OzKpvFnX1pQLmQW96oUlCq", "\xa3", "bcrypt cost=5"},
	{"bcrypt Python", "$2b$05$40cMYZ8hepgH.jQs1vq5eOh2ZWm4J5FMgI3S9L2.WQgL021XiqwIi", umlauts, "bcrypt cost=5"},

	// openssl passwd -5 -salt abcdefgh 'secret words', likewise with -6, and with -salt 'rounds=1000$zz'.
	{"sha256-crypt", "$5$abcdefgh$Y.ib4/tL.cEFyZG4AuHLn0DcDaKp2ASZypvPq2XmKD5", words, "sha256-crypt rounds=4992,salt=8"},
	{"sha512-crypt", "$6$abcdefgh$7kbkfYGCEt.kOZTAXmx0qx81YpT4cpVwWb4u3IxdvKFZa0p6SFp2XTSZp8Y6.pBGn6bJUFn.SlQLiwaP42gsT/", words, "sha512-crypt rounds=4992,salt=8"},
	{"sha256-crypt 1000", "$5$rounds=1000$zz$SwO8XiN9jgn7FmEs8pwQO9R.3AQRAD.rblsrMHBhkLD", words, "sha256-crypt rounds=1000,salt=2"},
	// crypt.crypt(password, "$6$rounds=1400$anotherlongsalts") and so on; the long one is of 200 letters y.
	{"sha512-crypt 16 salt", "$6$rounds=1400$anotherlongsalts$dW6pvTubEhivCdoT2v7elfg.irrP8DSTPlQKMP4cncstrk3VcF8.MEEwLZzYs1sRB.6Rw50000rcKeElvbalf.", umlauts, "sha512-crypt rounds=1408,salt=16"},
	{"sha256-crypt 16 salt", "$5$rounds=1400$0123456789abcdef$bzIqXa7Gw507znboP0Tbu9u/o5LKhEiUDMLVimxlPO.", umlauts, "sha256-crypt rounds=1408,salt=16"},
	{"sha256-crypt no salt", "$5$rounds=1000$$EJZo/1.D2g2ez8Y31ray3ZeHpI5JVbqRWUvPOVtr0mB", umlauts, "sha256-crypt rounds=1000,salt=0"},
	{"sha512-crypt long", "$6$rounds=1000$longpw$kteSUXycIV5QHRnG2kLBnb1O7jCO3R/rCoNwvBMsFYbmBPFkPdim.fBzH9Avy67t7wAhLhIB/Kz8pksug.shE0", strings.Repeat("y", 200), "sha512-crypt rounds=1000,salt=6"},

	// passlib.hash.pbkdf2_sha1.using(rounds=1500, salt=b"\xfb\xff\xbe0123456789abc").hash(password), likewise sha256, sha512.
	{"passlib pbkdf2", "$pbkdf2$1500$./..MDEyMzQ1Njc4OWFiYw$LVVPDAvdDqGYIFRbNBQbfgVi3y0", umlauts, "pbkdf2-sha1 i=1504,blocks=1"},
	{"passlib pbkdf2-sha256", "$pbkdf2-sha256$1500$./..MDEyMzQ1Njc4OWFiYw$AUWT6Pi1OLbnUDDgt160aWVH7S7TD8RjGotpfaB3gzY", umlauts, "pbkdf2-sha256 i=1504,blocks=1"},
	{"passlib pbkdf2-sha512", "$pbkdf2-sha512$1500$./..MDEyMzQ1Njc4OWFiYw$7hzBBcj1hVJTbjT7VY4eZYWk9CQcigHQX3GiGXSzu./uVh0ww/0Cr4Cn1IFoe9x7lfz5smAJrHrmy0KLJwcbGA", umlauts, "pbkdf2-sha512 i=1504,blocks=1"},
	// From pbkdf2/tests of RustCrypto/password-hashes, after RFC 6070.
	{"PHC pbkdf2-sha256", "$pbkdf2-sha256$i=4096,l=40$c2FsdFNBTFRzYWx0U0FMVHNhbHRTQUxUc2FsdFNBTFRzYWx0$NIyJ28vTKy8y2BS4EW6EzysXNH68GAAYHE4qH7jdU+HGNVGMfaxH6Q", "passwordPASSWORDpassword", "pbkdf2-sha256 i=4096,blocks=2"},
	// hashlib.pbkdf2_hmac("sha512", password, b"0123456789abcdef", 1000, 64)
	{"PHC pbkdf2-sha512", "$pbkdf2-sha512$i=1000$MDEyMzQ1Njc4OWFiY2RlZg$EfxBNdweyDIOkgsLc61fW+tqtYOHT8//AvISMyBTyrkwFhmq0a1IKZBudkAm4IRP6VYLZ8sQJ2/hPMePJflIXw", umlauts, "pbkdf2-sha512 i=1000,blocks=1"},
	// passlib.hash.scrypt.using(rounds=7, block_size=8, parallelism=2, salt=b"\xfb\xff\xbe0123456789abc").hash(password)
	{"scrypt", "$scrypt$ln=7,r=8,p=2$+/++MDEyMzQ1Njc4OWFiYw$0m6JbEjXOmUo2pFEOBXMlJHG8V8v2V7dOz+rKflH01U", umlauts, "scrypt ln=7,r=8,p=2"},

	// From PasswordHasherTest.cs of dotnet/aspnetcore.
	{"Identity v2", "AAABAgMEBQYHCAkKCwwNDg+ukCEMDf0yyQ29NYubggHIVY0sdEUfdyeM+E1LtH1uJg==", "my password", "pbkdf2-sha1 i=1000,blocks=2"},
	{"Identity v2 again", "ANXrDknc7fGPpigibZXXZFMX4aoqz44JveK6jQuwY3eH/UyPhvr5xTPeGYEckLxz9A==", "my password", "pbkdf2-sha1 i=1000,blocks=2"},
	{"Identity v3 SHA1", "AQAAAAAAAAD6AAAAEAhftMyfTJylOlZT+eEotFXd1elee8ih5WsjXaR3PA9M", "my password", "pbkdf2-sha1 i=250,blocks=1"},
	{"Identity v3 SHA256", "AQAAAAEAACcQAAAAEAABAgMEBQYHCAkKCwwNDg+yWU7rLgUwPZb1Itsmra7cbxw2EFpwpVFIEtP+JIuUEw==", "my password", "pbkdf2-sha256 i=9984,blocks=1"},
	{"Identity v3 SHA512", "AQAAAAIAAAD6AAAAIJbVi5wbMR+htSfFp8fTw8N8GOS/Sje+S/4YZcgBfU7EQuqv4OkVYmc4VJl9AGZzmRTxSkP7LtVi9IWyUxX8IAAfZ8v+ZfhjCcudtC1YERSqE1OEdXLW9VukPuJWBBjLuw==", "my password", "pbkdf2-sha512 i=250,blocks=1"},
	{"Identity v3 SHA512 short", "AQAAAAIAAAAyAAAAEOMwvh3+FZxqkdMBz2ekgGhwQ4B6pZWND6zgESBuWiHw", "my password", "pbkdf2-sha512 i=50,blocks=1"},

	// From SqlMembershipEncryptionTests.cs of the .NET project SqlMembershipAdapter.
	{"Membership MD5", "$membership$md5$wZdnRVXWcvXZKY6HJmJqUg==$Ux6iZnp/kSSqFLjP+jT/Qw==", "3GrM4v[eYgK-UT", "md5"},
	{"Membership SHA1", "$membership$sha1$wZdnRVXWcvXZKY6HJmJqUg==$Vz9mJxudAR4ZVJTNI4W+oH7m3X0=", "3GrM4v[eYgK-UT", "sha1"},
	{"Membership SHA256", "$membership$sha256$wZdnRVXWcvXZKY6HJmJqUg==$Kqx+vXAfjf0esjMOR/Ls6rPijWFh3+ObJfA79YH30V8=", "3GrM4v[eYgK-UT", "sha256"},
	// hashlib.sha1(bytes(range(16)) + password.encode("utf-16-le")), likewise sha512; hmac.new(4*salt, password, "sha256")
	{"Membership SHA1 surrogates", "$membership$sha1$AAECAwQFBgcICQoLDA0ODw==$u8NBa7LENMJT/5jUNHQ+HRsq5sg=", "pässwörd🔑", "sha1"},
	{"Membership SHA512", "$membership$sha512$AAECAwQFBgcICQoLDA0ODw==$SAIPpA5J3zeEsTY5rAzK6S2G0CsQ/c61IVVz4oDXT3aa75HzZSZhP+iLRHDT2idlAx62otJVab9KRbNm5cTQvQ==", "pässwörd🔑", "sha512"},
	{"Membership HMACSHA256", "$membership$hmac-sha256$AAECAwQFBgcICQoLDA0ODw==$ur1DPjLXRLexnQaki3RypFOWAssye1MDXCZBZXRU+PU=", "pässwörd🔑", "sha256"},

	// The hashers of django.contrib.auth.hashers, by encode(password, salt) with 1,500 rounds and bcrypt's cost 5.
	{"Django pbkdf2_sha256", "pbkdf2_sha256$1500$seasalt12345$7Zz94VzHZiYmR0Mteul/n84DkYv1cFVovwDRwljUvpw=", umlauts, "pbkdf2-sha256 i=1504,blocks=1"},
	{"Django pbkdf2_sha1", "pbkdf2_sha1$1500$seasalt12345$Xi8VrIVUrOWGuMBRq6Z6dOUNZ+c=", umlauts, "pbkdf2-sha1 i=1504,blocks=1"},
	{"Django bcrypt", "bcrypt$$2b$05$f6aDjxcDznbqHFxD5qHy3O/3hiIYzOmjinvQZtY5NiePpbRrjGERG", umlauts, "bcrypt cost=5"},
	{"Django bcrypt_sha256", "bcrypt_sha256$$2b$05$7Q5Qxaerk/a75Hh4dQcGM.ZX.p3Wt6F7udoqzBxtowZMv9PEAXAau", umlauts, "bcrypt cost=5"},
	{"Django bcrypt_sha256 long", "bcrypt_sha256$$2b$05$iEQf1Bv6v8lqbHa8J97faeJtH5Rj7PTp0ELl50.tOzkPXKYwd5/Q.", strings.Repeat("x", 80), "bcrypt cost=5"},
	{"Django sha1", "sha1$seasalt$3335069e6a89ac4877d202b1a970e32683c70110", umlauts, "sha1"},
	{"Django md5", "md5$seasalt$d1dc31ee9e4226b36fab13830a47e231", umlauts, "md5"},
	{"Django unsalted_sha1", "sha1$$fc7ae7d3c804a20720bc38e8e5835048689b6551", umlauts, "sha1"},
	// From tests/auth_tests/test_hashers.py of Django 4.
	{"Django scrypt", "scrypt$16384$seasalt$8$1$Qj3+9PPyRjSJIebHnG81TMjsqtaIGxNQG/aEB/NYafTJ7tibgfYz71m0ldQESkXFRkdVCBhhY8mx7rQwite/Pw==", "lètmein", "scrypt ln=14,r=8,p=1"},

	// slappasswd -h '{SSHA}' -s 'secret words' of OpenLDAP 2.5, likewise the others.
	{"LDAP SHA", "{SHA}1HtYWCXhB2ugDRxxJMlFUtSLiJA=", words, "sha1"},
	{"LDAP SSHA", "{SSHA}lUfe9nSdiEvOPfpVx4ouB6gJhWALB2ZZ", words, "sha1"},
	{"LDAP MD5", "{MD5}j29PlWffdN87cX2CXBak0Q==", words, "md5"},
	{"LDAP SMD5", "{smd5}XxHK0fuuEo1a2snz0Is17mXdISU=", words, "md5"},
	// passlib.hash.ldap_salted_sha256.using(salt=b"\x01\x02\x03\xff5678").hash(password), likewise sha512.
	{"LDAP SSHA256", "{SSHA256}TMeWxUem2Iz1Y2Kaq7CuC0diAMtGuYoJF4QD1VsUYpgBAgP/NTY3OA==", umlauts, "sha256"},
	{"LDAP SSHA512", "{SSHA512}U1JnGdWirc8X3Le9N9Yw2wpy94RLQHHqDy/65hOYjirRqAVirIn3IE1Sav1YkLT7IFwcbiCtx0Qe42xxhrSc5gECA/81Njc4", umlauts, "sha512"},
	// base64.b64encode(hashlib.sha256(password).digest()), likewise sha512.
	{"LDAP SHA256", "{SHA256}UODX5JZHe18JVwv9yvMbAoeS719Y7fwn28vMuM/OHRU=", umlauts, "sha256"},
	{"LDAP SHA512", "{SHA512}MGrCWX/OaIyw5xBZ0RrM2vwe1YHoo2MD/NKt2+vkfLiudEOMnHxXTsVXCSooO5eehIdUJFylnTmr3TTyK23wMw==", umlauts, "sha512"},
	{"LDAP CRYPT", "{CRYPT}$5$rounds=1000$zz$SwO8XiN9jgn7FmEs8pwQO9R.3AQRAD.rblsrMHBhkLD", words, "sha256-crypt rounds=1000,salt=2"},
	{"LDAP CRYPT bcrypt", "{crypt}$2b$05$40cMYZ8hepgH.jQs1vq5eOh2ZWm4J5FMgI3S9L2.WQgL021XiqwIi", umlauts, "bcrypt cost=5"},

	// From README.md of github.com/firebase/scrypt; then the same in the alphabet of URLs.
	{"Firebase", "$firebase-scrypt$ln=14,r=8$Bw==$" + signer + "$42xEC+ixf3L2lw==$lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==", "user1password", "scrypt ln=14,r=8,p=1"},
	{"Firebase URLs", "$firebase-scrypt$ln=14,r=8$Bw==$" + signer + "$42xEC-ixf3L2lw==$lSrfV15cpx95_sZS2W9c9Kp6i_LVgQNDNC_qzrCnh1SAyZvqmZqAjTdn3aoItz-VHjoZilo78198JAdRuid5lQ==", "user1password", "scrypt ln=14,r=8,p=1"},

	// hashlib.md5(password).hexdigest() and so on; the salts are b"pepper" before and b"\x01\x02\xff" after.
	{"raw md5", "$raw$md5$password$hex:ce74b892da441b00f4b61523872bc6b4", umlauts, "md5"},
	{"raw md5 capitals", "$raw$md5$salt+password$text:pepper$hex:AC0441841F3E527F28580E79F7F7CE06", umlauts, "md5"},
	{"raw sha1", "$raw$sha1$password+salt$base64:AQL/$base64:oWL5JRb0ZJSK61F5vDdnH03zAPA=", umlauts, "sha1"},
	{"raw sha1 hex salt", "$raw$sha1$salt+password$hex:706570706572$hex:31224a0d24183b5c9b26da5ab1d4abec42600ef2", umlauts, "sha1"},
	{"raw sha256", "$raw$sha256$password+salt$hex:0102ff$base64:9up6gMnQhqWUfUw1UqnZKQKH/3I98dE0xZq27ADbGgM=", umlauts, "sha256"},
	{"raw sha256 plain", "$raw$sha256$password$hex:50e0d7e496477b5f09570bfdcaf31b028792ef5f58edfc27dbcbccb8cfce1d15", umlauts, "sha256"},
	{"raw sha512", "$raw$sha512$salt+password$text:pepper$hex:a24d82331ca2c69a749b452eb5ce27852713845641cb6206675d84873487c866a09462376ae987936ec0754210f5e230ad55c8772113fa375cfe755e221825df", umlauts, "sha512"},
	// hashlib.md5(b"a$b" + b"secret words").hexdigest()
	{"raw salt with a dollar", "$raw$md5$salt+password$text:a$b$hex:" + dollarMD5, words, "md5"},
}

// signer is the project's key of Firebase's own example.
const signer = "jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA=="

const dollarMD5 = "10cd7e17b11eae03a7b094396fcaf60c"

func TestVectors(t *testing.T) {
	for _, v := range vectors {
		t.Run(v.name, func(t *testing.T) {
			h, err := legacy.Read(v.text)
			if err != nil {
				t.Fatal(err)
			}
			if got := h.Work().String(); got != v.work {
				t.Errorf("work = %v, want %v", got, v.work)
			}
			if !h.Fits(v.password) || !h.Match(v.password) || h.Cuts(v.password) {
				t.Errorf("right: fits %v, matches %v, cuts %v, want true, true, false", h.Fits(v.password), h.Match(v.password), h.Cuts(v.password))
			}
			for _, wrong := range []string{v.password + " ", " " + v.password, v.password[1:], "x"} {
				if h.Match(wrong) {
					t.Errorf("Match(%q) = true, want false", wrong)
				}
			}
		})
	}
}

// TestNobody has for every work that a stored hash can have a hash of the same
// work, which the password of the stored one does not match.
func TestNobody(t *testing.T) {
	for _, v := range vectors {
		h, err := legacy.Read(v.text)
		if err != nil {
			t.Fatal(err)
		}
		nobody, err := legacy.Nobody(h.Work())
		if err != nil || nobody.Work() != h.Work() {
			t.Errorf("%s: Nobody = %v, %v, want the work %v", v.name, nobody.Work(), err, h.Work())
		} else if nobody.Match(v.password) {
			t.Errorf("%s: nobody has the password", v.name)
		}
	}
}
