package totp_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/totp"
)

// rfcSecret is the key of the SHA-1 vectors of RFC 6238, appendix B:
// "12345678901234567890".
const rfcSecret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

func at(unix int64) time.Time { return time.Unix(unix, 0) }

// TestRFC6238 has the vectors of appendix B. They are printed with eight digits;
// six digits are the last six of them.
func TestRFC6238(t *testing.T) {
	s := parse(t, rfcSecret)
	for _, v := range []struct {
		unix int64
		step uint64
		code string
	}{
		{59, 0x1, "94287082"},
		{1111111109, 0x23523EC, "07081804"},
		{1111111111, 0x23523ED, "14050471"},
		{1234567890, 0x273EF07, "89005924"},
		{2000000000, 0x3F940AA, "69279037"},
		{20000000000, 0x27BC86AA, "65353130"},
	} {
		now, want := at(v.unix), v.code[2:]
		if got := totp.Step(now); got != v.step {
			t.Errorf("Step(%d) = %#x, want %#x", v.unix, got, v.step)
		}
		if got := s.Code(v.step); got != want {
			t.Errorf("Code(%#x) = %q, want %q", v.step, got, want)
		}
		if step, ok := s.Verify(want, now, 0); step != v.step || !ok {
			t.Errorf("Verify(%q) at %d = %#x, %v, want %#x, true", want, v.unix, step, ok, v.step)
		}
		if step, ok := s.Verify(v.code, now, 0); ok {
			t.Errorf("Verify(%q) = %#x, true, want eight digits refused", v.code, step)
		}
	}
}

func TestStep(t *testing.T) {
	for _, c := range []struct {
		t    time.Time
		want uint64
	}{
		{time.Time{}, 0},
		{at(-1), 0},
		{at(0), 0},
		{at(29), 0},
		{at(30).Add(-1), 0},
		{at(30), 1},
		{at(59).Add(999 * time.Millisecond), 1},
		{at(60).In(time.FixedZone("", 3600)), 2},
	} {
		if got := totp.Step(c.t); got != c.want {
			t.Errorf("Step(%v) = %d, want %d", c.t, got, c.want)
		}
	}
}

func TestVerifyWindow(t *testing.T) {
	s := parse(t, rfcSecret)
	const current = 1000
	for _, offset := range []int{-3, -2, -1, 0, 1, 2, 3} {
		step := uint64(current + offset)
		for _, second := range []int64{0, 29} {
			got, ok := s.Verify(s.Code(step), at(current*30+second), 0)
			if want := offset >= -1 && offset <= 1; ok != want || ok && got != step {
				t.Errorf("code of step %+d at second %d: %d, %v, want %v", offset, second, got, ok, want)
			}
		}
	}
}

func TestVerifyAfter(t *testing.T) {
	s := parse(t, rfcSecret)
	const current = 1000
	for code := uint64(current - 1); code <= current+1; code++ {
		for after := uint64(current - 3); after <= current+3; after++ {
			step, ok := s.Verify(s.Code(code), at(current*30), after)
			if want := code > after; ok != want || ok && step != code || !ok && step != 0 {
				t.Errorf("code of %d after %d: %d, %v, want %v", code, after, step, ok, want)
			}
		}
	}
	if step, ok := s.Verify(s.Code(current), at(current*30), 1<<64-1); ok {
		t.Errorf("after the last step of all: %d, true, want false", step)
	}
}

// TestVerifyAtTheEpoch: before step 0 lies nothing, above all not step 2^64-1.
func TestVerifyAtTheEpoch(t *testing.T) {
	s := parse(t, rfcSecret)
	for _, step := range []uint64{1<<64 - 1, 1<<64 - 2} {
		if got, ok := s.Verify(s.Code(step), at(0), 0); ok {
			t.Errorf("code of step %d at 1970: %d, true, want false", step, got)
		}
	}
	if got, ok := s.Verify(s.Code(1), at(0), 0); got != 1 || !ok {
		t.Errorf("code of step 1 at 1970: %d, %v, want 1, true", got, ok)
	}
}

// TestVerifyNewestMatch looks for two steps within one window that have the same
// code (one in half a million has) and wants the newer.
func TestVerifyNewestMatch(t *testing.T) {
	s := parse(t, rfcSecret)
	var codes [3]string
	for step := uint64(1); step < 3_000_000; step++ {
		code := s.Code(step)
		codes[step%3] = code
		older := step - 1
		if step >= 2 && codes[(step-2)%3] == code {
			older = step - 2
		} else if codes[(step-1)%3] != code {
			continue
		}
		got, ok := s.Verify(code, at(int64(step-1)*30), 0)
		if got != step || !ok {
			t.Errorf("steps %d and %d have the code %s: Verify = %d, %v, want the newer", older, step, code, got, ok)
		}
		if got, ok := s.Verify(code, at(int64(step-1)*30), step); ok {
			t.Errorf("after %d: Verify = %d, true, want false", step, got)
		}
		return
	}
	t.Error("no two steps have the same code")
}

