package sallyport

import (
	"context"
	"fmt"
	"time"

	"github.com/sallyport-auth/sallyport/internal/pool"
)

// Bounds of the questions to code of the host's: its accounts, its modules, the Fallback.
const (
	askLimit  = 5 * time.Second // one question, the wait for its turn included
	askAtOnce = 64              // questions, and goroutines that one which ignores its context leaves behind
)

// asker puts questions to code of the host's, which it trusts neither to answer in time nor
// to answer at all.
type asker struct {
	slots chan struct{}
	work  *pool.Pool // owns the goroutines
}

func newAsker(work *pool.Pool) *asker { return &asker{make(chan struct{}, askAtOnce), work} }

// ask puts one question, when it has its turn. Who does not answer in time is left alone
// with it, and keeps its place until it does. A panic is an error; that of the asker's own
// end is the asker's, and [ErrClosed] that of an engine that has ended.
//
// The question runs under a context without the values of the call, see deliver.
func ask[T any](asker context.Context, a *asker, question func(context.Context) (T, error)) (none T, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), askLimit)
	defer cancel()
	defer context.AfterFunc(asker, cancel)()
	select {
	case a.slots <- struct{}{}:
	case <-ctx.Done():
		return none, late(asker, "all questions at once wait for an answer")
	}
	type answer struct {
		said T
		err  error
	}
	answered := make(chan answer, 1)
	begun := a.work.Go(func() {
		defer func() { <-a.slots }()
		var said answer
		said.err = unpanicked(func() (err error) { said.said, err = question(ctx); return err })
		answered <- said
	})
	if !begun {
		<-a.slots
		return none, ErrClosed
	}
	select {
	case said := <-answered:
		if said.err != nil && asker.Err() != nil {
			return none, asker.Err()
		}
		return said.said, said.err
	case <-ctx.Done():
		return none, late(asker, "no answer")
	}
}

// late is the error of a question that got no answer: of the asker's own end, where that is
// why.
func late(asker context.Context, what string) error {
	if err := asker.Err(); err != nil {
		return err
	}
	return fmt.Errorf("%s within %v", what, askLimit)
}

// unpanicked turns a panic into an error. What was panicked with may hold anything, so its
// type must do.
func unpanicked(fn func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panicked with a %T", v)
		}
	}()
	return fn()
}
