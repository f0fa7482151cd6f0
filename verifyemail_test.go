package sallyport_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/password"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/storetest"
)

const otherFresh = "another fresh password"

// TestSignUpPasswordOfTheBrowser: the password typed at the start serves with the
// secret of that registration's browser alone; elsewhere a new one is asked for, and
// the first is never used.
func TestSignUpPasswordOfTheBrowser(t *testing.T) {
	for _, tt := range []struct {
		name string
		in   func(own, foreign string) sallyport.Verification
		want sallyport.RegistrationStatus
		good string
	}{
		{"the same browser", func(own, _ string) sallyport.Verification { return sallyport.Verification{Secret: own} }, sallyport.RegistrationCreated, fresh},
		{"the same browser, another password", func(own, _ string) sallyport.Verification {
			return sallyport.Verification{Secret: own, Password: otherFresh}
		}, sallyport.RegistrationCreated, otherFresh},
		{"no browser", func(string, string) sallyport.Verification { return sallyport.Verification{} }, sallyport.RegistrationPasswordWanted, otherFresh},
		{"the browser of another registration", func(_, foreign string) sallyport.Verification {
			return sallyport.Verification{Secret: foreign}
		}, sallyport.RegistrationPasswordWanted, otherFresh},
		{"another browser with a password", func(string, string) sallyport.Verification {
			return sallyport.Verification{Password: otherFresh}
		}, sallyport.RegistrationCreated, otherFresh},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newSigning(t, nil)
			own := s.started(evas())
			in := tt.in(own.Secret, s.begin(sallyport.Registration{Username: "eva", Password: fresh, Email: "eva@example.org"}))
			in.Key = own.Key
			s.prove(in, tt.want)
			if tt.want == sallyport.RegistrationPasswordWanted {
				if r := s.opens("eva", fresh); r != sallyport.ReasonWrongPassword {
					t.Errorf("before a password was chosen: got %q", r)
				}
				in.Password = otherFresh
				s.prove(in, sallyport.RegistrationCreated)
			}
			s.Clock.Advance(time.Minute)
			for _, pw := range []string{fresh, otherFresh} {
				if good := s.opens("eva", pw) == sallyport.NoReason; good != (pw == tt.good) {
					t.Errorf("the password %q is good: %v", pw, good)
				}
			}
		})
	}
}

// TestSignUpTakenName: a taken name is told to the applicant after the proof alone; who
// loses keeps the proof and picks another name.
func TestSignUpTakenName(t *testing.T) {
	s := newSigning(t, nil)
	s.AddUser(t, sallyporttest.User{Name: "Adam"})
	gone, err := setup(s.Kit).CreateUser(t.Context(), directory.NewUser{Name: "gone"})
	if err != nil {
		t.Fatal(err)
	}
	if err := setup(s.Kit).DeleteUser(t.Context(), gone.ID); err != nil {
		t.Fatal(err)
	}
	in := evas()
	in.Username = "ADAM"
	proof := s.started(in)
	s.prove(proof, sallyport.RegistrationNameTaken)
	for _, taken := range []string{"adam", "gone", "Gone"} {
		proof.Username = taken
		s.prove(proof, sallyport.RegistrationNameTaken)
	}
	for _, bad := range []string{"ad", "root", "bob@example.com", "a b c"} {
		proof.Username = bad
		if r := s.prove(proof, sallyport.RegistrationNameRefused); r.NameFault == nil || r.NameFault.Field != "Username" {
			t.Errorf("%q: got %v, want the field", bad, r.NameFault)
		}
	}
	proof.Username = "Eva.2"
	made := s.prove(proof, sallyport.RegistrationCreated)
	if made.Name != "Eva.2" || s.opens("eva.2", fresh) != sallyport.NoReason {
		t.Errorf("got %+v", made)
	}
}

// TestSignUpNamesAreBounded: one proof of an address does not read off which names
// there are.
func TestSignUpNamesAreBounded(t *testing.T) {
	s := newSigning(t, nil)
	s.AddUser(t, sallyporttest.User{Name: "adam"})
	proof := s.started(evas())
	proof.Username = "adam"
	for range 20 {
		s.prove(proof, sallyport.RegistrationNameTaken)
	}
	proof.Username = "free"
	s.prove(proof, sallyport.RegistrationDead)
	if v, err := s.Engine.ViewVerification(t.Context(), proof.Key, ""); err != nil || v.Status != sallyport.RegistrationDead {
		t.Errorf("got %+v, %v", v, err)
	}
}

// TestSignUpOldName: a name that the rules allow no more since it was typed is as good
// as taken.
func TestSignUpOldName(t *testing.T) {
	s := newSigning(t, func(c *sallyport.Config) { c.SignUp.AnyScript = true })
	in := evas()
	in.Username = "Éva"
	proof := s.started(in)
	node := &signing{s.Node(sallyporttest.WithConfig(func(c *sallyport.Config) { c.SignUp = &sallyport.SignUp{} })), t}
	node.prove(proof, sallyport.RegistrationNameTaken)
	if made := s.prove(proof, sallyport.RegistrationCreated); made.Name != "Éva" {
		t.Errorf("got %+v", made)
	}
}

