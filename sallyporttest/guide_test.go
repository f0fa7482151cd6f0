package sallyporttest_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/storetest"
)

// These are the tests of docs/testing.md.

// TestGuideClock: a code is good for a minute, and a mailed one is read from the outbox.
func TestGuideClock(t *testing.T) {
	kit := sallyporttest.New(t)
	marie := kit.AddUser(t, sallyporttest.User{Name: "marie", Email: "marie@example.com", EmailValidated: true})
	c := kit.InProcess()
	a := c.Choose(c.Login(marie.Name, marie.Password), "Email", "OTP")
	code := kit.Outbox.LastCode(marie.Email)
	kit.Clock.Advance(61 * time.Second)
	a = c.Answer(a, code).Want(t, sallyport.Failure|sallyport.SecureCodeDoesNotMatch)
	c.Answer(c.Choose(a, "Email", "OTP"), kit.Outbox.LastCode(marie.Email)).Want(t, sallyport.Success)
}

// TestGuideSender: a mail that cannot be sent is told, and may be tried again.
func TestGuideSender(t *testing.T) {
	kit := sallyporttest.New(t)
	marie := kit.AddUser(t, sallyporttest.User{Name: "marie", Email: "marie@example.com", EmailValidated: true})
	c := kit.HTTP()
	a := c.Login(marie.Name, marie.Password)
	kit.Outbox.FailNext(errors.New("the mail server is away"))
	a = c.Choose(a, "Email", "OTP").Want(t, sallyport.Failure|sallyport.MFAFailedSendingRequest)
	kit.Clock.Advance(30 * time.Second) // until then the same call has the same answer
	a = c.Choose(a, "Email", "OTP")
	c.Answer(a, kit.Outbox.LastCode(marie.Email)).Want(t, sallyport.Success)
}

// TestGuideStore: a store that fails grants nothing, and the page says so.
func TestGuideStore(t *testing.T) {
	faulty := storetest.NewFaulty(memstore.New())
	kit := sallyporttest.New(t, sallyporttest.WithStore(faulty))
	marie := kit.AddUser(t, sallyporttest.User{Name: "marie"})
	form := kit.Browser(newHost(kit.Engine)).Open("/login").Form().Fill("Name", marie.Name).Fill("Password", marie.Password)
	faulty.Reset()
	faulty.At(storetest.Commit, 1, storetest.Fail(errors.New("the disk is full")))
	form.Submit("Sign in").Want(t, http.StatusInternalServerError)
	form.Submit("Sign in").Want(t, http.StatusOK, "Hello, marie")
}

// TestGuideNodes: what is disabled at one node is out at the other.
func TestGuideNodes(t *testing.T) {
	one := sallyporttest.New(t)
	two := one.Node()
	marie := one.AddUser(t, sallyporttest.User{Name: "marie"})
	r, err := one.Engine.Login(t.Context(), sallyport.Login{Username: marie.Name, Password: marie.Password})
	if err != nil || r.Outcome != sallyport.Granted {
		t.Fatalf("got %v, %v", r, err)
	}
	one.EditUser(t, "marie", func(u *directory.User) { u.Disabled = true })
	if _, err := two.Engine.Session(t.Context(), r.Session.Handle); !errors.Is(err, sallyport.ErrInvalidSession) {
		t.Errorf("got %v, want no session", err)
	}
}
