package password_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/password"
)

func TestCheckPattern(t *testing.T) {
	const syntax = "no regular expression in the syntax of RE2: error parsing regexp: "
	for _, c := range []struct{ name, pattern, want string }{
		{"none", "", ""},
		{"a class", "[0-9]", ""},
		{"the classes of the original's users", `^[\p{L}\p{N} .,_-]{8,64}$`, ""},
		{"an open bracket", "[0-9", syntax + "missing closing ]: `[0-9`"},
		{"look-ahead, which RE2 has not", `^(?=.*\d).+$`, syntax + "invalid or unsupported Perl syntax: `(?=`"},
		{"not UTF-8", "a\xff", syntax + "invalid UTF-8: `\xff`"},
		{"512 characters", strings.Repeat("é", 512), ""},
		{"513 characters", strings.Repeat("é", 513), "longer than 512 characters"},
		{"1,000 repeats", "^a{8,1000}$", ""},
		{"1,001 repeats", "^a{8,1001}$", syntax + "invalid repeat count: `{8,1001}`"},
		{"nested repeats", "((a{10}){10}){11}", syntax + "invalid repeat count: `{11}`"},
		{"2,000 instructions", "a{1000}b{998}", ""},
		{"2,001 instructions", "a{1000}b{999}", "takes 2001 instructions, limit 2000: write smaller numbers of repeats"},
	} {
		if got := text(password.CheckPattern(c.pattern)); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestCheckMessage(t *testing.T) {
	for _, c := range []struct{ name, pattern, message, want string }{
		{"neither", "", "", ""},
		{"a pattern alone", "a", "", ""},
		{"both", "a", "Use an a.", ""},
		{"blanks alone", "", " \u00a0", ""},
		{"a message alone", "", "x", "stands without a pattern, so that nobody would see it"},
		{"256 characters", "a", strings.Repeat("é", 256), ""},
		{"257 characters", "a", strings.Repeat("é", 257), "longer than 256 characters"},
		{"two lines", "a", "x\ny", "holds a control character"},
		{"not UTF-8", "a", "x\xff", "not UTF-8"},
	} {
		if got := text(password.CheckMessage(c.pattern, c.message)); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

// TestPatternWork: the dearest pattern and password keep nobody waiting.
func TestPatternWork(t *testing.T) {
	p := newPolicy(t, password.PolicyConfig{Pattern: "(a|a?){330}b$"})
	begun := time.Now()
	if got := rules(t, p.Check(strings.Repeat("a", 1024), password.Context{})); got != "pattern" {
		t.Errorf("got %q, want pattern", got)
	}
	t.Logf("took %v", time.Since(begun))
	if took := time.Since(begun); took > 5*time.Second { // some tens of milliseconds
		t.Errorf("took %v", took)
	}
}

// FuzzPattern reads a pattern and its message: what is good makes a policy that
// judges any password.
func FuzzPattern(f *testing.F) {
	f.Add("[0-9]", "Use a digit.", "xkvqzwpb4")
	f.Add("^(?i)\\pL{1,1000}$", "", "straße")
	f.Add("", "alone", "")
	f.Add("((a{10}){10}){10}", "x\n", "aaaa")
	f.Fuzz(func(t *testing.T, pattern, message, pw string) {
		c := password.PolicyConfig{Pattern: pattern, Message: message}
		p, err := password.NewPolicy(c)
		good := password.CheckPattern(pattern) == nil && password.CheckMessage(pattern, message) == nil
		if good != (err == nil) {
			t.Fatalf("found good: %v, NewPolicy: %v", good, err)
		}
		if err != nil {
			return
		}
		failed := p.Check(pw, password.Context{})
		if len(pw) > 1024 {
			return
		}
		if pattern == "" && strings.Contains(text(failed), "pattern") {
			t.Errorf("without a pattern: got %v", failed)
		}
	})
}
