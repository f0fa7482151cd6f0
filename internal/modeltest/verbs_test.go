package modeltest

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

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
	"rival":          (*sequence).rival,
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
	"set back":       (*sequence).setBack,
	"device":         (*sequence).device,
}

var callers = rapid.SampledFrom([]string{client, client, client, host})

func (s *sequence) password(t *rapid.T) {
	p := s.person(t)
	s.first(t, p, p.password, nil)
}

func (s *sequence) wrongPassword(t *rapid.T) { s.wrongFirst(t, s.person(t), nil) }

func (s *sequence) wrongFirst(t *rapid.T, p *person, d *grant) {
	s.first(t, p, fmt.Sprint("wrong ", rapid.IntRange(0, 4).Draw(t, "which")), d)
}

// device is call 1 with the token of one of the last devices, mostly by whose it is.
func (s *sequence) device(t *rapid.T) {
	if len(s.m.devices) == 0 {
		t.Skip("no device yet")
	}
	last := s.m.devices[max(0, len(s.m.devices)-3):]
	d := rapid.SampledFrom(last).Draw(t, "device")
	switch rapid.IntRange(0, 9).Draw(t, "how") {
	case 0:
		p := s.person(t)
		s.first(t, p, p.password, d)
	case 1, 2, 3:
		s.wrongFirst(t, d.who, d)
	default:
		s.first(t, d.who, d.who.password, d)
	}
}

// first is call 1, with a token of a device or none.
func (s *sequence) first(t *rapid.T, p *person, password string, d *grant) {
	who := callers.Draw(t, "caller")
	if d != nil && rapid.IntRange(0, 9).Draw(t, "own") > 0 {
		who = d.caller
	}
	s.firstBy(t, who, p, password, d)
}

// firstBy is first by one of the two callers.
func (s *sequence) firstBy(t *rapid.T, who string, p *person, password string, d *grant) {
	node, text := s.node(t), ""
	if d != nil {
		text = d.tokens[min(rapid.SampledFrom([]int{0, 0, 0, 1, 2}).Draw(t, "age"), len(d.tokens)-1)].text
	}
	res := s.call(t, node, sallyport.Login{Caller: caller(who), Username: p.name, Password: password, DeviceToken: text})
	status, r := s.m.first(who, p, password, text)
	t.Logf("  %s by %.4s at %d, device %v: %v", p.name, who, node, d != nil, res)
	if r != nil {
		r.id = res.RequestID
	}
	s.hold(t, res, s.m.tell(status, r, who, false))
	r.learn(res)
}

// request is one of the last four of the people of the sequence.
func (s *sequence) request(t *rapid.T) *request {
	if len(s.m.requests) == 0 {
		t.Skip("no request yet")
	}
	last := s.m.requests[max(0, len(s.m.requests)-4):]
	return last[len(last)-1-rapid.IntRange(0, len(last)-1).Draw(t, "request")]
}

var other = map[string]string{client: host, host: client}

// by is who calls in a request: mostly the one whose it is.
func (s *sequence) by(t *rapid.T, r *request) string {
	if rapid.IntRange(0, 9).Draw(t, "foreign") < 9 {
		return r.caller
	}
	return other[r.caller]
}

// option is one of those that a request was told.
func (r *request) option(t *rapid.T, fits func(string) bool) string {
	list := slices.DeleteFunc(slices.Sorted(maps.Keys(r.options)), func(o string) bool { return !fits(o) })
	if len(list) == 0 {
		t.Skip("no option")
	}
	return rapid.SampledFrom(list).Draw(t, "option")
}

func (s *sequence) choose(t *rapid.T) {
	r := s.request(t)
	s.chooses(t, r, r.option(t, func(string) bool { return true }))
}

func (s *sequence) resend(t *rapid.T) {
	r := s.request(t)
	s.chooses(t, r, r.option(t, func(o string) bool { return r.sent[o] != nil }))
}

func (s *sequence) chooses(t *rapid.T, r *request, option string) {
	node, by, fails, remember := s.node(t), s.by(t, r), rapid.IntRange(0, 9).Draw(t, "fails") == 9, rapid.Bool().Draw(t, "remember")
	s.failNext(fails)
	res := s.call(t, node, sallyport.Login{Caller: caller(by), RequestID: r.id, OptionID: r.options[option], RememberDevice: remember})
	s.failNext(false)
	status := s.m.choose(r, by, option, fails, remember)
	t.Logf("  %s of %s by %.4s at %d, fails %v: %v", option, r.who.name, by, node, fails, res)
	if x := s.m.sent; x != nil {
		last := s.last(t)
		if x.code = last.Code; last.Link != "" {
			x.link = last.Link[strings.LastIndex(last.Link, "/")+1:]
			s.links = append(s.links, link{r, x})
		}
	}
	s.hold(t, res, s.m.tell(status, r, by, false))
}

