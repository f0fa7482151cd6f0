package mfa_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/mfa"
)

// tokenOf is a token of the nth account, of a device of it, with a secret.
func tokenOf(account, device, secret int) string {
	return fmt.Sprintf("%012X%020X%064X", account, device, secret)
}

// listOf is tokens one behind another.
func listOf(tokens ...string) string { return strings.Join(tokens, " ") }

// ofMany is a token of each account from one to the last.
func ofMany(first, last int) (list []string) {
	for n := first; n <= last; n++ {
		list = append(list, tokenOf(n, 1, 1))
	}
	return list
}

// TestParseDeviceTokens: what is read of a list is at most five, one of an account, and
// nothing that is no token.
func TestParseDeviceTokens(t *testing.T) {
	a, b := tokenOf(1, 1, 1), tokenOf(2, 1, 1)
	for _, tt := range []struct{ name, text, want string }{
		{"nothing", "", ""},
		{"one", a, a},
		{"two", listOf(a, b), listOf(a, b)},
		{"five", listOf(ofMany(1, 5)...), listOf(ofMany(1, 5)...)},
		{"six", listOf(ofMany(1, 6)...), listOf(ofMany(2, 6)...)},
		{"a hundred", listOf(ofMany(1, 100)...), listOf(ofMany(96, 100)...)},
		{"two of one account", listOf(a, b, tokenOf(1, 2, 1)), listOf(b, tokenOf(1, 2, 1))},
		{"two of one device", listOf(a, tokenOf(1, 1, 2), b), listOf(tokenOf(1, 1, 2), b)},
		{"six of two accounts", listOf(b, a, a, a, a, a), listOf(b, a)},
		{"text before, between and behind", listOf("x", a, "y", b, "z"), listOf(a, b)},
		{"junk behind five", listOf(append(ofMany(1, 5), "x", "", "y")...), listOf(ofMany(1, 5)...)},
		{"two spaces", a + "  " + b, listOf(a, b)},
		{"spaces around", " " + a + " ", a},
		{"a comma", a + "," + b, ""},
		{"a tab", a + "\t" + b, ""},
		{"a line", a + "\n" + b, ""},
		{"quotes", `"` + listOf(a, b) + `"`, ""},
		{"lower case", listOf(strings.ToLower(tokenOf(10, 1, 1)), b), b},
		{"too long", listOf(a+"0", b), b},
		{"much text", strings.Repeat(" ", 1<<20) + a + strings.Repeat(" x", 1<<20), a},
	} {
		if got := mfa.ParseDeviceTokens(tt.text).Text(); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestDeviceTokensOf: the token of an account, by its home, and no other.
func TestDeviceTokensOf(t *testing.T) {
	x := mfa.ParseDeviceTokens(listOf(tokenOf(1, 1, 1), tokenOf(2, 1, 1), tokenOf(1, 2, 1)))
	for n, want := range map[int]string{1: tokenOf(1, 2, 1), 2: tokenOf(2, 1, 1), 3: ""} {
		got, has := x.Of(fmt.Sprintf("%012x%020x", n, 7))
		if has != (want != "") || got != mfa.ParseDeviceToken(want) {
			t.Errorf("account %d: got %v, want one: %v", n, has, want != "")
		}
	}
	for _, home := range []string{"", "0", "00000000000"} {
		if _, has := x.Of(home); has {
			t.Errorf("there is one for %q", home)
		}
	}
	if _, has := new(mfa.DeviceTokens).Of(deviceHome); has {
		t.Error("no tokens have one")
	}
}

// TestDeviceTokensWith: a new token takes the place of that of its account, and stands last;
// the sixth has the oldest go.
func TestDeviceTokensWith(t *testing.T) {
	one, five := ofMany(1, 1), ofMany(1, 5)
	for _, tt := range []struct{ name, brought, fresh, want string }{
		{"the first", "", one[0], one[0]},
		{"the second", one[0], tokenOf(2, 1, 1), listOf(ofMany(1, 2)...)},
		{"the sixth", listOf(five...), tokenOf(6, 1, 1), listOf(ofMany(2, 6)...)},
		{"the next of a device", listOf(five...), tokenOf(2, 1, 9), listOf(five[0], five[2], five[3], five[4], tokenOf(2, 1, 9))},
		{"the same again", listOf(five...), five[4], listOf(five...)},
		{"of another device of the account", listOf(five...), tokenOf(1, 7, 1), listOf(append(slices.Clone(five[1:]), tokenOf(1, 7, 1))...)},
		{"none", listOf(five...), "", listOf(five...)},
		{"text", listOf("x", one[0]), "y", one[0]},
		{"a list", one[0], listOf(ofMany(2, 3)...), one[0]},
	} {
		x := mfa.ParseDeviceTokens(tt.brought)
		before := x.Text()
		if got := x.With(mfa.ParseDeviceToken(tt.fresh)).Text(); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
		if x.Text() != before {
			t.Errorf("%s: the tokens that were brought are others now", tt.name)
		}
	}
}

// TestDeviceTokensWithout: the token of a device goes, and no other.
func TestDeviceTokensWithout(t *testing.T) {
	all := ofMany(1, 3)
	x := mfa.ParseDeviceTokens(listOf(all...))
	for _, tt := range []struct{ device, want string }{
		{lower(all[1][:32]), listOf(all[0], all[2])},
		{all[1][:12], listOf(all...)},
		{lower(tokenOf(2, 2, 1)[:32]), listOf(all...)},
		{"", listOf(all...)},
	} {
		if got := x.Without(tt.device).Text(); got != tt.want || x.Text() != listOf(all...) {
			t.Errorf("%q: got %q, want %q", tt.device, got, tt.want)
		}
	}
	if text := fmt.Sprintf("%v %+v %#v %s", x, x, x, &x); strings.Contains(text, all[0][32:]) || strings.Contains(text, all[0][:12]) {
		t.Errorf("it prints as %q", text)
	}
}

// TestDeviceShown: by which tokens a device is told to be this one, without being judged.
func TestDeviceShown(t *testing.T) {
	d := newDevices(t)
	first := d.remember(mfa.DeviceUse{})
	second := d.login(first)
	third := d.login(second)
	for name, tt := range map[string]struct {
		token string
		shown bool
	}{
		"the present one": {third, true}, "the one before": {second, true}, "an older one": {first, false},
		"another secret": {third[:95] + string('0'+('9'-third[95])%2), false}, "none": {"", false}, "of another device": {tokenOf(1, 1, 1), false},
	} {
		d.do(func(x *mfa.Devices) error {
			if got := x.Shown(mfa.ParseDeviceToken(tt.token)); got != "" != tt.shown || tt.shown && got != lower(first[:32]) {
				t.Errorf("%s: got %q, want it shown: %v", name, got, tt.shown)
			}
			return nil
		})
	}
	if len(d.list()) != 1 {
		t.Error("the device has ended")
	}
	wantDevice(t, "after all", d.show(third, d.terms), mfa.DeviceKnown)
}

// FuzzDeviceTokens reads what a browser keeps of the accounts that it remembers: the cookie
// that it brings, and a token that is new.
func FuzzDeviceTokens(f *testing.F) {
	f.Add("", "")
	f.Add(listOf(ofMany(1, 6)...), tokenOf(3, 2, 2))
	f.Add(" "+tokenOf(1, 1, 1)+"  x", tokenOf(1, 1, 2))
	f.Fuzz(func(t *testing.T, brought, fresh string) {
		x := mfa.ParseDeviceTokens(brought)
		wantTokens(t, x)
		if again := mfa.ParseDeviceTokens(x.Text()).Text(); again != x.Text() {
			t.Errorf("%q is read as %q", x.Text(), again)
		}
		y := x.With(mfa.ParseDeviceToken(fresh))
		wantTokens(t, y)
		if mfa.ParseDeviceToken(fresh) == (mfa.DeviceToken{}) {
			if y.Text() != x.Text() {
				t.Errorf("got %q, want nothing to be changed", y.Text())
			}
			return
		}
		if !strings.HasSuffix(y.Text(), fresh) {
			t.Errorf("got %q, want the new one last", y.Text())
		}
		z := y.Without(lower(fresh[:32]))
		wantTokens(t, z)
		if strings.Contains(z.Text(), fresh) {
			t.Errorf("got %q, want the new one gone", z.Text())
		}
	})
}

// wantTokens fails the test unless tokens are at most five, and each of another account.
func wantTokens(t *testing.T, x mfa.DeviceTokens) {
	t.Helper()
	if x.Text() == "" {
		return
	}
	seen := map[string]bool{}
	for token := range strings.SplitSeq(x.Text(), " ") {
		if mfa.ParseDeviceToken(token) == (mfa.DeviceToken{}) || seen[token[:12]] {
			t.Errorf("%q is no list", x.Text())
		}
		seen[token[:12]] = true
	}
	if len(seen) > mfa.MaxDeviceTokens {
		t.Errorf("got %d tokens", len(seen))
	}
}
