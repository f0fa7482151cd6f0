package sallyport

import "github.com/sallyport-auth/sallyport/token"

// roundKey is the record that ends all sessions at once. It is read with every session.
var roundKey = token.Rounds.Key(token.TheRound)

// round is the present round of sessions.
func (c *call) round() (uint64, error) {
	r, _, err := token.Rounds.Get(c.tx, token.TheRound)
	return r.Number, err
}

// session reads a session. One of an earlier round is ended, whatever its record says.
func (c *call) session(id string) (s token.Session, found bool, err error) {
	if s, found, err = token.Sessions.Get(c.tx, id); err != nil || !found {
		return s, found, err
	}
	now, err := c.round()
	if s.Round != now {
		s.Ended = true
	}
	return s, found, err
}
