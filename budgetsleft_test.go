package sallyport_test

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store/sealed"
)

// leftOf returns what is left, by the name of the rule and whose it is, and wants it in
// the bounds of the rule.
func leftOf(t *testing.T, k *sallyporttest.Kit, of sallyport.BudgetsOf) map[string]int {
	t.Helper()
	list, err := setup(k).Budgets(t.Context(), of)
	if err != nil {
		t.Fatal(err)
	}
	m := map[string]int{}
	for _, l := range list {
		name := strings.TrimSpace(l.Name + " " + l.Of)
		if _, twice := m[name]; twice || l.Left < 0 || l.Left > l.Size {
			t.Errorf("got %+v, twice: %v", l, twice)
		}
		m[name] = l.Left
	}
	return m
}

// wantLeft wants those that differ from before to be these.
func wantLeft(t *testing.T, what string, before, now, want map[string]int) {
	t.Helper()
	got := map[string]int{}
	for name, n := range now {
		if n != before[name] {
			got[name] = n
		}
	}
	if !maps.Equal(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// TestAdminBudgets: what is left follows what is used, of the account, of its addresses
// and of all text messages.
func TestAdminBudgets(t *testing.T) {
	k := sallyporttest.New(t, sallyporttest.WithConfig(func(c *sallyport.Config) { c.SMSPerDay = 100 }))
	p := k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true, Mobile: phone, MobileValidated: true, TOTP: true})
	of := sallyport.BudgetsOf{Account: strings.ToUpper(p.ID)}
	fresh := leftOf(t, k, of)
	for name, n := range map[string]int{
		"open-requests": 20, "account-sends": 10, "account-numbers": 3, "notices-attempts": 6, "notices": 10, "address-changes": 8,
		"guesses-hour behind a right password": 10, "guesses-day behind a right password": 30, "guesses-row behind a right password": 100,
		"guesses-hour behind no password": 10, "guesses-day behind no password": 30, "guesses-row behind no password": 100,
		"step-up-sends": 5, "reset-mails": 3, "account-proof-mails": 10, "proof-mails " + mail: 3,
		"email " + mail: 30, "email " + mail + ", where it is no factor": 15,
		"sms " + phone: 10, "sms " + phone + ", where it is no factor": 5,
		"sms-prefix +911234": 20, "sms-prefix +911234, where it is no factor": 10,
		"sms-all": 100, "sms-unproven": 20,
	} {
		if got, ok := fresh[name]; !ok || got != n {
			t.Errorf("at first: %s: got %d, %v, want %d", name, got, ok, n)
		}
	}
	if len(fresh) != 24 {
		t.Errorf("got %d budgets: %v", len(fresh), fresh)
	}
	c := k.InProcess()
	a := c.Login(p.Name, p.Password)
	c.Choose(a, "SMS", "OTP").Want(t, waiting)
	sent := leftOf(t, k, of)
	wantLeft(t, "a code", fresh, sent, map[string]int{
		"open-requests": 19, "account-sends": 9, "sms " + phone: 9, "sms-prefix +911234": 19, "sms-all": 99,
	})
	c.AnswerWith(a, "MicrosoftAuthenticator", "OTP", "000000").Want(t, wrong)
	missed := leftOf(t, k, of)
	wantLeft(t, "a wrong code", sent, missed, map[string]int{
		"guesses-hour behind a right password": 9, "guesses-day behind a right password": 29, "guesses-row behind a right password": 99,
	})
	if err := k.Engine.BeginReset(t.Context(), sallyport.ResetRequest{Username: p.Name}); err != nil {
		t.Fatal(err)
	}
	reset := leftOf(t, k, of)
	wantLeft(t, "a reset", missed, reset, map[string]int{
		"reset-mails": 2, "email " + mail: 29, "email " + mail + ", where it is no factor": 14,
	})
	k.Clock.Advance(-2 * time.Hour)
	wantLeft(t, "with the clock set back", reset, leftOf(t, k, of), map[string]int{"open-requests": 20}) // it began ahead of the clock
	k.Clock.Advance(2 * time.Hour)
	k.Clock.Advance(mfa.Life)
	late := leftOf(t, k, of)
	if late["open-requests"] != 20 || late["account-sends"] != 10 || late["guesses-hour behind a right password"] != 9 {
		t.Errorf("when the request is over: got %v", late)
	}
	k.Clock.Advance(30 * time.Minute)
	if err := k.Engine.BeginReset(t.Context(), sallyport.ResetRequest{Username: p.Name}); err != nil {
		t.Fatal(err)
	}
	k.Clock.Advance(20*time.Minute - 1)
	if got := leftOf(t, k, of)["reset-mails"]; got != 1 {
		t.Errorf("within the hour of two resets: got %d mails left, want 1", got)
	}
	k.Clock.Advance(1)
	if got := leftOf(t, k, of)["reset-mails"]; got != 2 {
		t.Errorf("an hour after the first: got %d mails left, want 2", got)
	}
	k.Clock.Advance(26 * time.Hour)
	wantLeft(t, "a day later", fresh, leftOf(t, k, of), map[string]int{"guesses-row behind a right password": 99})
}