// TestReplay types the codes of three neighbouring steps in all 27 orders, at
// every second of the middle step that matters. What is accepted must be
// strictly increasing, so nothing is accepted twice.
func TestReplay(t *testing.T) {
	s := parse(t, rfcSecret)
	const middle = 41152263
	for order := range 27 {
		for _, second := range []int64{0, 1, 29} {
			now := at(middle*30 + second)
			var accepted []uint64
			after, highest := uint64(0), uint64(0)
			for typed, left := 0, order; typed < 3; typed, left = typed+1, left/3 {
				step := uint64(middle - 1 + left%3)
				got, ok := s.Verify(s.Code(step), now, after)
				if want := step > highest; ok != want {
					t.Errorf("order %d: code %d after %v: %v, want %v", order, step, accepted, ok, want)
				}
				if ok {
					accepted = append(accepted, got)
					after = got
				}
				highest = max(highest, step)
			}
			if !slices.IsSorted(accepted) || len(slices.Compact(slices.Clone(accepted))) != len(accepted) {
				t.Errorf("order %d: accepted %v, want strictly increasing", order, accepted)
			}
		}
	}
}

// TestSpellings: one code has many spellings and one identity. Once it is spent,
// none of them is accepted.
func TestSpellings(t *testing.T) {
	s := parse(t, rfcSecret)
	const step = 0x273EF07 // 005924
	now := at(1234567890)
	for _, c := range []struct {
		typed string
		ok    bool
	}{
		{"005924", true},
		{"005 924", true},
		{" 005924", true},
		{"005924 ", true},
		{"0 0 5 9 2 4", true},
		{"  005  924  ", true},
		{"005-924", true},
		{"-005924-", true},
		{"005\u00a0924", true},
		{"005\u202f924", true},
		{"\u00a0005924\u202f", true},
		{"00-59 24", true},

		{"", false},
		{"-", false},
		{"      ", false},
		{"5924", false},
		{"05924", false},
		{"0005924", false},
		{"0059240", false},
		{"+05924", false},
		{"005924\n", false},
		{"005924\r\n", false},
		{"\t005924", false},
		{"005\t924", false},
		{"005.924", false},
		{"005,924", false},
		{"005_924", false},
		{"005924\x00", false},
		{"\x00005924", false},
		{"005924\u200b", false}, // zero width space
		{"\ufeff005924", false}, // byte order mark
		{"005\u2009924", false}, // thin space
		{"005\u2007924", false}, // figure space
		{"005\u2011924", false}, // no-break hyphen
		{"005\u2212924", false}, // minus
		{"005\u00ad924", false}, // soft hyphen
		{"００５９２４", false},       // full-width
		{"٠٠٥٩٢٤", false},       // Arabic-Indic
		{"00592４", false},
		{"OO5924", false},
		{"0x5924", false},
		{"5924e0", false},
		{"005924\xff", false},
		{"\xa0005924", false}, // Latin-1's no-break space
		{strings.Repeat(" ", 1<<16) + "005924", true},
		{strings.Repeat("005924", 1<<16), false},
	} {
		code, ok := totp.CleanCode(c.typed)
		if ok != c.ok || ok && code != "005924" || !ok && code != "" {
			t.Errorf("CleanCode(%.40q) = %q, %v, want ok %v", c.typed, code, ok, c.ok)
		}
		if got, verified := s.Verify(code, now, 0); verified != c.ok || verified && got != step {
			t.Errorf("Verify(%.40q) = %d, %v, want %v", c.typed, got, verified, c.ok)
		}
		if got, verified := s.Verify(code, now, step); verified {
			t.Errorf("Verify(%.40q) of a spent code = %d, true, want false", c.typed, got)
		}
		if got, verified := s.Verify(c.typed, now, 0); verified && c.typed != "005924" {
			t.Errorf("Verify of the uncleaned %.40q = %d, true, want false", c.typed, got)
		}
	}
}

// TestZeroSecret tries the codes that anybody can compute for an empty key, and
// for keys of zero bytes, which another empty field might become.
func TestZeroSecret(t *testing.T) {
	var zero totp.Secret
	if got := zero.Code(1); got != "" || zero.Base32() != "" || !zero.IsZero() {
		t.Errorf("zero Secret: code %q, text %q, IsZero %v", got, zero.Base32(), zero.IsZero())
	}
	// 712049 is what oathtool says for a key of zeros, which HMAC takes for an
	// empty one, at 1234567890.
	for _, code := range []string{"", "000000", "712049", " "} {
		if step, ok := zero.Verify(code, at(1234567890), 0); ok {
			t.Errorf("Verify(%q) = %d, true, want false", code, step)
		}
	}
	for n := range 1_000_000 {
		if step, ok := zero.Verify(fmt.Sprintf("%06d", n), at(1234567890), 0); ok {
			t.Fatalf("Verify(%06d) = %d, true, want false", n, step)
		}
	}
}

// FuzzCleanCode reads a code as it was typed: six digits come out, or nothing.
func FuzzCleanCode(f *testing.F) {
	for _, typed := range []string{"", "005924", "005 924", "005\u00a0924", "００５９２４", "--------", "\xff", "1234567"} {
		f.Add(typed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		code, ok := totp.CleanCode(typed)
		if !ok {
			if code != "" {
				t.Fatalf("CleanCode(%q) = %q, false", typed, code)
			}
			return
		}
		if len(code) != totp.Digits || strings.Trim(code, "0123456789") != "" {
			t.Fatalf("CleanCode(%q) = %q, want six digits", typed, code)
		}
	})
}
