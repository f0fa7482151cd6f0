package activedirectory_test

import (
	"strings"
	"testing"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/activedirectory"
)

func read(t testing.TB, d *activedirectory.Directory, key string) *sallyport.Principal {
	t.Helper()
	p, err := d.Read(t.Context(), key)
	if err != nil {
		t.Fatalf("reading %q: %v", key, err)
	}
	return p
}

// What the directory says of an account is told at the next reading.
func TestReadState(t *testing.T) {
	state := func(p *sallyport.Principal) [4]bool {
		return [4]bool{p.Disabled, p.Locked, p.Expired, p.MustChangePassword}
	}
	for _, tt := range []struct {
		name             string
		attribute, value string
		want             sallyport.Principal
	}{
		{"as it is", "sn", "Tables", sallyport.Principal{}},
		{"disabled", "userAccountControl", "514", sallyport.Principal{Disabled: true}},
		{"locked by wrong passwords, which a stranger can do", "msDS-User-Account-Control-Computed", "16", sallyport.Principal{}},
		{"the password has expired", "msDS-User-Account-Control-Computed", "8388608", sallyport.Principal{MustChangePassword: true}},
		{"another flag", "msDS-User-Account-Control-Computed", "1", sallyport.Principal{}},
		{"must be changed", "pwdLastSet", "0", sallyport.Principal{MustChangePassword: true}},
		{"expires now", "accountExpires", ticks(noon), sallyport.Principal{Expired: true}},
		{"expires in a moment", "accountExpires", ticks(noon.Add(100 * time.Nanosecond)), sallyport.Principal{}},
		{"never expires", "accountExpires", "0", sallyport.Principal{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dom := newDomain(t)
			dom.bob().attrs[tt.attribute] = []string{tt.value}
			d := open(t, config(t, dom.url()))
			got := read(t, d, bobsKey)
			if got == nil || state(got) != state(&tt.want) {
				t.Errorf("by its key got %+v, want the state of %+v", got, tt.want)
			}
			if got := check(t, d, "bob", "bob's word"); got == nil || state(got) != state(&tt.want) {
				t.Errorf("after a right password got %+v, want the state of %+v", got, tt.want)
			}
		})
	}
}

// When the password was set comes from the very controller that judged it, so that the
// engine finds an answer older than one it has seen.
func TestPasswordSet(t *testing.T) {
	fresh, stale := newDomain(t), newDomain(t)
	stale.bob().attrs["pwdLastSet"] = []string{ticks(noon.Add(-48 * time.Hour))}
	d := open(t, config(t, fresh.url(), stale.url()))
	if got := check(t, d, "bob", "bob's word").PasswordSet; !got.Equal(noon.Add(-time.Hour)) {
		t.Errorf("got %v, want an hour ago", got)
	}
	fresh.hook = func(*wire, request) (bool, error) { return true, errEnd }
	if got := check(t, d, "bob", "bob's word").PasswordSet; !got.Equal(noon.Add(-48 * time.Hour)) {
		t.Errorf("from a controller that lags got %v, want two days ago", got)
	}
	if got := read(t, d, bobsKey).PasswordSet; !got.Equal(noon.Add(-48 * time.Hour)) {
		t.Errorf("by its key got %v, want two days ago", got)
	}
	stale.bob().attrs["pwdLastSet"] = []string{"1"}
	if got := read(t, d, bobsKey).PasswordSet; got.IsZero() || got.Year() != 1601 {
		t.Errorf("of the first moment there is got %v, want one in 1601", got)
	}
	stale.bob().attrs["pwdLastSet"] = []string{"0"}
	if got := read(t, d, bobsKey).PasswordSet; !got.IsZero() {
		t.Errorf("of a password that must be changed got %v, want the zero time", got)
	}
}