// TestAdminBudgetsExact: as many go out as are said to be left.
func TestAdminBudgetsExact(t *testing.T) {
	k := sallyporttest.New(t)
	p, c := k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true}), k.InProcess()
	send := func() bool {
		return c.Choose(c.Login(p.Name, p.Password), "Email", "OTP").Status == waiting
	}
	of := sallyport.BudgetsOf{Account: p.ID}
	for _, wait := range []time.Duration{0, 6*time.Minute - 1, 1, 20 * time.Minute, time.Hour, 3 * time.Hour} {
		k.Clock.Advance(wait)
		left := leftOf(t, k, of)["account-sends"]
		if got := many(12, func(int) bool { return send() }); got != left {
			t.Errorf("after %s: %d went out, and %d were left", wait, got, left)
		}
	}
}

// TestAdminBudgetsOf: destinations are found in any spelling, whoever has them, and each
// is told once; what cannot be meant is an error.
func TestAdminBudgetsOf(t *testing.T) {
	k := sallyporttest.New(t)
	p := k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
	c := k.InProcess()
	c.Choose(c.Login(p.Name, p.Password), "Email", "OTP").Want(t, waiting)
	if got := leftOf(t, k, sallyport.BudgetsOf{Email: " " + strings.ToUpper(mail)}); got["email "+strings.ToUpper(mail)] != 29 || len(got) != 3 {
		t.Errorf("got %v, want the budgets of the mailbox", got)
	}
	if got := leftOf(t, k, sallyport.BudgetsOf{Mobile: "(+91) 123-4534003"}); got["sms +911234534003"] != 10 || len(got) != 4 {
		t.Errorf("got %v, want those of the number and its prefix", got)
	}
	if got := leftOf(t, k, sallyport.BudgetsOf{}); len(got) != 0 {
		t.Errorf("of nothing: got %v", got)
	}
	leftOf(t, k, sallyport.BudgetsOf{Account: p.ID, Email: mail})
	for _, tt := range []struct {
		of   sallyport.BudgetsOf
		want string
	}{
		{sallyport.BudgetsOf{Email: "marie"}, "want one plain e-mail address"},
		{sallyport.BudgetsOf{Mobile: "0170 1234567"}, "want a number in the international form"},
		{sallyport.BudgetsOf{Account: "marie"}, directory.ErrNoUser.Error()},
		{sallyport.BudgetsOf{Account: sallyporttest.ApplicationID}, directory.ErrNoUser.Error()},
	} {
		if list, err := setup(k).Budgets(t.Context(), tt.of); list != nil || !strings.Contains(fmt.Sprint(err), tt.want) {
			t.Errorf("%+v: got %v, %v, want %q", tt.of, list, err, tt.want)
		}
	}
	if _, err := setup(k).Budgets(t.Context(), sallyport.BudgetsOf{Account: sallyporttest.ApplicationID}); !errors.Is(err, directory.ErrNoUser) {
		t.Errorf("got %v, want %v", err, directory.ErrNoUser)
	}
	if _, err := k.Engine.Admin(sallyport.Actor{}).Budgets(t.Context(), sallyport.BudgetsOf{}); err == nil {
		t.Error("nobody was told")
	}
}

