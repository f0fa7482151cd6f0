package sallyport_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/internal/pgtest"
	"github.com/sallyport-auth/sallyport/internal/proof"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/boltstore"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/sealed"
)

// departure ends the context of one call at a point of it: 0 before it begins,
// then before and after each call on the store. It travels with the context, so
// that every caller of a crowd has one of their own.
type departure struct {
	at     int
	point  int
	cancel context.CancelFunc
}

type departureKey struct{}

// departing is a store whose callers leave.
type departing struct{ store.Store }

// pass counts a point of the call.
func pass(ctx context.Context) {
	if d, ok := ctx.Value(departureKey{}).(*departure); ok {
		d.point++
		if d.point == d.at {
			d.cancel()
		}
	}
}

func (s departing) Load(ctx context.Context, keys ...string) ([]store.Record, error) {
	pass(ctx)
	defer pass(ctx)
	return s.Store.Load(ctx, keys...)
}

func (s departing) Commit(ctx context.Context, c store.Change) error {
	pass(ctx)
	defer pass(ctx)
	return s.Store.Commit(ctx, c)
}

// leave returns a context that ends at a point of the call; below 0 it does not
// end.
func leave(t *testing.T, at int) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	if at == 0 {
		cancel()
	}
	return context.WithValue(ctx, departureKey{}, &departure{at: at, cancel: cancel})
}

// backends are the stores that a rule is held to, and how many guesses there are in
// the short form.
func backends() []struct {
	name  string
	tries int
	open  func(*testing.T) (store.Store, bool) // and whether it is sealed
} {
	bolt := func(t *testing.T) store.Store {
		s, err := boltstore.Open(filepath.Join(t.TempDir(), "x.db"), boltstore.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return s
	}
	return []struct {
		name  string
		tries int
		open  func(*testing.T) (store.Store, bool)
	}{
		{"memory", 200, func(*testing.T) (store.Store, bool) { return memstore.New(), false }},
		{"bbolt", 100, func(t *testing.T) (store.Store, bool) { return bolt(t), false }},
		{"sealed bbolt", 100, func(t *testing.T) (store.Store, bool) { return bolt(t), true }},
		{"PostgreSQL", 100, func(t *testing.T) (store.Store, bool) { return openPostgres(t, pgtest.URL(t)), true }},
	}
}

// guessed is what came of one guess.
type guessed int

const (
	refusal guessed = iota // an error, or an answer that says nothing of the guess
	verdict                // "wrong"
	jackpot                // granted
)

// secret is a kind of secret that strangers guess at.
type secret struct {
	name   string
	budget int // guesses that are charged; all others are refused
	// waits is how many points of a call lie before the guess is looked at, while
	// the call still ends with its caller.
	waits int
	// begin makes ready, and returns how the i-th wrong one is guessed.
	begin func(*testing.T, *sallyporttest.Kit) func(ctx context.Context, i int) (guessed, error)
}

// told sorts the answer of a login.
func told(r *sallyport.Result, err error) (guessed, error) {
	switch {
	case err != nil:
		return refusal, err
	case r.Tokens != nil:
		return jackpot, nil
	case r.Status.Has(sallyport.SecureCodeDoesNotMatch), r.Status.Has(sallyport.PasswordDoesNotMatch), r.Status == lockedOut:
		return verdict, nil
	}
	return refusal, nil
}

// toldStep sorts the answer of a step of an enrolment.
func toldStep(r sallyport.EnrollmentResult, err error) (guessed, error) {
	switch {
	case errors.Is(err, sallyport.ErrUnknownRequest):
		return refusal, nil
	case err != nil:
		return refusal, err
	case r.Status == sallyport.EnrollmentWrongCode:
		return verdict, nil
	}
	return jackpot, nil
}

// codes guesses codes of an option.
func codes(transport, mode string, wrongCode func(i int) string) func(*testing.T, *sallyporttest.Kit) func(context.Context, int) (guessed, error) {
	return func(t *testing.T, k *sallyporttest.Kit) func(context.Context, int) (guessed, error) {
		c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true, TOTP: true})
		r := c.Login(p.Name, p.Password).Want(t, wanted)
		if mode == "OTP" && transport == "Email" {
			c.Choose(r, transport, mode).Want(t, waiting)
		}
		in := sallyport.Login{RequestID: r.RequestID, OptionID: option(t, r, transport, mode)}
		return func(ctx context.Context, i int) (guessed, error) {
			in := in
			in.Code = wrongCode(i)
			return told(k.Engine.Login(ctx, login(in)))
		}
	}
}

