package form

import (
	"context"
	"net/http"
	"strings"
)

// Servers other than net/http's reuse what they pass to a handler. Fasthttp's
// adaptor, which fiber uses, writes the next request into the strings and the
// context of the last one. By then a sender may still hold an address, and a
// goroutine of package context may still watch for the end of the call.

// Copied returns a copy of a request's string, for the engine to keep. A body
// needs no copy, since [ReadBody] reads it into memory of its own.
func Copied(lent string) string { return strings.Clone(lent) }

// steadyContext is a lent context whose Done is read only once, since package
// context may read it again after the call. Value and Err are those of the lent
// context, and are used only during the call.
type steadyContext struct {
	context.Context
	done <-chan struct{}
}

// Done returns what the lent context's Done returned at the beginning.
func (s steadyContext) Done() <-chan struct{} { return s.done }

// WithSteadyContext returns r with a context from which others may be derived.
func WithSteadyContext(r *http.Request) *http.Request {
	ctx := r.Context()
	return r.WithContext(steadyContext{ctx, ctx.Done()})
}
