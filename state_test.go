package sallyport

import (
	"slices"
	"testing"

	"github.com/sallyport-auth/sallyport/wire"
)

// TestStatusStrings holds every flag's number and name against the published
// table, written out again here.
func TestStatusStrings(t *testing.T) {
	table := []struct {
		flag   Status
		number int64
		name   string
	}{
		{Failure, 1, "Failure"},
		{UserNotFound, 2, "UserNotFound"},
		{PasswordIsLocked, 4, "PasswordIsLocked"},
		{PasswordDoesNotMatch, 8, "PasswordDoesNotMatch"},
		{UserNotAuthorized, 16, "UserNotAuthorized"},
		{UserAccountExpired, 32, "UserAccountExpired"},
		{UserAccountNotYetAvailable, 64, "UserAccountNotYetAvailable"},
		{ProcessCanceled, 128, "ProcessCanceled"},
		{NotApproved, 256, "NotApproved"},
		{MustChangePasswordAtNextLogon, 512, "MustChangePasswordAtNextLogon"},
		{LastBadLogin, 1024, "LastBadLogin"},
		{Success, 2048, "Success"},
		{LastGraceLogon, 4096, "LastGraceLogon"},
		{PasswordExpired, 8192, "PasswordExpired"},
		{PasswordDoesNotPassValidation, 16384, "PasswordDoesNotPassValidation"},
		{PasswordWillBeLocked, 32768, "PasswordWillBeLocked"},
		{UserNotFoundInCustomStorage, 65536, "UserNotFoundInCustomStorage"},
		{UserAccountDisabled, 131072, "UserAccountDisabled"},
		{UserAccountLocked, 262144, "UserAccountLocked"},
		{SecureCodeDoesNotMatch, 524288, "SecureCodeDoesNotMatch"},
		{MFAWaitingUserAction, 1048576, "MFA_WaitingUserAction"},
		{MFAFailedSendingRequest, 2097152, "MFA_FailedSendingRequest"},
		{UserAccountMissingEmail, 4194304, "UserAccountMissingEmail"},
		{UserAccountMissingMobilePhone, 8388608, "UserAccountMissingMobilePhone"},
		{MFALinkTimeout, 16777216, "MFA_LinkTimeout"},
		{CustomProviderError, 33554432, "CustomProviderError"},
		{MFAGraceLogin, 67108864, "MFA_GraceLogin"},
		{MFAAuthenticationRequired, 134217728, "MFA_AuthenticationRequired"},
		{MFAEnrollmentRequired, 268435456, "MFA_EnrollmentRequired"},
	}
	if len(table) != 29 {
		t.Fatalf("table has %d flags, want 29", len(table))
	}
	for i, row := range table {
		if int64(row.flag) != row.number || row.number != 1<<i || row.flag.String() != row.name {
			t.Errorf("flag %d: got %d %q, want %d %q", i, int64(row.flag), row.flag, row.number, row.name)
		}
		if got := wire.StatusString(row.number); got != row.name {
			t.Errorf("wire names flag %d %q, want %q", i, got, row.name)
		}
	}
	for s, want := range map[Status]string{
		0: "0", 1033: "Failure, PasswordDoesNotMatch, LastBadLogin", 8705: "Failure, MustChangePasswordAtNextLogon, PasswordExpired",
		10240: "Success, PasswordExpired", 134217729: "Failure, MFA_AuthenticationRequired", 1 << 29: "536870912", 1<<29 | 1: "536870913", -1: "-1",
		281018369: "Failure, UserAccountMissingEmail, UserAccountMissingMobilePhone, MFA_EnrollmentRequired",
	} {
		if got := s.String(); got != want {
			t.Errorf("Status(%d).String() = %q, want %q", int64(s), got, want)
		}
	}
	for i, want := range []string{"Failure", "UserNotFound", "UserNotAuthorized", "ProcessCanceled", "Success", "VersionNotCompatible"} {
		if got := AuthorizationStatus(1 << i).String(); got != want {
			t.Errorf("AuthorizationStatus(%d) = %q, want %q", 1<<i, got, want)
		}
	}
}

// TestStatusBooleans sets every pair of flags and holds the 22 booleans to a
// second, written-out reading of the table.
func TestStatusBooleans(t *testing.T) {
	for a := range 31 {
		for b := range 31 {
			s := Status(1)<<a | Status(1)<<b
			on := func(bit int) bool { return a == bit || b == bit }
			want := wire.State{
				Status: int64(s), IsFailed: on(0), IsNotApproved: on(8), IsCanceled: on(7),
				IsCredentialInvalid: on(1) || on(3) || on(16), IsUserNotAuthorized: on(4), IsUserAccountExpired: on(5),
				IsUserAccountNotYetAvailable: on(6), IsUserAccountDisabled: on(17), IsUserAccountLocked: on(18),
				IsLastBadLogin: on(10), IsLastGraceLogon: on(12), IsPasswordExpired: on(13), IsPasswordSecure: !on(13) && !on(14),
				IsUserAccountLockedOut: on(2), IsUserAccountWillBeLockedOut: on(15), MustChangePasswordAtNextLogon: on(9),
				IsMFAWaitingUserAction: on(20), IsMFAAuthenticationRequired: on(27), IsMFATimeOut: on(24),
				HasUserAccountMissingEmail: on(22), HasUserAccountMissingMobilePhone: on(23), IsMFAEnrollmentRequired: on(28),
			}
			if got := s.State(); got != want {
				t.Fatalf("flags %d and %d:\n got %+v\nwant %+v", a, b, got, want)
			}
		}
	}
}

