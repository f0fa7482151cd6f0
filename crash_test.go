package sallyport_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/proof"
	"github.com/sallyport-auth/sallyport/password"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store/boltstore"
	"github.com/sallyport-auth/sallyport/store/sealed"
)

// isCrasher names the folder of a process of this test binary that logs people
// in until it is killed; crashTime is what its clock shows.
const (
	isCrasher = "SALLYPORT_TEST_CRASHER"
	crashTime = "SALLYPORT_TEST_CRASH_TIME"
)

const (
	crashWorkers = 8
	crashPeople  = 8 // with a second factor, for each worker
)

// acked is what a caller was told: a line of the ledger.
type acked struct {
	Kind            string // session, refreshed, revoked, missed or spent
	Access          string
	Refresh, Next   string
	Request, Option string
	Code            string
}

// crashEngine is an engine on the sealed file in a folder.
func crashEngine(dir string, now time.Time, send senderFunc) (*sallyport.Engine, func() error, error) {
	keys, err := sealed.LoadKeys(filepath.Join(dir, "keys"))
	if err != nil {
		return nil, nil, err
	}
	s, err := boltstore.Open(filepath.Join(dir, "db"), boltstore.Options{})
	if err != nil {
		return nil, nil, err
	}
	e, err := sallyport.New(context.Background(), sallyport.Config{
		Store: s, Keys: keys, Issuer: sallyporttest.Issuer, Email: send, SMS: send, Now: func() time.Time { return now },
		PasswordParams: password.InsecureParamsForTests(), Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return nil, nil, errors.Join(err, s.Close())
	}
	return e, func() error { return errors.Join(e.Close(), s.Close()) }, nil
}

// crasher logs people in, with and without a second factor, mistypes a code of
// each, and refreshes, in many goroutines. It ends when it is killed.
func crasher(dir string, now time.Time, out io.Writer) error {
	var mailed sync.Map // code by address
	e, _, err := crashEngine(dir, now, func(m sallyport.Message) { mailed.Store(m.To, m.Code) })
	if err != nil {
		return err
	}
	tell := make(chan acked)
	failed := make(chan error)
	for w := range crashWorkers {
		go func() {
			for n := 0; ; n++ {
				name := fmt.Sprintf("marie%d-%d", w, n%crashPeople)
				if err := crashJourney(e, fmt.Sprint("paul", w), name, &mailed, tell); err != nil {
					failed <- err
					return
				}
			}
		}()
	}
	line := json.NewEncoder(out)
	for {
		select {
		case a := <-tell:
			if err := line.Encode(a); err != nil {
				return err
			}
		case err := <-failed:
			return err
		}
	}
}

func crashJourney(e *sallyport.Engine, plain, guarded string, mailed *sync.Map, tell chan<- acked) error {
	ctx := context.Background()
	call := func(in sallyport.Login, want sallyport.Status) (*sallyport.Result, error) {
		r, err := e.Login(ctx, login(in))
		if err == nil && r.Status != want {
			err = fmt.Errorf("got %s, want %s", r.Status, want)
		}
		return r, err
	}
	r, err := call(sallyport.Login{Username: plain, Password: sallyporttest.Password}, sallyport.Success)
	if err != nil {
		return err
	}
	tell <- acked{Kind: "session", Access: r.Tokens.AccessToken}
	next, err := e.Refresh(ctx, refresh(r.Tokens.RefreshToken))
	if err != nil {
		return err
	}
	tell <- acked{Kind: "refreshed", Refresh: r.Tokens.RefreshToken, Next: next.RefreshToken}
	if r, err = call(sallyport.Login{Username: plain, Password: sallyporttest.Password}, sallyport.Success); err != nil {
		return err
	}
	given := sallyport.Revocation{Caller: refresh("").Caller, Token: r.Tokens.RefreshToken}
	if err := e.Revoke(ctx, given); err != nil {
		return err
	}
	tell <- acked{Kind: "revoked", Access: r.Tokens.AccessToken, Refresh: given.Token}
	if r, err = call(sallyport.Login{Username: guarded, Password: sallyporttest.Password}, wanted); err != nil {
		return err
	}
	in := sallyport.Login{RequestID: r.RequestID, OptionID: r.Options[1].ID}
	if _, err = call(in, waiting); err != nil {
		return err
	}
	in.Code = "not it"
	if _, err = call(in, wrong); err != nil {
		return err
	}
	tell <- acked{Kind: "missed", Request: in.RequestID, Option: in.OptionID}
	code, _ := mailed.Load(crashMail(guarded))
	in.Code, _ = code.(string)
	if r, err = call(in, sallyport.Success); err != nil {
		return err
	}
	tell <- acked{Kind: "spent", Request: in.RequestID, Option: in.OptionID, Code: in.Code, Access: r.Tokens.AccessToken}
	return nil
}

func crashMail(name string) string { return name + "@example.com" }

// TestP7LoginsUnderKill kills a process in the middle of many logins, again and
// again, and holds what it left to what it had told: a session lives, a refresh
// answer can be given again, a token that was given up is dead, a wrong code stays counted, a code stays spent.
func TestP7LoginsUnderKill(t *testing.T) {
	beside(t)
	cycles := 10
	if long() {
		cycles = 200
	}
	dir := t.TempDir()
	now := crashWorld(t, dir)
	told, lost := 0, 0
	for range cycles {
		now = now.Add(25 * time.Hour) // budgets are not what is tested
		ledger := killedAfter(t, dir, now, 20+rand.IntN(100))
		e, closing, err := crashEngine(dir, now, func(sallyport.Message) {})
		if err != nil {
			t.Fatal(err)
		}
		spent := map[string]bool{}
		for _, a := range ledger {
			spent[a.Request] = spent[a.Request] || a.Kind == "spent"
		}
		for _, a := range ledger {
			if a.Kind == "missed" && spent[a.Request] {
				continue // told more of below
			}
			if err := a.holds(t.Context(), e); err != nil {
				t.Errorf("%s: %v", a.Kind, err)
				lost++
			}
		}
		if err := closing(); err != nil {
			t.Error(err)
		}
		told += len(ledger)
	}
	t.Logf("%d acknowledged steps over %d kills", told, cycles)
	const row = "steps of logins, on a sealed bbolt file"
	proof.Note(t, "crash", row, "kills", cycles)
	proof.Note(t, "crash", row, "acknowledged", told)
	proof.Note(t, "crash", row, "of these lost", lost)
}

// holds asks an engine for what was acknowledged.
func (a acked) holds(ctx context.Context, e *sallyport.Engine) error {
	answer := func(code string) (*sallyport.Result, error) {
		return e.Login(ctx, login(sallyport.Login{RequestID: a.Request, OptionID: a.Option, Code: code}))
	}
	switch a.Kind {
	case "session":
		_, err := e.Verify(ctx, a.Access)
		return err
	case "refreshed":
		again, err := e.Refresh(ctx, refresh(a.Refresh))
		if err == nil && again.RefreshToken != a.Next {
			err = errors.New("another answer than the one that was given")
		}
		return err
	case "revoked":
		if _, err := e.Verify(ctx, a.Access); !errors.Is(err, sallyport.ErrInvalidToken) {
			return fmt.Errorf("got %v for its access token, want it invalid", err)
		}
		if _, err := e.Refresh(ctx, refresh(a.Refresh)); err == nil {
			return errors.New("it was refreshed")
		}
		return nil
	case "missed":
		for i := range 4 {
			if r, err := answer(fmt.Sprint(i)); err != nil {
				return err
			} else if r.Status != wrong && r.Status != dead { // it may have been spent, and nobody told
				return fmt.Errorf("got %s for a wrong code", r.Status)
			}
		}
		r, err := answer("the sixth")
		if err == nil && r.Status != dead {
			err = fmt.Errorf("got %s for a sixth code, want %s", r.Status, dead)
		}
		return err
	}
	r, err := answer(a.Code)
	if err == nil && r.Tokens != nil {
		err = errors.New("it was granted twice")
	}
	if err == nil {
		_, err = e.Verify(ctx, a.Access)
	}
	return err
}

// crashWorld makes the file that is written to, and answers the time in it.
func crashWorld(t *testing.T, dir string) time.Time {
	t.Helper()
	keys, err := sealed.CreateKeys(filepath.Join(dir, "keys"))
	if err != nil {
		t.Fatal(err)
	}
	s, err := boltstore.Open(filepath.Join(dir, "db"), boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	k := sallyporttest.New(t, sallyporttest.WithStore(s), sallyporttest.WithConfig(func(c *sallyport.Config) { c.Keys = keys }))
	for w := range crashWorkers {
		k.AddUser(t, sallyporttest.User{Name: fmt.Sprint("paul", w)})
		for n := range crashPeople {
			name := fmt.Sprintf("marie%d-%d", w, n)
			k.AddUser(t, sallyporttest.User{Name: name, Email: crashMail(name), EmailValidated: true})
		}
	}
	if err := errors.Join(k.Engine.Close(), s.Close()); err != nil {
		t.Fatal(err)
	}
	return k.Clock.Now()
}

// killedAfter runs a crasher until it has told n things, and answers all that
// it told before it died.
func killedAfter(t *testing.T, dir string, now time.Time, n int) (ledger []acked) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), isCrasher+"="+dir, crashTime+"="+now.Format(time.RFC3339))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for in := json.NewDecoder(out); ; {
		var a acked
		if err := in.Decode(&a); err != nil {
			break // the end, or half a line
		}
		if ledger = append(ledger, a); len(ledger) == n {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = cmd.Wait() // it was killed
	if len(ledger) < n {
		t.Fatalf("it ended by itself after %d of %d steps", len(ledger), n)
	}
	return ledger
}
