package sallyport_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// The rules for what people type stand in internal/typed. The tests here hold the
// journeys to them.

// TestTypedNames logs in under each spelling of one name, and counts the wrong
// passwords of all spellings together.
func TestTypedNames(t *testing.T) {
	k := sallyporttest.New(t)
	c := k.InProcess()
	for name, spellings := range map[string][]string{
		"Marie Sample": {"marie sample", "  MARIE   SAMPLE ", "Ｍarie Sample"},
		"Straße":       {"STRASSE", "strasse", "straße"},
		"Σίσυφος":      {"ΣΊΣΥΦΟΣ", "σίσυφοσ"},
	} {
		p := k.AddUser(t, sallyporttest.User{Name: name})
		for _, s := range spellings {
			a := c.Login(s, p.Password).Want(t, sallyport.Success)
			if got := a.Response.AuthenticationResponse.Identity.Name; got != name {
				t.Errorf("%q: got the name %q, want %q", s, got, name)
			}
		}
		c.Login(spellings[0]+"\u200b", p.Password).Want(t, mismatch)
		c.Login("\t"+name, p.Password).Want(t, mismatch)
		for i := range 10 {
			c.Login(spellings[i%len(spellings)], strings.Repeat("x", i+1))
		}
		c.Login(name, p.Password).Want(t, lockedOut)
	}
}

// TestTypedPasswords sets a password in one form and types it in another.
func TestTypedPasswords(t *testing.T) {
	for _, c := range []struct {
		name, set, typed string
		want             sallyport.Status
	}{
		{"composed as decomposed", "P\u00e4sswort-123", "Pa\u0308sswort-123", sallyport.Success},
		{"decomposed as composed", "Pa\u0308sswort-123", "P\u00e4sswort-123", sallyport.Success},
		{"a no-break space for a blank", "two words-123", "two\u00a0words-123", sallyport.Success},
		{"a blank for an ideographic one", "two\u3000words-123", "two words-123", sallyport.Success},
		{"another case", "Password-123", "password-123", mismatch},
		{"a blank too many", "Password-123", "Password-123 ", mismatch},
		{"a compatible character", "fi-Password-123", "\ufb01-Password-123", mismatch},
		{"a letter too few", "P\u00e4sswort-123", "Passwort-123", mismatch},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := sallyporttest.New(t)
			p := k.AddUser(t, sallyporttest.User{Name: "ann", Password: c.set})
			k.InProcess().Login(p.Name, c.typed).Want(t, c.want)
			k.InProcess().Login(p.Name, c.set).Want(t, sallyport.Success)
		})
	}
}

// TestTypedLongPasswords: a password has 1024 bytes at most as it is typed,
// whatever its form has.
func TestTypedLongPasswords(t *testing.T) {
	k := sallyporttest.New(t)
	grows := strings.Repeat("\u0958", 341) // three bytes each, six once composed
	p := k.AddUser(t, sallyporttest.User{Name: "ann", Password: grows})
	c := k.InProcess()
	c.Login(p.Name, grows).Want(t, sallyport.Success)
	c.Login(p.Name, strings.Repeat("\u0915\u093c", 341)).Want(t, mismatch) // its form, of 2046 bytes
}

// TestTypedImportedHash: a hash that was imported may be of the typed bytes. The
// login makes it one of the form.
func TestTypedImportedHash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const decomposed, composed = "Pa\u0308sswort-123", "P\u00e4sswort-123"
		hash, err := bcrypt.GenerateFromPassword([]byte(decomposed), bcrypt.MinCost)
		if err != nil {
			t.Fatal(err)
		}
		k := sallyporttest.New(t)
		p := k.AddUser(t, sallyporttest.User{Name: "ann", Edit: func(u *directory.User) { u.Password, u.PasswordHash = "", string(hash) }})
		c := k.InProcess()
		c.Login(p.Name, composed).Want(t, mismatch)
		c.Login(p.Name, decomposed).Want(t, sallyport.Success)
		k.Clock.Advance(time.Minute) // past the repeat of a miss
		synctest.Wait()              // the hash is renewed behind the answer
		c.Login(p.Name, composed).Want(t, sallyport.Success)
		c.Login(p.Name, decomposed).Want(t, sallyport.Success)
	})
}

