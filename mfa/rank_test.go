package mfa_test

import (
	"fmt"
	"testing"

	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/store"
)

// facts are what the rule against factor theft looks at. Each path through it
// is one row, whichever transport is added.
type facts struct {
	name    string
	factors mfa.Factors
	policy  func(p *mfa.Policy)
	blind   mfa.Channels // without a sender
	invited bool         // the request came with an invitation
	want    string       // none, staged, record or at once
}

var theft = []facts{
	{name: "nothing", want: "at once"},
	{name: "an e-mail address on record", factors: mfa.Factors{Email: mfa.Address{Value: mail}}, want: "record"},
	{name: "a number on record", factors: mfa.Factors{Mobile: mfa.Address{Value: mobile}}, want: "record"},
	{name: "both on record", factors: mfa.Factors{Email: mfa.Address{Value: mail}, Mobile: mfa.Address{Value: mobile}}, want: "record"},
	{name: "an address on record that cannot be reached", factors: mfa.Factors{Email: mfa.Address{Value: mail}}, blind: mfa.Channels{Email: true}, want: "at once"},
	{name: "a number on record that cannot be reached", factors: mfa.Factors{Mobile: mfa.Address{Value: mobile}}, blind: mfa.Channels{SMS: true}, want: "at once"},
	{name: "a number on record and no mail", factors: mfa.Factors{Email: mfa.Address{Value: mail}, Mobile: mfa.Address{Value: mobile}}, blind: mfa.Channels{Email: true}, want: "record"},
	{name: "an authenticator", factors: mfa.Factors{Serial: 1, Authenticators: apps()}, want: "staged"},
	{name: "a validated address", factors: mfa.Factors{Serial: 1, Email: confirmed(mail)}, want: "staged"},
	{name: "a validated number", factors: mfa.Factors{Serial: 1, Mobile: confirmed(mobile)}, want: "staged"},
	{name: "an authenticator and an address on record", factors: mfa.Factors{Serial: 1, Authenticators: apps(), Email: mfa.Address{Value: mail}}, want: "staged"},
	{name: "a factor that the policy does not count", factors: mfa.Factors{Serial: 1, Email: confirmed(mail)}, policy: func(p *mfa.Policy) {
		p.Methods = []mfa.Method{{Transport: mfa.Authenticator, Mode: mfa.OTP}}
	}, want: "staged"},
	{name: "a factor that cannot be reached", factors: mfa.Factors{Serial: 1, Email: confirmed(mail)}, blind: mfa.Channels{Email: true}, want: "none"},
	{name: "a factor that was removed", factors: mfa.Factors{Serial: 2}, want: "none"},
	{name: "a factor that was removed, and an address on record", factors: mfa.Factors{Serial: 2, Email: mfa.Address{Value: mail}}, want: "none"},
	{name: "lost, and invited", factors: mfa.Factors{Serial: 2}, invited: true, want: "at once"},
	{name: "lost, an address on record, and invited", factors: mfa.Factors{Serial: 2, Email: mfa.Address{Value: mail}}, invited: true, want: "record"},
	{name: "by invitation, and none", policy: invitation, want: "none"},
	{name: "by invitation, an address on record, and none", factors: mfa.Factors{Email: mfa.Address{Value: mail}}, policy: invitation, want: "none"},
	{name: "by invitation, and invited", policy: invitation, invited: true, want: "at once"},
	{name: "by invitation, an address on record, and invited", factors: mfa.Factors{Email: mfa.Address{Value: mail}}, policy: invitation, invited: true, want: "record"},
	{name: "a factor, by invitation", factors: mfa.Factors{Serial: 1, Authenticators: apps()}, policy: invitation, want: "staged"},
	{name: "an authenticator, at once", factors: mfa.Factors{Serial: 1, Authenticators: apps()}, policy: atOnce, want: "at once"},
	{name: "a validated address, at once", factors: mfa.Factors{Serial: 1, Email: confirmed(mail)}, policy: atOnce, want: "at once"},
	{name: "an address on record, at once", factors: mfa.Factors{Email: mfa.Address{Value: mail}}, policy: atOnce, want: "at once"},
	{name: "a factor that was removed, at once", factors: mfa.Factors{Serial: 2}, policy: atOnce, want: "at once"},
	{name: "by invitation, at once", policy: func(p *mfa.Policy) { atOnce(p); invitation(p) }, want: "none"},
	{name: "a factor, and invited", factors: mfa.Factors{Serial: 1, Email: confirmed(mail)}, invited: true, want: "staged"},
}

