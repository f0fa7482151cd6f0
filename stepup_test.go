package sallyport_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/storetest"
)

// TestStepUpJourney: a second factor is proven anew in a session, by each method: nothing is
// sent before it is chosen, and the session has the new proof under a new handle.
func TestStepUpJourney(t *testing.T) {
	for _, m := range []mfa.Method{byApp, byEmail, {Transport: mfa.SMS, Mode: mfa.OTP}, byLink, {Transport: mfa.SMS, Mode: mfa.Link}} {
		t.Run(m.String(), func(t *testing.T) {
			s := newStepping(t, everything)
			old, sent := s.access(s.s.Handle), s.Outbox.Count()
			r := s.open(sallyport.Need{})
			wantOutcome(t, "opening", r, sallyport.FactorWanted, "")
			if len(r.Options) != 5 || s.Outbox.Count() != sent || r.RequestID == "" || r.Enrollment != nil {
				t.Errorf("got %+v and %d messages, want five options and none", r, s.Outbox.Count()-sent)
			}
			for _, o := range r.Options {
				if (o.MatchNumber != "") != (o.Mode == mfa.Link) {
					t.Errorf("%s %s: got the number %q", o.Transport, o.Mode, o.MatchNumber)
				}
			}
			in, address, method := to(r, m, ""), mail, "otp"
			if m.Transport == mfa.SMS {
				address = phone
			}
			wantOutcome(t, "choosing", s.say(in), sallyport.Waiting, "")
			switch {
			case m.Mode == mfa.Link:
				method = "link"
				wantOutcome(t, "asking after the link", s.say(in), sallyport.Waiting, "")
				token := linkToken(s.Outbox.LastLink(address))
				v, err := s.Engine.ViewLink(t.Context(), token)
				if err != nil || !v.StepUp || !v.WantsNumber || v.MustWait {
					t.Fatalf("the page: got %+v, %v", v, err)
				}
				if out, err := s.Engine.DecideLink(t.Context(), token, sallyport.LinkDecision{Nonce: v.Nonce, Approve: true, Number: way(r, m).MatchNumber}); out != sallyport.LinkApproved || err != nil {
					t.Fatalf("approving: got %q, %v", out, err)
				}
			case m == byApp:
				in.Code = s.p.Authenticator.Fresh()
			default:
				in.Code = s.Outbox.LastCode(address)
			}
			r = s.say(in)
			wantOutcome(t, "the answer", r, sallyport.Granted, "")
			a := s.access(r.Session.Handle)
			if want := slices.Compact([]string{"pwd", "otp", method}); !slices.Equal(a.Methods, want) || !a.AuthTime.Equal(s.Clock.Now()) || a.SessionID != old.SessionID || !a.Expires.Equal(old.Expires) || a.RenewDue {
				t.Errorf("got %+v, want the session with %q, proven now", a, want)
			}
			if r.Session.SessionID != a.SessionID || !r.Session.AuthTime.Equal(a.AuthTime) || r.Session.Handle == s.s.Handle {
				t.Errorf("granted %+v", r.Session.Access)
			}
			if ev := lastEvent(s.Kit); ev.Kind != sallyport.EventSteppedUp || ev.Account != s.p.ID || ev.Detail != method {
				t.Errorf("the trail ends with %+v", ev)
			}
		})
	}
}

// TestStepUpAfterPassword: a session that a password alone has opened steps up.
func TestStepUpAfterPassword(t *testing.T) {
	s := newStepping(t, sallyporttest.User{TOTP: true, MFA: new(false)})
	if a := s.access(s.s.Handle); !slices.Equal(a.Methods, []string{"pwd"}) {
		t.Fatalf("got %q", a.Methods)
	}
	if a := s.stepUp(); !slices.Equal(a.Methods, []string{"pwd", "otp"}) {
		t.Errorf("got %q", a.Methods)
	}
}

