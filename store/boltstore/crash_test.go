package boltstore_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/internal/proof"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/boltstore"
)

// crashFile names the store that a child of the test writes to until it is
// killed.
const crashFile = "SALLYPORT_CRASH_FILE"

const crashWriters = 8

// crashWriter puts a mixed load on a store without end, and says on its
// standard output what was acknowledged.
//
// Writer w has two keys that it always writes together, the same number in
// both; every fourth time it deletes them first. As many others count one key
// up, and conflict all the time. Beside them everything is scanned, backed up
// and, where it has expired, swept.
func crashWriter(path string) {
	s, err := boltstore.Open(path, boltstore.Options{})
	must("open", err)
	var out sync.Mutex
	say := func(w, n int) {
		out.Lock()
		defer out.Unlock()
		fmt.Println(w, n)
	}
	var wg sync.WaitGroup
	for w := range crashWriters {
		wg.Go(func() {
			for n := next(s, w); ; n++ {
				if n%4 == 0 {
					crashCommit(s, w, nil)
				}
				crashCommit(s, w, []byte(strconv.Itoa(n)))
				say(w, n)
			}
		})
		wg.Go(func() {
			for {
				say(crashCounter, crashCount(s))
			}
		})
	}
	wg.Go(func() {
		for {
			for _, err := range s.Scan(context.Background(), "", "") {
				must("scan", err)
			}
			must("backup", s.Backup(io.Discard))
			say(crashCounter, crashCount(s)) // at the pace of the others
		}
	})
	wg.Go(func() {
		for n := 0; ; n++ {
			w := store.Write{Key: fmt.Sprint("old/", rnd.Hex(8)), Value: make([]byte, 2000), Expires: time.Unix(1000, 0)}
			must("commit", s.Commit(context.Background(), store.Change{ID: rnd.Uint64(), Writes: []store.Write{w}}))
			if n%10 == 0 {
				_, err := s.Sweep(context.Background(), time.Unix(2000, 0), 100)
				must("sweep", err)
			}
		}
	})
	wg.Wait()
}

// crashCounter is the writer under whose number the counts are told.
const crashCounter = crashWriters

// crashCount counts the one key up and returns what it stands at.
func crashCount(s store.Store) int {
	for {
		recs, err := s.Load(context.Background(), "count")
		must("load", err)
		n, _ := strconv.Atoi(string(recs[0].Value))
		w := store.Write{Key: "count", Value: []byte(strconv.Itoa(n + 1)), If: recs[0].Version}
		err = s.Commit(context.Background(), store.Change{ID: rnd.Uint64(), Writes: []store.Write{w}})
		if err == nil {
			return n + 1
		}
		if !errors.Is(err, store.ErrConflict) {
			must("commit", err)
		}
	}
}

// must ends the process where something fails.
func must(what string, err error) {
	if err != nil {
		fmt.Println(what+":", err)
		os.Exit(1)
	}
}

func crashKeys(w int) []string { return []string{fmt.Sprint("left/", w), fmt.Sprint("right/", w)} }

// next is the number after the one that is stored.
func next(s store.Store, w int) int {
	recs, err := s.Load(context.Background(), crashKeys(w)...)
	must("load", err)
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
	must("commit", err)
}

// TestP7KillUnderLoad kills a process that writes, again and again, and holds
// the file to what was acknowledged: all of it is there, nothing is half
// there, and of each writer at most one write that nobody was told of.
func TestP7KillUnderLoad(t *testing.T) {
	cycles := 10
	if os.Getenv("SALLYPORT_LONG") != "" {
		cycles = 200
	}
	path := filepath.Join(t.TempDir(), "x.db")
	acked := make([]int, crashWriters+1)
	total, silent := 0, 0
	for range cycles {
		total += killAfter(t, path, 50+rand.IntN(400), acked)
		s, err := boltstore.Open(path, boltstore.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for w, n := range acked[:crashWriters] {
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
			if left != strconv.Itoa(n) {
				silent++
			}
			acked[w] = got // from nothing, if it was deleted, the next child counts on
		}
		recs, err := s.Load(t.Context(), "count")
		if err != nil {
			t.Fatal(err)
		}
		got, _ := strconv.Atoi(string(recs[0].Value))
		if n := acked[crashCounter]; got < n || got > n+crashWriters+1 {
			t.Fatalf("counted to %d, want %d, which was acknowledged, or at most one more for each who counts", got, n)
		}
		silent += got - acked[crashCounter]
		acked[crashCounter] = got
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d acknowledged writes over %d kills, and %d that nobody was told of", total, cycles, silent)
	const row = "writes to a bbolt file"
	proof.Note(t, "crash", row, "kills", cycles)
	proof.Note(t, "crash", row, "acknowledged", total)
	proof.Note(t, "crash", row, "of these lost", 0)
	proof.Note(t, "crash", row, "half done", 0)
	proof.Note(t, "crash", row, "done, and nobody told", silent)
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
	counted := map[int]bool{}
	for in := bufio.NewScanner(out); in.Scan(); lines++ {
		w, number, ok := strings.Cut(in.Text(), " ")
		i, err := strconv.Atoi(w)
		if err != nil || !ok {
			t.Fatalf("the writer says %q", in.Text())
		}
		told, err := strconv.Atoi(number)
		if err != nil {
			t.Fatalf("the writer says %q", in.Text())
		}
		if i == crashCounter {
			if counted[told] {
				t.Fatalf("counted to %d twice", told)
			}
			counted[told] = true
		}
		acked[i] = max(acked[i], told)
		if lines == n {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = cmd.Wait() // it was killed
	return lines
}
