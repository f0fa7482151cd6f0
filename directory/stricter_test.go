package directory_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
)

// layers are the rules of one login: general, the application's, those of two roles.
type layers [4]mfa.Rules

// merged is the policy of an account that has both roles.
func (l *layers) merged() mfa.Policy { return mfa.Merge(l[0], l[1], l[2], l[3]) }

var (
	modes     = []string{mfa.Off, mfa.WhenEnrolled, mfa.Required}
	alphabets = []string{mfa.Numeric, mfa.Alphabetic, mfa.Alphanumeric}
	firsts    = []string{mfa.ByPassword, mfa.ByInvitation}
	scopes    = []string{mfa.ScopeRepository, mfa.ScopeApplication}
	sessions  = []time.Duration{0, time.Hour, 24 * time.Hour, 30 * 24 * time.Hour}
	methods   = []string{"EmailLink", "EmailOTP", "SMSLink", "SMSOTP", "MicrosoftAuthenticator"}
	channels  = []string{"Email", "SMS", "MicrosoftAuthenticator"}
)

// maybe is one of a list, or nothing.
func maybe[T any](r *rand.Rand, list []T) *T {
	if r.IntN(2) == 0 {
		return nil
	}
	return new(list[r.IntN(len(list))])
}

// some is a part of a list, perhaps none of it, or nothing.
func some(r *rand.Rand, list []string) []string {
	if r.IntN(2) == 0 {
		return nil
	}
	return slices.DeleteFunc(append([]string{}, list...), func(string) bool { return r.IntN(2) == 0 })
}

func anyRules(r *rand.Rand) mfa.Rules {
	return mfa.Rules{
		Mode: maybe(r, modes), Methods: some(r, methods), Enrollable: some(r, channels), FirstEnrollment: maybe(r, firsts),
		GraceLogons: maybe(r, []int{0, 1, 3}), OTPLength: maybe(r, []int{6, 7, 9}), OTPType: maybe(r, alphabets),
		Session: maybe(r, sessions), SessionScope: maybe(r, scopes), RecoveryCodes: maybe(r, []int{0, 5, 10}),
		OTPLifetime: maybe(r, []time.Duration{time.Minute, 2 * time.Minute}), LinkLifetime: maybe(r, []time.Duration{time.Minute, 4 * time.Minute}),
	}
}

// tighten makes one field of a layer stricter than it was there, and than what holds.
func tighten(r *rand.Rand, rules *mfa.Rules, holds mfa.Policy) {
	step := func(list []string, is *string, holds string) *string {
		at := slices.Index(list, holds)
		if is != nil {
			at = max(at, slices.Index(list, *is))
		}
		return new(list[at+r.IntN(len(list)-at)])
	}
	number := func(is *int, holds int) *int {
		if is != nil {
			holds = min(holds, *is)
		}
		return new(r.IntN(holds + 1))
	}
	fewer := func(is, holds []string) []string {
		return slices.DeleteFunc(append([]string{}, holds...), func(s string) bool { return is != nil && !slices.Contains(is, s) || r.IntN(2) == 0 })
	}
	switch r.IntN(7) {
	case 5:
		rules.Session = new(time.Duration(*number(hours(rules.Session), int(holds.Session/time.Hour))) * time.Hour)
	case 6:
		rules.SessionScope = step(scopes, rules.SessionScope, holds.SessionScope)
	case 0:
		rules.Mode = step(modes, rules.Mode, holds.Mode)
	case 1:
		rules.FirstEnrollment = step(firsts, rules.FirstEnrollment, holds.FirstEnrollment)
	case 2:
		rules.GraceLogons = number(rules.GraceLogons, holds.GraceLogons)
	case 3:
		rules.Methods = fewer(rules.Methods, names(holds.Methods))
	default:
		rules.Enrollable = fewer(rules.Enrollable, names(holds.Enrollable))
	}
}

// hours is a time in hours; nil: none is set.
func hours(d *time.Duration) *int {
	if d == nil {
		return nil
	}
	return new(int(*d / time.Hour))
}

func names[T interface{ String() string }](list []T) (out []string) {
	for _, v := range list {
		out = append(out, v.String())
	}
	return out
}

// demand is what a policy lets an account do with its password and with what it has.
type demand struct {
	alone    bool     // log in by the password alone, by grace and on a remembered device too
	by       []string // what completes a login
	enrolls  bool     // add a first factor by the password alone
	adds     []string // the channels of that
	counting bool     // what the policy does not count is not asked for
}

// standing is what an account and a session of it bring along.
type standing struct {
	user    account.Account
	factors mfa.Factors
	used    int // of the logins by grace
	// On a remembered device: by what the factor was proven there, and when.
	method mfa.Method
	proven time.Time
}