// TestStepUpDevice: a session for which a remembered device stood has proven no factor, and a
// device stands for none in a step-up: there is no way to bring one.
func TestStepUpDevice(t *testing.T) {
	s := newStepping(t, sallyporttest.User{TOTP: true})
	setPolicy(t, s.Kit, func(p *directory.Policy) { p.MFA.Session = new(720 * time.Hour) })
	r := hostLogin(t, s.Kit, sallyport.Login{Username: "ada", Password: s.p.Password})
	r = hostLogin(t, s.Kit, sallyport.Login{RequestID: r.RequestID, OptionID: r.Options[0].ID, Code: s.p.Authenticator.Fresh(), RememberDevice: true})
	r = hostLogin(t, s.Kit, sallyport.Login{Username: "ada", Password: s.p.Password, DeviceToken: r.DeviceToken})
	wantOutcome(t, "the device", r, sallyport.Granted, "")
	token := r.DeviceToken
	s.s = r.Session
	if a := s.access(s.s.Handle); !slices.Equal(a.Methods, []string{"pwd"}) {
		t.Fatalf("got %q", a.Methods)
	}
	r = s.open(sallyport.Need{})
	wantOutcome(t, "opening", r, sallyport.FactorWanted, "")
	wantOutcome(t, "the device's token as a code", s.say(to(r, byApp, token)), sallyport.FactorWanted, sallyport.ReasonWrongCode)
	if got := s.say(to(r, byApp, s.p.Authenticator.Fresh())); got.DeviceToken != "" || got.Session == nil {
		t.Errorf("got %v with the device token %q", got.Outcome, got.DeviceToken)
	}
}