// TestSignUpFirstProofWins: of two registrations for one name, and of two for one
// address, the first proof wins. Accounts are never merged by address.
func TestSignUpFirstProofWins(t *testing.T) {
	s := newSigning(t, nil)
	first, second, third := evas(), evas(), evas()
	second.Email, third.Username = "eva@example.org", "evita"
	one := s.started(first)
	two := s.started(second)
	three := s.started(third)
	won := s.prove(two, sallyport.RegistrationCreated)
	s.prove(one, sallyport.RegistrationNameTaken)
	if s.prove(three, sallyport.RegistrationCreated).Account == won.Account {
		t.Error("two people have one account")
	}
	one.Username = "eva3"
	s.prove(one, sallyport.RegistrationAddressTaken)
	s.prove(one, sallyport.RegistrationDead)
	if v, err := s.Engine.ViewVerification(t.Context(), one.Key, ""); err != nil || v.Status != sallyport.RegistrationAddressTaken {
		t.Errorf("got %+v, %v", v, err)
	}
	if _, err := setup(s.Kit).FindUser(t.Context(), "eva3"); !errors.Is(err, directory.ErrNoUser) {
		t.Errorf("got %v, want no account of the loser", err)
	}
}

// TestSignUpKey: a key is spent once, dies after a day, and is good for nothing else;
// what is no key costs no reading.
func TestSignUpKey(t *testing.T) {
	counting := storetest.NewCounting(memstore.New())
	s := newSigning(t, nil, sallyporttest.WithStore(counting))
	proof := s.started(evas())
	for _, key := range []string{"", "x", proof.Key + "0", strings.ToUpper(proof.Key), strings.Repeat("g", 64)} {
		counting.Reset()
		s.prove(sallyport.Verification{Key: key, Secret: proof.Secret}, sallyport.RegistrationDead)
		if _, err := s.Engine.ViewVerification(t.Context(), key, ""); !errors.Is(err, sallyport.ErrUnknownRequest) {
			t.Errorf("%q: got %v", key, err)
		}
		if key != proof.Key && counting.Counts().Loads != 0 {
			t.Errorf("%q: got %d loads", key, counting.Counts().Loads)
		}
	}
	s.prove(sallyport.Verification{Key: strings.Repeat("0", 64), Secret: proof.Secret}, sallyport.RegistrationDead)

	s.Clock.Advance(24 * time.Hour)
	s.prove(proof, sallyport.RegistrationDead)
	late := s.started(evas())
	s.Clock.Advance(24*time.Hour - 1)
	early := s.started(evas())
	s.prove(late, sallyport.RegistrationCreated)
	s.prove(late, sallyport.RegistrationDead)
	s.prove(early, sallyport.RegistrationAddressTaken)

	ahead := evas()
	ahead.Email = "ahead@example.com"
	s.Clock.Advance(time.Hour)
	ahead.Username = "ahead"
	made := s.started(ahead)
	s.Clock.Advance(-time.Hour)
	s.prove(made, sallyport.RegistrationDead)
	if _, err := s.Engine.ViewVerification(t.Context(), made.Key, ""); !errors.Is(err, sallyport.ErrUnknownRequest) {
		t.Errorf("a key from ahead of the clock: got %v", err)
	}
}

// TestSignUpView: looking at a key changes nothing, however often, and shows what was
// typed until it has ended.
func TestSignUpView(t *testing.T) {
	s := newSigning(t, nil)
	in := evas()
	in.Language, in.Attributes = "de", []account.Attribute{{Name: "City", Value: "Paris"}}
	own := s.started(in)
	key := own.Key
	before := inventory(t, s.Store)
	for range 3 {
		v, err := s.Engine.ViewVerification(t.Context(), key, "")
		if err != nil || v.Email != evasMail || v.Name != "eva" || v.Language != "de" || !slices.Equal(v.Attributes, in.Attributes) ||
			!v.Ends.Equal(sallyporttest.Start.Add(24*time.Hour)) || v.Status != "" || v.Nonce == "" {
			t.Fatalf("got %+v, %v", v, err)
		}
	}
	if len(inventory(t, s.Store)) != len(before) {
		t.Error("looking at a key has written something")
	}
	s.prove(own, sallyport.RegistrationCreated)
	if v, err := s.Engine.ViewVerification(t.Context(), key, ""); err != nil || v.Status != sallyport.RegistrationCreated || v.Name != "" || v.Attributes != nil {
		t.Errorf("got %+v, %v", v, err)
	}
}

