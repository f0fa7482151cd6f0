package httpadapter

import (
	"context"
	"net/http"
	"strings"
)

// Servers other than net/http's lend what they hand over. Fasthttp's adaptor,
// by which fiber calls us, writes the next request over the strings and the
// context of the last, while a sender may still hold an address and a
// goroutine of package context still look for the end of a call.

// keep is a string of a request that the engine gets, copied for good. Bodies
// need none: they are read into memory of ours.
func keep(lent string) string { return strings.Clone(lent) }

// steady is a lent context that is asked once when it ends, since package
// context may ask again after the call. Values and the reason come from the
// lent one, for as long as the call lasts.
type steady struct {
	context.Context
	done <-chan struct{}
}

// Done returns what the lent context returned at the beginning.
func (s steady) Done() <-chan struct{} { return s.done }

// withSteadyContext is r with a context that may be derived from.
func withSteadyContext(r *http.Request) *http.Request {
	ctx := r.Context()
	return r.WithContext(steady{ctx, ctx.Done()})
}
