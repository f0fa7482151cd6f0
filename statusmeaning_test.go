package sallyport_test

import (
	"fmt"
	"math/bits"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport"
)

// TestMeanings: every flag that a status can have, and every status and error of the other
// documents, has a meaning, a cause and a cure, once.
func TestMeanings(t *testing.T) {
	seen := map[string]bool{}
	var all sallyport.Status
	for _, m := range sallyport.StatusMeanings() {
		if at := m.Of + " " + m.Name; seen[at] {
			t.Errorf("%s stands twice", at)
		} else {
			seen[at] = true
		}
		for what, text := range map[string]string{"meaning": m.Means, "cause": m.Cause, "cure": m.Cure} {
			if len(text) < 4 || !strings.HasSuffix(text, ".") || strings.ContainsAny(text, "|\n") {
				t.Errorf("%s: the %s is no sentence: %q", m.Name, what, text)
			}
		}
		if m.Of == "login" && (bits.OnesCount64(uint64(m.Flag)) != 1 || m.Flag.String() != m.Name || all.Has(m.Flag)) {
			t.Errorf("%s has the flag %d", m.Name, m.Flag)
		}
		all |= m.Flag
	}
	if want := sallyport.MFAEnrollmentRequired<<1 - 1; all != want {
		t.Errorf("got flags %d, want all of %d", all, want)
	}
	for _, s := range []sallyport.PasswordStatus{
		sallyport.PasswordChanged, sallyport.OldPasswordWrong, sallyport.OldPasswordLastTry, sallyport.PasswordsLockedOut, sallyport.NewPasswordRefused,
		sallyport.NewPasswordUsed, sallyport.NewPasswordShort, sallyport.NewPasswordPlain, sallyport.PasswordChangeRefused, sallyport.PasswordRequestOver, sallyport.ResetKeyUnknown,
	} {
		if !seen["password "+string(s)] {
			t.Errorf("%s has no meaning", s)
		}
	}
	for _, s := range []sallyport.EnrollmentStatus{
		sallyport.EnrollmentSuccess, sallyport.EnrollmentWrongCode, sallyport.EnrollmentFailedSending, sallyport.EnrollmentInvalidAddress, sallyport.EnrollmentInvalidName,
	} {
		if !seen["enrolment "+string(s)] {
			t.Errorf("%s has no meaning", s)
		}
	}
	for _, c := range []sallyport.ErrorCode{sallyport.InvalidRequest, sallyport.InvalidClient, sallyport.InvalidGrant, sallyport.InvalidScope, sallyport.UnauthorizedClient, sallyport.UnsupportedTokenType} {
		if !seen["error "+string(c)] {
			t.Errorf("%s has no meaning", c)
		}
	}
}

// TestMeaningsOfStatuses: every status that the table of the compatibility page reaches is
// explained, by its number and by its string.
func TestMeaningsOfStatuses(t *testing.T) {
	for _, s := range statuses {
		number := sallyport.Status(s.status)
		for _, text := range []string{fmt.Sprint(s.status), s.name, strings.ToLower(s.name), fmt.Sprintf("0x%X", s.status), ` "` + s.name + `" `} {
			if got, ok := sallyport.ParseStatus(text); !ok || got != number {
				t.Errorf("%q: got %d, %v, want %d", text, got, ok, number)
			}
			list, rest := sallyport.MeaningsOf(text)
			var flags sallyport.Status
			for _, m := range list {
				flags |= m.Flag
			}
			if flags != number || rest != 0 {
				t.Errorf("%q: got the meaning of %d, and %d left", text, flags, rest)
			}
		}
	}
}

func TestMeaningsOf(t *testing.T) {
	for _, tt := range []struct {
		text, want string // documents and names
		rest       sallyport.Status
	}{
		{"invalid_grant", "error invalid_grant", 0},
		{" Invalid_Grant ", "error invalid_grant", 0},
		{"Failure", "login Failure, password Failure", 0},
		{"Success", "login Success, password Success, enrolment Success", 0},
		{"SecureCodeDoesNotMatch", "login SecureCodeDoesNotMatch, enrolment SecureCodeDoesNotMatch", 0},
		{"mfa waitinguseraction", "", 0},
		{"mfawaitinguseraction|failure", "login Failure, login MFA_WaitingUserAction", 0},
		{"536870913", "login Failure", 1 << 29},
		{"9223372036854775807", "", 1<<63 - 1<<29},
		{"", "", 0}, {" ", "", 0}, {",", "", 0}, {"0", "", 0}, {"-1", "", 0}, {"1e3", "", 0}, {"9223372036854775808", "", 0}, {"Failure, Nonsense", "", 0}, {"０", "", 0},
	} {
		var got []string
		list, rest := sallyport.MeaningsOf(tt.text)
		for _, m := range list {
			got = append(got, m.Of+" "+m.Name)
		}
		if tt.text == "9223372036854775807" {
			got = nil // all of them
		}
		if strings.Join(got, ", ") != tt.want || rest != tt.rest {
			t.Errorf("%q: got %q, %d left; want %q, %d", tt.text, got, rest, tt.want, tt.rest)
		}
	}
}

// TestMeaningsPage holds the tables of docs/statuses.md to the code.
func TestMeaningsPage(t *testing.T) {
	var b strings.Builder
	b.WriteString("| number | name | in | means | why it comes | what to do next |\n|---|---|---|---|---|---|\n")
	for _, m := range sallyport.StatusMeanings() {
		number := ""
		if m.Flag != 0 {
			number = fmt.Sprint(int64(m.Flag))
		}
		fmt.Fprintf(&b, "| %s | `%s` | %s | %s | %s | %s |\n", number, m.Name, m.Of, m.Means, m.Cause, m.Cure)
	}
	holdTable(t, "docs/statuses.md", b.String())
}

// FuzzParseStatus reads a status as people have it before them: what is read is one that
// prints as something that is read as the same.
func FuzzParseStatus(f *testing.F) {
	f.Fuzz(func(t *testing.T, text string) {
		s, ok := sallyport.ParseStatus(text)
		if ok != (s > 0) {
			t.Fatalf("%q: got %d, %v", text, s, ok)
		}
		if again, same := sallyport.ParseStatus(s.String()); ok && (!same || again != s) {
			t.Fatalf("%q: %d prints as %q, which is %d", text, s, s.String(), again)
		}
		list, rest := sallyport.MeaningsOf(text)
		for _, m := range list {
			rest |= m.Flag
		}
		if ok && rest != s {
			t.Fatalf("%q: the meanings are of %d, want %d", text, rest, s)
		}
	})
}
