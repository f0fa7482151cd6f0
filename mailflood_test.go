package sallyport_test

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/typed"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// floodedMailbox is one mailbox as its owner has proven it, and spellings of it.
const floodedMailbox = "Ada@bücher.example"

var floodSpellings = []string{
	floodedMailbox, "ada@bücher.example", "ADA@BÜCHER.EXAMPLE", "ada@xn--bcher-kva.example", "aDa@XN--Bcher-KVA.example.", "ada@bücher.example.", "ada@Bücher.Example.",
	"ada@bu\u0308cher.example", "ada@bücher\u3002example",
}

// TestP10MailboxFlood: 10,000 sign-ups and calls for a new password about one mailbox, from
// as many network addresses and in all its spellings, at once or over days, send it thirty
// mails a day at most, whoever it belongs to, and cost nobody else theirs.
func TestP10MailboxFlood(t *testing.T) {
	beside(t)
	for name, tt := range map[string]struct {
		owned     bool
		whole     time.Duration
		all, aDay int // that reach the mailbox
	}{
		"of an account, at once":       {true, 0, 3 + 3, 6}, // three of each kind
		"of an account, over a day":    {true, day, 29, 29}, // fifteen, and what comes back
		"of an account, over two days": {true, 2 * day, 44, 29},
		"of no account, at once":       {false, 0, 3, 3},
		"of no account, over a day":    {false, day, 5, 5},
		"of no account, over two days": {false, 2 * day, 8, 5},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // a call takes ten milliseconds
				if all, aDay := flood(t, tt.owned, tt.whole); all != tt.all || aDay != tt.aDay {
					t.Errorf("got %d mails, %d in a day, want %d and %d", all, aDay, tt.all, tt.aDay)
				}
			})
		})
	}
}

// flood makes the calls, spread evenly over that time, and returns how many mails reached
// the mailbox, in all and at most within a day.
func flood(t *testing.T, owned bool, whole time.Duration) (all, aDay int) {
	t.Helper()
	const n = 10_000
	s := newSigning(t, func(c *sallyport.Config) { c.SignInBy = sallyport.SignInByNameOrEmail })
	if owned {
		s.AddUser(t, sallyporttest.User{Name: "ada", Email: floodedMailbox, EmailValidated: true})
	}
	var sent []time.Time // when each mail reached the mailbox
	others := 0
	const every = 500 // calls, somebody else makes two
	for i := range n {
		from, spelling := fmt.Sprintf("2001:db8:%x:%x::1", i/3, i), floodSpellings[i%len(floodSpellings)]
		var err error
		if i%2 == 0 {
			_, err = s.Engine.Register(t.Context(), sallyport.Registration{Address: from, Username: fmt.Sprint("ada", i), Password: fresh, Email: spelling})
		} else {
			err = s.Engine.BeginReset(t.Context(), sallyport.ResetRequest{Address: from, Username: [...]string{"ada", "ADA", spelling}[i/2%3]})
		}
		if _, refused := errors.AsType[*sallyport.FieldError](err); err != nil && !refused { // a spelling that nobody signs up with
			t.Fatalf("%d, %q: %v", i, spelling, err)
		}
		if i%every == 0 {
			for _, err := range s.floodOthers(i / every) {
				if err != nil {
					t.Fatal(err)
				}
			}
			others += 2
		}
		s.Clock.Advance(whole / time.Duration(n))
		synctest.Wait()
		for reached := s.Outbox.Count() - others; reached > len(sent); {
			sent = append(sent, s.Clock.Now())
		}
	}
	own := 0
	for _, m := range s.Outbox.Messages() {
		if typed.SameEmail(m.To, floodedMailbox) {
			own++
		}
	}
	if own != len(sent) || s.Outbox.Count() != own+others {
		t.Errorf("got %d mails to others, want %d", s.Outbox.Count()-own, others)
	}
	return len(sent), mostWithin(sent, day)
}

// mostWithin is how many of those moments, in order, lie within such a time at most.
func mostWithin(list []time.Time, span time.Duration) (most int) {
	for i, first := range list {
		n := 0
		for _, at := range list[i:] {
			if at.Sub(first) < span {
				n++
			}
		}
		most = max(most, n)
	}
	return most
}

// floodOthers is somebody who signs up and somebody who has forgotten their password.
func (s *signing) floodOthers(i int) []error {
	_, err1 := s.Engine.Register(s.t.Context(), sallyport.Registration{Username: fmt.Sprint("eva", i), Password: fresh, Email: fmt.Sprintf("eva%d@example.com", i)})
	name := fmt.Sprint("tom", i)
	s.AddUser(s.t, sallyporttest.User{Name: name, Email: name + "@example.com", EmailValidated: true})
	return []error{err1, s.Engine.BeginReset(s.t.Context(), sallyport.ResetRequest{Username: name})}
}
