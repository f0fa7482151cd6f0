package mfa_test

import (
	"slices"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/store"
)

var everyChannel = mfa.Channels{Email: true, SMS: true}

// TestReadFactors: factors that the account vouches for and that are absent or
// older are damage.
func TestReadFactors(t *testing.T) {
	h := newHarness(t)
	for _, tt := range []struct {
		serial, least uint64
		damaged       bool
	}{{0, 0, false}, {0, 1, true}, {2, 2, false}, {3, 2, false}, {1, 2, true}} {
		if tt.serial > 0 {
			h.has(mfa.Factors{Serial: tt.serial})
		}
		err := h.db.Run(t.Context(), h.now, func(tx *store.Tx) error {
			_, err := mfa.ReadFactors(tx, homeOf(account), tt.least)
			return err
		})
		if isDamaged(err) != tt.damaged || !tt.damaged && err != nil {
			t.Errorf("serial %d, want at least %d: got %v", tt.serial, tt.least, err)
		}
	}
}

// TestOffers: confirmed factors over channels that are there, as the policy
// counts them; narrowing locks nobody out.
func TestOffers(t *testing.T) {
	all := mfa.Factors{Serial: 1, Authenticators: apps(), Email: confirmed(mail), Mobile: confirmed(mobile)}
	unproven := all
	unproven.Email.Validated, unproven.Mobile.Validated = time.Time{}, time.Time{}
	only := func(names ...string) mfa.Policy { return mfa.Merge(mfa.Rules{Methods: names}, mfa.Rules{}) }
	for _, tt := range []struct {
		name     string
		f        mfa.Factors
		p        mfa.Policy
		channels mfa.Channels
		want     []string
	}{
		{"all", all, mfa.DefaultPolicy(), everyChannel, []string{"EmailLink", "EmailOTP", "SMSLink", "SMSOTP", "MicrosoftAuthenticator"}},
		{"no mail", all, mfa.DefaultPolicy(), mfa.Channels{SMS: true}, []string{"SMSLink", "SMSOTP", "MicrosoftAuthenticator"}},
		{"no SMS", all, mfa.DefaultPolicy(), mfa.Channels{Email: true}, []string{"EmailLink", "EmailOTP", "MicrosoftAuthenticator"}},
		{"no channel", all, mfa.DefaultPolicy(), mfa.Channels{}, []string{"MicrosoftAuthenticator"}},
		{"addresses not validated", unproven, mfa.DefaultPolicy(), everyChannel, []string{"MicrosoftAuthenticator"}},
		{"nothing", mfa.Factors{}, mfa.DefaultPolicy(), everyChannel, nil},
		{"the policy counts some", all, only("SMSOTP", "EmailLink"), everyChannel, []string{"EmailLink", "SMSOTP"}},
		{"the policy counts none of them", withMail(), only("SMSOTP"), everyChannel, []string{"EmailLink", "EmailOTP"}},
		{"the policy counts one without a channel", withMail(), only("SMSOTP"), mfa.Channels{}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, o := range tt.f.Offers(tt.p, tt.channels, start) {
				got = append(got, o.String())
				want := map[mfa.Transport]string{mfa.Email: mail, mfa.SMS: mobile}[o.Transport]
				if o.To != want {
					t.Errorf("%s goes to %q, want %q", o, o.To, want)
				}
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestDisplay: destinations are masked; an authenticator has its published
// name.
func TestDisplay(t *testing.T) {
	h := newHarness(t)
	h.has(mfa.Factors{Serial: 1, Authenticators: apps(), Email: confirmed(mail), Mobile: confirmed(mobile)})
	id := h.begin()
	for over, want := range map[mfa.Transport]string{
		mfa.Email: mfa.MaskEmail(mail), mfa.SMS: mfa.MaskPhone(mobile), mfa.Authenticator: "Microsoft Authenticator",
	} {
		o := h.option(id, over, mfa.OTP)
		r := h.request(id)
		if got := r.Display(&o); got != want {
			t.Errorf("%s: got %q, want %q", over, got, want)
		}
	}
}

// TestOptionLifetimes: a code and a link live as the policy says, the code of
// an authenticator for a time step.
func TestOptionLifetimes(t *testing.T) {
	h := newHarness(t)
	h.policy.OTPLifetime, h.policy.LinkLifetime = 5*time.Minute, 4*time.Minute
	h.has(withDevice())
	id := h.begin()
	for _, tt := range []struct {
		over mfa.Transport
		mode mfa.Mode
		want time.Duration
	}{{mfa.Email, mfa.OTP, 5 * time.Minute}, {mfa.Email, mfa.Link, 4 * time.Minute}, {mfa.Authenticator, mfa.OTP, 30 * time.Second}} {
		if got := h.option(id, tt.over, tt.mode).Lifetime; got != tt.want {
			t.Errorf("%s %s: got %s, want %s", tt.over, tt.mode, got, tt.want)
		}
	}
}

// TestEnrollable: transports that the policy lets an account add, which work,
// and of which it has no factor, or one that another address is to replace.
func TestEnrollable(t *testing.T) {
	sms, email, app := mfa.SMS, mfa.Email, mfa.Authenticator
	moving := withMail()
	moving.Email.Next = "new@example.org"
	rules := func(r mfa.Rules) mfa.Policy { return mfa.Merge(r, mfa.Rules{}) }
	for _, tt := range []struct {
		name     string
		f        mfa.Factors
		p        mfa.Policy
		channels mfa.Channels
		want     []mfa.Transport
	}{
		{"nothing yet", mfa.Factors{}, mfa.DefaultPolicy(), everyChannel, []mfa.Transport{sms, email, app}},
		{"an address on record", mfa.Factors{Email: mfa.Address{Value: mail}}, mfa.DefaultPolicy(), everyChannel, []mfa.Transport{sms, email, app}},
		{"a factor", withMail(), mfa.DefaultPolicy(), everyChannel, []mfa.Transport{sms, app}},
		{"an authenticator", mfa.Factors{Authenticators: apps()}, mfa.DefaultPolicy(), everyChannel, []mfa.Transport{sms, email}},
		{"an address to follow", moving, mfa.DefaultPolicy(), everyChannel, []mfa.Transport{sms, email, app}},
		{"an authenticator, and an address to follow", mfa.Factors{Authenticators: apps(), Email: moving.Email}, mfa.DefaultPolicy(), everyChannel, []mfa.Transport{sms, email}},
		{"an address to follow that may not", moving, rules(mfa.Rules{Enrollable: []string{"SMS"}}), everyChannel, []mfa.Transport{sms}},
		{"no mail", mfa.Factors{}, mfa.DefaultPolicy(), mfa.Channels{SMS: true}, []mfa.Transport{sms, app}},
		{"no SMS", mfa.Factors{}, mfa.DefaultPolicy(), mfa.Channels{Email: true}, []mfa.Transport{email, app}},
		{"some may be", mfa.Factors{}, rules(mfa.Rules{Enrollable: []string{"Email"}}), everyChannel, []mfa.Transport{email}},
		{"none may be", mfa.Factors{}, rules(mfa.Rules{Enrollable: []string{}}), everyChannel, nil},
		{"what no method uses", mfa.Factors{}, rules(mfa.Rules{Methods: []string{"SMSLink"}}), everyChannel, []mfa.Transport{sms}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.f.Enrollable(tt.p, tt.channels); !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

// TestMissing: nothing is on record for a transport that some method uses.
func TestMissing(t *testing.T) {
	next := mfa.Factors{Email: mfa.Address{Next: mail}}
	for _, tt := range []struct {
		name    string
		f       mfa.Factors
		methods []string
		want    bool
	}{
		{"nothing", mfa.Factors{}, []string{"EmailLink"}, true},
		{"nothing, and no method wants it", mfa.Factors{}, []string{"SMSOTP"}, false},
		{"on record", mfa.Factors{Email: mfa.Address{Value: mail}}, []string{"EmailLink"}, false},
		{"to follow", next, []string{"EmailLink"}, false},
	} {
		if got := tt.f.Missing(mfa.Email, mfa.Merge(mfa.Rules{Methods: tt.methods}, mfa.Rules{})); got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
}

// TestAny: any confirmed factor counts, and nothing else.
func TestAny(t *testing.T) {
	for _, tt := range []struct {
		f    mfa.Factors
		want bool
	}{
		{mfa.Factors{}, false},
		{mfa.Factors{Email: mfa.Address{Value: mail}, Mobile: mfa.Address{Value: mobile}}, false},
		{mfa.Factors{Email: confirmed(mail)}, true},
		{mfa.Factors{Mobile: confirmed(mobile)}, true},
		{mfa.Factors{Authenticators: apps()}, true},
	} {
		if got := tt.f.Any(); got != tt.want {
			t.Errorf("%+v: got %v", tt.f, got)
		}
	}
}
