package sallyport_test

import (
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// TestLanguage: a message is in the language of the configuration, where the account says
// none; the words of a language that has none are English, and New says so.
func TestLanguage(t *testing.T) {
	for _, tt := range []struct {
		tag, subject string
		warned       bool
	}{{"", "Your code for", false}, {"de-CH", "Ihr Code für", false}, {"fr", "Votre code pour", false}, {"pt-BR", "Your code for", true}} {
		t.Run(tt.tag, func(t *testing.T) {
			k := sallyporttest.New(t, sallyporttest.WithConfig(func(c *sallyport.Config) { c.Language = tt.tag }))
			if got := strings.Contains(k.Logs(), "messages are in English"); got != tt.warned {
				t.Errorf("warned: %v, want %v", got, tt.warned)
			}
			c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "ada", Email: mail, EmailValidated: true, Mobile: phone, MobileValidated: true})
			a := c.Login(p.Name, p.Password).Want(t, wanted)
			c.Choose(a, "Email", "OTP").Want(t, waiting)
			m := k.Outbox.Last(mail)
			if !strings.HasPrefix(m.Subject, tt.subject) || !strings.Contains(m.HTML, m.Code) || m.Language != tt.tag || m.Topic != "sign-in-code" || m.Application == "" {
				t.Errorf("got %q, language %q, topic %q, application %q, HTML %q", m.Subject, m.Language, m.Topic, m.Application, m.HTML)
			}
			c.Choose(a, "SMS", "OTP").Want(t, waiting)
			if m := k.Outbox.Last(phone); m.HTML != "" || m.Language != tt.tag || strings.HasPrefix(m.Text, "Your code") != (tt.subject == "Your code for") {
				t.Errorf("got %q, HTML %q", m.Text, m.HTML)
			}
		})
	}
}

// TestLanguageOfSignUp: whoever signs up is written to in the language that they say, and
// so is their account from then on, whatever somebody else says or the configuration.
func TestLanguageOfSignUp(t *testing.T) {
	s := newSigning(t, func(c *sallyport.Config) { c.Language = "de" })
	in := evas()
	in.Language = "fr-CA"
	eva := s.signUp(in).Account
	if m := s.Outbox.Last(evasMail); !strings.HasPrefix(m.Subject, "Confirmez votre adresse") || m.Language != "fr-CA" {
		t.Errorf("got %q in %q", m.Subject, m.Language)
	}
	in.Username, in.Language = "other", "en"
	s.begin(in)
	if m := s.Outbox.Await(evasMail, "notice"); !strings.HasPrefix(m.Subject, "Vous avez un compte") || m.Language != "fr-CA" {
		t.Errorf("got %q in %q", m.Subject, m.Language)
	}
	if err := s.Engine.BeginReset(t.Context(), sallyport.ResetRequest{Username: "eva"}); err != nil {
		t.Fatal(err)
	}
	if m := s.Outbox.Await(evasMail, "reset"); !strings.Contains(m.Text, "mot de passe") {
		t.Errorf("got %q", m.Text)
	}
	admin := setup(s.Kit)
	if _, err := admin.Invite(t.Context(), eva, sallyport.InviteMailed); err != nil {
		t.Fatal(err)
	}
	if m := s.Outbox.Await(evasMail, "invitation"); !strings.Contains(m.Text, "second facteur") {
		t.Errorf("got %q", m.Text)
	}
}

// TestLanguageOfOthersActs: whoever acts, the owner is told in their own language.
func TestLanguageOfOthersActs(t *testing.T) {
	s := newSigning(t, func(c *sallyport.Config) { c.ProvenAddressIsFactor = true })
	in, other := evas(), "eva@example.net"
	in.Language = "fr"
	eva := s.signUp(in).Account
	r, err := s.Engine.Login(t.Context(), sallyport.Login{Username: "eva", Password: fresh})
	if err != nil || len(r.Options) == 0 {
		t.Fatal(r, err)
	}
	if _, err := s.Engine.Login(t.Context(), sallyport.Login{RequestID: r.RequestID, OptionID: r.Options[len(r.Options)-1].ID}); err != nil {
		t.Fatal(err)
	}
	if m := s.Outbox.Last(evasMail); m.Language != "fr" || m.Application == "" || !strings.HasPrefix(m.Subject, "Votre code") {
		t.Errorf("got %q in %q, of %q", m.Subject, m.Language, m.Application)
	}
	if _, err := setup(s.Kit).UpdateUser(t.Context(), eva, directory.UserChange{Email: &other}); err != nil {
		t.Fatal(err)
	}
	if m := s.Outbox.Await(evasMail, "notice"); !strings.Contains(m.Subject, "a été changée") || m.Topic != "address-taken" {
		t.Errorf("got %q, %s", m.Subject, m.Topic)
	}
}

