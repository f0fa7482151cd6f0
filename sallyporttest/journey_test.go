package sallyporttest_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// What call 1 and call 2 are answered with when all is well.
const (
	wanted    = sallyport.Failure | sallyport.MFAAuthenticationRequired
	waiting   = sallyport.Failure | sallyport.MFAWaitingUserAction
	wrongCode = sallyport.Failure | sallyport.SecureCodeDoesNotMatch
	dead      = sallyport.Failure | sallyport.MFALinkTimeout
	noMatch   = sallyport.Failure | sallyport.PasswordDoesNotMatch
)

const (
	mail  = "marie.sample@example.com"
	phone = "+911234534003"
)

// bothWays runs one journey in process and over HTTP.
func bothWays(t *testing.T, journey func(t *testing.T, kit *sallyporttest.Kit, c *sallyporttest.Client), opts ...sallyporttest.Option) {
	t.Helper()
	ways := []struct {
		name string
		way  func(*sallyporttest.Kit) *sallyporttest.Client
	}{
		{"in process", (*sallyporttest.Kit).InProcess},
		{"HTTP", (*sallyporttest.Kit).HTTP},
	}
	for _, w := range ways {
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			kit := sallyporttest.New(t, opts...)
			journey(t, kit, w.way(kit))
		})
	}
}

func TestPasswordAlone(t *testing.T) {
	bothWays(t, func(t *testing.T, kit *sallyporttest.Kit, c *sallyporttest.Client) {
		who := kit.AddUser(t, sallyporttest.User{Name: "paul"})
		a := c.Login(who.Name, who.Password).Want(t, sallyport.Success)
		equal(t, "HTTP status", a.HTTP, http.StatusOK)
		equal(t, "messages", kit.Outbox.Count(), 0)
	})
}

func TestMailedCode(t *testing.T) {
	bothWays(t, func(t *testing.T, kit *sallyporttest.Kit, c *sallyporttest.Client) {
		who := kit.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
		a := c.Login(who.Name, who.Password).Want(t, wanted)
		equal(t, "HTTP status", a.HTTP, http.StatusBadRequest)
		equal(t, "options", strings.Join(a.Offered(), ", "), "Email Link, Email OTP")
		equal(t, "messages after call 1", kit.Outbox.Count(), 0)
		id := a.RequestID

		a = c.Choose(a, "Email", "OTP").Want(t, waiting)
		equal(t, "request", a.RequestID, id)
		c.State(id).Want(t, waiting)
		code := kit.Outbox.LastCode(mail)

		a = c.Answer(a, otherThan(code)).Want(t, wrongCode)
		a = c.Answer(a, code).Want(t, sallyport.Success)
		if a.Tokens == nil || a.Tokens.AccessToken == "" || a.Tokens.RefreshToken == "" || a.Response.VGToken == "" {
			t.Errorf("got %s, want all tokens", a)
		}
		c.Answer(a, code).Want(t, dead)
		want := []sallyport.EventKind{sallyport.EventChallenge, sallyport.EventSent, sallyport.EventWrongCode, sallyport.EventLogin}
		if got := kit.EventKinds(); !slices.Equal(got, want) {
			t.Errorf("got events %q, want %q", got, want)
		}
	})
}

func TestMailedCodeExpires(t *testing.T) {
	bothWays(t, func(t *testing.T, kit *sallyporttest.Kit, c *sallyporttest.Client) {
		who := kit.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
		a := c.Choose(c.Login(who.Name, who.Password), "Email", "OTP").Want(t, waiting)
		kit.Clock.Advance(60 * time.Second)
		a = c.Answer(a, kit.Outbox.LastCode(mail)).Want(t, wrongCode)

		a = c.Choose(a, "Email", "OTP").Want(t, waiting)
		equal(t, "messages", kit.Outbox.Count(), 2)
		c.Answer(a, kit.Outbox.LastCode(mail)).Want(t, sallyport.Success)
	})
}

