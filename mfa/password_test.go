package mfa_test

import (
	"testing"

	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/store"
)

// TestWeakFollowsThePassword: what a request knows of the account's password stays until
// another call brings it or it has become another; one that is staged changes nothing.
func TestWeakFollowsThePassword(t *testing.T) {
	h := newHarness(t)
	id := h.begin(func(n *mfa.NewRequest) { n.Purpose, n.Weak = mfa.ChangePassword, true })
	for _, s := range []struct {
		name string
		do   func(*mfa.Case)
		want bool
	}{
		{"begun", func(*mfa.Case) {}, true},
		{"another verdict", func(c *mfa.Case) { c.NoteWeak(false) }, false},
		{"the same verdict", func(c *mfa.Case) { c.NoteWeak(false) }, false},
		{"the first verdict again", func(c *mfa.Case) { c.NoteWeak(true) }, true},
		{"staged", func(c *mfa.Case) { c.StagePassword(mfa.StagedPassword{Hash: "new"}) }, true},
		{"dropped", func(c *mfa.Case) { c.DropPassword("") }, true},
		{"the account's", (*mfa.Case).AdoptPassword, false},
	} {
		h.with(id, func(_ *store.Tx, c *mfa.Case) { s.do(c) })
		h.with(id, func(_ *store.Tx, c *mfa.Case) {
			if got := c.Request.Weak; got != s.want {
				t.Errorf("%s: got %v, want %v", s.name, got, s.want)
			}
		})
	}
}
