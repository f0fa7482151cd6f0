package sallyport_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/pgtest"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/boltstore"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/sealed"
	"github.com/sallyport-auth/sallyport/store/storetest"
)

// The tests here bear the names of the invariants in SECURITY.md. Each attacks
// one of them through the engine.

const (
	wrong     = sallyport.Failure | sallyport.SecureCodeDoesNotMatch
	dead      = sallyport.Failure | sallyport.MFALinkTimeout
	waiting   = sallyport.Failure | sallyport.MFAWaitingUserAction
	wanted    = sallyport.Failure | sallyport.MFAAuthenticationRequired
	mismatch  = sallyport.Failure | sallyport.PasswordDoesNotMatch
	lockedOut = sallyport.Failure | sallyport.PasswordIsLocked
	exhausted = sallyport.Failure | sallyport.UserAccountLocked
	unsent    = sallyport.Failure | sallyport.MFAFailedSendingRequest
)

const (
	mail  = "marie.sample.deals@gmail.com"
	phone = "+911234534003"
)

// crowd releases n callers together and waits for them.
func crowd(n int, call func(i int)) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			call(i)
		})
	}
	close(start)
	wg.Wait()
}

// grants counts how many of n simultaneous calls were granted.
func grants(t *testing.T, k *sallyporttest.Kit, n int, in sallyport.Login) int {
	t.Helper()
	var won atomic.Int32
	crowd(n, func(int) {
		r, err := k.Engine.Login(context.Background(), in)
		if err != nil {
			t.Errorf("got %v, want a verdict", err)
			return
		}
		if r.Tokens != nil {
			won.Add(1)
		}
	})
	return int(won.Load())
}

func login(in sallyport.Login) sallyport.Login {
	in.ClientID, in.ClientSecret = sallyporttest.ClientID, sallyporttest.ClientSecret
	return in
}

// option finds the id of an option of a call-1 answer.
func option(t *testing.T, a sallyporttest.Answer, transport, mode string) string {
	t.Helper()
	id, ok := a.Option(transport, mode)
	if !ok {
		t.Fatalf("got options %q, want %s %s", a.Offered(), transport, mode)
	}
	return id
}

// TestP1StepsOnlyRise tries the codes of three neighbouring steps in all 27
// orders: what is accepted must rise strictly.
func TestP1StepsOnlyRise(t *testing.T) {
	for n := range 27 {
		order := []int{n % 3, n / 3 % 3, n / 9}
		t.Run(fmt.Sprint(order), func(t *testing.T) {
			k := sallyporttest.New(t)
			c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "tom", TOTP: true})
			last := -1
			for _, step := range order {
				a := c.Login(p.Name, p.Password).Want(t, wanted)
				code := p.Authenticator.CodeAt(k.Clock.Now().Add(time.Duration(step-1) * 30 * time.Second))
				a = c.AnswerWith(a, "MicrosoftAuthenticator", "OTP", code)
				if want := step > last; a.Granted() != want {
					t.Fatalf("step %d after %d: granted %v, want %v", step, last, a.Granted(), want)
				}
				last = max(last, step)
			}
		})
	}
}

func TestP1RecoveryCodeOnce(t *testing.T) {
	k := sallyporttest.New(t)
	yes := true
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "nora", MFA: &yes})
	a := c.Login(p.Name, p.Password)
	_, e := c.EnrolAuthenticator(a.RequestID)
	for _, code := range e.RecoveryCodes[:2] {
		a := c.Login(p.Name, p.Password).Want(t, wanted)
		in := login(sallyport.Login{RequestID: a.RequestID, OptionID: option(t, a, "MicrosoftAuthenticator", "OTP"), Code: code})
		if got := grants(t, k, 16, in); got != 1 {
			t.Errorf("got %d winners, want 1", got)
		}
		a = c.Login(p.Name, p.Password).Want(t, wanted)
		c.AnswerWith(a, "MicrosoftAuthenticator", "OTP", code).Want(t, wrong)
	}
}

// texts lists every string in a JSON document.
func texts(t *testing.T, doc []byte) (list []string) {
	t.Helper()
	var v any
	if err := json.Unmarshal(doc, &v); err != nil {
		t.Fatal(err)
	}
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case string:
			list = append(list, v)
		case []any:
			for _, e := range v {
				walk(e)
			}
		case map[string]any:
			for _, e := range v {
				walk(e)
			}
		}
	}
	walk(v)
	return list
}

// TestP2FirstAnswerIsWorthNothing tries every string of a first answer as
// bearer, as refresh token and as code.
func TestP2FirstAnswerIsWorthNothing(t *testing.T) {
	k := sallyporttest.New(t)
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true, TOTP: true})
	a := c.Login(p.Name, p.Password).Want(t, wanted)
	if a.Response.VGToken != "" || bytes.Contains(a.Body, []byte("access_token")) {
		t.Errorf("the first answer holds a token")
	}
	for _, s := range texts(t, a.Body) {
		if _, err := k.Engine.Verify(t.Context(), s); !errors.Is(err, sallyport.ErrInvalidToken) {
			t.Errorf("%q as bearer: got %v, want an invalid token", s, err)
		}
		if _, err := k.Engine.Refresh(t.Context(), sallyport.Refresh{ClientID: sallyporttest.ClientID, ClientSecret: sallyporttest.ClientSecret, RefreshToken: s}); err == nil {
			t.Errorf("%q as refresh token was good", s)
		}
		for _, o := range a.Options {
			r, err := k.Engine.Login(t.Context(), login(sallyport.Login{RequestID: a.RequestID, OptionID: o.ID, Code: s}))
			if len(s) <= 1024 && (err != nil && s != "" || err == nil && r.Tokens != nil) {
				t.Errorf("%q as code: got %v, %v", s, r, err)
			}
		}
	}
}

