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
// to do on its standard input and answers on its standard output, in JSON: for each
// heat a racerPart, its own "ready", "go", and its tally. It ends with its input.
const isRacer = "SALLYPORT_TEST_RACER"

type racerSetup struct{ URL, KeyFile string }

type racerPart struct {
	Setup       racerSetup
	Heat        heat
	Part, Parts int
}

// racing is an engine of a racer's own, on a database that it shares with others.
type racing struct {
	setup  racerSetup
	engine *sallyport.Engine
	store  *pgstore.Store
	now    atomic.Int64
}

func newRacing(setup racerSetup) (*racing, error) {
	keys, err1 := sealed.LoadKeys(setup.KeyFile)
	s, err2 := pgstore.Open(context.Background(), setup.URL, pgstore.Options{})
	gate, err3 := roomyGate()
	r := &racing{setup: setup, store: s}
	if err := errors.Join(err1, err2, err3); err != nil {
		return r, err
	}
	nowhere := senderFunc(func(sallyport.Message) {})
	var err error
	r.engine, err = sallyport.New(context.Background(), sallyport.Config{
		Store: s, Keys: keys, Issuer: sallyporttest.Issuer, Email: nowhere, SMS: nowhere, Gate: gate, SignUp: &sallyport.SignUp{},
		Now: func() time.Time { return time.Unix(0, r.now.Load()) }, PasswordParams: password.InsecureParamsForTests(),
	})
	return r, err
}

func (r *racing) close() (err error) {
	if r.engine != nil {
		err = r.engine.Close()
	}
	if r.store != nil {
		err = errors.Join(err, r.store.Close())
	}
	return err
}

// racer is the whole of such a process. Its engine serves the heats that follow one
// another on one database: to start a process takes longer than a heat.
func racer(in io.Reader, out io.Writer) (err error) {
	tell, told := json.NewEncoder(out), json.NewDecoder(in)
	r := &racing{}
	defer func() { err = errors.Join(err, r.close()) }()
	for {
		var p racerPart
		if err := told.Decode(&p); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if p.Setup != r.setup {
			if err := r.close(); err != nil {
				return err
			}
			if r, err = newRacing(p.Setup); err != nil {
				return err
			}
		}
		r.now.Store(p.Heat.Now.UnixNano())
		start := make(chan struct{})
		finish := p.Heat.line(r.engine, p.Part, p.Parts, start)
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

// processes race on one database at a time.
type processes []process

// startProcesses starts n of them, which end with the test.
func startProcesses(t *testing.T, n int) (list processes) {
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
		list = append(list, process{json.NewEncoder(in), json.NewDecoder(out)})
	}
	return list
}

func (list processes) race(t *testing.T, setup racerSetup, h heat) tally {
	t.Helper()
	for i, p := range list {
		if err := p.tell.Encode(racerPart{setup, h, i, len(list)}); err != nil {
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
