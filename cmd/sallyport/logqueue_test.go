package main_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	command "github.com/sallyport-auth/sallyport/cmd/sallyport"
)

// TestLogQueue: lines come in their order once they are read, those that were too
// many are counted, in the form of the log, and nobody who writes ever waits.
func TestLogQueue(t *testing.T) {
	read, write := io.Pipe()
	queue, flush := command.LogQueue(write)
	fmt.Fprint(queue, "line 0\n")
	begun := make([]byte, 1)
	if _, err := io.ReadFull(read, begun); err != nil { // the rest of the line is being written from now on
		t.Fatal(err)
	}
	const wait, lost = 1024, 500
	for i := range wait + lost {
		fmt.Fprintf(queue, "line %d\n", i+1)
	}
	done := make(chan string)
	go func() {
		all, _ := io.ReadAll(read)
		done <- string(begun) + string(all)
	}()
	flush()
	fmt.Fprint(queue, "the last\n")
	flush()
	write.Close()
	var want strings.Builder
	for i := range wait + 1 {
		fmt.Fprintf(&want, "line %d\n", i)
		if i == 0 {
			fmt.Fprintf(&want, `{"level":"WARN","msg":"lines of the log were lost, since nobody read them","lines":%d}`+"\n", lost)
		}
	}
	want.WriteString("the last\n")
	if got := <-done; got != want.String() {
		t.Errorf("got %d bytes, want %d; it begins with %q and ends with %q", len(got), want.Len(), got[:min(200, len(got))], got[max(0, len(got)-200):])
	}
}