// TestP2RequestIDAlone sends the id without option and password, in every
// state of a request: never a token, an option id or a name.
func TestP2RequestIDAlone(t *testing.T) {
	k := sallyporttest.New(t)
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "marie-the-name", Email: mail, EmailValidated: true})
	look := func(state, id string, want sallyport.Status, options ...string) {
		t.Helper()
		a := c.State(id)
		if a.Status != want || a.Granted() || len(a.Options) > 0 || a.Enrollment != nil {
			t.Errorf("%s: got %s, want %s and nothing else", state, a, want)
		}
		for _, secret := range append(options, "marie") {
			if bytes.Contains(a.Body, []byte(secret)) {
				t.Errorf("%s: the answer holds %q", state, secret)
			}
		}
	}
	a := c.Login(p.Name, p.Password)
	ids := []string{option(t, a, "Email", "OTP"), option(t, a, "Email", "Link")}
	look("fresh", a.RequestID, wanted, ids...)
	a = c.Choose(a, "Email", "OTP")
	look("sent", a.RequestID, waiting, ids...)
	c.Answer(a, k.Outbox.LastCode(mail)).Want(t, sallyport.Success)
	look("finished", a.RequestID, dead, ids...)
	look("unknown", "0e9cbd7e-7f4f-4f0a-8f51-8d1c4e2f7a11", dead)

	a = c.Login(p.Name, p.Password)
	if r, err := k.Engine.Login(t.Context(), login(sallyport.Login{RequestID: a.RequestID, OptionID: option(t, a, "Email", "Link")})); err != nil || !r.LinkWaits {
		t.Fatalf("got %v, %v, want a link", r, err)
	}
	c.Approve(k.Outbox.LastLink(mail))
	look("approved", a.RequestID, waiting)
	yes := true
	n := k.AddUser(t, sallyporttest.User{Name: "nora", MFA: &yes})
	a = c.Login(n.Name, n.Password)
	look("to enrol", a.RequestID, sallyport.Failure|sallyport.MFAEnrollmentRequired)
	c.Resume(a.RequestID, n.Name, n.Password).Want(t, a.Status) // with the password: what call 1 answered
	c.EnrolAuthenticator(a.RequestID)
	look("enrolled", a.RequestID, wanted)
}

// TestP3PasswordAlone has a thief with the password alone go through every
// route that enrols: the next login must offer what it did before.
func TestP3PasswordAlone(t *testing.T) {
	yes := true
	for _, owner := range []sallyporttest.User{
		{Name: "mail", Email: mail, EmailValidated: true, MFA: &yes},
		{Name: "phone", Mobile: phone, MobileValidated: true, MFA: &yes},
		{Name: "app", TOTP: true, MFA: &yes},
		{Name: "recorded", Email: mail, MFA: &yes}, // nothing confirmed, an address on record
	} {
		t.Run(owner.Name, func(t *testing.T) {
			k := sallyporttest.New(t)
			c, p := k.InProcess(), k.AddUser(t, owner)
			before := c.Login(p.Name, p.Password)
			a := c.Login(p.Name, p.Password)
			if app, e := c.EnrolAuthenticator(a.RequestID); app == nil || e.IsActive {
				t.Errorf("authenticator: got %v, want it staged", e)
			}
			const evil = "thief@example.com"
			if e := c.SendVerification(a.RequestID, "Email", evil); e.HTTP == http.StatusOK {
				c.ConfirmVerification(a.RequestID, "Email", k.Outbox.LastCode(evil)).Want(t, false)
			} else if owner.Name != "recorded" {
				t.Errorf("e-mail: got %v, want a code sent", e)
			}
			const number = "+4915112345678"
			if e := c.SendVerification(a.RequestID, "SMS", number); e.HTTP == http.StatusOK {
				c.ConfirmVerification(a.RequestID, "SMS", k.Outbox.LastCode(number)).Want(t, false)
			}
			if r := c.Resume(a.RequestID, p.Name, p.Password); r.Granted() {
				t.Errorf("got tokens for a password and a staged factor")
			}
			after := c.Login(p.Name, p.Password)
			if got, want := fmt.Sprint(after.Status, after.Offered()), fmt.Sprint(before.Status, before.Offered()); got != want {
				t.Errorf("after: %s, want as before: %s", got, want)
			}
		})
	}
}

// TestP3StagedNeedsTheOwner: the staged factor becomes active with the code
// that was sent after the staging and names what it adds, not with an older
// one, and it dies with its request.
func TestP3StagedNeedsTheOwner(t *testing.T) {
	k := sallyporttest.New(t)
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
	a := c.Choose(c.Login(p.Name, p.Password), "Email", "OTP").Want(t, waiting)
	old := k.Outbox.LastCode(mail)
	_, e := c.EnrolAuthenticator(a.RequestID)
	e.Want(t, false)
	c.Answer(a, old).Want(t, wrong)
	a = c.Choose(a, "Email", "OTP").Want(t, waiting) // a first send: not held to 30 s
	if m := k.Outbox.Last(mail); !strings.Contains(m.Text, "MicrosoftAuthenticator") {
		t.Errorf("the message does not say what it adds: %q", m.Text)
	}
	c.Answer(a, k.Outbox.LastCode(mail)).Want(t, sallyport.Success)
	if got := strings.Join(c.Login(p.Name, p.Password).Offered(), ","); !strings.Contains(got, "MicrosoftAuthenticator OTP") {
		t.Errorf("got options %q, want the authenticator among them", got)
	}

	k2 := sallyporttest.New(t)
	c, p = k2.InProcess(), k2.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
	a = c.Login(p.Name, p.Password)
	c.EnrolAuthenticator(a.RequestID)
	k2.Clock.Advance(11 * time.Minute)
	a = c.LoginWithCode(p.Name, p.Password).Want(t, sallyport.Success)
	if got := c.Login(p.Name, p.Password).Offered(); len(got) != 2 {
		t.Errorf("got options %q, want the two of before: the staging died with its request", got)
	}
}

