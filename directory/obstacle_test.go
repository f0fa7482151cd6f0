package directory_test

import (
	"context"
	"slices"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/mfa"
)

// silent is a sender, to have a channel.
type silent struct{}

func (silent) Send(context.Context, sallyport.Message) error { return nil }

// TestApplyWarnsOfObstacles: a policy by which nobody, or somebody, can give a
// second factor that is wanted.
func TestApplyWarnsOfObstacles(t *testing.T) {
	const (
		app      = `"applications": [{"name": "B"}, {"name": "A", "roles": [{"name": "R"}]}]`
		role     = `"roles": [{"application": "A", "role": "R"}], "passwordHash": "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy"`
		required = `"policy": {"mfa": {"mode": "Required", "enrollable": ["Email", "SMS"]}}`
		none     = `"policy": {"mfa": {"mode": "Required", "enrollable": []}}`
		all      = ": everybody is asked for a second factor, and whoever has none can enroll none: "
		one      = ": asked for a second factor, and can neither give nor enroll one: "
		totp     = `"totp": {"secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"}`
		mail     = `"email": "a@x.example", "emailValidated": true`
	)
	for _, tt := range []struct {
		name, policy, user string
		channels           bool
		want               []string
	}{
		{"the default", `"policy": {}`, role, false, nil},
		{"required, with senders", required, role, true, nil},
		{"required, without", required, role, false, []string{
			"applications[0]" + all + string(mfa.NoSender), "applications[1]" + all + string(mfa.NoSender), "users[0]" + one + string(mfa.NoSender),
		}},
		{"required, and an authenticator", required, role + ", " + totp, false, []string{
			"applications[0]" + all + string(mfa.NoSender), "applications[1]" + all + string(mfa.NoSender),
		}},
		{"nothing enrollable", none, role, true, []string{
			"applications[0]" + all + string(mfa.NothingEnrollable), "applications[1]" + all + string(mfa.NothingEnrollable), "users[0]" + one + string(mfa.NothingEnrollable),
		}},
		{"no role", none, role[len(`"roles": [{"application": "A", "role": "R"}], `):], true, []string{
			"applications[0]" + all + string(mfa.NothingEnrollable), "applications[1]" + all + string(mfa.NothingEnrollable),
		}},
		{"asked by their own wish", `"policy": {"mfa": {"enrollable": []}}`, role + `, "mfa": true`, true, []string{"users[0]" + one + string(mfa.NothingEnrollable)}},
		{"an address that cannot be reached", `"policy": {}`, role + ", " + mail, false, []string{"users[0]" + one + string(mfa.FactorLost)}},
		{"an address that can", `"policy": {}`, role + ", " + mail, true, nil},
		{"a number of the prefixes", `"policy": {}`, role + `, "mobile": "+491701234567", "mobileValidated": true`, true, nil},
		{"a number outside", `"policy": {}`, role + `, "mobile": "+33612345678", "mobileValidated": true`, true, []string{"users[0]" + one + string(mfa.NumberOutside)}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDirectory(t, func(c *sallyport.Config) {
				if tt.channels {
					c.Email, c.SMS, c.SMSPrefixes = silent{}, silent{}, []string{"+49"}
				}
			})
			file := `{` + tt.policy + `, ` + app + `, ` + user("ann", tt.user)[1:]
			d.apply(file)
			if !slices.Equal(d.report.Warnings, tt.want) {
				t.Errorf("got %q\nwant %q", d.report.Warnings, tt.want)
			}
		})
	}
}

// TestApplyWarnsByStoredPolicy: a file without a policy is judged by the one that
// is stored.
func TestApplyWarnsByStoredPolicy(t *testing.T) {
	d := newDirectory(t)
	d.apply(`{"policy": {"mfa": {"mode": "Required", "enrollable": []}}}`)
	if len(d.report.Warnings) != 0 {
		t.Errorf("got %q without an application, want none", d.report.Warnings)
	}
	d.apply(`{"applications": [{"name": "A"}]}`)
	if len(d.report.Warnings) != 1 {
		t.Errorf("got %q, want one warning", d.report.Warnings)
	}
}
