package sallyport

import (
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/token"
)

// roundKey is the record that ends all sessions at once. It is read with every session.
var roundKey = token.Rounds.Key(token.TheRound)

// round is the present round of sessions.
func (c *call) round() (uint64, error) { return roundIn(c.tx) }

func roundIn(tx *store.Tx) (uint64, error) {
	r, _, err := token.Rounds.Get(tx, token.TheRound)
	return r.Number, err
}

// session reads a session. One of an earlier round is ended, whatever its record says.
func (c *call) session(id string) (token.Session, bool, error) { return sessionIn(c.tx, id) }

func sessionIn(tx *store.Tx, id string) (s token.Session, found bool, err error) {
	if s, found, err = token.Sessions.Get(tx, id); err != nil || !found {
		return s, found, err
	}
	now, err := roundIn(tx)
	if s.Round != now {
		s.Ended = true
	}
	return s, found, err
}
