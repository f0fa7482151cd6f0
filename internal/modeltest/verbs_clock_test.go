package modeltest

import (
	"context"
	"time"

	"pgregory.net/rapid"
)

// ticks are how far the clock goes on: to the limits that something has, and beyond them.
// The last two go back, as far as nodes stand still.
var ticks = rapid.SampledFrom([]time.Duration{
	time.Second, 5 * time.Second, 10 * time.Second, 29 * time.Second, 30 * time.Second, time.Minute, 90 * time.Second,
	5 * time.Minute, 10 * time.Minute, 15 * time.Minute, time.Hour, 25 * time.Hour, 16 * 24 * time.Hour,
	-time.Second, -5 * time.Second,
})

// standStill is how far the clock may go back without being followed.
const standStill = 5 * time.Second

func (s *sequence) tick(t *rapid.T) {
	to := s.now().Add(ticks.Draw(t, "by"))
	if least := s.m.now.Add(-standStill); to.Before(least) {
		to = least
	}
	s.setClock(to)
	if to.After(s.m.now) {
		s.m.now = to
	}
}

// setClock sets the clock of all nodes, and has each look at it.
func (s *sequence) setClock(to time.Time) {
	s.mu.Lock()
	s.clock = to
	s.mu.Unlock()
	for _, e := range s.engine {
		e.Now()
	}
}

// back are the large steps back: within what the clocks of nodes may be apart, and more.
var back = rapid.SampledFrom([]time.Duration{
	6 * time.Second, 31 * time.Second, 59 * time.Second, 61 * time.Second, 5 * time.Minute, 20 * time.Minute,
})

// setBack is a large step back of the clock. Before it all that is over is met, and after it
// all that lies ahead, so that the engine, which meets each record when it is used, has what
// the model has at once. Where no call meets the records of a person there is no step. What
// was sent or staged in a request, and it itself, are ahead together: a step that would
// divide them goes further.
func (s *sequence) setBack(t *rapid.T) {
	by := back.Draw(t, "by")
	var all []*request
	for _, name := range s.names {
		p := s.m.people[name]
		open := s.open(t, p)
		if len(open) == 0 && p.id != "" && (len(p.guesses) > 0 || !p.sends.at.IsZero() || !p.usedUp.IsZero()) {
			s.first(t, p, p.password, nil)
			s.mails(t)
			if open = s.open(t, p); len(open) == 0 {
				return
			}
		}
		s.meet(t, p)
		all = append(all, open...)
	}
	for node := range s.swept { // a node that has compared clocks takes the others for apart, and leaves what denies
		s.restarts(t, node)
	}
	s.wentBack = true
	s.setClock(s.m.now.Add(-whole(all, s.m.now, by)))
	s.m.setBack(s.now())
	for _, name := range s.names {
		s.open(t, s.m.people[name])
		s.meet(t, s.m.people[name])
	}
}

// whole is a step back that divides no request: of all in it, and itself, it leaves nothing
// over a minute ahead, or all.
func whole(list []*request, now time.Time, by time.Duration) time.Duration {
	for range list { // since another may be divided now
		for _, r := range list {
			last := r.stagedAt
			for _, x := range r.sent {
				if x.at.After(last) {
					last = x.at
				}
			}
			if limit := now.Add(time.Minute - by); last.After(limit) {
				by = max(by, now.Sub(r.began)+time.Minute+time.Second)
			}
		}
	}
	return by
}

// open makes the state call of each request of a person of which it is not known that it is
// over, and returns those that are not.
func (s *sequence) open(t *rapid.T, p *person) (list []*request) {
	for _, r := range s.m.requests {
		if r.who == p && !r.gone {
			s.states(t, r)
		}
		if r.who == p && !r.gone {
			list = append(list, r)
		}
	}
	return list
}

// meet has the wrong passwords of a person met, and their devices.
func (s *sequence) meet(t *rapid.T, p *person) {
	var own *grant
	for _, d := range s.m.devices {
		if d.who == p {
			own = d
		}
	}
	s.wrongFirst(t, p, own)
	s.mails(t)
}

// sweep is upkeep. It compares the clocks of nodes, and after a step back takes this one's
// for apart from what the other has said: then counts stay, of which the model knows nothing.
func (s *sequence) sweep(t *rapid.T) {
	if s.wentBack {
		t.Skip("the clock went back")
	}
	node := s.node(t)
	if err := s.engine[node].Maintain(context.Background()); err != nil {
		t.Fatalf("upkeep: %v", err)
	}
	s.swept[node] = true
}

func (s *sequence) restart(t *rapid.T) { s.restarts(t, s.node(t)) }

// restarts makes the engine of a node anew, which does not know whether it stood still.
func (s *sequence) restarts(t *rapid.T, node int) {
	s.setClock(s.m.now)
	if err := s.engine[node].Close(); err != nil {
		t.Fatalf("closing: %v", err)
	}
	s.start(t, node)
	delete(s.swept, node)
}
