package browser_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/interop/internal/served"
)

// pageStates is how many states of the pages a walk goes through.
const pageStates = 29

// origin is that of the SPA's pages, of which there are none here.
const origin = "https://app.example.com"

// walk runs a script that goes through all pages, and returns what it printed
// beside the states.
func walk(t *testing.T, name string, env ...string) (rest []string) {
	t.Helper()
	served.NeedBrowser(t)
	yes := true
	s := served.Start(t, []served.User{
		{Name: "anna", MFA: &yes}, {Name: "olga", MFA: &yes, Email: "olga@example.com"}, served.Enrolling("stan"),
		served.Mailed("lena"), served.Mailed("dora"), served.Mailed("nora"), served.Mailed("nick"),
		served.Mailed("mona"),
	}, origin)
	steps, rest := script(t, name, append(append(s.Env("Native", ""), "ORIGIN="+origin), env...)...)
	if len(steps) != pageStates {
		t.Errorf("got %d states, want %d: %q", len(steps), pageStates, steps)
	}
	return rest
}

// TestPagesByKeyboard enrols and answers links without JavaScript and without a
// mouse: by Tab, Enter and Space, with a focus that shows.
func TestPagesByKeyboard(t *testing.T) {
	t.Parallel()
	walk(t, "keyboard.mjs")
}

// TestPagesAudit wants no finding of axe-core in any state, in light and dark, and
// no scrolling sideways at 320 to 412 pixels, also with letters of twice the size.
func TestPagesAudit(t *testing.T) {
	t.Parallel()
	for _, line := range walk(t, "audit.mjs") {
		t.Error(line)
	}
}

// TestScreenshots takes pictures of the pages where the environment names a folder
// for them.
func TestScreenshots(t *testing.T) {
	folder := os.Getenv("SALLYPORT_SCREENSHOTS")
	if folder == "" {
		t.Skip("no folder is named; make screenshots does")
	}
	walk(t, "screenshots.mjs", "SCREENSHOTS="+folder)
	pictures, err := filepath.Glob(filepath.Join(folder, "*.png"))
	if err != nil || len(pictures) < 4*pageStates {
		t.Errorf("got %d pictures, %v, want %d", len(pictures), err, 4*pageStates)
	}
	t.Logf("%d pictures in %s", len(pictures), folder)
}

// script runs a script of the browser and returns the steps that it has done, and
// what else it printed.
func script(t *testing.T, name string, env ...string) (done, rest []string) {
	t.Helper()
	printed := served.Script(t, filepath.Join("node", "browser", name), append(env, "CHROMIUM="+served.Chromium())...)
	for line := range strings.Lines(printed) {
		line = strings.TrimSpace(line)
		if step, ok := strings.CutPrefix(line, "step "); ok {
			done = append(done, step)
		} else {
			rest = append(rest, line)
		}
	}
	return done, rest
}