func (s *standing) demanded(p mfa.Policy, now time.Time) demand {
	a, f, used := &s.user, &s.factors, s.used
	if a.MFA != nil && *a.MFA {
		p.Mode = mfa.Required
	}
	all := mfa.Channels{Email: true, SMS: true}
	d := demand{counting: f.Counts(p)}
	d.alone = !directory.WantsFactor(a, p, f.IsEnrolled()) || f.Serial == 0 && used < p.GraceLogons ||
		!s.proven.IsZero() && p.Remembers(s.method, s.proven, now)
	for _, o := range f.Offers(p, all, now) {
		if p.Mode != mfa.Required || slices.Contains(p.Methods, o.Method) {
			d.by = append(d.by, o.Method.String())
		}
	}
	if d.enrolls = !f.NeedsInvitation(p); d.enrolls {
		d.adds = names(f.Enrollable(p, all))
	}
	return d
}

func isPart(list, of []string) bool {
	return !slices.ContainsFunc(list, func(s string) bool { return !slices.Contains(of, s) })
}

// holds reports whether a policy is as strict as each rule of a role alone.
func holds(p mfa.Policy, role *mfa.Rules) bool {
	at := slices.Index[[]string]
	return (role.Mode == nil || at(modes, p.Mode) >= at(modes, *role.Mode)) &&
		(role.FirstEnrollment == nil || at(firsts, p.FirstEnrollment) >= at(firsts, *role.FirstEnrollment)) &&
		(role.OTPType == nil || at(alphabets, p.OTPType) >= at(alphabets, *role.OTPType)) &&
		(role.GraceLogons == nil || p.GraceLogons <= *role.GraceLogons) && (role.OTPLength == nil || p.OTPLength >= *role.OTPLength) &&
		(role.Session == nil || p.Session <= *role.Session) && (role.SessionScope == nil || at(scopes, p.SessionScope) >= at(scopes, *role.SessionScope)) &&
		(role.RecoveryCodes == nil || p.RecoveryCodes <= *role.RecoveryCodes) &&
		(role.OTPLifetime == nil || p.OTPLifetime <= *role.OTPLifetime) && (role.LinkLifetime == nil || p.LinkLifetime <= *role.LinkLifetime) &&
		(role.Methods == nil || isPart(names(p.Methods), role.Methods)) && (role.Enrollable == nil || isPart(names(p.Enrollable), role.Enrollable))
}

// TestRolesNeverWeaker: whoever has two roles is held to the rules of each.
func TestRolesNeverWeaker(t *testing.T) {
	for seed := range uint64(20_000) {
		r := rand.New(rand.NewPCG(seed, 2))
		var l layers
		for i := range l {
			l[i] = anyRules(r)
		}
		if p := l.merged(); !holds(p, &l[2]) || !holds(p, &l[3]) {
			t.Fatalf("seed %d: got %+v, of roles with %+v and %+v", seed, p, l[2], l[3])
		}
	}
}

// TestStricterNeverWeaker: whatever rules there are, and whatever an account has, a rule
// that is made stricter at any layer lets nobody do more. There is one exception, which
// the contract wants so that narrowing locks nobody out: where none is required and none
// of an account's factors counts any more, all of them stand.
func TestStricterNeverWeaker(t *testing.T) {
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	on := func(yes int) mfa.Address {
		if yes == 0 {
			return mfa.Address{}
		}
		return mfa.Address{Value: "+4917012345678", Validated: now}
	}
	moved := 0
	for seed := range uint64(60_000) {
		r := rand.New(rand.NewPCG(seed, 1))
		var l layers
		for i := range l {
			l[i] = anyRules(r)
		}
		s := standing{user: account.Account{MFA: maybe(r, []bool{true, false})}, factors: mfa.Factors{Email: on(r.IntN(2)), Mobile: on(r.IntN(2))}, used: r.IntN(4)}
		if f := &s.factors; f.Any() || r.IntN(3) == 0 {
			f.Serial = 1
		}
		if f := &s.factors; f.Serial > 0 && !f.Any() && r.IntN(2) == 0 {
			f.GivenUp = f.Serial
		}
		if s.factors.Any() && r.IntN(2) == 0 {
			all := mfa.DefaultPolicy().Methods
			s.method, s.proven = all[r.IntN(len(all))], now.Add(-time.Duration(r.IntN(40))*time.Hour)
		}
		was := l.merged()
		before := s.demanded(was, now)
		tighten(r, &l[r.IntN(len(l))], was)
		is := l.merged()
		after := s.demanded(is, now)
		if after.alone && !before.alone || after.enrolls && !before.enrolls || !isPart(after.adds, before.adds) ||
			!isPart(after.by, before.by) && (after.counting || is.Mode == mfa.Required) {
			t.Fatalf("seed %d: from %+v to %+v by a stricter rule\nof %+v\nnow %+v", seed, before, after, was, is)
		}
		if is.OTPLength < was.OTPLength || is.OTPLifetime > was.OTPLifetime || is.LinkLifetime > was.LinkLifetime || is.GraceLogons > was.GraceLogons || is.Session > was.Session || is.RecoveryCodes > was.RecoveryCodes {
			t.Fatalf("seed %d: got %+v of %+v", seed, is, was)
		}
		if after.alone != before.alone || !slices.Equal(after.by, before.by) || !slices.Equal(after.adds, before.adds) {
			moved++
		}
	}
	if moved < 3_000 {
		t.Errorf("only %d of the rules changed anything", moved)
	}
}