func atOnce(p *mfa.Policy) { p.AtOnce = true }

func invitation(p *mfa.Policy) { p.FirstEnrollment = mfa.ByInvitation }

// login begins a request of an account with these facts.
func (f facts) login(t *testing.T) (*harness, string) {
	t.Helper()
	h := newHarness(t)
	h.channels = mfa.Channels{Email: !f.blind.Email, SMS: !f.blind.SMS}
	if f.policy != nil {
		f.policy(&h.policy)
	}
	h.has(f.factors)
	h.invited = f.invited
	return h, h.begin()
}

// TestTheftDevice: when an authenticator becomes active.
func TestTheftDevice(t *testing.T) {
	for _, f := range theft {
		t.Run(f.name, func(t *testing.T) {
			h, id := f.login(t)
			had := h.hasFactor(mfa.Authenticator)
			want := map[string]mfa.EnrollResult{"none": none, "staged": done, "record": done, "at once": active}[f.want]
			h.with(id, func(_ *store.Tx, c *mfa.Case) {
				if _, ok := c.PendingSecret(); ok != (f.want != "none") {
					t.Errorf("shows the key: %v", ok)
				}
			})
			codes := h.confirmDevice(id, "", want)
			if (len(codes) == 10) != (f.want != "none") {
				t.Errorf("%d recovery codes", len(codes))
			}
			if got := h.hasFactor(mfa.Authenticator); got != (had || want.Active) {
				t.Errorf("has an authenticator: %v", got)
			}
			h.with(id, func(_ *store.Tx, c *mfa.Case) {
				if c.PassEarlier() != want.Active {
					t.Errorf("the login is proven: %v, want %v", c.PassEarlier(), want.Active)
				}
			})
			if now := h.factors(); (now.Serial > f.factors.Serial) != want.Active {
				t.Errorf("serial %d after %d", now.Serial, f.factors.Serial)
			}
		})
	}
}

// TestTheftAddress: when a new address may be sent to, and becomes active.
func TestTheftAddress(t *testing.T) {
	const newMail, newMobile = "new@example.org", "+441234567890"
	for _, f := range theft {
		for over, address := range map[mfa.Transport]string{mfa.Email: newMail, mfa.SMS: newMobile} {
			t.Run(fmt.Sprint(f.name, ": ", over), func(t *testing.T) {
				h, id := f.login(t)
				blind := over == mfa.Email && f.blind.Email || over == mfa.SMS && f.blind.SMS
				counted := len(h.policy.Methods) > 1
				want := map[string]mfa.EnrollStatus{
					"none": mfa.EnrollUnknown, "staged": mfa.EnrollDone, "record": mfa.EnrollInvalidAddress, "at once": mfa.EnrollDone,
				}[f.want]
				if f.want != "none" && (blind || !counted) {
					want = mfa.EnrollInvalidAddress
				}
				m := h.verify(id, over, address, want)
				if m == nil {
					return
				}
				result := done
				result.Active = f.want == "at once"
				h.confirm(id, over, m.Code, result)
				if got := h.factors().Email.Value == newMail || h.factors().Mobile.Value == newMobile; got != result.Active {
					t.Errorf("in use: %v, want %v", got, result.Active)
				}
			})
		}
	}
}

