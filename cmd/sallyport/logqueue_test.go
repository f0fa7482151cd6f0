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
	kept := 0
	for i := range lines {
		line := fmt.Sprintf("line %d\n", i)
		if !strings.Contains(got, "\n"+line) && !strings.HasPrefix(got, line) {
			break
		}
		kept++
	}
	lost := fmt.Sprintf("%d lines of the log were lost", lines-kept)
	if kept < 1024 || kept > 1025 || strings.Count(got, "\nline ")+1 != kept || !strings.Contains(got, lost) || !strings.HasSuffix(got, "\nthe last\n") {
		t.Errorf("kept %d lines; want 1024 or one more, %q and the last; it ends with %q", kept, lost, got[max(0, len(got)-200):])
	}
}
