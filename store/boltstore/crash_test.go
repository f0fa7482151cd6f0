package boltstore_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/boltstore"
)

// crashFile names the store that a child of the test writes to until it is
// killed.
const crashFile = "SALLYPORT_CRASH_FILE"

const crashWriters = 8

// crashWriter writes without end, several writers at once, and says on its
// standard output what was acknowledged. Writer w holds two keys that it
// always writes together, the same number in both; every fourth time it
// deletes them first.
func crashWriter(path string) {
	s, err := boltstore.Open(path, boltstore.Options{})
	if err != nil {
		fmt.Println("open:", err)
		os.Exit(1)
	}
	var out sync.Mutex
	var wg sync.WaitGroup
	for w := range crashWriters {
		wg.Go(func() {
			for n := next(s, w); ; n++ {
				if n%4 == 0 {
					crashCommit(s, w, nil)
				}
				crashCommit(s, w, []byte(strconv.Itoa(n)))
				out.Lock()
				fmt.Println(w, n)
				out.Unlock()
			}
		})
	}
	wg.Wait()
}

func crashKeys(w int) []string { return []string{fmt.Sprint("left/", w), fmt.Sprint("right/", w)} }

// next is the number after the one that is stored.
func next(s store.Store, w int) int {
	recs, err := s.Load(context.Background(), crashKeys(w)...)
	if err != nil {
		fmt.Println("load:", err)
		os.Exit(1)
	}
	n, _ := strconv.Atoi(string(recs[0].Value))
	return n + 1
}

func crashCommit(s store.Store, w int, value []byte) {
	recs, err := s.Load(context.Background(), crashKeys(w)...)
	if err == nil {
		c := store.Change{ID: rnd.Uint64()}
		for _, r := range recs {
			c.Writes = append(c.Writes, store.Write{Key: r.Key, Value: value, If: r.Version})
		}
		err = s.Commit(context.Background(), c)
	}
	if err != nil {
		fmt.Println("commit:", err)
		os.Exit(1)
	}
}

// TestP7KillUnderLoad kills a process that writes, again and again, and holds
// the file to what was acknowledged: all of it is there, nothing is half
// there, and at most one write that nobody was told of.
func TestP7KillUnderLoad(t *testing.T) {
	cycles := 10
	if os.Getenv("SALLYPORT_LONG") != "" {
		cycles = 200
	}
	path := filepath.Join(t.TempDir(), "x.db")
	acked := make([]int, crashWriters)
	total := 0
	for range cycles {
		total += killAfter(t, path, 50+rand.IntN(400), acked)
		s, err := boltstore.Open(path, boltstore.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for w, n := range acked {
			recs, err := s.Load(t.Context(), crashKeys(w)...)
			if err != nil {
				t.Fatal(err)
			}
			left, right := string(recs[0].Value), string(recs[1].Value)
			if left != right {
				t.Fatalf("writer %d: half a commit: %q and %q", w, left, right)
			}
			// What came after the last acknowledged write: nothing, the next
			// one, or the deletion that goes before it.
			got, _ := strconv.Atoi(left)
			if deleted := recs[0].Value == nil; got != n && got != n+1 && !(deleted && (n+1)%4 == 0) {
				t.Fatalf("writer %d: got %q, want %d, which was acknowledged, or the one after", w, left, n)
			}
			acked[w] = got // from nothing, if it was deleted, the next child counts on
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d acknowledged writes over %d kills", total, cycles)
}

// killAfter runs a writer until it has acknowledged n writes and kills it.
// What it acknowledged before it died counts too.
func killAfter(t *testing.T, path string, n int, acked []int) (lines int) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), crashFile+"="+path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for in := bufio.NewScanner(out); in.Scan(); lines++ {
		w, number, ok := strings.Cut(in.Text(), " ")
		i, err := strconv.Atoi(w)
		if err != nil || !ok {
			t.Fatalf("the writer says %q", in.Text())
		}
		if acked[i], err = strconv.Atoi(number); err != nil {
			t.Fatalf("the writer says %q", in.Text())
		}
		if lines == n {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = cmd.Wait() // it was killed
	return lines
}
