package httpadapter_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/httpadapter"
)

func TestLoginEmailCode(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	first := h.token(login("username", "mail", "PASSWORD", pass, "VGAuthenticationModule", "vguser"))
	wantStatus(t, first, sallyport.Failure|sallyport.MFAAuthenticationRequired)
	r := first.refusal(t).VGResponse
	otp := option(t, r, "Email", "OTP")
	if h.outbox.count() != 0 {
		t.Error("call 1 sent a message")
	}
	wantStatus(t, h.token(login("AuthenticationRequestId", r.RequestID, "MFAAvailableId", otp)), sallyport.Failure|sallyport.MFAWaitingUserAction)
	code := h.outbox.last(t, "otp").Code
	wantStatus(t, h.token(login("AuthenticationRequestId", r.RequestID, "MFAAvailableId", otp, "MFASecureCode", "no")), sallyport.Failure|sallyport.SecureCodeDoesNotMatch)
	done := h.token(login("AuthenticationRequestId", strings.ToUpper(r.RequestID), "MFAAvailableId", otp, "mfasecurecode", code))
	s := done.success(t)
	if s.RefreshToken == "" || s.AccessToken == "" || s.TokenType != "Bearer" || s.ExpiresIn != 1800 || s.Scope != "offline_access openid VGProfile VGToken" || s.VGResponse == nil {
		t.Errorf("got %s, want the success document", done.body)
	}
	wantJSONHeaders(t, done)
}

func TestRefreshAndUserInfo(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	s := h.token(login("Username", "plain", "Password", pass)).success(t)
	refresh := func(pairs ...string) *answer {
		return h.token(form(append([]string{"grant_type", "refresh_token", "client_id", clientID, "client_secret", secret}, pairs...)...))
	}
	again := refresh("refresh_token", s.RefreshToken, "scope", "openid")
	doc := jsonObject(t, again.body)
	if _, vg := doc["VGResponse"]; vg || again.status != 200 || doc["scope"] != "openid" || doc["access_token"] == "" || doc["refresh_token"] == s.RefreshToken {
		t.Errorf("got %d %s, want a successor without VGResponse", again.status, again.body)
	}
	refresh("refresh_token", strings.Repeat("A", 64)).want(t, 400, `{"error":"invalid_grant"}`)
	refresh().want(t, 400, `{"error":"invalid_request","error_description":"refresh_token"}`)
	refresh("refresh_token", s.RefreshToken, "scope", "more").want(t, 400, "")

	for _, method := range []string{"GET", "POST"} {
		info := h.do(request(method, "/connect/userinfo", "", "Authorization", "bearer  "+s.AccessToken))
		info.want(t, 200, "")
		wantJSONHeaders(t, info)
		if want := `"vgUserId":"plain","vgFirstname":"","vgLastname":"","vgEmail":"","sub":"plain"}`; !strings.HasSuffix(info.body, want) {
			t.Errorf("got %s, want …%s", info.body, want)
		}
	}
	h.clock.advance(31 * time.Minute)
	old := h.do(request("GET", "/connect/userinfo", "", "Authorization", "Bearer "+s.AccessToken))
	old.want(t, 401, `{"error":"invalid_token"}`)
	wantHeader(t, old, "WWW-Authenticate", `Bearer realm="IdentityServer",error="invalid_token",error_description="The access token expired"`)
}
