package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/boltstore"
)

// victimSetting makes the test binary a process that is to be killed: it opens
// the file, writes one record, says so and waits.
const victimSetting = "SALLYPORT_BENCH_VICTIM"

func TestMain(m *testing.M) {
	if path := os.Getenv(victimSetting); path != "" {
		if err := victim(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func victim(path string) error {
	s, err := boltstore.Open(path, boltstore.Options{})
	if err != nil {
		return err
	}
	if err := s.Commit(context.Background(), store.Change{ID: 2, Writes: []store.Write{{Key: randomKey(), Value: make([]byte, recordBytes)}}}); err != nil {
		return err
	}
	fmt.Println("written")
	_, err = io.Copy(io.Discard, os.Stdin)
	return errors.Join(err, errors.New("the process was not killed"))
}

// kill leaves a file as a process does that is killed while it has it open.
func kill(b *testing.B, path string) {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), victimSetting+"="+path)
	cmd.Stderr = os.Stderr
	in, err1 := cmd.StdinPipe()
	out, err2 := cmd.StdoutPipe()
	if err := errors.Join(err1, err2, cmd.Start()); err != nil {
		b.Fatal(err)
	}
	defer in.Close()
	line, err := bufio.NewReader(out).ReadString('\n')
	_ = cmd.Process.Kill()
	_ = cmd.Wait() // it was killed
	if err != nil {
		b.Fatalf("the process to be killed: got %q, %v", line, err)
	}
}

// BenchmarkOpen opens files of many accounts that nothing of is in memory: after
// a clean close, and after a kill; and reads them, once each.
func BenchmarkOpen(b *testing.B) {
	for _, n := range accounts(b, accountsSetting) {
		path := inhabitedFile(b, n)
		name := fmt.Sprintf("/accounts=%d", n)
		b.Run("clean"+name, func(b *testing.B) { benchOpen(b, path, func() {}) })
		b.Run("killed"+name, func(b *testing.B) { benchOpen(b, path, func() { kill(b, path) }) })
		b.Run("read"+name, func(b *testing.B) {
			for range b.N {
				if err := forget(path); err != nil {
					b.Skip(err)
				}
				b.ResetTimer()
				readThrough(b, path)
				b.StopTimer()
			}
		})
	}
}

// benchOpen opens and closes a file; before comes first each time.
func benchOpen(b *testing.B, path string, before func()) {
	var spent time.Duration
	for range b.N {
		before()
		if err := forget(path); err != nil {
			b.Skip(err)
		}
		began := time.Now()
		s, err := boltstore.Open(path, boltstore.Options{})
		spent += time.Since(began)
		if err != nil {
			b.Fatal(err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(spent.Nanoseconds())/float64(b.N), "open-ns/op")
}

func readThrough(b *testing.B, path string) {
	b.Helper()
	f, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	buf := make([]byte, 1<<20)
	for err == nil {
		_, err = f.Read(buf)
	}
	if err != io.EOF {
		b.Fatal(err)
	}
}
