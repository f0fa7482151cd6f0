package sallyporttest

import (
	"sync"
	"time"

	"github.com/sallyport-auth/sallyport/totp"
)

// Authenticator is the app on somebody's telephone. Its clock is the kit's.
// All methods may be called from any number of goroutines.
type Authenticator struct {
	// Secret is the key that app and engine share. It prints as a placeholder;
	// its text is Secret.Base32().
	Secret totp.Secret

	clock *Clock
	mu    sync.Mutex
	shown uint64 // the last step whose code was handed out
}

// Code is what the app shows now. Within half a minute that is the same code
// again, which an engine accepts only once.
func (a *Authenticator) Code() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.shown = max(a.shown, totp.Step(a.clock.Now()))
	return a.Secret.Code(totp.Step(a.clock.Now()))
}

// Fresh is a code that was not handed out before: if the present one was, it
// first moves the kit's clock to the beginning of the next.
func (a *Authenticator) Fresh() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.clock.Now()
	if step := totp.Step(now); step <= a.shown {
		begin := time.Unix(int64(a.shown+1)*int64(totp.Period/time.Second), 0)
		a.clock.Advance(begin.Sub(now))
	}
	a.shown = totp.Step(a.clock.Now())
	return a.Secret.Code(a.shown)
}

// CodeAt is what the app shows, or showed, at another time. It does not count
// as handed out.
func (a *Authenticator) CodeAt(t time.Time) string { return a.Secret.Code(totp.Step(t)) }
