package wire_test

import (
	"reflect"
	"testing"
	"testing/quick"

	"github.com/sallyport-auth/sallyport/wire"
)

// stateBits says of every boolean which bits make it true, by value.
var stateBits = map[string]int64{
	"IsFailed":                         1,
	"IsNotApproved":                    256,
	"IsCanceled":                       128,
	"IsCredentialInvalid":              2 | 8 | 65536,
	"IsUserNotAuthorized":              16,
	"IsUserAccountExpired":             32,
	"IsUserAccountNotYetAvailable":     64,
	"IsUserAccountDisabled":            131072,
	"IsUserAccountLocked":              262144,
	"IsLastBadLogin":                   1024,
	"IsLastGraceLogon":                 4096,
	"IsPasswordExpired":                8192,
	"IsUserAccountLockedOut":           4,
	"IsUserAccountWillBeLockedOut":     32768,
	"MustChangePasswordAtNextLogon":    512,
	"IsMFAWaitingUserAction":           1048576,
	"IsMFAAuthenticationRequired":      134217728,
	"IsMFATimeOut":                     16777216,
	"HasUserAccountMissingEmail":       4194304,
	"HasUserAccountMissingMobilePhone": 8388608,
	"IsMFAEnrollmentRequired":          268435456,
}

var authorizationBits = map[string]int64{
	"IsFailed":               1,
	"IsUserNotFound":         2,
	"IsUserNotAuthorized":    4,
	"IsCanceled":             8,
	"IsVersionNotCompatible": 32,
}

// wrongBoolean returns the name of a boolean of v that does not follow from
// the status, or "".
func wrongBoolean(v any, status int64, bits map[string]int64) string {
	value := reflect.ValueOf(v)
	for i := range value.NumField() {
		field := value.Type().Field(i)
		if field.Type.Kind() != reflect.Bool {
			continue
		}
		want := status&bits[field.Name] != 0
		if field.Name == "IsPasswordSecure" {
			want = status&(8192|16384) == 0
		}
		if value.Field(i).Bool() != want {
			return field.Name
		}
	}
	return ""
}

func TestStateHas23Fields(t *testing.T) {
	if got := reflect.TypeFor[wire.State]().NumField(); got != 23 {
		t.Errorf("State: got %d fields, want 23", got)
	}
	if got := reflect.TypeFor[wire.Authorization]().NumField(); got != 6 {
		t.Errorf("Authorization: got %d fields, want 6", got)
	}
}

func TestNewStateOfEveryBit(t *testing.T) {
	statuses := []int64{0, -1}
	for bit := range 63 {
		statuses = append(statuses, 1<<bit)
	}
	for _, status := range statuses {
		if s := wire.NewState(status); s.Status != status {
			t.Errorf("NewState(%d): got status %d", status, s.Status)
		} else if name := wrongBoolean(s, status, stateBits); name != "" {
			t.Errorf("NewState(%d): got %+v, want %s the other way round", status, s, name)
		}
		if a := wire.NewAuthorization(status); a.Status != status {
			t.Errorf("NewAuthorization(%d): got status %d", status, a.Status)
		} else if name := wrongBoolean(a, status, authorizationBits); name != "" {
			t.Errorf("NewAuthorization(%d): got %+v, want %s the other way round", status, a, name)
		}
	}
}

func TestNewStateOfAnyStatus(t *testing.T) {
	follows := func(status int64) bool {
		return wrongBoolean(wire.NewState(status), status, stateBits) == "" &&
			wrongBoolean(wire.NewAuthorization(status), status, authorizationBits) == ""
	}
	if err := quick.Check(follows, &quick.Config{MaxCount: 500}); err != nil {
		t.Error(err)
	}
}
