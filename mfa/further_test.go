package mfa_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/store"
)

const secondMail, thirdMail, fourthMail = "marie@work.example", "marie@home.example", "marie@club.example"

// withMails has several mailboxes and numbers.
func withMails(mails ...string) mfa.Factors {
	f := mfa.Factors{Serial: 1, Email: confirmed(mails[0])}
	for _, value := range mails[1:] {
		f.Further = append(f.Further, mfa.FurtherAddress{Over: mfa.Email, Address: confirmed(value)})
	}
	return f
}

// offered are the options that an account has, with where they lead.
func offered(f mfa.Factors, p mfa.Policy) (list []string) {
	for _, o := range f.Offers(p, everyChannel, start) {
		list = append(list, fmt.Sprint(o.Method, " ", o.To))
	}
	return list
}

// TestOffersOfSeveral: each address has all options of its transport, the one on record
// first, each once, and only where it is confirmed.
func TestOffersOfSeveral(t *testing.T) {
	f := withMails(mail, secondMail, "MARIE@work.example")
	f.Mobile, f.Authenticators = confirmed(mobile), apps()
	f.Further = append(f.Further, mfa.FurtherAddress{Over: mfa.SMS, Address: confirmed("+441234567890")})
	want := []string{
		"EmailLink " + mail, "EmailOTP " + mail, "EmailLink " + secondMail, "EmailOTP " + secondMail,
		"SMSLink " + mobile, "SMSOTP " + mobile, "SMSLink +441234567890", "SMSOTP +441234567890", "MicrosoftAuthenticator ",
	}
	if got := offered(f, mfa.DefaultPolicy()); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	f.Email.Validated = time.Time{}
	codes := mfa.Merge(mfa.Rules{Methods: []string{"EmailOTP"}}, mfa.Rules{})
	if got := offered(f, codes); !slices.Equal(got, want[3:4]) || !f.Has(mfa.Email) {
		t.Errorf("got %q, want the second mailbox alone", got)
	}
}

// addition begins a request in which a factor is added outside a login.
func (h *harness) addition() string {
	h.Helper()
	return h.begin(func(n *mfa.NewRequest) { n.Purpose = mfa.AddFactor })
}

// proveAddition proves the first mailbox in such a request.
func (h *harness) proveAddition(id string) {
	h.Helper()
	h.terms.Confirms = mfa.AddFactor
	defer func() { h.terms.Confirms = "" }()
	h.answer(id, mfa.Email, mfa.OTP, h.sent(id, mfa.Email, mfa.OTP).Code, mfa.Passed)
}

// TestAddFurther: an address that is added outside a login stands beside the one that there
// is, up to three; in a login it takes its place, as ever. What is a factor is not added
// again in another spelling.
func TestAddFurther(t *testing.T) {
	h := newHarness(t)
	h.has(withMails(mail))
	h.terms.Enrolls = true
	add := func(address string) {
		t.Helper()
		id := h.addition()
		h.confirm(id, mfa.Email, h.verifying(id, mfa.Email, address).Code, done)
		h.proveAddition(id)
		h.clean()
		h.wait(time.Hour)
	}
	add(secondMail)
	id := h.addition()
	h.verify(id, mfa.Email, "MARIE@WORK.example", mfa.EnrollInvalidAddress)
	h.verify(id, mfa.Email, mail, mfa.EnrollInvalidAddress)
	add(thirdMail)
	f := h.factors()
	if got := offered(f, mfa.Merge(mfa.Rules{Methods: []string{"EmailOTP"}}, mfa.Rules{})); !slices.Equal(got, []string{"EmailOTP " + mail, "EmailOTP " + secondMail, "EmailOTP " + thirdMail}) {
		t.Errorf("got %q", got)
	}
	id = h.addition()
	h.verify(id, mfa.Email, "one@more.example", mfa.EnrollInvalidAddress)
	if list := f.Addable(h.policy, h.channels); !slices.Equal(list, []mfa.Transport{mfa.SMS, mfa.Authenticator}) {
		t.Errorf("three mailboxes: may add %v", list)
	}
	login := h.begin()
	h.confirm(login, mfa.Email, h.verifying(login, mfa.Email, fourthMail).Code, done)
	h.answer(login, mfa.Email, mfa.OTP, h.sent(login, mfa.Email, mfa.OTP).Code, mfa.Passed)
	if f = h.factors(); f.Email.Value != fourthMail || len(f.Further) != 2 {
		t.Errorf("in a login: got %+v", f)
	}
}