// number is a six-digit code that is not right.
func number(right func() string) func(i int) string {
	return func(i int) string {
		if code := fmt.Sprintf("%06d", i); code != right() {
			return code
		}
		return "999999"
	}
}

func passwords(name string) func(*testing.T, *sallyporttest.Kit) func(context.Context, int) (guessed, error) {
	return func(t *testing.T, k *sallyporttest.Kit) func(context.Context, int) (guessed, error) {
		k.AddUser(t, sallyporttest.User{Name: "paul"})
		return func(ctx context.Context, i int) (guessed, error) {
			return told(k.Engine.Login(ctx, login(sallyport.Login{Username: name, Password: fmt.Sprint("guess ", i)})))
		}
	}
}

func secrets() []secret {
	none := func() string { return "" }
	return []secret{
		{"password", 10, 4, passwords("paul")},
		{"password for a name that nobody has", 10, 4, passwords("nobody-at-all")},
		{"password on a remembered device", 5 + 10, 4, func(t *testing.T, k *sallyporttest.Kit) func(context.Context, int) (guessed, error) {
			setPolicy(t, k, func(d *directory.Policy) { d.MFA.Session = new(12 * time.Hour) })
			p := tom(t, k)
			token := remembered(t, k.InProcess(), p)
			return func(ctx context.Context, i int) (guessed, error) {
				return told(k.Engine.Login(ctx, login(sallyport.Login{Username: p.Name, Password: fmt.Sprint("guess ", i), DeviceToken: token})))
			}
		}},
		{"mailed code", 5, 0, codes("Email", "OTP", number(none))},
		{"authenticator code", 5, 0, codes("MicrosoftAuthenticator", "OTP", number(none))},
		{"recovery code", 5, 0, codes("MicrosoftAuthenticator", "OTP", func(i int) string { return fmt.Sprintf("AAAAAAAA%08d", i) })},
		{"first code of an authenticator", 5, 0, func(t *testing.T, k *sallyporttest.Kit) func(context.Context, int) (guessed, error) {
			yes := true
			c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "new", MFA: &yes})
			r := c.Login(p.Name, p.Password)
			return func(ctx context.Context, i int) (guessed, error) {
				return toldStep(k.Engine.ConfirmTOTP(ctx, sallyport.EnrollmentCall{RequestID: r.RequestID}, fmt.Sprintf("%06d", i)))
			}
		}},
		{"code to a new address", 5, 0, func(t *testing.T, k *sallyporttest.Kit) func(context.Context, int) (guessed, error) {
			yes := true
			c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "new", MFA: &yes})
			r := c.Login(p.Name, p.Password)
			c.SendVerification(r.RequestID, "Email", mail).Want(t, false)
			return func(ctx context.Context, i int) (guessed, error) {
				return toldStep(k.Engine.ConfirmVerification(ctx, sallyport.EnrollmentCall{RequestID: r.RequestID}, mfa.Email, fmt.Sprintf("%06d", i)))
			}
		}},
	}
}

// charges counts what was charged, by the events.
func charges(n *atomic.Int64) sallyporttest.Option {
	return sallyporttest.WithConfig(func(c *sallyport.Config) {
		next := c.OnEvent
		c.OnEvent = func(ev sallyport.Event) {
			switch ev.Kind {
			case sallyport.EventWrongPassword, sallyport.EventWrongCode, sallyport.EventLocked:
				n.Add(1)
			}
			if next != nil {
				next(ev)
			}
		}
	})
}

