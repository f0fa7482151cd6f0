package password_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/password"
)

const (
	salt  = "c29tZXNhbHQ"
	key   = "nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"
	tail  = "CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"
	argon = "$argon2id$v=19$"
)

func TestRecognise(t *testing.T) {
	for _, c := range []struct{ hash, want string }{
		{argon + "m=19456,t=2,p=1$" + salt + "$" + key, "argon2id m=19456,t=2,p=1"},
		{argon + "m=262144,t=10,p=16$" + salt + "$" + key, "argon2id m=262144,t=10,p=16"},
		{argon + "m=8,t=1,p=1$" + salt + "$" + key, "argon2id m=8,t=1,p=1"},
		{argon + "m=8,t=1,p=1$" + strings.Repeat("A", 86) + "$" + strings.Repeat("A", 86), "argon2id m=8,t=1,p=1"},
		{"$argon2i$v=19$m=512,t=3,p=4$" + salt + "$" + key, "argon2i m=512,t=3,p=4"},
		{"argon2" + argon + "m=102400,t=2,p=8$" + salt + "$" + key, "argon2id m=102400,t=2,p=8"},
		{"$2a$04$" + tail, "bcrypt cost=4"},
		{"$2b$10$" + tail, "bcrypt cost=10"},
		{"$2y$13$" + tail, "bcrypt cost=13"},
	} {
		if got, err := password.Recognise(c.hash); got.String() != c.want || err != nil {
			t.Errorf("Recognise(%q) = %v, %v, want %v", c.hash, got, err, c.want)
		}
	}
	if got := (password.Kind{}).String(); got != "none" {
		t.Errorf("zero Kind = %q, want none", got)
	}
	if got := (password.Params{}).Kind(); got != password.DefaultParams().Kind() {
		t.Errorf("kind of the zero Params = %v, want the default's", got)
	}
}

// refusals are stored hashes that must cost nothing and match nothing.
var refusals = []struct {
	name, hash string
	want       error
}{
	{"empty", "", password.ErrUnknownFormat},
	{"plain text", "secret", password.ErrUnknownFormat},
	{"md5", "5ebe2294ecd0e0f08eab7690d2a6ee69", password.ErrUnknownFormat},
	{"argon2d", "$argon2d$v=19$m=256,t=2,p=1$" + salt + "$" + key, password.ErrUnknownFormat},
	{"argon2i 16", "$argon2i$m=256,t=2,p=1$" + salt + "$" + key, password.ErrUnknownFormat},
	{"argon2id 16", "$argon2id$v=16$m=256,t=2,p=1$" + salt + "$" + key, password.ErrUnknownFormat},
	{"argon2id without version", "$argon2id$m=256,t=2,p=1$" + salt + "$" + key, password.ErrUnknownFormat},
	{"bcrypt 2x", "$2x$05$" + tail, password.ErrUnknownFormat},
	{"bcrypt 2", "$2$05$" + tail, password.ErrUnknownFormat},
	{"bcrypt begun", "$2a", password.ErrUnknownFormat},

	{"sha-crypt", "$6$salt$hash", password.ErrMalformed},
	{"argon2 of Django begun", "argon2$argon2id$v=19", password.ErrMalformed},
	{"argon2id begun", "$argon2id$v=19", password.ErrMalformed},
	{"argon2id without key", argon + "m=256,t=2,p=1$" + salt, password.ErrMalformed},
	{"argon2id and more", argon + "m=256,t=2,p=1$" + salt + "$" + key + "$", password.ErrMalformed},
	{"no costs", argon + "$" + salt + "$" + key, password.ErrMalformed},
	{"two costs", argon + "m=256,t=2$" + salt + "$" + key, password.ErrMalformed},
	{"four costs", argon + "m=256,t=2,p=1,x=1$" + salt + "$" + key, password.ErrMalformed},
	{"order", argon + "t=2,m=256,p=1$" + salt + "$" + key, password.ErrMalformed},
	{"time 0", argon + "m=256,t=0,p=1$" + salt + "$" + key, password.ErrMalformed},
	{"lanes 0", argon + "m=256,t=1,p=0$" + salt + "$" + key, password.ErrMalformed},
	{"memory none", argon + "m=,t=1,p=1$" + salt + "$" + key, password.ErrMalformed},
	{"memory negative", argon + "m=-1,t=1,p=1$" + salt + "$" + key, password.ErrMalformed},
	{"memory signed", argon + "m=+256,t=1,p=1$" + salt + "$" + key, password.ErrMalformed},
	{"memory hexadecimal", argon + "m=0x100,t=1,p=1$" + salt + "$" + key, password.ErrMalformed},
	{"leading zero", argon + "m=0256,t=1,p=1$" + salt + "$" + key, password.ErrMalformed},
	{"too little for the lanes", argon + "m=15,t=1,p=2$" + salt + "$" + key, password.ErrMalformed},
	{"salt of 7 bytes", argon + "m=256,t=2,p=1$c29tZXNhbA$" + key, password.ErrMalformed},
	{"salt of 65 bytes", argon + "m=256,t=2,p=1$" + strings.Repeat("A", 87) + "$" + key, password.ErrMalformed},
	{"salt padded", argon + "m=256,t=2,p=1$" + salt + "=$" + key, password.ErrMalformed},
	{"salt with line end", argon + "m=256,t=2,p=1$" + salt + "\n$" + key, password.ErrMalformed},
	{"no key", argon + "m=256,t=2,p=1$" + salt + "$", password.ErrMalformed},
	{"key of 15 bytes", argon + "m=256,t=2,p=1$" + salt + "$" + strings.Repeat("A", 20), password.ErrMalformed},
	{"key with spare bits", argon + "m=256,t=2,p=1$" + salt + "$" + key[:42] + "5", password.ErrMalformed},
	{"key in the URL alphabet", argon + "m=256,t=2,p=1$" + salt + "$" + strings.ReplaceAll(key, "/", "_"), password.ErrMalformed},
	{"very long", argon + "m=256,t=2,p=1$" + strings.Repeat("$", 1<<20), password.ErrMalformed},
	{"bcrypt short", "$2a$05$" + tail[1:], password.ErrMalformed},
	{"bcrypt long", "$2a$05$" + tail + "x", password.ErrMalformed},
	{"bcrypt cost no number", "$2a$x5$" + tail, password.ErrMalformed},
	{"bcrypt cost signed", "$2a$+5$" + tail, password.ErrMalformed},
	{"bcrypt cost 3", "$2a$03$" + tail, password.ErrMalformed},
	{"bcrypt third dollar", "$2a$05x" + tail, password.ErrMalformed},
	{"bcrypt alphabet", "$2a$05$" + tail[:52] + "=", password.ErrMalformed},

	{"memory 4 TiB", argon + "m=4294967295,t=1,p=1$" + salt + "$" + key, password.ErrTooCostly},
	{"memory over 64 bits", argon + "m=99999999999999999999,t=1,p=1$" + salt + "$" + key, password.ErrTooCostly},
	{"memory wraps to 8", argon + "m=4294967304,t=1,p=1$" + salt + "$" + key, password.ErrTooCostly},
	{"memory just over", argon + "m=262145,t=1,p=1$" + salt + "$" + key, password.ErrTooCostly},
	{"time just over", argon + "m=256,t=11,p=1$" + salt + "$" + key, password.ErrTooCostly},
	{"time 2^32", argon + "m=256,t=4294967295,p=1$" + salt + "$" + key, password.ErrTooCostly},
	{"lanes just over", argon + "m=256,t=1,p=17$" + salt + "$" + key, password.ErrTooCostly},
	{"lanes wrap to 1", argon + "m=256,t=1,p=257$" + salt + "$" + key, password.ErrTooCostly},
	{"argon2i time just over", "$argon2i$v=19$m=256,t=11,p=1$" + salt + "$" + key, password.ErrTooCostly},
	{"argon2 of Django just over", "argon2$argon2i$v=19$m=262145,t=1,p=1$" + salt + "$" + key, password.ErrTooCostly},
	{"bcrypt 14", "$2a$14$" + tail, password.ErrTooCostly},
	{"bcrypt 31", "$2b$31$" + tail, password.ErrTooCostly},
	{"bcrypt 99", "$2y$99$" + tail, password.ErrTooCostly},
}