func TestTextedCode(t *testing.T) {
	bothWays(t, func(t *testing.T, kit *sallyporttest.Kit, c *sallyporttest.Client) {
		who := kit.AddUser(t, sallyporttest.User{Name: "marie", Mobile: phone, MobileValidated: true})
		a := c.As(sallyporttest.PublicClientID, "").WithScope("openid VGRoles").LoginWithCode(who.Name, who.Password).Want(t, sallyport.Success)
		equal(t, "scope", a.Tokens.Scope, "openid VGRoles")
		equal(t, "refresh token", a.Tokens.RefreshToken, "")
		equal(t, "channel", kit.Outbox.Last(phone).Channel, mfa.SMS)
	})
}

func TestLinkApproved(t *testing.T) {
	bothWays(t, func(t *testing.T, kit *sallyporttest.Kit, c *sallyporttest.Client) {
		who := kit.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
		a := c.Login(who.Name, who.Password).Want(t, wanted)
		held := c.WaitLink(a, "Email")
		equal(t, "link", held.Link, kit.Outbox.LastLink(mail))
		equal(t, "page", c.Approve(held.Link).HTTP, http.StatusOK)
		held.Answer().Want(t, sallyport.Success)
		equal(t, "page of a spent link", c.Deny(held.Link).HTTP, http.StatusOK) // it says how it was answered
	})
}

func TestLinkDenied(t *testing.T) {
	bothWays(t, func(t *testing.T, kit *sallyporttest.Kit, c *sallyporttest.Client) {
		who := kit.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
		a := c.Login(who.Name, who.Password).Want(t, wanted)
		held := c.WaitLink(a, "Email")
		equal(t, "page", c.Deny(held.Link).HTTP, http.StatusOK)
		held.Answer().Want(t, sallyport.Failure|sallyport.ProcessCanceled)
		c.Choose(a, "Email", "OTP").Want(t, sallyport.Failure|sallyport.ProcessCanceled)
	})
}

func TestLinkUnanswered(t *testing.T) {
	bothWays(t, func(t *testing.T, kit *sallyporttest.Kit, c *sallyporttest.Client) {
		who := kit.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
		a := c.Login(who.Name, who.Password).Want(t, wanted)
		held := c.WaitLink(a, "Email")
		kit.Clock.Advance(90 * time.Second)
		a = held.Answer().Want(t, dead)
		equal(t, "page", c.Approve(held.Link).HTTP, http.StatusGone)

		a = c.Choose(a, "Email", "OTP").Want(t, waiting) // the request lives on
		c.Answer(a, kit.Outbox.LastCode(mail)).Want(t, sallyport.Success)
	})
}

func TestLinkWithNumber(t *testing.T) {
	numbered := sallyporttest.WithDirectory(func(d *directory.File) { d.Clients[0].LinkNumber = true })
	bothWays(t, func(t *testing.T, kit *sallyporttest.Kit, c *sallyporttest.Client) {
		who := kit.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
		a := c.Login(who.Name, who.Password).Want(t, wanted)
		held := c.WaitLink(a, "Email")
		equal(t, "length of the number", len(a.Options[0].MatchNumber), 2)
		equal(t, "page", c.Decide(held.Link, sallyport.LinkDecision{Approve: true, Number: a.Options[0].MatchNumber}).HTTP, http.StatusOK)
		held.Answer().Want(t, sallyport.Success)

		a = c.Login(who.Name, who.Password).Want(t, wanted)
		held = c.WaitLink(a, "Email")
		c.Decide(held.Link, sallyport.LinkDecision{Approve: true, Number: otherThan(a.Options[0].MatchNumber)})
		held.Answer().Want(t, sallyport.Failure|sallyport.ProcessCanceled)
	}, numbered)
}

