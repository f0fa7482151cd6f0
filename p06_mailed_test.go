package sallyport_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// perishable is what opens something for whoever holds it, and for a while.
type perishable struct {
	name string
	life time.Duration
	make func(*testing.T, ...sallyporttest.Option) (*sallyporttest.Kit, held)
}

// held is such a thing that somebody holds: how a page shows it, and how it is used.
// Each reports whether it was good.
type held struct {
	view func(*sallyport.Engine) bool
	use  func(*sallyport.Engine) bool
}

// good reports whether a call went well; any error but ErrUnknownRequest is a fault.
func good(t *testing.T, err error) bool {
	t.Helper()
	if err != nil && !errors.Is(err, sallyport.ErrUnknownRequest) {
		t.Fatal(err)
	}
	return err == nil
}

func perishables() []perishable {
	ownsMail := sallyporttest.User{Email: mail, EmailValidated: true}
	return []perishable{
		{"a key that sets a password", 30 * time.Minute, func(t *testing.T, opts ...sallyporttest.Option) (*sallyporttest.Kit, held) {
			r := newResetting(t, mailbox, opts...)
			key := r.key()
			return r.Kit, held{
				func(e *sallyport.Engine) bool { _, err := e.ViewReset(t.Context(), key, ""); return good(t, err) },
				func(e *sallyport.Engine) bool {
					out, err := e.FinishReset(t.Context(), sallyport.ResetFinish{Key: key, NewPassword: fresh})
					return good(t, err) && out.Outcome == sallyport.Granted
				},
			}
		}},
		{"a key that makes an account", 24 * time.Hour, func(t *testing.T, opts ...sallyporttest.Option) (*sallyporttest.Kit, held) {
			s := newSigning(t, nil, opts...)
			in := s.started(evas())
			return s.Kit, held{
				func(e *sallyport.Engine) bool {
					_, err := e.ViewVerification(t.Context(), in.Key, "")
					return good(t, err)
				},
				func(e *sallyport.Engine) bool {
					out, err := e.VerifyEmail(t.Context(), in)
					return good(t, err) && out.Status == sallyport.RegistrationCreated
				},
			}
		}},
		{"a key that proves an address", 24 * time.Hour, func(t *testing.T, opts ...sallyporttest.Option) (*sallyporttest.Kit, held) {
			m := newMoving(t, ownsMail, opts...)
			return m.Kit, addressKey(t, m.Outbox.Key(newMail, func() { m.ask(newMail) }), (*sallyport.Engine).ProveAddress)
		}},
		{"a key that takes a change of address back", 72 * time.Hour, func(t *testing.T, opts ...sallyporttest.Option) (*sallyporttest.Kit, held) {
			m := newMoving(t, ownsMail, opts...)
			key := m.Outbox.Key(newMail, func() { m.ask(newMail) })
			undo := m.Outbox.Key(mail, func() { m.spend("the key", key, sallyport.AddressProven) })
			return m.Kit, addressKey(t, undo, (*sallyport.Engine).UndoAddress)
		}},
		{"a link that removes a factor", 72 * time.Hour, func(t *testing.T, opts ...sallyporttest.Option) (*sallyporttest.Kit, held) {
			k := sallyporttest.New(t, opts...)
			addAuthenticator(t, k, k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true}))
			token := linkToken(k.Outbox.Await(mail, "notice").Link)
			v, err := k.Engine.ViewLink(t.Context(), token)
			if err != nil {
				t.Fatal(err)
			}
			return k, held{
				func(e *sallyport.Engine) bool { _, err := e.ViewLink(t.Context(), token); return good(t, err) },
				func(e *sallyport.Engine) bool {
					_, err := e.DecideLink(t.Context(), token, sallyport.LinkDecision{Nonce: v.Nonce, Approve: true})
					return good(t, err)
				},
			}
		}},
		{"a request in which a factor is enrolled", 10 * time.Minute, func(t *testing.T, opts ...sallyporttest.Option) (*sallyporttest.Kit, held) {
			k := sallyporttest.New(t, opts...)
			k.AddUser(t, sallyporttest.User{Name: "new", MFA: new(true)})
			in := pending(k.InProcess().Login("new", sallyporttest.Password))
			return k, held{
				func(e *sallyport.Engine) bool { _, err := e.Enrollment(t.Context(), in); return good(t, err) },
				func(e *sallyport.Engine) bool { _, err := e.BeginTOTP(t.Context(), in); return good(t, err) },
			}
		}},
	}
}

func addressKey(t *testing.T, key string, spend func(*sallyport.Engine, context.Context, string) (*sallyport.AddressResult, error)) held {
	return held{
		func(e *sallyport.Engine) bool { _, err := e.ViewAddressKey(t.Context(), key); return good(t, err) },
		func(e *sallyport.Engine) bool {
			out, err := spend(e, t.Context(), key)
			return good(t, err) && out.AccountID != ""
		},
	}
}

// TestP6MailedKeys: what was met dead, over its time or from ahead of the clock, by its
// page or by its use, is dead also once a clock says otherwise.
func TestP6MailedKeys(t *testing.T) {
	for _, thing := range perishables() {
		for _, by := range []string{"its page", "its use"} {
			for _, death := range []struct {
				name     string
				off, out time.Duration // until it is met, and then until it would be good
			}{
				{"a nanosecond before its end", thing.life - 1, 0},
				{"at its end", thing.life, -thing.life},
				{"a minute ahead", -time.Minute, 0},
				{"further ahead", -time.Minute - 1, time.Minute + 1},
			} {
				t.Run(thing.name+"/"+by+"/"+death.name, func(t *testing.T) {
					k, h := thing.make(t)
					meet := h.use
					if by == "its page" {
						meet = h.view
					}
					k.Clock.Advance(death.off)
					if got, want := meet(k.Node().Engine), death.out == 0; got != want {
						t.Fatalf("met: got it good %v, want %v", got, want)
					}
					k.Clock.Advance(death.out)
					if other := k.Node().Engine; death.out != 0 && (h.view(other) || h.use(other)) {
						t.Error("it was good again")
					}
				})
			}
		}
	}
}
