package modeltest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/totp"
)

// verbs are what may happen next. Each is done to the engine and to the model, and what
// both say is compared. Another verb is a line here and a function like the others.
var verbs = map[string]func(*sequence, *rapid.T){
	"password":       (*sequence).password,
	"wrong password": (*sequence).wrongPassword,
	"choose":         (*sequence).choose,
	"resend":         (*sequence).resend,
	"right code":     (*sequence).rightCode,
	"wrong code":     (*sequence).wrongCode,
	"replay":         (*sequence).replay,
	"approve":        (*sequence).approve,
	"deny":           (*sequence).deny,
	"enrol":          (*sequence).enrol,
	"confirm":        (*sequence).confirm,
	"wrong confirm":  (*sequence).wrongConfirm,
	"recovery code":  (*sequence).recoveryCode,
	"refresh":        (*sequence).refresh,
	"sign out":       (*sequence).signOut,
	"end sessions":   (*sequence).endSessions,
	"disable":        (*sequence).disable,
	"enable":         (*sequence).enable,
	"unlock":         (*sequence).unlock,
	"new password":   (*sequence).newPassword,
	"policy":         (*sequence).applyPolicy,
	"sweep":          (*sequence).sweep,
	"restart":        (*sequence).restart,
	"state":          (*sequence).state,
	"resume":         (*sequence).resume,
	"clock":          (*sequence).tick,
}

var callers = rapid.SampledFrom([]string{client, client, client, host})

func (s *sequence) password(t *rapid.T) {
	p := s.person(t)
	s.first(t, p, p.password)
}

func (s *sequence) wrongPassword(t *rapid.T) {
	s.first(t, s.person(t), fmt.Sprint("wrong ", rapid.IntRange(0, 4).Draw(t, "which")))
}

func (s *sequence) first(t *rapid.T, p *person, password string) {
	node, who := s.node(t), callers.Draw(t, "caller")
	r := s.call(t, node, sallyport.Login{Caller: caller(who), Username: p.name, Password: password})
	a, request, session := s.m.first(node, who, p.name, password)
	t.Logf("  %s by %.4s at %d: %v", p.name, who, node, r)
	want(t, "first factor", told(r), a)
	if request != nil {
		request.id = r.RequestID
		request.learn(r)
	}
	s.learn(session, r, node)
}

// request is one of the last four of the people of the sequence.
func (s *sequence) request(t *rapid.T) *request {
	if len(s.m.requests) == 0 {
		t.Skip("no request yet")
	}
	last := s.m.requests[max(0, len(s.m.requests)-4):]
	r := last[len(last)-1-rapid.IntRange(0, len(last)-1).Draw(t, "request")]
	s.settle(t, r)
	return r
}

// settle asks whether a request has ended of which the model is not sure.
func (s *sequence) settle(t *rapid.T, r *request) {
	if r.unsure {
		r.unsure = false
		s.m.now(0)
		if res := s.call(t, 0, sallyport.Login{Caller: caller(r.caller), RequestID: r.id}); res.Status.Has(sallyport.MFALinkTimeout) {
			r.state = over
		}
	}
}

// by is who calls in a request: mostly the one whose it is.
func (s *sequence) by(t *rapid.T, r *request) string {
	if rapid.IntRange(0, 9).Draw(t, "foreign") < 9 {
		return r.caller
	}
	return map[string]string{client: host, host: client}[r.caller]
}

func (s *sequence) choose(t *rapid.T) {
	r := s.request(t)
	if len(r.options) == 0 {
		t.Skip("no options")
	}
	s.chooses(t, r, rapid.SampledFrom(slices.Sorted(maps.Keys(r.options))).Draw(t, "option"))
}

func (s *sequence) resend(t *rapid.T) {
	r := s.request(t)
	if len(r.sent) == 0 {
		t.Skip("nothing was sent")
	}
	s.chooses(t, r, rapid.SampledFrom(slices.Sorted(maps.Keys(r.sent))).Draw(t, "option"))
}

func (s *sequence) chooses(t *rapid.T, r *request, option string) {
	node, by, fails := s.node(t), s.by(t, r), rapid.IntRange(0, 9).Draw(t, "fails") == 9
	s.failNext(fails)
	res := s.call(t, node, sallyport.Login{Caller: caller(by), RequestID: r.id, OptionID: r.options[option]})
	s.failNext(false)
	a, sent, n := s.m.choose(node, r, by, option, fails)
	t.Logf("  %s of %s by %.4s at %d, fails %v: %v", option, r.who.name, by, node, fails, res)
	want(t, "choice", told(res), again(by, r, res, a))
	if sent != nil {
		last := s.last(t)
		if sent.code = last.Code; last.Link != "" {
			sent.link = last.Link[strings.LastIndex(last.Link, "/")+1:]
			s.links = append(s.links, link{r, sent})
		}
	}
	s.learn(n, res, node)
}