// TestP3LinkBox: a link adds what is staged only where the box was ticked.
func TestP3LinkBox(t *testing.T) {
	for _, tick := range []bool{false, true} {
		k := sallyporttest.New(t)
		c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
		a := c.Login(p.Name, p.Password)
		c.EnrolAuthenticator(a.RequestID)
		h := c.WaitLink(a, "Email")
		c.Decide(h.Link, sallyport.LinkDecision{Approve: true, Add: tick})
		h.Answer().Want(t, sallyport.Success)
		if got := len(c.Login(p.Name, p.Password).Offered()) == 3; got != tick {
			t.Errorf("box ticked %v: authenticator added %v", tick, got)
		}
	}
}

// TestP3Undo: the owner is told of a new factor and removes it by the link in
// the notice, once; every session ends.
func TestP3Undo(t *testing.T) {
	k := sallyporttest.New(t)
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
	a := c.Login(p.Name, p.Password)
	c.EnrolAuthenticator(a.RequestID)
	a = c.Choose(a, "Email", "OTP")
	done := c.Answer(a, k.Outbox.LastCode(mail)).Want(t, sallyport.Success)
	link := k.Outbox.Await(mail, "notice").Link
	if v, err := k.Engine.Link(t.Context(), strings.TrimPrefix(link, sallyporttest.Issuer+"/mfa/link/")); err != nil || !v.Undo {
		t.Fatalf("got %+v, %v, want an undo link", v, err)
	}
	if d := c.Approve(link); d.HTTP != http.StatusOK {
		t.Fatalf("got %d, want it undone", d.HTTP)
	}
	if d := c.Approve(link); d.HTTP != http.StatusNotFound {
		t.Errorf("the second time: got %d, want it unknown", d.HTTP)
	}
	if _, err := k.Engine.Verify(t.Context(), done.Tokens.AccessToken); !errors.Is(err, sallyport.ErrInvalidToken) {
		t.Errorf("the session lives on: %v", err)
	}
	if got := c.Login(p.Name, p.Password).Offered(); len(got) != 2 {
		t.Errorf("got options %q, want the mail's two", got)
	}
}

// TestP4AccountBudget: ten wrong codes an hour over fresh requests, also with
// resends and a new engine between them; a complete login clears the hour and
// not the day.
func TestP4AccountBudget(t *testing.T) {
	k := sallyporttest.New(t)
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "tom", TOTP: true})
	guess, n := 0, 0
	spend := func(count int) {
		t.Helper()
		for range count {
			a := c.Login(p.Name, p.Password).Want(t, wanted)
			guess++
			c.AnswerWith(a, "MicrosoftAuthenticator", "OTP", fmt.Sprintf("%06d", guess)).Want(t, wrong)
			n++
		}
	}
	spend(9)
	pending := c.Login(p.Name, p.Password).Want(t, wanted)
	spend(1)
	c.Login(p.Name, p.Password).Want(t, exhausted)
	c.AnswerWith(pending, "MicrosoftAuthenticator", "OTP", p.Authenticator.Code()).Want(t, exhausted)
	node := k.Node()
	node.InProcess().Login(p.Name, p.Password).Want(t, exhausted)

	k.Clock.Advance(time.Hour)
	spend(9)
	a := c.Login(p.Name, p.Password).Want(t, wanted)
	c.AnswerWith(a, "MicrosoftAuthenticator", "OTP", p.Authenticator.Fresh()).Want(t, sallyport.Success)
	spend(9) // a complete login cleared the hour
	k.Clock.Advance(time.Hour)
	spend(30 - n)
	k.Clock.Advance(time.Hour)
	c.Login(p.Name, p.Password).Want(t, exhausted) // the day is not cleared by anything
	k.Clock.Advance(24 * time.Hour)
	c.Login(p.Name, p.Password).Want(t, wanted)
}

// TestP4RepeatIsChargedOnce: a client that sends everything twice is charged
// once, for codes and for passwords.
func TestP4RepeatIsChargedOnce(t *testing.T) {
	k := sallyporttest.New(t)
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
	a := c.Choose(c.Login(p.Name, p.Password), "Email", "OTP").Want(t, waiting)
	for i := range 5 {
		for range 2 {
			c.Answer(a, fmt.Sprintf("%d", i)).Want(t, wrong)
		}
	}
	c.Answer(a, "x").Want(t, dead)
	for i := range 9 {
		want := mismatch
		if i == 8 {
			want |= sallyport.LastBadLogin
		}
		for range 2 {
			c.Login(p.Name, fmt.Sprint("wrong", i)).Want(t, want)
		}
	}
	c.Login(p.Name, p.Password).Want(t, wanted)
}

// TestP4LockGrows: the second lock in a row lasts twice as long as the first.
func TestP4LockGrows(t *testing.T) {
	k := sallyporttest.New(t)
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "paul"})
	lock := func(round int) {
		t.Helper()
		for i := range 10 {
			c.Login(p.Name, fmt.Sprint(round, i))
		}
	}
	lock(1)
	k.Clock.Advance(15*time.Minute - time.Second)
	c.Login("PAUL ", p.Password).Want(t, lockedOut) // another spelling, the same lock
	k.Clock.Advance(time.Second)
	lock(2)
	k.Clock.Advance(30*time.Minute - time.Second)
	c.Login(p.Name, p.Password).Want(t, lockedOut)
	k.Clock.Advance(time.Second)
	c.Login(p.Name, p.Password).Want(t, sallyport.Success)
	lock(3)
	k.Clock.Advance(15 * time.Minute)
	c.Login(p.Name, p.Password).Want(t, sallyport.Success) // a complete login ended the row
}

