package wire_test

import (
	"math"
	"strconv"
	"testing"
	"testing/quick"

	"github.com/sallyport-auth/sallyport/wire"
)

// flags is the published enum, value by value, written down a second time.
var flags = []struct {
	value int64
	name  string
}{
	{1, "Failure"},
	{2, "UserNotFound"},
	{4, "PasswordIsLocked"},
	{8, "PasswordDoesNotMatch"},
	{16, "UserNotAuthorized"},
	{32, "UserAccountExpired"},
	{64, "UserAccountNotYetAvailable"},
	{128, "ProcessCanceled"},
	{256, "NotApproved"},
	{512, "MustChangePasswordAtNextLogon"},
	{1024, "LastBadLogin"},
	{2048, "Success"},
	{4096, "LastGraceLogon"},
	{8192, "PasswordExpired"},
	{16384, "PasswordDoesNotPassValidation"},
	{32768, "PasswordWillBeLocked"},
	{65536, "UserNotFoundInCustomStorage"},
	{131072, "UserAccountDisabled"},
	{262144, "UserAccountLocked"},
	{524288, "SecureCodeDoesNotMatch"},
	{1048576, "MFA_WaitingUserAction"},
	{2097152, "MFA_FailedSendingRequest"},
	{4194304, "UserAccountMissingEmail"},
	{8388608, "UserAccountMissingMobilePhone"},
	{16777216, "MFA_LinkTimeout"},
	{33554432, "CustomProviderError"},
	{67108864, "MFA_GraceLogin"},
	{134217728, "MFA_AuthenticationRequired"},
	{268435456, "MFA_EnrollmentRequired"},
}

func TestStatusStringOfEveryFlag(t *testing.T) {
	if len(flags) != 29 {
		t.Fatalf("got %d flags, want 29", len(flags))
	}
	for _, f := range flags {
		if got := wire.StatusString(f.value); got != f.name {
			t.Errorf("StatusString(%d): got %q, want %q", f.value, got, f.name)
		}
		if got, ok := wire.ParseStatus(f.name); !ok || got != f.value {
			t.Errorf("ParseStatus(%q): got %d, %t, want %d", f.name, got, ok, f.value)
		}
	}
}

func TestStatusString(t *testing.T) {
	tests := []struct {
		status int64
		want   string
	}{
		{3, "Failure, UserNotFound"},
		{5, "Failure, PasswordIsLocked"},
		{9, "Failure, PasswordDoesNotMatch"},
		{1033, "Failure, PasswordDoesNotMatch, LastBadLogin"},
		{17, "Failure, UserNotAuthorized"},
		{33, "Failure, UserAccountExpired"},
		{65, "Failure, UserAccountNotYetAvailable"},
		{129, "Failure, ProcessCanceled"},
		{257, "Failure, NotApproved"},
		{513, "Failure, MustChangePasswordAtNextLogon"},
		{8705, "Failure, MustChangePasswordAtNextLogon, PasswordExpired"},
		{16897, "Failure, MustChangePasswordAtNextLogon, PasswordDoesNotPassValidation"},
		{2048, "Success"},
		{10240, "Success, PasswordExpired"},
		{18432, "Success, PasswordDoesNotPassValidation"},
		{131073, "Failure, UserAccountDisabled"},
		{262145, "Failure, UserAccountLocked"},
		{524289, "Failure, SecureCodeDoesNotMatch"},
		{1048577, "Failure, MFA_WaitingUserAction"},
		{16777217, "Failure, MFA_LinkTimeout"},
		{134217729, "Failure, MFA_AuthenticationRequired"},
		{268435457, "Failure, MFA_EnrollmentRequired"},
		// Ours, by the same rule.
		{2097153, "Failure, MFA_FailedSendingRequest"},
		{67110912, "Success, MFA_GraceLogin"},
		{281018369, "Failure, UserAccountMissingEmail, UserAccountMissingMobilePhone, MFA_EnrollmentRequired"},
		// No name: one decimal number.
		{0, "0"},
		{1 << 29, "536870912"},
		{1 << 30, "1073741824"},
		{1<<29 | 1, "536870913"},
		{1<<30 | 1<<27 | 1, "1207959553"},
		{1 << 62, "4611686018427387904"},
		{-1, "-1"},
		{math.MinInt64, "-9223372036854775808"},
	}
	for _, test := range tests {
		if got := wire.StatusString(test.status); got != test.want {
			t.Errorf("StatusString(%d): got %q, want %q", test.status, got, test.want)
		}
		if got, ok := wire.ParseStatus(test.want); !ok || got != test.status {
			t.Errorf("ParseStatus(%q): got %d, %t, want %d", test.want, got, ok, test.status)
		}
	}
}