// again is what is said in a later call: the host is told what a request can be answered with
// for as long as an answer is wanted, a client once.
func again(by string, r *request, res *sallyport.Result, a answer) answer {
	if by == host && (res.Outcome == sallyport.FactorWanted || res.Outcome == sallyport.Waiting) {
		a.options = strings.Join(r.offered, ", ")
	}
	return a
}

// codes draws one of the options of a request that codes are for.
func (s *sequence) codes(t *rapid.T) (*request, string) {
	r := s.request(t)
	var list []string
	for _, o := range []string{emailOTP, appOTP} {
		if r.options[o] != "" {
			list = append(list, o)
		}
	}
	if len(list) == 0 {
		t.Skip("no option")
	}
	return r, rapid.SampledFrom(list).Draw(t, "option")
}

func (s *sequence) rightCode(t *rapid.T) {
	r, option := s.codes(t)
	code := ""
	if option == appOTP {
		apps := r.who.apps
		code = apps[rapid.IntRange(0, len(apps)-1).Draw(t, "app")].secret.Code(totp.Step(s.clock))
	} else if sent := r.sent[option]; sent != nil {
		code = sent.code
	}
	if code == "" {
		t.Skip("nothing was sent")
	}
	s.used = append(s.used, code)
	s.answers(t, r, option, code)
}

func (s *sequence) wrongCode(t *rapid.T) {
	r := s.request(t)
	if len(r.options) == 0 {
		t.Skip("no options")
	}
	option := rapid.SampledFrom(slices.Sorted(maps.Keys(r.options))).Draw(t, "option")
	s.answers(t, r, option, fmt.Sprintf("00000%d", rapid.IntRange(0, 7).Draw(t, "code")))
}

func (s *sequence) replay(t *rapid.T) {
	r, option := s.codes(t)
	if len(s.used) == 0 {
		t.Skip("no code was used")
	}
	s.answers(t, r, option, rapid.SampledFrom(s.used).Draw(t, "code"))
}

func (s *sequence) answers(t *rapid.T, r *request, option, code string) {
	node, by := s.node(t), s.by(t, r)
	res := s.call(t, node, sallyport.Login{Caller: caller(by), RequestID: r.id, OptionID: r.options[option], Code: code})
	a, n := s.m.answer(node, r, by, option, code)
	t.Logf("  %s of %s by %.4s at %d: %v", option, r.who.name, by, node, res)
	want(t, "answer", told(res), again(by, r, res, a))
	s.learn(n, res, node)
}

func (s *sequence) state(t *rapid.T) {
	r := s.request(t)
	node, by := s.node(t), s.by(t, r)
	res := s.call(t, node, sallyport.Login{Caller: caller(by), RequestID: r.id})
	want(t, "state", told(res), again(by, r, res, s.m.state(node, r, by)))
}

func (s *sequence) resume(t *rapid.T) {
	r := s.request(t)
	node, by, password := s.node(t), s.by(t, r), r.who.password
	if r.newPassword != "" {
		password = r.newPassword
	}
	if rapid.IntRange(0, 4).Draw(t, "wrong") == 4 {
		password = "wrong 0"
	}
	res := s.call(t, node, sallyport.Login{Caller: caller(by), RequestID: r.id, Username: r.who.name, Password: password})
	a, n := s.m.resume(node, r, by, password)
	t.Logf("  %s by %.4s at %d: %v", r.who.name, by, node, res)
	want(t, "resumed", told(res), again(by, r, res, a))
	r.learn(res)
	s.learn(n, res, node)
}

func (r *request) learn(res *sallyport.Result) {
	for _, o := range res.Options {
		r.options[label(o)] = o.ID
	}
}

// learn puts into a new session what only the engine knows.
func (s *sequence) learn(n *session, r *sallyport.Result, node int) {
	if n == nil {
		return
	}
	if r.Session != nil {
		n.handle = r.Session.Handle
		return
	}
	n.refresh = []string{r.Tokens.RefreshToken}
	n.access = []access{{r.Tokens.AccessToken, s.m.now(node)}}
}

// ticks are how far the clock goes: to the limits that something has, beyond them, and
// back, by as little as stands still and by more.
var ticks = rapid.SampledFrom([]time.Duration{
	time.Second, 5 * time.Second, 10 * time.Second, 29 * time.Second, 30 * time.Second, time.Minute, 90 * time.Second,
	5 * time.Minute, 10 * time.Minute, 15 * time.Minute, time.Hour, 25 * time.Hour, 16 * 24 * time.Hour,
	-time.Second, -5 * time.Second, -6 * time.Second, -31 * time.Second, -61 * time.Second, -20 * time.Minute,
})

func (s *sequence) tick(t *rapid.T) {
	by := ticks.Draw(t, "by")
	s.wentBack = s.wentBack || by < 0
	s.mu.Lock()
	s.clock = s.clock.Add(by)
	s.m.clock = s.clock
	s.mu.Unlock()
}
