package activedirectory_test

import (
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/activedirectory"
)

// bobsKey names bob for ever.
const bobsKey = "corp.example.com/03020101-0504-0706-0809-0a0b0c0d0e0f"

func check(t testing.TB, d *activedirectory.Directory, name, password string) *sallyport.Principal {
	t.Helper()
	p, err := d.Check(t.Context(), name, password)
	if err != nil {
		t.Fatalf("checking %q: %v", name, err)
	}
	return p
}

func TestCheckPrincipal(t *testing.T) {
	c := config(t, newDomain(t).url())
	c.Attributes = []string{"department", "title"}
	c.Roles = []activedirectory.GroupRole{{Group: "S-1-5-21-1-2-1601", Role: "Auditor"}, {Group: "S-1-5-21-1-2-1602", Role: "Admin"}}
	d := open(t, c)
	want := &sallyport.Principal{
		Key: bobsKey, Name: `CORP\bob`, FirstName: "Robert", LastName: "Tables", Email: "bob@example.com", Mobile: "+4915112345678",
		Attributes:  []account.Attribute{{Name: "department", Value: "Sales"}, {Name: "title"}},
		Roles:       []sallyport.PrincipalRole{{Role: "Auditor"}},
		PasswordSet: noon.Add(-time.Hour),
	}
	if got := check(t, d, "bob", "bob's word"); !reflect.DeepEqual(got, want) {
		t.Errorf("after a right password got %+v, want %+v", got, want)
	}
	got, err := d.Read(t.Context(), bobsKey)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("by its key got %+v, %v, want %+v", got, err, want)
	}
}

