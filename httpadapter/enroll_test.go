package httpadapter_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/httpadapter"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/totp"
)

const api = "/api/MFAEnrollment/"

const unknownRequest = `{"RequestId":"","Status":"RequestNotFound","IsFailed":true,"IsActive":false}`

// code returns what the user's app shows.
func (h *harness) code(t *testing.T, base32 string) string {
	t.Helper()
	s, err := totp.ParseSecret(base32)
	if err != nil {
		t.Fatal(err)
	}
	return s.Code(totp.Step(h.clock.Now()))
}

// secretOf gets the key from the engine, since the API returns only pictures.
func (h *harness) secretOf(t *testing.T, requestID string) sallyport.TOTPKey {
	t.Helper()
	k, err := h.engine.BeginTOTP(t.Context(), sallyport.EnrollmentCall{RequestID: requestID})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestEnrollAuthenticatorByAPI(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	first := h.token(login("Username", "bare", "Password", pass))
	wantStatus(t, first, sallyport.Failure|sallyport.MFAEnrollmentRequired|sallyport.UserAccountMissingEmail|sallyport.UserAccountMissingMobilePhone)
	id := first.refusal(t).VGResponse.RequestID
	key := h.secretOf(t, id)
	png, err := key.PNG()
	if err != nil {
		t.Fatal(err)
	}
	for _, method := range []string{"GET", "POST"} {
		image := h.do(request(method, api+"EnrollUserToMicrosoftAuthenticatorByImage?REQUESTID="+id, ""))
		image.want(t, 200, string(png))
		wantHeader(t, image, "Content-Type", "image/png")
		wantHeader(t, image, "Cache-Control", "no-store, no-cache, max-age=0")
		wantHeader(t, image, "X-Content-Type-Options", "nosniff")
		wantHeader(t, image, "Cross-Origin-Resource-Policy", "same-origin")
		wantHeader(t, image, "Etag", "")
	}
	text := h.do(request("GET", api+"EnrollUserToMicrosoftAuthenticatorByBytes?requestId="+id, "", "Accept", "*/*"))
	wantHeader(t, text, "Content-Type", "application/json; charset=UTF-8")
	var bytes []byte
	if err := json.Unmarshal([]byte(text.body), &bytes); err != nil || string(bytes) != string(png) {
		t.Errorf("got %.60s (%v), want the picture in base64", text.body, err)
	}
	raw := h.do(request("POST", api+"EnrollUserToMicrosoftAuthenticatorByBytes?requestId="+id, "", "Accept", "text/plain, application/octet-stream;q=0.9"))
	raw.want(t, 200, string(png))
	wantHeader(t, raw, "Content-Type", "application/octet-stream")

	wrong := h.do(request("POST", api+"ValidateMicrosoftTOTP?requestId="+id+"&secureCode=000000", ""))
	wrong.want(t, 400, `{"RequestId":"`+id+`","Status":"SecureCodeDoesNotMatch","IsFailed":true,"IsActive":false}`)
	body := `{"RequestID":"` + id + `","code":"` + h.code(t, key.Secret) + `"}`
	done := h.do(request("POST", api+"ValidateMicrosoftTOTP", body, "Content-Type", "application/json"))
	done.want(t, 200, "")
	wantJSONHeaders(t, done)
	r := done.enrollment(t)
	if r.Status != "Success" || r.IsFailed || !r.IsActive || len(r.RecoveryCodes) != 10 || r.RequestID != id {
		t.Errorf("got %s, want an active factor with ten codes", done.body)
	}
	h.do(request("POST", api+"GetEnrollmentInformation", form("requestId", id), "Content-Type", formType)).
		want(t, 200, `{"RequestId":"`+id+`","Status":"Success","IsFailed":false,"IsActive":true}`)
	h.do(request("GET", api+"EnrollUserToMicrosoftAuthenticatorByImage?requestId="+id, "")).want(t, 404, unknownRequest)
	h.token(login("Username", "bare", "Password", pass, "AuthenticationRequestId", id)).success(t)
}

// TestEnrollAuthenticatorByName: an authenticator has the name that the call gave it, which
// the answer tells; what is no name is refused before a code is looked at.
func TestEnrollAuthenticatorByName(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	id := h.token(login("Username", "bare", "Password", pass)).refusal(t).VGResponse.RequestID
	code := h.code(t, h.secretOf(t, id).Secret)
	send := func(name string) *answer {
		return h.do(request("POST", api+"ValidateMicrosoftTOTP", form("requestId", id, "secureCode", code, "name", name), "Content-Type", formType))
	}
	for _, name := range []string{"a\u202eb", "a\nb", strings.Repeat("x", 65)} {
		send(name).want(t, 400, `{"RequestId":"`+id+`","Status":"InvalidName","IsFailed":true,"IsActive":false}`)
	}
	if done := send(" Anna's  phone "); done.status != 200 || !strings.HasSuffix(strings.TrimSpace(done.body), `,"Name":"Anna's phone"}`) {
		t.Errorf("got %d, %s", done.status, done.body)
	}
}

func TestEnrollEmailByAPI(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	id := h.first(t, "bare").RequestID
	post := func(route, query string) *answer {
		return h.do(request("POST", api+route+"?requestId="+id+query, ""))
	}
	bad := post("SendEmailVerification", "&email="+url.QueryEscape("a@x,b@y"))
	bad.want(t, 400, `{"RequestId":"`+id+`","Status":"InvalidAddress","IsFailed":true,"IsActive":false,"Wanted":"one plain e-mail address"}`)
	national := post("SendMobileNumberVerification", "&mobileNumber="+url.QueryEscape("0170 1234567"))
	national.want(t, 400, `{"RequestId":"`+id+`","Status":"InvalidAddress","IsFailed":true,"IsActive":false,"Wanted":"a number in the international form, \"+\" and 7 to 15 digits, such as +491701234567"}`)
	post("SendEmailVerification", "&email=new@example.org").want(t, 200, `{"RequestId":"`+id+`","Status":"Success","IsFailed":false,"IsActive":false}`)
	m := h.outbox.last(t, "enrolment")
	if m.To != "new@example.org" || m.Channel != mfa.Email {
		t.Errorf("sent to %q over %s", m.To, m.Channel)
	}
	post("ValidateEmail", "&secureCode=xx").want(t, 400, "")
	post("ValidateEmail", "&MFASecureCode="+m.Code).want(t, 200, `{"RequestId":"`+id+`","Status":"Success","IsFailed":false,"IsActive":true}`)

	post("SendMobileNumberVerification", "&mobileNumber=%2b33612345678").want(t, 200, "")
	m = h.outbox.last(t, "enrolment")
	if m.To != "+33612345678" || m.Channel != mfa.SMS {
		t.Errorf("sent to %q over %s", m.To, m.Channel)
	}
	post("ValidateMobileNumber", "&secureCode="+m.Code).want(t, 200, "")
}

func TestCancelEnrollment(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	r := h.first(t, "mail")
	good := []string{"client_id", clientID, "client_secret", secret, "requestId", r.RequestID}
	otp := option(t, r, "Email", "OTP")
	cancel := func(header string, pairs ...string) *answer {
		req := request("POST", api+"CancelEnrollment", form(pairs...), "Content-Type", formType)
		if header != "" {
			req.Header.Set("Authorization", header)
		}
		return h.do(req)
	}
	cancel("", "requestId", r.RequestID, "MFAAvailableId", otp).want(t, 400, `{"error":"invalid_client"}`)
	refused := cancel(basic(clientID, "wrong"), "requestId", r.RequestID, "MFAAvailableId", otp)
	refused.want(t, 401, `{"error":"invalid_client"}`)
	wantHeader(t, refused, "WWW-Authenticate", `Basic realm="IdentityServer", charset="UTF-8"`)
	cancel("", good...).want(t, 404, unknownRequest)
	cancel("", append(good, "MFAAvailableId", appID)...).want(t, 404, unknownRequest)
	cancel(basic(clientID, secret), "requestId", r.RequestID, "mfaavailableid", otp).want(t, 200, "")
	h.do(request("GET", api+"EnrollUserToMicrosoftAuthenticatorByImage?requestId="+r.RequestID, "")).want(t, 404, unknownRequest)
}

func TestUnknownRequest(t *testing.T) {
	h := shared()
	for _, route := range h.adapter.Routes() {
		if !strings.HasPrefix(route.Path, api) || strings.HasSuffix(route.Path, "CancelEnrollment") || route.Method == http.MethodOptions {
			continue
		}
		for _, id := range []string{"", appID, "%00", "../x", strings.Repeat("x", 1024)} {
			target := route.Path + "?secureCode=1&email=a@example.org&requestId=" + id
			want := unknownRequest
			if id == "%00" {
				want = `{"error":"invalid_request","error_description":"requestId"}`
			}
			status := http.StatusNotFound
			if id == "%00" {
				status = http.StatusBadRequest
			}
			h.do(request(route.Method, target, "")).want(t, status, want)
		}
	}
}

func TestP16MalformedEnrollmentRequests(t *testing.T) {
	h := shared()
	const js = "application/json"
	tests := []struct {
		name, query, contentType, body string
		status                         int
		field                          string
	}{
		{"no code", "requestId=x", "", "", 400, "secureCode"},
		{"a blank code", "requestId=x&secureCode=+-+", "", "", 400, "secureCode"},
		{"a blank code in JSON", "", js, `{"requestId":"x","code":"\u00a0"}`, 400, "secureCode"},
		{"two codes", "requestId=x&secureCode=1&code=1", "", "", 400, "secureCode"},
		{"repeated id", "requestId=x&REQUESTID=x&code=1", "", "", 400, "requestId"},
		{"semicolon", "requestId=x;code=1", "", "", 400, "requestId"},
		{"bad percent code", "requestId=%x", "", "", 400, "requestId"},
		{"id and code in two places", "requestId=x", formType, "code=1", 400, "secureCode"},
		{"id in two places", "requestId=x", js, `{"requestId":"x"}`, 400, "requestId"},
		{"text", "", "text/plain", "requestId=x&code=1", 415, "Content-Type"},
		{"no type", "", "", "requestId=x&code=1", 415, "Content-Type"},
		{"multipart", "", "multipart/form-data; boundary=x", "--x--", 415, "Content-Type"},
		{"form, 17 KiB", "", formType, strings.Repeat("x", 17<<10), 413, "body"},
		{"JSON, 17 KiB", "", js, `{"code":"` + strings.Repeat("x", 17<<10) + `"}`, 413, "body"},
		{"a long query", strings.Repeat("a", 17<<10), "", "", 413, "query"},
		{"a long field", "", js, `{"code":"` + strings.Repeat("x", 1025) + `"}`, 413, "code"},
		{"not JSON", "", js, `requestId=x`, 400, "body"},
		{"an array", "", js, `["requestId"]`, 400, "body"},
		{"null", "", js, `null`, 400, "body"},
		{"cut short", "", js, `{"requestId":"x"`, 400, "body"},
		{"something follows", "", js, `{"code":"1"} {}`, 400, "body"},
		{"byte order mark", "", js, "\ufeff" + `{"code":"1"}`, 400, "body"},
		{"a number", "", js, `{"requestId":"x","code":123456}`, 400, "code"},
		{"null for a string", "", js, `{"code":null}`, 400, "code"},
		{"nested", "", js, `{"code":{"code":"1"}}`, 400, "code"},
		{"nested absurdly", "", js, strings.Repeat(`{"code":`, 1000), 400, "body"},
		{"unknown key", "", js, `{"code":"1","admin":"true"}`, 400, "admin"},
		{"repeated key", "", js, `{"code":"1","code":"1"}`, 400, "secureCode"},
		{"repeated in another case", "", js, `{"requestId":"x","RequestId":"y"}`, 400, "requestId"},
		{"repeated, escaped", "", js, `{"code":"1","c\u006fde":"1"}`, 400, "secureCode"},
		{"bad UTF-8", "", js, "{\"code\":\"\xff\"}", 400, "body"},
		{"half a surrogate pair", "", js, `{"code":"\ud800"}`, 400, "code"},
		{"NUL", "", js, `{"code":"\u0000"}`, 400, "code"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := request("POST", api+"ValidateMicrosoftTOTP?"+tt.query, tt.body)
			if tt.contentType != "" {
				r.Header.Set("Content-Type", tt.contentType)
			}
			a := h.do(r)
			a.want(t, tt.status, `{"error":"invalid_request","error_description":"`+tt.field+`"}`)
			wantJSONHeaders(t, a)
		})
	}
}