func TestRefusals(t *testing.T) {
	for _, c := range refusals {
		t.Run(c.name, func(t *testing.T) {
			kind, err := password.Recognise(c.hash)
			if kind != (password.Kind{}) || !errors.Is(err, c.want) {
				t.Errorf("Recognise = %v, %v, want %v", kind, err, c.want)
			}
			var ok bool
			spent := allocated(1<<16, func() { ok, err = password.Verify(c.hash, "password") })
			if ok || !errors.Is(err, c.want) {
				t.Errorf("Verify = %v, %v, want false, %v", ok, err, c.want)
			}
			if spent > 1<<16 {
				t.Errorf("Verify allocated %d bytes, want almost none", spent)
			}
			if errors.Is(err, password.ErrTooCostly) && !strings.Contains(err.Error(), "limit ") {
				t.Errorf("error %q names no cap", err)
			}
			if err != nil && (strings.Contains(err.Error(), salt) || strings.Contains(err.Error(), tail[30:])) {
				t.Errorf("error quotes the hash: %v", err)
			}
			if !cheap.NeedsRehash(c.hash) {
				t.Error("NeedsRehash = false, want true")
			}
		})
	}
}

func TestNeedsRehash(t *testing.T) {
	p := password.DefaultParams()
	full := strings.Repeat("A", 22) // 16 bytes
	for _, c := range []struct {
		name, hash string
		want       bool
	}{
		{"current", argon + "m=19456,t=2,p=1$" + full + "$" + key, false},
		{"less memory", argon + "m=19455,t=2,p=1$" + full + "$" + key, true},
		{"more memory", argon + "m=65536,t=2,p=1$" + full + "$" + key, true},
		{"another time", argon + "m=19456,t=3,p=1$" + full + "$" + key, true},
		{"another number of lanes", argon + "m=19456,t=2,p=2$" + full + "$" + key, true},
		{"short salt", argon + "m=19456,t=2,p=1$" + salt + "$" + key, true},
		{"short key", argon + "m=19456,t=2,p=1$" + full + "$" + full, true},
		{"bcrypt", "$2b$12$" + tail, true},
		{"argon2i", "$argon2i$v=19$m=19456,t=2,p=1$" + full + "$" + key, true},
		{"argon2id of Django", "argon2" + argon + "m=19456,t=2,p=1$" + full + "$" + key, true},
	} {
		if got := p.NeedsRehash(c.hash); got != c.want {
			t.Errorf("%s: NeedsRehash = %v, want %v", c.name, got, c.want)
		}
	}
	hash, err := cheap.Hash("secret")
	if err != nil {
		t.Fatal(err)
	}
	if cheap.NeedsRehash(hash) || !p.NeedsRehash(hash) {
		t.Errorf("a cheap hash: NeedsRehash = %v by its own parameters, %v by the default, want false, true",
			cheap.NeedsRehash(hash), p.NeedsRehash(hash))
	}
}
