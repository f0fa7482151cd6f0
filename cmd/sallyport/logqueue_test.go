package main_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	command "github.com/sallyport-auth/sallyport/cmd/sallyport"
)

// TestLogQueue: lines come in their order once they are read, those that were too
// many are counted, and nobody who writes ever waits.
func TestLogQueue(t *testing.T) {
	read, write := io.Pipe()
	queue, flush := command.LogQueue(write)
	const lines = 2000
	for i := range lines {
		fmt.Fprintf(queue, "line %d\n", i)
	}
	done := make(chan string)
	go func() {
		all, _ := io.ReadAll(read)
		done <- string(all)
	}()
	flush()
	fmt.Fprint(queue, "the last\n")
	flush()
	write.Close()
	got := <-done
	if !strings.HasSuffix(got, "\nthe last\n") {
		t.Errorf("got %q at the end, want the last line", got[max(0, len(got)-200):])
	}
	kept, lost, before := 0, 0, -1
	for line := range strings.Lines(got) {
		var n int
		if _, err := fmt.Sscanf(line, "line %d\n", &n); err == nil {
			if n <= before {
				t.Errorf("got line %d after line %d, want their order", n, before)
			}
			kept, before = kept+1, n
		}
		if _, told, found := strings.Cut(line, `msg="`); found {
			_, err := fmt.Sscanf(told, "%d lines of the log were lost", &n)
			if err != nil {
				t.Errorf("got %q, want the number of lines that were lost", line)
			}
			lost += n
		}
	}
	// One more than the queue holds if the first was being written when it filled.
	if kept < 1024 || kept > 1025 || kept+lost != lines {
		t.Errorf("got %d lines and %d told as lost, want 1024 or 1025, and %d together", kept, lost, lines)
	}
}
