package load

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is a server that was started here.
type process struct {
	cmd *exec.Cmd
	url string
}

// start runs a program until it has said where it listens.
func start(ctx context.Context, stdin, name string, args ...string) (*process, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdin, cmd.Stderr = strings.NewReader(stdin), os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = time.Minute
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{cmd: cmd}
	line, err := bufio.NewReader(out).ReadString('\n')
	url, found := strings.CutPrefix(strings.TrimSpace(line), "listening on ")
	if err != nil || !found {
		return nil, fmt.Errorf("starting %s: got %q, %v, want where it listens", name, line, p.stop())
	}
	go func() { _, _ = io.Copy(io.Discard, out) }() // it ends with the process
	p.url = url
	return p, nil
}

// stop ends the process, and waits for its end.
func (p *process) stop() error {
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
	return p.cmd.Wait()
}

// tick is the unit in which Linux tells the time of a process.
const tick = 10 * time.Millisecond

// used is how much processor time the process has taken, in steps of a tick;
// false where the system does not tell.
func (p *process) used() (time.Duration, bool) {
	raw, err := os.ReadFile("/proc/" + strconv.Itoa(p.cmd.Process.Pid) + "/stat")
	if err != nil {
		return 0, false
	}
	// The name of the program, in brackets, may hold blanks; user and system
	// time are the twelfth and thirteenth field behind it.
	fields := strings.Fields(string(raw[strings.LastIndexByte(string(raw), ')')+1:]))
	if len(fields) < 13 {
		return 0, false
	}
	user, err1 := strconv.Atoi(fields[11])
	system, err2 := strconv.Atoi(fields[12])
	return time.Duration(user+system) * tick, err1 == nil && err2 == nil
}
