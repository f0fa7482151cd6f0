package storetest_test

import (
	"bytes"
	"maps"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/storetest"
)

// broken is a store that breaks exactly one promise.
type broken struct {
	name   string
	breaks string   // what it does, for the page in docs
	caught []string // the subtests that must fail on it; others may
	wrap   func(*ref) store.Store
}

// brokenStores is the proof of the suite: each of them must fail, and each
// subtest must fail on one of them.
func brokenStores() []broken {
	return slices.Concat(brokenCommits(), brokenHolds(), brokenVersions(), brokenLoads(), brokenRecords(), brokenScans(), brokenLives())
}

// id is the name as the testing package spells it.
func (b broken) id() string { return strings.ReplaceAll(b.name, " ", "_") }

// pause lets others in where a real store would wait for its disk.
func pause() {
	for range 3 {
		runtime.Gosched()
	}
}

// brokenChild tells the child of TestBrokenStores what to run: store/subtest,
// with commas between.
const brokenChild = "SALLYPORT_BROKEN_STORES"

// TestBrokenStores runs the suite on every broken store, in a child process
// since it is to fail, and wants the subtests that the table names to fail. A
// race need not be lost each time, so what has not failed gets more rounds: ten
// leave a subtest that finds its fault every other time one chance in a
// thousand to be accused.
func TestBrokenStores(t *testing.T) {
	left := map[string]bool{} // store/subtest
	for _, b := range brokenStores() {
		for _, name := range b.caught {
			left[b.id()+"/"+name] = true
		}
	}
	var out []byte
	for range 10 {
		if out = runBroken(left); len(left) == 0 {
			return
		}
	}
	t.Errorf("not caught: %q\n%s", slices.Sorted(maps.Keys(left)), out)
}

// runBroken runs subtests in a child, and takes out those that failed.
func runBroken(left map[string]bool) []byte {
	cmd := exec.Command(os.Args[0], "-test.v", "-test.timeout=2m", "-test.run=^TestBrokenChild$", "-rapid.nofailfile", "-rapid.shrinktime=100ms")
	cmd.Env = append(os.Environ(), brokenChild+"="+strings.Join(slices.Sorted(maps.Keys(left)), ","))
	out, _ := cmd.CombinedOutput() // that it fails is the point
	for path := range left {
		if bytes.Contains(out, []byte("--- FAIL: TestBrokenChild/"+path+" (")) {
			delete(left, path)
		}
	}
	return out
}

func TestBrokenChild(t *testing.T) {
	if os.Getenv(brokenChild) == "" {
		t.Skip("it is to fail: TestBrokenStores runs it")
	}
	run := strings.Split(os.Getenv(brokenChild), ",")
	for _, b := range brokenStores() {
		t.Run(b.id(), func(t *testing.T) {
			storetest.RunSome(t, refBackend(b.wrap), func(name string) bool { return slices.Contains(run, b.id()+"/"+name) })
		})
	}
}

// Every subtest is one that some broken store cannot pass, or it proves nothing.
func TestEverySubtestCanFail(t *testing.T) {
	proven := map[string]bool{}
	for _, b := range brokenStores() {
		for _, name := range b.caught {
			if !slices.Contains(storetest.Names(), name) {
				t.Errorf("%s: there is no subtest %s", b.name, name)
			}
			proven[name] = true
		}
	}
	for _, name := range storetest.Names() {
		if !proven[name] {
			t.Errorf("no broken store must fail in %s", name)
		}
	}
}
