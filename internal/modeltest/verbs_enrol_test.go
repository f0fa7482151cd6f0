package modeltest

import (
	"context"
	"errors"
	"slices"

	"pgregory.net/rapid"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/totp"
)

// link is one that was sent.
type link struct {
	request *request
	sent    *sent
}

func (s *sequence) approve(t *rapid.T) { s.decide(t, true) }
func (s *sequence) deny(t *rapid.T)    { s.decide(t, false) }

func (s *sequence) decide(t *rapid.T, approve bool) {
	if len(s.links) == 0 {
		t.Skip("no link yet")
	}
	last := s.links[max(0, len(s.links)-3):]
	l := last[len(last)-1-rapid.IntRange(0, len(last)-1).Draw(t, "link")]
	s.settle(t, l.request)
	node, add := s.node(t), rapid.Bool().Draw(t, "add")
	var out sallyport.LinkOutcome
	v, err := s.engine[node].ViewLink(context.Background(), l.sent.link)
	if err == nil {
		out, err = s.engine[node].DecideLink(context.Background(), l.sent.link, sallyport.LinkDecision{Nonce: v.Nonce, Approve: approve, Add: add})
	}
	if err != nil && !errors.Is(err, sallyport.ErrUnknownRequest) {
		t.Fatalf("link: %v", err)
	}
	t.Logf("  of %s at %d: %q", l.request.who.name, node, out)
	if out == sallyport.LinkOver {
		out = "" // what was never answered is over, or already unknown
	}
	if out == sallyport.LinkMustWait && s.wentBack {
		return // for a link that was sent ahead of the clock, which keeps others waiting
	}
	if how := s.m.decide(node, l.request, l.sent, approve, add); l.request.state != over || out != "" {
		want(t, "link", out, how) // of a login that is over its page may know no more
	}
}

func (s *sequence) enrol(t *rapid.T) {
	r, node := s.request(t), s.node(t)
	key, err := s.engine[node].BeginTOTP(context.Background(), sallyport.EnrollmentCall{RequestID: r.id})
	if err != nil && !errors.Is(err, sallyport.ErrUnknownRequest) {
		t.Fatalf("enrolment: %v", err)
	}
	want(t, "key", err == nil, s.m.mayEnrol(node, r))
	if err == nil {
		if r.pending, err = totp.ParseSecret(key.Secret); err != nil {
			t.Fatal(err)
		}
	}
}

func (s *sequence) confirm(t *rapid.T) {
	r := s.request(t)
	if r.pending.IsZero() || r.confirmed {
		t.Skip("nothing to confirm")
	}
	s.confirms(t, r, true, r.pending.Code(totp.Step(s.clock)))
}

func (s *sequence) wrongConfirm(t *rapid.T) {
	r := s.request(t)
	if r.confirmed {
		t.Skip("nothing to confirm")
	}
	s.confirms(t, r, false, rapid.SampledFrom([]string{"000001", "000002", "000003", "000004", "000005", "000006"}).Draw(t, "code"))
}

func (s *sequence) confirms(t *rapid.T, r *request, right bool, code string) {
	node := s.node(t)
	if back := s.m.now(node).Sub(s.clock); right && back > 0 && totp.Step(s.clock)+1 < totp.Step(s.m.seen[node]) {
		t.Skip("a step too late for a clock that stands still")
	}
	if !s.m.alive(r, s.m.now(node)) && r.tag == "enroll"+code {
		t.Skip("of a repeat after the end the contract says two things")
	}
	res, err := s.engine[node].ConfirmTOTP(context.Background(), sallyport.EnrollmentCall{RequestID: r.id}, code)
	if err != nil && !errors.Is(err, sallyport.ErrUnknownRequest) {
		t.Fatalf("confirmation: %v", err)
	}
	status, active, codes := s.m.confirm(node, r, right, code)
	t.Logf("  of %s at %d: %s, active %v, %d codes", r.who.name, node, res.Status, res.Active, len(res.RecoveryCodes))
	want(t, "confirmation", res.Status, status)
	want(t, "active", res.Active, active)
	want(t, "recovery codes", len(res.RecoveryCodes) > 0, codes)
	switch {
	case codes && active:
		r.who.recovery = slices.Clone(res.RecoveryCodes)
	case codes:
		r.stagedCodes = slices.Clone(res.RecoveryCodes)
	}
}

func (s *sequence) recoveryCode(t *rapid.T) {
	r := s.request(t)
	if len(r.who.recovery) == 0 || r.options[appOTP] == "" {
		t.Skip("no recovery code")
	}
	code := rapid.SampledFrom(r.who.recovery).Draw(t, "code")
	s.used = append(s.used, code)
	s.answers(t, r, appOTP, code)
}
