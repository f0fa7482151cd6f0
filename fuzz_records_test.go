package sallyport_test

import (
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/password"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/sealed"
)

// recordTables are those whose records FuzzStoredRecord puts another in the
// place of.
var recordTables = []string{"request", "factors", "account", "name", "ageing", "pending", "session", "lockout", "client", "application", "catalog", "keys", "ring", "origin", "key", "resets", "budget", "registration", "registering", "falling", "email"}

// FuzzStoredRecord reads a record of the engine in the place of one of its own:
// whatever stands in an unsealed store, no call panics, hangs, or has an error
// other than damage and the refusals.
func FuzzStoredRecord(f *testing.F) {
	s := memstore.New()
	signUp := &sallyport.SignUp{Approval: true, Unapproved: time.Second}
	k := sallyporttest.New(f, sallyporttest.WithStore(s), sallyporttest.WithConfig(func(c *sallyport.Config) {
		c.Keys, c.InsecurePlainStore, c.SignUp = sealed.Keys{}, true, signUp
	}))
	tom := k.AddUser(f, sallyporttest.User{Name: "tom", TOTP: true, Email: mail, EmailValidated: true})
	paul := k.AddUser(f, sallyporttest.User{Name: "paul"})
	tokens := k.InProcess().Login(paul.Name, paul.Password).Want(f, sallyport.Success).Tokens
	k.InProcess().Login(tom.Name, "wrong").Want(f, mismatch)
	r := k.InProcess().Login(tom.Name, tom.Password).Want(f, wanted)
	id, _ := r.Option("MicrosoftAuthenticator", "OTP")
	forgot := sallyport.ResetRequest{Username: tom.Name, Address: "203.0.113.7"}
	key := k.Outbox.Key(mail, func() {
		if err := k.Engine.BeginReset(f.Context(), forgot); err != nil {
			f.Fatal(err)
		}
	})
	eva := evas() // she has an account that waits, and a registration more
	begin := func() {
		if _, err := k.Engine.Register(f.Context(), eva); err != nil {
			f.Fatal(err)
		}
	}
	spent, open := k.Outbox.Key(evasMail, begin), k.Outbox.Key(evasMail, begin)
	if _, err := k.Engine.VerifyEmail(f.Context(), sallyport.Verification{Key: spent, Password: fresh}); err != nil {
		f.Fatal(err)
	}
	k.Clock.Advance(3 * time.Second) // she has not been approved in time
	sound := map[string][]store.Record{}
	for i, table := range recordTables {
		for _, rec := range recordsOf(f, s, table) {
			sound[table] = append(sound[table], rec)
			f.Add(uint8(i), uint8(len(sound[table])-1), rec.Value)
		}
		if sound[table] == nil {
			f.Fatalf("no record of %s", table)
		}
	}
	f.Fuzz(func(t *testing.T, table, which uint8, raw []byte) {
		list := sound[recordTables[int(table)%len(recordTables)]]
		rec := list[int(which)%len(list)]
		if len(raw) > store.MaxValue {
			return
		}
		nowhere := senderFunc(func(sallyport.Message) {})
		e, err := sallyport.New(t.Context(), sallyport.Config{
			Store: copyOf(t, s, rec.Key, raw), InsecurePlainStore: true, Issuer: sallyporttest.Issuer, Email: nowhere, SMS: nowhere, SignUp: signUp,
			Now: k.Clock.Now, PasswordParams: password.InsecureParamsForTests(), Logger: slog.New(slog.DiscardHandler),
		})
		if err != nil {
			wantDamage(t, rec.Key, err)
			return
		}
		defer e.Close()
		calls := []func() error{
			func() error { _, err := e.Verify(t.Context(), tokens.AccessToken); return err },
			func() error {
				_, err := e.Login(t.Context(), login(sallyport.Login{RequestID: r.RequestID, OptionID: id, Code: "000000"}))
				return err
			},
			func() error {
				_, err := e.Login(t.Context(), login(sallyport.Login{Username: tom.Name, Password: tom.Password}))
				return err
			},
			func() error {
				_, err := e.Login(t.Context(), login(sallyport.Login{Username: tom.Name, Password: "wrong again"}))
				return err
			},
			func() error {
				_, err := e.Enrollment(t.Context(), sallyport.EnrollmentCall{RequestID: r.RequestID})
				return err
			},
			func() error {
				_, err := e.Refresh(t.Context(), refresh(tokens.RefreshToken))
				return err
			},
			func() error {
				_, err := e.JudgeOrigin(t.Context(), sallyport.OriginCall{Origin: sallyporttest.PublicOrigin})
				return err
			},
			func() error { return e.BeginReset(t.Context(), forgot) },
			func() error {
				_, err := e.FinishReset(t.Context(), sallyport.ResetFinish{Key: key, NewPassword: fresh})
				return err
			},
			func() error { _, err := e.Register(t.Context(), eva); return err },
			func() error { _, err := e.ViewVerification(t.Context(), open, ""); return err },
			func() error {
				_, err := e.VerifyEmail(t.Context(), sallyport.Verification{Key: open, Password: fresh})
				return err
			},
			func() error { return e.Maintain(t.Context()) },
		}
		for _, call := range calls {
			if err := call(); err != nil {
				wantDamage(t, rec.Key, err)
			}
		}
	})
}

// wantDamage wants an error that a caller of a damaged store may see.
func wantDamage(t *testing.T, key string, err error) {
	t.Helper()
	if _, ok := errors.AsType[*sallyport.ProtocolError](err); ok {
		return
	}
	// ErrInvalid: an id in a record that no record can have.
	for _, known := range []error{store.ErrDamaged, store.ErrInvalid, sallyport.ErrUnknownRequest, sallyport.ErrInvalidToken} {
		if errors.Is(err, known) {
			return
		}
	}
	t.Errorf("with another %s: got %v, want damage", key, err)
}

// copyOf is a store with the same records, but for one.
func copyOf(t *testing.T, from store.Store, key string, value []byte) store.Store {
	t.Helper()
	s, c := memstore.New(), store.Change{ID: rnd.Uint64()}
	for rec, err := range from.Scan(t.Context(), "", "") {
		if err != nil {
			t.Fatal(err)
		}
		if rec.Key == key {
			rec.Value = append([]byte{}, value...)
		}
		c.Writes = append(c.Writes, store.Write{Key: rec.Key, Value: rec.Value, Expires: rec.Expires})
	}
	if err := s.Commit(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	return s
}
