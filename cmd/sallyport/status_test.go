package main_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	command "github.com/sallyport-auth/sallyport/cmd/sallyport"
)

func TestStatus(t *testing.T) {
	for _, tt := range []struct {
		name string
		args []string
		code int
		want []string
	}{
		{"a number", []string{"134217729"}, 0, []string{"1 Failure (login)", "134217728 MFA_AuthenticationRequired (login)", "next: Choose one of MFAAvailables"}},
		{"names as printed", []string{"Failure, MFA_LinkTimeout"}, 0, []string{"16777216 MFA_LinkTimeout (login)"}},
		{"names as words", []string{"Failure,", "MFA_LinkTimeout"}, 0, []string{"16777216 MFA_LinkTimeout (login)"}},
		{"a word of another document", []string{"invalid_grant"}, 0, []string{"invalid_grant (error)"}},
		{"all", nil, 0, []string{"268435456 MFA_EnrollmentRequired (login)", "temporarily_unavailable (error)"}},
		{"JSON", []string{"-json", "9"}, 0, []string{`{"of":"login","number":8,"name":"PasswordDoesNotMatch","means":`}},
		{"a number that is none", []string{"536870913"}, 2, []string{"536870913 has flags that no answer has: 536870912 is left"}},
		{"nonsense", []string{"nonsense"}, 2, []string{"no answer has such a status: want a number"}},
		{"nothing", []string{" "}, 2, []string{"no answer has such a status"}},
		{"too much", []string{strings.Repeat("Failure,", 200)}, 2, []string{"no answer has such a status"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			code, out, said := run(t, "", append([]string{"status"}, tt.args...)...)
			if code != tt.code {
				t.Errorf("got exit %d, want %d", code, tt.code)
			}
			for _, want := range tt.want {
				if !strings.Contains(out+said, want) {
					t.Errorf("got %q, %q, which lacks %q", out, said, want)
				}
			}
			if tt.code != 0 && (out != "" || strings.Count(said, "\n") != 1) {
				t.Errorf("got %q and %q, want one line", out, said)
			}
		})
	}
}

// TestStatusPage: the page of the demo says the same to whoever sits at the machine, and
// shows what was asked as text.
func TestStatusPage(t *testing.T) {
	h := command.NewStatusPage()
	for _, tt := range []struct {
		name, method, path, from string
		code                     int
		want, not                string
	}{
		{"all", "GET", "/dev/status", "127.0.0.1:4711", 200, "MFA_EnrollmentRequired", "role=\"alert\""},
		{"one", "GET", "/dev/status?q=134217729", "127.0.0.1:4711", 200, "134217728 MFA_AuthenticationRequired", "MFA_EnrollmentRequired</h2>"},
		{"names", "GET", "/dev/status?q=Failure%2C+MFA_LinkTimeout", "[::1]:4711", 200, "16777216 MFA_LinkTimeout", "role=\"alert\""},
		{"nonsense", "GET", "/dev/status?q=%3Cscript%3E", "127.0.0.1:4711", 404, "&lt;script&gt;", "<script>"},
		{"another machine", "GET", "/dev/status", "192.0.2.1:4711", 403, "This page is shown on this machine alone.", "MFA"},
		{"a POST", "POST", "/dev/status", "127.0.0.1:4711", 405, "This page can only be read.", "MFA"},
	} {
		r := httptest.NewRequest(tt.method, "http://localhost:5000"+tt.path, nil)
		r.RemoteAddr = tt.from
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		body := w.Body.String()
		if w.Code != tt.code || !strings.Contains(body, tt.want) || strings.Contains(body, tt.not) {
			t.Errorf("%s: got %d, %s", tt.name, w.Code, body)
		}
		if policy := w.Header().Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "form-action 'self'") {
			t.Errorf("%s: got the policy %q", tt.name, policy)
		}
	}
}
