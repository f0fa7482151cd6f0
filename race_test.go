package sallyport_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/pgtest"
	"github.com/sallyport-auth/sallyport/password"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store/boltstore"
	"github.com/sallyport-auth/sallyport/store/sealed"
)

// long says whether the long forms of tests are asked for.
func long() bool { return os.Getenv("SALLYPORT_LONG") != "" }

// heat is one race: what its callers call with. It is plain data, so that other
// processes can run a part of it.
type heat struct {
	Call    string // one of calls
	Now     time.Time
	Callers int
	Logins  []sallyport.Login // caller i sends number i modulo their count
	Refresh string
	Link    string
	Nonce   string
	Request string
	Code    string
	Proofs  []sallyport.Verification // like Logins
	Change  sallyport.PasswordChange // caller i adds i blanks and a stop to the new password
	Reset   sallyport.ResetFinish    // likewise
	Keys    []string                 // caller i sends number i modulo their count
	Adds    []confirming             // likewise
	Ledger  sallyport.Ledger         // of the key in Keys
	Changes []factorCall             // like Logins
	Handles []string                 // likewise
	StepUps []sallyport.StepUpAnswer // likewise, with the same number of Handles
	Account string                   // and the id of one of its API keys
	KeyID   string
}

// confirming is a first code of an authenticator, in the request that adds it.
type confirming struct{ Request, Code string }

// calls are what a heat may be about. Each answers what came of it in a word.
var calls = map[string]func(ctx context.Context, e *sallyport.Engine, h heat, i int) (string, error){
	"login": logIn, "guess": guess,
	"device": func(ctx context.Context, e *sallyport.Engine, h heat, i int) (string, error) {
		r, err := e.Login(ctx, h.Logins[i%len(h.Logins)])
		if err != nil || r.Tokens == nil {
			return "", fmt.Errorf("refused: %v, %w", r, err)
		}
		return r.DeviceToken, nil
	},
	"change": func(ctx context.Context, e *sallyport.Engine, h heat, i int) (string, error) {
		h.Change.NewPassword += strings.Repeat(" ", i) + "."
		r, err := e.ChangePassword(ctx, h.Change)
		if err != nil {
			return "", err
		}
		return string(r.Status), nil
	},
	"reset": func(ctx context.Context, e *sallyport.Engine, h heat, i int) (string, error) {
		h.Reset.NewPassword += strings.Repeat(" ", i) + "."
		r, err := e.FinishReset(ctx, h.Reset)
		if err != nil {
			return "", err
		}
		return string(r.Status), nil
	},
	"verify": func(ctx context.Context, e *sallyport.Engine, h heat, i int) (string, error) {
		in := h.Proofs[i%len(h.Proofs)]
		in.Password = fresh + strings.Repeat(" ", i) + "."
		r, err := e.VerifyEmail(ctx, in)
		if err != nil {
			return "", err
		}
		return string(r.Status), nil
	},
	"prove": func(ctx context.Context, e *sallyport.Engine, h heat, i int) (string, error) {
		r, err := e.ProveAddress(ctx, h.Keys[i%len(h.Keys)])
		if err != nil {
			return "", err
		}
		return string(r.Status), nil
	},
	"undo": func(ctx context.Context, e *sallyport.Engine, h heat, i int) (string, error) {
		r, err := e.UndoAddress(ctx, h.Keys[i%len(h.Keys)])
		if err != nil {
			return "", err
		}
		return string(r.Status), nil
	},
	"decide": func(ctx context.Context, e *sallyport.Engine, h heat, i int) (string, error) { // every second one denies
		o, err := e.DecideLink(ctx, h.Link, sallyport.LinkDecision{Nonce: h.Nonce, Approve: i%2 == 0})
		return string(o), err
	},
	"lost login": lostOne, "step up": stepUpOne, "renew": renewOne, "end beside others": endBesideOthers, "rotate": rotateOne,
	"factors": changeFactors, "renew while others log in": renewBesideLogins, "remove by link": removeBesideLogins,
	"charge": func(ctx context.Context, e *sallyport.Engine, h heat, i int) (string, error) {
		c, err := e.Charge(ctx, h.Ledger, h.Keys[i%len(h.Keys)])
		if err == nil && c.OK {
			return granted, nil
		}
		return "used up", err
	},
	"refresh": func(ctx context.Context, e *sallyport.Engine, h heat, _ int) (string, error) {
		r, err := e.Refresh(ctx, refresh(h.Refresh))
		if err != nil {
			return "", err
		}
		return r.RefreshToken, nil
	},
	"add": func(ctx context.Context, e *sallyport.Engine, h heat, i int) (string, error) {
		in := h.Adds[i%len(h.Adds)]
		_, err := e.ConfirmTOTP(ctx, sallyport.EnrollmentCall{RequestID: in.Request}, in.Code)
		return in.Request, err
	},
	"confirm": func(ctx context.Context, e *sallyport.Engine, h heat, _ int) (string, error) {
		r, err := e.ConfirmTOTP(ctx, sallyport.EnrollmentCall{RequestID: h.Request}, h.Code)
		if err == nil && len(r.RecoveryCodes) > 0 {
			return strings.Join(r.RecoveryCodes, " "), nil
		}
		return string(r.Status), err
	},
}

