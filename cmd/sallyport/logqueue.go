package main

import (
	"io"
	"log/slog"
	"sync/atomic"
	"time"
)

const (
	// queuedLines is how many lines of the log wait for a reader that has halted,
	// such as a pager or a terminal after Ctrl-S. More are lost and counted.
	queuedLines = 1024

	// flushWithin is how long the log may take to be read where the server waits
	// for that: before it says that it is ready, and at its end.
	flushWithin = time.Second
)

// logQueue writes lines in the background, so that nobody who logs ever waits for
// whoever reads the log.
type logQueue struct {
	to    io.Writer
	own   *slog.Logger // writes to it without the queue
	lines chan queuedLine
	lost  atomic.Int64
}

// queuedLine is a line, or a mark that closes read when it is reached.
type queuedLine struct {
	text []byte
	read chan struct{}
}

// newLogQueue starts the writing. It ends with the process: it may be held in a
// write that nobody ends. What the queue itself has to tell goes through own, so
// that whoever reads the log by a program meets one form of line.
func newLogQueue(to io.Writer, own *slog.Logger) *logQueue {
	q := &logQueue{to: to, own: own, lines: make(chan queuedLine, queuedLines)}
	go q.run()
	return q
}

func (q *logQueue) run() {
	for line := range q.lines {
		if line.read != nil {
			close(line.read)
			continue
		}
		if n := q.lost.Swap(0); n > 0 {
			q.own.Warn("lines of the log were lost, since nobody read them", "lines", n)
		}
		q.to.Write(line.text) // whoever reads it may be gone
	}
}

// Write implements [io.Writer]. It never waits and never fails.
func (q *logQueue) Write(text []byte) (int, error) {
	select {
	case q.lines <- queuedLine{text: append([]byte(nil), text...)}:
	default:
		q.lost.Add(1)
	}
	return len(text), nil
}

// flush waits for what was written so far to be read, and not long.
func (q *logQueue) flush() {
	end := time.NewTimer(flushWithin)
	defer end.Stop()
	mark := queuedLine{read: make(chan struct{})}
	select {
	case q.lines <- mark:
	case <-end.C:
		return
	}
	select {
	case <-mark.read:
	case <-end.C:
	}
}