// TestP4OwnerIsTold: a hundred wrong passwords without a complete login, and
// five wrong codes behind the right one, are worth a notice each.
func TestP4OwnerIsTold(t *testing.T) {
	k := sallyporttest.New(t)
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
	for i := range 100 {
		c.Login(p.Name, fmt.Sprint("guess ", i))
		if i%10 == 9 {
			k.Clock.Advance(24 * time.Hour) // past every lock
		}
	}
	if m := k.Outbox.Await(mail, "notice"); !strings.Contains(m.Subject, "Wrong passwords") || k.Outbox.Count() != 1 {
		t.Errorf("got %q, %d messages, want one notice of wrong passwords", m.Subject, k.Outbox.Count())
	}
	k = sallyporttest.New(t)
	c, p = k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true, TOTP: true})
	a := c.Login(p.Name, p.Password).Want(t, wanted)
	for i := range 5 {
		c.AnswerWith(a, "MicrosoftAuthenticator", "OTP", fmt.Sprint(i)).Want(t, wrong)
	}
	if m := k.Outbox.Await(mail, "notice"); !strings.Contains(m.Subject, "Wrong sign-in codes") {
		t.Errorf("got %q, want a notice of wrong codes", m.Subject)
	}
}

// TestRehash: a login renews an imported hash, and old and new passwords are
// told apart before and after.
func TestRehash(t *testing.T) {
	synctest.Test(t, rehash) // a renewal comes behind the answer
}

