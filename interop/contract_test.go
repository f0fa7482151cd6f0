package interop_test

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/httpadapter"
	"github.com/sallyport-auth/sallyport/interop/internal/contract"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/token"
)

// TestContract walks every operation, well and badly, and holds each answer to the OpenAPI
// document. The conversation through net/http does so too.
func TestContract(t *testing.T) {
	kit := sallyporttest.New(t, sallyporttest.WithDirectory(withService))
	c := contract.Of(t, kit.Handler().(*httpadapter.Adapter), sallyporttest.Issuer)
	server := kit.Server()
	server.Client().Transport = c.Transport(t, server.Client().Transport) // kit.HTTP sends by it
	s := &site{kit: kit, base: server.URL, http: server.Client(), client: sallyporttest.ClientID, secret: sallyporttest.ClientSecret}
	t.Run("logins", s.contractLogins)
	t.Run("tokens", s.contractTokens)
	t.Run("enrolments", s.contractEnrolments)
	t.Run("passwords", s.contractPasswords)
	t.Run("hostile bodies", s.hostileBodies)
	t.Run("wrong methods", s.wrongMethods)

	seen := c.Seen()
	for _, id := range c.Operations() {
		if seen[id+" 200"] == 0 {
			t.Errorf("%s: got no answer with status 200: %v", id, slices.Sorted(maps.Keys(seen)))
		}
	}
}

// withService adds a client of the platform Service, which may do what the others may not,
// and a WebApp whose tokens are those of RFC 9068.
func withService(d *directory.File) {
	secrets := []directory.Secret{{Value: sallyporttest.ClientSecret}}
	d.Clients = append(d.Clients, directory.Client{
		Application: sallyporttest.ApplicationName, Platform: string(token.Service), Scopes: token.KnownScopes(), Introspect: true, Secrets: secrets,
		GrantTypes: []string{token.GrantVGAuthenticator, token.GrantPassword, token.GrantClientCredentials, token.GrantRefreshToken},
	}, directory.Client{
		Application: sallyporttest.ApplicationName, Platform: string(token.WebApp), Scopes: append(token.KnownScopes(), "orders"), Secrets: secrets,
		GrantTypes:   []string{token.GrantVGAuthenticator, token.GrantRefreshToken},
		TokenProfile: new(token.ProfileRFC9068), TokenAlgorithm: new(string(token.EdDSA)), UserInfo: new(token.UserInfoJSON),
	})
	d.Resources = []directory.Resource{{Name: "orders", Kind: string(token.APIResource), Audience: ordersAPI}}
}

const (
	serviceID = sallyporttest.ApplicationID + "_Service"
	webID     = sallyporttest.ApplicationID + "_WebApp"
)

// contractLogins has answers of many statuses.
func (s *site) contractLogins(t *testing.T) {
	ada := s.user(t, sallyporttest.User{Name: "ada", Email: "ada@example.com"})
	c := s.kit.HTTP()
	a := c.Login(ada.Name, ada.Password).Want(t, wanted)
	held := c.WaitLink(a, "Email")
	c.Approve(held.Link)
	held.Answer().Want(t, sallyport.Success)
	a = c.Login(ada.Name, ada.Password)
	a = c.Choose(a, "Email", "OTP").Want(t, waiting)
	c.WrongCodes(a, 2).Want(t, wrong)
	c.Answer(a, s.kit.Outbox.LastCode(ada.Email)).Want(t, sallyport.Success)
	c.State(a.RequestID)
	c.WrongPasswords(ada.Name, 6)
	for name, u := range map[string]sallyporttest.User{
		"disabled": {Disabled: true}, "locked": {Locked: true}, "new": {NotApproved: true}, "told": {MustChangePassword: true}, "bare": {Roles: []string{}},
	} {
		u.Name = name
		who := s.kit.AddUser(t, u)
		c.Login(who.Name, who.Password)
	}
	c.As(sallyporttest.ClientID, "wrong").Login(ada.Name, ada.Password).WantOAuth(t, "invalid_client")
}

