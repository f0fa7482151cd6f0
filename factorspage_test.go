package sallyport_test

import (
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// factorsPage says who is asked for a second factor, and for which; its table of fields is
// written from the code.
const factorsPage = "docs/factors.md"

// TestFactorsPage holds the table of the page to the code, or writes it if the environment
// says so.
func TestFactorsPage(t *testing.T) { holdTable(t, factorsPage, factorsTable(t)) }

// policyField is a field of a layer of policy: what it may be, two values of it, and what a
// policy has of it.
type policyField struct {
	values string
	one    func(*mfa.Rules)
	other  func(*mfa.Rules)
	of     func(mfa.Policy) any
}

// policyFields are all of them by their names in the file.
var policyFields = map[string]policyField{
	"mode": {"`Off`, `WhenEnrolled`, `Required`",
		func(r *mfa.Rules) { r.Mode = new(mfa.WhenEnrolled) }, func(r *mfa.Rules) { r.Mode = new(mfa.Required) }, func(p mfa.Policy) any { return p.Mode }},
	"methods": {"any of `EmailLink`, `EmailOTP`, `SMSLink`, `SMSOTP`, `MicrosoftAuthenticator`",
		func(r *mfa.Rules) { r.Methods = []string{"EmailOTP", "SMSOTP"} }, func(r *mfa.Rules) { r.Methods = []string{"SMSOTP", "MicrosoftAuthenticator"} }, func(p mfa.Policy) any { return p.Methods }},
	"enrollable": {"any of `Email`, `SMS`, `MicrosoftAuthenticator`",
		func(r *mfa.Rules) { r.Enrollable = []string{"Email", "SMS"} }, func(r *mfa.Rules) { r.Enrollable = []string{"SMS", "MicrosoftAuthenticator"} }, func(p mfa.Policy) any { return p.Enrollable }},
	"graceLogons": {"0 to 100",
		func(r *mfa.Rules) { r.GraceLogons = new(3) }, func(r *mfa.Rules) { r.GraceLogons = new(1) }, func(p mfa.Policy) any { return p.GraceLogons }},
	"firstEnrollment": {"`Password`, `Invitation`",
		func(r *mfa.Rules) { r.FirstEnrollment = new(mfa.ByPassword) }, func(r *mfa.Rules) { r.FirstEnrollment = new(mfa.ByInvitation) }, func(p mfa.Policy) any { return p.FirstEnrollment }},
	"session": {"`0s` to `" + fmt.Sprint(int(mfa.MaxRemembered/time.Hour)) + "h`",
		func(r *mfa.Rules) { r.Session = new(24 * time.Hour) }, func(r *mfa.Rules) { r.Session = new(time.Hour) }, func(p mfa.Policy) any { return p.Session }},
	"sessionScope": {"`Application`, `Repository`",
		func(r *mfa.Rules) { r.SessionScope = new(mfa.ScopeRepository) }, func(r *mfa.Rules) { r.SessionScope = new(mfa.ScopeApplication) }, func(p mfa.Policy) any { return p.SessionScope }},
	"otpLifetime": {"`60s` to `5m`",
		func(r *mfa.Rules) { r.OTPLifetime = new(5 * time.Minute) }, func(r *mfa.Rules) { r.OTPLifetime = new(2 * time.Minute) }, func(p mfa.Policy) any { return p.OTPLifetime }},
	"linkLifetime": {"`60s` to `4m`",
		func(r *mfa.Rules) { r.LinkLifetime = new(4 * time.Minute) }, func(r *mfa.Rules) { r.LinkLifetime = new(2 * time.Minute) }, func(p mfa.Policy) any { return p.LinkLifetime }},
	"otpLength": {"6 to 9; from 3 with `Config.InsecureShortCodes`",
		func(r *mfa.Rules) { r.OTPLength = new(7) }, func(r *mfa.Rules) { r.OTPLength = new(9) }, func(p mfa.Policy) any { return p.OTPLength }},
	"otpType": {"`Numeric`, `Alphabetic`, `Alphanumeric`",
		func(r *mfa.Rules) { r.OTPType = new(mfa.Numeric) }, func(r *mfa.Rules) { r.OTPType = new(mfa.Alphanumeric) }, func(p mfa.Policy) any { return p.OTPType }},
	"recoveryCodes": {fmt.Sprintf("0 to %d", mfa.MaxRecoveryCodes),
		func(r *mfa.Rules) { r.RecoveryCodes = new(10) }, func(r *mfa.Rules) { r.RecoveryCodes = new(5) }, func(p mfa.Policy) any { return p.RecoveryCodes }},
}

// factorsTable has a row for each field that the file may have, in its order.
func factorsTable(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("| field of `mfa` | values | default | of two roles |\n|---|---|---|---|\n")
	fields := reflect.TypeFor[directory.MFA]()
	for i := range fields.NumField() {
		name := fields.Field(i).Tag.Get("json")
		f, ok := policyFields[name]
		if !ok {
			t.Fatalf("the page does not know %s", name)
		}
		var one, other mfa.Rules
		f.one(&one)
		f.other(&other)
		both := f.of(mfa.Merge(mfa.Rules{}, mfa.Rules{}, one, other))
		if turned := f.of(mfa.Merge(mfa.Rules{}, mfa.Rules{}, other, one)); !reflect.DeepEqual(both, turned) {
			t.Errorf("%s: of two roles got %v, and %v in the other order", name, both, turned)
		}
		alone := func(r mfa.Rules) string { return fieldWords(f.of(mfa.Merge(r, mfa.Rules{}))) }
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s and %s: %s |\n", name, f.values, fieldWords(f.of(mfa.DefaultPolicy())), alone(one), alone(other), fieldWords(both))
	}
	return b.String()
}

// fieldWords is a value as the file has it.
func fieldWords(v any) string {
	switch v := v.(type) {
	case time.Duration:
		for _, u := range []struct {
			name string
			is   time.Duration
		}{{"h", time.Hour}, {"m", time.Minute}} {
			if n := v / u.is; n > 0 && v%u.is == 0 {
				return fmt.Sprintf("`%d%s`", int(n), u.name)
			}
		}
		return fmt.Sprintf("`%ds`", int(v/time.Second))
	case int:
		return fmt.Sprint(v)
	case string:
		return "`" + v + "`"
	case []mfa.Method:
		if len(v) == 5 {
			return "all"
		}
	case []mfa.Transport:
		if len(v) == 3 {
			return "all"
		}
	}
	return "`" + strings.Join(strings.Fields(strings.Trim(fmt.Sprint(v), "[]")), "`, `") + "`"
}

// TestFactorsPageCases holds the table of what happens to whom to the engine.
func TestFactorsPageCases(t *testing.T) {
	text, err := os.ReadFile(factorsPage)
	if err != nil {
		t.Fatal(err)
	}
	words := map[string]func(*sallyport.Result) bool{
		"gets in by the password": func(r *sallyport.Result) bool { return r.Outcome == sallyport.Granted },
		"is asked for it":         func(r *sallyport.Result) bool { return r.Outcome == sallyport.FactorWanted },
		"enrolls one in":          func(r *sallyport.Result) bool { return r.Outcome == sallyport.EnrollmentWanted },
		"needs an invitation":     func(r *sallyport.Result) bool { return r.Reason == sallyport.ReasonInvitationWanted },
	}
	accounts := map[string]sallyporttest.User{
		"a factor in `methods`": {TOTP: true}, "a factor outside `methods` alone": {Email: mail, EmailValidated: true},
		"none, and never had one": {}, "none any more": {TOTP: true},
	}
	_, block, _ := strings.Cut(string(text), "```json\n")
	block, _, _ = strings.Cut(block, "```")
	file, err := directory.Parse([]byte(block))
	if err != nil {
		t.Fatal(err)
	}
	if report, err := hosted(t).Engine.Apply(t.Context(), file, directory.Options{}); err != nil {
		t.Errorf("the example: got %+v, %v", report, err)
	}
	tried := 0
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.Trim(line, "|\n"), "|")
		u, ok := accounts[strings.TrimSpace(cells[0])]
		if !ok || len(cells) != 4 {
			continue
		}
		for i, mode := range []string{mfa.Off, mfa.WhenEnrolled, mfa.Required} {
			tried++
			k := hosted(t)
			setPolicy(t, k, func(p *directory.Policy) { p.MFA.Mode, p.MFA.Methods = &mode, app.Methods })
			u.Name = "nora"
			p := k.AddUser(t, u)
			if strings.Contains(cells[0], "any more") {
				resetFactors(t, k, p.ID)
			}
			r := hostLogin(t, k, sallyport.Login{Username: p.Name, Password: p.Password})
			for begin, holds := range words {
				if said := strings.HasPrefix(strings.TrimSpace(cells[i+1]), begin); said != holds(r) {
					t.Errorf("%s, %s: got %v, %q, and the page says %q", cells[0], mode, r.Outcome, r.Reason, cells[i+1])
				}
			}
		}
	}
	if tried != 12 {
		t.Errorf("%d cases were found in %s", tried, factorsPage)
	}
}
