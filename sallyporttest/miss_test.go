package sallyporttest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

const locked = sallyport.Failure | sallyport.PasswordIsLocked

func TestWrongPasswords(t *testing.T) {
	bothWays(t, func(t *testing.T, kit *sallyporttest.Kit, c *sallyporttest.Client) {
		who := kit.AddUser(t, sallyporttest.User{Name: "paul"})
		c.WrongPasswords(who.Name, 9).Want(t, noMatch|sallyport.LastBadLogin)
		c.Login(who.Name, "the tenth").Want(t, locked)
		c.Login(who.Name, who.Password).Want(t, locked)
	})
}

func TestWrongCodes(t *testing.T) {
	bothWays(t, func(t *testing.T, kit *sallyporttest.Kit, c *sallyporttest.Client) {
		who := kit.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
		a := c.Choose(c.Login(who.Name, who.Password), "Email", "OTP").Want(t, waiting)
		a = c.WrongCodes(a, 4).Want(t, wrongCode)
		a = c.WrongCodes(a, 1).Want(t, wrongCode)            // the same as the first, which is no longer the last
		c.Answer(a, kit.Outbox.LastCode(mail)).Want(t, dead) // the fifth has closed the request
	})
}

// TestRepeatedMiss: a repeat within ten seconds is charged once, and a test that
// counts on more is told so.
func TestRepeatedMiss(t *testing.T) {
	bothWays(t, func(t *testing.T, kit *sallyporttest.Kit, c *sallyporttest.Client) {
		who := kit.AddUser(t, sallyporttest.User{Name: "paul"})
		miss := func(pause time.Duration) (complaint string) {
			kit.Clock.Advance(pause)
			p := &probe{TB: t}
			c.Login(who.Name, "wrong").Want(p, locked)
			return strings.Join(p.complaints, "")
		}
		const hint = "let kit.Clock.Advance(10 * time.Second) pass"
		if got := miss(0); !strings.HasSuffix(got, "want Failure, PasswordIsLocked (5)") {
			t.Errorf("the first miss: got complaint %q, want none about a repeat", got)
		}
		for range 12 { // more than lock a name
			if got := miss(0); !strings.Contains(got, hint) {
				t.Errorf("a repeat: got complaint %q, want %q in it", got, hint)
			}
		}
		if got := miss(10*time.Second - 1); !strings.Contains(got, hint) {
			t.Errorf("just before the ten seconds: got complaint %q, want %q in it", got, hint)
		}
		for i := range 8 { // two to nine: the repeats did not count
			if got := miss(10 * time.Second); strings.Contains(got, hint) || got == "" {
				t.Errorf("miss %d: got complaint %q, want one, and none about a repeat", i+2, got)
			}
		}
		if got := miss(10 * time.Second); got != "" {
			t.Errorf("the tenth: got complaint %q, want none", got)
		}
	})
}

// TestRepeatsOfCodes: codes repeat by their request, and a right answer is no miss.
func TestRepeatsOfCodes(t *testing.T) {
	kit := sallyporttest.New(t)
	c := kit.InProcess()
	who := kit.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
	a := c.Choose(c.Login(who.Name, who.Password), "Email", "OTP")
	complaint := func(a sallyporttest.Answer) string {
		p := &probe{TB: t}
		a.Want(p, dead)
		return strings.Join(p.complaints, "")
	}
	const hint = "send another one"
	for i, tt := range []struct {
		answer sallyporttest.Answer
		hint   bool
	}{
		{c.Answer(a, "111"), false}, {c.Answer(a, "111"), true}, {c.Answer(a, "222"), false}, {c.Answer(a, "111"), false},
		{c.Login(who.Name, who.Password), false}, {c.Login(who.Name, who.Password), false},
	} {
		if got := complaint(tt.answer); strings.Contains(got, hint) != tt.hint {
			t.Errorf("answer %d: got complaint %q, want a hint %t", i, got, tt.hint)
		}
	}
}
