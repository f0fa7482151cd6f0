package main_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/internal/pgtest"
)

// patience is how long a test waits for what has to come.
const patience = 30 * time.Second

// eventually waits until ok returns true.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	end := time.After(patience)
	for !ok() {
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("waited %v in vain for %s", patience, what)
		}
	}
}

// text gathers what a command prints.
type text struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *text) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *text) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// readyURL is what the line says that a server prints when it is ready.
func readyURL(printed string) string {
	line, _, whole := strings.Cut(printed, "\n")
	if url, ok := strings.CutPrefix(line, "listening on "); ok && whole {
		return url
	}
	return ""
}

// build builds the command once; TestMain removes what it made.
var build = sync.OnceValues(func() (path string, err error) {
	dir, err := os.MkdirTemp("", "sallyport-e2e-")
	if err != nil {
		return "", err
	}
	path = filepath.Join(dir, "sallyport")
	out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%w\n%s", err, out)
	}
	built = dir
	return path, err
})

var built string // what build made

func TestMain(m *testing.M) {
	if signal.Ignored(syscall.SIGHUP) { // as under nohup: a command that is started would ignore it, too
		signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP)
	}
	code := pgtest.Main(m)
	if built != "" {
		os.RemoveAll(built)
	}
	os.Exit(code)
}

// process is a command that runs on its own.
type process struct {
	t        *testing.T
	cmd      *exec.Cmd
	out, err text
	done     chan struct{}
	code     int
}

func spawn(t *testing.T, args ...string) *process {
	t.Helper()
	return spawnIn(t, nil, args...)
}

// spawnIn starts the command with an environment; nil means that of the test.
func spawnIn(t *testing.T, env []string, args ...string) *process {
	t.Helper()
	return spawnWith(t, func(cmd *exec.Cmd) { cmd.Env = env }, args...)
}

// spawnWith starts the command after change has made something of it its own.
func spawnWith(t *testing.T, change func(*exec.Cmd), args ...string) *process {
	t.Helper()
	bin, err := build()
	if err != nil {
		t.Fatalf("building the command: %v", err)
	}
	p := &process{t: t, cmd: exec.Command(bin, args...), done: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.err
	change(p.cmd)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.done)
		err := p.cmd.Wait()
		var exit *exec.ExitError
		if p.code = p.cmd.ProcessState.ExitCode(); err != nil && !errors.As(err, &exit) {
			p.code = -2
		}
	}()
	t.Cleanup(p.kill)
	return p
}

// spawnServer starts a server and waits until it is ready.
func spawnServer(t *testing.T, args ...string) (p *process, url string) {
	t.Helper()
	p = spawn(t, append([]string{"serve", "-listen", "127.0.0.1:0"}, args...)...)
	return p, p.ready()
}

func (p *process) ready() (url string) {
	p.t.Helper()
	eventually(p.t, "the ready line", func() bool {
		select {
		case <-p.done:
			p.t.Fatalf("ended with %d instead: %s", p.code, p.err.String())
		default:
		}
		url = readyURL(p.out.String())
		return url != ""
	})
	return url
}

// spawnShell starts the command from a line of sh, in which "$@" stands for it.
func spawnShell(t *testing.T, line string, args ...string) *process {
	t.Helper()
	needTools(t, "sh")
	return spawnWith(t, func(cmd *exec.Cmd) {
		cmd.Args = append([]string{"sh", "-c", line, "sh"}, cmd.Args...)
		cmd.Path, cmd.Err = exec.LookPath("sh")
	}, args...)
}

// kill ends the process as a power cut would.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may have ended
	<-p.done
}

func (p *process) signal(s os.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

// exit waits for the end and returns its code.
func (p *process) exit() int {
	p.t.Helper()
	select {
	case <-p.done:
	case <-time.After(patience):
		p.t.Fatalf("still running after %v; it said: %s", patience, p.err.String())
	}
	return p.code
}

// needTools skips where a foreign program is missing, or fails where it must
// not be.
func needTools(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		if _, err := exec.LookPath(name); err == nil {
			continue
		}
		if os.Getenv("SALLYPORT_REQUIRE_TOOLS") != "" {
			t.Fatalf("%s is not installed", name)
		}
		t.Skipf("%s is not installed", name)
	}
}

func tool(t *testing.T, stdin []byte, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdin = bytes.NewReader(stdin)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v: %s", name, err, stderr.String())
	}
	return strings.TrimSpace(string(out))
}

func write(t *testing.T, path, content string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}
