package sallyport_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/sealed"
	"github.com/sallyport-auth/sallyport/store/storetest"
)

// TestP9ResetTellsNothing: whoever is named, what is answered, read and written is the
// same, also once the budget of an account is used up.
func TestP9ResetTellsNothing(t *testing.T) {
	counting := storetest.NewCounting(memstore.New())
	k := hosted(t, sallyporttest.WithStore(counting))
	names := []string{"nobody", "bad\u200bname", strings.Repeat("x", 200)}
	for i, u := range []sallyporttest.User{
		{Name: "served"}, {Name: "app", TOTP: true}, {Name: "disabled", Disabled: true}, {Name: "unapproved", NotApproved: true}, {Name: "locked", Locked: true},
		{Name: "no-password", Edit: func(u *directory.User) { u.Password = "" }},
		{Name: "unproven"}, {Name: "no-address"},
	} {
		if u.Name != "no-address" {
			u.Email, u.EmailValidated = fmt.Sprintf("u%d@example.com", i), u.Name != "unproven"
		}
		k.AddUser(t, u)
		names = append(names, u.Name)
	}
	for _, address := range []string{"", "203.0.113.7"} {
		for range 5 {
			var first string
			for _, name := range names {
				counting.Reset()
				err := k.Engine.BeginReset(t.Context(), sallyport.ResetRequest{Username: name, Address: address})
				n := counting.Counts()
				got := fmt.Sprint(err, ", loads ", n.Loads, ", commits ", n.Commits, ", records ", n.Writes)
				if first == "" {
					first = got
				}
				if address == "" && got != first || err != nil {
					t.Errorf("%.20q: got %s, want %s", name, got, first)
				}
			}
		}
	}
}

// TestP9ResetKey: what is answered for a key that is not live does not depend on what
// became of it, nor on the rest of the call.
func TestP9ResetKey(t *testing.T) {
	r := newResetting(t, mailbox)
	spent := r.key()
	r.done("the key", sallyport.ResetFinish{Key: spent})
	for _, key := range []string{spent, strings.Repeat("0f", 32), "0f", strings.ToUpper(r.key()), "a\x00b", " "} {
		for _, pw := range []string{"", "short", fresh} {
			in := sallyport.ResetFinish{Key: key, NewPassword: pw}
			r.reach(key, in, sallyport.Denied, sallyport.ReasonOver, sallyport.ResetKeyUnknown)
			in.RequestID, in.OptionID, in.Code = "0e9cbd7e-7f4f-4f0a-8f51-8d1c4e2f7a11", "0e9cbd7e-7f4f-4f0a-8f51-8d1c4e2f7a11", "1"
			r.reach(key, in, sallyport.Denied, sallyport.ReasonOver, sallyport.ResetKeyUnknown)
		}
	}
}

// TestP11Reset: neither the key nor a password nor the id of a request rests in clear
// or is logged, and no call prints one.
func TestP11Reset(t *testing.T) {
	s := memstore.New()
	r := newResetting(t, withApp, sallyporttest.WithStore(s),
		sallyporttest.WithConfig(func(c *sallyport.Config) { c.Keys, c.InsecurePlainStore = sealed.Keys{}, true }))
	key := r.key()
	in := r.open(key, mfa.Authenticator)
	look := func() {
		t.Helper()
		for rec, err := range s.Scan(t.Context(), "", "") {
			if err != nil {
				t.Fatal(err)
			}
			if text := rec.Key + string(rec.Value); strings.Contains(text, key) || strings.Contains(text, fresh) || strings.Contains(text, in.RequestID) {
				t.Errorf("%s holds a secret in clear", rec.Key)
			}
		}
	}
	look()
	in.Code = r.p.Authenticator.Code()
	for _, text := range []string{fmt.Sprint(in), fmt.Sprintf("%#v", in), fmt.Sprintf("%+v", in)} {
		if strings.Contains(text, key) || strings.Contains(text, fresh) || strings.Contains(text, in.Code) {
			t.Errorf("the call prints as %s", text)
		}
	}
	r.done("the code", in)
	look()
	told := r.Logs() + fmt.Sprintf("%+v", r.Events())
	for _, secret := range []string{key, fresh, in.Code, in.RequestID, mail} {
		if strings.Contains(told, secret) {
			t.Errorf("the log or an event holds %q", secret)
		}
	}
}