// TestSignUpAccount: role, approval and module come from the configuration, the rest
// from what was typed, and the trail tells who made it.
func TestSignUpAccount(t *testing.T) {
	s := newSigning(t, func(c *sallyport.Config) { c.RequireRole = true })
	in := evas()
	in.Username, in.Language, in.Attributes = "Eva", "pt-BR", []account.Attribute{{Name: "City", Value: "Paris"}}
	made := s.signUp(in)
	u, err := setup(s.Kit).User(t.Context(), made.Account)
	if err != nil {
		t.Fatal(err)
	}
	if u.Name != "Eva" || u.Language != "pt-BR" || !slices.Equal(u.Attributes, in.Attributes) || !slices.Equal(u.Roles, []string{sallyporttest.RoleName}) ||
		!u.Approved || u.Email != evasMail || u.EmailFactor || u.MFA != nil || !u.Falls.IsZero() {
		t.Errorf("got %+v", u)
	}
	if r := hostLogin(t, s.Kit, sallyport.Login{Username: "eva", Password: fresh}); r.Outcome != sallyport.Granted {
		t.Errorf("got %v, %q", r.Outcome, r.Reason)
	}
	if !slices.ContainsFunc(s.Events(), func(ev sallyport.Event) bool {
		return ev.Kind == sallyport.EventSignedUp && ev.Account == made.Account && ev.Actor == ""
	}) {
		t.Errorf("got %v", s.Events())
	}
}

// TestSignUpProvenIsFactor: the proven address is a second factor only where the
// configuration says so, and an account is never without the factor that it had.
func TestSignUpProvenIsFactor(t *testing.T) {
	for _, factor := range []bool{false, true} {
		s := newSigning(t, func(c *sallyport.Config) { c.ProvenAddressIsFactor = factor })
		made := s.signUp(evas())
		want := map[bool]sallyport.Outcome{false: sallyport.Granted, true: sallyport.FactorWanted}[factor]
		if r := hostLogin(t, s.Kit, sallyport.Login{Username: "eva", Password: fresh}); r.Outcome != want {
			t.Errorf("the address is a factor, %v: got %v, %q", factor, r.Outcome, r.Reason)
		}
		if u, err := setup(s.Kit).User(t.Context(), made.Account); err != nil || u.EmailFactor != factor {
			t.Errorf("the address is a factor, %v: got %+v, %v", factor, u, err)
		}
	}
}

// TestSignUpPolicyAtTheProof: a password that is chosen at the proof meets the policy,
// with the name that is chosen there among the words of the context; the key stays
// good.
func TestSignUpPolicyAtTheProof(t *testing.T) {
	s := newSigning(t, nil)
	proof := sallyport.Verification{Key: s.started(evas()).Key, Username: "evangeline"}
	for pw, rule := range map[string]password.Rule{"short": password.RuleMinLength, "i am evangeline": password.RuleContext} {
		proof.Password = pw
		if r := s.prove(proof, sallyport.RegistrationPasswordWanted); r.Policy == nil || r.Policy.Failed[0].Rule != rule {
			t.Errorf("%q: got %v, want %s", pw, r.Policy, rule)
		}
	}
	proof.Password = otherFresh
	s.prove(proof, sallyport.RegistrationCreated)
	// It is the first of the account's history.
	r, err := s.Engine.ChangePassword(t.Context(), sallyport.PasswordChange{Username: "evangeline", Password: otherFresh, NewPassword: otherFresh + "!"})
	if err != nil || r.Status != sallyport.PasswordChanged {
		t.Fatal(r, err)
	}
	r, err = s.Engine.ChangePassword(t.Context(), sallyport.PasswordChange{Username: "evangeline", Password: otherFresh + "!", NewPassword: otherFresh})
	if err != nil || r.Status != sallyport.NewPasswordUsed {
		t.Errorf("back to the first password: got %+v, %v", r, err)
	}
}

// TestSignUpEagerly: who has tried to log in before the proof is let in after it, within
// the seconds in which the same wrong password is not looked at again.
func TestSignUpEagerly(t *testing.T) {
	s := newSigning(t, nil)
	proof := s.started(evas())
	if r := s.opens("eva", fresh); r != sallyport.ReasonWrongPassword {
		t.Errorf("before the proof: got %q", r)
	}
	s.prove(proof, sallyport.RegistrationCreated)
	if r := s.opens("eva", fresh); r != sallyport.NoReason {
		t.Errorf("after the proof: got %q", r)
	}
}

// TestSignUpLate: a key that dies while its password waits for a hash makes nothing.
func TestSignUpLate(t *testing.T) {
	s := newSigning(t, nil)
	proof := s.started(evas())
	proof.Password = otherFresh
	var reads atomic.Int32
	reads.Store(-1000) // those of a new engine
	late := &signing{s.Node(sallyporttest.WithConfig(func(c *sallyport.Config) {
		c.Now = func() time.Time {
			if reads.Add(1) > 1 { // the first is that of the look, the next that behind the hash
				return s.Clock.Now().Add(24 * time.Hour)
			}
			return s.Clock.Now()
		}
	})), t}
	reads.Store(0)
	late.prove(proof, sallyport.RegistrationDead)
	s.prove(proof, sallyport.RegistrationDead) // what was seen dead stays dead
}

// TestSignUpPrintsNothing: what holds a secret prints as a placeholder.
func TestSignUpPrintsNothing(t *testing.T) {
	for _, v := range []any{sallyport.Registration{Password: "hush"}, sallyport.Verification{Key: "hush"}, &sallyport.RegistrationResult{Secret: "hush"}} {
		if s := fmt.Sprintf("%v %+v %#v", v, v, v); strings.Contains(s, "hush") {
			t.Errorf("got %s", s)
		}
	}
}