// isCode reports whether codes are for an option.
func isCode(option string) bool { return option != emailLink }

func (s *sequence) rightCode(t *rapid.T) {
	r := s.request(t)
	option, code := r.option(t, isCode), ""
	if option == appOTP {
		code = rapid.SampledFrom(r.who.apps).Draw(t, "app").secret.Code(totp.Step(s.m.now))
	} else if code = r.of(option).code; code == "" {
		t.Skip("nothing was sent")
	}
	s.used = append(s.used, code)
	s.answers(t, r, option, code)
}

func (s *sequence) wrongCode(t *rapid.T) {
	r := s.request(t)
	option := r.option(t, func(string) bool { return true })
	s.answers(t, r, option, fmt.Sprintf("00000%d", rapid.IntRange(0, 7).Draw(t, "code")))
}

func (s *sequence) replay(t *rapid.T) {
	r := s.request(t)
	if len(s.used) == 0 {
		t.Skip("no code was used")
	}
	s.answers(t, r, r.option(t, isCode), rapid.SampledFrom(s.used).Draw(t, "code"))
}

func (s *sequence) answers(t *rapid.T, r *request, option, code string) {
	node, by, remember := s.node(t), s.by(t, r), rapid.Bool().Draw(t, "remember")
	res := s.call(t, node, sallyport.Login{
		Caller: caller(by), RequestID: r.id, OptionID: r.options[option], Code: code, RememberDevice: remember,
	})
	status := s.m.answer(r, by, option, code, remember)
	t.Logf("  %s of %s by %.4s at %d: %v", option, r.who.name, by, node, res)
	s.hold(t, res, s.m.tell(status, r, by, false))
}

func (s *sequence) state(t *rapid.T) { s.states(t, s.request(t)) }

func (s *sequence) states(t *rapid.T, r *request) {
	node, by := s.node(t), s.by(t, r)
	res := s.call(t, node, sallyport.Login{Caller: caller(by), RequestID: r.id})
	t.Logf("  of %s by %.4s at %d: %v", r.who.name, by, node, res)
	status := s.m.state(r, by)
	s.hold(t, res, s.m.tell(status, r, by, true))
}

func (s *sequence) resume(t *rapid.T) {
	r := s.request(t)
	node, by, password := s.node(t), s.by(t, r), cmp.Or(r.newPassword, r.who.password)
	if rapid.IntRange(0, 4).Draw(t, "wrong") == 4 {
		password = "wrong 0"
	}
	res := s.call(t, node, sallyport.Login{Caller: caller(by), RequestID: r.id, Username: r.who.name, Password: password})
	status := s.m.resume(r, by, password)
	t.Logf("  %s by %.4s at %d: %v", r.who.name, by, node, res)
	s.hold(t, res, s.m.tell(status, r, by, false))
	r.learn(res)
}

// hold holds an answer to the model's, and puts into the model what only the engine knows.
func (s *sequence) hold(t *rapid.T, res *sallyport.Result, a answer) {
	n, d := s.m.granted, s.m.device
	a.granted, a.device = n != nil, d != nil
	want(t, "answer", told(res), a)
	if d != nil {
		again := slices.ContainsFunc(d.tokens, func(x token) bool { return x.text == res.DeviceToken })
		want(t, "a device's token that was there", again, d.former)
		want(t, "successor", !d.former || res.DeviceToken == d.tokens[0].text, true)
		if !d.former {
			d.tokens = slices.Insert(d.tokens, 0, token{res.DeviceToken, s.m.now})
		}
	}
	if n != nil {
		s.sessions = append(s.sessions, n)
	}
	switch {
	case n == nil:
	case res.Session != nil:
		n.handle = res.Session.Handle
	default:
		n.tokens, n.access = []token{{res.Tokens.RefreshToken, s.m.now}}, []token{{res.Tokens.AccessToken, s.m.now}}
	}
	s.m.granted, s.m.device, s.m.sent = nil, nil, nil
}

func (r *request) learn(res *sallyport.Result) {
	for _, o := range res.Options {
		if r.options == nil {
			r.options = map[string]string{}
		}
		r.options[label(o)] = o.ID
		r.number = cmp.Or(r.number, o.MatchNumber)
	}
}