func TestAuthenticator(t *testing.T) {
	bothWays(t, func(t *testing.T, kit *sallyporttest.Kit, c *sallyporttest.Client) {
		who := kit.AddUser(t, sallyporttest.User{Name: "tom", TOTP: true})
		a := c.Login(who.Name, who.Password).Want(t, wanted)
		equal(t, "options", strings.Join(a.Offered(), ", "), "MicrosoftAuthenticator OTP")
		a = c.Choose(a, "MicrosoftAuthenticator", "OTP").Want(t, waiting)
		c.Answer(a, who.Authenticator.Fresh()).Want(t, sallyport.Success)

		// The same code is worth nothing in another login, the next one is.
		a = c.Login(who.Name, who.Password).Want(t, wanted)
		a = c.AnswerWith(a, "MicrosoftAuthenticator", "OTP", who.Authenticator.Code()).Want(t, wrongCode)
		c.Answer(a, who.Authenticator.Fresh()).Want(t, sallyport.Success)
		equal(t, "messages", kit.Outbox.Count(), 0)
	})
}

func TestFirstEnrollment(t *testing.T) {
	yes := true
	bothWays(t, func(t *testing.T, kit *sallyporttest.Kit, c *sallyporttest.Client) {
		who := kit.AddUser(t, sallyporttest.User{Name: "nora", MFA: &yes})
		const missing = sallyport.UserAccountMissingEmail | sallyport.UserAccountMissingMobilePhone
		a := c.Login(who.Name, who.Password).Want(t, sallyport.Failure|sallyport.MFAEnrollmentRequired|missing)
		if a.Enrollment == nil || a.Enrollment.EnrollmentURL != sallyporttest.Issuer+"/mfa/enroll/"+a.RequestID {
			t.Fatalf("got enrolment %+v, want one with the page of the request", a.Enrollment)
		}
		app, step := c.EnrollAuthenticator(a.RequestID)
		step.Want(t, true)
		equal(t, "recovery codes", len(step.RecoveryCodes), 10)
		c.State(a.RequestID).Want(t, wanted)
		c.Resume(a.RequestID, who.Name, otherThan(who.Password)).Want(t, noMatch)
		c.Resume(a.RequestID, who.Name, who.Password).Want(t, sallyport.Success)

		who.Authenticator = app
		c.LoginWithCode(who.Name, who.Password).Want(t, sallyport.Success)
		a = c.Login(who.Name, who.Password).Want(t, wanted)
		c.AnswerWith(a, "MicrosoftAuthenticator", "OTP", step.RecoveryCodes[3]).Want(t, sallyport.Success)
		a = c.Login(who.Name, who.Password).Want(t, wanted)
		c.AnswerWith(a, "MicrosoftAuthenticator", "OTP", step.RecoveryCodes[3]).Want(t, wrongCode)
	})
}

func TestStagedEnrollment(t *testing.T) {
	bothWays(t, func(t *testing.T, kit *sallyporttest.Kit, c *sallyporttest.Client) {
		who := kit.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
		first := c.Choose(c.Login(who.Name, who.Password), "Email", "OTP").Want(t, waiting)
		before := kit.Outbox.LastCode(mail)
		app, step := c.EnrollAuthenticator(first.RequestID)
		step.Want(t, false)
		c.EnrollmentProgress(first.RequestID).Want(t, false)
		c.Answer(first, before).Want(t, wrongCode) // sent before the staging

		a := c.Choose(first, "Email", "OTP").Want(t, waiting)
		if m := kit.Outbox.Last(mail); !strings.Contains(m.Text, "MicrosoftAuthenticator") {
			t.Errorf("got the text %q, want one that names what will be added", m.Text)
		}
		c.Answer(a, kit.Outbox.LastCode(mail)).Want(t, sallyport.Success)
		kit.Outbox.Await(mail, "notice")

		a = c.Login(who.Name, who.Password).Want(t, wanted)
		equal(t, "options", strings.Join(a.Offered(), ", "), "Email Link, Email OTP, MicrosoftAuthenticator OTP")
		c.AnswerWith(a, "MicrosoftAuthenticator", "OTP", app.Fresh()).Want(t, sallyport.Success)
	})
}

