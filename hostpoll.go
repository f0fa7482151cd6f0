package sallyport

import (
	"context"
	"time"
)

// lookAtHost returns a channel that says when to look whether the host still has the
// account of a held call as it was. Without accounts of a host's it never does.
func (e *Engine) lookAtHost() (look <-chan time.Time, stop func()) {
	if e.hosts == nil {
		return nil, func() {}
	}
	tick := time.NewTicker(pollFreshness)
	return tick.C, tick.Stop
}

// lastTold is what the host said last of an account, which a call that is to be held has
// just asked for. Nil means that nothing is known.
func (e *Engine) lastTold(id string) *hostAccount {
	at, known := e.elsewhere.Get(id)
	if !known || at.table != e.hosts {
		return nil // or a module's: its answers are good for longer than any link lives
	}
	said, _ := e.hosts.recall(at.id, callLimit)
	return said
}

// stillThere reports whether the account of a held call is as it was when that began, as
// far as a login depends on it. However many of its calls are held, the host is asked once
// in two seconds; a host that does not answer leaves them waiting.
func (e *Engine) stillThere(ctx context.Context, was *hostAccount) bool {
	if was == nil {
		return true
	}
	is, err := e.hosts.look(ctx, was.ID, pollFreshness)
	if err != nil {
		return true
	}
	return is != nil && !is.Disabled && !is.Unapproved && !is.Locked && is.Since.Equal(was.Since) && is.PasswordHash == was.PasswordHash
}