// TestAddFurtherLate: an address that was confirmed while there was room, and is approved
// when there is none, is no factor.
func TestAddFurtherLate(t *testing.T) {
	h := newHarness(t)
	h.has(withMails(mail, secondMail))
	h.terms.Enrolls = true
	id := h.addition()
	h.confirm(id, mfa.Email, h.verifying(id, mfa.Email, fourthMail).Code, done)
	h.change(func(f *mfa.Factors) { f.Further = withMails(mail, secondMail, thirdMail).Further })
	h.proveAddition(id)
	if f := h.factors(); len(f.Further) != 2 || f.Serial != 1 {
		t.Errorf("got %+v", f)
	}
}

// TestFurtherAtRest: further addresses are read as they were written, by programs of this
// schema alone.
func TestFurtherAtRest(t *testing.T) {
	h := newHarness(t)
	for n, want := range []byte{1, 2} {
		h.has(withMails([]string{mail, secondMail}[:n+1]...))
		if got := h.leastReader(); got != want {
			t.Errorf("%d mailboxes: for readers of schema %d, want %d", n+1, got, want)
		}
	}
	f := withMails(mail, secondMail, thirdMail)
	f.Mobile = confirmed(mobile)
	f.Further = append(f.Further, mfa.FurtherAddress{Over: mfa.SMS, Address: confirmed("+441234567890")})
	h.has(f)
	got := h.factors()
	if !slices.Equal(got.Further, f.Further) || got.Email != f.Email || got.Mobile != f.Mobile || h.leastReader() != 2 {
		t.Errorf("got %+v for readers of schema %d", got, h.leastReader())
	}
	f.Email = mfa.Address{} // as an administrator may leave it
	h.has(f)
	if got = h.factors(); got.Email != (mfa.Address{}) || len(got.Further) != 3 {
		t.Errorf("without one on record: got %+v", got)
	}
	f.Email = confirmed(mail)
	f.Further = append(f.Further, mfa.FurtherAddress{Over: mfa.Email, Address: confirmed(fourthMail)})
	h.has(f)
	err := h.db.Run(t.Context(), h.now, func(tx *store.Tx) error {
		_, err := mfa.ReadFactors(tx, homeOf(account), 0)
		return err
	})
	if !isDamaged(err) {
		t.Errorf("four mailboxes: got %v, want damage", err)
	}
}

// TestFurtherRemoved: one of several is removed, by its owner or by the link of the notice,
// and an administrator takes all; the one on record stays on record.
func TestFurtherRemoved(t *testing.T) {
	h := newHarness(t)
	f := withMails(mail, secondMail, thirdMail)
	list := f.List(h.index)
	f.Remove(h.index, list[1])
	if len(list) != 3 || len(f.Further) != 1 || f.Further[0].Value != thirdMail || !f.Email.Confirmed() {
		t.Errorf("without the second: %+v", f)
	}
	f.Remove(h.index, list[0])
	if f.Email.Confirmed() || !f.Email.IsProven() || len(f.Further) != 1 || !f.Any() {
		t.Errorf("without the first: %+v", f)
	}
	if !f.TakeAway() || f.Any() || len(f.Further) != 0 || f.Email.Value != mail {
		t.Errorf("taken away: %+v", f)
	}
	f = withMails(mail, secondMail)
	f.Email = mfa.Address{}
	if f.TakeAway(); f.Email.Value != secondMail || !f.Email.IsProven() || f.Any() {
		t.Errorf("nothing on record: got %+v", f)
	}
	f = withMails(mail, secondMail)
	f.Further[0].Validated = start.Add(time.Hour)
	u := mfa.Undo{Serial: 1, Added: []mfa.Transport{mfa.Email}, At: start.Add(time.Hour)}
	if !u.Apply(&f, start.Add(2*time.Hour)) || len(f.Further) != 0 || !f.Email.Confirmed() {
		t.Errorf("undone: got %+v", f)
	}
}

// TestFurtherAddressesCount: a second mailbox is told, and is a factor beside the first where
// a key has come to that one.
func TestFurtherAddressesCount(t *testing.T) {
	f := withMails(mail, secondMail)
	if got := f.Targets(everyChannel); len(got) != 2 || got[1].Address != secondMail {
		t.Errorf("told are %v", got)
	}
	if got := f.BesideMail(mfa.DefaultPolicy(), everyChannel, start); !f.HasBesideMail() || len(got) != 1 || got[0].To != secondMail {
		t.Errorf("beside the mailbox: %v", got)
	}
	if f.CanProveBesideMail(mfa.Channels{SMS: true}) {
		t.Error("a mailbox is reached without a sender")
	}
	one := withMails(mail)
	one.Further = []mfa.FurtherAddress{{Over: mfa.Email, Address: confirmed("MARIE@example.com")}}
	for range 2 {
		if one.HasBesideMail() {
			t.Errorf("the same mailbox in another spelling is beside it: %+v", one)
		}
		one.Email = mfa.Address{Value: mail, Proven: start} // and no factor itself
	}
}