func TestEnrolAddressOnRecord(t *testing.T) {
	yes := true
	bothWays(t, func(t *testing.T, kit *sallyporttest.Kit, c *sallyporttest.Client) {
		who := kit.AddUser(t, sallyporttest.User{Name: "olga", Email: mail, MFA: &yes})
		a := c.Login(who.Name, who.Password).Want(t, sallyport.Failure|sallyport.MFAEnrollmentRequired|sallyport.UserAccountMissingMobilePhone)
		c.SendVerification(a.RequestID, "Email", "thief@example.com").WantRefused(t, "InvalidAddress")
		c.SendVerification(a.RequestID, "Email", "").Want(t, false)
		code := kit.Outbox.LastCode(mail)
		c.ConfirmVerification(a.RequestID, "Email", otherThan(code)).WantRefused(t, "SecureCodeDoesNotMatch")
		c.ConfirmVerification(a.RequestID, "Email", code).Want(t, true)
		c.Resume(a.RequestID, who.Name, who.Password).Want(t, sallyport.Success)
		c.LoginWithCode(who.Name, who.Password).Want(t, sallyport.Success)
	})
}

func TestEnrolMobile(t *testing.T) {
	bothWays(t, func(t *testing.T, kit *sallyporttest.Kit, c *sallyporttest.Client) {
		who := kit.AddUser(t, sallyporttest.User{Name: "tom", TOTP: true})
		a := c.Login(who.Name, who.Password).Want(t, wanted)
		c.SendVerification(a.RequestID, "SMS", phone).Want(t, false)
		c.ConfirmVerification(a.RequestID, "SMS", kit.Outbox.LastCode(phone)).Want(t, false)
		kit.Clock.Advance(30 * time.Second) // a step that begins after the staging
		c.AnswerWith(a, "MicrosoftAuthenticator", "OTP", who.Authenticator.Fresh()).Want(t, sallyport.Success)
		a = c.Login(who.Name, who.Password).Want(t, wanted)
		equal(t, "options", strings.Join(a.Offered(), ", "), "SMS Link, SMS OTP, MicrosoftAuthenticator OTP")
	})
}

func TestCancelledEnrollment(t *testing.T) {
	bothWays(t, func(t *testing.T, kit *sallyporttest.Kit, c *sallyporttest.Client) {
		who := kit.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
		a := c.Login(who.Name, who.Password).Want(t, wanted)
		_, step := c.EnrollAuthenticator(a.RequestID)
		step.Want(t, false)
		c.CancelEnrollment(a).Want(t, false)
		if app, step := c.BeginTOTP(a.RequestID); app != nil || step.HTTP != http.StatusNotFound || step.Status != "RequestNotFound" {
			t.Errorf("got %s, want 404 RequestNotFound", step)
		}
		a = c.Choose(a, "Email", "OTP").Want(t, waiting)
		c.Answer(a, kit.Outbox.LastCode(mail)).Want(t, sallyport.Success)
		a = c.Login(who.Name, who.Password).Want(t, wanted)
		equal(t, "options", strings.Join(a.Offered(), ", "), "Email Link, Email OTP")
	})
}

func TestRefreshAndUserInfo(t *testing.T) {
	bothWays(t, func(t *testing.T, kit *sallyporttest.Kit, c *sallyporttest.Client) {
		who := kit.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
		first := c.LoginWithCode(who.Name, who.Password).Want(t, sallyport.Success).Tokens
		u := c.UserInfo(first.AccessToken)
		equal(t, "HTTP status", u.HTTP, http.StatusOK)
		for claim, want := range map[string]string{"sub": who.Name, "vgUserId": who.Name, "vgEmail": mail, "vgIsApproved": "True"} {
			if got, _ := u.Claims.Get(claim); got != want {
				t.Errorf("%s: got %q, want %q", claim, got, want)
			}
		}

		kit.Clock.Advance(31 * time.Minute)
		equal(t, "HTTP status with an expired token", c.UserInfo(first.AccessToken).HTTP, http.StatusUnauthorized)
		second := c.Refresh(first.RefreshToken)
		if !second.Granted() || second.Tokens.RefreshToken == first.RefreshToken || second.Response != nil {
			t.Fatalf("got %s, want new tokens without VGResponse", second)
		}
		equal(t, "HTTP status after a refresh", c.UserInfo(second.Tokens.AccessToken).HTTP, http.StatusOK)

		kit.Clock.Advance(31 * time.Second)
		c.Refresh(first.RefreshToken).WantOAuth(t, "invalid_grant")
		c.Refresh(second.Tokens.RefreshToken).WantOAuth(t, "invalid_grant") // the family has ended
		equal(t, "HTTP status after a reuse", c.UserInfo(second.Tokens.AccessToken).HTTP, http.StatusUnauthorized)
	})
}