func rehash(t *testing.T) {
	const bcryptOfSecret = "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy" // "secret" is not it
	imported, err := bcrypt.GenerateFromPassword([]byte("an old password"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	s := memstore.New()
	k := sallyporttest.New(t, sallyporttest.WithStore(s), sallyporttest.WithConfig(func(c *sallyport.Config) {
		c.Keys, c.InsecurePlainStore = sealed.Keys{}, true
	}))
	p := k.AddUser(t, sallyporttest.User{Name: "old", Edit: func(u *sallyport.DirectoryUser) { u.Password, u.PasswordHash = "", string(imported) }})
	other := k.AddUser(t, sallyporttest.User{Name: "other", Edit: func(u *sallyport.DirectoryUser) { u.Password, u.PasswordHash = "", bcryptOfSecret }})
	stored := func(id string) string {
		recs, err := s.Load(t.Context(), "account/"+id)
		if err != nil {
			t.Fatal(err)
		}
		return string(recs[0].Value)
	}
	c := k.InProcess()
	c.Login(p.Name, "another").Want(t, mismatch)
	c.Login(other.Name, "secret").Want(t, mismatch)
	if !strings.Contains(stored(p.ID), "$2a$04$") {
		t.Fatal("the imported hash is not stored as it was given")
	}
	a := c.Login(p.Name, "an old password").Want(t, sallyport.Success)
	synctest.Wait()
	if got := stored(p.ID); strings.Contains(got, "$2a$") || !strings.Contains(got, "$argon2id$") {
		t.Errorf("got %s, want the hash renewed", got)
	}
	c.Login(p.Name, "another").Want(t, mismatch)
	c.Login(p.Name, "an old password").Want(t, sallyport.Success)
	if _, err := k.Engine.Verify(t.Context(), a.Tokens.AccessToken); err != nil {
		t.Errorf("renewing the hash ended a session: %v", err)
	}
}

// TestLinksOfTwoLogins: while two logins of an account have a live link, and
// no number tells them apart, neither can be approved; denying always can.
func TestLinksOfTwoLogins(t *testing.T) {
	k := sallyporttest.New(t)
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
	send := func() (sallyport.Login, string) {
		a := c.Login(p.Name, p.Password).Want(t, wanted)
		in := login(sallyport.Login{RequestID: a.RequestID, OptionID: option(t, a, "Email", "Link")})
		if r, err := k.Engine.Login(t.Context(), in); err != nil || !r.LinkWaits {
			t.Fatalf("got %v, %v, want a link", r, err)
		}
		return in, k.Outbox.LastLink(mail)
	}
	mine, first := send()
	_, thiefs := send()
	decide := func(link string, approve bool) sallyport.LinkOutcome {
		token := strings.TrimPrefix(link, sallyporttest.Issuer+"/mfa/link/")
		v, err := k.Engine.Link(t.Context(), token)
		if err != nil {
			t.Fatal(err)
		}
		o, err := k.Engine.DecideLink(t.Context(), token, sallyport.LinkDecision{Nonce: v.Nonce, Approve: approve})
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	for _, link := range []string{first, thiefs} {
		if got := decide(link, true); got != sallyport.LinkMustWait {
			t.Errorf("got %s, want %s", got, sallyport.LinkMustWait)
		}
	}
	if got := decide(thiefs, false); got != sallyport.LinkDenied {
		t.Errorf("got %s, want %s", got, sallyport.LinkDenied)
	}
	if got := decide(first, true); got != sallyport.LinkApproved {
		t.Errorf("got %s, want %s", got, sallyport.LinkApproved)
	}
	if r, err := k.Engine.Login(t.Context(), mine); err != nil || r.Status != sallyport.Success {
		t.Errorf("got %v, %v, want success", r, err)
	}
	// Somebody said "this wasn't me": no links for an hour, but a code.
	if got := c.Login(p.Name, p.Password).Offered(); len(got) != 1 || got[0] != "Email OTP" {
		t.Errorf("got options %q, want the code alone", got)
	}
	k.Clock.Advance(time.Hour)
	if got := c.Login(p.Name, p.Password).Offered(); len(got) != 2 {
		t.Errorf("got options %q, want both again", got)
	}
}

// TestLinksUnheeded: two links in a row that nobody answered withhold links.
func TestLinksUnheeded(t *testing.T) {
	k := sallyporttest.New(t)
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
	for range 2 {
		a := c.Login(p.Name, p.Password).Want(t, wanted)
		h := c.WaitLink(a, "Email")
		k.Clock.Advance(90 * time.Second)
		h.Answer().Want(t, dead)
	}
	if got := c.Login(p.Name, p.Password).Offered(); len(got) != 1 || got[0] != "Email OTP" {
		t.Errorf("got options %q, want the code alone", got)
	}
}

// TestDamagedAccount: whoever deletes the records of factors, or the one that
// vouches for them, locks the account and opens nothing.
func TestDamagedAccount(t *testing.T) {
	for _, table := range []string{"factors/", "ageing/"} {
		s := memstore.New()
		k := sallyporttest.New(t, sallyporttest.WithStore(s))
		p := k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
		recs, err := s.Load(t.Context(), table+p.ID)
		if err != nil || recs[0].Value == nil {
			t.Fatalf("got %v, %v, want the record", recs, err)
		}
		if err := s.Commit(t.Context(), store.Change{ID: 7, Writes: []store.Write{{Key: recs[0].Key, If: recs[0].Version}}}); err != nil {
			t.Fatal(err)
		}
		r, err := k.Engine.Login(t.Context(), login(sallyport.Login{Username: p.Name, Password: p.Password}))
		if !errors.Is(err, store.ErrDamaged) {
			t.Errorf("without %s: got %v, %v, want damage", table, r, err)
		}
	}
}

// TestThrottledClient: a client that fails to authenticate is turned away after
// twenty times a minute from one public address, and others are not.
func TestThrottledClient(t *testing.T) {
	k := sallyporttest.New(t)
	p := k.AddUser(t, sallyporttest.User{Name: "paul"})
	call := func(secret, address string) error {
		_, err := k.Engine.Login(t.Context(), sallyport.Login{ClientID: sallyporttest.ClientID, ClientSecret: secret, Username: p.Name, Password: p.Password, Address: address})
		return err
	}
	for i := range 20 {
		if p, ok := errors.AsType[*sallyport.ProtocolError](call("wrong", "192.0.2.1")); !ok || p.Code != "invalid_client" {
			t.Fatalf("call %d: got %v, want invalid_client", i+1, p)
		}
	}
	if err := call(sallyporttest.ClientSecret, "192.0.2.1"); !errors.Is(err, sallyport.ErrBusy) {
		t.Errorf("got %v, want busy", err)
	}
	if err := call(sallyporttest.ClientSecret, "192.0.2.2"); err != nil {
		t.Errorf("another address: got %v", err)
	}
	k.Clock.Advance(time.Minute)
	if err := call(sallyporttest.ClientSecret, "192.0.2.1"); err != nil {
		t.Errorf("a minute later: got %v", err)
	}
}

// TestP5Bound swaps account, client, request, option and code, one at a time.
func TestP5Bound(t *testing.T) {
	k := sallyporttest.New(t)
	marie := k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
	peter := k.AddUser(t, sallyporttest.User{Name: "peter", Email: "peter@example.com", EmailValidated: true})
	c := k.InProcess()
	a := c.Choose(c.Login(marie.Name, marie.Password), "Email", "OTP").Want(t, waiting)
	b := c.Choose(c.Login(peter.Name, peter.Password), "Email", "OTP").Want(t, waiting)
	codeA, codeB := k.Outbox.LastCode(mail), k.Outbox.LastCode(peter.Email)
	optA, optB := option(t, a, "Email", "OTP"), option(t, b, "Email", "OTP")
	for _, s := range []struct {
		name string
		in   sallyport.Login
		want sallyport.Status
	}{
		{"another's code", login(sallyport.Login{RequestID: a.RequestID, OptionID: optA, Code: codeB}), wrong},
		{"another's option", login(sallyport.Login{RequestID: a.RequestID, OptionID: optB, Code: codeB}), dead},
		{"another's request", login(sallyport.Login{RequestID: b.RequestID, OptionID: optA, Code: codeA}), dead},
		{"the link's option", login(sallyport.Login{RequestID: a.RequestID, OptionID: option(t, a, "Email", "Link"), Code: codeA}), wrong},
		{"another name", login(sallyport.Login{RequestID: a.RequestID, OptionID: optA, Code: codeA, Username: "peter"}), dead},
		{"another client", sallyport.Login{ClientID: sallyporttest.PublicClientID, RequestID: a.RequestID, OptionID: optA, Code: codeA}, dead},
		{"another's password", login(sallyport.Login{RequestID: a.RequestID, OptionID: optA, Code: codeA, Password: "peter's"}), mismatch},
	} {
		r, err := k.Engine.Login(t.Context(), s.in)
		if err != nil || r.Status != s.want || r.Tokens != nil {
			t.Errorf("%s: got %v, %v, want %s", s.name, r, err, s.want)
		}
	}
	c.Answer(a, codeA).Want(t, sallyport.Success)
	c.Answer(b, codeB).Want(t, sallyport.Success)
}

// TestP6Expiry looks one nanosecond before and at the end of everything that
// ends, and sets the clock back afterwards: what was seen dead stays dead.
func TestP6Expiry(t *testing.T) {
	for _, s := range []struct {
		name string
		life time.Duration
		late sallyport.Status
		make func(*testing.T, *sallyporttest.Kit, *sallyporttest.Client) (try func(*sallyporttest.Client) sallyporttest.Answer)
	}{
		{"code", time.Minute, wrong, func(t *testing.T, k *sallyporttest.Kit, c *sallyporttest.Client) func(*sallyporttest.Client) sallyporttest.Answer {
			a := c.Choose(c.Login("marie", sallyporttest.Password), "Email", "OTP").Want(t, waiting)
			code := k.Outbox.LastCode(mail)
			return func(c *sallyporttest.Client) sallyporttest.Answer { return c.Answer(a, code) }
		}},
		{"link", 90 * time.Second, dead, func(t *testing.T, k *sallyporttest.Kit, c *sallyporttest.Client) func(*sallyporttest.Client) sallyporttest.Answer {
			a := c.Login("marie", sallyporttest.Password)
			in := login(sallyport.Login{RequestID: a.RequestID, OptionID: option(t, a, "Email", "Link")})
			if r, err := k.Engine.Login(t.Context(), in); err != nil || !r.LinkWaits {
				t.Fatalf("got %v, %v, want a link", r, err)
			}
			link := k.Outbox.LastLink(mail)
			return func(c *sallyporttest.Client) sallyporttest.Answer {
				c.Approve(link)
				return c.Call(in)
			}
		}},
		{"request", 10 * time.Minute, dead, func(t *testing.T, k *sallyporttest.Kit, c *sallyporttest.Client) func(*sallyporttest.Client) sallyporttest.Answer {
			p := k.Person("tom")
			a := c.Login(p.Name, p.Password).Want(t, wanted)
			return func(c *sallyporttest.Client) sallyporttest.Answer {
				return c.AnswerWith(a, "MicrosoftAuthenticator", "OTP", p.Authenticator.Code())
			}
		}},
	} {
		t.Run(s.name, func(t *testing.T) {
			setUp := func() (*sallyporttest.Kit, func(*sallyporttest.Client) sallyporttest.Answer) {
				k := sallyporttest.New(t)
				k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
				k.AddUser(t, sallyporttest.User{Name: "tom", TOTP: true})
				return k, s.make(t, k, k.InProcess())
			}
			k, try := setUp()
			k.Clock.Advance(s.life - 1)
			try(k.InProcess()).Want(t, sallyport.Success)

			k, try = setUp()
			start := k.Clock.Now()
			k.Clock.Advance(s.life)
			try(k.InProcess()).Want(t, s.late)
			k.Clock.Set(start)
			late := k.Node().InProcess() // a node whose clock has never been later
			if a := try(late); a.Granted() {
				t.Errorf("a clock that was set back revived it")
			}
		})
	}
}

// TestP7Restart closes a bbolt file between every two calls of a login.
func TestP7Restart(t *testing.T) {
	path, keys := filepath.Join(t.TempDir(), "sallyport.db"), sealed.NewKeys()
	outbox := map[string]string{}
	clock := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	with := func(call func(e *sallyport.Engine)) {
		t.Helper()
		s, err := boltstore.Open(path, boltstore.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		e, err := sallyport.New(sallyport.Config{Store: s, Keys: keys, Issuer: sallyporttest.Issuer, Email: senderFunc(func(m sallyport.Message) { outbox[m.Kind] = m.Code + m.Link }), Now: func() time.Time { return clock }})
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		call(e)
	}
	d := sallyporttest.Directory()
	validated := true
	d.Users = []sallyport.DirectoryUser{{Name: "marie", Password: "a long password", Email: mail, EmailValidated: &validated, Roles: []sallyport.DirectoryGrant{{Application: sallyporttest.ApplicationName, Role: sallyporttest.RoleName}}}}
	with(func(e *sallyport.Engine) {
		if _, err := e.Apply(t.Context(), d, sallyport.ApplyOptions{}); err != nil {
			t.Fatal(err)
		}
	})
	var in sallyport.Login
	step := func(want sallyport.Status) (r *sallyport.Result) {
		t.Helper()
		with(func(e *sallyport.Engine) {
			var err error
			if r, err = e.Login(t.Context(), in); err != nil || r.Status != want {
				t.Fatalf("got %v, %v, want %s", r, err, want)
			}
		})
		return r
	}
	in = login(sallyport.Login{Username: "marie", Password: "a long password"})
	r := step(wanted)
	in = login(sallyport.Login{RequestID: r.RequestID, OptionID: r.Options[1].ID})
	step(waiting)
	in.Code = "not it"
	step(wrong)
	in.Code = outbox["otp"]
	r = step(sallyport.Success)
	step(dead)
	with(func(e *sallyport.Engine) {
		if _, err := e.Verify(t.Context(), r.Tokens.AccessToken); err != nil {
			t.Errorf("the token after a restart: %v", err)
		}
	})
}

type senderFunc func(sallyport.Message)

func (f senderFunc) Send(_ context.Context, m sallyport.Message) error {
	f(m)
	return nil
}

// TestP9SameAnswer compares the refusals of names and accounts of every kind
// before the right password: all but the ids is equal, and so is the work.
func TestP9SameAnswer(t *testing.T) {
	counting := storetest.NewCounting(memstore.New())
	k := sallyporttest.New(t, sallyporttest.WithStore(counting))
	past := k.Clock.Now().Add(-time.Hour)
	users := []sallyporttest.User{
		{Name: "plain"}, {Name: "disabled", Disabled: true}, {Name: "locked", Locked: true}, {Name: "unapproved", NotApproved: true},
		{Name: "must-change", MustChangePassword: true}, {Name: "factor", Email: mail, EmailValidated: true, TOTP: true}, {Name: "no-role", Roles: []string{}},
		{Name: "expired", Edit: func(u *sallyport.DirectoryUser) { u.End = past }},
	}
	names := []string{"unknown", "bad\u200bname", strings.Repeat("x", 200)}
	for _, u := range users {
		k.AddUser(t, u)
		names = append(names, u.Name)
	}
	var first string
	for _, name := range names {
		counting.Reset()
		rec := post(t, k, "grant_type=VGAuthenticator&client_id="+sallyporttest.ClientID+"&client_secret="+sallyporttest.ClientSecret+"&Password=wrong&Username="+urlEscape(name))
		var doc struct{ VGResponse struct{ RequestId string } }
		if err := json.Unmarshal(rec.body, &doc); err != nil {
			t.Fatal(err)
		}
		work := counting.Counts()
		got := fmt.Sprintf("%d %v %s loads %d commits %d", rec.status, rec.header, bytes.ReplaceAll(rec.body, []byte(doc.VGResponse.RequestId), []byte("ID")), work.Loads, work.Commits)
		if first == "" {
			first = got
		}
		if got != first {
			t.Errorf("%s:\n got %s\nwant %s", name, got, first)
		}
	}
}

// TestP10OpenRequests: the twenty-first pending login takes the place of the
// oldest idle one; where all are busy, that of the oldest.
func TestP10OpenRequests(t *testing.T) {
	k := sallyporttest.New(t)
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "tom", TOTP: true, Email: mail, EmailValidated: true})
	first := c.Login(p.Name, p.Password).Want(t, wanted)
	second := c.Login(p.Name, p.Password).Want(t, wanted)
	for range 19 {
		c.Login(p.Name, p.Password).Want(t, wanted)
	}
	c.State(first.RequestID).Want(t, dead)
	c.State(second.RequestID).Want(t, wanted)

	k = sallyporttest.New(t)
	c, p = k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "tom", TOTP: true})
	var open []sallyporttest.Answer
	for range 20 {
		a := c.Login(p.Name, p.Password).Want(t, wanted)
		_, e := c.EnrolAuthenticator(a.RequestID) // staged: busy
		e.Want(t, false)
		open = append(open, a)
	}
	c.Login(p.Name, p.Password).Want(t, wanted)
	c.State(open[0].RequestID).Want(t, dead)
	c.State(open[1].RequestID).Want(t, wanted)
}

