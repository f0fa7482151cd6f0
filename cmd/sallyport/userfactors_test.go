package main_test

import (
	"encoding/json"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestUserFactors: user show lists the second factors of an account, and user remove-mfa
// takes one of them away by the id that stands there.
func TestUserFactors(t *testing.T) {
	store := "bolt:" + filepath.Join(t.TempDir(), "db")
	d := write(t, filepath.Join(t.TempDir(), "d.json"), "{}")
	rows := write(t, filepath.Join(t.TempDir(), "rows"), `{"name": "ann", "externalId": "1", "email": "marie@example.com", "emailValidated": true, "recoveryCodes": ["ABCDE-FGHJK"],`+
		` "totps": [{"secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "name": "Phone"}, {"secret": "KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU"}]}`)
	for _, args := range []string{"apply -store " + store + " -directory " + d, "import -store " + store + " -in " + rows} {
		if code, _, said := run(t, "", strings.Fields(args)...); code != 0 {
			t.Fatalf("%s: got %d, %s", args, code, said)
		}
	}
	user := func(verb string, args ...string) (int, string, string) {
		return run(t, "", append([]string{"user", verb, "-store", store}, args...)...)
	}
	_, out, _ := user("show", "-name", "ann")
	lines := regexp.MustCompile(`(?m)^factor .*$`).FindAllString(out, -1)
	for i, want := range []string{
		`factor         MicrosoftAuthenticator Phone, added \d{4}-\d\d-\d\d \([0-9a-f-]{36}\)`,
		`factor         MicrosoftAuthenticator Authenticator app, added \d{4}-\d\d-\d\d \([0-9a-f-]{36}\)`,
		`factor         Email m\*\*\*e@e\*\*\*\*\*\*\.com, added \d{4}-\d\d-\d\d \([0-9a-f]{32}\)`,
	} {
		if len(lines) != 3 || !regexp.MustCompile("^"+want+"$").MatchString(lines[i]) {
			t.Fatalf("got\n%s\nwant line %d to be %s", out, i, want)
		}
	}
	if !strings.Contains(out, "recovery codes 1\n") || strings.Contains(out, "JBSWY3DP") {
		t.Errorf("got %s", out)
	}
	var shown struct {
		ID      string
		Factors []struct{ ID, Kind, Name string }
	}
	if _, out, _ = user("show", "-name", "ann", "-json"); json.Unmarshal([]byte(out), &shown) != nil || len(shown.Factors) != 3 {
		t.Fatalf("got %s", out)
	}
	for _, tt := range []struct {
		name, factor, out, said string
		code                    int
	}{
		{"no factor", "", "", "-factor is required", 2},
		{"one that there is not", "none", "", "no factor of that id", 1},
		{"the telephone", shown.Factors[0].ID, "factor removed " + shown.ID + "\n", "", 0},
		{"the telephone again", shown.Factors[0].ID, "", "no factor of that id", 1},
	} {
		code, out, said := user("remove-mfa", "-id", shown.ID, "-factor", tt.factor, "-reason", "lost")
		if code != tt.code || out != tt.out || !strings.Contains(said, tt.said) {
			t.Errorf("%s: got %d, %q, %q", tt.name, code, out, said)
		}
	}
	if _, out, _ = user("show", "-name", "ann"); strings.Contains(out, "Phone") || strings.Count(out, "\nfactor ") != 2 {
		t.Errorf("got %s", out)
	}
	if _, events, _ := run(t, "", "inspect", "-store", store, "-table", "event"); !strings.Contains(events, `kind = "factor removed"`) || !strings.Contains(events, `reason = "lost"`) {
		t.Errorf("the trail tells\n%s", events)
	}
}
