package sallyport_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/internal/gsm"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// longTexts is a kit with that label whose codes and links are as long as they can
// be, an account with a number, and its login.
func longTexts(t *testing.T, label string) (*sallyporttest.Kit, *sallyporttest.Client, sallyporttest.Answer) {
	t.Helper()
	k := sallyporttest.New(t, sallyporttest.WithConfig(func(c *sallyport.Config) { c.Label = label }))
	setPolicy(t, k, func(p *directory.Policy) {
		length, code, link := 9, 300*time.Second, 240*time.Second
		p.MFA.OTPLength, p.MFA.OTPLifetime, p.MFA.LinkLifetime = &length, &code, &link
	})
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "tom", Mobile: phone, MobileValidated: true})
	return k, c, c.Login(p.Name, p.Password).Want(t, wanted)
}

// wantSMS wants the last text message to fit, to name the label or not, and to say
// what it carries.
func wantSMS(t *testing.T, k *sallyporttest.Kit, to string, messages int, named string) {
	t.Helper()
	m := k.Outbox.Last(to)
	if !gsm.Fits(m.Text, messages) {
		t.Errorf("%q does not fit into %d", m.Text, messages)
	}
	if strings.Contains(m.Text, " at ") != (named != "") || !strings.Contains(m.Text, named) {
		t.Errorf("%q, want it to name %q", m.Text, named)
	}
	for _, part := range []string{m.Code, m.Link} {
		if !strings.Contains(m.Text, part) {
			t.Errorf("%q lacks %q", m.Text, part)
		}
	}
}

// TestSMSTexts sends each text message with each kind of label.
func TestSMSTexts(t *testing.T) {
	beside(t)
	long := strings.Repeat("L", 64)
	brackets := strings.Repeat("[", 64) // two septets each: too long for a code and for a notice, not for a link
	for _, tt := range []struct{ name, label, inCode, inLink string }{
		{"short", "Acme", "Acme", "Acme"},
		{"longest", long, long, long},
		{"two septets each", brackets, "", brackets},
		{"beyond the alphabet", "Пример", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k, c, a := longTexts(t, tt.label)
			c.Choose(a, "SMS", "OTP").Want(t, waiting)
			wantSMS(t, k, phone, 1, tt.inCode)
			in := login(sallyport.Login{RequestID: a.RequestID, OptionID: option(t, a, "SMS", "Link")})
			if r, err := k.Engine.Login(t.Context(), in); err != nil || !r.LinkSent {
				t.Fatalf("got %v, %v, want a link that waits", r, err)
			}
			wantSMS(t, k, phone, 2, tt.inLink)

			c.SendVerification(a.RequestID, "Email", mail).Want(t, false)
			c.ConfirmVerification(a.RequestID, "Email", k.Outbox.LastCode(mail)).Want(t, false)
			c.EnrollAuthenticator(a.RequestID)
			k.Clock.Advance(time.Minute)
			chosen := c.Choose(a, "SMS", "OTP").Want(t, waiting)
			wantSMS(t, k, phone, 1, tt.inCode)
			if m := k.Outbox.Last(phone); !strings.Contains(m.Text, "It also adds a sign-in factor: e-mail, app.") {
				t.Errorf("%q does not say what it adds", m.Text)
			}
			c.Answer(chosen, k.Outbox.LastCode(phone)).Want(t, sallyport.Success)
			k.Outbox.Await(phone, "notice")
			wantSMS(t, k, phone, 2, tt.inCode)
		})
	}
}

// TestSMSTextOfVerification sends the code of a new number.
func TestSMSTextOfVerification(t *testing.T) {
	for _, label := range []string{strings.Repeat("L", 64), "Пример"} {
		k, c, a := longTexts(t, label)
		p := k.AddUser(t, sallyporttest.User{Name: "ann", MFA: &yes})
		a = c.Login(p.Name, p.Password)
		c.SendVerification(a.RequestID, "SMS", "+491701234567").Want(t, false)
		named := label
		if !strings.HasPrefix(label, "L") {
			named = ""
		}
		wantSMS(t, k, "+491701234567", 1, named)
	}
}

// TestSMSTextOfLongIssuer: where a link cannot fit, the operator is told.
func TestSMSTextOfLongIssuer(t *testing.T) {
	for _, tt := range []struct {
		path int
		want bool
	}{{20, false}, {140, true}} {
		k := sallyporttest.New(t, sallyporttest.WithConfig(func(c *sallyport.Config) { c.Issuer += "/" + strings.Repeat("p", tt.path) }))
		if got := strings.Contains(k.Logs(), "more than two text messages"); got != tt.want {
			t.Errorf("a path of %d: warned %v, want %v", tt.path, got, tt.want)
		}
	}
}