// contractTokens asks about tokens that are good, ended and nonsense.
func (s *site) contractTokens(t *testing.T) {
	otto := s.kit.AddUser(t, sallyporttest.User{Name: "otto"})
	c := s.kit.HTTP().As(serviceID, sallyporttest.ClientSecret)
	tokens := c.Login(otto.Name, otto.Password).Want(t, sallyport.Success).Tokens
	c.WithScope("openid").Call(sallyport.Login{GrantType: token.GrantPassword, Username: otto.Name, Password: otto.Password}).Want(t, sallyport.Success)
	c.Call(sallyport.Login{GrantType: token.GrantPassword, Username: otto.Name, Password: "wrong"})
	machine := c.ClientCredentials().Tokens.AccessToken
	tokens = c.Refresh(tokens.RefreshToken).Tokens
	c.Refresh("nothing")
	web := c.As(webID, sallyporttest.ClientSecret)
	s.get(t, "/connect/userinfo", "Authorization", "Bearer "+web.WithScope("openid VGRoles VGIsApproved VGDeveloper VGProfile").Login(otto.Name, otto.Password).Want(t, sallyport.Success).Tokens.AccessToken)
	for _, scope := range []string{"openid VGRoles", "openid orders", "orders"} {
		a := web.WithScope(scope).Login(otto.Name, otto.Password).Want(t, sallyport.Success).Tokens.AccessToken
		c.Introspect(a)
		web.Introspect(a)
	}
	s.post(t, "/connect/token", "grant_type", token.GrantVGAuthenticator, "client_id", webID, "client_secret", s.secret, "Username", otto.Name, "Password", otto.Password, "resource", "https://other.example.com")
	for _, access := range []string{tokens.AccessToken, machine, "nothing"} {
		c.Introspect(access)
		c.UserInfo(access)
		c.GetIdentity(access)
		c.GetCurrentRoles(access)
		permissions := c.GetCurrentPermissions(access).Permissions
		c.IsInRoleByName(access, sallyporttest.RoleName)
		c.IsInRoleByName(access, "")
		c.HasPermissionByID(access, sallyporttest.ApplicationID)
		for _, p := range permissions {
			c.HasPermissionByID(access, p.ID)
		}
		do(t, s.http, request(t, http.MethodPost, s.base+"/connect/userinfo", "", "Authorization", "Bearer "+access))
	}
	c.Introspect(tokens.RefreshToken)
	s.get(t, "/connect/userinfo")
	s.get(t, "/api/Principal/IsInRoleByName?roleName="+strings.Repeat("x", 1025), "Authorization", "Bearer "+tokens.AccessToken)
	stranger := request(t, http.MethodPost, s.base+"/connect/introspect", form("client_id", serviceID, "client_secret", s.secret, "token", "x"),
		"Content-Type", formType, "Origin", "https://evil.example")
	equal(t, "a call from a page of a stranger", do(t, s.http, stranger).status, http.StatusForbidden)
	c.Revoke(tokens.RefreshToken)
	c.As(serviceID, "wrong").Introspect(tokens.AccessToken)
	c.UserInfo(tokens.AccessToken)
	basic := request(t, http.MethodPost, s.base+"/connect/introspect", form("token", "x"), "Content-Type", formType)
	basic.SetBasicAuth(serviceID, "wrong")
	equal(t, "a wrong secret by Basic", do(t, s.http, basic).status, http.StatusUnauthorized)
	for _, path := range []string{"openid-configuration", "oauth-authorization-server", "openid-configuration/jwks"} {
		s.get(t, "/.well-known/"+path)
		equal(t, path+" for a page of a stranger", s.get(t, "/.well-known/"+path, "Origin", "https://evil.example").status, http.StatusOK)
	}
}

// contractEnrolments enrols everything, by the API.
func (s *site) contractEnrolments(t *testing.T) {
	c := s.kit.HTTP()
	begin := func(name string) string {
		who := s.user(t, sallyporttest.User{Name: name})
		return c.Login(who.Name, who.Password).RequestID
	}
	emil, erna, elsa := begin("emil"), begin("erna"), begin("elsa")
	for _, path := range []string{"ByImage", "ByBytes"} {
		for _, id := range []string{emil, sallyporttest.ApplicationID, ""} {
			s.get(t, api+"EnrollUserToMicrosoftAuthenticator"+path+"?requestId="+id)
			s.get(t, api+"EnrollUserToMicrosoftAuthenticator"+path+"?requestId="+id, "Accept", "application/octet-stream")
			s.post(t, api+"EnrollUserToMicrosoftAuthenticator"+path, "requestId", id)
		}
	}
	c.ConfirmTOTP(emil, "000000").WantRefused(t, "SecureCodeDoesNotMatch")
	_, e := c.EnrollAuthenticator(emil)
	e.Want(t, true)
	c.EnrollmentProgress(emil)
	c.EnrollmentProgress(sallyporttest.ApplicationID)
	for channel, to := range map[string]string{"Email": "erna@example.com", "SMS": "+33612345678"} {
		id := map[string]string{"Email": erna, "SMS": elsa}[channel]
		c.SendVerification(id, channel, "nothing").WantRefused(t, "InvalidAddress")
		c.SendVerification(id, channel, to)
		c.ConfirmVerification(id, channel, "wrong").WantRefused(t, "SecureCodeDoesNotMatch")
		c.ConfirmVerification(id, channel, s.kit.Outbox.LastCode(to)).Want(t, true)
	}
	s.kit.AddUser(t, sallyporttest.User{Name: "eva", MFA: new(true)})
	c.CancelEnrollment(c.Login("eva", sallyporttest.Password))
	a := do(t, s.http, request(t, http.MethodPost, s.base+api+"ValidateEmail", `{"requestId":"x","other":"y"}`, "Content-Type", "application/json"))
	equal(t, "a member that is not known", a.status, http.StatusBadRequest)
	a = do(t, s.http, request(t, http.MethodPost, s.base+api+"ValidateEmail", "x", "Content-Type", "text/plain"))
	equal(t, "another type", a.status, http.StatusUnsupportedMediaType)
}