// TestAdminBudgetsWritesNothing: looking changes no record, also none that has expired or
// lies ahead of the clock.
func TestAdminBudgetsWritesNothing(t *testing.T) {
	k := sallyporttest.New(t, sallyporttest.WithConfig(func(c *sallyport.Config) {
		c.Keys, c.InsecurePlainStore, c.SMSPerDay = sealed.Keys{}, true, 10
	}))
	p := k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true, Mobile: phone, MobileValidated: true})
	c := k.InProcess()
	a := c.Login(p.Name, p.Password)
	c.Choose(a, "SMS", "OTP").Want(t, waiting)
	c.AnswerWith(a, "Email", "OTP", "000000").Want(t, wrong)
	if err := k.Engine.BeginReset(t.Context(), sallyport.ResetRequest{Username: p.Name}); err != nil {
		t.Fatal(err)
	}
	before := keysIn(t, k)
	for _, d := range []time.Duration{0, 48 * time.Hour, -96 * time.Hour} {
		k.Clock.Advance(d)
		leftOf(t, k, sallyport.BudgetsOf{Account: p.ID})
		if !maps.Equal(keysIn(t, k), before) {
			t.Errorf("after %s: looking has changed a record", d)
		}
	}
}

// TestAdminBudgetsHosted: an account that the host owns is looked at by the id that the
// host has for it, and the host is not asked.
func TestAdminBudgetsHosted(t *testing.T) {
	users := ann(t)
	k := owned(t, users)
	factors(t, k, mfa.Required)
	if r := hostLogin(t, k, annLogin); r.Enrollment == nil {
		t.Fatalf("got %v, want a request that enrolls", r.Outcome)
	}
	asked := users.names.Load() + users.ids.Load()
	for id, want := range map[string]int{annID: 19, "nobody": 20} {
		if got := leftOf(t, k, sallyport.BudgetsOf{Account: id})["open-requests"]; got != want {
			t.Errorf("of %s: got %d, want %d", id, got, want)
		}
	}
	if users.names.Load()+users.ids.Load() != asked {
		t.Error("the host was asked")
	}
}

// TestStrangersMailsLeft: whatever strangers can have mailed to an address uses of the same
// half of its day, which comes back at half the pace of the whole.
func TestStrangersMailsLeft(t *testing.T) {
	k := hosted(t, sallyporttest.WithConfig(func(c *sallyport.Config) { c.SignUp = &sallyport.SignUp{} }))
	p := k.AddUser(t, sallyporttest.User{Name: "ada"})
	left := func() [2]int {
		m := leftOf(t, k, sallyport.BudgetsOf{Email: mail})
		return [2]int{m["email "+mail], m["email "+mail+", where it is no factor"]}
	}
	want := func(what string, all, strangers int) {
		t.Helper()
		if got := left(); got != [2]int{all, strangers} {
			t.Errorf("%s: got %v left, want %d and %d", what, got, all, strangers)
		}
	}
	want("at first", 30, 15)
	if _, err := k.Engine.Register(t.Context(), sallyport.Registration{Username: "eva", Password: fresh, Email: mail}); err != nil {
		t.Fatal(err)
	}
	want("a sign-up", 29, 14)
	r, err := k.Engine.ChangeAddress(t.Context(), sallyport.AddressChange{Username: p.Name, Password: p.Password, Email: mail})
	if err != nil || r.Outcome != sallyport.Granted {
		t.Fatalf("got %+v, %v", r, err)
	}
	want("another's change of address", 28, 13)
	k.Clock.Advance(96*time.Minute - 1)
	want("a moment before", 29, 13)
	k.Clock.Advance(1)
	want("one of strangers is back, and both of all", 30, 14)
}
