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
	node, add := s.node(t), rapid.Bool().Draw(t, "add")
	var out sallyport.LinkOutcome
	v, err := s.engine[node].ViewLink(context.Background(), l.sent.link)
	if err == nil {
		out, err = s.engine[node].DecideLink(context.Background(), l.sent.link, sallyport.LinkDecision{Nonce: v.Nonce, Approve: approve, Add: add, Number: l.request.number})
	}
	if err != nil && !errors.Is(err, sallyport.ErrUnknownRequest) {
		t.Fatalf("link: %v", err)
	}
	t.Logf("  of %s at %d: %q", l.request.who.name, node, out)
	if out == sallyport.LinkOver {
		out = "" // what was never answered is over, or already unknown
	}
	want(t, "link", out, s.m.decide(l.request, l.sent, approve, add))
}

// rival is a link for another login of the same person, by the other party, and perhaps the
// answer to one of the two.
func (s *sequence) rival(t *rapid.T) {
	r := s.request(t)
	if !s.m.live(r.of(emailLink)) {
		t.Skip("no live link")
	}
	s.firstBy(t, other[r.caller], r.who, r.who.password, nil)
	if o := s.m.requests[len(s.m.requests)-1]; o.options[emailLink] != "" {
		s.chooses(t, o, emailLink)
	}
	if rapid.Bool().Draw(t, "at once") {
		s.approve(t)
	}
}

func (s *sequence) enrol(t *rapid.T) {
	r, node := s.request(t), s.node(t)
	key, err := s.engine[node].BeginTOTP(context.Background(), sallyport.EnrollmentCall{RequestID: r.id})
	if err != nil && !errors.Is(err, sallyport.ErrUnknownRequest) {
		t.Fatalf("enrolment: %v", err)
	}
	want(t, "key", err == nil, s.m.mayEnrol(r))
	if err == nil {
		secret, err := totp.ParseSecret(key.Secret)
		if err != nil {
			t.Fatal(err)
		}
		r.pending = &app{secret: secret}
	}
}

func (s *sequence) confirm(t *rapid.T) {
	r := s.enrolling(t)
	s.confirms(t, r, r.pending.secret.Code(totp.Step(s.m.now)))
}

func (s *sequence) wrongConfirm(t *rapid.T) {
	s.confirms(t, s.enrolling(t), rapid.SampledFrom([]string{"000001", "000002", "000003", "000004", "000005", "000006"}).Draw(t, "code"))
}

// enrolling is a request in which an authenticator waits for its first code.
func (s *sequence) enrolling(t *rapid.T) *request {
	r := s.request(t)
	if r.pending == nil || !r.stagedAt.IsZero() {
		t.Skip("nothing to confirm")
	}
	return r
}

func (s *sequence) confirms(t *rapid.T, r *request, code string) {
	node := s.node(t)
	if s.m.reach(r, r.caller) != 0 && r.wrong.what == "enroll"+code {
		t.Skip("of a repeat after the end the contract says two things")
	}
	res, err := s.engine[node].ConfirmTOTP(context.Background(), sallyport.EnrollmentCall{RequestID: r.id}, code)
	if err != nil && !errors.Is(err, sallyport.ErrUnknownRequest) {
		t.Fatalf("confirmation: %v", err)
	}
	status, codes := s.m.confirm(r, code)
	t.Logf("  of %s at %d: %s, active %v, %d codes", r.who.name, node, res.Status, res.Active, len(res.RecoveryCodes))
	want(t, "confirmation", res.Status, status)
	want(t, "active", res.Active, status == sallyport.EnrollmentSuccess && r.proven)
	want(t, "recovery codes", len(res.RecoveryCodes) > 0, codes)
	if codes && res.Active {
		r.who.recovery = slices.Clone(res.RecoveryCodes)
	} else if codes {
		r.codes = slices.Clone(res.RecoveryCodes)
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