// An account that is no more, is elsewhere, or is no person's, is gone.
func TestReadGone(t *testing.T) {
	for _, tt := range []struct {
		name, key string
		change    func(*domain)
	}{
		{"no such GUID", strings.Replace(bobsKey, "03020101", "03020109", 1), nil},
		{"another domain's", strings.Replace(bobsKey, "corp.", "test.", 1), nil},
		{"no GUID", "corp.example.com/bob", nil},
		{"a filter", "corp.example.com/*", nil},
		{"upper case", "corp.example.com/" + strings.ToUpper("03020101-0504-0706-0809-0a0b0c0d0e0f"), nil},
		{"empty", "", nil},
		{"a GUID alone", "03020101-0504-0706-0809-0a0b0c0d0e0f", nil},
		{"moved out of the base", bobsKey, func(d *domain) { d.bob().dn = "CN=Bob,OU=Former," + base }},
		{"a computer", bobsKey, func(d *domain) { d.bob().attrs["sAMAccountType"] = []string{"805306369"} }},
		{"another GUID", bobsKey, func(d *domain) {
			d.hook = func(w *wire, r request) (bool, error) {
				if !strings.HasPrefix(inWords(r), "search <GUID") {
					return false, nil
				}
				raw, _ := guid(7)
				e := *d.bob()
				e.attrs = map[string][]string{"objectGUID": {raw}, "sAMAccountName": {"bob"}}
				if err := w.send(r.id, e.packet(r.body.Children[7])); err != nil {
					return true, err
				}
				return true, w.send(r.id, result(opSearchDone, 0, ""))
			}
		}},
		{"two entries", bobsKey, func(d *domain) {
			d.hook = func(w *wire, r request) (bool, error) {
				if !strings.HasPrefix(inWords(r), "search <GUID") {
					return false, nil
				}
				for range 2 {
					if err := w.send(r.id, d.bob().packet(r.body.Children[7])); err != nil {
						return true, err
					}
				}
				return true, w.send(r.id, result(opSearchDone, 4, ""))
			}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dom := newDomain(t)
			c := config(t, dom.url())
			c.Base = people
			c.Domain = "corp.example.com"
			d := open(t, c)
			if got := read(t, d, bobsKey); got == nil {
				t.Fatal("before: got nobody, want bob")
			}
			if tt.change != nil {
				tt.change(dom)
			}
			dom.take()
			if got := read(t, d, tt.key); got != nil {
				t.Errorf("got %+v, want nobody", got)
			}
			if got := dom.take(); tt.change == nil && tt.name != "no such GUID" && len(got) != 0 {
				t.Errorf("asked %q, want nothing for what is no key of this domain", got)
			}
			if tt.change != nil {
				if got := check(t, d, "bob", "bob's word"); got != nil {
					t.Errorf("after a right password got %+v, want nobody", got)
				}
			}
		})
	}
}

// A controller that refers elsewhere is not followed, and what it finds itself counts.
func TestReferrals(t *testing.T) {
	dom, evil := newDomain(t), newDomain(t)
	evil.take()
	dom.hook = func(w *wire, r request) (bool, error) {
		if r.op != opSearch {
			return false, nil
		}
		list := ber.Encode(ber.ClassApplication, ber.TypeConstructed, opReference, nil, "")
		list.AppendChild(octets(evil.url() + "/" + base))
		return false, w.send(r.id, list)
	}
	d := open(t, config(t, dom.url()))
	if check(t, d, "bob", "bob's word") == nil {
		t.Error("got nobody, want the account")
	}
	if got := evil.take(); len(got) != 0 {
		t.Errorf("the other server was asked %q, want nothing", got)
	}
}

// Texts that are none, and long ones, are as if absent.
func TestReadTexts(t *testing.T) {
	for _, tt := range []struct{ value, want string }{
		{"Tables", "Tables"}, {"Ta\nbles", ""}, {"\xff", ""}, {strings.Repeat("x", 1024), strings.Repeat("x", 1024)}, {strings.Repeat("x", 1025), ""},
	} {
		dom := newDomain(t)
		dom.bob().attrs["sn"] = []string{tt.value, "another"}
		if got := read(t, open(t, config(t, dom.url())), bobsKey); got == nil || got.LastName != tt.want {
			t.Errorf("%.20q: got %+v, want the last name %.20q", tt.value, got, tt.want)
		}
	}
}
