package modeltest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
)

// session is one of the last four that fits.
func (s *sequence) session(t *rapid.T, fits func(*session) bool) *session {
	var list []*session
	for _, n := range s.m.sessions {
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
	n := s.session(t, func(n *session) bool { return len(n.refresh) > 0 })
	age, node := rapid.SampledFrom([]int{0, 0, 0, 1, 2}).Draw(t, "age"), s.node(t)
	token := n.refresh[max(0, len(n.refresh)-1-age)]
	got, err := s.engine[node].Refresh(context.Background(), sallyport.Refresh{Caller: caller(client), RefreshToken: token})
	var refused *sallyport.ProtocolError
	if err != nil && (!errors.As(err, &refused) || refused.Code != sallyport.InvalidGrant) {
		t.Fatalf("refresh: %v", err)
	}
	ok, fresh := s.m.trade(node, n, token, client)
	t.Logf("  of %s at %d: %v", n.who.name, node, err)
	want(t, "refreshed", err == nil, ok)
	if !ok {
		return
	}
	n.access = append(n.access, access{got.AccessToken, s.m.now(node)})
	if fresh {
		want(t, "a token that was there", slices.Contains(n.refresh, got.RefreshToken), false)
		n.refresh = append(n.refresh, got.RefreshToken)
	} else {
		want(t, "successor", got.RefreshToken == n.refresh[len(n.refresh)-1], true)
	}
}

func (s *sequence) signOut(t *rapid.T) {
	n, node := s.session(t, func(n *session) bool { return n.handle != "" }), s.node(t)
	s.m.now(node)
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
func (s *sequence) admin(t *rapid.T, do func(a *sallyport.Admin, p *person) error) (*person, time.Time) {
	p, node := s.known(t), s.node(t)
	now := s.m.now(node)
	if err := do(s.engine[node].Admin(operator), p); err != nil {
		t.Fatalf("administration of %s: %v", p.name, err)
	}
	return p, now
}

func (s *sequence) endSessions(t *rapid.T) {
	p, _ := s.admin(t, func(a *sallyport.Admin, p *person) error { return a.EndSessions(context.Background(), p.id) })
	p.changed()
}

func (s *sequence) setDisabled(t *rapid.T, off bool) {
	p, now := s.admin(t, func(a *sallyport.Admin, p *person) error {
		_, err := a.UpdateUser(context.Background(), p.id, directory.UserChange{Disabled: &off})
		return err
	})
	s.m.disable(now, p, off)
}

func (s *sequence) disable(t *rapid.T) { s.setDisabled(t, true) }
func (s *sequence) enable(t *rapid.T)  { s.setDisabled(t, false) }

func (s *sequence) unlock(t *rapid.T) {
	p, _ := s.admin(t, func(a *sallyport.Admin, p *person) error { return a.Unlock(context.Background(), p.id) })
	s.m.unlock(p)
}

// newPassword changes a password by the old one, or tries to by a wrong one.
func (s *sequence) newPassword(t *rapid.T) {
	p, node := s.known(t), s.node(t)
	old, next := p.password, fmt.Sprint("violet harbour ", p.passwords)
	if rapid.IntRange(0, 3).Draw(t, "wrong") == 3 {
		old = "wrong 0"
	}
	p.passwords++
	res, err := s.engine[node].ChangePassword(context.Background(), sallyport.PasswordChange{
		Caller: caller(client), Address: address, Username: p.name, Password: old, NewPassword: next,
	})
	if err != nil {
		t.Fatalf("change of a password: %v", err)
	}
	status, r := s.m.change(node, client, p.name, old, next)
	t.Logf("  of %s at %d: %s", p.name, node, res.Status)
	want(t, "change", res.Status, status)
	want(t, "staged", res.RequestID != "", r != nil)
	if r != nil {
		r.id = res.RequestID
	}
}

func (s *sequence) applyPolicy(t *rapid.T) {
	p, node := rapid.SampledFrom(policies).Draw(t, "policy"), s.node(t)
	s.m.now(node)
	if _, err := s.engine[node].Apply(context.Background(), file(p), directory.Options{}); err != nil {
		t.Fatalf("applying a policy: %v", err)
	}
	s.m.policy = p
}

// sweep is upkeep. It compares the clocks of nodes, and after a step back takes this one's
// for apart from what the other has said: then counts stay, of which the model knows nothing.
func (s *sequence) sweep(t *rapid.T) {
	if s.wentBack {
		t.Skip("the clock went back")
	}
	node := s.node(t)
	s.m.now(node)
	if err := s.engine[node].Maintain(context.Background()); err != nil {
		t.Fatalf("upkeep: %v", err)
	}
}

func (s *sequence) restart(t *rapid.T) {
	node := s.node(t)
	if err := s.engine[node].Close(); err != nil {
		t.Fatalf("closing: %v", err)
	}
	s.start(t, node)
	s.m.seen[node] = s.m.clock
}
