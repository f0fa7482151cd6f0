package sallyport_test

import (
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// TestP5UndoOfAnother: the link by which somebody removes a factor that was added to
// their account is nothing to whoever has the id after them.
func TestP5UndoOfAnother(t *testing.T) {
	for _, another := range []bool{false, true} {
		u := ann(t)
		u.edit(annID, func(a *sallyport.Account) { a.Email, a.EmailValidatedAt = mail, born })
		k := owned(t, u)
		p := &sallyporttest.Person{Name: "ann", Password: annPassword, Email: mail}
		addAuthenticator(t, k, p)
		token := linkToken(k.Outbox.Await(mail, "notice").Link)
		v, err := k.Engine.ViewLink(t.Context(), token)
		if err != nil {
			t.Fatal(err)
		}
		if another {
			u.edit(annID, func(a *sallyport.Account) { a.Since = born.Add(time.Hour) })
			if err := k.Engine.Admin(job).Forget(t.Context(), annID); err != nil {
				t.Fatal(err)
			}
		}
		k.Clock.Advance(time.Minute)
		r := hostLogin(t, k, annLogin)
		in := sallyport.Login{RequestID: r.RequestID, OptionID: r.Options[1].ID}
		hostLogin(t, k, in)
		in.Code = k.Outbox.LastCode(mail)
		s := hostLogin(t, k, in).Session
		if another { // who adds one too, so that their factors have come as far
			addAuthenticator(t, k, p)
			r = hostLogin(t, k, annLogin)
			in = sallyport.Login{RequestID: r.RequestID, OptionID: r.Options[2].ID, Code: p.Authenticator.Fresh()}
			s = hostLogin(t, k, in).Session
		}
		_, err = k.Engine.DecideLink(t.Context(), token, sallyport.LinkDecision{Nonce: v.Nonce, Approve: true})
		if good(t, err) == another {
			t.Errorf("another person: %v: got %v", another, err)
		}
		wantSession(t, k, "the session", s.Handle, another)
	}
}