func TestDisabledAtOnce(t *testing.T) {
	bothWays(t, func(t *testing.T, kit *sallyporttest.Kit, c *sallyporttest.Client) {
		who := kit.AddUser(t, sallyporttest.User{Name: "paul"})
		tokens := c.Login(who.Name, who.Password).Want(t, sallyport.Success).Tokens
		kit.EditUser(t, who.Name, func(u *directory.User) { u.Disabled = true })
		equal(t, "HTTP status", c.UserInfo(tokens.AccessToken).HTTP, http.StatusUnauthorized)
		c.Refresh(tokens.RefreshToken).WantOAuth(t, "invalid_grant")
		c.Login(who.Name, who.Password).Want(t, sallyport.Failure|sallyport.UserAccountDisabled)
	})
}

func TestLockout(t *testing.T) {
	bothWays(t, func(t *testing.T, kit *sallyporttest.Kit, c *sallyporttest.Client) {
		who := kit.AddUser(t, sallyporttest.User{Name: "paul"})
		for _, name := range []string{who.Name, "nobody"} {
			for i := range 8 {
				c.Login(name, strings.Repeat("x", i+1)).Want(t, noMatch)
			}
			c.Login(name, "ninth").Want(t, noMatch|sallyport.LastBadLogin)
			c.Login(name, "ninth").Want(t, noMatch|sallyport.LastBadLogin) // a repeat is not charged
			c.Login(name, "tenth").Want(t, sallyport.Failure|sallyport.PasswordIsLocked)
			c.Login(name, who.Password).Want(t, sallyport.Failure|sallyport.PasswordIsLocked)
		}
		kit.Clock.Advance(15 * time.Minute)
		c.Login(who.Name, who.Password).Want(t, sallyport.Success)
	})
}

func TestRefusedAccounts(t *testing.T) {
	tests := []struct {
		name string
		user sallyporttest.User
		want sallyport.Status
	}{
		{"disabled", sallyporttest.User{Disabled: true}, sallyport.Failure | sallyport.UserAccountDisabled},
		{"locked", sallyporttest.User{Locked: true}, sallyport.Failure | sallyport.UserAccountLocked},
		{"not approved", sallyporttest.User{NotApproved: true}, sallyport.Failure | sallyport.NotApproved},
		{"must change", sallyporttest.User{MustChangePassword: true}, sallyport.Failure | sallyport.MustChangePasswordAtNextLogon},
		{"no role", sallyporttest.User{Roles: []string{}}, sallyport.Failure | sallyport.UserNotAuthorized},
		{"expired", sallyporttest.User{Edit: func(u *directory.User) { u.End = sallyporttest.Start }}, sallyport.Failure | sallyport.UserAccountExpired},
		{"manager", sallyporttest.User{Roles: []string{sallyporttest.ManagerName}}, sallyport.Success},
	}
	kit := sallyporttest.New(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.user.Name = strings.ReplaceAll(tt.name, " ", "-")
			who := kit.AddUser(t, tt.user)
			for _, c := range []*sallyporttest.Client{kit.InProcess(), kit.HTTP()} {
				c.Login(who.Name, "wrong").Want(t, noMatch)
				c.Login(who.Name, who.Password).Want(t, tt.want)
			}
		})
	}
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// otherThan is a code or password that is not s.
func otherThan(s string) string {
	if strings.HasPrefix(s, "1") {
		return "2" + s[1:]
	}
	return "1" + s[1:]
}
