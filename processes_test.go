package sallyport_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/password"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store/pgstore"
	"github.com/sallyport-auth/sallyport/store/sealed"
)

// isRacer makes a process of this test binary one that races. It is told what
// to do on its standard input and answers on its standard output, in JSON: a
// racerSetup once; then, for each heat, a racerPart, its own "ready", "go", and
// its tally. It ends with its input.
const isRacer = "SALLYPORT_TEST_RACER"

type racerSetup struct{ URL, KeyFile string }

type racerPart struct {
	Heat        heat
	Part, Parts int
}

// racer is the whole of such a process: an engine of its own on a database that
// it shares with others.
func racer(in io.Reader, out io.Writer) (err error) {
	tell, told := json.NewEncoder(out), json.NewDecoder(in)
	var setup racerSetup
	if err := told.Decode(&setup); err != nil {
		return err
	}
	keys, err1 := sealed.LoadKeys(setup.KeyFile)
	s, err2 := pgstore.Open(context.Background(), setup.URL, pgstore.Options{})
	gate, err3 := roomyGate()
	if err := errors.Join(err1, err2, err3); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	var now atomic.Int64
	nowhere := senderFunc(func(sallyport.Message) {})
	e, err := sallyport.New(context.Background(), sallyport.Config{
		Store: s, Keys: keys, Issuer: sallyporttest.Issuer, Email: nowhere, SMS: nowhere, Gate: gate, SignUp: &sallyport.SignUp{},
		Now: func() time.Time { return time.Unix(0, now.Load()) }, PasswordParams: password.InsecureParamsForTests(),
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	for {
		var p racerPart
		if err := told.Decode(&p); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		now.Store(p.Heat.Now.UnixNano())
		start := make(chan struct{})
		finish := p.Heat.line(e, p.Part, p.Parts, start)
		var word string
		if err := errors.Join(tell.Encode("ready"), told.Decode(&word)); err != nil || word != "go" {
			return fmt.Errorf("got %q, %w, want to go", word, err)
		}
		close(start)
		if err := tell.Encode(finish()); err != nil {
			return err
		}
	}
}

// process is a racer as its parent sees it.
type process struct {
	tell *json.Encoder
	told *json.Decoder
}

// processes race on one database.
type processes []process

func startProcesses(t *testing.T, n int, url, keyFile string) (list processes) {
	t.Helper()
	for range n {
		cmd := exec.Command(os.Args[0])
		cmd.Env, cmd.Stderr = append(os.Environ(), isRacer+"=1"), os.Stderr
		in, err1 := cmd.StdinPipe()
		out, err2 := cmd.StdoutPipe()
		if err := errors.Join(err1, err2); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			in.Close() // which ends it
			if err := cmd.Wait(); err != nil {
				t.Errorf("a racing process: %v", err)
			}
		})
		p := process{json.NewEncoder(in), json.NewDecoder(out)}
		if err := p.tell.Encode(racerSetup{url, keyFile}); err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
	return list
}

func (list processes) race(t *testing.T, h heat) tally {
	t.Helper()
	for i, p := range list {
		if err := p.tell.Encode(racerPart{h, i, len(list)}); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range list {
		var word string
		if err := p.told.Decode(&word); err != nil || word != "ready" {
			t.Fatalf("got %q, %v, want a process that is ready", word, err)
		}
	}
	for _, p := range list {
		if err := p.tell.Encode("go"); err != nil {
			t.Fatal(err)
		}
	}
	sum := tally{}
	for _, p := range list {
		var part tally
		if err := p.told.Decode(&part); err != nil {
			t.Fatal(err)
		}
		sum.add(part)
	}
	return sum
}
