package password_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/password"
)

// addAll adds passwords one after the other, and stores and reads the history after
// each.
func addAll(t testing.TB, h password.History, p password.Params, keep int, list ...string) password.History {
	t.Helper()
	for _, pw := range list {
		next, err := h.Add(p, pw, keep)
		if err != nil {
			t.Fatal(err)
		}
		if h, err = password.ReadHistory(next.Text()); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

func numbered(from, to int) (list []string) {
	for i := from; i <= to; i++ {
		list = append(list, fmt.Sprint("password number ", i))
	}
	return list
}

// remembered lists which of the numbered passwords h refuses.
func remembered(t testing.TB, h password.History, last, of int) (list []int) {
	t.Helper()
	for i, pw := range numbered(1, of) {
		switch got := rules(t, h.Check(pw, last)); got {
		case "history":
			list = append(list, i+1)
		case "":
		default:
			t.Fatalf("got %q", got)
		}
	}
	return list
}

func TestHistory(t *testing.T) {
	for _, c := range []struct {
		name               string
		added, keep, check int
		want               string
	}{
		{"empty", 0, 5, 5, "[]"},
		{"one", 1, 5, 5, "[1]"},
		{"as many as are kept", 5, 5, 5, "[1 2 3 4 5]"},
		{"one more", 6, 5, 5, "[2 3 4 5 6]"},
		{"fewer are looked at", 6, 5, 4, "[3 4 5 6]"},
		{"more are looked at than kept", 6, 5, 6, "[2 3 4 5 6]"},
		{"none is looked at", 6, 5, 0, "[]"},
		{"fewer than none", 6, 5, -1, "[]"},
		{"none is kept", 6, 0, 5, "[]"},
		{"one is kept", 6, 1, 5, "[6]"},
		{"24", 25, 24, 24, "[2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25]"},
		{"25 is too many", 25, 25, 25, "[2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25]"},
	} {
		h := addAll(t, password.History{}, cheap, c.keep, numbered(1, c.added)...)
		if got := fmt.Sprint(remembered(t, h, c.check, 26)); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
		if got, want := h.Len(), min(c.added, c.keep, password.MaxHistory); got != want {
			t.Errorf("%s: Len = %d, want %d", c.name, got, want)
		}
	}
}

// TestHistoryParams: what was hashed before the parameters became others is still
// refused, until newer passwords have taken its place.
func TestHistoryParams(t *testing.T) {
	dearer := password.InsecureParamsForTests()
	dearer.Time = 2
	third := dearer
	third.Time = 3
	h := addAll(t, password.History{}, cheap, 5, numbered(1, 3)...)
	h = addAll(t, h, dearer, 5, numbered(4, 6)...)
	if got := fmt.Sprint(remembered(t, h, 5, 7)); got != "[2 3 4 5 6]" {
		t.Errorf("of two costs: got %s", got)
	}
	if got := fmt.Sprint(remembered(t, h, 4, 7)); got != "[3 4 5 6]" {
		t.Errorf("the newest four of two costs: got %s", got)
	}
	if _, digests := h.Text(); !strings.HasPrefix(digests, "m=8,t=2,p=1$") || !strings.Contains(digests, "$m=8,t=1,p=1$") {
		t.Errorf("got the costs of %q", digests)
	}
	full := addAll(t, h, dearer, 5, numbered(7, 8)...)
	if got := fmt.Sprint(remembered(t, full, 5, 9)); got != "[4 5 6 7 8]" {
		t.Errorf("all are new: got %s", got)
	}
	if _, digests := full.Text(); strings.Contains(digests, "t=1") {
		t.Errorf("got the costs of %q, want the new ones alone", digests)
	}
	again := addAll(t, h, third, 5, numbered(7, 7)...) // no third costs: a check would take three hashes
	if got := fmt.Sprint(remembered(t, again, 5, 9)); got != "[4 5 6 7]" {
		t.Errorf("of three costs: got %s", got)
	}
}

// TestHistorySalt: an account has one salt, and another account another one.
func TestHistorySalt(t *testing.T) {
	first := addAll(t, password.History{}, cheap, 5, "same")
	salt, digests := first.Text()
	later, _ := addAll(t, first, cheap, 5, "other").Text()
	if salt != later || len(salt) != 22 {
		t.Errorf("the salt %q became %q", salt, later)
	}
	other, others := addAll(t, password.History{}, cheap, 5, "same").Text()
	if salt == other || digests == others {
		t.Errorf("two accounts have the salts %q and %q, the digests %q and %q", salt, other, digests, others)
	}
	if strings.Contains(digests, "same") {
		t.Error("the password stands in the text")
	}
	if salt, digests := (password.History{}).Text(); salt+digests != "" {
		t.Errorf("of nothing: got %q, %q", salt, digests)
	}
}

// TestHistoryForms: a password is one in each of its spellings, and case makes
// another.
func TestHistoryForms(t *testing.T) {
	h := addAll(t, password.History{}, cheap, 5, "P\u00e4sswort eins", "Pa\u0308sswort\u3000zwei")
	for pw, want := range map[string]string{
		"P\u00e4sswort zwei": "history", "Pa\u0308sswort\u3000zwei": "history",
		"P\u00e4sswort eins": "history", "Pa\u0308sswort\u00a0eins": "history", "p\u00e4sswort eins": "", "": "", "P\u00e4sswort": "",
		strings.Repeat("x", password.MaxPassword+1): "",
	} {
		if got := rules(t, h.Check(pw, 5)); got != want {
			t.Errorf("%.40q: got %q, want %q", pw, got, want)
		}
	}
}

func TestHistoryAddRefuses(t *testing.T) {
	for _, c := range []struct {
		name   string
		params password.Params
		pw     string
		want   error
	}{
		{"empty", cheap, "", password.ErrEmpty},
		{"the longest", cheap, strings.Repeat("x", password.MaxPassword), nil},
		{"too long", cheap, strings.Repeat("x", password.MaxPassword+1), password.ErrTooLong},
		{"weak parameters", password.Params{Memory: 8, Time: 1}, "x", password.ErrParams},
	} {
		for _, keep := range []int{0, 5} {
			h, err := (password.History{}).Add(c.params, c.pw, keep)
			if !errors.Is(err, c.want) || err != nil && h.Len() != 0 {
				t.Errorf("%s, %d kept: got %d, %v, want %v", c.name, keep, h.Len(), err, c.want)
			}
		}
	}
}

// TestHistoryLeavesOthers: adding to one history twice makes two.
func TestHistoryLeavesOthers(t *testing.T) {
	h := addAll(t, password.History{}, cheap, 3, numbered(1, 3)...)
	a, err := h.Add(cheap, "a", 3)
	if err != nil {
		t.Fatal(err)
	}
	b, err := h.Add(cheap, "b", 3)
	if err != nil {
		t.Fatal(err)
	}
	if rules(t, a.Check("a", 3)) == "" || rules(t, a.Check("b", 3)) != "" || rules(t, b.Check("b", 3)) == "" {
		t.Error("two histories share what was added to one of them")
	}
	if got := fmt.Sprint(remembered(t, h, 3, 4)); got != "[1 2 3]" {
		t.Errorf("the first has become %s", got)
	}
}

// TestHistoryCost: one hash checks them all, at the default parameters 19 MiB.
func TestHistoryCost(t *testing.T) {
	h := addAll(t, password.History{}, password.DefaultParams(), 24, numbered(1, 3)...)
	const one = 19 << 20
	if got := allocated(one*3/2, func() { h.Check("none of them", 24) }); got < one || got > one*3/2 {
		t.Errorf("a check allocated %d bytes, want those of one hash, %d", got, one)
	}
	if got := allocated(1<<16, func() { h.Check("none of them", 0) }); got > 1<<16 {
		t.Errorf("a check of nothing allocated %d bytes", got)
	}
}

func TestReadHistoryRefuses(t *testing.T) {
	const salt, d = "AAAAAAAAAAAAAAAAAAAAAA", "BBBBBBBBBBBBBBBBBBBBBA"
	const costs = "m=8,t=1,p=1$"
	for _, c := range []struct {
		name, salt, digests string
		want                error
	}{
		{"empty", "", "", nil},
		{"one", salt, costs + d, nil},
		{"24", salt, costs + strings.Repeat(d, 24), nil},
		{"25", salt, costs + strings.Repeat(d, 25), password.ErrMalformed},
		{"24 of two costs", salt, costs + strings.Repeat(d, 12) + "$m=8,t=2,p=1$" + strings.Repeat(d, 12), nil},
		{"25 of two costs", salt, costs + strings.Repeat(d, 12) + "$m=8,t=2,p=1$" + strings.Repeat(d, 13), password.ErrMalformed},
		{"three costs", salt, costs + d + "$m=8,t=2,p=1$" + d + "$m=8,t=3,p=1$" + d, password.ErrMalformed},
		{"the same costs twice", salt, costs + d + "$" + costs + d, password.ErrMalformed},
		{"a salt alone", salt, "", password.ErrMalformed},
		{"digests alone", "", costs + d, password.ErrMalformed},
		{"no digest", salt, costs, password.ErrMalformed},
		{"a short salt", salt[1:], costs + d, password.ErrMalformed},
		{"a long salt", salt + "AA", costs + d, password.ErrMalformed},
		{"a salt with spare bits", salt[:21] + "B", costs + d, password.ErrMalformed},
		{"a short digest", salt, costs + d[1:], password.ErrMalformed},
		{"a long digest", salt, costs + d + "A", password.ErrMalformed},
		{"a digest with spare bits", salt, costs + d[:21] + "B", password.ErrMalformed},
		{"a digest with a line end", salt, costs + d[:20] + "\nA", password.ErrMalformed},
		{"a dollar behind", salt, costs + d + "$", password.ErrMalformed},
		{"no costs", salt, d, password.ErrMalformed},
		{"lanes without memory", salt, "m=8,t=1,p=2$" + d, password.ErrMalformed},
		{"costs over the caps", salt, "m=262145,t=1,p=1$" + d, password.ErrTooCostly},
	} {
		h, err := password.ReadHistory(c.salt, c.digests)
		if !errors.Is(err, c.want) || err != nil && h.Len() != 0 {
			t.Errorf("%s: got %d, %v, want %v", c.name, h.Len(), err, c.want)
		}
		if err != nil && (strings.Contains(err.Error(), salt[:8]) || strings.Contains(err.Error(), d[:8])) {
			t.Errorf("%s: the error quotes the text: %v", c.name, err)
		}
	}
}

// FuzzHistory reads the stored texts of a history: what is read is written the same.
func FuzzHistory(f *testing.F) {
	f.Add("", "")
	salt, digests := addAll(f, password.History{}, cheap, 3, "a", "b").Text()
	f.Add(salt, digests)
	f.Add("AAAAAAAAAAAAAAAAAAAAAA", "m=8,t=1,p=1$BBBBBBBBBBBBBBBBBBBBBA$m=8,t=2,p=1$BBBBBBBBBBBBBBBBBBBBBA")
	f.Add("AAAAAAAAAAAAAAAAAAAAAA", "m=8,t=1,p=1$")
	f.Fuzz(func(t *testing.T, salt, digests string) {
		h, err := password.ReadHistory(salt, digests)
		if err != nil {
			return
		}
		if s, d := h.Text(); s != salt || d != digests {
			t.Errorf("got %q, %q, want %q, %q", s, d, salt, digests)
		}
		if len(digests) > 600 || h.Len() > password.MaxHistory {
			t.Errorf("%d passwords in %d characters", h.Len(), len(digests))
		}
	})
}
