package sallyport_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
)

const month = 30 * 24 * time.Hour

// waiting is a kit at which Eva has signed up and waits for approval.
func waitingForApproval(t *testing.T, life time.Duration) (s *signing, id string) {
	t.Helper()
	s = newSigning(t, func(c *sallyport.Config) { c.SignUp.Approval, c.SignUp.Unapproved = true, life })
	proof := s.started(evas())
	return s, s.prove(proof, sallyport.RegistrationWaits).Account
}

// upkeep lets time pass, and calls for upkeep.
func (s *signing) upkeep(d time.Duration) {
	s.t.Helper()
	s.Clock.Advance(d)
	if err := s.Engine.Maintain(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
}

// exists reports whether there is an account.
func (s *signing) exists(id string) bool {
	s.t.Helper()
	_, err := setup(s.Kit).User(s.t.Context(), id)
	if err != nil && !errors.Is(err, directory.ErrNoUser) {
		s.t.Fatal(err)
	}
	return err == nil
}

// TestSignUpApproval: an account that nobody has approved answers so after a right
// password alone, and opens nothing.
func TestSignUpApproval(t *testing.T) {
	s, id := waitingForApproval(t, 0)
	if r := s.opens("eva", "wrong"); r != sallyport.ReasonWrongPassword {
		t.Errorf("a wrong password: got %q", r)
	}
	r := hostLogin(t, s.Kit, sallyport.Login{Username: "eva", Password: fresh})
	if r.Outcome != sallyport.Denied || r.Reason != sallyport.ReasonNotApproved || r.Status != 257 || r.Session != nil {
		t.Errorf("a right one: got %v, %q, %d", r.Outcome, r.Reason, r.Status)
	}
	u, err := setup(s.Kit).User(t.Context(), id)
	if err != nil || u.Approved || !u.Falls.Equal(s.Clock.Now().Add(month)) {
		t.Errorf("got %+v, %v", u, err)
	}
}

// TestSignUpFalls: an account that nobody approves in time is deleted, and its name and
// address are free again: nobody holds them for ever.
func TestSignUpFalls(t *testing.T) {
	for _, tt := range []struct {
		name       string
		life, want time.Duration
	}{
		{"by default", 0, month}, {"as configured", 48 * time.Hour, 48 * time.Hour},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, id := waitingForApproval(t, tt.life)
			s.upkeep(tt.want - time.Second)
			if !s.exists(id) {
				t.Fatal("deleted before its time")
			}
			s.upkeep(2 * time.Second)
			if s.exists(id) {
				t.Fatal("not deleted at its time")
			}
			if r := s.opens("eva", fresh); r != sallyport.ReasonWrongPassword {
				t.Errorf("a login: got %q", r)
			}
			for _, table := range []string{"account", "name", "email", "factors", "ageing", "falling"} {
				if n := len(recordsOf(t, s.Store, table)); n != 0 {
					t.Errorf("got %d records of %s left", n, table)
				}
			}
			if !slices.ContainsFunc(s.Events(), func(ev sallyport.Event) bool { return ev.Kind == sallyport.EventFell && ev.Account == id }) {
				t.Errorf("got %v", s.Events())
			}
			proof := s.started(evas())
			if again := s.prove(proof, sallyport.RegistrationWaits); again.Account == id {
				t.Error("the same account again")
			}
		})
	}
}

// TestSignUpKept: an account that was approved once is kept, whoever approved it and
// whatever became of it since.
func TestSignUpKept(t *testing.T) {
	yes, no := true, false
	approve := func(s *signing, id string, to *bool) {
		if _, err := setup(s.Kit).UpdateUser(s.t.Context(), id, directory.UserChange{Approved: to}); err != nil {
			s.t.Fatal(err)
		}
	}
	name := "eva two"
	for _, tt := range []struct {
		name string
		do   func(s *signing, id string)
		kept bool
	}{
		{"nothing", func(*signing, string) {}, false},
		{"approved", func(s *signing, id string) { approve(s, id, &yes) }, true},
		{"approved and no longer", func(s *signing, id string) { approve(s, id, &yes); approve(s, id, &no) }, true},
		{"refused", func(s *signing, id string) { approve(s, id, &no) }, false},
		{"renamed", func(s *signing, id string) {
			if _, err := setup(s.Kit).UpdateUser(s.t.Context(), id, directory.UserChange{Name: &name}); err != nil {
				s.t.Fatal(err)
			}
		}, false},
		{"approved by the file", func(s *signing, id string) {
			s.Apply(s.t, func(d *directory.File) {
				d.Users = append(d.Users, directory.User{ID: id, Name: "eva", Email: evasMail})
			})
		}, true},
		{"unapproved in the file", func(s *signing, id string) {
			s.Apply(s.t, func(d *directory.File) {
				d.Users = append(d.Users, directory.User{ID: id, Name: "eva", Email: evasMail, Approved: &no})
			})
		}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, id := waitingForApproval(t, 0)
			tt.do(s, id)
			s.upkeep(month + time.Second)
			if kept := s.exists(id); kept != tt.kept {
				t.Errorf("kept: %v, want %v", kept, tt.kept)
			}
			if n := len(recordsOf(t, s.Store, "falling")); n != 0 {
				t.Errorf("got %d entries left", n)
			}
			s.upkeep(month)
			if kept := s.exists(id); kept != tt.kept {
				t.Errorf("a month later, kept: %v, want %v", kept, tt.kept)
			}
		})
	}
}

// TestSignUpFallsBeside: one entry that leads nowhere, or to a damaged account, keeps
// no other account, and the rest of the upkeep goes on.
func TestSignUpFallsBeside(t *testing.T) {
	s, id := waitingForApproval(t, time.Hour)
	other := evas()
	other.Username, other.Email = "adam", "adam@example.com"
	second := s.prove(s.started(other), sallyport.RegistrationWaits)
	if err := setup(s.Kit).DeleteUser(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	s.upkeep(2 * time.Hour)
	if s.exists(second.Account) || len(recordsOf(t, s.Store, "falling")) != 0 {
		t.Error("an account that was deleted has kept another")
	}
}
