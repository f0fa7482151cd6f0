package sallyport_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/proof"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/storetest"
	"github.com/sallyport-auth/sallyport/totp"
)

// TestP8InvitationFaults breaks every call on the store while an invitation is made, taken
// up and spent by a factor; and while somebody is let in by the last login without one.
func TestP8InvitationFaults(t *testing.T) {
	for name, over := range map[string]func(*testing.T, fault, int) bool{
		"an invitation": inviteOverFault, "the last login without a factor": skipOverFault,
	} {
		for _, bad := range faults() {
			t.Run(name+" "+bad.name, func(t *testing.T) {
				n := 1
				for hit := true; hit; n++ {
					synctest.Test(t, func(t *testing.T) { hit = over(t, bad, n) })
				}
				proof.Note(t, "faults", name, bad.name, n-2)
			})
		}
	}
}

// takeUp goes the way of an invitation from its making to the factor, and returns its key,
// and whether its caller was told that the factor is active.
func takeUp(ctx context.Context, k *sallyporttest.Kit, p *sallyporttest.Person) (key string, told bool) {
	i, err := setup(k).Invite(ctx, p.ID, sallyport.InviteReturned)
	if err != nil {
		return "", false
	}
	return i.Key, addInvited(ctx, k, p, i.Key)
}

// addInvited adds an authenticator by the key of an invitation, and reports whether its
// caller was told that it is active.
func addInvited(ctx context.Context, k *sallyporttest.Kit, p *sallyporttest.Person, key string) bool {
	r, err := k.Engine.AcceptInvitation(ctx, sallyport.InvitationCall{Key: key, Password: p.Password})
	if err != nil || r.Outcome != sallyport.EnrollmentWanted {
		return false
	}
	call := sallyport.EnrollmentCall{RequestID: r.RequestID}
	shown, err := k.Engine.BeginTOTP(ctx, call)
	if err != nil {
		return false
	}
	secret, err := totp.ParseSecret(shown.Secret)
	if err != nil {
		return false
	}
	e, err := k.Engine.ConfirmTOTP(ctx, call, secret.Code(totp.Step(k.Clock.Now())))
	return err == nil && e.Active
}

// inviteOverFault: whatever broke, the factor is there and the invitation is spent, or
// neither, and then the invitation is good once the store is sound.
func inviteOverFault(t *testing.T, bad fault, n int) (hit bool) {
	f := storetest.NewFaulty(memstore.New())
	k := hosted(t, sallyporttest.WithStore(f))
	byInvitation(t, k)
	p := k.AddUser(t, sallyporttest.User{Name: "nora"})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	f.Reset()
	f.At(bad.op, n, bad.make(broken{ctx, cancel, k.Clock}))
	key, told := takeUp(ctx, k, p)
	hit = f.Calls(bad.op) >= n
	f.Reset()
	if !told && (!hit || bad.harmless) {
		t.Errorf("fault %d: it failed, want no harm done", n)
	}
	k.Clock.Advance(time.Minute)
	list, err := setup(k).Factors(t.Context(), p.ID)
	if err != nil || len(list.Factors) > 1 || told && len(list.Factors) == 0 {
		t.Fatalf("fault %d, told %v: got %+v, %v", n, told, list, err)
	}
	has := len(list.Factors) == 1
	if key != "" && addInvited(t.Context(), k, p, key) == has {
		t.Errorf("fault %d: a factor is there: %v, and the invitation was good after it: %v", n, has, !has)
	}
	if key == "" && has {
		t.Errorf("fault %d: a factor without an invitation", n)
	}
	return hit
}

// skipOverFault: whatever broke, one login goes without a factor at most, and whoever was
// told of it has spent it.
func skipOverFault(t *testing.T, bad fault, n int) (hit bool) {
	f := storetest.NewFaulty(memstore.New())
	k := hosted(t, sallyporttest.WithStore(f))
	skipping(t, k, 1)
	p := k.AddUser(t, sallyporttest.User{Name: "nora"})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	f.Reset()
	f.At(bad.op, n, bad.make(broken{ctx, cancel, k.Clock}))
	in := sallyport.Login{Username: "nora", Password: p.Password}
	r, err := k.Engine.Login(ctx, in)
	told := err == nil && r.Outcome == sallyport.Granted
	hit = f.Calls(bad.op) >= n
	f.Reset()
	if !told && (!hit || bad.harmless) {
		t.Errorf("fault %d: got %v, %v, want no harm done", n, r, err)
	}
	k.Clock.Advance(time.Minute)
	again := hostLogin(t, k, in)
	if again.Outcome == sallyport.Granted && told {
		t.Errorf("fault %d: told of one, and there was another", n)
	}
	wantOutcome(t, "the one after it", hostLogin(t, k, in), sallyport.EnrollmentWanted, sallyport.NoReason)
	return hit
}

// TestP9Invitation: before the right password an invitation makes no difference, good or
// not, by the host and over HTTP; on its page a wrong password is answered as at call 1,
// whatever state the account is in.
func TestP9Invitation(t *testing.T) {
	k := hosted(t)
	byInvitation(t, k)
	p := k.AddUser(t, sallyporttest.User{Name: "nora"})
	off := k.AddUser(t, sallyporttest.User{Name: "odd", Disabled: true})
	keys := map[string]string{
		"none": "", "of nobody": account64, "of another": invite(t, k, off.ID), "a good one": invite(t, k, p.ID), "no form": "x",
	}
	var want, doc string
	for what, key := range keys {
		k.Clock.Advance(11 * time.Second) // past the time in which a repeat is not looked at
		r := hostLogin(t, k, sallyport.Login{Username: "nora", Password: "wrong", Invitation: key})
		said, err := json.Marshal(struct {
			A any
			O mfa.Obstacle
			E *sallyport.Enrollment
			I *sallyport.Identity
		}{r.Status, r.Obstacle, r.Enrollment, r.Identity})
		if err != nil || r.Rule != (mfa.Rule{}) {
			t.Fatal(r.Rule, err)
		}
		k.Clock.Advance(11 * time.Second)
		a := k.HTTP().Call(sallyport.Login{Username: "nora", Password: "wrong", Invitation: key})
		body := strings.ReplaceAll(string(a.Body), a.RequestID, "")
		if want == "" {
			want, doc = string(said), body
		}
		if string(said) != want || body != doc || a.Status != sallyport.Failure|sallyport.PasswordDoesNotMatch {
			t.Errorf("%s: got %s and %s, want %s and %s", what, said, a, want, doc)
		}
		if err := setup(k).Unlock(t.Context(), p.ID); err != nil {
			t.Fatal(err)
		}
	}
	for what, who := range map[string]*sallyporttest.Person{"well": p, "disabled": off} {
		r := accept(t, k, keys[map[string]string{"well": "a good one", "disabled": "of another"}[what]], "wrong")
		if r.Outcome != sallyport.Denied || r.Reason != sallyport.ReasonWrongPassword || r.RequestID != "" || r.Obstacle != "" || r.Enrollment != nil {
			t.Errorf("the page of %s, who is %s: got %+v", who.Name, what, r)
		}
	}
}

// account64 has the form of a mailed key, and is none.
const account64 = "0000000000000000000000000000000000000000000000000000000000000000"
