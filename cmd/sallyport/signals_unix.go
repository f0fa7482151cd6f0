//go:build unix

package main

import (
	"os"
	"syscall"
)

var (
	// endings are the signals that end a command cleanly. QUIT is among them,
	// since a key sends it and supervisors mean by it an orderly end.
	endings = []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGQUIT}

	// passedOver are the signals that a server does nothing about.
	passedOver = []os.Signal{syscall.SIGPIPE, syscall.SIGTTIN, syscall.SIGTTOU, syscall.SIGUSR1, syscall.SIGUSR2}
)