// TestP4Departed: whoever hangs up, at whatever point of a call, is charged from
// the first look at what they guessed; so the budget holds, and nothing is looked
// at that is not paid for.
func TestP4Departed(t *testing.T) {
	beside(t)
	for _, b := range backends() {
		for _, sec := range secrets() {
			t.Run(b.name+"/"+sec.name, func(t *testing.T) {
				s, isSealed := b.open(t)
				var charged atomic.Int64
				opts := []sallyporttest.Option{sallyporttest.WithStore(departing{s}), charges(&charged)}
				if !isSealed {
					opts = append(opts, sallyporttest.WithConfig(func(c *sallyport.Config) { c.Keys, c.InsecurePlainStore = sealed.Keys{}, true }))
				}
				guess := sec.begin(t, sallyporttest.New(t, opts...))
				tries := b.tries
				if long() {
					tries = 1000
				}
				const points = 8 // of two readings, a commit, and one past the end
				verdicts, paid := 0, charged.Load()
				for i := range tries {
					at := i%points - 1 // the first is not cut off
					before := charged.Load()
					got, err := guess(leave(t, at), i)
					looked := at < 0 || at > sec.waits
					switch now := charged.Load() - before; {
					case got == jackpot:
						t.Fatalf("guess %d was right", i)
					case err != nil && !errors.Is(err, context.Canceled):
						t.Fatalf("guess %d: %v", i, err)
					case int(charged.Load()-paid) > sec.budget:
						t.Fatalf("guess %d was charged beyond the budget", i)
					case looked && int(before-paid) < sec.budget && now != 1:
						t.Errorf("guess %d, left at %d: charged %d times, want once", i, at, now)
					case !looked && now != 0:
						t.Errorf("guess %d, left at %d before it was looked at: charged", i, at)
					case got == verdict:
						verdicts++
					}
				}
				if got := int(charged.Load() - paid); got != sec.budget {
					t.Errorf("charged %d, want %d", got, sec.budget)
				}
				proof.Note(t, "departed", sec.name, b.name, fmt.Sprint(sec.budget, " charged of ", tries))
			})
		}
	}
}

// TestP4DepartedCrowd: the same of a thousand at once.
func TestP4DepartedCrowd(t *testing.T) {
	for _, sec := range secrets() {
		t.Run(sec.name, func(t *testing.T) {
			gate, err := roomyGate()
			if err != nil {
				t.Fatal(err)
			}
			var charged, verdicts, others atomic.Int64
			k := sallyporttest.New(t, sallyporttest.WithStore(departing{memstore.New()}), charges(&charged),
				sallyporttest.WithConfig(func(c *sallyport.Config) { c.Gate = gate }))
			guess := sec.begin(t, k)
			paid := charged.Load()
			crowd(1000, func(i int) {
				switch got, err := guess(leave(t, i%8-1), i); {
				case got == jackpot:
					t.Errorf("guess %d was right", i)
				case err != nil && !errors.Is(err, context.Canceled):
					t.Errorf("guess %d: %v", i, err)
				case got == verdict:
					verdicts.Add(1)
				default:
					others.Add(1)
				}
			})
			if got := int(charged.Load() - paid); got != sec.budget {
				t.Errorf("charged %d, want %d", got, sec.budget)
			}
			if v, o := verdicts.Load(), others.Load(); v+o != 1000 {
				t.Errorf("got %d verdicts and %d refusals, want 1000", v, o)
			}
		})
	}
}

// TestP4DepartedDecision: a decision on a link stands whether or not whoever made
// it waits for the answer, and a wrong number is the only try.
func TestP4DepartedDecision(t *testing.T) {
	for at := -1; at < 8; at++ {
		t.Run(fmt.Sprint("left at ", at), func(t *testing.T) {
			k := sallyporttest.New(t, sallyporttest.WithStore(departing{memstore.New()}),
				sallyporttest.WithDirectory(func(d *directory.File) { d.Clients[0].LinkNumber = true }))
			c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
			a := c.Login(p.Name, p.Password).Want(t, wanted)
			if _, err := k.Engine.Login(t.Context(), login(sallyport.Login{RequestID: a.RequestID, OptionID: option(t, a, "Email", "Link")})); err != nil {
				t.Fatal(err)
			}
			token := strings.TrimPrefix(k.Outbox.LastLink(mail), sallyporttest.Issuer+"/mfa/link/")
			v, err := k.Engine.ViewLink(t.Context(), token)
			if err != nil {
				t.Fatal(err)
			}
			for i := range 3 {
				o, err := k.Engine.DecideLink(leave(t, at), token, sallyport.LinkDecision{Nonce: v.Nonce, Approve: true, Number: "no number"})
				switch {
				case at == 0 && !errors.Is(err, context.Canceled):
					t.Errorf("try %d by somebody who had gone: got %q, %v", i, o, err)
				case at != 0 && (o != sallyport.LinkWrongNumber || err != nil):
					t.Errorf("try %d: got %q, %v, want the number wrong", i, o, err)
				}
			}
			if at != 0 {
				c.Choose(a, "Email", "OTP").Want(t, sallyport.Failure|sallyport.ProcessCanceled)
			}
		})
	}
}

