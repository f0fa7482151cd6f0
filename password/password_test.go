package password_test

import (
	"encoding/base64"
	"errors"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"

	"github.com/sallyport-auth/sallyport/password"
	"github.com/sallyport-auth/sallyport/password/legacy"
)

var cheap = password.InsecureParamsForTests()

// 72 bytes, all that bcrypt reads.
const p72 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

// vectors are hashes that others made: those of argon2id are from test.c of the
// reference implementation, those of bcrypt from wrapper.c of crypt_blowfish.
var vectors = []struct{ name, hash, password string }{
	{"argon2id", "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4", "password"},
	{"argon2id two lanes", "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc", "password"},
	{"bcrypt 2a", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"},
	{"bcrypt 2b", "$2b$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK", "U*U*"},
	{"bcrypt 2y", "$2y$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a", "U*U*U"},
	{"bcrypt 72 bytes", "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui", p72},
	{"bcrypt high bytes", "$2y$05$/OK.fbVrR/bpIqNJ5ianF.Sa7shbm4.OzKpvFnX1pQLmQW96oUlCq", "\xa3"},
}

func TestVectors(t *testing.T) {
	for _, v := range vectors {
		t.Run(v.name, func(t *testing.T) {
			if ok, err := password.Verify(v.hash, v.password); !ok || err != nil {
				t.Errorf("Verify(right) = %v, %v, want true, nil", ok, err)
			}
			for _, wrong := range []string{"", v.password + "x", v.password + " ", " " + v.password, v.password + "\x00",
				strings.ToUpper(v.password) + "!", v.password[1:] + "\x00", strings.Repeat(v.password, 1025)} {
				if v.password == p72 && strings.HasPrefix(wrong, p72) {
					continue // see TestBcryptCuts
				}
				if ok, err := password.Verify(v.hash, wrong); ok || err != nil {
					t.Errorf("Verify(%.80q) = %v, %v, want false, nil", wrong, ok, err)
				}
			}
		})
	}
}

// TestVector64MiB is one more of the reference implementation's, of a size that
// people use. It is too dear for all the wrong passwords of TestVectors.
func TestVector64MiB(t *testing.T) {
	const hash = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	if ok, err := password.Verify(hash, "password"); !ok || err != nil {
		t.Errorf("Verify = %v, %v, want true, nil", ok, err)
	}
}

func TestHashAndVerify(t *testing.T) {
	for name, plain := range map[string]string{
		"plain":           "secret",
		"one byte":        "x",
		"spaces are kept": " secret ",
		"zero byte":       "a\x00b",
		"bad UTF-8":       "\xff\xfe",
		"unicode":         "пароль🔑",
		"72 bytes":        p72,
		"73 bytes":        p72 + "x",
		"longest":         strings.Repeat("x", password.MaxPassword),
	} {
		t.Run(name, func(t *testing.T) {
			hash, err := cheap.Hash(plain)
			if err != nil {
				t.Fatalf("Hash: %v", err)
			}
			if ok, err := password.Verify(hash, plain); !ok || err != nil {
				t.Errorf("Verify(right) = %v, %v, want true, nil", ok, err)
			}
			for _, wrong := range []string{"", plain + "x", plain[1:], plain + "\x00", " " + plain, strings.TrimSpace(plain) + " "} {
				if ok, _ := password.Verify(hash, wrong); ok && wrong != plain {
					t.Errorf("Verify(%.80q) = true, want false", wrong)
				}
			}
		})
	}
}

func TestHashDefault(t *testing.T) {
	p := password.DefaultParams()
	a, err := p.Hash("secret")
	if err != nil {
		t.Fatal(err)
	}
	b, _ := password.Params{}.Hash("secret")
	const begin = "$argon2id$v=19$m=19456,t=2,p=1$"
	if !strings.HasPrefix(a, begin) || len(a) != len(begin)+22+1+43 {
		t.Errorf("Hash = %q, want %q and 16 and 32 bytes of base64", a, begin)
	}
	if a == b {
		t.Errorf("two hashes are equal: %q", a)
	}
	for _, hash := range []string{a, b} {
		if ok, err := password.Verify(hash, "secret"); !ok || err != nil {
			t.Errorf("Verify = %v, %v, want true, nil", ok, err)
		}
		if p.NeedsRehash(hash) {
			t.Errorf("NeedsRehash(%q) = true, want false", hash)
		}
	}
}

func TestHashRefuses(t *testing.T) {
	for _, c := range []struct {
		name   string
		params password.Params
		plain  string
		want   error
	}{
		{"empty", cheap, "", password.ErrEmpty},
		{"too long", cheap, strings.Repeat("x", password.MaxPassword+1), password.ErrTooLong},
		{"weak memory", password.Params{Memory: 7167, Time: 10}, "secret", password.ErrParams},
		{"weak work", password.Params{Memory: 19456, Time: 1}, "secret", password.ErrParams},
		{"memory over the cap", password.Params{Memory: 256*1024 + 1}, "secret", password.ErrParams},
		{"time over the cap", password.Params{Time: 11}, "secret", password.ErrParams},
		{"lanes over the cap", password.Params{Threads: 17}, "secret", password.ErrParams},
		{"all over", password.Params{Memory: 1<<32 - 1, Time: 1<<32 - 1, Threads: 255}, "secret", password.ErrParams},
	} {
		if got, err := c.params.Hash(c.plain); got != "" || !errors.Is(err, c.want) {
			t.Errorf("%s: Hash = %q, %v, want error %v", c.name, got, err, c.want)
		}
	}
	for _, p := range []password.Params{{}, {Memory: 7168, Time: 5}, {Memory: 47104, Time: 1}, {Memory: 256 * 1024, Time: 10, Threads: 16}} {
		if err := p.Check(); err != nil {
			t.Errorf("Check(%v) = %v, want nil", p, err)
		}
	}
}

// TestBcryptCuts: of a longer password the first 72 bytes are compared, which is
// said. Of what bcrypt cannot tell apart otherwise nothing matches, which is more
// than x/crypto promises: its own comparison takes the last line.
func TestBcryptCuts(t *testing.T) {
	for _, c := range []struct {
		name, right, typed string
		ok, truncates      bool
	}{
		{"72 bytes", p72, p72, true, false},
		{"73 bytes", p72, p72 + "x", true, true},
		{"much longer", p72, p72 + p72, true, true},
		{"longer, but another", p72, p72[1:] + "xx", false, true},
		{"too long for a password", p72, p72 + strings.Repeat("x", password.MaxPassword), false, true},
		{"repeated by zeros", "a", "a\x00a", false, false},
	} {
		hash, err := bcrypt.GenerateFromPassword([]byte(c.right), bcrypt.MinCost)
		if err != nil {
			t.Fatal(err)
		}
		if ok, err := password.Verify(string(hash), c.typed); ok != c.ok || err != nil {
			t.Errorf("%s: Verify = %v, %v, want %v, nil", c.name, ok, err, c.ok)
		}
		if got := password.Truncates(string(hash), c.typed); got != c.truncates {
			t.Errorf("%s: Truncates = %v, want %v", c.name, got, c.truncates)
		}
	}
}

// TestTruncates: only bcrypt of the password itself does it.
func TestTruncates(t *testing.T) {
	for name, hash := range map[string]string{
		"argon2id":      vectors[0].hash,
		"bcrypt_sha256": "bcrypt_sha256$$2b$05$7Q5Qxaerk/a75Hh4dQcGM.ZX.p3Wt6F7udoqzBxtowZMv9PEAXAau",
		"sha1":          "{SHA}1HtYWCXhB2ugDRxxJMlFUtSLiJA=",
		"unreadable":    "secret",
	} {
		if password.Truncates(hash, p72+"x") {
			t.Errorf("%s: Truncates = true, want false", name)
		}
	}
}

// TestRefusedWhateverIsStored has hashes that other systems made of passwords
// which are none here.
func TestRefusedWhateverIsStored(t *testing.T) {
	long := strings.Repeat("x", password.MaxPassword+1)
	argon := func(plain string) string {
		b64 := base64.RawStdEncoding.EncodeToString
		salt := []byte("0123456789abcdef")
		return "$argon2id$v=19$m=8,t=1,p=1$" + b64(salt) + "$" + b64(argon2.IDKey([]byte(plain), salt, 1, 8, 1, 32))
	}
	empty, err := bcrypt.GenerateFromPassword(nil, bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		hash, plain string
		want        bool
	}{
		"longest":         {argon(long[1:]), long[1:], true},
		"too long":        {argon(long), long, false},
		"empty, argon2id": {argon(""), "", false},
		"empty, bcrypt":   {string(empty), "", false},
	} {
		if ok, err := password.Verify(c.hash, c.plain); ok != c.want || err != nil {
			t.Errorf("%s: Verify = %v, %v, want %v, nil", name, ok, err, c.want)
		}
	}
}

// TestStandInNeverMatches knows what is hashed in place of a refused password;
// it must not open an account whose owner chose it.
func TestStandInNeverMatches(t *testing.T) {
	hash, err := cheap.Hash("correct horse battery staple")
	if err != nil {
		t.Fatal(err)
	}
	for _, refused := range []string{"", strings.Repeat("x", 1<<20)} {
		if ok, _ := password.Verify(hash, refused); ok {
			t.Errorf("Verify(%.10q) = true, want false", refused)
		}
	}
}

// TestNobodyMemory shows that the zero kind, and kinds that no hash can have,
// cost what the defaults do, and no more.
func TestNobodyMemory(t *testing.T) {
	for name, k := range map[string]password.Kind{
		"zero":           {},
		"unknown":        {Algorithm: 99},
		"argon2id empty": {Algorithm: password.Argon2id},
		"argon2id huge":  {Algorithm: password.Argon2id, Memory: 1<<32 - 1, Time: 1, Threads: 1},
		"argon2id lanes": {Algorithm: password.Argon2id, Memory: 8, Time: 1, Threads: 16},
		"argon2i huge":   {Algorithm: password.Argon2i, Memory: 1<<32 - 1, Time: 1, Threads: 1},
		"scrypt huge":    {Algorithm: legacy.Scrypt, Time: 8, Threads: 1, Cost: 20},
		"pbkdf2 huge":    {Algorithm: legacy.PBKDF2SHA256, Time: 1<<32 - 1, Threads: 1},
		"bcrypt none":    {Algorithm: password.Bcrypt},
		"bcrypt huge":    {Algorithm: password.Bcrypt, Cost: 31},
	} {
		const want = 19 << 20
		if got := allocated(2*want, func() { password.VerifyNobody(k, "secret") }); got < want || got > 2*want {
			t.Errorf("%s: %d bytes allocated, want about %d", name, got, want)
		}
	}
}

// allocated returns the bytes that f allocates. Where they are more than most, it is
// the least of three calls, since the runtime may allocate beside one of them.
func allocated(most uint64, f func()) uint64 {
	least := uint64(1<<64 - 1)
	for n := 0; n < 3 && least > most; n++ {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		f()
		runtime.ReadMemStats(&after)
		least = min(least, after.TotalAlloc-before.TotalAlloc)
	}
	return least
}