// TestP16ResetArguments: calls that make no sense are refused by name.
func TestP16ResetArguments(t *testing.T) {
	k := hosted(t)
	long := strings.Repeat("x", 5000)
	begin := func(in sallyport.ResetRequest) error { return k.Engine.BeginReset(t.Context(), in) }
	finish := func(in sallyport.ResetFinish) error {
		_, err := k.Engine.FinishReset(t.Context(), in)
		return err
	}
	for _, tt := range []struct {
		err  error
		code sallyport.ErrorCode
		name string
	}{
		{begin(sallyport.ResetRequest{}), sallyport.InvalidRequest, "Username"},
		{begin(sallyport.ResetRequest{Username: long}), sallyport.InvalidRequest, "Username"},
		{begin(sallyport.ResetRequest{Username: "a", Address: long}), sallyport.InvalidRequest, "address"},
		{begin(sallyport.ResetRequest{Username: "a", Caller: &sallyport.Caller{}}), sallyport.InvalidClient, ""},
		{begin(sallyport.ResetRequest{Username: "a", Caller: &sallyport.Caller{ClientID: sallyporttest.ClientID, ClientSecret: "wrong"}}), sallyport.InvalidClient, ""},
		{finish(sallyport.ResetFinish{NewPassword: fresh}), sallyport.InvalidRequest, "key"},
		{finish(sallyport.ResetFinish{Key: long}), sallyport.InvalidRequest, "key"},
		{finish(sallyport.ResetFinish{Key: "k", OptionID: "o"}), sallyport.InvalidRequest, "requestId"},
		{finish(sallyport.ResetFinish{Key: "k", RequestID: "r", Code: "c"}), sallyport.InvalidRequest, "MFAAvailableId"},
		{finish(sallyport.ResetFinish{Key: "k", Caller: &sallyport.Caller{}}), sallyport.InvalidClient, ""},
		{finish(sallyport.ResetFinish{Key: "k", Caller: &sallyport.Caller{ClientID: sallyporttest.ClientID, ClientSecret: "wrong"}}), sallyport.InvalidClient, ""},
	} {
		if got, ok := errors.AsType[*sallyport.ProtocolError](tt.err); !ok || got.Code != tt.code || got.Field != tt.name {
			t.Errorf("got %v, want %s of %q", tt.err, tt.code, tt.name)
		}
	}
	for _, path := range []string{"x", "/x/", "//x", "/a//b", "/a/../b", "/a?b", "/a b", "/", "/{x}"} {
		_, err := sallyport.New(t.Context(), sallyport.Config{Store: memstore.New(), InsecurePlainStore: true, Issuer: sallyporttest.Issuer, Pages: sallyport.Pages{Reset: path}})
		if err == nil || !strings.Contains(err.Error(), "Pages.Reset") {
			t.Errorf("%q: got %v, want it refused by name", path, err)
		}
	}
	own := hosted(t, sallyporttest.WithConfig(func(c *sallyport.Config) { c.Pages.Reset = "/my/forgotten-password" }))
	own.AddUser(t, sallyporttest.User{Name: "ada", Email: mail, EmailValidated: true})
	own.Outbox.Key(mail, func() { own.Engine.BeginReset(t.Context(), sallyport.ResetRequest{Username: "ada"}) })
	if link := own.Outbox.Last(mail).Link; !strings.HasPrefix(link, sallyporttest.Issuer+"/my/forgotten-password/") || own.Engine.Pages().Reset != "/my/forgotten-password" {
		t.Errorf("got %.40s, want the page of the host", link)
	}
}

// TestP10Resets: what strangers leave behind by asking has expired in a day.
func TestP10Resets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // a call takes ten milliseconds
		s := memstore.New()
		r := newResetting(t, mailbox, sallyporttest.WithStore(s))
		count := func() (n int) {
			for _, err := range s.Scan(t.Context(), "", "") {
				if err != nil {
					t.Fatal(err)
				}
				n++
			}
			return n
		}
		before := count()
		for i := range 200 {
			if err := r.Engine.BeginReset(t.Context(), sallyport.ResetRequest{Username: fmt.Sprint("nobody ", i), Address: fmt.Sprintf("203.0.113.%d", i)}); err != nil {
				t.Fatal(err)
			}
		}
		r.Clock.Advance(25*time.Hour + 4*time.Hour) // a budget of a mailbox lasts a day, and expired records are kept a while
		if err := r.Engine.Maintain(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := count() - before; got > 1 { // the clock of the node
			t.Errorf("got %d records left, want none", got)
		}
	})
}

// TestP10ResetsAreBounded: beyond its bound a process says that it is busy, whoever is
// named.
func TestP10ResetsAreBounded(t *testing.T) {
	beside(t)
	synctest.Test(t, func(t *testing.T) {
		k := hosted(t)
		k.AddUser(t, sallyporttest.User{Name: "ada", Email: mail, EmailValidated: true})
		ask := func(name string) error {
			return k.Engine.BeginReset(t.Context(), sallyport.ResetRequest{Username: name})
		}
		for range 10_000 {
			if err := ask("nobody"); err != nil {
				t.Fatal(err)
			}
		}
		for _, name := range []string{"nobody", "ada"} {
			if err := ask(name); !errors.Is(err, sallyport.ErrBusy) {
				t.Errorf("%s: got %v, want busy", name, err)
			}
		}
		k.Clock.Advance(30 * time.Minute)
		if err := ask("ada"); err != nil {
			t.Errorf("half an hour later: got %v", err)
		}
	})
}

// TestP10DroppedResets: what a network address asks for beyond its own ten uses up
// nothing of what all have together.
func TestP10DroppedResets(t *testing.T) {
	beside(t)
	synctest.Test(t, func(t *testing.T) {
		k := hosted(t)
		for range 10_010 {
			if err := k.Engine.BeginReset(t.Context(), sallyport.ResetRequest{Username: "nobody", Address: "203.0.113.7"}); err != nil {
				t.Fatal(err)
			}
		}
		if err := k.Engine.BeginReset(t.Context(), sallyport.ResetRequest{Username: "ada"}); err != nil {
			t.Errorf("somebody else: got %v", err)
		}
	})
}

// TestP9ResetTime: an answer comes at a moment that what was done does not show in.
func TestP9ResetTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newResetting(t, mailbox)
		for _, name := range []string{"ada", "nobody"} {
			began := time.Now()
			r.ask(name)
			if took := time.Since(began); took != 10*time.Millisecond {
				t.Errorf("%s: took %v, want ten milliseconds", name, took)
			}
		}
	})
}