func TestP10Pictures(t *testing.T) {
	k := sallyporttest.New(t)
	yes := true
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "nora", MFA: &yes})
	a := c.Login(p.Name, p.Password)
	call := sallyport.EnrollmentCall{RequestID: a.RequestID}
	var first string
	for i := range 20 {
		key, err := k.Engine.BeginTOTP(t.Context(), call)
		if err != nil {
			t.Fatalf("picture %d: %v", i+1, err)
		}
		if first == "" {
			first = key.URI
		}
		if key.URI != first {
			t.Fatalf("picture %d shows another key", i+1)
		}
	}
	if _, err := k.Engine.BeginTOTP(t.Context(), call); !errors.Is(err, sallyport.ErrUnknownRequest) {
		t.Errorf("picture 21: got %v, want none", err)
	}
}

// TestP10Sends: five messages a request, one each thirty seconds, ten an hour
// an account; a refused resend leaves the old code valid.
func TestP10Sends(t *testing.T) {
	k := sallyporttest.New(t)
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
	a := c.Login(p.Name, p.Password)
	for i := range 5 {
		a = c.Choose(a, "Email", "OTP").Want(t, waiting)
		a = c.Choose(a, "Email", "OTP").Want(t, waiting) // a repeat within 30 s sends nothing
		if got := k.Outbox.Count(); got != i+1 {
			t.Fatalf("got %d messages, want %d", got, i+1)
		}
		k.Clock.Advance(30 * time.Second)
	}
	a = c.Choose(a, "Email", "OTP").Want(t, waiting)
	if got := k.Outbox.Count(); got != 5 {
		t.Errorf("got %d messages, want 5", got)
	}
	live := k.Outbox.LastCode(mail)
	c.Answer(a, live).Want(t, sallyport.Success)
	k.Clock.Advance(31 * time.Second)
	for range 6 {
		c.Choose(c.Login(p.Name, p.Password), "Email", "OTP")
	}
	if got := k.Outbox.Count(); got < 9 || got > 10 {
		t.Errorf("got %d messages in the hour, want 10 at most", got)
	}
	c.Choose(c.Login(p.Name, p.Password), "Email", "OTP").Want(t, unsent)
}