// TestStepUpNeed: what meets a need is offered and nothing else; an option of another request,
// a weaker method among them, meets nothing, and is not charged.
func TestStepUpNeed(t *testing.T) {
	sms := mfa.Method{Transport: mfa.SMS, Mode: mfa.OTP}
	for _, tt := range []struct {
		name   string
		policy []string
		need   []mfa.Method
		want   []mfa.Method
	}{
		{"none named", nil, nil, []mfa.Method{byLink, byEmail, {Transport: mfa.SMS, Mode: mfa.Link}, sms, byApp}},
		{"an app", nil, []mfa.Method{byApp}, []mfa.Method{byApp}},
		{"an app or a code by text", nil, []mfa.Method{byApp, sms}, []mfa.Method{sms, byApp}},
		{"none named, under a policy", []string{"EmailOTP", "MicrosoftAuthenticator"}, nil, []mfa.Method{byEmail, byApp}},
		{"one that the policy does not count", []string{"MicrosoftAuthenticator"}, []mfa.Method{byEmail, byApp}, []mfa.Method{byApp}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newStepping(t, everything)
			setPolicy(t, s.Kit, func(p *directory.Policy) { p.MFA.Methods = tt.policy })
			r := s.open(sallyport.Need{Methods: tt.need})
			var got []mfa.Method
			for _, o := range r.Options {
				got = append(got, mfa.Method{Transport: o.Transport, Mode: o.Mode})
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
	s := newStepping(t, everything)
	weak := s.open(sallyport.Need{Methods: []mfa.Method{byEmail}})
	code := s.mailed(weak)
	strong := s.open(sallyport.Need{Methods: []mfa.Method{byApp}})
	in := to(strong, byApp, code.Code)
	in.OptionID = code.OptionID
	wantRefused(t, "an option of a weaker request", s, s.s.Handle, in, sallyport.ErrUnknownRequest)
	in.RequestID = code.RequestID
	wantRefused(t, "the weaker request, which has ended", s, s.s.Handle, in, sallyport.ErrUnknownRequest)
	wantOutcome(t, "the strong one", s.say(to(strong, byApp, s.p.Authenticator.Fresh())), sallyport.Granted, "")
	for _, need := range []sallyport.Need{{Methods: []mfa.Method{{}}}, {Methods: []mfa.Method{byApp, {Transport: mfa.Authenticator, Mode: mfa.Link}}}} {
		_, err := s.Engine.StepUp(t.Context(), s.s.Handle, need)
		if e, ok := errors.AsType[*sallyport.ProtocolError](err); !ok || e.Field != "methods" {
			t.Errorf("%v: got %v, want it refused", need.Methods, err)
		}
	}
}

// TestStepUpNeedStands: the request keeps the need that it was opened with, whatever the host's
// slice becomes, and is judged by the policy that holds at the end.
func TestStepUpNeedStands(t *testing.T) {
	s := newStepping(t, everything)
	list := []mfa.Method{byEmail, byApp}
	r := s.open(sallyport.Need{Methods: list})
	list[0] = byApp
	in := s.mailed(r)
	setPolicy(t, s.Kit, func(p *directory.Policy) { p.MFA.Methods = []string{"MicrosoftAuthenticator"} })
	wantRefused(t, "a method that the policy counts no more", s, s.s.Handle, in, sallyport.ErrUnknownRequest)
	link := s.openUnder([]string{"EmailLink", "MicrosoftAuthenticator"})
	wantOutcome(t, "choosing a link", s.say(to(link, byLink, "")), sallyport.Waiting, "")
	if out, err := s.approve(way(link, byLink).MatchNumber); out != sallyport.LinkApproved || err != nil {
		t.Fatalf("got %q, %v", out, err)
	}
	setPolicy(t, s.Kit, func(p *directory.Policy) { p.MFA.Methods = []string{"MicrosoftAuthenticator"} })
	wantRefused(t, "a link that was approved, and the policy counts no more", s, s.s.Handle, to(link, byLink, ""), sallyport.ErrUnknownRequest)
	wantOutcome(t, "what it counts", s.say(to(link, byApp, s.p.Authenticator.Fresh())), sallyport.Granted, "")
}

// openUnder opens a step-up under a policy that counts those methods.
func (s *stepping) openUnder(methods []string) *sallyport.Result {
	s.t.Helper()
	setPolicy(s.t, s.Kit, func(p *directory.Policy) { p.MFA.Methods = methods })
	return s.open(sallyport.Need{})
}

// TestStepUpRecovery: a recovery code meets a need that allows it, once; one that does not
// looks at none, whether or not it is good, and charges it.
func TestStepUpRecovery(t *testing.T) {
	s := newStepping(t, sallyporttest.User{TOTP: true})
	codes := s.proven(renews, s.first(renews, ""), mfa.Authenticator).RecoveryCodes
	r := s.open(sallyport.Need{})
	wantOutcome(t, "where it is not allowed", s.say(to(r, byApp, codes[0])), sallyport.FactorWanted, sallyport.ReasonWrongCode)
	wantOutcome(t, "one that is not good", s.say(to(r, byApp, strings.Repeat("A", 16))), sallyport.FactorWanted, sallyport.ReasonWrongCode)
	r = s.open(sallyport.Need{RecoveryCodes: true})
	r = s.say(to(r, byApp, codes[0]))
	wantOutcome(t, "where it is", r, sallyport.Granted, "")
	s.s = r.Session
	if l := s.list(); l.RecoveryCodes != 9 {
		t.Errorf("got %d left", l.RecoveryCodes)
	}
	if list := s.Events(); list[len(list)-2].Kind != sallyport.EventRecoverySpent {
		t.Errorf("the trail: %+v", list[len(list)-2:])
	}
	r = s.open(sallyport.Need{RecoveryCodes: true})
	wantOutcome(t, "the same again", s.say(to(r, byApp, codes[0])), sallyport.FactorWanted, sallyport.ReasonWrongCode)
}

// TestStepUpNoFactor: where nothing can meet the need the answer says what to do.
func TestStepUpNoFactor(t *testing.T) {
	for _, tt := range []struct {
		name string
		user sallyporttest.User
		edit func(*directory.Policy)
		need sallyport.Need
	}{
		{name: "none at all"},
		{name: "an address on record", user: sallyporttest.User{Email: mail}},
		{name: "none that the need names", user: sallyporttest.User{TOTP: true}, need: sallyport.Need{Methods: []mfa.Method{byEmail}}},
		{name: "none that the policy counts", user: sallyporttest.User{Email: mail, EmailValidated: true}, edit: func(p *directory.Policy) { p.MFA.Methods = []string{"MicrosoftAuthenticator"} }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newStepping(t, tt.user)
			if tt.edit != nil {
				setPolicy(t, s.Kit, tt.edit)
			}
			events := len(s.Events())
			r := s.open(tt.need)
			wantOutcome(t, "opening", r, sallyport.Denied, sallyport.ReasonEnrollmentWanted)
			if len(r.Options) > 0 || r.Enrollment != nil || len(s.Events()) != events {
				t.Errorf("got %+v", r)
			}
			s.wantSession("all the same", s.s, true)
		})
	}
}

// TestStepUpSends: of step-ups five messages go out an hour, whichever session asks, and
// those of logins take nothing from them, nor they from those; Admin.Budgets tells.
func TestStepUpSends(t *testing.T) {
	s := newStepping(t, everything)
	left := func() (stepUps, logins int) {
		l := leftOf(t, s.Kit, sallyport.BudgetsOf{Account: s.p.ID})
		return l["step-up-sends"], l["account-sends"]
	}
	_, logins := left()
	for i := range 5 {
		if got, _ := left(); got != 5-i {
			t.Errorf("before send %d: %d are left", i+1, got)
		}
		if i == 3 {
			s.s = s.signIn() // another session
			_, logins = left()
		}
		wantOutcome(t, fmt.Sprint("send ", i+1), s.say(to(s.open(sallyport.Need{}), byEmail, "")), sallyport.Waiting, "")
	}
	r, sent := s.open(sallyport.Need{}), s.Outbox.Count()
	wantOutcome(t, "the sixth", s.say(to(r, byEmail, "")), sallyport.FactorWanted, sallyport.ReasonNotSent)
	if n, now := left(); n != 0 || now != logins || s.Outbox.Count() != sent {
		t.Errorf("%d are left, and of logins %d, want none and %d; sent %d", n, now, logins, s.Outbox.Count()-sent)
	}
	wantOutcome(t, "an app needs none", s.say(to(r, byApp, s.p.Authenticator.Fresh())), sallyport.Granted, "")
	in := hostLogin(t, s.Kit, sallyport.Login{Username: "ada", Password: s.p.Password})
	wantOutcome(t, "a login", hostLogin(t, s.Kit, sallyport.Login{RequestID: in.RequestID, OptionID: way(in, byEmail).ID}), sallyport.Waiting, "")
}

// TestStepUpNotSent: a message that fails is told, and may be sent again.
func TestStepUpNotSent(t *testing.T) {
	s := newStepping(t, everything)
	r := s.open(sallyport.Need{})
	s.Outbox.FailNext(errors.New("down"))
	wantOutcome(t, "the sender fails", s.say(to(r, byEmail, "")), sallyport.FactorWanted, sallyport.ReasonNotSent)
	wantOutcome(t, "soon after", s.say(to(r, byEmail, "")), sallyport.FactorWanted, sallyport.ReasonNotSent)
	s.Clock.Advance(30 * time.Second)
	wantOutcome(t, "later", s.say(s.mailed(r)), sallyport.Granted, "")
}

// TestStepUpWords: the mail of a code, and of a link, says what it is for.
func TestStepUpWords(t *testing.T) {
	s := newStepping(t, everything)
	r := s.open(sallyport.Need{})
	for m, topic := range map[mfa.Method]string{byEmail: "step-up-code", byLink: "step-up-link"} {
		s.say(to(r, m, ""))
		if m := s.Outbox.Last(mail); string(m.Topic) != topic || strings.Contains(m.Text, "sign in") {
			t.Errorf("got %q: %q", m.Topic, m.Text)
		}
	}
}

// TestStepUpCost: opening takes one reading and one commit, choosing two and one, a right and
// a wrong code one and one.
func TestStepUpCost(t *testing.T) {
	counting := storetest.NewCounting(memstore.New())
	s := newStepping(t, everything, sallyporttest.WithStore(counting))
	cost := costs(t, counting)
	var r *sallyport.Result
	cost("opening", 1, 1, func() { r = s.open(sallyport.Need{}) })
	cost("opening another", 1, 1, func() { r = s.open(sallyport.Need{}) })
	cost("choosing", 2, 1, func() { s.say(to(r, byEmail, "")) })
	cost("a wrong code", 1, 1, func() { s.say(to(r, byEmail, "wrong")) })
	cost("a right code", 1, 1, func() {
		wantOutcome(t, "a right code", s.say(to(r, byEmail, s.Outbox.LastCode(mail))), sallyport.Granted, "")
	})
	s.Clock.Advance(time.Minute)
	s.s = s.signIn()
	s.say(to(s.open(sallyport.Need{}), byLink, ""))
	link := linkToken(s.Outbox.LastLink(mail))
	v, err := s.Engine.ViewLink(t.Context(), link)
	if err != nil {
		t.Fatal(err)
	}
	cost("disowning a link", 2, 1, func() {
		if out, err := s.Engine.DecideLink(t.Context(), link, sallyport.LinkDecision{Nonce: v.Nonce}); out != sallyport.LinkDenied || err != nil {
			t.Errorf("got %q, %v", out, err)
		}
	})
	cost("what is no handle", 0, 0, func() {
		if _, err := s.Engine.StepUp(t.Context(), "nonsense", sallyport.Need{}); !errors.Is(err, sallyport.ErrInvalidSession) {
			t.Errorf("got %v", err)
		}
	})
}
