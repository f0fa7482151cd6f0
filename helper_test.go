package sallyport_test

import (
	"context"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/internal/proof"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/memstore"
)

// The tests that bear the names of the invariants in SECURITY.md each attack one
// of them through the engine. They stand in p01_test.go and so on; races and
// crashes have files of their own (winners, guesses, crash), and P14 and P16
// stand in package httpadapter.

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

// beside lets a test run beside others. It is for those that keep one processor, or a
// disk, busy: whoever lets many callers race, or counts goroutines, wants to be alone. The
// long forms stay alone too, and whatever is noted: they measure, and rows have an order.
func beside(t *testing.T) {
	t.Helper()
	if !long() && os.Getenv(proof.Folder) == "" {
		t.Parallel()
	}
}

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

// login and refresh are calls of the confidential client.
func login(in sallyport.Login) sallyport.Login {
	in.Caller = &sallyport.Caller{ClientID: sallyporttest.ClientID, ClientSecret: sallyporttest.ClientSecret}
	return in
}

func refresh(token string) sallyport.Refresh {
	return sallyport.Refresh{Caller: &sallyport.Caller{ClientID: sallyporttest.ClientID, ClientSecret: sallyporttest.ClientSecret}, RefreshToken: token}
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

type senderFunc func(sallyport.Message)

func (f senderFunc) Send(_ context.Context, m sallyport.Message) error {
	f(m)
	return nil
}

// pending names the pending login of an answer, for a step of an enrolment over
// the API.
func pending(a sallyporttest.Answer) sallyport.EnrollmentCall {
	return sallyport.EnrollmentCall{RequestID: a.RequestID}
}

// setPolicy changes the general policy of a kit's directory.
func setPolicy(t *testing.T, k *sallyporttest.Kit, edit func(*directory.Policy)) {
	t.Helper()
	k.Apply(t, func(d *directory.File) {
		if d.Policy == nil {
			d.Policy = &directory.Policy{}
		}
		edit(d.Policy)
	})
}

// linkToken is the token in a link of a message.
func linkToken(link string) string {
	return strings.TrimPrefix(link, sallyporttest.Issuer+"/mfa/link/")
}

// sendLink chooses the link of a login without waiting for it, and answers the
// call that asks what became of it.
func sendLink(t *testing.T, k *sallyporttest.Kit, a sallyporttest.Answer) sallyport.Login {
	t.Helper()
	in := login(sallyport.Login{RequestID: a.RequestID, OptionID: option(t, a, "Email", "Link")})
	if r, err := k.Engine.Login(t.Context(), in); err != nil || !r.LinkSent {
		t.Fatalf("got %v, %v, want a link that waits", r, err)
	}
	return in
}

// cancel gives up an enrolment as a client does, and answers the error.
func cancel(t *testing.T, k *sallyporttest.Kit, c *sallyporttest.Client, call sallyport.EnrollmentCall, optionID string) error {
	t.Helper()
	call.Caller, call.OptionID = &sallyport.Caller{ClientID: c.ID, ClientSecret: c.Secret}, optionID
	_, err := k.Engine.CancelEnrollment(t.Context(), call)
	return err
}

// signingKey is the records of a fresh engine: making a key takes longer than
// all else here.
var signingKey = sync.OnceValue(func() []store.Write {
	s := memstore.New()
	e, err := sallyport.New(context.Background(), sallyport.Config{Store: s, InsecurePlainStore: true, Issuer: "http://127.0.0.1"})
	if err != nil {
		panic(err)
	}
	defer e.Close()
	var out []store.Write
	for r, err := range s.Scan(context.Background(), "", "") {
		if err != nil {
			panic(err)
		}
		out = append(out, store.Write{Key: r.Key, Value: r.Value, Expires: r.Expires})
	}
	return out
})