// oracle is the decision written a second time, from the table of the HTTP
// contract and not from assess: rows are tried from the top, each with the
// number that the table prints.
func oracle(f facts) answer {
	right := f.known && f.password
	missing := int64(0)
	if f.missingEmail {
		missing += 4194304
	}
	if f.missingMobile {
		missing += 8388608
	}
	old, why := int64(0), NoReason
	if f.passwordExpired {
		old, why = old+8192, "password expired"
	}
	if f.passwordWeak {
		old += 16384
		if why == NoReason {
			why = "password weak"
		}
	}
	skipped := why
	if skipped == NoReason {
		skipped = "factor skipped"
	}
	rows := []struct {
		when    bool
		then    int64
		outcome string
		reason  Reason
	}{
		{f.lockedOut, 5, "Denied", "locked out"},
		{!f.known && f.disclose && !f.locks, 3, "Denied", "unknown user"},
		{!right && f.locks, 5, "Denied", "locked out"},
		{!right && f.lastMiss, 1033, "Denied", "last try"},
		{!right, 9, "Denied", "wrong password"},
		{!f.approved, 257, "Denied", "not approved"},
		{f.disabled, 131073, "Denied", "disabled"},
		{f.locked, 262145, "Denied", "locked"},
		{f.notYet, 65, "Denied", "not yet valid"},
		{f.expired, 33, "Denied", "expired"},
		{f.mustChange, 513, "PasswordChangeWanted", "must change"},
		{old != 0 && !f.grace, 1 + 512 + old, "PasswordChangeWanted", why},
		{f.factor == factorExhausted, 262145, "Denied", "guesses used up"},
		{f.factor == factorWanted, 134217729, "FactorWanted", ""},
		{f.factor == factorEnrol, 268435457 + missing, "EnrollmentWanted", ""},
		{f.factor == factorInvitation, 268435457, "Denied", "invitation wanted"},
		{f.factor == factorImpossible && missing == 0, 268435457, "Denied", "no factor"},
		{f.factor == factorImpossible, 1 + missing, "Denied", "no factor"},
		{!f.hasRole, 17, "Denied", "no role"},
		{f.factor == factorGrace, 2048 + 67108864 + old, "Granted", skipped},
		{true, 2048 + old, "Granted", why},
	}
	for _, r := range rows {
		if r.when {
			return answer{Status(r.then), Outcome(slices.Index(outcomeNames[:], r.outcome)), r.reason}
		}
	}
	panic("the last row always holds")
}

// TestAssessExhaustive walks every combination of facts.
func TestAssessExhaustive(t *testing.T) {
	const bits = 18
	for factor := factorNone; factor <= factorImpossible; factor++ {
		for n := range 1 << bits {
			b := func(i int) bool { return n&(1<<i) != 0 }
			f := facts{
				lockedOut: b(0), known: b(1), disclose: b(2), password: b(3), lastMiss: b(4), locks: b(5),
				approved: b(6), disabled: b(7), locked: b(8), notYet: b(9), expired: b(10), mustChange: b(11),
				passwordExpired: b(12), passwordWeak: b(13), grace: b(14), missingEmail: b(15), missingMobile: b(16),
				hasRole: b(17), factor: factor,
			}
			got := assess(f)
			if got != oracle(f) {
				t.Fatalf("assess(%+v) = %+v, want %+v", f, got, oracle(f))
			}
			in := got.outcome == Granted
			if got.status.Has(Failure) == in || got.status.Has(Success) != in {
				t.Fatalf("assess(%+v) = %+v: the status says something else than the outcome", f, got)
			}
			if in && got.byGrace() != (f.passwordExpired || f.passwordWeak) || in && got.byGrace() && !f.grace || !in && got.byGrace() && (f.grace || got.outcome != PasswordChangeWanted) {
				t.Fatalf("assess(%+v) = %+v: grace counts what it should not, or does not what it should", f, got)
			}
			if in && (f.lockedOut || !f.known || !f.password || !f.hasRole || f.factor > factorGrace) {
				t.Fatalf("assess(%+v) = %+v: let in", f, got)
			}
		}
	}
}

// TestP9AssessBeforeThePassword varies everything about an account
// whose password was not given: the answer must not move.
func TestP9AssessBeforeThePassword(t *testing.T) {
	for n := range 1 << 12 {
		b := func(i int) bool { return n&(1<<i) != 0 }
		f := facts{
			known: b(0), approved: b(1), disabled: b(2), locked: b(3), notYet: b(4), expired: b(5), mustChange: b(6),
			passwordExpired: b(7), passwordWeak: b(8), missingEmail: b(9), missingMobile: b(10), hasRole: b(11),
		}
		if got := assess(f); got != denied(PasswordDoesNotMatch, ReasonWrongPassword) {
			t.Fatalf("assess(%+v) = %+v, want the plain refusal", f, got)
		}
	}
}
