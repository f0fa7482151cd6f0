package sallyport_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/sealed"
	"github.com/sallyport-auth/sallyport/store/storetest"
)

// answer is what came over the wire.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// post sends one form to the token endpoint.
func post(t *testing.T, k *sallyporttest.Kit, form string) answer {
	t.Helper()
	req := httptest.NewRequest(http.MethodPost, sallyporttest.Issuer+"/connect/token", strings.NewReader(form))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	rec := httptest.NewRecorder()
	k.Handler().ServeHTTP(rec, req)
	return answer{rec.Code, rec.Header(), rec.Body.Bytes()}
}

func urlEscape(s string) string { return url.QueryEscape(s) }

// costs returns what makes a call and fails the test where it costs more.
func costs(t *testing.T, counting *storetest.Counting) func(what string, loads, commits int, call func()) {
	return func(what string, loads, commits int, call func()) {
		t.Helper()
		counting.Reset()
		call()
		if got := counting.Counts(); got.Loads > loads || got.Commits > commits {
			t.Errorf("%s: got %d loads and %d commits, want at most %d and %d", what, got.Loads, got.Commits, loads, commits)
		}
	}
}

// TestCosts counts the rounds of reading and the commits of every journey. A
// round is a trip to the database and a commit a sync of its disk; more of
// either is a regression.
func TestCosts(t *testing.T) {
	counting := storetest.NewCounting(memstore.New())
	k := hosted(t, sallyporttest.WithStore(counting), sallyporttest.WithConfig(func(c *sallyport.Config) { c.SignUp = &sallyport.SignUp{} }))
	yes := true
	marie := k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
	tom := k.AddUser(t, sallyporttest.User{Name: "tom", TOTP: true})
	nora := k.AddUser(t, sallyporttest.User{Name: "nora", MFA: &yes})
	paul := k.AddUser(t, sallyporttest.User{Name: "paul"})
	c := k.InProcess()
	cost := costs(t, counting)
	var a sallyporttest.Answer
	cost("a password alone", 2, 1, func() { a = c.Login(paul.Name, paul.Password).Want(t, sallyport.Success) })
	cost("a wrong password", 2, 1, func() { c.Login(paul.Name, "wrong") })
	cost("a repeated miss", 1, 0, func() { c.Login(paul.Name, "wrong") })
	cost("an unknown name", 2, 1, func() { c.Login("nobody", "wrong") })
	cost("verifying a token", 1, 0, func() {
		if _, err := k.Engine.Verify(t.Context(), a.Tokens.AccessToken); err != nil {
			t.Error(err)
		}
	})
	cost("a refresh", 1, 1, func() { c.Refresh(a.Tokens.RefreshToken) })
	stranger := k.Node().InProcess()
	cost("a refresh at a node that has not seen the session", 2, 1, func() { stranger.Refresh(a.Tokens.RefreshToken) })
	cost("userinfo", 2, 0, func() { c.UserInfo(a.Tokens.AccessToken) })
	cost("userinfo again", 1, 0, func() { c.UserInfo(a.Tokens.AccessToken) })

	cost("call 1", 2, 1, func() { a = c.Login(marie.Name, marie.Password).Want(t, wanted) })
	cost("call 2", 2, 1, func() { a = c.Choose(a, "Email", "OTP").Want(t, waiting) })
	cost("call 2 again", 2, 1, func() { a = c.Choose(a, "Email", "OTP").Want(t, waiting) })
	cost("a wrong code", 1, 1, func() { c.Answer(a, "wrong").Want(t, wrong) })
	cost("a wrong password with a request", 2, 1, func() { c.Resume(a.RequestID, marie.Name, "wrong") })
	cost("the state of a request", 1, 1, func() { c.State(a.RequestID) })
	cost("call 3", 1, 1, func() { c.Answer(a, k.Outbox.LastCode(mail)).Want(t, sallyport.Success) })

	a = c.Login(tom.Name, tom.Password)
	cost("an authenticator code", 1, 1, func() {
		c.AnswerWith(a, "MicrosoftAuthenticator", "OTP", tom.Authenticator.Code()).Want(t, sallyport.Success)
	})
	k.Clock.Advance(time.Minute)
	a = c.Login(tom.Name, tom.Password)
	other := k.Node().InProcess()
	cost("an authenticator code at a node that has not met the request", 2, 1, func() {
		other.AnswerWith(a, "MicrosoftAuthenticator", "OTP", tom.Authenticator.Code()).Want(t, sallyport.Success)
	})

	a = c.Login(marie.Name, marie.Password)
	var in sallyport.Login
	cost("sending a link", 2, 1, func() { in = sendLink(t, k, a) })
	token := linkToken(k.Outbox.LastLink(mail))
	var v sallyport.LinkView
	cost("looking at a link", 2, 1, func() { v, _ = k.Engine.ViewLink(t.Context(), token) })
	cost("deciding a link", 2, 1, func() {
		if _, err := k.Engine.DecideLink(t.Context(), token, sallyport.LinkDecision{Nonce: v.Nonce, Approve: true}); err != nil {
			t.Error(err)
		}
	})
	cost("the grant of a link", 2, 1, func() { c.Call(in).Want(t, sallyport.Success) })

	a = c.Login(nora.Name, nora.Password)
	call := sallyport.EnrollmentCall{RequestID: a.RequestID}
	var key sallyport.TOTPKey
	cost("a picture", 2, 1, func() { key, _ = k.Engine.BeginTOTP(t.Context(), call) })
	_ = key
	cost("sending a verification", 2, 1, func() { c.SendVerification(a.RequestID, "Email", "nora@example.com") })
	cost("confirming it", 2, 1, func() { c.ConfirmVerification(a.RequestID, "Email", k.Outbox.LastCode("nora@example.com")) })
	var r *sallyport.Result
	own := sallyport.Login{Username: paul.Name, Password: paul.Password}
	cost("a login of the host's own", 2, 1, func() { r = hostLogin(t, k, own) })
	cost("a look at its session", 1, 0, func() {
		if _, err := k.Engine.Session(t.Context(), r.Session.Handle); err != nil {
			t.Error(err)
		}
	})
	cost("a handle that nobody sealed", 0, 0, func() { k.Engine.Session(t.Context(), r.Session.Handle+"A") })
	cost("making an account", 2, 1, func() { created(t, k) })
	cost("a change of a password", 2, 1, func() {
		r, err := k.Engine.ChangePassword(t.Context(), sallyport.PasswordChange{Username: paul.Name, Password: paul.Password, NewPassword: fresh})
		if err != nil || r.Status != sallyport.PasswordChanged {
			t.Errorf("got %+v, %v", r, err)
		}
	})
	cost("asking for a reset", 3, 1, func() {
		if err := k.Engine.BeginReset(t.Context(), sallyport.ResetRequest{Username: marie.Name, Address: "203.0.113.7"}); err != nil {
			t.Error(err)
		}
	})
	cost("a reset", 3, 1, func() {
		key := k.Outbox.Await(mail, "reset").Link[len(sallyporttest.Issuer+"/account/reset/"):]
		if r, err := k.Engine.FinishReset(t.Context(), sallyport.ResetFinish{Key: key, NewPassword: fresh}); err != nil || r.Outcome != sallyport.Granted {
			t.Errorf("got %+v, %v", r, err)
		}
	})
	cost("an unknown key", 1, 1, func() {
		k.Engine.FinishReset(t.Context(), sallyport.ResetFinish{Key: strings.Repeat("0f", 32), NewPassword: fresh})
	})
	cost("a text that is no key", 0, 0, func() { k.Engine.ViewReset(t.Context(), "0f", "") })
	s, eva := &signing{k, t}, sallyport.Verification{}
	cost("beginning to sign up", 2, 1, func() { eva = s.started(evas()) })
	cost("looking at its key", 2, 1, func() { k.Engine.ViewVerification(t.Context(), eva.Key, "") })
	cost("making the account of it", 3, 1, func() { s.prove(eva, sallyport.RegistrationCreated) })
	cost("call 1 again", 2, 1, func() { c.Resume(a.RequestID, nora.Name, nora.Password).Want(t, sallyport.Success) })
}