func TestAuthorizationString(t *testing.T) {
	tests := []struct {
		status int64
		want   string
	}{
		{1, "Failure"},
		{2, "UserNotFound"},
		{4, "UserNotAuthorized"},
		{8, "ProcessCanceled"},
		{16, "Success"},
		{32, "VersionNotCompatible"},
		{64, "GroupSelectionInvalid"},
		{128, "RoleSelectionInvalid"},
		{5, "Failure, UserNotAuthorized"},
		{192, "GroupSelectionInvalid, RoleSelectionInvalid"},
		{0, "0"},
		{256, "256"},
		{257, "257"},
		{-1, "-1"},
	}
	for _, test := range tests {
		if got := wire.AuthorizationString(test.status); got != test.want {
			t.Errorf("AuthorizationString(%d): got %q, want %q", test.status, got, test.want)
		}
	}
}

func TestParseStatusAsDotNet(t *testing.T) {
	tests := []struct {
		in   string
		want int64
	}{
		{"PasswordExpired, Success", 10240},
		{"Success,PasswordExpired", 10240},
		{"  Success ,  PasswordExpired ", 10240},
		{"Success, Success", 2048},
		{"3", 3},
		{"-1", -1},
	}
	for _, test := range tests {
		if got, ok := wire.ParseStatus(test.in); !ok || got != test.want {
			t.Errorf("ParseStatus(%q): got %d, %t, want %d", test.in, got, ok, test.want)
		}
	}
}

func TestParseStatusRefuses(t *testing.T) {
	for _, in := range []string{
		"", " ", ",", "failure", "Failure,", ", Failure", "Failure; Success", "Failure, Nonsense",
		"Failure, 2", "0x1", "1.0", "9223372036854775808", "Failure\t", "MFA_TimeOut",
	} {
		if got, ok := wire.ParseStatus(in); ok || got != 0 {
			t.Errorf("ParseStatus(%q): got %d, %t, want 0, false", in, got, ok)
		}
	}
}

func TestParseStatusInvertsString(t *testing.T) {
	inverts := func(status int64) bool {
		got, ok := wire.ParseStatus(wire.StatusString(status))
		return ok && got == status
	}
	known := func(n uint32) bool { return inverts(int64(n & (1<<29 - 1))) }
	for _, property := range []any{inverts, known} {
		if err := quick.Check(property, &quick.Config{MaxCount: 500}); err != nil {
			t.Error(err)
		}
	}
}

func TestUnknownBitsAreKept(t *testing.T) {
	for _, status := range []int64{1 << 29, 1 << 30, 1<<30 | 1<<29 | 2048, math.MaxInt64, math.MinInt64} {
		var got wire.State
		if err := wire.Decode([]byte(encode(t, wire.NewState(status))), &got); err != nil {
			t.Fatal(err)
		}
		if got.Status != status {
			t.Errorf("State: got status %d, want %d", got.Status, status)
		}
		var authz wire.Authorization
		if err := wire.Decode([]byte(encode(t, wire.NewAuthorization(status))), &authz); err != nil {
			t.Fatal(err)
		}
		if authz.Status != status {
			t.Errorf("Authorization: got status %d, want %d", authz.Status, status)
		}
		if got, want := wire.StatusString(status), strconv.FormatInt(status, 10); got != want {
			t.Errorf("StatusString: got %q, want %q", got, want)
		}
	}
}