// Every spelling is one account, and what only looks like one is nobody.
func TestCheckSpellings(t *testing.T) {
	dom := newDomain(t)
	c := config(t, dom.url())
	c.Timeout = 0 // the default
	d := open(t, c)
	for _, tt := range []struct {
		typed string
		found bool
	}{
		{"bob", true}, {" BOB ", true}, {`CORP\bob`, true}, {`corp\Bob`, true}, {`corp.example.com\bob`, true},
		{"bob@corp.example.com", true}, {"bob@CORP.example.com.", true}, {"robert@example.org", true},
		{"bo", false}, {"bob*", false}, {"*", false}, {"bob)(uid=*", false}, {`OTHER\bob`, false}, {"bob@other.example.com", false},
		{"robert", false}, {`CORP\robert@example.org`, false}, {"böb", false}, {"bob\x00", false}, {"", false}, {`CORP\`, false},
		{"CN=Bob," + people, false}, {reader, false}, // which is no account of a person
	} {
		dom.take()
		if got := check(t, d, tt.typed, "bob's word"); (got != nil) != tt.found {
			t.Errorf("%q: got %v, want an account: %v", tt.typed, got, tt.found)
		}
		_, could := d.Canonical(tt.typed)
		if asked := dom.take(); could != (len(asked) > 0) {
			t.Errorf("%q: asked %q, want a question only for what can be a name", tt.typed, asked)
		}
	}
}

// The sub-codes of result 49: none is told before a right password.
func TestCheckSubCodes(t *testing.T) {
	for _, tt := range []struct {
		code string
		want *sallyport.Principal // nil: as a wrong password
	}{
		{"525", nil}, {"52e", nil}, {"775", nil}, {"568", nil}, {"", &sallyport.Principal{}},
		{"530", &sallyport.Principal{Locked: true}}, {"531", &sallyport.Principal{Locked: true}},
		{"532", &sallyport.Principal{MustChangePassword: true}}, {"773", &sallyport.Principal{MustChangePassword: true}},
		{"533", &sallyport.Principal{Disabled: true}}, {"701", &sallyport.Principal{Expired: true}},
	} {
		t.Run(tt.code, func(t *testing.T) {
			dom := newDomain(t)
			dom.bob().code = tt.code
			d := open(t, config(t, dom.url()))
			if got := check(t, d, "bob", "not bob's word"); got != nil {
				t.Errorf("after a wrong password got %+v, want nobody", got)
			}
			got := check(t, d, "bob", "bob's word")
			if (got == nil) != (tt.want == nil) {
				t.Fatalf("after a right password got %+v, want %+v", got, tt.want)
			}
			if got != nil && [4]bool{got.Disabled, got.Locked, got.Expired, got.MustChangePassword} !=
				[4]bool{tt.want.Disabled, tt.want.Locked, tt.want.Expired, tt.want.MustChangePassword} {
				t.Errorf("after a right password got %+v, want %+v", got, tt.want)
			}
		})
	}
}

// A name of nobody takes the same round trips as a wrong password, and so does every
// reason for which an account is not bound.
func TestCheckEqualRoundTrips(t *testing.T) {
	second := func(d *domain) {
		raw, _ := guid(2)
		other := *d.bob()
		other.dn, other.attrs = "CN=Bob Two,"+people, map[string][]string{"objectGUID": {raw}, "sAMAccountName": {"bob2"},
			"userPrincipalName": {"bob@corp.example.com"}, "sAMAccountType": {"805306368"}}
		d.entries = append(d.entries, &other)
	}
	tests := []struct {
		name, typed string
		change      func(*domain)
	}{
		{"a wrong password", "bob", func(*domain) {}},
		{"nobody", "carol", func(*domain) {}},
		{"nobody by the suffix of others", "bob@elsewhere.example", func(*domain) {}},
		{"two accounts", "bob", second},
		{"found by accents alone", "böb", func(*domain) {}},
		{"a computer", "bob", func(d *domain) { d.bob().attrs["sAMAccountType"] = []string{"805306369"} }},
		{"without a name that can be read", "bob", func(d *domain) { d.bob().dn = "Bob," + people }},
		{"one, and more are held back", "bob", func(d *domain) {
			d.hook = func(w *wire, r request) (bool, error) {
				if inWords(r) != "search "+base || r.body.Children[1].Value.(int64) == 0 {
					return false, nil
				}
				if err := w.send(r.id, d.bob().packet(r.body.Children[7])); err != nil {
					return true, err
				}
				return true, w.send(r.id, result(opSearchDone, 4, ""))
			}
		}},
		{"without a GUID", "bob", func(d *domain) { delete(d.bob().attrs, "objectGUID") }},
		{"one miss from a lock", "bob", func(d *domain) {
			d.bob().attrs["badPwdCount"], d.bob().attrs["badPasswordTime"] = []string{"4"}, []string{ticks(noon.Add(-29 * time.Minute))}
		}},
	}
	want := []string{"bind " + reader, "search " + base, "bind <GUID=…>"}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dom := newDomain(t)
			tt.change(dom)
			d := open(t, config(t, dom.url()))
			dom.take()
			password := "bob's word"
			if tt.name == "a wrong password" {
				password = "not bob's word"
			}
			if got := check(t, d, tt.typed, password); got != nil {
				t.Errorf("got %+v, want nobody", got)
			}
			got := dom.take()
			for i, a := range got {
				if strings.HasPrefix(a, "bind <GUID=") {
					got[i] = "bind <GUID=…>"
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("asked %q, want %q", got, want)
			}
		})
	}
}

// The account is bound by its objectGUID, once, and no typed text ever is.
func TestCheckBindsGUID(t *testing.T) {
	dom := newDomain(t)
	d := open(t, config(t, dom.url()))
	dom.take()
	for _, typed := range []string{"bob", `CORP\bob`, "robert@example.org"} {
		check(t, d, typed, "bob's word")
		want := []string{"bind " + reader, "search " + base, "bind <GUID=03020101-0504-0706-0809-0a0b0c0d0e0f>", "bind " + reader,
			"search <GUID=03020101-0504-0706-0809-0a0b0c0d0e0f>"}
		if got := dom.take(); !slices.Equal(got, want) {
			t.Errorf("%q: asked %q, want %q", typed, got, want)
		}
	}
	check(t, d, "nobody at all", "bob's word")
	if got := dom.take(); len(got) != 3 || got[2] != "bind <GUID=random>" {
		t.Errorf("for nobody asked %q, want the third to bind a random GUID", got)
	}
}

// What cannot be a password is refused before the network: with an empty one many servers
// bind anybody.
func TestCheckRefusesPasswords(t *testing.T) {
	dom := newDomain(t)
	d := open(t, config(t, dom.url()))
	dom.take()
	for _, password := range []string{"", "\x00", "bob's word\x00", "bob's\nword", "\u0085", "\xff", strings.Repeat("x", 1025)} {
		if got := check(t, d, "bob", password); got != nil {
			t.Errorf("%q: got %+v, want nobody", password, got)
		}
	}
	if got := dom.take(); len(got) != 0 {
		t.Errorf("asked %q, want nothing", got)
	}
	long := strings.Repeat("ß", 512)
	dom.bob().password = long
	if check(t, d, "bob", long) == nil {
		t.Error("1,024 bytes: got nobody, want an account")
	}
}

// The domain locks by its own count, which sees what is guessed elsewhere and by another
// spelling: one miss before that, nothing more is bound.
func TestCheckNearLock(t *testing.T) {
	for _, tt := range []struct {
		name             string
		threshold, count string
		ago              time.Duration
		bound            bool
	}{
		{"none", "5", "0", time.Minute, true},
		{"two are left", "5", "3", time.Minute, true},
		{"one is left", "5", "4", time.Minute, false},
		{"locked", "5", "5", time.Minute, false},
		{"out of the window", "5", "4", 30 * time.Minute, true},
		{"just inside", "5", "4", 30*time.Minute - time.Second, false},
		{"the domain locks nobody", "0", "400", time.Minute, true},
		{"one locks, none yet", "1", "0", time.Minute, true},
		{"two lock, one yet", "2", "1", time.Minute, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dom := newDomain(t)
			dom.entries[1].attrs["lockoutThreshold"] = []string{tt.threshold}
			dom.bob().attrs["badPwdCount"], dom.bob().attrs["badPasswordTime"] = []string{tt.count}, []string{ticks(noon.Add(-tt.ago))}
			if got := check(t, open(t, config(t, dom.url())), "bob", "bob's word"); (got != nil) != tt.bound {
				t.Errorf("got %v, want an account: %v", got, tt.bound)
			}
		})
	}
}

// Limits stay below what locks the account in the domain.
func TestLimits(t *testing.T) {
	for _, tt := range []struct {
		threshold, window string
		misses            int
		within            time.Duration
	}{
		{"10", "-18000000000", 8, 30 * time.Minute},
		{"4", "-6000000000", 2, 10 * time.Minute},
		{"3", "-6000000000", 1, 10 * time.Minute},
		{"2", "-6000000000", 1, 10 * time.Minute},
		{"1", "-6000000000", 1, 10 * time.Minute},
		{"0", "-18000000000", 0, 0},
		{"10", "-9223372036854775808", 8, 99_999 * time.Minute},
		{"", "", 3, 0},
		{"-1", "-18000000000", 3, 0},
		{"10", "", 3, 0},
		{"10", "0", 8, 0},
		{"10", "-59999400000000", 8, 99_999 * time.Minute},
		{"10", "-59999400000001", 8, 99_999 * time.Minute},
		{"10", "-59999399999999", 8, 99_999*time.Minute - 100*time.Nanosecond},
		{"10", "18000000000", 3, 0},
		{"many", "-18000000000", 3, 0},
	} {
		dom := newDomain(t)
		dom.entries[1].attrs["lockoutThreshold"], dom.entries[1].attrs["lockOutObservationWindow"] = []string{tt.threshold}, []string{tt.window}
		if misses, within := open(t, config(t, dom.url())).Limits(); misses != tt.misses || within != tt.within {
			t.Errorf("threshold %q within %q: got %d within %v, want %d within %v", tt.threshold, tt.window, misses, within, tt.misses, tt.within)
		}
	}
}

// Where no controller answers at the start it is three until one does, and what was read is
// read again after an hour.
func TestLimitsReadLater(t *testing.T) {
	dom := newDomain(t)
	dom.entries[1].attrs["lockoutThreshold"] = []string{"12"}
	now := noon
	var up atomic.Bool
	dom.hook = func(*wire, request) (bool, error) {
		if !up.Load() {
			return true, errEnd
		}
		return false, nil
	}
	c := config(t, dom.url())
	c.Now = func() time.Time { return now }
	d := open(t, c)
	want := func(when string, want int) {
		t.Helper()
		if misses, _ := d.Limits(); misses != want {
			t.Errorf("%s: got %d, want %d", when, misses, want)
		}
	}
	want("while it is not known", 3)
	up.Store(true)
	check(t, d, "bob", "bob's word")
	want("of a threshold of 12", 10)
	dom.entries[1].attrs["lockoutThreshold"] = []string{"5"}
	now = noon.Add(time.Hour - 1)
	check(t, d, "bob", "bob's word")
	want("within the hour", 10)
	now = noon.Add(time.Hour)
	check(t, d, "bob", "bob's word")
	want("after it", 3)
}
