package mfa_test

import (
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/mfa"
)

// TestFollow: the addresses that a host tells come on record, and become factors only of
// an account that never had one. What is a factor stays one, and a new address waits.
func TestFollow(t *testing.T) {
	const a, b, c = "a@example.com", "b@example.com", "A@example.com"
	t1 := time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)
	t2 := t1.Add(time.Second)
	var never time.Time
	type told struct {
		address string
		at      time.Time
	}
	for _, tt := range []struct {
		name    string
		serial  uint64
		was     mfa.Address
		told    []told // one after the other
		want    mfa.Address
		changed bool // by the last
		raised  int
	}{
		{name: "nothing", told: []told{{"", never}}},
		{name: "no address", told: []told{{"nonsense", t1}}},
		{name: "on record", told: []told{{a, never}}, want: mfa.Address{Value: a, Told: a}, changed: true},
		{name: "on record again", told: []told{{a, never}, {" " + a + " ", never}}, want: mfa.Address{Value: a, Told: a}},
		{name: "validated at once", told: []told{{a, t1}}, want: mfa.Address{Value: a, Told: a, Validated: t1}, changed: true, raised: 1},
		{name: "validated later", told: []told{{a, never}, {a, t1}}, want: mfa.Address{Value: a, Told: a, Validated: t1}, changed: true, raised: 1},
		{name: "validated and asked again", told: []told{{a, t1}, {a, t1}}, want: mfa.Address{Value: a, Told: a, Validated: t1}, raised: 1},
		{name: "validated no more", told: []told{{a, t1}, {a, never}}, want: mfa.Address{Value: a, Told: a, Validated: t1}, raised: 1},
		{name: "validated beside factors", serial: 1, told: []told{{a, t1}}, want: mfa.Address{Value: a, Told: a, Proven: t1}, changed: true},
		{name: "validated again beside factors", serial: 1, told: []told{{a, t1}, {a, t2}}, want: mfa.Address{Value: a, Told: a, Proven: t1}},
		{name: "another, on record", told: []told{{a, never}, {b, never}}, want: mfa.Address{Value: b, Told: b}, changed: true},
		{name: "another, validated", told: []told{{a, never}, {b, t1}}, want: mfa.Address{Value: b, Told: b, Validated: t1}, changed: true, raised: 1},
		{name: "another by case alone", told: []told{{a, t1}, {c, t2}}, want: mfa.Address{Value: a, Told: c, Validated: t1, Next: c}, changed: true, raised: 1},
		{name: "another than the factor waits", told: []told{{a, t1}, {b, t2}}, want: mfa.Address{Value: a, Told: b, Validated: t1, Next: b}, changed: true, raised: 1},
		{name: "it goes on waiting", told: []told{{a, t1}, {b, t2}, {b, t2.Add(1)}}, want: mfa.Address{Value: a, Told: b, Validated: t1, Next: b}, raised: 1},
		{name: "the factor's own again", told: []told{{a, t1}, {b, t2}, {a, t1}}, want: mfa.Address{Value: a, Told: a, Validated: t1}, changed: true, raised: 1},
		{name: "none beside the factor", told: []told{{a, t1}, {b, t2}, {"", never}}, want: mfa.Address{Value: a, Validated: t1}, changed: true, raised: 1},
		{name: "none on record any more", told: []told{{a, never}, {"", never}}, changed: true},
		{name: "another than the proven, by the moment of the first", serial: 1, told: []told{{a, t1}, {b, t1}}, want: mfa.Address{Value: a, Told: b, Proven: t1, Next: b}, changed: true},
		{name: "another than the proven, not proven", serial: 1, told: []told{{a, t1}, {b, never}}, want: mfa.Address{Value: a, Told: b, Proven: t1, Next: b}, changed: true},
		{name: "another than the proven, proven later", serial: 1, told: []told{{a, t1}, {b, never}, {b, t2}}, want: mfa.Address{Value: b, Told: b, Proven: t2}, changed: true},
		{name: "none beside the proven", serial: 1, told: []told{{a, t1}, {"", never}}, want: mfa.Address{Value: a, Proven: t1}, changed: true},
		{
			name: "what the owner enrolled since stays", serial: 1, was: mfa.Address{Value: b, Validated: t2, Told: a},
			told: []told{{a, t1}}, want: mfa.Address{Value: b, Validated: t2, Told: a},
		},
		{
			name: "their own proof of it", serial: 1, was: mfa.Address{Value: a, Validated: t2, Told: a},
			told: []told{{a, never}}, want: mfa.Address{Value: a, Validated: t2, Told: a},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := mfa.Factors{Serial: tt.serial, Email: tt.was}
			var changed bool
			raised := 0
			for _, w := range tt.told {
				var up bool
				if changed, up = f.Follow(mfa.Told{Over: mfa.Email, Address: w.address, Validated: w.at}); up {
					raised++
				}
			}
			if f.Email != tt.want || changed != tt.changed || raised != tt.raised || f.Serial != tt.serial+uint64(raised) {
				t.Errorf("got %+v, changed %v, raised %d, serial %d; want %+v, %v, %d", f.Email, changed, raised, f.Serial, tt.want, tt.changed, tt.raised)
			}
		})
	}
}

// TestFollowBoth: two addresses that are validated when an account is first met are both
// factors, by one change.
func TestFollowBoth(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)
	var f mfa.Factors
	changed, raised := f.Follow(
		mfa.Told{Over: mfa.Email, Address: "a@example.com", Validated: at},
		mfa.Told{Over: mfa.SMS, Address: "+1 202 555 0123", Validated: at},
	)
	if !changed || !raised || f.Serial != 1 || !f.Has(mfa.Email) || !f.Has(mfa.SMS) || f.Mobile.Value != "+12025550123" {
		t.Errorf("got %+v, %v, %v, want both as factors and serial 1", f, changed, raised)
	}
}
