package sallyport_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// numbered marks a client of the kit as one that shows the number of a link, the first
// alone where there is no other.
func numbered(clients ...int) sallyporttest.Option {
	return sallyporttest.WithDirectory(func(d *directory.File) {
		for _, i := range clients {
			d.Clients[i].LinkNumber = true
		}
	})
}

// shownNumber is the number that a client shows for an option.
func shownNumber(t *testing.T, a sallyporttest.Answer, transport string) string {
	t.Helper()
	for _, o := range a.Options {
		if o.TransportModeDisplay == transport && o.AuthenticationModeDisplay == "Link" {
			return o.MatchNumber
		}
	}
	t.Fatalf("got options %q, want a link by %s", a.Offered(), transport)
	return ""
}

// sendOver chooses the link over a transport without being held, and returns the token.
func sendOver(t *testing.T, k *sallyporttest.Kit, a sallyporttest.Answer, transport string) (sallyport.Login, string) {
	t.Helper()
	in := login(sallyport.Login{RequestID: a.RequestID, OptionID: option(t, a, transport, "Link")})
	if r, err := k.Engine.Login(t.Context(), in); err != nil || !r.LinkSent {
		t.Fatalf("got %v, %v, want a link that waits", r, err)
	}
	sent := k.Outbox.Messages()
	return in, linkToken(sent[len(sent)-1].Link)
}

// typeNumber approves with a number.
func typeNumber(t *testing.T, k *sallyporttest.Kit, token, number string) sallyport.LinkOutcome {
	t.Helper()
	v, err := k.Engine.ViewLink(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	out, err := k.Engine.DecideLink(t.Context(), token, sallyport.LinkDecision{Nonce: v.Nonce, Approve: true, Number: number})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func wantLogin(t *testing.T, k *sallyporttest.Kit, in sallyport.Login, want sallyport.Status) {
	t.Helper()
	if r, err := k.Engine.Login(t.Context(), in); err != nil || r.Status != want {
		t.Errorf("got %v, %v, want %s", r, err, want)
	}
}

// TestLinkNumberOfItsOption: each link of a login has a number of its own; that of the
// other is a wrong one, as is any but its two digits, and there is one try, whichever link
// of the login comes next.
func TestLinkNumberOfItsOption(t *testing.T) {
	const refused = sallyport.Failure | sallyport.ProcessCanceled
	for name, tt := range map[string]struct {
		typed func(mail, phone string) string
		right bool
	}{
		"its own":             {func(mail, _ string) string { return mail }, true},
		"with blanks":         {func(mail, _ string) string { return " " + mail[:1] + " - " + mail[1:] + "\u00a0" }, true},
		"the other link's":    {func(_, phone string) string { return phone }, false},
		"none":                {func(string, string) string { return "" }, false},
		"its first digit":     {func(mail, _ string) string { return mail[:1] }, false},
		"one digit more":      {func(mail, _ string) string { return mail + "0" }, false},
		"digits of a script":  {func(mail, _ string) string { return wide(mail) }, false},
		"a nought before it":  {func(mail, _ string) string { return "0" + mail }, false},
		"its value as hex":    {func(mail, _ string) string { return "0x" + mail }, false},
		"a separator in NFKC": {func(mail, _ string) string { return mail[:1] + "\u2010" + mail[1:] }, false},
	} {
		t.Run(name, func(t *testing.T) {
			k := sallyporttest.New(t, numbered(0))
			c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true, Mobile: phone, MobileValidated: true})
			a := c.Login(p.Name, p.Password).Want(t, wanted)
			for shownNumber(t, a, "Email") == shownNumber(t, a, "SMS") { // one in a hundred
				k.Clock.Advance(time.Second)
				a = c.Login(p.Name, p.Password).Want(t, wanted)
			}
			in, token := sendOver(t, k, a, "Email")
			typed := tt.typed(shownNumber(t, a, "Email"), shownNumber(t, a, "SMS"))
			if tt.right {
				if got := typeNumber(t, k, token, typed); got != sallyport.LinkApproved {
					t.Fatalf("got %q, want it approved", got)
				}
				wantLogin(t, k, in, sallyport.Success)
				return
			}
			for _, number := range []string{typed, shownNumber(t, a, "Email")} { // the right one comes too late
				if got := typeNumber(t, k, token, number); got != sallyport.LinkWrongNumber {
					t.Errorf("got %q, want the wrong number", got)
				}
			}
			wantLogin(t, k, in, refused)
			in.OptionID = option(t, a, "SMS", "Link")
			wantLogin(t, k, in, refused)
			if got := k.Outbox.Count(); got != 1 {
				t.Errorf("got %d messages, want no link after the wrong number", got)
			}
		})
	}
}

// wide are the same digits as wide characters, which mean the same and are others.
func wide(digits string) string {
	var b strings.Builder
	for _, r := range digits {
		b.WriteRune(r - '0' + '０')
	}
	return b.String()
}