func TestEmptyFieldIsAbsent(t *testing.T) {
	h := shared()
	body := form("requestId", appID, "code", "1")
	h.do(request("POST", api+"ValidateMicrosoftTOTP?requestId=&secureCode=", body, "Content-Type", formType)).want(t, 404, unknownRequest)
}

func TestValidateByGet(t *testing.T) {
	h := shared()
	target := api + "ValidateMicrosoftTOTP?secureCode=1&requestId=" + appID
	closed := h.do(request("GET", target, ""))
	closed.want(t, 405, `{"error":"invalid_request","error_description":"method"}`)
	wantHeader(t, closed, "Allow", "OPTIONS, POST")
	compat := newAdapter(t, h.engine, httpadapter.Options{CompatValidateByGet: true})
	serve(compat, request("GET", target, "")).want(t, 404, unknownRequest)
	serve(compat, request("GET", strings.Replace(target, "MicrosoftTOTP", "Email", 1), "")).want(t, 405, "") // its form by GET was never published
	head := serve(compat, request("HEAD", target, ""))
	head.want(t, 405, "")
	wantHeader(t, head, "Allow", "GET, OPTIONS, POST")
}

// TestPicturesEnd gets as many pictures of one request as there are.
func TestPicturesEnd(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	id := h.first(t, "bare").RequestID
	for i := range 21 {
		want := 200
		if i == 20 {
			want = 404
		}
		if a := h.do(request("GET", api+"EnrollUserToMicrosoftAuthenticatorByBytes?requestId="+id, "")); a.status != want {
			t.Fatalf("picture %d: got %d, want %d", i+1, a.status, want)
		}
	}
	page := h.do(request("GET", "/mfa/enroll/"+id+"?add=app", ""))
	page.want(t, 200, "")
	if strings.Contains(page.body, "otpauth") || !strings.Contains(page.body, "as often as it may be") || !strings.Contains(page.body, `name="code"`) {
		t.Errorf("got %s, want the step without the key", page.body)
	}
	if page.header.Get("Set-Cookie") == "" {
		t.Error("the page was bound to a browser that was not told")
	}
}

