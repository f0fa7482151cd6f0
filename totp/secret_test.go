package totp_test

import (
	"bytes"
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/bits"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/totp"
)

func parse(t testing.TB, text string) totp.Secret {
	t.Helper()
	s, err := totp.ParseSecret(text)
	if err != nil {
		t.Fatalf("ParseSecret: %v", err)
	}
	return s
}

// TestNewSecret draws a thousand secrets: 160 bits each, none twice, and as many
// ones as zeros within five standard deviations (1 run in 1.7 million fails).
func TestNewSecret(t *testing.T) {
	const secrets = 1000
	seen := map[string]bool{}
	ones := 0
	for range secrets {
		text := totp.NewSecret().Base32()
		if len(text) != 32 || strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") != "" {
			t.Fatalf("Base32 = %q, want 32 characters of base32", text)
		}
		if seen[text] {
			t.Fatalf("%q came twice", text)
		}
		seen[text] = true
		raw, err := base32.StdEncoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range raw {
			ones += bits.OnesCount8(b)
		}
	}
	if got, want := ones, secrets*160/2; got < want-1000 || got > want+1000 {
		t.Errorf("%d bits are set, want %d ± 1000", got, want)
	}
}

func TestParseSecret(t *testing.T) {
	const want = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" // RFC 6238's 20 bytes
	for name, text := range map[string]string{
		"plain":          want,
		"lower case":     strings.ToLower(want),
		"mixed case":     "gEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJq",
		"spaces":         "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ",
		"outer spaces":   "  " + want + " ",
		"no-break space": "GEZDGNBVGY3TQOJQ\u00a0GEZDGNBVGY3TQOJQ",
		"hyphens":        "gezd-gnbv-gy3t-qojq-gezd-gnbv-gy3t-qojq",
	} {
		s, err := totp.ParseSecret(text)
		if err != nil || s.Base32() != want {
			t.Errorf("%s: ParseSecret(%q) = %q, %v, want %q", name, text, s.Base32(), err, want)
		}
		if !s.Equal(parse(t, want)) {
			t.Errorf("%s: not Equal to the same secret", name)
		}
	}
	for size := range 100 {
		raw := bytes.Repeat([]byte{0xa5}, size)
		padded := base32.StdEncoding.EncodeToString(raw)
		bare := strings.TrimRight(padded, "=")
		for _, text := range []string{padded, bare} {
			s, err := totp.ParseSecret(text)
			if size >= 16 && size <= 64 {
				if err != nil || s.Base32() != bare {
					t.Errorf("%d bytes: ParseSecret(%q) = %q, %v, want %q", size, text, s.Base32(), err, bare)
				}
			} else if !errors.Is(err, totp.ErrSecret) || !s.IsZero() {
				t.Errorf("%d bytes: ParseSecret = %q, %v, want %v", size, s.Base32(), err, totp.ErrSecret)
			}
		}
	}
}

func TestParseSecretRefuses(t *testing.T) {
	const good = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
	for name, text := range map[string]string{
		"empty":             "",
		"blank":             "    ",
		"padding alone":     "========",
		"digit 0":           "0" + good[1:],
		"digit 1":           good[:31] + "1",
		"digit 8":           good[:31] + "8",
		"line end":          good[:16] + "\n" + good[16:],
		"carriage return":   good + "\r\n",
		"tab":               good[:16] + "\t" + good[16:],
		"long s":            "ſ" + good[1:],
		"dotless i":         "ı" + good[1:],
		"full-width":        "Ａ" + good[1:],
		"zero byte":         good + "\x00",
		"bad UTF-8":         good + "\xff",
		"impossible length": good + "A",
		"padding inside":    good[:16] + "======" + good[16:] + "AA",
		"padding too short": good + "MFRGG=",
		"padding too long":  good + "========",
		"too much padding":  good + "A=======",
		"very long":         strings.Repeat("A", 1<<20),
		"very many spaces":  good + strings.Repeat(" ", 1<<20),
	} {
		s, err := totp.ParseSecret(text)
		if !errors.Is(err, totp.ErrSecret) || !s.IsZero() {
			t.Errorf("%s: ParseSecret = %q, %v, want %v", name, s.Base32(), err, totp.ErrSecret)
		}
		if err != nil && strings.Contains(err.Error(), good[1:15]) {
			t.Errorf("%s: error quotes the secret: %v", name, err)
		}
	}
}

