package password_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/password"
)

func newPolicy(t testing.TB, c password.PolicyConfig) *password.Policy {
	t.Helper()
	p, err := password.NewPolicy(c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// rules are the names of the rules that a password failed, in one text. It fails
// the test for any other error.
func rules(t testing.TB, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	var e *password.PolicyError
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want a PolicyError", err)
	}
	var names []string
	for _, v := range e.Failed {
		names = append(names, string(v.Rule))
		if v.Message == "" {
			t.Errorf("%s has no message", v.Rule)
		}
	}
	return strings.Join(names, " ")
}

func TestPolicyLength(t *testing.T) {
	for _, c := range []struct {
		name  string
		least int
		pw    string
		want  string
	}{
		{"one too few, by default", 0, "xkvqzwp", "minLength"},
		{"enough by default", 0, "xkvqzwpb", ""},
		{"one too few", 12, "xkvqzwpbtrn", "minLength"},
		{"enough", 12, "xkvqzwpbtrnm", ""},
		{"one more", 12, "xkvqzwpbtrnmh", ""},
		{"none", 1, "", "minLength"},
		{"one", 1, "x", ""},
		{"the longest minimum, one too few", 128, strings.Repeat("xy", 63) + "z", "minLength"},
		{"the longest minimum", 128, strings.Repeat("xy", 64), ""},
		{"characters, not bytes", 8, "éèêëàâä", "minLength"},
		{"eight of them", 8, "éèêëàâäö", ""},
		{"an accent counts with its letter", 8, "xkvqzwe\u0301", "minLength"},
		{"an accent that has no composed form counts", 8, "xkvqzwq\u0301", ""},
		{"emoji of one character", 8, "🚀🌵🐙🎻🧭🪁🦉", "minLength"},
		{"outer blanks count", 8, " xkvqzw ", ""},
	} {
		if got := rules(t, newPolicy(t, password.PolicyConfig{MinLength: c.least}).Check(c.pw, password.Context{})); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestPolicyNonAlphanumeric(t *testing.T) {
	for _, c := range []struct {
		pw    string
		least int
		want  string
	}{
		{"xkvqzwpb", 0, ""},
		{"xkvqzwpb", 1, "minNonAlphanumeric"},
		{"xkvqzwp!", 1, ""},
		{"xkvqzwp!", 2, "minNonAlphanumeric"},
		{"x!vqzwp!", 2, ""},
		{"xkvq zwp", 1, ""},                              // a blank
		{"xkvq\u00a0zwp", 1, ""},                         // of any kind
		{"xkvq\u0416\u0663zwp", 1, "minNonAlphanumeric"}, // letters and digits of any script
		{"xkvqzwq\u0301p", 1, "minNonAlphanumeric"},      // a mark is part of its letter
		{"xkvq\u200dzwp", 1, "minNonAlphanumeric"},       // nobody sees it
		{"xkvqzwp🚀", 1, ""},
		{"xkvqzwp\U0001fabf", 1, ""},
		{"xkvqzwp\U0001faff", 1, ""}, // not assigned
		{"-+*/#_.:", 8, ""},
	} {
		if got := rules(t, newPolicy(t, password.PolicyConfig{MinNonAlphanumeric: c.least}).Check(c.pw, password.Context{})); got != c.want {
			t.Errorf("%q, at least %d: got %q, want %q", c.pw, c.least, got, c.want)
		}
	}
}

func TestPolicyPattern(t *testing.T) {
	for _, c := range []struct{ pattern, pw, want string }{
		{"", "xkvqzwpb", ""},
		{"[0-9]", "xkvqzwpb", "pattern"},
		{"[0-9]", "xkvq4wpb", ""}, // anywhere
		{"^[a-z]+$", "xkvqzwpb", ""},
		{"^[a-z]+$", "xkvqzwpb4", "pattern"},
		{"^.{8}$", "xkvqzwe\u0301p", ""}, // in the form that is hashed
		{"^[a-z ]+$", "xkvq\u00a0zwpb", ""},
		{"[0-9]", "xkvqzwpb\u0663", "pattern"},
	} {
		if got := rules(t, newPolicy(t, password.PolicyConfig{Pattern: c.pattern}).Check(c.pw, password.Context{})); got != c.want {
			t.Errorf("%q for %q: got %q, want %q", c.pw, c.pattern, got, c.want)
		}
	}
}

func TestPolicyMessages(t *testing.T) {
	for _, c := range []struct {
		name   string
		config password.PolicyConfig
		pw     string
		want   []string
	}{
		{"one character", password.PolicyConfig{MinLength: 1}, "", []string{"Use at least 1 character."}},
		{"numbers", password.PolicyConfig{MinLength: 9, MinNonAlphanumeric: 2}, "xkvq", []string{"Use at least 9 characters.", "Use at least 2 characters other than letters and digits."}},
		{"a message", password.PolicyConfig{Pattern: "[0-9]", Message: "Use a digit."}, "xkvqzwpb", []string{"Use a digit."}},
		{"no message", password.PolicyConfig{Pattern: "[0-9]"}, "xkvqzwpb", []string{"Choose another one: it is not of the form that is asked for here."}},
		{"a blank one", password.PolicyConfig{Pattern: "[0-9]", Message: " \t"}, "xkvqzwpb", []string{"Choose another one: it is not of the form that is asked for here."}},
	} {
		var e *password.PolicyError
		if err := newPolicy(t, c.config).Check(c.pw, password.Context{}); !errors.As(err, &e) {
			t.Errorf("%s: got %v, want a PolicyError", c.name, err)
			continue
		}
		var got []string
		for _, v := range e.Failed {
			got = append(got, v.Message)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

// TestPolicyListsAll: every rule that fails is listed, in one order, and nothing of
// the password.
func TestPolicyListsAll(t *testing.T) {
	p := newPolicy(t, password.PolicyConfig{
		MinLength: 13, MinNonAlphanumeric: 3, Pattern: "^[A-Z]", Message: "Begin with a capital letter.",
		Words: []string{"Zanzibar"}, Breached: filterOf(t, "zanzibar12!"),
	})
	err := p.Check("zanzibar12!", password.Context{Words: []string{"ZANZIBAR"}})
	if got, want := rules(t, err), "minLength minNonAlphanumeric pattern common context breached"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := err.Error(), "password: against the policy: minLength, minNonAlphanumeric, pattern, common, context, breached"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	var e *password.PolicyError
	errors.As(err, &e)
	for _, v := range e.Failed {
		if strings.Contains(strings.ToLower(v.Message), "zanzibar") {
			t.Errorf("%s quotes the password: %q", v.Rule, v.Message)
		}
	}
}

// TestPolicyDefault: the policy of nothing is no weaker than the default.
func TestPolicyDefault(t *testing.T) {
	for name, p := range map[string]*password.Policy{"nil": nil, "zero": {}, "of the zero PolicyConfig": newPolicy(t, password.PolicyConfig{})} {
		for pw, want := range map[string]string{
			"": "minLength", "xkvqzwp": "minLength", "Password1": "common", "marie-7-Zs": "context", "xkvqzwpb": "",
		} {
			if got := rules(t, p.Check(pw, password.Context{Words: []string{"Marie"}})); got != want {
				t.Errorf("%s: %q: got %q, want %q", name, pw, got, want)
			}
		}
	}
}

// TestPolicyMeets: a password that is in use is held against what was stated, and
// against nothing else.
func TestPolicyMeets(t *testing.T) {
	for _, c := range []struct {
		name string
		rule password.PolicyConfig
		pw   string
		want bool
	}{
		{"nothing stated", password.PolicyConfig{}, "x", true},
		{"a common word", password.PolicyConfig{}, "Password1", true},
		{"a word of the operator's", password.PolicyConfig{Words: []string{"Zanzibar"}}, "zanzibar", true},
		{"a published one", password.PolicyConfig{Breached: filterOf(t, "xkvqzwpb")}, "xkvqzwpb", true},
		{"the default, stated, one too few", password.PolicyConfig{MinLength: 8}, "xkvqzwp", false},
		{"the default, stated", password.PolicyConfig{MinLength: 8}, "xkvqzwpb", true},
		{"characters of the form that is hashed", password.PolicyConfig{MinLength: 8}, "xkvqzwe\u0301", false},
		{"signs, one too few", password.PolicyConfig{MinNonAlphanumeric: 2}, "x!", false},
		{"signs", password.PolicyConfig{MinNonAlphanumeric: 2}, "!!", true},
		{"a pattern, not matched", password.PolicyConfig{Pattern: "[0-9]"}, "x", false},
		{"a pattern", password.PolicyConfig{Pattern: "[0-9]"}, "1", true},
		{"a pattern of the form that is hashed", password.PolicyConfig{Pattern: "^\u00e9$"}, "e\u0301", true},
		{"as long as may be typed", password.PolicyConfig{}, strings.Repeat("x", 1024), true},
		{"longer", password.PolicyConfig{}, strings.Repeat("x", 1025), false},
	} {
		if got := newPolicy(t, c.rule).Meets(c.pw); got != c.want {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
	for name, p := range map[string]*password.Policy{"nil": nil, "zero": {}} {
		if !p.Meets("x") || p.Meets(strings.Repeat("x", 1025)) {
			t.Errorf("%s: states something, or takes what cannot be typed", name)
		}
	}
}

// TestPolicyTooLong: what may not be typed is refused before any work.
func TestPolicyTooLong(t *testing.T) {
	p := newPolicy(t, password.PolicyConfig{MinLength: 1})
	if err := p.Check(strings.Repeat("xy", 512), password.Context{}); err != nil {
		t.Errorf("1024 bytes: got %v, want nil", err)
	}
	if err := p.Check(strings.Repeat("xy", 512)+"z", password.Context{}); !errors.Is(err, password.ErrTooLong) {
		t.Errorf("1025 bytes: got %v, want %v", err, password.ErrTooLong)
	}
}

// TestPolicyUnreadableList: a list that cannot be read lets no password pass, and is
// no rule that one fails.
func TestPolicyUnreadableList(t *testing.T) {
	raw := must(build(t, "password\n", true))
	b, err := password.ReadBreachFilter(brokenFile{raw[:64]}, int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	p := newPolicy(t, password.PolicyConfig{Breached: b})
	for _, pw := range []string{"xkvqzwpb", "short"} {
		if err := p.Check(pw, password.Context{}); !errors.Is(err, errBroken) {
			t.Errorf("%q: got %v, want %v", pw, err, errBroken)
		}
	}
}

func TestNewPolicyRefuses(t *testing.T) {
	const length, other = "password: PolicyConfig.MinLength: ", "password: PolicyConfig.MinNonAlphanumeric: "
	for _, c := range []struct {
		name   string
		config password.PolicyConfig
		want   string
	}{
		{"nothing", password.PolicyConfig{}, ""},
		{"a length below 0", password.PolicyConfig{MinLength: -1}, length + "-1 is not 1 to 128\npassword: PolicyConfig.MinNonAlphanumeric: 0 is not 0 to MinLength, -1"},
		{"a length of 1", password.PolicyConfig{MinLength: 1}, ""},
		{"a length of 128", password.PolicyConfig{MinLength: 128}, ""},
		{"a length of 129", password.PolicyConfig{MinLength: 129}, length + "129 is not 1 to 128"},
		{"non-alphanumerics below 0", password.PolicyConfig{MinNonAlphanumeric: -1}, other + "-1 is not 0 to MinLength, 8"},
		{"as many as characters", password.PolicyConfig{MinNonAlphanumeric: 8}, ""},
		{"one more than characters", password.PolicyConfig{MinNonAlphanumeric: 9}, other + "9 is not 0 to MinLength, 8"},
		{"a bad pattern", password.PolicyConfig{Pattern: "("}, "password: PolicyConfig.Pattern: no regular expression in the syntax of RE2: error parsing regexp: missing closing ): `(`"},
		{"a message alone", password.PolicyConfig{Message: "x"}, "password: PolicyConfig.Message: stands without a pattern, so that nobody would see it"},
		{"two faults", password.PolicyConfig{MinLength: 200, Message: "x"}, length + "200 is not 1 to 128\npassword: PolicyConfig.Message: stands without a pattern, so that nobody would see it"},
	} {
		p, err := password.NewPolicy(c.config)
		if got := text(err); got != c.want || (p == nil) != (err != nil) {
			t.Errorf("%s: got %v, %q, want %q", c.name, p, got, c.want)
		}
	}
}

func TestJoinPolicy(t *testing.T) {
	fault := errors.New("broken")
	one := &password.PolicyError{Failed: []password.Violation{{Rule: password.RuleCommon, Message: "a"}}}
	two := &password.PolicyError{Failed: []password.Violation{{Rule: password.RuleHistory, Message: "b"}}}
	for _, c := range []struct {
		name    string
		results []error
		want    string
	}{
		{"none", nil, ""},
		{"all are good", []error{nil, nil}, ""},
		{"one", []error{nil, one}, "password: against the policy: common"},
		{"both", []error{one, two}, "password: against the policy: common, history"},
		{"a fault", []error{one, fault, two}, "broken"},
	} {
		if got := text(password.JoinPolicy(c.results...)); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
	if len(one.Failed) != 1 {
		t.Errorf("the first error has become another: %v", one)
	}
}