// contractPasswords changes and resets a password.
func (s *site) contractPasswords(t *testing.T) {
	rosa := s.user(t, sallyporttest.User{Name: "rosa", Email: "rosa@example.com"})
	s.kit.Clock.Advance(time.Minute)
	post := func(path string, pairs ...string) answer {
		return s.post(t, "/api/Password/"+path, append(pairs, "client_id", s.client, "client_secret", s.secret)...)
	}
	post("Change", "Username", rosa.Name, "password", "wrong", "newPassword", "battery staple")
	post("Change", "Username", rosa.Name, "password", rosa.Password, "newPassword", "short")
	equal(t, "a change", post("Change", "Username", rosa.Name, "password", rosa.Password, "newPassword", "battery staple").status, http.StatusOK)
	post("Change", "Username", rosa.Name)
	key := s.kit.Outbox.Key(rosa.Email, func() { post("BeginReset", "Username", rosa.Name) })
	post("BeginReset")
	post("FinishReset", "key", key, "newPassword", "short")
	equal(t, "a reset", post("FinishReset", "key", key, "newPassword", "correct battery").status, http.StatusOK)
	post("FinishReset", "key", key, "newPassword", "correct battery")
	a := do(t, s.http, request(t, http.MethodPost, s.base+"/api/Password/BeginReset", url.Values{"Username": {strings.Repeat("x", 1025)}}.Encode(), "Content-Type", formType))
	equal(t, "a name of 1025 bytes", a.status, http.StatusRequestEntityTooLarge)
}

// TestContractFinds holds answers to the document that are not in it.
func TestContractFinds(t *testing.T) {
	c := contract.Of(t, sallyporttest.New(t).Handler().(*httpadapter.Adapter), sallyporttest.Issuer)
	asJSON := http.Header{"Content-Type": {"application/json; charset=UTF-8"}}
	for _, tt := range []struct {
		name, method, path string
		status             int
		header             http.Header
		body               string
		good               bool
	}{
		{"as it should be", "POST", "/Connect/Token/", 400, asJSON, `{"error":"invalid_client"}`, true},
		{"a page", "GET", "/mfa/link/x", 404, nil, "<html>", true},
		{"a member more", "POST", "/connect/token", 400, asJSON, `{"error":"invalid_client","more":1}`, false},
		{"a member less", "POST", "/connect/token", 400, asJSON, `{}`, false},
		{"another type", "POST", "/connect/introspect", 200, asJSON, `{"active":"yes"}`, false},
		{"a word that is not known", "POST", "/api/MFAEnrollment/ValidateEmail", 400, asJSON, `{"RequestId":"","Status":"Odd","IsFailed":true,"IsActive":false}`, false},
		{"another status", "POST", "/connect/token", 402, asJSON, `{"error":"invalid_client"}`, false},
		{"HTML", "POST", "/connect/token", 400, http.Header{"Content-Type": {"text/html"}}, "<html>", false},
		{"a body where there is none", "POST", "/connect/revocation", 200, asJSON, `{}`, false},
		{"a method that is not known", "PUT", "/connect/token", 200, asJSON, `{}`, false},
	} {
		err := c.Check(request(t, tt.method, sallyporttest.Issuer+tt.path, ""), tt.status, tt.header, []byte(tt.body))
		if (err == nil) != tt.good {
			t.Errorf("%s: got %v, want it to be found good: %v", tt.name, err, tt.good)
		}
	}
}
