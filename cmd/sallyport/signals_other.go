//go:build !unix

package main

import (
	"os"
	"syscall"
)

var (
	// endings are the signals that end a command cleanly.
	endings = []os.Signal{os.Interrupt, syscall.SIGTERM}

	// passedOver are the signals that a server does nothing about: there are
	// none to be had.
	passedOver []os.Signal
)
