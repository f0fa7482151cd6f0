package sallyport_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/storetest"
	"github.com/sallyport-auth/sallyport/token"
)

// viewed looks at a request.
func viewed(t *testing.T, k *sallyporttest.Kit, in sallyport.RequestLook) *sallyport.RequestView {
	t.Helper()
	v, err := k.Engine.ViewRequest(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// wantView looks at a request and wants it to stand so.
func wantView(t *testing.T, k *sallyporttest.Kit, what string, in sallyport.RequestLook, o sallyport.Outcome, why sallyport.Reason) *sallyport.RequestView {
	t.Helper()
	v := viewed(t, k, in)
	if v.Outcome != o || v.Reason != why || v.RequestID != in.RequestID {
		t.Errorf("%s: got %v, %q, want %v, %q", what, v.Outcome, v.Reason, o, why)
	}
	return v
}

// wantUnseen wants a request to be unknown.
func wantUnseen(t *testing.T, k *sallyporttest.Kit, what string, in sallyport.RequestLook) {
	t.Helper()
	if v, err := k.Engine.ViewRequest(t.Context(), in); !errors.Is(err, sallyport.ErrUnknownRequest) || v != nil {
		t.Errorf("%s: got %+v, %v, want %v", what, v, err, sallyport.ErrUnknownRequest)
	}
}

// TestViewRequestLogin looks at a login after each step of it.
func TestViewRequestLogin(t *testing.T) {
	k := hosted(t)
	p := k.AddUser(t, sallyporttest.User{Name: "ada", Email: mail, EmailValidated: true, TOTP: true})
	r := hostLogin(t, k, sallyport.Login{Username: "ada", Password: p.Password})
	look := sallyport.RequestLook{RequestID: r.RequestID}
	v := wantView(t, k, "begun", look, sallyport.FactorWanted, "")
	if v.Purpose != sallyport.PurposeLogin || v.User != "ada" || !slices.Equal(v.Options, r.Options) || v.Chosen != (sallyport.ChosenOption{}) || v.FactorProven || v.Left != mfa.Life || !v.Ends.Equal(k.Clock.Now().Add(mfa.Life)) {
		t.Errorf("got %+v", v)
	}
	if v.Rule != r.Rule || v.Rule == (mfa.Rule{}) {
		t.Errorf("got the rule %q, want %q", v.Rule, r.Rule)
	}
	choose := func(m mfa.Method) sallyport.Login {
		in := sallyport.Login{RequestID: r.RequestID, OptionID: way(r, m).ID}
		wantOutcome(t, "choosing", hostLogin(t, k, in), sallyport.Waiting, "")
		return in
	}
	mailed := choose(byEmail)
	v = wantView(t, k, "a code was sent", look, sallyport.Waiting, "")
	if want := (sallyport.ChosenOption{ID: mailed.OptionID, Live: true, Ends: k.Clock.Now().Add(time.Minute)}); v.Chosen != want || len(v.Options) != 3 || v.Rule != r.Rule {
		t.Errorf("got %+v, want %+v", v, want)
	}
	k.Clock.Advance(time.Minute)
	if v = viewed(t, k, look); v.Chosen.ID != mailed.OptionID || v.Chosen.Live {
		t.Errorf("once the code is too old: got %+v", v.Chosen)
	}
	byApp := choose(byApp)
	if v = viewed(t, k, look); v.Chosen.ID != byApp.OptionID || !v.Chosen.Live || !v.Chosen.Ends.Equal(v.Ends) {
		t.Errorf("an authenticator was chosen: got %+v", v.Chosen)
	}
	link := choose(byLink)
	if v = viewed(t, k, look); v.Chosen.ID != link.OptionID || !v.Chosen.Live || v.Chosen.Approved {
		t.Errorf("a link was sent: got %+v", v.Chosen)
	}
	approveLast(t, k, way(r, mfa.Method{Transport: mfa.Email, Mode: mfa.Link}).MatchNumber)
	choose(mfa.Method{Transport: mfa.Authenticator, Mode: mfa.OTP})
	if v = viewed(t, k, look); v.Chosen != (sallyport.ChosenOption{ID: link.OptionID, Ends: v.Chosen.Ends, Approved: true}) {
		t.Errorf("the link was approved: got %+v", v.Chosen)
	}
	wantOutcome(t, "collecting", hostLogin(t, k, link), sallyport.Granted, "")
	if v = wantView(t, k, "complete", look, sallyport.Granted, ""); v.Options != nil || v.Chosen.ID != "" || v.User != "ada" || v.Enrollment != nil {
		t.Errorf("got %+v", v)
	}
	k.Clock.Advance(v.Left - 1)
	wantView(t, k, "complete, in the last moment", look, sallyport.Granted, "")
	k.Clock.Advance(1)
	wantUnseen(t, k, "complete, and forgotten", look)
}

// approveLast approves the last link that came by mail.
func approveLast(t *testing.T, k *sallyporttest.Kit, number string) {
	t.Helper()
	link := linkToken(k.Outbox.LastLink(mail))
	v, err := k.Engine.ViewLink(t.Context(), link)
	if err != nil {
		t.Fatal(err)
	}
	if out, err := k.Engine.DecideLink(t.Context(), link, sallyport.LinkDecision{Nonce: v.Nonce, Approve: true, Number: number}); out != sallyport.LinkApproved || err != nil {
		t.Fatalf("approving: got %q, %v", out, err)
	}
}

// TestViewRequestUnsent: that a message could not be sent is told as long as none was since.
func TestViewRequestUnsent(t *testing.T) {
	k := hosted(t)
	p := k.AddUser(t, sallyporttest.User{Name: "ada", Email: mail, EmailValidated: true, TOTP: true})
	r := hostLogin(t, k, sallyport.Login{Username: "ada", Password: p.Password})
	in, look := sallyport.Login{RequestID: r.RequestID, OptionID: way(r, byEmail).ID}, sallyport.RequestLook{RequestID: r.RequestID}
	k.Outbox.FailNext(errors.New("down"))
	wantOutcome(t, "choosing", hostLogin(t, k, in), sallyport.FactorWanted, sallyport.ReasonNotSent)
	if v := viewed(t, k, look); v.Chosen.ID != in.OptionID || v.Chosen.Live || !v.Chosen.NotSent {
		t.Errorf("got %+v", v.Chosen)
	}
	hostLogin(t, k, sallyport.Login{RequestID: r.RequestID, OptionID: way(r, byApp).ID})
	wantOutcome(t, "choosing again, too soon", hostLogin(t, k, in), sallyport.FactorWanted, sallyport.ReasonNotSent)
	if v := viewed(t, k, look); v.Chosen.ID != in.OptionID || !v.Chosen.NotSent {
		t.Errorf("chosen again: got %+v", v.Chosen)
	}
	k.Clock.Advance(30 * time.Second)
	wantOutcome(t, "choosing again", hostLogin(t, k, in), sallyport.Waiting, "")
	if v := viewed(t, k, look); !v.Chosen.Live || v.Chosen.NotSent {
		t.Errorf("sent: got %+v", v.Chosen)
	}
}

// TestViewRequestGivenUp: a link is not live any more once the same user has begun another
// login.
func TestViewRequestGivenUp(t *testing.T) {
	k := hosted(t)
	p := k.AddUser(t, sallyporttest.User{Name: "ada", Email: mail, EmailValidated: true})
	first := sallyport.Login{Username: "ada", Password: p.Password, Address: "203.0.113.7"}
	r := hostLogin(t, k, first)
	in, look := sallyport.Login{RequestID: r.RequestID, OptionID: way(r, byLink).ID}, sallyport.RequestLook{RequestID: r.RequestID}
	hostLogin(t, k, in)
	if v := viewed(t, k, look); !v.Chosen.Live {
		t.Errorf("sent: got %+v", v.Chosen)
	}
	hostLogin(t, k, first)
	if v := viewed(t, k, look); v.Chosen.ID != in.OptionID || v.Chosen.Live {
		t.Errorf("given up: got %+v", v.Chosen)
	}
}

// TestViewRequestApprovedInVain: of a login without a password that was approved before the
// account changed nothing is told: it goes on as nobody's does.
func TestViewRequestApprovedInVain(t *testing.T) {
	k := hosted(t, sallyporttest.WithConfig(func(c *sallyport.Config) { c.HostPasswordless = true }))
	p := k.AddUser(t, sallyporttest.User{Name: "ada", Email: mail, EmailValidated: true, Edit: asPasswordless})
	r := hostLogin(t, k, sallyport.Login{Module: token.ModulePasswordless, Username: "ada"})
	in := sallyport.Login{RequestID: r.RequestID, OptionID: way(r, byLink).ID}
	look := sallyport.RequestLook{RequestID: r.RequestID}
	hostLogin(t, k, in)
	k.Outbox.Await(mail, "link")
	approveLast(t, k, way(r, byLink).MatchNumber)
	if v := viewed(t, k, look); !v.Chosen.Approved {
		t.Errorf("approved: got %+v", v.Chosen)
	}
	if _, err := setup(k).UpdateUser(t.Context(), p.ID, directory.UserChange{Disabled: new(true)}); err != nil {
		t.Fatal(err)
	}
	if v := viewed(t, k, look); v.Chosen.Approved || v.Outcome != sallyport.Waiting {
		t.Errorf("once the account is disabled: got %+v", v)
	}
	wantOutcome(t, "collecting", hostLogin(t, k, in), sallyport.FactorWanted, sallyport.ReasonLinkUnanswered)
}

// TestViewRequestEnrollment looks at a login in which a first factor is enrolled.
func TestViewRequestEnrollment(t *testing.T) {
	k := hosted(t)
	p := k.AddUser(t, sallyporttest.User{Name: "ada", MFA: new(true)})
	r := hostLogin(t, k, sallyport.Login{Username: "ada", Password: p.Password})
	look := sallyport.RequestLook{RequestID: r.RequestID}
	v := wantView(t, k, "begun", look, sallyport.EnrollmentWanted, "")
	if v.Enrollment == nil || v.Enrollment.URL != r.Enrollment.URL || !slices.Equal(v.Enrollment.Transports, r.Enrollment.Transports) || v.Enrollment.ResumeSecret != "" {
		t.Errorf("got %+v, want %+v and no secret", v.Enrollment, r.Enrollment)
	}
	k.InProcess().EnrollAuthenticator(r.RequestID)
	if v = wantView(t, k, "enrolled", look, sallyport.FactorWanted, sallyport.ReasonFactorProven); !v.FactorProven {
		t.Errorf("got %+v", v)
	}
	wantOutcome(t, "resumed", hostLogin(t, k, sallyport.Login{RequestID: r.RequestID, ResumeSecret: r.Enrollment.ResumeSecret}), sallyport.Granted, "")
	wantView(t, k, "complete", look, sallyport.Granted, "")
}

// TestViewRequestOver: how a request ended is told while it is remembered. One that the
// account has outgrown, that is a client's, or that is of a change outside a session, is
// unknown, like one that never was.
func TestViewRequestOver(t *testing.T) {
	k := hosted(t)
	p := k.AddUser(t, sallyporttest.User{Name: "ada", Email: mail, EmailValidated: true, TOTP: true})
	first := sallyport.Login{Username: "ada", Password: p.Password}
	r := hostLogin(t, k, first)
	for i := range 5 {
		hostLogin(t, k, sallyport.Login{RequestID: r.RequestID, OptionID: way(r, byApp).ID, Code: fmt.Sprint("wrong", i)})
	}
	wantView(t, k, "closed", sallyport.RequestLook{RequestID: r.RequestID}, sallyport.Denied, sallyport.ReasonOver)
	r = hostLogin(t, k, first)
	hostLogin(t, k, sallyport.Login{RequestID: r.RequestID, OptionID: way(r, byLink).ID})
	link := linkToken(k.Outbox.LastLink(mail))
	page, err := k.Engine.ViewLink(t.Context(), link)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.Engine.DecideLink(t.Context(), link, sallyport.LinkDecision{Nonce: page.Nonce}); err != nil {
		t.Fatal(err)
	}
	wantView(t, k, "disowned", sallyport.RequestLook{RequestID: r.RequestID}, sallyport.Denied, sallyport.ReasonDisowned)
	r = hostLogin(t, k, first)
	for range 20 {
		hostLogin(t, k, first)
	}
	wantView(t, k, "displaced", sallyport.RequestLook{RequestID: r.RequestID}, sallyport.Denied, sallyport.ReasonOver)
	clients := k.InProcess().Login("ada", p.Password)
	wantUnseen(t, k, "a client's", sallyport.RequestLook{RequestID: clients.RequestID})
	c, err := k.Engine.CloseAccount(t.Context(), sallyport.AccountClosing{Username: "ada", Password: p.Password})
	if err != nil || c.RequestID == "" {
		t.Fatalf("got %+v, %v", c, err)
	}
	wantUnseen(t, k, "a change outside a session", sallyport.RequestLook{RequestID: c.RequestID})
	for name, id := range map[string]string{"none": "", "no id": "x", "nobody's": "0e9cbd7e-7f4f-4f0a-8f51-8d1c4e2f7a11", "too long": string(make([]byte, 5000))} {
		wantUnseen(t, k, name, sallyport.RequestLook{RequestID: id})
	}
	r = hostLogin(t, k, first)
	k.Clock.Advance(-time.Hour)
	wantUnseen(t, k, "begun ahead of the clock", sallyport.RequestLook{RequestID: r.RequestID})
	r = hostLogin(t, k, first)
	if err := setup(k).SetPassword(t.Context(), p.ID, fresh); err != nil {
		t.Fatal(err)
	}
	wantUnseen(t, k, "of an account that has changed", sallyport.RequestLook{RequestID: r.RequestID})
}

// TestViewRequestStepUp: a step-up is shown to the present handle of its session, and to
// nobody else.
func TestViewRequestStepUp(t *testing.T) {
	s := newStepping(t, everything)
	mine, other := s.s.Handle, s.signIn()
	r := s.open(sallyport.Need{})
	look := sallyport.RequestLook{RequestID: r.RequestID, Session: mine}
	v := wantView(t, s.Kit, "opened", look, sallyport.FactorWanted, "")
	if v.Purpose != sallyport.PurposeStepUp || !slices.Equal(v.Options, r.Options) || v.Enrollment != nil || v.Rule != (mfa.Rule{}) || v.User != "ada" {
		t.Errorf("got %+v", v)
	}
	s.say(to(r, byApp, ""))
	if v = viewed(t, s.Kit, look); v.Chosen.ID != way(r, byApp).ID || !v.Chosen.Live {
		t.Errorf("chosen: got %+v", v.Chosen)
	}
	for name, handle := range map[string]string{"no session": "", "another one": other.Handle, "nonsense": "x"} {
		wantUnseen(t, s.Kit, name, sallyport.RequestLook{RequestID: r.RequestID, Session: handle})
	}
	done := s.say(to(r, byApp, s.p.Authenticator.Fresh()))
	wantUnseen(t, s.Kit, "by the handle of before", look)
	look.Session = done.Session.Handle
	wantView(t, s.Kit, "done", look, sallyport.Granted, "")
	s.s = done.Session
	s.open(sallyport.Need{})
	wantUnseen(t, s.Kit, "once another was opened", look)
}

// TestViewRequestChange looks at the changes that are made in a session.
func TestViewRequestChange(t *testing.T) {
	f := newFactoring(t, everything)
	other := f.signIn()
	for purpose, by := range map[sallyport.RequestPurpose]change{sallyport.PurposeRemoveFactor: removes, sallyport.PurposeRenewRecovery: renews} {
		id := ""
		if purpose == sallyport.PurposeRemoveFactor {
			id = f.list().Factors[len(f.list().Factors)-1].ID
		}
		r := f.first(by, id)
		look := sallyport.RequestLook{RequestID: r.RequestID, Session: f.s.Handle}
		if v := wantView(t, f.Kit, string(purpose), look, sallyport.FactorWanted, ""); v.Purpose != purpose || !slices.Equal(v.Options, r.Options) {
			t.Errorf("%s: got %+v", purpose, v)
		}
		wantUnseen(t, f.Kit, "without a session", sallyport.RequestLook{RequestID: r.RequestID})
		wantUnseen(t, f.Kit, "another session", sallyport.RequestLook{RequestID: r.RequestID, Session: other.Handle})
		wantConfirmation(t, string(purpose), f.proven(by, r, mfa.Email), sallyport.Granted, "")
		wantView(t, f.Kit, string(purpose)+", done", look, sallyport.Granted, "")
		f.Clock.Advance(time.Minute)
		other = f.signIn()
	}
	r, err := f.Engine.ChangeAddress(t.Context(), sallyport.AddressChange{Session: f.s.Handle, Password: f.p.Password, Email: newMail})
	if err != nil {
		t.Fatal(err)
	}
	look := sallyport.RequestLook{RequestID: r.RequestID, Session: f.s.Handle}
	if v := wantView(t, f.Kit, "another address", look, sallyport.FactorWanted, ""); v.Purpose != sallyport.PurposeChangeAddress {
		t.Errorf("got %+v", v)
	}
	if r, err = f.Engine.CloseAccount(t.Context(), sallyport.AccountClosing{Session: f.s.Handle, Password: f.p.Password}); err != nil {
		t.Fatal(err)
	}
	look.RequestID = r.RequestID
	if v := wantView(t, f.Kit, "closing", look, sallyport.FactorWanted, ""); v.Purpose != sallyport.PurposeCloseAccount {
		t.Errorf("got %+v", v)
	}
}

// TestViewRequestAddition: what is added is enrolled first, and then waits for a factor that
// the account has; where there is none it is one at once.
func TestViewRequestAddition(t *testing.T) {
	f := newFactoring(t, sallyporttest.User{Email: mail, EmailValidated: true})
	r := f.first(adds, "")
	look := sallyport.RequestLook{RequestID: r.RequestID, Session: f.s.Handle}
	v := wantView(t, f.Kit, "begun", look, sallyport.EnrollmentWanted, "")
	if v.Purpose != sallyport.PurposeAddFactor || v.Enrollment == nil || v.Enrollment.URL != r.Enrollment.URL || !slices.Equal(v.Enrollment.Transports, r.Enrollment.Transports) {
		t.Errorf("got %+v, want %+v", v.Enrollment, r.Enrollment)
	}
	f.InProcess().EnrollAuthenticator(r.RequestID)
	f.Clock.Advance(time.Minute)
	if v = wantView(t, f.Kit, "enrolled", look, sallyport.FactorWanted, ""); len(v.Options) == 0 {
		t.Error("got no options")
	}
	wantConfirmation(t, "proven", f.proven(adds, r, mfa.Email), sallyport.Granted, "")
	wantView(t, f.Kit, "added", look, sallyport.Granted, "")

	f = newFactoring(t, sallyporttest.User{})
	r = f.first(adds, "")
	f.InProcess().EnrollAuthenticator(r.RequestID)
	wantView(t, f.Kit, "a first one", sallyport.RequestLook{RequestID: r.RequestID, Session: f.s.Handle}, sallyport.Granted, "")
}

// TestViewRequestOfNobody: of a login without a password nothing is told that depends on the
// account, and nothing else is read.
func TestViewRequestOfNobody(t *testing.T) { synctest.Test(t, viewTellsNothing) } // a look takes ten milliseconds

func viewTellsNothing(t *testing.T) {
	w := &working{Store: memstore.New()}
	k := hosted(t, sallyporttest.WithStore(w), sallyporttest.WithConfig(func(c *sallyport.Config) { c.HostPasswordless = true }))
	first := ""
	for _, name := range unprovenNames(t, k) {
		got := ""
		r := hostLogin(t, k, sallyport.Login{Module: token.ModulePasswordless, Username: name})
		look := func() {
			w.done()
			began := time.Now()
			v := viewed(t, k, sallyport.RequestLook{RequestID: r.RequestID})
			if took := time.Since(began); took != 10*time.Millisecond {
				t.Errorf("%.20q: a look took %v", name, took)
			}
			v.Ends, v.Chosen.Ends = time.Time{}, v.Chosen.Ends.Add(-k.Clock.Now().Sub(time.Time{}))
			for i := range v.Options {
				v.Options[i].MatchNumber = ""
			}
			got += uuids.ReplaceAllString(fmt.Sprintf("%+v\n%s\n", v, w.done()), "ID")
		}
		look()
		for _, o := range []int{1, 0} {
			hostLogin(t, k, sallyport.Login{RequestID: r.RequestID, OptionID: r.Options[o].ID})
			look()
		}
		for i := range 5 {
			hostLogin(t, k, sallyport.Login{RequestID: r.RequestID, OptionID: r.Options[1].ID, Code: fmt.Sprint("wrong", i)})
		}
		look()
		if first == "" {
			first = got
		}
		if got != first {
			t.Errorf("%.20q:\n got %s\nwant %s", name, got, first)
		}
	}
}

// TestViewRequestCosts: a look reads once, at a node that has not met the request twice, and
// writes nothing.
func TestViewRequestCosts(t *testing.T) {
	counting := storetest.NewCounting(memstore.New())
	s := newStepping(t, everything, sallyporttest.WithStore(counting))
	login := hostLogin(t, s.Kit, sallyport.Login{Username: "ada", Password: s.p.Password})
	hostLogin(t, s.Kit, sallyport.Login{RequestID: login.RequestID, OptionID: way(login, byLink).ID})
	step := s.open(sallyport.Need{})
	for name, in := range map[string]sallyport.RequestLook{"a login": {RequestID: login.RequestID}, "a step-up": {RequestID: step.RequestID, Session: s.s.Handle}} {
		for i, k := range []*sallyporttest.Kit{s.Kit, s.Kit.Node()} {
			counting.Reset()
			viewed(t, k, in)
			if got := counting.Counts(); got.Loads > 1+i || got.Writes > 0 {
				t.Errorf("%s at node %d: got %+v", name, i, got)
			}
		}
	}
}
