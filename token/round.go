package token

import (
	"fmt"
	"time"

	"github.com/sallyport-auth/sallyport/internal/record"
	"github.com/sallyport-auth/sallyport/store"
)

// narrowed is the schema of the first program that knows that a session is for one
// audience alone. One before it would sign tokens for any.
const narrowed = 5

// Round is how often all sessions have been ended. A session is of the round in which it
// began, and dies with it, so that to end them all is to write one record, however many
// there are. The zero Round is the first.
type Round struct {
	Number uint64

	Unknown record.Unknown // what a newer program has written
}

// Rounds holds the present one under [TheRound]. What Get returns is shared.
var Rounds = store.NewTable[Round]("round", store.TableOptions{Cached: true})

// TheRound is the id of the one record of [Rounds].
const TheRound = "sessions"

// Fields implements [record.Record].
func (r *Round) Fields(f *record.Fields) {
	f.Uint(1, "number", &r.Number)
	f.Rest(&r.Unknown)
}

// NextRound plans to begin the next round, with which all sessions end.
func NextRound(tx *store.Tx) error {
	r, _, err := Rounds.Get(tx, TheRound)
	if err != nil {
		return fmt.Errorf("reading the round of sessions: %w", err)
	}
	r.Number++
	if err := Rounds.Put(tx, TheRound, r, time.Time{}); err != nil {
		return fmt.Errorf("saving the round of sessions: %w", err)
	}
	return nil
}
