package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// What a terminal, a supervisor or a closing pipe may send is decided in
// docs/operating.md. What is not named here is left to the system: TSTP and STOP
// halt the process until CONT, WINCH does nothing, ABRT prints what every
// goroutine does and ends it.

// hardenServer keeps this process alive, for good, through what would end or halt
// it and is not meant for a server: a reader of its output that is gone costs the
// lines, and so does a terminal that it may not write to.
func hardenServer() { signal.Ignore(passedOver...) }

// onHangup returns a channel that receives each SIGHUP, which then no longer ends
// the process, until stop is called.
func onHangup() (hangups <-chan os.Signal, stop func()) {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGHUP)
	return c, func() { signal.Stop(c) }
}

// untilHangup returns a context that a SIGHUP ends, too, unless whoever started
// the process had it ignored, as nohup does.
func untilHangup(ctx context.Context) (context.Context, context.CancelFunc) {
	if signal.Ignored(syscall.SIGHUP) {
		return context.WithCancel(ctx)
	}
	return signal.NotifyContext(ctx, syscall.SIGHUP)
}
