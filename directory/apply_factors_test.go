package directory_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/totp"
)

// TestApplyAddress follows the e-mail address of a user from file to file.
func TestApplyAddress(t *testing.T) {
	const (
		old, other = `"email": "old@x.example"`, `"email": "new@x.example"`
		valid      = `"emailValidated": true`
		invalid    = `"emailValidated": false`
		v2         = `"credentialsVersion": 2`
	)
	now := func(a mfa.Address) string { // "value confirmed>next"
		s := strings.TrimSuffix(a.Value, "@x.example")
		if a.Confirmed() {
			s += " confirmed"
		}
		if a.Next != "" {
			s += ">" + strings.TrimSuffix(a.Next, "@x.example")
		}
		return s
	}
	tests := []struct {
		name        string
		first, then []string
		since       func(a *mfa.Address)
		want        string // of the address
		report      string
		raised      bool // serial and epoch alike
	}{
		{"unconfirmed is replaced", []string{old}, []string{other}, nil, "new", "changed", false},
		{"confirmed is staged", []string{old, valid}, []string{other}, nil, "old confirmed>new", "changed", false},
		{"confirmed is staged whatever the file says", []string{old, valid}, []string{other, valid}, nil, "old confirmed>new", "changed: emailValidated", false},
		{"replaced with a version", []string{old, valid}, []string{other, v2}, nil, "new", "changed", true},
		{"replaced and confirmed with a version", []string{old, valid}, []string{other, valid, v2}, nil, "new confirmed", "changed", true},
		{"staged one vouched for", []string{old, valid}, []string{old, valid, v2}, func(a *mfa.Address) { a.Value, a.Next = "was@x.example", "old@x.example" }, "old confirmed", "changed", true},
		{"confirmed with a version", []string{old}, []string{old, valid, v2}, nil, "old confirmed", "changed", true},
		{"not confirmed without a version", []string{old}, []string{old, valid}, nil, "old", "kept: emailValidated", false},
		{"taken back with a version", []string{old, valid}, []string{old, invalid, v2}, nil, "old", "changed", true},
		{"not taken back without a version", []string{old, valid}, []string{old, invalid}, nil, "old confirmed", "kept: emailValidated", false},
		{"silence leaves the confirmation", []string{old, valid}, []string{old, v2}, nil, "old confirmed", "changed", false},
		{"an unconfirmed one goes", []string{old}, nil, nil, "", "changed", false},
		{"a confirmed one stays", []string{old, valid}, nil, nil, "old confirmed", "kept: email", false},
		{"a confirmed one goes with a version", []string{old, valid}, []string{v2}, nil, "", "changed", true},
		{"set since", []string{old}, []string{old}, func(a *mfa.Address) { a.Value = "own@x.example" }, "own", "kept: email", false},
		{"staged since", []string{old, valid}, []string{old}, func(a *mfa.Address) { a.Next = "own@x.example" }, "old confirmed>own", "kept: email", false},
		{"validated since", []string{old}, []string{old, invalid}, func(a *mfa.Address) { a.Validated = time.Unix(1, 0) }, "old confirmed", "kept: emailValidated", false},
		{"staged here and validated since", []string{old, valid}, []string{other}, func(a *mfa.Address) { a.Value = "new@x.example" }, "new confirmed", "changed", false},
		{"set since, and vouched for what was before", []string{old}, []string{old, valid, v2}, func(a *mfa.Address) { a.Value = "own@x.example" }, "own", "changed: email emailValidated", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := newDirectory(t)
			d.apply(user("ann", tt.first...))
			id := d.entry("user", "ann").ID
			if tt.since != nil {
				d.setFactors(id, func(f *mfa.Factors) { tt.since(&f.Email) })
			}
			serial, epoch := d.factors(id).Serial, d.epoch(id)
			d.apply(user("ann", tt.then...))
			d.want("user ann " + tt.report)
			f := d.factors(id)
			if got := now(f.Email); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if raised := f.Serial > serial; raised != tt.raised || (d.epoch(id) > epoch) != tt.raised {
				t.Errorf("got serial %d after %d and epoch %d after %d, want both raised: %v", f.Serial, serial, d.epoch(id), epoch, tt.raised)
			}
			if least := d.ageing(id).Serial; least != f.Serial {
				t.Errorf("got least serial %v, want %d", least, f.Serial)
			}
		})
	}
}

// TestApplyStagedAddress wants a change taken back in the file to take the
// staged address back, and a mobile number to be treated like an address.
func TestApplyStagedAddress(t *testing.T) {
	d := newDirectory(t)
	number := func(n string) string {
		return user("ann", `"mobile": "`+n+`"`, `"mobileValidated": true`)
	}
	d.apply(number("+4915112345678"))
	id := d.entry("user", "ann").ID
	d.apply(number("+4915187654321"))
	if m := d.factors(id).Mobile; m.Value != "+4915112345678" || !m.Confirmed() || m.Next != "+4915187654321" {
		t.Errorf("got %+v, want the old number confirmed and the new one staged", m)
	}
	d.apply(number("+4915112345678"))
	d.want("user ann changed")
	if m := d.factors(id).Mobile; m.Value != "+4915112345678" || !m.Confirmed() || m.Next != "" {
		t.Errorf("got %+v, want the old number and nothing staged", m)
	}
}

