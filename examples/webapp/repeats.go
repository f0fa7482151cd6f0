package main

import (
	"sync"
	"time"

	"github.com/sallyport-auth/sallyport"
)

const (
	keptDone = 10 * time.Minute // how long what a form has done is known
	mostDone = 1000
)

// done is what one form has done.
type done struct {
	at         time.Time
	Text       string                // that it was done
	Invitation *sallyport.Invitation // nil: it made none
}

// repeats knows what each form has done, so that one which comes twice does it once, and both
// lead to the same page. It is this process's memory alone: an invitation is not written down.
// The zero value is empty.
type repeats struct {
	one  sync.Mutex // of who does something; mu is never held that long
	mu   sync.Mutex
	list map[repeat]*done
}

// repeat names a form: by the session of who sent it, the account that it is about, and what
// its page has drawn for it with what it does.
type repeat struct{ session, user, form string }

// once does what a form says, unless that form has done it. One form is done after the other.
func (o *repeats) once(form repeat, now time.Time, do func() (*done, error)) error {
	o.one.Lock()
	defer o.one.Unlock()
	if o.of(form, now) != nil {
		return nil
	}
	d, err := do()
	if err != nil {
		return err
	}
	d.at = now
	o.keep(form, d)
	return nil
}

// keep remembers what a form has done, and forgets what is over.
func (o *repeats) keep(form repeat, d *done) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.list == nil {
		o.list = map[repeat]*done{}
	}
	for key, old := range o.list {
		if d.at.Sub(old.at) >= keptDone || len(o.list) >= mostDone {
			delete(o.list, key)
		}
	}
	o.list[form] = d
}

// of returns what a form has done; nil: nothing, or it is over.
func (o *repeats) of(form repeat, now time.Time) *done {
	o.mu.Lock()
	defer o.mu.Unlock()
	if d := o.list[form]; d != nil && now.Sub(d.at) < keptDone {
		return d
	}
	return nil
}
