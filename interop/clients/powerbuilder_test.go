package clients_test

import (
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/interop/internal/served"
	"github.com/sallyport-auth/sallyport/wire"
)

// powerScript is the PowerScript of docs/grants.md, as far as it says what is sent: the lines
// that put a form together, and the properties of a TokenRequest.
type powerScript struct {
	t      *testing.T
	issuer string
	vars   map[string]string
	blank  string // what CoderObject.UrlEncode makes of one: Appeon does not say
}

var (
	assigned = regexp.MustCompile(`^(ls_\w+) = ([^(]*(?:f_encode\(\w+\)[^(]*)*)$`)
	piece    = regexp.MustCompile(`^(?:"([^"]*)"|f_encode\((\w+)\)|(\w+))(?: \+ |$)`)
	property = regexp.MustCompile(`^lnv_Request\.(\w+) = (.*)$`)
	appended = regexp.MustCompile(`^lnv_Request\.AppendParam\("(\w+)", (\w+)\)$`)
)

// eval evaluates texts that are put together by +.
func (p *powerScript) eval(expression string) (value string) {
	p.t.Helper()
	for expression != "" {
		m := piece.FindStringSubmatch(expression)
		if m == nil {
			p.t.Fatalf("not read: %s", expression)
		}
		switch {
		case m[2] != "":
			value += strings.ReplaceAll(url.QueryEscape(p.value(m[2])), "+", p.blank)
		case m[3] != "":
			value += p.value(m[3])
		default:
			value += m[1]
		}
		expression = expression[len(m[0]):]
	}
	return value
}

func (p *powerScript) value(name string) string {
	p.t.Helper()
	v, ok := p.vars[name]
	if !ok {
		p.t.Fatalf("the lines name %s, which nothing has set", name)
	}
	return v
}

// call sends a form as f_token does, and returns the answer, which has that status.
func (p *powerScript) call(form string, header http.Header, status int) *wire.TokenSuccess {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, p.issuer+"/connect/token", strings.NewReader(form))
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header = header.Clone()
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != status {
		p.t.Fatalf("got %d, %v, %s, want %d", resp.StatusCode, err, body, status)
	}
	granted, refused, err := wire.DecodeTokenAnswer(body)
	switch {
	case err != nil:
		p.t.Fatalf("%s: %v", body, err)
	case refused != nil: // as the JSONParser of the page reads it: the first option there is
		if r := refused.VGResponse; r != nil && len(r.AuthenticationResponse.MFAAvailables) > 0 {
			p.vars["ls_request"], p.vars["ls_option"] = r.AuthenticationResponse.RequestID, r.AuthenticationResponse.MFAAvailables[0].ID
		}
	}
	return granted
}

// TestPowerBuilderForms sends what the lines of the VGAuthenticator grant send, one call after
// the other.
func TestPowerBuilderForms(t *testing.T) {
	s := served.Start(t, []served.User{{Name: "plus", TOTP: &served.TOTP{Secret: totpKey}}, {Name: "percent", TOTP: &served.TOTP{Secret: totpKey}}})
	for name, blank := range map[string]string{"plus": "+", "percent": "%20"} {
		p := &powerScript{t: t, issuer: s.Issuer, blank: blank, vars: map[string]string{
			"gs_client": served.ApplicationID + "_Native", "gs_secret": served.Secret, "ls_name": name, "ls_password": served.Password,
		}}
		statuses, calls := []int{400, 400, 200}, 0
		for _, block := range codeIn(t, "powerbuilder") {
			if !strings.HasPrefix(block, "ls_client = ") {
				continue
			}
			for line := range strings.Lines(block) {
				line = strings.TrimSpace(line)
				switch m := assigned.FindStringSubmatch(line); {
				case line == "ll_status = f_token(ls_form, ls_body)":
					if granted := p.call(p.value("ls_form"), http.Header{}, statuses[calls]); calls == 2 && granted.AccessToken == "" {
						t.Error("got no access token")
					}
					calls++
				case m != nil:
					if strings.Contains(m[2], "ls_code") {
						p.vars["ls_code"] = codeOf(t, totpKey)
					}
					p.vars[m[1]] = p.eval(m[2])
				}
			}
		}
		if calls != 3 {
			t.Errorf("the page makes %d calls, want 3", calls)
		}
	}
}

// fields are the fields of a token request (RFC 6749) that the properties of a TokenRequest
// stand for.
var fields = map[string]string{
	"ClientId": "client_id", "ClientSecret": "client_secret", "GrantType": "grant_type", "Scope": "scope",
	"UserName": "username", "Password": "password", "TokenLocation": "", "Method": "",
}

// TestPowerBuilderObjects sends what the properties of each TokenRequest say, with the
// credentials of the client in the form and in a header.
func TestPowerBuilderObjects(t *testing.T) {
	s := served.Start(t, []served.User{{Name: "plain"}})
	for _, header := range []bool{false, true} {
		p := &powerScript{t: t, issuer: s.Issuer, vars: map[string]string{
			"gs_issuer": s.Issuer, "gs_client": served.ApplicationID + "_Native", "gs_secret": served.Secret, "ls_name": "plain", "ls_password": served.Password,
		}}
		form, grants := url.Values{}, []string{}
		for _, block := range codeIn(t, "powerbuilder") {
			if !strings.Contains(block, "lnv_Request.GrantType") {
				continue
			}
			for line := range strings.Lines(block) {
				p.read(strings.TrimSpace(line), form)
			}
			grant := form.Get("grant_type")
			grants = append(grants, grant)
			if grant == "client_credentials" { // another program, which sets its own id
				form.Set("client_id", served.ApplicationID+"_Service")
			}
			if granted := p.send(form, header); granted.RefreshToken != "" {
				p.vars["ls_refresh"] = granted.RefreshToken
			}
			for _, name := range []string{"username", "password", "refresh_token"} { // each grant is a request of its own
				form.Del(name)
			}
		}
		if got := strings.Join(grants, " "); got != "password refresh_token client_credentials" {
			t.Errorf("the page shows the grants %s", got)
		}
	}
}

// read reads one line into the form that its object sends.
func (p *powerScript) read(line string, form url.Values) {
	p.t.Helper()
	if m := appended.FindStringSubmatch(line); m != nil {
		form.Set(m[1], p.value(m[2]))
		return
	}
	m := property.FindStringSubmatch(line)
	if m == nil {
		return
	}
	name, known := fields[m[1]]
	value := p.eval(m[2])
	switch {
	case !known:
		p.t.Fatalf("Appeon documents no property %s", m[1])
	case m[1] == "TokenLocation" && value != p.issuer+"/connect/token", m[1] == "Method" && value != "POST":
		p.t.Fatalf("%s is %s", m[1], value)
	case name != "":
		form.Set(name, value)
	}
}

// send sends a form with the credentials where they are wanted.
func (p *powerScript) send(form url.Values, inHeader bool) *wire.TokenSuccess {
	p.t.Helper()
	if !inHeader {
		return p.call(form.Encode(), http.Header{}, http.StatusOK)
	}
	r := &http.Request{Header: http.Header{}}
	r.SetBasicAuth(form.Get("client_id"), form.Get("client_secret"))
	left := url.Values{}
	for name, list := range form {
		if !strings.HasPrefix(name, "client_") {
			left[name] = list
		}
	}
	return p.call(left.Encode(), r.Header, http.StatusOK)
}