// TestLinkNumberStands: a link that is sent again has the number that call 1 showed, since
// that is what the screen shows.
func TestLinkNumberStands(t *testing.T) {
	k := sallyporttest.New(t, numbered(0))
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
	a := c.Login(p.Name, p.Password).Want(t, wanted)
	in, first := sendOver(t, k, a, "Email")
	k.Clock.Advance(90 * time.Second)
	wantLogin(t, k, in, dead) // unanswered
	k.Clock.Advance(30 * time.Second)
	in, second := sendOver(t, k, a, "Email")
	if first == second {
		t.Fatal("no new link was sent")
	}
	if got := typeNumber(t, k, first, shownNumber(t, a, "Email")); got != sallyport.LinkOver {
		t.Errorf("the first link: got %q, want it over", got)
	}
	if got := typeNumber(t, k, second, shownNumber(t, a, "Email")); got != sallyport.LinkApproved {
		t.Errorf("the second link: got %q, want it approved", got)
	}
	wantLogin(t, k, in, sallyport.Success)
}

// TestLinkNumberRivals: of two logins whose links live, the one whose client shows a number
// can be approved with it; the other has to wait although its rival is told apart.
func TestLinkNumberRivals(t *testing.T) {
	k := sallyporttest.New(t, numbered(0))
	p := k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
	plain := k.InProcess().As(sallyporttest.PublicClientID, "")
	a := loginElsewhere(plain, p).Want(t, wanted)
	if got := shownNumber(t, a, "Email"); got != "" {
		t.Fatalf("got the number %q for a client that shows none", got)
	}
	in := sallyport.Login{Caller: &sallyport.Caller{ClientID: plain.ID}, RequestID: a.RequestID, OptionID: option(t, a, "Email", "Link")}
	wantLogin(t, k, in, waiting)
	unnumbered := linkToken(k.Outbox.LastLink(mail))
	b := loginElsewhere(k.InProcess(), p).Want(t, wanted)
	other, token := sendOver(t, k, b, "Email")
	for range 2 {
		if got := typeNumber(t, k, unnumbered, shownNumber(t, b, "Email")); got != sallyport.LinkMustWait {
			t.Errorf("without a number: got %q, want to wait", got)
		}
	}
	if got := typeNumber(t, k, token, shownNumber(t, b, "Email")); got != sallyport.LinkApproved {
		t.Errorf("with the number: got %q, want it approved", got)
	}
	wantLogin(t, k, other, sallyport.Success)
	wantLogin(t, k, in, waiting)
}

// TestLinkNumberUnsaid: the number stands in call 1's answer and, for whoever proves the
// password again, in the same document; in no message, no event and no other answer.
func TestLinkNumberUnsaid(t *testing.T) {
	var events []sallyport.Event
	k := sallyporttest.New(t, numbered(0), sallyporttest.WithConfig(func(c *sallyport.Config) {
		c.OnEvent = func(e sallyport.Event) { events = append(events, e) }
	}))
	p := k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
	// What a client without a number has sent says what the texts are.
	plain := k.InProcess().As(sallyporttest.PublicClientID, "")
	a := plain.Login(p.Name, p.Password).Want(t, wanted)
	wantLogin(t, k, sallyport.Login{Caller: &sallyport.Caller{ClientID: plain.ID}, RequestID: a.RequestID, OptionID: option(t, a, "Email", "Link")}, waiting)
	control := k.Outbox.Last(mail)
	k.Clock.Advance(time.Hour)
	c := k.InProcess()
	a = c.Login(p.Name, p.Password).Want(t, wanted)
	number := shownNumber(t, a, "Email")
	events = nil
	in, token := sendOver(t, k, a, "Email")
	m := k.Outbox.Last(mail)
	if got, want := strings.ReplaceAll(m.Text, m.Link, "…"), strings.ReplaceAll(control.Text, control.Link, "…"); got != want || m.Subject != control.Subject || m.Code != "" {
		t.Errorf("got %q, want the text of a link without a number, %q", got, want)
	}
	for _, asked := range []sallyport.Login{in, login(sallyport.Login{RequestID: a.RequestID})} {
		r, err := k.Engine.Login(t.Context(), asked)
		if err != nil || len(r.Options) != 0 {
			t.Errorf("got %v, %v, want no options and so no number", r, err)
		}
	}
	again := c.Resume(a.RequestID, p.Name, p.Password).Want(t, wanted)
	if got := shownNumber(t, again, "Email"); got != number {
		t.Errorf("got the number %q in the document of call 1, want %q", got, number)
	}
	typeNumber(t, k, token, number+"0")
	for _, e := range events {
		if e.Detail != "" && e.Detail != "wrong number" && strings.Contains(e.Detail, number) {
			t.Errorf("got the event %s with %q", e.Kind, e.Detail)
		}
	}
	if len(events) == 0 {
		t.Error("nothing was told of a wrong number")
	}
}

// TestLinkNumberOfNobody: without a password the options are the same for every name, their
// numbers included.
func TestLinkNumberOfNobody(t *testing.T) {
	k := sallyporttest.New(t, takesPasswordless(), numbered(0))
	k.AddUser(t, noWord("pat"))
	for _, name := range []string{"pat", "nobody"} {
		a := k.InProcess().Call(byName(name)).Want(t, wanted)
		for _, transport := range []string{"Email", "SMS"} {
			if got := shownNumber(t, a, transport); len(got) != 2 || strings.Trim(got, "0123456789") != "" {
				t.Errorf("%s, by %s: got the number %q, want two digits", name, transport, got)
			}
		}
	}
}
