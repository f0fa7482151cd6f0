package browser_test

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/sallyport-auth/sallyport/interop/internal/served"
)

// TestWebapp walks the pages of examples/webapp in a browser, with and without scripts: from
// the sign-up by a mailed link to a sign-out everywhere, with an authenticator whose key is
// read off the screen, and what an admin does. With scripts and in English each state is
// looked at: no finding of axe-core in light and dark, no scrolling sideways. In all of them
// no word in the browser's console, and no request to another host.
func TestWebapp(t *testing.T) {
	t.Parallel()
	served.NeedBrowser(t)
	for _, walk := range []struct {
		name, language, scripts, audit string
		states                         int
	}{
		{"scripts", "en", "on", "yes", 57},
		{"no scripts", "en", "off", "", 57},
		{"German", "de", "on", "", 28},
		{"German without scripts", "de", "off", "", 28},
	} {
		t.Run(walk.name, func(t *testing.T) {
			t.Parallel()
			states := onWebapp(t, "webapp.mjs", "TONGUE="+walk.language, "SCRIPTS="+walk.scripts, "AUDIT="+walk.audit)
			if len(states) != walk.states {
				t.Errorf("got %d states, want %d: %q", len(states), walk.states, states)
			}
		})
	}
}

// errorStates is how many pages there are on which something is wrong.
const errorStates = 26

// TestWebappErrors looks at the pages on which something is wrong, as TestWebapp does.
func TestWebappErrors(t *testing.T) {
	t.Parallel()
	served.NeedBrowser(t)
	if states := onWebapp(t, "errors.mjs", "AUDIT=yes"); len(states) != errorStates {
		t.Errorf("got %d states, want %d: %q", len(states), errorStates, states)
	}
}

// onWebapp runs a script against an app of its own, fails the test for each of its findings,
// and returns the states that it has come to.
func onWebapp(t *testing.T, name string, env ...string) []string {
	t.Helper()
	base, passwords := startWebapp(t)
	env = append(env, "BASE="+base, "PASSWORDS="+passwords, "SCREENSHOTS="+os.Getenv("SALLYPORT_SCREENSHOTS"))
	states, findings := script(t, name, env...)
	for _, finding := range findings {
		t.Error(finding)
	}
	return states
}

// buildWebapp builds the app once, into a folder that goes when the tests end.
var buildWebapp = sync.OnceValues(func() (string, error) {
	here, err := served.Interop()
	if err != nil {
		return "", err
	}
	return served.Build("webapp", filepath.Dir(here), "./examples/webapp")
})

// startWebapp starts the app, and returns where it is and, in JSON, the passwords of its
// people.
func startWebapp(t *testing.T) (base, passwords string) {
	t.Helper()
	bin, err := buildWebapp()
	if err != nil {
		t.Fatal(err)
	}
	app := exec.Command(bin, "-listen", "127.0.0.1:0", "-dir", filepath.Join(t.TempDir(), "store"))
	app.Stderr = t.Output()
	told, err := app.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := app.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = app.Process.Signal(os.Interrupt) // it may have ended
		if err := app.Wait(); err != nil {
			t.Errorf("the app ended with %v", err)
		}
	})
	people := map[string]string{}
	for lines := bufio.NewScanner(told); len(people) < 4 && lines.Scan(); {
		words := strings.Fields(lines.Text())
		switch {
		case strings.HasPrefix(lines.Text(), "The app is at"):
			base = words[len(words)-1]
		case len(words) > 2 && len(words[1]) == 12:
			people[words[0]] = words[1]
		}
	}
	raw, err := json.Marshal(people)
	if err != nil || base == "" || len(people) != 4 {
		t.Fatalf("the app told of %d people at %q", len(people), base)
	}
	return base, string(raw)
}