const granted = "granted"

func logIn(ctx context.Context, e *sallyport.Engine, h heat, i int) (string, error) {
	r, err := e.Login(ctx, h.Logins[i%len(h.Logins)])
	switch {
	case err != nil:
		return "", err
	case r.Tokens != nil:
		return granted, nil
	}
	return r.Status.String(), nil
}

// tally counts what came of the calls of a heat, by word.
type tally map[string]int

// line stands up the callers of one part of a heat, those whose number is part
// modulo parts. They call when start is closed; finish waits for them.
func (h heat) line(e *sallyport.Engine, part, parts int, start <-chan struct{}) (finish func() tally) {
	var wg sync.WaitGroup
	var mu sync.Mutex
	t := tally{}
	for i := part; i < h.Callers; i += parts {
		wg.Go(func() {
			<-start
			word, err := calls[h.Call](context.Background(), e, h, i)
			if err != nil {
				word = "error: " + err.Error()
			}
			mu.Lock()
			defer mu.Unlock()
			t[word]++
		})
	}
	return func() tally {
		wg.Wait()
		return t
	}
}

// arena is a store with those who race on it.
type arena struct {
	kit  *sallyporttest.Kit
	race func(t *testing.T, h heat) tally
}

// run releases the callers of a heat together and counts what came of it.
func (a arena) run(t *testing.T, callers int, h heat) tally {
	t.Helper()
	h.Callers, h.Now = callers, a.kit.Clock.Now()
	got := a.race(t, h)
	sum := 0
	for _, n := range got {
		sum += n
	}
	if sum != callers {
		t.Errorf("got %d answers to %d calls", sum, callers)
	}
	return got
}

// engines race in this process.
type engines []*sallyport.Engine

func (e engines) race(_ *testing.T, h heat) tally {
	start := make(chan struct{})
	var finish []func() tally
	for i, one := range e {
		finish = append(finish, h.line(one, i, len(e), start))
	}
	close(start)
	sum := tally{}
	for _, f := range finish {
		sum.add(f())
	}
	return sum
}

func (t tally) add(more tally) {
	for word, n := range maps.All(more) {
		t[word] += n
	}
}

// roomyGate lets a crowd wait for its hashes, where by default most would be
// turned away unheard.
func roomyGate() (*password.Gate, error) {
	return password.NewGate(password.GateConfig{Queue: 10_000})
}

// arenas are the stores that races of a test are held on. The first is quick. The
// processes of the last are started once and end with the test.
func arenas(owner *testing.T) []struct {
	name string
	make func(*testing.T) arena
} {
	roomy := func(t *testing.T) sallyporttest.Option {
		gate, err := roomyGate()
		if err != nil {
			t.Fatal(err)
		}
		return sallyporttest.WithConfig(func(c *sallyport.Config) { c.Gate, c.SignUp = gate, &sallyport.SignUp{} })
	}
	plain := sallyporttest.WithConfig(func(c *sallyport.Config) { c.Keys, c.InsecurePlainStore = sealed.Keys{}, true })
	bolt := func(t *testing.T) sallyporttest.Option {
		s, err := boltstore.Open(filepath.Join(t.TempDir(), "x.db"), boltstore.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return sallyporttest.WithStore(s)
	}
	alone := func(t *testing.T, opts ...sallyporttest.Option) arena {
		k := sallyporttest.New(t, append(opts, roomy(t))...)
		return arena{k, engines{k.Engine}.race}
	}
	racers := sync.OnceValue(func() processes { return startProcesses(owner, 2) })
	return []struct {
		name string
		make func(*testing.T) arena
	}{
		{"memory", func(t *testing.T) arena { return alone(t, plain) }},
		{"bbolt", func(t *testing.T) arena { return alone(t, plain, bolt(t)) }},
		{"sealed bbolt", func(t *testing.T) arena { return alone(t, bolt(t)) }},
		{"PostgreSQL, two engines", func(t *testing.T) arena {
			k := sallyporttest.New(t, sallyporttest.WithStore(openPostgres(t, pgtest.URL(t))), roomy(t))
			return arena{k, engines{k.Engine, k.Node().Engine}.race}
		}},
		{"PostgreSQL, two processes", func(t *testing.T) arena {
			url, keyFile := pgtest.URL(t), filepath.Join(t.TempDir(), "keys")
			keys, err := sealed.CreateKeys(keyFile)
			if err != nil {
				t.Fatal(err)
			}
			// This one prepares what the others race for.
			k := sallyporttest.New(t, sallyporttest.WithStore(openPostgres(t, url)), sallyporttest.WithConfig(func(c *sallyport.Config) { c.Keys, c.SignUp = keys, &sallyport.SignUp{} }))
			return arena{k, func(t *testing.T, h heat) tally { return racers().race(t, racerSetup{url, keyFile}, h) }}
		}},
	}
}

// errors are the words of a tally that are errors, but for one that is allowed.
func (t tally) errors(allowed error) (list []string) {
	for word, n := range t {
		if strings.HasPrefix(word, "error: ") && (allowed == nil || word != "error: "+allowed.Error()) {
			list = append(list, fmt.Sprintf("%d × %s", n, word))
		}
	}
	return list
}
