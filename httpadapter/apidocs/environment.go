package apidocs

import (
	"github.com/sallyport-auth/sallyport/httpadapter"
)

// variable is one of an environment of Postman.
type variable struct {
	Key     string `json:"key"`
	Value   string `json:"value"`
	Type    string `json:"type"` // "secret" hides the value on the screen
	Enabled bool   `json:"enabled"`
}

// The variables. VGIdentityServerUrl, client_id, client_secret, scope and BearerToken are those
// of the published collection, the next ones are the published names of the fields.
const (
	varURL       = "VGIdentityServerUrl"
	varClient    = "client_id"
	varSecret    = "client_secret"
	varScope     = "scope"
	varBearer    = "BearerToken"
	varUser      = "Username"
	varPassword  = "Password"
	varRequest   = "AuthenticationRequestId"
	varOption    = "MFAAvailableId"
	varCode      = "MFASecureCode"
	varRefresh   = "refresh_token"
	varAppUser   = "AppUsername"
	varAppPass   = "AppPassword"
	varAppKey    = "AppKey"
	varNewUser   = "NewUsername"
	varNewPass   = "NewPassword"
	varNewID     = "EnrollmentRequestId"
	varNewURL    = "EnrollmentUrl"
	varNewKey    = "EnrollmentKey"
	varNonce     = "EnrollmentNonce"
	varNobody    = "PasswordlessUsername"
	varService   = "service_client_id"
	varServicePW = "service_client_secret"
	varMachine   = "ServiceToken"
	varPermit    = "PermissionId"
	varOutbox    = "Outbox"
)

// variables are those of the environment, in the order in which they are shown.
func (d *Demo) variables(issuer string) []variable {
	text := func(key, value string) variable { return variable{key, value, "default", true} }
	secret := func(key, value string) variable { return variable{key, value, "secret", true} }
	return []variable{
		text(varURL, issuer), text(varClient, d.ClientID), secret(varSecret, d.ClientSecret), text(varScope, d.Scope),
		text(varUser, d.Mailed.Name), secret(varPassword, d.Mailed.Password),
		text(varAppUser, d.App.Name), secret(varAppPass, d.App.Password), secret(varAppKey, d.App.Key),
		text(varNewUser, d.Newcomer.Name), secret(varNewPass, d.Newcomer.Password),
		text(varNobody, d.Passwordless.Name),
		text(varService, d.ServiceID), secret(varServicePW, d.ServiceSecret),
		text(varOutbox, d.Outbox),
		text(varRequest, ""), text(varOption, ""), text(varCode, ""),
		secret(varBearer, ""), secret(varRefresh, ""),
	}
}

// environment is the document of the variables.
func (m *maker) environment() (httpadapter.Document, error) {
	body, err := indented(struct {
		Name   string     `json:"name"`
		Values []variable `json:"values"`
		Scope  string     `json:"_postman_variable_scope"`
	}{"VGIdentityServer", m.demo.variables(m.issuer), "environment"})
	return data("postman_environment.json", "The variables of the Postman collection.", "application/json; charset=UTF-8", body), err
}
