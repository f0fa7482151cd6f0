package sallyporttest_test

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"
)

// probe is a test that may fail without harm.
type probe struct {
	testing.TB

	mu         sync.Mutex
	complaints []string
}

// run waits for do, which may end its goroutine.
func (p *probe) run(do func(testing.TB)) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		do(p)
	}()
	<-done
}

func (p *probe) Errorf(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.complaints = append(p.complaints, fmt.Sprintf(format, args...))
}

func (p *probe) Fatalf(format string, args ...any) {
	p.Errorf(format, args...)
	runtime.Goexit()
}

// t is the test that examples do not have. What it is to clean up lives as
// long as the process.
var t testing.TB = exampleT{}

type exampleT struct{ testing.TB }

func (exampleT) Helper()                           {}
func (exampleT) Cleanup(func())                    {}
func (exampleT) Context() context.Context          { return context.Background() }
func (exampleT) Errorf(format string, args ...any) { fmt.Printf(format+"\n", args...) }
func (exampleT) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }
