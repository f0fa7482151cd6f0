//go:build unix

package main

import (
	"context"
	"os/exec"
	"syscall"
)

// command is a program in a group of processes of its own, which the end of ctx
// ends. It gets 8 GiB of addresses where the shell can say so, since a loop that
// a mutant has made endless may take all the memory there is before its time is
// up. A Go program holds 2 GiB of addresses when it begins.
func command(ctx context.Context, program string, args ...string) *exec.Cmd {
	const limited = `ulimit -v 8388608 2>/dev/null; exec "$0" "$@"`
	cmd := exec.CommandContext(ctx, "sh", append([]string{"-c", limited, program}, args...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	return cmd
}

// endGroup ends what a command that is over has left behind.
func endGroup(cmd *exec.Cmd) {
	if cmd.Process != nil {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // mostly there is nobody
	}
}
