package sallyport_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/internal/openlist"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/sealed"
)

// TestSignUpMailBudget: three mails a day go to an address, in whatever case and
// whether it is taken or not; beyond that the answer is alike.
func TestSignUpMailBudget(t *testing.T) {
	for _, taken := range []bool{false, true} {
		s := newSigning(t, nil)
		if taken {
			s.AddUser(t, sallyporttest.User{Name: "adam", Email: "Eva@Example.com", EmailValidated: true})
		}
		spellings := []string{"Eva@Example.com", "eva@example.com", "EVA@EXAMPLE.COM", "eva@example.COM"}
		begin := func(n int) {
			for i := range n {
				in := evas()
				in.Email = spellings[i%len(spellings)]
				if secret := s.begin(in); len(secret) != 64 {
					t.Errorf("got the secret %q", secret)
				}
			}
		}
		begin(6)
		s.wantMails(3)
		s.Clock.Advance(8*time.Hour - time.Second)
		begin(1)
		s.wantMails(3)
		s.Clock.Advance(time.Second)
		begin(2)
		s.wantMails(4)
	}
}

// wantMails wants so many messages in all. Those under way go out before the engine
// is closed; another one takes its place.
func (s *signing) wantMails(n int) {
	s.t.Helper()
	if err := s.Engine.Close(); err != nil {
		s.t.Fatal(err)
	}
	if got := s.Outbox.Count(); got != n {
		s.t.Errorf("got %d mails, want %d", got, n)
	}
	s.Kit = s.Node()
}

// TestSignUpStarts: ten sign-ups an hour begin from an IPv4 address or an IPv6 /64, and
// thirty from a /48. Addresses behind which many may stand are not counted.
func TestSignUpStarts(t *testing.T) {
	repeat := func(address string, n int) (list []string) {
		for range n {
			list = append(list, address)
		}
		return list
	}
	var spread []string
	for i := range 4 {
		spread = append(spread, repeat(fmt.Sprintf("2001:db8:1:%d::1", i), 9)...)
	}
	for _, tt := range []struct {
		name  string
		from  []string
		admit int
		wait  time.Duration // until the next one of the last address is let in
	}{
		{"IPv4", repeat("203.0.113.1", 12), 10, 6 * time.Minute},
		{"IPv4 in IPv6", append(repeat("203.0.113.1", 5), repeat("::ffff:203.0.113.1", 6)...), 10, 6 * time.Minute},
		{"two IPv4", append(repeat("203.0.113.1", 10), repeat("203.0.113.2", 10)...), 20, 6 * time.Minute},
		{"a /64", append(repeat("2001:db8::1", 6), repeat("2001:db8::2", 6)...), 10, 6 * time.Minute},
		{"a /48", spread, 30, 2 * time.Minute},
		{"loopback", repeat("127.0.0.1", 40), 40, 0},
		{"private", repeat("10.0.0.1", 40), 40, 0},
		{"none", repeat("", 40), 40, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newSigning(t, nil)
			begin := func(from string, i int) bool {
				_, err := s.Engine.Register(t.Context(), sallyport.Registration{Address: from, Username: "eva", Password: fresh, Email: fmt.Sprintf("eva%d@example.com", i)})
				if err != nil && !errors.Is(err, sallyport.ErrBusy) {
					t.Fatal(err)
				}
				return err == nil
			}
			admitted := 0
			for i, from := range tt.from {
				if begin(from, i) {
					admitted++
				}
			}
			if admitted != tt.admit {
				t.Errorf("got %d admitted, want %d", admitted, tt.admit)
			}
			if tt.wait == 0 {
				return
			}
			last := tt.from[len(tt.from)-1]
			s.Clock.Advance(tt.wait - time.Second)
			if begin(last, 100) {
				t.Error("let in before its time")
			}
			s.Clock.Advance(time.Second)
			if !begin(last, 101) {
				t.Error("not let in at its time")
			}
		})
	}
}

