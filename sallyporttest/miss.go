package sallyporttest

import (
	"fmt"
	"sync"
	"time"

	"github.com/sallyport-auth/sallyport"
)

// WrongPasswords is call 1 with n wrong passwords for a name, one after the other,
// and returns the last answer. Each password is another one, and so each is
// charged.
//
// The engine charges the same wrong password once: sent again within ten seconds,
// it is answered alike, unchecked and uncharged, so that a program which sends each
// request twice locks nobody out. A test that repeats one itself has to let the
// time pass in between, by kit.Clock.Advance(10 * time.Second).
func (c *Client) WrongPasswords(name string, n int) (a Answer) {
	c.t().Helper()
	for i := range n {
		a = c.Login(name, fmt.Sprintf("wrong password %d", i+1))
	}
	return a
}

// WrongCodes is call 3 with n wrong codes for the option that was chosen last, and
// returns the last answer. It is to codes what [Client.WrongPasswords] is to
// passwords: the same wrong code within ten seconds is charged once.
func (c *Client) WrongCodes(a Answer, n int) Answer {
	c.t().Helper()
	for i := range n {
		a = c.Answer(a, fmt.Sprintf("not the code %d", i+1)) // longer than any code
	}
	return a
}

// repeatFor is how long the engine takes the same wrong answer for a repeat.
const repeatFor = 10 * time.Second

// repeatHint is what a test is told that expected a repeat to be charged.
const repeatHint = "; the same wrong password or code was sent less than ten seconds before, and such a repeat is answered alike and charged once: " +
	"let kit.Clock.Advance(10 * time.Second) pass in between, or send another one"

// misses are the last wrong passwords and codes, by name and request.
type misses struct {
	mu   sync.Mutex
	last map[missKey]miss
}

type missKey struct{ request, name string }

type miss struct {
	password, code string
	at             time.Time
}

// repeat reports whether in, which has missed, is a repeat of the last that did;
// else it is the last from now on.
func (m *misses) repeat(in sallyport.Login, now time.Time) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	key := missKey{in.RequestID, in.Username}
	last, known := m.last[key]
	if known && last.password == in.Password && last.code == in.Code && now.Before(last.at.Add(repeatFor)) {
		return true
	}
	if m.last == nil {
		m.last = map[missKey]miss{}
	}
	m.last[key] = miss{in.Password, in.Code, now}
	return false
}

// isMiss reports whether a call was refused for a wrong password or code.
func (a Answer) isMiss() bool {
	return a.Status.Has(sallyport.PasswordDoesNotMatch) || a.Status.Has(sallyport.PasswordIsLocked) || a.Status.Has(sallyport.SecureCodeDoesNotMatch)
}