func TestPictureIsBase64(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	a := h.do(request("GET", api+"EnrollUserToMicrosoftAuthenticatorByBytes?requestId="+h.first(t, "bare").RequestID, ""))
	b, err := base64.StdEncoding.DecodeString(strings.Trim(a.body, `"`))
	if err != nil || !strings.HasPrefix(string(b), "\x89PNG\r\n\x1a\n") {
		t.Errorf("got %.40s (%v), want a PNG", a.body, err)
	}
	wantHeader(t, a, "Vary", "Origin | Accept")
}

// TestQueryBound sends the longest query that is read, and one byte more.
func TestQueryBound(t *testing.T) {
	h := shared()
	query := "requestId=" + appID + "&code=1"
	for i := 0; len(query) < 16<<10; i++ {
		name := "&x" + strings.Repeat("y", i) + "="
		query += name + strings.Repeat("z", 1000)
	}
	post := func(n int) *answer { return h.do(request("POST", api+"ValidateMicrosoftTOTP?"+query[:n], "")) }
	post(16<<10).want(t, 404, unknownRequest)
	post(16<<10+1).want(t, 413, `{"error":"invalid_request","error_description":"query"}`)
}

// TestEnrollmentSources sends the fields in each place that they may stand in.
func TestEnrollmentSources(t *testing.T) {
	h := shared()
	id := form("requestId", appID, "code", "1")
	tests := []struct{ name, method, query, contentType, body, want string }{
		{"the query", "POST", id, "", "", unknownRequest},
		{"the query, an empty body of any type", "POST", id, "text/plain", "", unknownRequest},
		{"the query, a form of other fields", "POST", id, formType, "a=1", unknownRequest},
		{"a form", "POST", "", formType + "; charset=utf-8", id, unknownRequest},
		{"a form, a query of other fields", "POST", "a=1", formType, id, unknownRequest},
		{"an object", "POST", "", "application/json; charset=utf-8", `{"REQUESTID":"` + appID + `","MFASecureCode":"1"}`, unknownRequest},
		{"the body of a GET", "GET", "", formType, id, `{"error":"invalid_request","error_description":"secureCode"}`},
		{"the query of a GET, a body of any type", "GET", id, "text/plain", "junk", unknownRequest},
	}
	compat := newAdapter(t, h.engine, httpadapter.Options{CompatValidateByGet: true})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := request(tt.method, api+"ValidateMicrosoftTOTP?"+tt.query, tt.body)
			if tt.contentType != "" {
				r.Header.Set("Content-Type", tt.contentType)
			}
			if a := serve(compat, r); a.body != tt.want {
				t.Errorf("got %d %s, want %s", a.status, a.body, tt.want)
			}
		})
	}
}