func TestApplyAuthenticator(t *testing.T) {
	const first, second = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU"
	file := func(secret, version string) string {
		return user("ann", `"totp": {"secret": "`+secret+`"}`, `"credentialsVersion": `+version)
	}
	tests := []struct {
		name, then string
		secret     string
		report     string
		raised     bool
	}{
		{"same", file(first, "1"), first, "kept", false},
		{"other without a version", file(second, "1"), first, "kept: totp", false},
		{"other with a version", file(second, "2"), second, "changed", true},
		{"same with a version", file(first, "2"), first, "changed", false},
		{"none with a version", user("ann", `"credentialsVersion": 2`), first, "changed", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := newDirectory(t)
			d.apply(file(first, "1"))
			id := d.entry("user", "ann").ID
			d.setFactors(id, func(f *mfa.Factors) {
				f.Authenticators[0].Steps, f.Recovery = []uint64{7}, []mfa.Recovery{{Digest: []byte{1}}}
			})
			d.apply(tt.then)
			d.want("user ann " + tt.report)
			f := d.factors(id)
			if want, _ := totp.ParseSecret(tt.secret); len(f.Authenticators) != 1 || !f.HasSecret(want) {
				t.Error("got another secret")
			}
			// A step that was spent stays spent, and recovery codes go with the
			// authenticator they came with.
			if fresh := len(f.Authenticators[0].Steps) == 0 && f.Recovery == nil; fresh != tt.raised {
				t.Errorf("got last steps %d and %d recovery codes", f.Authenticators[0].Steps, len(f.Recovery))
			}
			if (f.Serial == 2) != tt.raised || (d.epoch(id) == 2) != tt.raised {
				t.Errorf("got serial %d and epoch %d, want both raised: %v", f.Serial, d.epoch(id), tt.raised)
			}
		})
	}
}

// TestApplyUnlocks wants what locked an account to be forgotten when the file
// no longer locks it, and by nothing less.
func TestApplyUnlocks(t *testing.T) {
	d := newDirectory(t)
	d.apply(`{"policy": {"password": {"maxBadLogons": 1, "autoUnlockAfter": "0s"}},
		"applications": [{"name": "A"}], "clients": [{"application": "A", "platform": "SPA", "grantTypes": ["VGAuthenticator"], "public": true}],
		"users": [{"name": "ann", "locked": true, "password": "long enough"}]}`)
	id, client := d.entry("user", "ann").ID, d.entry("client", "A_SPA").ID
	login := func(password string) sallyport.Status {
		r, err := d.e.Login(t.Context(), sallyport.Login{Caller: &sallyport.Caller{ClientID: client}, Username: "ann", Password: password})
		if err != nil {
			t.Fatal(err)
		}
		return r.Status
	}
	login("wrong")
	d.setFactors(id, func(f *mfa.Factors) { f.Ledger.Consecutive = 100 })
	d.apply(user("ann", `"locked": true`, `"password": "long enough"`))
	if got, want := login("long enough"), sallyport.Failure|sallyport.PasswordIsLocked; got != want || d.factors(id).Ledger.Consecutive != 100 {
		t.Errorf("got %v and ledger %+v, want %v and the ledger as it was", got, d.factors(id).Ledger, want)
	}
	d.apply(user("ann", `"locked": false`, `"password": "long enough"`))
	if got, want := login("long enough"), sallyport.Failure|sallyport.UserNotAuthorized; got != want || d.factors(id).Ledger.Consecutive != 0 {
		t.Errorf("got %v and ledger %+v, want %v and an empty one", got, d.factors(id).Ledger, want)
	}
	if d.epoch(id) != 1 {
		t.Errorf("got epoch %d, want 1: unlocking ends no session", d.epoch(id))
	}
}

// TestApplyDamagedFactors wants factors that were deleted in the store to be an
// error, and not replaced by none.
func TestApplyDamagedFactors(t *testing.T) {
	d := newDirectory(t)
	file := user("ann", `"email": "a@x.example"`, `"emailValidated": true`)
	d.apply(file)
	id := d.entry("user", "ann").ID
	d.run(func(tx *store.Tx) error { return mfa.FactorsTable.Delete(tx, d.home(id)) })
	if err := d.try(file); err == nil || !strings.Contains(err.Error(), store.ErrDamaged.Error()) {
		t.Errorf("got %v, want %v", err, store.ErrDamaged)
	}
}