// TestP11NothingInClear runs a login on an unsealed store and looks for every
// secret in what was stored and logged.
func TestP11NothingInClear(t *testing.T) {
	s := memstore.New()
	k := sallyporttest.New(t, sallyporttest.WithStore(s), sallyporttest.WithConfig(func(c *sallyport.Config) {
		c.Keys, c.InsecurePlainStore = sealed.Keys{}, true
	}))
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "marie", Password: "a password to look for", Email: mail, EmailValidated: true})
	secrets := map[string]string{"password": p.Password, "client secret": "client_secret=" + sallyporttest.ClientSecret}
	a := c.Login(p.Name, p.Password)
	h := c.WaitLink(a, "Email")
	secrets["link token"] = strings.TrimPrefix(h.Link, sallyporttest.Issuer+"/mfa/link/")
	c.Approve(h.Link)
	h.Answer().Want(t, sallyport.Success)
	a = c.Login(p.Name, p.Password)
	secrets["request id"] = a.RequestID
	a = c.Choose(a, "Email", "OTP")
	secrets["code"] = k.Outbox.LastCode(mail)
	c.Login(p.Name, "a wrong password to look for")
	secrets["wrong password"] = "a wrong password to look for"
	granted := c.Answer(a, secrets["code"]).Want(t, sallyport.Success)
	secrets["refresh token"] = granted.Tokens.RefreshToken[32:]
	secrets["access token"] = granted.Tokens.AccessToken
	secrets["vgToken"] = granted.Response.VGToken
	refreshed := c.Refresh(granted.Tokens.RefreshToken)
	secrets["second refresh token"] = refreshed.Tokens.RefreshToken[32:]

	var stored bytes.Buffer
	for r, err := range s.Scan(t.Context(), "", "") {
		if err != nil {
			t.Fatal(err)
		}
		// Ids and digests are long enough to hold six digits by chance, so a
		// code is looked for as a JSON value.
		fmt.Fprintf(&stored, "%s\n%s\n", r.Key, r.Value)
	}
	secrets["code"] = `"` + secrets["code"] + `"`
	for what, secret := range secrets {
		if bytes.Contains(stored.Bytes(), []byte(secret)) {
			t.Errorf("the store holds a %s in clear", what)
		}
		if strings.Contains(k.Logs(), secret) {
			t.Errorf("the log holds a %s in clear", what)
		}
	}
}

