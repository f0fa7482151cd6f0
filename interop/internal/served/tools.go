package served

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// leastNode is the oldest Node.js that the packages of interop/node run on.
const leastNode = 20

// NeedNode skips the test where Node.js or the packages of interop/node are
// missing, or fails it where they must not be.
func NeedNode(t testing.TB) {
	t.Helper()
	need(t, hasNode())
}

// NeedBrowser is like [NeedNode], for Chromium too.
func NeedBrowser(t testing.TB) {
	t.Helper()
	NeedNode(t)
	_, err := chromium()
	need(t, err)
}

var chromium = sync.OnceValues(func() (string, error) { return exec.LookPath("chromium") })

// Chromium returns the path of the browser, after [NeedBrowser].
func Chromium() string {
	path, _ := chromium() // NeedBrowser has looked
	return path
}

// NeedPython skips or fails the test where Debian's Python, or one of the modules,
// is missing.
func NeedPython(t testing.TB, modules ...string) {
	t.Helper()
	out, err := exec.Command(python, "-c", "import "+strings.Join(modules, ", ")).CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%w: %s", err, out)
	}
	need(t, err)
}

// need skips for want of a program, unless the environment says that none may be
// missing.
func need(t testing.TB, missing error) {
	t.Helper()
	switch {
	case missing == nil:
	case os.Getenv("SALLYPORT_REQUIRE_TOOLS") != "":
		t.Fatalf("a tool is missing: %v", missing)
	default:
		t.Skipf("a tool is missing (make tools installs them): %v", missing)
	}
}

var hasNode = sync.OnceValue(func() error {
	out, err := exec.Command("node", "--version").Output()
	if err != nil {
		return fmt.Errorf("node: %w", err)
	}
	major, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(string(out)), "v"), ".")
	if n, err := strconv.Atoi(major); err != nil || n < leastNode {
		return fmt.Errorf("node is %s, want %d at least", strings.TrimSpace(string(out)), leastNode)
	}
	dir, err := Interop()
	if err != nil {
		return err
	}
	_, err = os.Stat(filepath.Join(dir, "node", "node_modules", ".installed"))
	return err
})

// NeedPictures skips or fails the test where there is no program that reads pictures.
func NeedPictures(t testing.TB) {
	t.Helper()
	_, err := exec.LookPath("zbarimg")
	need(t, err)
}

// NeedDotnet skips or fails the test where there is no compiler of C#, or nothing that runs
// what it makes. They are Mono's: Debian has no other.
func NeedDotnet(t testing.TB) {
	t.Helper()
	for _, program := range []string{"mcs", "mono"} {
		_, err := exec.LookPath(program)
		need(t, err)
	}
}

// python is Debian's, for which its packages are.
const python = "/usr/bin/python3"

// Script runs a script of interop/node (.mjs) or interop/python (.py), with the
// environment of the test and env beside it, and returns what it printed. A script
// that fails, or takes too long, fails the test.
func Script(t testing.TB, name string, env ...string) string {
	t.Helper()
	return LongScript(t, Patience, name, env...)
}

// LongScript is [Script] for one that may take as long as is said.
func LongScript(t testing.TB, patience time.Duration, name string, env ...string) string {
	t.Helper()
	program := "node"
	if filepath.Ext(name) == ".py" {
		program = python
	}
	return run(t, patience, env, program, name)
}

// Program runs a program of the packages of interop/node, in its folder, and returns what
// it printed. One that fails fails the test.
func Program(t testing.TB, name string, args ...string) string {
	t.Helper()
	// Neither says at home that it was used, nor asks whether there is a newer one.
	quiet := []string{"REDOCLY_TELEMETRY=off", "REDOCLY_SUPPRESS_UPDATE_NOTICE=true"}
	return run(t, Patience, quiet, "node", append([]string{filepath.Join("node", "node_modules", name)}, args...)...)
}

// run runs a program in the folder of this module.
func run(t testing.TB, patience time.Duration, env []string, program string, args ...string) string {
	t.Helper()
	dir, err := Interop()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), env...)
	var complaints text
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s\n%s", args[0], errors.Join(err, ctx.Err()), out, complaints.String())
	}
	return string(out)
}

// Env tells a script of the server, and as whom to log in.
func (s *Server) Env(platform, user string) []string {
	secret := Secret
	if platform == "SPA" {
		secret = ""
	}
	return []string{
		"ISSUER=" + s.Issuer, "OUTBOX=" + s.Outbox, "SALLYPORT=" + s.Bin,
		"CLIENT_ID=" + ApplicationID + "_" + platform, "CLIENT_SECRET=" + secret, "LOGIN=" + user, "PASSWORD=" + Password,
		"SERVICE_ID=" + ApplicationID + "_Service", "SERVICE_SECRET=" + Secret,
	}
}
