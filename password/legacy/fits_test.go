package legacy_test

import (
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/password/legacy"
)

func mustRead(t *testing.T, text string) legacy.Hash {
	t.Helper()
	h, err := legacy.Read(text)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// TestCuts: bcrypt reads 72 bytes, and says so.
func TestCuts(t *testing.T) {
	const (
		// From wrapper.c of crypt_blowfish.
		of72 = "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui"
		// bcrypt.hashpw(b"0123…6789AND MORE", …) of python3-bcrypt 3.2.2
		ofMore = "$2b$05$MiFfARQcoGLrds85TfOM7O3cWx7RPJcXjIt/p8jvrUTd7mXduVNk."
		// BCryptPasswordHasher and BCryptSHA256PasswordHasher of Django 3.2.25, of 80 letters x
		django       = "bcrypt$$2b$05$Ps64w63KvEdpAe5OLTjxvensfirtBShARGnsNkozXJq833ybPfq16"
		djangoSHA256 = "bcrypt_sha256$$2b$05$iEQf1Bv6v8lqbHa8J97faeJtH5Rj7PTp0ELl50.tOzkPXKYwd5/Q."
	)
	x := strings.Repeat("x", 81)
	for _, c := range []struct {
		name, text, password string
		match, cuts          bool
	}{
		{"72 bytes", of72, p72, true, false},
		{"71 bytes", of72, p72[:71], false, false},
		{"73 bytes", of72, p72 + "x", true, true},
		{"much longer", of72, p72 + p72, true, true},
		{"longer, another", of72, "x" + p72, false, true},
		{"longer when it was set", ofMore, p72 + "AND MORE", true, true},
		{"longer when it was set, cut", ofMore, p72, true, false},
		{"Django, 80 bytes", django, x[:80], true, true},
		{"Django, 81 bytes", django, x, true, true},
		{"Django with SHA-256, 80 bytes", djangoSHA256, x[:80], true, false},
		{"Django with SHA-256, 81 bytes", djangoSHA256, x, false, false},
		{"another algorithm", "{SHA}1HtYWCXhB2ugDRxxJMlFUtSLiJA=", x, false, false},
	} {
		h := mustRead(t, c.text)
		if match, cuts := h.Match(c.password), h.Cuts(c.password); match != c.match || cuts != c.cuts {
			t.Errorf("%s: matches %v, cuts %v, want %v, %v", c.name, match, cuts, c.match, c.cuts)
		}
	}
}

// TestFits has passwords that an algorithm takes for others.
func TestFits(t *testing.T) {
	const (
		bcrypt       = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"
		bcryptSHA256 = "bcrypt_sha256$$2b$05$7Q5Qxaerk/a75Hh4dQcGM.ZX.p3Wt6F7udoqzBxtowZMv9PEAXAau"
		crypt        = "$6$abcdefgh$7kbkfYGCEt.kOZTAXmx0qx81YpT4cpVwWb4u3IxdvKFZa0p6SFp2XTSZp8Y6.pBGn6bJUFn.SlQLiwaP42gsT/"
		membership   = "$membership$sha1$AAECAwQFBgcICQoLDA0ODw==$u8NBa7LENMJT/5jUNHQ+HRsq5sg="
		ssha         = "{SSHA}lUfe9nSdiEvOPfpVx4ouB6gJhWALB2ZZ"
	)
	long := strings.Repeat("x", 513)
	for _, c := range []struct {
		name, text, password string
		want                 bool
	}{
		{"bcrypt", bcrypt, "x", true},
		{"bcrypt, long", bcrypt, long, true},
		{"bcrypt, zero byte", bcrypt, "x\x00x", false},
		{"bcrypt, zero byte in front", bcrypt, "\x00x", false},
		{"bcrypt of SHA-256, zero byte", bcryptSHA256, "x\x00x", true},
		{"sha-crypt", crypt, long[1:], true},
		{"sha-crypt, long", crypt, long, false},
		{"UTF-16", membership, "pässwörd", true},
		{"UTF-16 of bad UTF-8", membership, "p\xff", false},
		{"digest", ssha, "\xff\x00" + long, true},
	} {
		if got := mustRead(t, c.text).Fits(c.password); got != c.want {
			t.Errorf("%s: Fits = %v, want %v", c.name, got, c.want)
		}
	}
}