// TestP12ActsAtOnce: disabling, deleting, a new password and a changed factor
// act at the very next call, on tokens and on pending logins.
func TestP12ActsAtOnce(t *testing.T) {
	for _, s := range []struct {
		name string
		act  func(*testing.T, *sallyporttest.Kit)
	}{
		{"disabled", func(t *testing.T, k *sallyporttest.Kit) {
			k.EditUser(t, "marie", func(u *sallyport.DirectoryUser) { u.Disabled = true })
		}},
		{"unapproved", func(t *testing.T, k *sallyporttest.Kit) {
			no := false
			k.EditUser(t, "marie", func(u *sallyport.DirectoryUser) { u.Approved = &no })
		}},
		{"new password", func(t *testing.T, k *sallyporttest.Kit) {
			k.EditUser(t, "marie", func(u *sallyport.DirectoryUser) {
				u.Password, u.CredentialsVersion = "quite another", 2
			})
		}},
		{"new authenticator", func(t *testing.T, k *sallyporttest.Kit) {
			k.EditUser(t, "marie", func(u *sallyport.DirectoryUser) {
				u.TOTP, u.CredentialsVersion = &sallyport.DirectoryTOTP{Secret: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"}, 2
			})
		}},
		{"deleted", func(t *testing.T, k *sallyporttest.Kit) {
			d := sallyporttest.Directory()
			d.Users = []sallyport.DirectoryUser{}
			if _, err := k.Engine.Apply(t.Context(), d, sallyport.ApplyOptions{Prune: true}); err != nil {
				t.Fatal(err)
			}
		}},
		{"role taken away", func(t *testing.T, k *sallyporttest.Kit) {
			k.EditUser(t, "marie", func(u *sallyport.DirectoryUser) { u.Roles = nil })
		}},
	} {
		t.Run(s.name, func(t *testing.T) {
			k := sallyporttest.New(t)
			c := k.InProcess()
			p := k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
			granted := c.LoginWithCode(p.Name, p.Password).Want(t, sallyport.Success)
			k.Clock.Advance(time.Minute)
			pending := c.Choose(c.Login(p.Name, p.Password), "Email", "OTP").Want(t, waiting)
			s.act(t, k)
			if a := c.Answer(pending, k.Outbox.LastCode(mail)); a.Granted() {
				t.Errorf("the pending login was granted")
			}
			if s.name != "role taken away" {
				if _, err := k.Engine.Verify(t.Context(), granted.Tokens.AccessToken); !errors.Is(err, sallyport.ErrInvalidToken) {
					t.Errorf("the access token: got %v, want it invalid", err)
				}
			}
			c.Refresh(granted.Tokens.RefreshToken).WantOAuth(t, "invalid_grant")
		})
	}
}

// TestP13Rotation walks 200 days in steps of a few hours over two nodes: a
// token issued by either is good at both for all its life.
func TestP13Rotation(t *testing.T) {
	k := sallyporttest.New(t)
	p := k.AddUser(t, sallyporttest.User{Name: "paul"})
	nodes := []*sallyporttest.Kit{k, k.Node()}
	kids := map[string]bool{}
	for step := range 200 * 3 {
		node := nodes[step%2]
		a := node.InProcess().WithScope("openid").Login(p.Name, p.Password).Want(t, sallyport.Success)
		head, _, _ := strings.Cut(a.Tokens.AccessToken, ".")
		kids[head] = true
		k.Clock.Advance(30*time.Minute - time.Second)
		if err := nodes[(step/7)%2].Engine.Maintain(t.Context()); err != nil {
			t.Fatal(err)
		}
		for i, n := range nodes {
			if _, err := n.Engine.Verify(t.Context(), a.Tokens.AccessToken); err != nil {
				t.Fatalf("step %d, node %d: %v", step, i, err)
			}
		}
		k.Clock.Advance(7*time.Hour + 30*time.Minute)
	}
	if len(kids) < 3 {
		t.Errorf("got %d signing keys in 200 days, want 3 at least", len(kids))
	}
}

// TestP15Stores runs the same conversation on every store and compares what
// was answered.
func TestP15Stores(t *testing.T) {
	bolt, err := boltstore.Open(filepath.Join(t.TempDir(), "x.db"), boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { bolt.Close() })
	var first string
	converse := func(t *testing.T, s store.Store) {
		k := sallyporttest.New(t, sallyporttest.WithStore(s))
		c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
		var log strings.Builder
		note := func(a sallyporttest.Answer) sallyporttest.Answer {
			fmt.Fprintln(&log, a.HTTP, a.Status, a.Offered())
			return a
		}
		note(c.Login(p.Name, "wrong"))
		a := note(c.Choose(note(c.Login(p.Name, p.Password)), "Email", "OTP"))
		note(c.Answer(a, "000"))
		g := note(c.Answer(a, k.Outbox.LastCode(mail)))
		note(c.Answer(a, k.Outbox.LastCode(mail)))
		note(c.Refresh(g.Tokens.RefreshToken))
		if first == "" {
			first = log.String()
		}
		if log.String() != first {
			t.Errorf("answered\n%s\nwant\n%s", log.String(), first)
		}
	}
	t.Run("memory", func(t *testing.T) { converse(t, memstore.New()) })
	t.Run("bolt", func(t *testing.T) { converse(t, bolt) })
	t.Run("PostgreSQL", func(t *testing.T) { converse(t, openPostgres(t, pgtest.URL(t))) })
}
