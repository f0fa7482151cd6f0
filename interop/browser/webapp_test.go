package browser_test

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/interop/internal/served"
)

// webappStates is how many states of its pages the walk goes through.
const webappStates = 18

// TestWebapp walks the pages of examples/webapp in a browser: sign-in by code and by link,
// a step-up, sign-out; without a finding of axe-core, without a word in the browser's console,
// and without scrolling sideways.
func TestWebapp(t *testing.T) {
	t.Parallel()
	served.NeedBrowser(t)
	base, passwords := startWebapp(t)
	env := []string{"BASE=" + base, "PASSWORDS=" + passwords, "SCREENSHOTS=" + os.Getenv("SALLYPORT_SCREENSHOTS")}
	states, findings := script(t, "webapp.mjs", env...)
	if len(states) != webappStates {
		t.Errorf("got %d states, want %d: %q", len(states), webappStates, states)
	}
	for _, finding := range findings {
		t.Error(finding)
	}
}

// startWebapp builds and starts the app, and returns where it is and, in JSON, the passwords
// of its people.
func startWebapp(t *testing.T) (base, passwords string) {
	t.Helper()
	here, err := served.Interop()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	build := exec.Command("go", "build", "-o", filepath.Join(dir, "webapp"), "./examples/webapp")
	build.Dir = filepath.Dir(here)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the app: %v\n%s", err, out)
	}
	app := exec.Command(filepath.Join(dir, "webapp"), "-listen", "127.0.0.1:0", "-dir", filepath.Join(dir, "store"))
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
