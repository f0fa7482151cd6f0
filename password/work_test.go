package password_test

import (
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"

	"github.com/sallyport-auth/sallyport/password"
)

// attempts are passwords that are refused, and one that is right, for hashes of
// "secret" of both algorithms.
var attempts = []struct{ name, password string }{
	{"right", "secret"},
	{"wrong", "wrong"},
	{"empty", ""},
	{"too long", strings.Repeat("x", 1<<20)},
	{"long for bcrypt", p72 + "x"},
	{"zero byte", "a\x00b"},
}

// smallHashes returns a hash of "secret" of each algorithm, costly enough to
// tell their work from none.
func smallHashes(t testing.TB) []string {
	t.Helper()
	small := cheap
	small.Memory, small.Time = 1024, 2
	argon, err := small.Hash("secret")
	if err != nil {
		t.Fatal(err)
	}
	bc, err := bcrypt.GenerateFromPassword([]byte("secret"), 5)
	if err != nil {
		t.Fatal(err)
	}
	return []string{argon, string(bc)}
}

// TestEqualWork counts what is computed: one hash of the stored kind, whatever
// the password, and for a name that nobody bears as well.
func TestEqualWork(t *testing.T) {
	for _, hash := range smallHashes(t) {
		kind, err := password.Recognise(hash)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range attempts {
			done, ok, err := password.WorkOfVerify(hash, a.password)
			if want := a.name == "right"; ok != want || err != nil {
				t.Errorf("%v: %s: %v, %v, want %v", kind, a.name, ok, err, want)
			}
			wantOne(t, a.name, kind, done)
			wantOne(t, "nobody, "+a.name, kind, password.WorkOfVerifyNobody(kind, a.password))
		}
	}
}

// wantOne wants one hash of kind k, of something that is no longer than a password
// may be.
func wantOne(t *testing.T, name string, k password.Kind, done []password.Work) {
	t.Helper()
	if len(done) != 1 || done[0].Kind != k {
		t.Errorf("%v: %s: computed %.200v, want one of this kind", k, name, done)
	} else if n := len(done[0].Password); n == 0 || n > password.MaxPassword {
		t.Errorf("%v: %s: computed of %d bytes, want 1 to %d", k, name, n, password.MaxPassword)
	}
}

// TestEqualMemory looks at Verify and VerifyNobody themselves, by what they
// allocate: the memory that argon2id asks for, and the four kilobytes of tables
// that bcrypt works on. Nothing that refuses without work needs as much.
func TestEqualMemory(t *testing.T) {
	for _, hash := range smallHashes(t) {
		kind, err := password.Recognise(hash)
		if err != nil {
			t.Fatal(err)
		}
		want := uint64(4 << 10)
		if kind.Algorithm == password.Argon2id {
			want = uint64(kind.Memory) << 10
		}
		for _, a := range attempts {
			if got := allocated(2*want, func() { _, _ = password.Verify(hash, a.password) }); got < want || got > 2*want {
				t.Errorf("%v: %s: %d bytes allocated, want %d to %d", kind, a.name, got, want, 2*want)
			}
			if got := allocated(2*want, func() { password.VerifyNobody(kind, a.password) }); got < want || got > 2*want {
				t.Errorf("%v: nobody, %s: %d bytes allocated, want %d to %d", kind, a.name, got, want, 2*want)
			}
		}
	}
}

// BenchmarkEqualWork is for the clock: the lines of one hash should be equal.
func BenchmarkEqualWork(b *testing.B) {
	for _, hash := range smallHashes(b) {
		kind, err := password.Recognise(hash)
		if err != nil {
			b.Fatal(err)
		}
		for _, a := range attempts {
			b.Run(kind.Algorithm.String()+"/"+a.name, func(b *testing.B) {
				for b.Loop() {
					_, _ = password.Verify(hash, a.password)
				}
			})
			b.Run(kind.Algorithm.String()+"/nobody, "+a.name, func(b *testing.B) {
				for b.Loop() {
					password.VerifyNobody(kind, a.password)
				}
			})
		}
	}
}
