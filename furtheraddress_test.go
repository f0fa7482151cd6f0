package sallyport_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// addAddress adds an address beside the one that the account has, by a code of that one.
func (f *factoring) addAddress(over mfa.Transport, address string, by mfa.Transport) {
	f.t.Helper()
	r := f.first(adds, "")
	wantConfirmation(f.t, "beginning to add", r, sallyport.EnrollmentWanted, "")
	call := sallyport.EnrollmentCall{RequestID: r.RequestID}
	if e, err := f.Engine.SendVerification(f.t.Context(), call, over, address); err != nil || e.Status != sallyport.EnrollmentSuccess {
		f.t.Fatalf("sending to %s: got %+v, %v", address, e, err)
	}
	if e, err := f.Engine.ConfirmVerification(f.t.Context(), call, over, f.Outbox.LastCode(address)); err != nil || e.Status != sallyport.EnrollmentSuccess || e.Active {
		f.t.Fatalf("confirming %s: got %+v, %v", address, e, err)
	}
	wantConfirmation(f.t, "adding "+address, f.proven(adds, r, by), sallyport.Granted, "")
	if m := f.Outbox.Last(mail); by == mfa.Email && m.Kind == "otp" && !strings.Contains(m.Text, over.String()) {
		f.t.Errorf("the code does not say what it adds: %q", m.Text)
	}
}

// TestFurtherAddresses: an account lives with several mailboxes and numbers: each is asked by
// its own option, the one on record first, is told of what happens, and is removed by
// itself. The link of the notice removes the one that it tells of.
func TestFurtherAddresses(t *testing.T) {
	const second, number = "ada.work@example.org", "+441234567890"
	f := newFactoring(t, sallyporttest.User{Email: mail, EmailValidated: true, Mobile: phone, MobileValidated: true})
	f.addAddress(mfa.Email, second, mfa.Email)
	f.addAddress(mfa.SMS, number, mfa.Email)
	shown := []string{mfa.MaskEmail(mail), mfa.MaskEmail(second), mfa.MaskPhone(phone), mfa.MaskPhone(number)}
	f.wantFactors("added", shown...)

	r := hostLogin(t, f.Kit, sallyport.Login{Username: "ada", Password: f.p.Password})
	var got []string
	for _, o := range r.Options {
		got = append(got, o.Mode.String()+" "+o.Destination)
	}
	var want []string
	for _, d := range shown {
		want = append(want, "Link "+d, "OTP "+d)
	}
	if !slices.Equal(got, want) {
		t.Fatalf("got options %q, want %q", got, want)
	}
	in := sallyport.Login{RequestID: r.RequestID, OptionID: r.Options[3].ID}
	hostLogin(t, f.Kit, in)
	in.Code = f.Outbox.LastCode(second)
	wantOutcome(t, "a code to the second mailbox", hostLogin(t, f.Kit, in), sallyport.Granted, "")
	if u := f.user(); u.Email != mail || u.Mobile != phone {
		t.Errorf("got %q and %q on record", u.Email, u.Mobile)
	}
	if out := f.reset(); out.Outcome != sallyport.FactorWanted || len(out.Options) != 3 || out.Options[0].Destination != mfa.MaskEmail(second) {
		t.Errorf("a reset by the first mailbox: got %+v, want a code of one of the other three", out)
	}

	wantConfirmation(t, "removing the second mailbox", f.proven(removes, f.first(removes, f.idOf(shown[1])), mfa.Email), sallyport.Granted, "")
	f.wantFactors("removed", shown[0], shown[2], shown[3])
	if n := f.Outbox.Await(second, "notice"); !strings.Contains(n.Text, "removed") && !strings.Contains(n.Text, "added") {
		t.Errorf("the second mailbox is told %q", n.Text)
	}

	f.Clock.Advance(time.Hour) // what is added in another moment is told apart by it
	f.s = f.signIn()
	f.addAddress(mfa.Email, second, mfa.Email)
	f.Engine.Close() // which waits for mails
	link := f.Outbox.Last(mail).Link
	for _, m := range f.Outbox.Messages() {
		if m.To == mail && strings.Contains(m.Link, "/mfa/link/u") {
			link = m.Link
		}
	}
	k := f.Kit.Node()
	if d := k.InProcess().Approve(link); d.HTTP != 200 {
		t.Fatalf("got %d, want it undone", d.HTTP)
	}
	l, err := setup(k).Factors(t.Context(), f.p.ID)
	if err != nil || len(l.Factors) != 3 || l.Factors[0].Display != shown[0] {
		t.Errorf("undone: got %+v, %v", l, err)
	}
}

// reset begins a reset by the key that comes to the mailbox on record, and says what is
// wanted beside it.
func (f *factoring) reset() *sallyport.ResetResult {
	f.t.Helper()
	if err := f.Engine.BeginReset(f.t.Context(), sallyport.ResetRequest{Username: "ada"}); err != nil {
		f.t.Fatal(err)
	}
	link := f.Outbox.Await(mail, "reset").Link
	r, err := f.Engine.FinishReset(f.t.Context(), sallyport.ResetFinish{Key: link[strings.LastIndexByte(link, '/')+1:]})
	if err != nil {
		f.t.Fatal(err)
	}
	return r
}

// TestAdditionPage: the page of a request that adds a factor offers all that has room, names
// no address that is a factor already, and says where to go on.
func TestAdditionPage(t *testing.T) {
	f := newFactoring(t, sallyporttest.User{TOTP: true, Email: mail, EmailValidated: true, Mobile: phone})
	r := f.first(adds, "")
	page, err := f.Engine.OpenEnrollmentPage(t.Context(), sallyport.EnrollmentCall{RequestID: r.RequestID})
	if err != nil || !page.Adds || !page.Beside || !slices.Equal(page.Transports, []mfa.Transport{mfa.SMS, mfa.Email, mfa.Authenticator}) {
		t.Fatalf("got %+v, %v", page, err)
	}
	for _, c := range page.Channels {
		if want := map[mfa.Transport]string{mfa.SMS: mfa.MaskPhone(phone)}[c.Over]; c.OnRecord != want {
			t.Errorf("%s: on record is %q, want %q", c.Over, c.OnRecord, want)
		}
	}
}