// TestTheftRecord: an address on record is proven as it is recorded, and what
// else was confirmed becomes active with it.
func TestTheftRecord(t *testing.T) {
	for _, f := range theft {
		if f.want != "record" {
			continue
		}
		for over, address := range map[mfa.Transport]string{mfa.Email: f.factors.Email.Value, mfa.SMS: f.factors.Mobile.Value} {
			t.Run(fmt.Sprint(f.name, ": ", over), func(t *testing.T) {
				h, id := f.login(t)
				h.confirmDevice(id, "", done)
				if address == "" || over == mfa.Email && f.blind.Email {
					h.verify(id, over, "", mfa.EnrollInvalidAddress)
					h.confirm(id, over, "wrong", none)
					return
				}
				m := h.verifying(id, over, "")
				if m.To != address {
					t.Fatalf("sent to %s, want %s", m.To, address)
				}
				h.confirm(id, over, m.Code, active)
				if !h.hasFactor(mfa.Authenticator) || !h.hasFactor(over) {
					t.Errorf("got %+v, want both active", h.factors())
				}
				h.with(id, func(_ *store.Tx, c *mfa.Case) {
					if !c.PassEarlier() {
						t.Error("the login is not proven")
					}
				})
			})
		}
	}
}

// TestTheftRecordAlone: only the proof of the address on record, and only where
// nothing better can be asked for, proves the login.
func TestTheftRecordAlone(t *testing.T) {
	for _, w := range ways {
		record := func(f *mfa.Factors) { f.Address(w.over).Value = w.address }
		for _, tt := range []struct {
			name    string
			factors mfa.Factors
			to      string
		}{
			{"an authenticator could be asked for", mfa.Factors{Serial: 1, Authenticators: apps()}, w.address},
			{"another address, sent to before this one was recorded", mfa.Factors{}, w.next},
		} {
			t.Run(fmt.Sprint(w.over, " ", tt.name), func(t *testing.T) {
				h := newHarness(t)
				h.has(tt.factors)
				id := h.begin()
				m := h.verifying(id, w.over, tt.to)
				h.change(record)
				h.confirm(id, w.over, m.Code, done)
				if h.hasFactor(w.over) {
					t.Error("the address is a factor")
				}
				h.with(id, func(_ *store.Tx, c *mfa.Case) {
					if c.PassEarlier() {
						t.Error("the login is proven")
					}
				})
			})
		}
	}
}

// TestTheftAfterProof: what is confirmed after the proof is active at once.
func TestTheftAfterProof(t *testing.T) {
	h := newHarness(t)
	id := h.begin()
	h.confirmDevice(id, "", active)
	m := h.verifying(id, mfa.Email, mail)
	h.confirm(id, mfa.Email, m.Code, active)
	if f := h.factors(); !f.Email.Confirmed() || f.Serial != 2 {
		t.Errorf("got %+v", f)
	}
}

// TestCanEnroll: an account that once had a factor enrolls nothing where none
// can be used.
func TestCanEnroll(t *testing.T) {
	for _, f := range theft {
		channels := mfa.Channels{Email: !f.blind.Email, SMS: !f.blind.SMS}
		p := mfa.DefaultPolicy()
		if f.policy != nil {
			f.policy(&p)
		}
		if got, want := f.factors.CanEnroll(p, channels, start, f.invited), f.want != "none"; got != want {
			t.Errorf("%s: got %v, want %v", f.name, got, want)
		}
	}
}

// TestEnrolling: what the page of an enrollment shows.
func TestEnrolling(t *testing.T) {
	for _, f := range theft {
		t.Run(f.name, func(t *testing.T) {
			h, id := f.login(t)
			h.with(id, func(_ *store.Tx, c *mfa.Case) {
				v := c.Enrolling()
				if (len(v.Open) > 0) != (f.want != "none") || v.Active || len(v.Staged) > 0 {
					t.Errorf("got %+v", v)
				}
				first, masked := mfa.Transport(0), ""
				if f.want == "record" {
					first, masked = mfa.SMS, mfa.MaskPhone(mobile)
					if f.factors.Email.Value != "" && !f.blind.Email {
						first, masked = mfa.Email, mfa.MaskEmail(mail)
					}
				}
				if v.ProveFirst != first || v.Masked != masked {
					t.Errorf("asks for %v %q first, want %v %q", v.ProveFirst, v.Masked, first, masked)
				}
			})
		})
	}
}