// TestP4DepartedUndo: a factor that its owner removes by the link of a notice is
// removed whether or not the owner waits for the page.
func TestP4DepartedUndo(t *testing.T) {
	beside(t)
	for at := range 8 {
		t.Run(fmt.Sprint("left at ", at), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := sallyporttest.New(t, sallyporttest.WithStore(departing{memstore.New()}))
				c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
				addAuthenticator(t, k, p)
				token := linkToken(k.Outbox.Await(mail, "notice").Link)
				v, err := k.Engine.ViewLink(t.Context(), token)
				if err != nil || !v.Undo {
					t.Fatalf("got %+v, %v, want an undo link", v, err)
				}
				d := sallyport.LinkDecision{Nonce: v.Nonce, Approve: true}
				if o, err := k.Engine.DecideLink(leave(t, at), token, d); (err == nil) == (at == 0) || at != 0 && o != sallyport.LinkUndone {
					t.Errorf("got %q, %v", o, err)
				}
				options := len(c.Login(p.Name, p.Password).Want(t, wanted).Options)
				if want := map[bool]int{true: 3, false: 2}[at == 0]; options != want {
					t.Errorf("got %d options afterwards, want %d", options, want)
				}
				if o, err := k.Engine.DecideLink(t.Context(), token, d); err != nil || o != sallyport.LinkUndone {
					t.Errorf("once more: got %q, %v", o, err)
				}
			})
		})
	}
}

// TestP4DepartedGrant: a right secret whose caller has gone grants nothing, is not
// spent and not charged; the next call with it goes through.
func TestP4DepartedGrant(t *testing.T) {
	for at := range 8 {
		t.Run(fmt.Sprint("left at ", at), func(t *testing.T) {
			var charged atomic.Int64
			k := sallyporttest.New(t, sallyporttest.WithStore(departing{memstore.New()}), charges(&charged))
			p := k.AddUser(t, sallyporttest.User{Name: "tom", TOTP: true})
			first := login(sallyport.Login{Username: p.Name, Password: p.Password})
			r, err := k.Engine.Login(leave(t, at), first)
			if at < 7 && !errors.Is(err, context.Canceled) {
				t.Errorf("the password: got %v, %v, want nothing", r, err)
			}
			if r, err = k.Engine.Login(t.Context(), first); err != nil || r.Status != wanted {
				t.Fatalf("the password again: got %v, %v", r, err)
			}
			code := login(sallyport.Login{RequestID: r.RequestID, OptionID: r.Options[0].ID, Code: p.Authenticator.Fresh()})
			if r, err := k.Engine.Login(leave(t, at), code); at < 5 && !errors.Is(err, context.Canceled) {
				t.Errorf("the code: got %v, %v, want nothing", r, err)
			}
			// Whoever leaves once the commit is under way may find it spent.
			if r, err := k.Engine.Login(t.Context(), code); at < 3 && (err != nil || r.Tokens == nil) {
				t.Errorf("the code again: got %v, %v, want tokens", r, err)
			}
			if charged.Load() != 0 {
				t.Errorf("charged %d times", charged.Load())
			}
		})
	}
}

// TestP4DepartedClientSecret: twenty wrong client secrets a minute are told as
// such, however many come at once and however they end.
func TestP4DepartedClientSecret(t *testing.T) {
	k := sallyporttest.New(t, sallyporttest.WithStore(departing{memstore.New()}))
	p := k.AddUser(t, sallyporttest.User{Name: "paul"})
	var told, busy, gone atomic.Int64
	crowd(1000, func(i int) {
		_, err := k.Engine.Login(leave(t, i%8-1), sallyport.Login{
			Caller: &sallyport.Caller{ClientID: sallyporttest.ClientID, ClientSecret: fmt.Sprint("a wrong secret ", i)}, Username: p.Name, Password: p.Password, Address: "192.0.2.7",
		})
		var refused *sallyport.ProtocolError
		switch {
		case errors.As(err, &refused):
			told.Add(1)
		case errors.Is(err, sallyport.ErrBusy):
			busy.Add(1)
		case errors.Is(err, context.Canceled):
			gone.Add(1)
		default:
			t.Errorf("guess %d: got %v", i, err)
		}
	})
	if told.Load() > 20 || told.Load()+busy.Load()+gone.Load() != 1000 {
		t.Errorf("got %d told, %d busy, %d gone, want 20 told at most and 1000 in all", told.Load(), busy.Load(), gone.Load())
	}
	in := login(sallyport.Login{Username: p.Name, Password: p.Password, Address: "192.0.2.7"})
	if _, err := k.Engine.Login(t.Context(), in); !errors.Is(err, sallyport.ErrBusy) {
		t.Errorf("the right secret after twenty wrong ones: got %v, want it put off", err)
	}
}