// TestPicturesWriteNothing holds pictures to what they promise.
func TestPicturesWriteNothing(t *testing.T) {
	counting := storetest.NewCounting(memstore.New())
	k := sallyporttest.New(t, sallyporttest.WithStore(counting))
	yes := true
	p := k.AddUser(t, sallyporttest.User{Name: "nora", MFA: &yes})
	a := k.InProcess().Login(p.Name, p.Password)
	counting.Reset()
	if _, err := k.Engine.BeginTOTP(t.Context(), sallyport.EnrollmentCall{RequestID: a.RequestID}); err != nil {
		t.Fatal(err)
	}
	if got := counting.Counts(); got.Writes != 0 {
		t.Errorf("got %d records written, want none", got.Writes)
	}
}

// TestCostsOfUpkeep: upkeep that finds nothing to do writes this node's clock and
// nothing else.
func TestCostsOfUpkeep(t *testing.T) {
	counting := storetest.NewCounting(memstore.New())
	k := sallyporttest.New(t, sallyporttest.WithStore(counting))
	for range 2 {
		counting.Reset()
		if err := k.Engine.Maintain(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if got := counting.Counts(); got.Commits != 1 || got.Writes != 1 {
		t.Errorf("got %d commits of %d records, want one of one", got.Commits, got.Writes)
	}
}

// opening is a sealed store that counts what it opens.
type opening struct {
	*sealed.Store
	opens atomic.Int64
}

func (o *opening) Load(ctx context.Context, keys ...string) ([]store.Record, error) {
	recs, err := o.Store.Load(ctx, keys...)
	for _, rec := range recs {
		if rec.Value != nil {
			o.opens.Add(1)
		}
	}
	return recs, err
}

func (o *opening) Open(rec store.Record) (store.Record, error) {
	if rec.Value != nil {
		o.opens.Add(1)
	}
	return o.Store.Open(rec)
}

// TestOpens counts the records that are deciphered. What a node has met before is
// in its cache; what changes with every call is not.
func TestOpens(t *testing.T) {
	locked, err := sealed.New(memstore.New(), sealed.NewKeys())
	if err != nil {
		t.Fatal(err)
	}
	s := &opening{Store: locked}
	k := sallyporttest.New(t, sallyporttest.WithStore(s), sallyporttest.WithConfig(func(c *sallyport.Config) {
		c.Keys, c.InsecurePlainStore = sealed.Keys{}, true // the store seals, and the engine need not
	}))
	c := k.InProcess()
	paul, tom := k.AddUser(t, sallyporttest.User{Name: "paul"}), k.AddUser(t, sallyporttest.User{Name: "tom", TOTP: true})
	first := c.Login(paul.Name, paul.Password).Want(t, sallyport.Success)
	again := c.Refresh(first.Tokens.RefreshToken)
	c.Login(tom.Name, tom.Password).Want(t, wanted)
	verify := func() {
		if _, err := k.Engine.Verify(t.Context(), again.Tokens.AccessToken); err != nil {
			t.Error(err)
		}
	}
	for _, journey := range []struct {
		name string
		want int64
		call func()
	}{
		{"a refresh", 1, func() { again = c.Refresh(again.Tokens.RefreshToken) }},
		{"verifying its token", 1, verify},
		{"verifying it again", 0, verify},
		{"a password alone", 0, func() { c.Login(paul.Name, paul.Password).Want(t, sallyport.Success) }},
		{"call 1", 2, func() { c.Login(tom.Name, tom.Password).Want(t, wanted) }},
	} {
		s.opens.Store(0)
		journey.call()
		if got := s.opens.Load(); got != journey.want {
			t.Errorf("%s: got %d records opened, want %d", journey.name, got, journey.want)
		}
	}
}