// TestLanguageFault: what is no tag of a language is refused.
func TestLanguageFault(t *testing.T) {
	_, err := sallyport.New(t.Context(), sallyport.Config{Language: "de\r\nBcc: eve@example.com"})
	if err == nil || !strings.Contains(err.Error(), "Config.Language") {
		t.Errorf("got %v", err)
	}
}

// TestLanguageGiven: an account is written to in the language that an administrator or the
// directory file gives it; what is no tag is refused, and leaves it as it was.
func TestLanguageGiven(t *testing.T) {
	k := hosted(t)
	admin := setup(k)
	u, err := admin.CreateUser(t.Context(), directory.NewUser{Name: "ada", Password: fresh, Email: mail, EmailProven: true, Language: "de-AT"})
	if err != nil || u.Language != "de-AT" {
		t.Fatalf("got %+v, %v", u, err)
	}
	want := func(what, name, tag, words string) {
		t.Helper()
		k.Outbox.Key(mail, func() {
			if err := k.Engine.BeginReset(t.Context(), sallyport.ResetRequest{Username: name}); err != nil {
				t.Fatal(err)
			}
		})
		if m := k.Outbox.Last(mail); m.Language != tag || !strings.Contains(m.Text, words) {
			t.Errorf("%s: got %q in %q", what, m.Text, m.Language)
		}
		k.Clock.Advance(day)
	}
	want("as it was made", "ada", "de-AT", "Passwort")
	french, bad := "fr", "fr\r\nBcc: eve@example.com"
	if u, err = admin.UpdateUser(t.Context(), u.ID, directory.UserChange{Language: &french}); err != nil || u.Language != "fr" {
		t.Errorf("got %+v, %v", u, err)
	}
	if _, err := admin.UpdateUser(t.Context(), u.ID, directory.UserChange{Language: &bad}); err == nil || strings.Contains(err.Error(), "eve") {
		t.Errorf("what is no tag: got %v", err)
	}
	if _, err := admin.CreateUser(t.Context(), directory.NewUser{Name: "eve", Language: bad}); err == nil {
		t.Error("an account was made with what is no tag")
	}
	want("changed", "ada", "fr", "mot de passe")
	none := ""
	if _, err := admin.UpdateUser(t.Context(), u.ID, directory.UserChange{Language: &none, Email: &none}); err != nil {
		t.Fatal(err)
	}
	k.AddUser(t, sallyporttest.User{Name: "tom", Email: mail, EmailValidated: true})
	want("none", "tom", "", "password")
	k.EditUser(t, "tom", func(u *directory.User) { u.Language = "de" })
	want("of the file", "tom", "de", "Passwort")
}

// TestLanguageElsewhere: an account that is kept elsewhere is written to in the language
// that is said there; what is no tag is none.
func TestLanguageElsewhere(t *testing.T) {
	for said, want := range map[string]string{"": "de", "fr": "fr", "fr\r\nBcc: eve@example.com": "de"} {
		german := sallyporttest.WithConfig(func(c *sallyport.Config) { c.Language = "de" })
		u := ann(t)
		u.edit(annID, func(a *sallyport.Account) { a.Email, a.EmailValidatedAt, a.Language = mail, born, said })
		k := owned(t, u, german)
		r := hostLogin(t, k, annLogin)
		hostLogin(t, k, sallyport.Login{RequestID: r.RequestID, OptionID: optionOver(t, r, mfa.Email)})
		if m := k.Outbox.Last(mail); m.Language != want {
			t.Errorf("a host says %q: got %q, want %q", said, m.Language, want)
		}
		f := bobs()
		f.edit(bobKey, func(r *forestRow) { r.Language = said })
		k = joined(t, f, german)
		s, err := k.Engine.AddFactor(t.Context(), sallyport.FactorChange{Session: bobIn(t, k).Handle, Password: bobPassword})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := k.Engine.SendVerification(t.Context(), sallyport.EnrollmentCall{RequestID: s.RequestID}, mfa.Email, mail); err != nil {
			t.Fatal(err)
		}
		if m := k.Outbox.Last(mail); m.Language != want {
			t.Errorf("a module says %q: got %q, want %q", said, m.Language, want)
		}
	}
}