// TestSignUpStartsAtOnce: no more begin where all ask at once.
func TestSignUpStartsAtOnce(t *testing.T) {
	gate, err := roomyGate()
	if err != nil {
		t.Fatal(err)
	}
	s := newSigning(t, func(c *sallyport.Config) { c.Gate = gate })
	done := make(chan bool, 100)
	crowd(100, func(i int) {
		_, err := s.Engine.Register(context.Background(), sallyport.Registration{Address: "203.0.113.1", Username: "eva", Password: fresh, Email: fmt.Sprintf("eva%d@example.com", i)})
		done <- err == nil
	})
	admitted := 0
	for range 100 {
		if <-done {
			admitted++
		}
	}
	if admitted != 10 {
		t.Errorf("got %d admitted, want 10", admitted)
	}
}

// TestSignUpOpen: 10,000 registrations are open at most. When the store is full, the
// group that holds most loses its oldest, key and all, and everybody else is let in
// and keeps theirs.
func TestSignUpOpen(t *testing.T) {
	m := memstore.New()
	s := newSigning(t, func(c *sallyport.Config) { c.Keys, c.InsecurePlainStore = sealed.Keys{}, true }, sallyporttest.WithStore(m))
	own := s.started(evas()) // a group of its own, since no address is known
	fillOpen(t, m, s.Clock.Now())
	for i := range 30 {
		s.begin(sallyport.Registration{Address: fmt.Sprintf("198.51.100.%d", i), Username: "late", Password: fresh, Email: fmt.Sprintf("late%d@example.com", i)})
	}
	if n := openOnes(t, m, s.Clock.Now()); n != openlist.Max {
		t.Errorf("got %d open, want %d", n, openlist.Max)
	}
	s.prove(own, sallyport.RegistrationCreated)
	if n := openOnes(t, m, s.Clock.Now()); n != openlist.Max-1 {
		t.Errorf("got %d open after one has ended, want one less", n)
	}
}

// TestSignUpDisplaced: a registration that had to make room is gone with its key.
func TestSignUpDisplaced(t *testing.T) {
	beside(t)
	m := memstore.New()
	s := newSigning(t, func(c *sallyport.Config) { c.Keys, c.InsecurePlainStore = sealed.Keys{}, true }, sallyporttest.WithStore(m))
	var first []sallyport.Verification
	for i := range 300 { // all of one group
		first = append(first, s.started(sallyport.Registration{Username: fmt.Sprint("eva", i), Password: fresh, Email: fmt.Sprintf("eva%d@example.com", i)}))
	}
	fillOpen(t, m, s.Clock.Now())
	dead := 0
	for i := range 50 {
		s.begin(sallyport.Registration{Username: "late", Password: fresh, Email: fmt.Sprintf("late%d@example.com", i)})
	}
	keys, open := len(recordsOf(t, m, "key")), len(recordsOf(t, m, "registration"))
	for _, in := range first {
		r, err := s.Engine.VerifyEmail(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		if r.Status == sallyport.RegistrationDead {
			dead++
		}
	}
	if dead == 0 || keys != open || keys > 350-dead {
		t.Errorf("got %d displaced, %d keys and %d registrations", dead, keys, open)
	}
}

// fillOpen fills each part of the list with registrations of many groups that hold two.
func fillOpen(t *testing.T, s store.Store, now time.Time) {
	t.Helper()
	db := store.NewDB(s, "")
	for part := range 100 {
		err := db.Run(t.Context(), now, func(tx *store.Tx) error {
			l, err := directory.OpenRegistrations.Read(tx, fmt.Sprintf("%08x", part))
			for i := len(l.Open); i < 100; i++ {
				l.Add(openlist.Entry{ID: rnd.UUID(), Key: rnd.UUID(), Group: uint64(part*100 + i/2), Made: now})
			}
			if err != nil {
				return err
			}
			return l.Write(tx)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// openOnes counts the registrations that are listed as open.
func openOnes(t *testing.T, s store.Store, now time.Time) (n int) {
	t.Helper()
	db := store.NewDB(s, "")
	for part := range 100 {
		err := db.Run(t.Context(), now, func(tx *store.Tx) error {
			l, err := directory.OpenRegistrations.Read(tx, fmt.Sprintf("%08x", part))
			n += len(l.Open)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return n
}