// TestPictureForms asks for the picture with each header that may stand there.
func TestPictureForms(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	id := h.first(t, "bare").RequestID
	const js, raw = "application/json; charset=UTF-8", "application/octet-stream"
	for _, tt := range []struct {
		accept []string
		want   string
	}{
		{nil, js}, {[]string{""}, js}, {[]string{"*/*"}, js}, {[]string{"application/*"}, js}, {[]string{"text/plain"}, js},
		{[]string{"application/json"}, js}, {[]string{"application/octet-stream; q"}, js}, {[]string{raw}, raw},
		{[]string{"Application/Octet-Stream"}, raw}, {[]string{"text/html;q=0.1," + raw + ";q=1"}, raw}, {[]string{"text/html", raw}, raw},
	} {
		r := request("GET", api+"EnrollUserToMicrosoftAuthenticatorByBytes?requestId="+id, "")
		r.Header["Accept"] = tt.accept
		a := h.do(r)
		a.want(t, 200, "")
		wantHeader(t, a, "Content-Type", tt.want)
		wantHeader(t, a, "Vary", "Origin | Accept")
		wantHeader(t, a, "Cross-Origin-Resource-Policy", "same-origin")
	}
}

// TestVerificationThatFails runs with a provider that is down.
func TestVerificationThatFails(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	h.outbox.breakDown()
	id := h.first(t, "bare").RequestID
	h.do(request("POST", api+"SendEmailVerification?email=new@example.org&requestId="+id, "")).
		want(t, 400, `{"RequestId":"`+id+`","Status":"FailedSendingRequest","IsFailed":true,"IsActive":false}`)
}

// TestEnrollQueryIsRead: a malformed query is refused, also where a body follows.
func TestEnrollQueryIsRead(t *testing.T) {
	h := shared()
	for query, want := range map[string]string{"requestId=a&requestId=b": "requestId", "requestId=%zz": "query"} {
		a := h.do(request("POST", "/api/MFAEnrollment/ValidateMicrosoftTOTP?"+query, form("requestId", appID, "secureCode", "123456"), "Content-Type", formType))
		if a.status != 400 || !strings.Contains(a.body, `"invalid_request"`) {
			t.Errorf("%s: got %d %s, want %s refused", query, a.status, a.body, want)
		}
	}
}