// TestSecretStaysSilent prints a secret in every way that a careless line might.
func TestSecretStaysSilent(t *testing.T) {
	raw := []byte("12345678901234567890")
	s := parse(t, base32.StdEncoding.EncodeToString(raw))
	type exported struct{ S totp.Secret }
	type hidden struct{ s totp.Secret }
	var out strings.Builder
	for _, verb := range strings.Split("%v %+v %#v %s %q %x %X %d %p %T %10v %-8.3s %b %c %U %z", " ") {
		for _, v := range []any{s, &s, exported{s}, &exported{s}, hidden{s}, &hidden{s}, []totp.Secret{s}, map[string]hidden{"k": {s}}} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
	}
	fmt.Fprintln(&out, s, s.String(), fmt.Errorf("oops: %v", s))
	text := slog.New(slog.NewTextHandler(&out, nil))
	json := slog.New(slog.NewJSONHandler(&out, nil))
	text.Info("m", "secret", s, "hidden", hidden{s}, "exported", exported{s})
	json.Info("m", "secret", s, "hidden", hidden{s})
	for _, leak := range []string{
		s.Base32(), s.Base32()[:8], strings.ToLower(s.Base32()),
		string(raw), "12345678", "31323334", "49 50 51", "49, 50, 51", "0x31, 0x32",
	} {
		if strings.Contains(out.String(), leak) {
			t.Errorf("the output holds %q:\n%s", leak, out.String())
		}
	}
	for _, verb := range strings.Split("%v %+v %#v %s %q %x %d %08b", " ") {
		if got, want := fmt.Sprintf(verb, s), "totp.Secret(hidden)"; got != want {
			t.Errorf("Sprintf(%q) = %q, want %q", verb, got, want)
		}
	}
}

// TestSecretBinary: a secret of 16 to 64 bytes is read as it was written, and none
// as the zero Secret.
func TestSecretBinary(t *testing.T) {
	for _, c := range []struct {
		bytes int
		want  error
	}{{0, nil}, {15, totp.ErrSecret}, {16, nil}, {20, nil}, {64, nil}, {65, totp.ErrSecret}} {
		raw := bytes.Repeat([]byte{7}, c.bytes)
		s := totp.NewSecret()
		if err := s.UnmarshalBinary(raw); !errors.Is(err, c.want) {
			t.Errorf("%d bytes: got %v, want %v", c.bytes, err, c.want)
		}
		if c.want != nil {
			continue
		}
		if again, err := s.MarshalBinary(); err != nil || !bytes.Equal(again, raw) || s.IsZero() != (c.bytes == 0) {
			t.Errorf("%d bytes: got %x, %v", c.bytes, again, err)
		}
	}
}

// TestSecretJSON: a value that holds a secret tells nothing of it in JSON.
func TestSecretJSON(t *testing.T) {
	got, err := json.Marshal(struct{ Secret totp.Secret }{totp.NewSecret()})
	if want := `{"Secret":{}}`; err != nil || string(got) != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
}

func TestSecretEqual(t *testing.T) {
	a, b := totp.NewSecret(), totp.NewSecret()
	for _, c := range []struct {
		name string
		x, y totp.Secret
		want bool
	}{
		{"same", a, a, true},
		{"parsed again", a, parse(t, a.Base32()), true},
		{"other", a, b, false},
		{"zero and one", totp.Secret{}, a, false},
		{"one and zero", a, totp.Secret{}, false},
		{"zeros", totp.Secret{}, totp.Secret{}, true},
	} {
		if got := c.x.Equal(c.y); got != c.want {
			t.Errorf("%s: Equal = %v, want %v", c.name, got, c.want)
		}
	}
}

// FuzzParseSecret reads the secret of an authenticator: it survives being
// written and read.
func FuzzParseSecret(f *testing.F) {
	for _, text := range []string{"", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "gezd gnbv-gy3t\u00a0qojqgezdgnbvgy3t",
		"GEZDGNBVGY3TQOJQGEZDGNBVGY======", "ſEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "AAAAAAAAAAAAAAAAAAAAAAAAAA\n", "========"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := totp.ParseSecret(text)
		if err != nil {
			if !errors.Is(err, totp.ErrSecret) || !s.IsZero() {
				t.Fatalf("ParseSecret(%q) = %q, %v", text, s.Base32(), err)
			}
			return
		}
		again, err := totp.ParseSecret(s.Base32())
		if err != nil || !again.Equal(s) {
			t.Fatalf("ParseSecret(%q) does not survive %q: %v", text, s.Base32(), err)
		}
		if n := len(s.Base32()); n < 26 || n > 103 {
			t.Fatalf("ParseSecret(%q) gives %d characters", text, n)
		}
	})
}
