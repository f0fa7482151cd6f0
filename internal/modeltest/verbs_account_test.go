package modeltest

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"pgregory.net/rapid"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
)

// session is one of the last four that fits.
func (s *sequence) session(t *rapid.T, fits func(*grant) bool) *grant {
	var list []*grant
	for _, n := range s.sessions {
		if fits(n) {
			list = append(list, n)
		}
	}
	if list = list[max(0, len(list)-4):]; len(list) == 0 {
		t.Skip("no session yet")
	}
	return list[len(list)-1-rapid.IntRange(0, len(list)-1).Draw(t, "session")]
}

func (s *sequence) refresh(t *rapid.T) {
	n := s.session(t, func(n *grant) bool { return len(n.tokens) > 0 })
	age, node := rapid.SampledFrom([]int{0, 0, 0, 1, 2}).Draw(t, "age"), s.node(t)
	shown := n.tokens[min(age, len(n.tokens)-1)].text
	got, err := s.engine[node].Refresh(context.Background(), sallyport.Refresh{Caller: caller(client), RefreshToken: shown})
	var refused *sallyport.ProtocolError
	if err != nil && (!errors.As(err, &refused) || refused.Code != sallyport.InvalidGrant) {
		t.Fatalf("refresh: %v", err)
	}
	ok, fresh := s.m.trade(n, shown, client)
	t.Logf("  of %s at %d: %v", n.who.name, node, err)
	want(t, "refreshed", err == nil, ok)
	if !ok {
		return
	}
	n.access = slices.Insert(n.access, 0, token{got.AccessToken, s.m.now})
	if fresh {
		want(t, "a token that was there", slices.ContainsFunc(n.tokens, func(x token) bool { return x.text == got.RefreshToken }), false)
		n.tokens = slices.Insert(n.tokens, 0, token{got.RefreshToken, s.m.now})
	} else {
		want(t, "successor", got.RefreshToken == n.tokens[0].text, true)
	}
}

func (s *sequence) signOut(t *rapid.T) {
	n, node := s.session(t, func(n *grant) bool { return n.handle != "" }), s.node(t)
	if err := s.engine[node].SignOut(context.Background(), n.handle); err != nil && !errors.Is(err, sallyport.ErrInvalidSession) {
		t.Fatalf("sign-out: %v", err)
	}
	n.ended = true
}

// known is one of the people who have an account.
func (s *sequence) known(t *rapid.T) *person {
	p := s.person(t)
	if p.id == "" {
		t.Skip("nobody")
	}
	return p
}

// admin lets an operator do something to an account, at any node.
func (s *sequence) admin(t *rapid.T, do func(a *sallyport.Admin, p *person) error) *person {
	p := s.known(t)
	if err := do(s.engine[s.node(t)].Admin(operator), p); err != nil {
		t.Fatalf("administration of %s: %v", p.name, err)
	}
	return p
}

func (s *sequence) endSessions(t *rapid.T) {
	s.admin(t, func(a *sallyport.Admin, p *person) error { return a.EndSessions(context.Background(), p.id) }).epoch++
}

func (s *sequence) setDisabled(t *rapid.T, off bool) {
	p := s.admin(t, func(a *sallyport.Admin, p *person) error {
		_, err := a.UpdateUser(context.Background(), p.id, directory.UserChange{Disabled: &off})
		return err
	})
	if off && !p.disabled {
		p.epoch++
	}
	p.disabled = off
}

func (s *sequence) disable(t *rapid.T) { s.setDisabled(t, true) }
func (s *sequence) enable(t *rapid.T)  { s.setDisabled(t, false) }

func (s *sequence) unlock(t *rapid.T) {
	p := s.admin(t, func(a *sallyport.Admin, p *person) error { return a.Unlock(context.Background(), p.id) })
	p.wrong, p.guesses, p.row = misses{}, nil, 0
}

// newPassword changes a password by the old one, or tries to by a wrong one.
func (s *sequence) newPassword(t *rapid.T) {
	p, node := s.known(t), s.node(t)
	old, next := p.password, fmt.Sprint("violet harbour ", s.changed)
	if rapid.IntRange(0, 3).Draw(t, "wrong") == 3 {
		old = "wrong 0"
	}
	s.changed++
	res, err := s.engine[node].ChangePassword(context.Background(), sallyport.PasswordChange{
		Caller: caller(client), Address: address, Username: p.name, Password: old, NewPassword: next,
	})
	if err != nil {
		t.Fatalf("change of a password: %v", err)
	}
	status, r := s.m.change(client, p, old, next)
	t.Logf("  of %s at %d: %s", p.name, node, res.Status)
	got, known := changes[res.Status]
	want(t, "a status of changes", known, true)
	want(t, "change", got, status)
	want(t, "staged", res.RequestID != "", r != nil)
	if r != nil {
		r.id = res.RequestID
	}
}

func (s *sequence) applyPolicy(t *rapid.T) {
	p, node := rapid.SampledFrom(policies).Draw(t, "policy"), s.node(t)
	if _, err := s.engine[node].Apply(context.Background(), file(p), directory.Options{}); err != nil {
		t.Fatalf("applying a policy: %v", err)
	}
	s.m.policy = p
}