// TestTypedHashOfOtherForm: a hash with the present parameters that is of the typed
// bytes is renewed too.
func TestTypedHashOfOtherForm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const decomposed, composed = "Pa\u0308sswort-123", "P\u00e4sswort-123"
		params, _, _ := hashes(t)
		hash, err := params.Hash(decomposed)
		if err != nil {
			t.Fatal(err)
		}
		k := sallyporttest.New(t)
		p := k.AddUser(t, sallyporttest.User{Name: "ann", Edit: func(u *directory.User) { u.Password, u.PasswordHash = "", hash }})
		c := k.InProcess()
		c.Login(p.Name, composed).Want(t, mismatch)
		c.Login(p.Name, decomposed).Want(t, sallyport.Success)
		k.Clock.Advance(time.Minute) // past the repeat of a miss
		synctest.Wait()
		c.Login(p.Name, composed).Want(t, sallyport.Success)
	})
}

// TestTypedPasswordIsOneMiss: two derivations are one charge, and the same bytes
// again within ten seconds are none.
func TestTypedPasswordIsOneMiss(t *testing.T) {
	k := sallyporttest.New(t)
	p, c := k.AddUser(t, sallyporttest.User{Name: "ann"}), k.InProcess()
	for i := range 8 {
		c.Login(p.Name, strings.Repeat("a\u0308", i+1)).Want(t, mismatch)
	}
	c.Login(p.Name, "a\u0308-last").Want(t, mismatch|sallyport.LastBadLogin)
	c.Login(p.Name, "a\u0308-last").Want(t, mismatch|sallyport.LastBadLogin) // a repeat
	c.Login(p.Name, "\u00e4-last").Want(t, lockedOut)                        // other bytes
}

// TestTypedPasswordWork: what was typed alone says how many hashes are computed,
// for every name.
func TestTypedPasswordWork(t *testing.T) {
	k := hashingKit(t)
	k.AddUser(t, sallyporttest.User{Name: "paul"})
	k.AddUser(t, sallyporttest.User{Name: "none", Edit: func(u *directory.User) { u.Password = "" }})
	k.AddUser(t, sallyporttest.User{Name: "off", Disabled: true})
	for _, tt := range []struct {
		name, password string
		want           uint64
	}{
		{"in its form", "wrong", 1},
		{"in another form", "a\u0308", 2},
		{"with a no-break space", "a\u00a0b", 2},
		{"with a control character", "a\tb", 1},
		{"not UTF-8", "a\xff\u00a0", 1},
		{"too long", strings.Repeat("x", 1025), 1},
		{"too long, in another form", strings.Repeat("a\u0308", 600), 1},
	} {
		for _, name := range []string{"paul", "none", "off", "nobody", "bad\u200bname"} {
			got := allocated(func() {
				if _, err := k.Engine.Login(t.Context(), login(sallyport.Login{Username: name, Password: tt.password})); err != nil {
					t.Errorf("%s: got %v", tt.name, err)
				}
			}) / hashMemory
			if got != tt.want {
				t.Errorf("%s, %q: got %d hashes, want %d", tt.name, name, got, tt.want)
			}
		}
	}
}

var yes = true

// TestTypedCodes types codes with letters in lower case, in groups.
func TestTypedCodes(t *testing.T) {
	lower := func(code string) string {
		return " " + strings.ToLower(code[:4]) + "-" + strings.ToLower(code[4:]) + "\u00a0"
	}
	for _, kind := range []string{mfa.Numeric, mfa.Alphabetic, mfa.Alphanumeric} {
		k := sallyporttest.New(t)
		setPolicy(t, k, func(p *directory.Policy) { p.MFA.OTPType = &kind })
		p, c := k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true}), k.InProcess()
		a := c.Login(p.Name, p.Password).Want(t, wanted)
		a = c.Choose(a, "Email", "OTP").Want(t, waiting)
		c.Answer(a, lower(k.Outbox.LastCode(mail))).Want(t, sallyport.Success)
	}
	k := sallyporttest.New(t)
	p, c := k.AddUser(t, sallyporttest.User{Name: "tom", MFA: &yes}), k.InProcess()
	_, done := c.EnrollAuthenticator(c.Login(p.Name, p.Password).RequestID)
	a := c.Login(p.Name, p.Password).Want(t, wanted)
	c.AnswerWith(a, "MicrosoftAuthenticator", "OTP", lower(done.RecoveryCodes[0])).Want(t, sallyport.Success)
}

