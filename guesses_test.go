package sallyport_test

import (
	"fmt"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/proof"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// guesses is how many different guesses arrive at once: always a thousand in
// memory, and on the other stores where the long form is asked for.
func guesses(store string) int {
	if long() || store == "memory" {
		return 1000
	}
	return 100
}

// wantVerdicts compares a whole tally: every answer counts.
func wantVerdicts(t *testing.T, got tally, want map[sallyport.Status]int) {
	t.Helper()
	words := tally{}
	for status, n := range want {
		words[status.String()] = n
	}
	if fmt.Sprint(got) != fmt.Sprint(words) {
		t.Errorf("got %v, want %v", got, words)
	}
}

// TestP4ParallelGuesses: of a thousand different wrong codes at once exactly
// five are answered as wrong, and the right one comes too late.
func TestP4ParallelGuesses(t *testing.T) {
	for _, s := range arenas(t) {
		t.Run(s.name, func(t *testing.T) {
			a, tries := s.make(t), guesses(s.name)
			k := a.kit
			c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
			r := c.Choose(c.Login(p.Name, p.Password), "Email", "OTP").Want(t, waiting)
			right := k.Outbox.LastCode(mail)
			h := heat{Call: "login"}
			for i := range tries {
				code := fmt.Sprintf("%06d", i)
				if code == right {
					code = "999999"
				}
				h.Logins = append(h.Logins, login(sallyport.Login{RequestID: r.RequestID, OptionID: option(t, r, "Email", "OTP"), Code: code}))
			}
			got := a.run(t, tries, h)
			wantVerdicts(t, got, map[sallyport.Status]int{wrong: 5, dead: tries - 5})
			c.Answer(r, right).Want(t, dead)
			row := "wrong codes"
			proof.Note(t, "guesses", row, "at once", tries)
			proof.Note(t, "guesses", row, s.name, fmt.Sprint(got[wrong.String()], " wrong, ", got[dead.String()], " exhausted"))
		})
	}
}

// TestP4ParallelPasswords: of a thousand different wrong passwords at once nine
// miss, one of them as the last, and all others are locked out; for a name that
// nobody has just as for one that somebody has.
func TestP4ParallelPasswords(t *testing.T) {
	for _, s := range arenas(t) {
		t.Run(s.name, func(t *testing.T) {
			a, tries := s.make(t), guesses(s.name)
			p := a.kit.AddUser(t, sallyporttest.User{Name: "paul"})
			for _, name := range []string{p.Name, "nobody-at-all"} {
				row, h := "wrong passwords", heat{Call: "login"}
				if name != p.Name {
					row = "passwords for a name that nobody has"
				}
				for i := range tries {
					h.Logins = append(h.Logins, login(sallyport.Login{Username: name, Password: fmt.Sprint("guess ", i)}))
				}
				got := a.run(t, tries, h)
				wantVerdicts(t, got, map[sallyport.Status]int{mismatch: 8, mismatch | sallyport.LastBadLogin: 1, lockedOut: tries - 9})
				proof.Note(t, "guesses", row, "at once", tries)
				proof.Note(t, "guesses", row, s.name, fmt.Sprint(got[mismatch.String()]+got[(mismatch|sallyport.LastBadLogin).String()], " wrong, ", got[lockedOut.String()], " locked out"))
			}
			r, err := a.kit.Engine.Login(t.Context(), login(sallyport.Login{Username: p.Name, Password: p.Password}))
			if err != nil || r.Status != lockedOut {
				t.Errorf("the right password while locked: got %v, %v, want %s", r, err, lockedOut)
			}
		})
	}
}
