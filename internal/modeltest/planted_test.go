package modeltest

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/internal/proof"
)

// planted are bugs, each a small change of the engine that the model has to find.
var planted = []struct{ name, file, old, new string }{
	{"a code of an authenticator is good again", "mfa/answer.go", "	right.spend()\n", ""},
	{"wrong codes are charged to the request alone", "mfa/case.go", "	c.ledger().charge(c.now)\n	c.remember", "	c.remember"},
	{"a name locks one wrong password late", "account/lockout.go", "l.Misses < p.MaxBadLogons {", "l.Misses <= p.MaxBadLogons {"},
	{"a complete login leaves the wrong passwords", "grant.go", "return g.Clear(c.tx, c.policy.LockRules, now)", "return nil"},
	{"a spent refresh token ends nothing", "token/refresh.go", "	case Reused, Expired:\n		s.Ended = true\n", "	case Expired:\n		s.Ended = true\n"},
	{"a request is any client's", "mfa/case.go", "t.Client == r.Client && t.Instance == r.Instance)", "true)"},
	{"a code is sent again at once", "mfa/send.go", "!option.Fresh && c.now.Before(option.Sent.Add(resend.Period))", "false"},
	{"of two live links each can be approved", "mfa/link.go", "return option.Number == \"\" && c.pending.rivals(c.record, c.now) > 0", "return false"},
	{"an enrolled factor is active without a proof", "mfa/enroll.go", "	if c.rank() == rankAtOnce {\n		c.activate()", "	if true {\n		c.activate()"},
	{"what was granted ahead of the clock is believed", "internal/moment/moment.go", "return began.After(now.Add(Leeway))", "return false"},
	{"a mailed code lives twice as long", "mfa/send.go", "c.now.Add(option.Lifetime), false, false", "c.now.Add(2*option.Lifetime), false, false"},
	{"a small step back of the clock is followed", "engine.go", "back >= 0 && back <= standStill", "back == 0"},
	{"a spent token of a device is believed", "mfa/device.go", "	case age > 1, age == 1 && ", "	case age == 1 && "},
}

// TestPlanted builds the model with each of these bugs, and wants it found. It says after
// how many sequences.
func TestPlanted(t *testing.T) {
	if !long() {
		t.Skip("long: it builds the engine anew for each bug")
	}
	top, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range planted {
		t.Run(p.name, func(t *testing.T) {
			out, err := sequences(t, top, p.file, p.old, p.new)
			m := regexp.MustCompile(`failed after (\d+) tests`).FindStringSubmatch(out)
			if err == nil || m == nil {
				t.Fatalf("the model did not find it: %v\n%s", err, out)
			}
			var n int
			if _, err := fmt.Sscan(m[1], &n); err != nil {
				t.Fatal(err)
			}
			t.Logf("found by sequence %d", n+1)
			proof.Note(t, "planted", p.name, "found by sequence", n+1)
		})
	}
}

// sequences runs the model in memory over an engine in which one text of a file is another.
func sequences(t *testing.T, top, file, old, with string) (string, error) {
	source, err := os.ReadFile(filepath.Join(top, file))
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(source), old); n != 1 {
		t.Fatalf("%s has %d places that read %q, want one", file, n, old)
	}
	dir := t.TempDir()
	changed := filepath.Join(dir, "changed.go")
	if err := os.WriteFile(changed, []byte(strings.Replace(string(source), old, with, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {filepath.Join(top, file): changed}})
	if err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(list, overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	c := exec.Command("go", "test", "-overlay", list, "-vet=off", "-count=1", "-timeout", "20m", "-run", "^TestModel$/^memory$", ".",
		"-rapid.checks", "5000", "-rapid.seed", "1", "-rapid.shrinktime", "0s", "-rapid.nofailfile")
	c.Env = append(os.Environ(), "SALLYPORT_LONG=", proof.Folder+"=")
	out, err := c.CombinedOutput()
	return string(out), err
}