// TestTypedNumbers sends to a number in each spelling, and to one number alone.
func TestTypedNumbers(t *testing.T) {
	k := sallyporttest.New(t)
	c := k.InProcess()
	p := k.AddUser(t, sallyporttest.User{Name: "ann", MFA: &yes})
	a := c.Login(p.Name, p.Password)
	for _, s := range []string{"+49 170 1234567", "+49-170-1234567", "(+49) 170/123.4567", "\u202a0049 170 1234567\u202c ", "+491701234567"} {
		c.SendVerification(a.RequestID, "SMS", s).Want(t, false)
		if all := k.Outbox.Messages(); len(all) != 1 || all[0].To != "+491701234567" { // within 30 seconds one number is sent to once
			t.Errorf("%q: got %v, want one message to the number", s, all)
		}
	}
	c.SendVerification(a.RequestID, "SMS", "0170 1234567").WantRefused(t, string(sallyport.EnrollmentInvalidAddress))
	c.SendVerification(a.RequestID, "SMS", "+49 (0) 170 1234567").WantRefused(t, string(sallyport.EnrollmentInvalidAddress))
}

// TestTypedScopes asks for scopes with blanks too many, at login and at refresh.
func TestTypedScopes(t *testing.T) {
	k := sallyporttest.New(t)
	p := k.AddUser(t, sallyporttest.User{Name: "ann"})
	a := k.InProcess().WithScope(" openid   offline_access ").Login(p.Name, p.Password).Want(t, sallyport.Success)
	if got := a.Tokens.Scope; got != "offline_access openid" {
		t.Errorf("got scope %q", got)
	}
	in := refresh(a.Tokens.RefreshToken)
	in.Scope = "  openid  "
	got, err := k.Engine.Refresh(t.Context(), in)
	if err != nil || got.Scope != "openid" {
		t.Errorf("got %v, %v, want the scope openid alone", got, err)
	}
}

// TestTypedEmail: one address in two spellings is one to whoever counts, and is
// mailed as it was given, or as it is recorded where that has to be proven.
func TestTypedEmail(t *testing.T) {
	const given, other = "Marie@Bücher.example", "marie@XN--BCHER-KVA.example"
	k := sallyporttest.New(t)
	c := k.InProcess()
	step := func(u sallyporttest.User) string {
		u.MFA = &yes
		p := k.AddUser(t, u)
		return c.Login(p.Name, p.Password).RequestID
	}
	sent := func(name string, want ...string) {
		t.Helper()
		var got []string
		for _, m := range k.Outbox.Messages() {
			if m.User == name {
				got = append(got, m.To)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: sent to %q, want %q", name, got, want)
		}
	}
	c.SendVerification(step(sallyporttest.User{Name: "factor", Email: given, EmailValidated: true, TOTP: true}), "Email", other).
		WantRefused(t, string(sallyport.EnrollmentInvalidAddress))
	c.SendVerification(step(sallyporttest.User{Name: "record", Email: given}), "Email", "\u00a0"+other+" \t").Want(t, false)
	sent("record", given)
	c.SendVerification(step(sallyporttest.User{Name: "unseen"}), "Email", other+"\u200b").WantRefused(t, string(sallyport.EnrollmentInvalidAddress))
	sent("unseen")
	fresh := step(sallyporttest.User{Name: "fresh"})
	c.SendVerification(fresh, "Email", given).Want(t, false)
	c.SendVerification(fresh, "Email", other).Want(t, false) // within 30 seconds
	sent("fresh", given)

	staged := step(sallyporttest.User{Name: "staged", Email: given, EmailValidated: true, TOTP: true})
	k.EditUser(t, "staged", func(u *directory.User) { u.Email, u.EmailValidated = other, nil })
	c.SendVerification(staged, "Email", "").Want(t, false)
	sent("staged", other) // another spelling of one's own is one to prove
}
