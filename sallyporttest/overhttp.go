package sallyporttest

import (
	"cmp"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path"
	"strings"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/token"
)

// maxAnswer bounds what is read of an answer.
const maxAnswer = 4 << 20

// remote is the way over HTTP.
type remote struct {
	kit  *Kit
	base string
	http *http.Client
}

// browserless is a client of a server that follows no redirect by itself and
// keeps no cookie.
func browserless(s *httptest.Server) *http.Client {
	c := *s.Client()
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &c
}

// field is one field of a form.
type field struct{ name, value string }

// encode leaves out what is empty.
func encode(list []field) string {
	form := url.Values{}
	for _, f := range list {
		if f.value != "" {
			form.Set(f.name, f.value)
		}
	}
	return form.Encode()
}

func (r remote) login(ctx context.Context, in sallyport.Login) reply {
	remember := ""
	if in.RememberDevice {
		remember = "true"
	}
	return r.post(ctx, "/connect/token", []field{
		{"grant_type", cmp.Or(in.GrantType, token.GrantVGAuthenticator)}, {"client_id", in.Caller.ClientID}, {"client_secret", in.Caller.ClientSecret}, {"scope", in.Scope}, {"resource", in.Resource},
		{"VGAuthenticationModule", in.Module}, {"Username", in.Username}, {"Password", in.Password},
		{"AuthenticationRequestId", in.RequestID}, {"MFAAvailableId", in.OptionID}, {"MFASecureCode", in.Code}, {"VGClientAddress", in.UserAddress},
		{"VGResumeSecret", in.ResumeSecret}, {"VGDeviceToken", in.DeviceToken}, {"VGRememberDevice", remember}, {"VGInvitation", in.Invitation},
	})
}

func (r remote) refresh(ctx context.Context, in sallyport.Refresh) reply {
	return r.post(ctx, "/connect/token", []field{
		{"grant_type", "refresh_token"}, {"client_id", in.Caller.ClientID}, {"client_secret", in.Caller.ClientSecret},
		{"scope", in.Scope}, {"resource", in.Resource}, {"refresh_token", in.RefreshToken},
	})
}

func (r remote) clientCredentials(ctx context.Context, in sallyport.ClientCredentials) reply {
	return r.post(ctx, "/connect/token", []field{
		{"grant_type", token.GrantClientCredentials}, {"client_id", in.Caller.ClientID}, {"client_secret", in.Caller.ClientSecret}, {"scope", in.Scope}, {"resource", in.Resource},
	})
}

func (r remote) revoke(ctx context.Context, in sallyport.Revocation) reply {
	return r.post(ctx, token.RevocationPath, aboutToken(in.Caller, in.Token))
}

func (r remote) introspect(ctx context.Context, in sallyport.Introspection) reply {
	return r.post(ctx, token.IntrospectionPath, aboutToken(in.Caller, in.Token))
}

func aboutToken(from *sallyport.Caller, token string) []field {
	return []field{{"client_id", from.ClientID}, {"client_secret", from.ClientSecret}, {"token", token}}
}

func (r remote) userInfo(ctx context.Context, token string) reply {
	return r.do(ctx, http.MethodGet, "/connect/userinfo", "", http.Header{"Authorization": {"Bearer " + token}})
}

const enrolment = "/api/MFAEnrollment/"

func (r remote) picture(ctx context.Context, requestID string) reply {
	return r.do(ctx, http.MethodGet, enrolment+"EnrollUserToMicrosoftAuthenticatorByImage?"+encode([]field{{"requestId", requestID}}), "", nil)
}

func (r remote) confirmTOTP(ctx context.Context, requestID, code string) reply {
	return r.post(ctx, enrolment+"ValidateMicrosoftTOTP", []field{{"requestId", requestID}, {"secureCode", code}})
}

func (r remote) sendVerification(ctx context.Context, requestID, channel, address string) reply {
	if channel == "SMS" {
		return r.post(ctx, enrolment+"SendMobileNumberVerification", []field{{"requestId", requestID}, {"mobileNumber", address}})
	}
	return r.post(ctx, enrolment+"SendEmailVerification", []field{{"requestId", requestID}, {"email", address}})
}

func (r remote) confirmVerification(ctx context.Context, requestID, channel, code string) reply {
	route := "ValidateEmail"
	if channel == "SMS" {
		route = "ValidateMobileNumber"
	}
	return r.post(ctx, enrolment+route, []field{{"requestId", requestID}, {"secureCode", code}})
}

func (r remote) progress(ctx context.Context, requestID string) reply {
	return r.post(ctx, enrolment+"GetEnrollmentInformation", []field{{"requestId", requestID}})
}

func (r remote) cancel(ctx context.Context, requestID, clientID, secret, option string) reply {
	return r.post(ctx, enrolment+"CancelEnrollment", []field{
		{"requestId", requestID}, {"client_id", clientID}, {"client_secret", secret}, {"MFAAvailableId", option},
	})
}

// decide opens the page of a link and sends its form back.
func (r remote) decide(ctx context.Context, link string, d sallyport.LinkDecision) reply {
	at := r.kit.Engine.Pages().Link + "/" + path.Base(link)
	page := r.do(ctx, http.MethodGet, at, "", nil)
	if page.status != http.StatusOK {
		return page
	}
	nonce, ok := nonceOf(string(page.body))
	if !ok {
		return page // which says how the link was answered
	}
	form := []field{{"nonce", nonce}, {"number", d.Number}, {"decision", "deny"}}
	if d.Approve {
		form[2].value = "approve"
	}
	if d.Add {
		form = append(form, field{"add", "yes"})
	}
	if done := r.post(ctx, at, form); done.status != http.StatusSeeOther {
		return done
	}
	return r.do(ctx, http.MethodGet, at, "", nil)
}

// nonceOf finds the hidden field of a page's form.
func nonceOf(page string) (string, bool) {
	_, rest, _ := strings.Cut(page, `name="nonce" value="`)
	nonce, _, ok := strings.Cut(rest, `"`)
	return nonce, ok
}

func (r remote) post(ctx context.Context, at string, form []field) reply {
	h := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	for _, f := range form {
		if f.name != "client_id" {
			continue
		}
		if origin := r.kit.dir.origin(f.value); origin != "" {
			h.Set("Origin", origin) // as the browser of its pages does
		}
	}
	return r.do(ctx, http.MethodPost, at, encode(form), h)
}

func (r remote) do(ctx context.Context, method, at, body string, h http.Header) reply {
	req, err := http.NewRequestWithContext(ctx, method, r.base+at, strings.NewReader(body))
	if err != nil {
		return reply{err: err}
	}
	if h != nil {
		req.Header = h
	}
	res, err := r.http.Do(req)
	if err != nil {
		return reply{err: err}
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	return reply{status: res.StatusCode, header: res.Header, body: raw, err: err}
}
