// Package child starts the foreign programs of tests so that none outlives them.
package child

import (
	"os"
	"os/exec"
	"syscall"
)

// Process is a program that was started.
type Process struct {
	// Ended is closed when the program has ended.
	Ended <-chan struct{}

	process *os.Process
}

// Start starts cmd. It ends at the latest with this process, where the system can see to
// that (Linux).
func Start(cmd *exec.Cmd) (*Process, error) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	bind(cmd.SysProcAttr)
	ended, started := make(chan struct{}), make(chan error, 1)
	go tied(func() {
		defer close(ended)
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // it is ended by a signal
		}
	})
	if err := <-started; err != nil {
		return nil, err
	}
	return &Process{Ended: ended, process: cmd.Process}, nil
}

// Stop sends the program a signal and waits for its end.
func (p *Process) Stop(sig os.Signal) {
	_ = p.process.Signal(sig) // an error means that it has ended
	<-p.Ended
}
