package main_test

import (
	"crypto/tls"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/internal/ldaptest"
	"github.com/sallyport-auth/sallyport/webhooksender"
)

// whsec is the key of these tests as gateways show it.
const whsec = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

var textDirectory = strings.NewReplacer(`"email": "anna@example.org", "emailValidated"`, `"mobile": "+447700900123", "mobileValidated"`).Replace(mailDirectory)

// TestE2ETexts logs somebody in by a code that the command posts to a gateway, signed and in
// the operator's own document; what the gateway refuses is 2097153, and neither code, number
// nor key is in the log.
func TestE2ETexts(t *testing.T) {
	t.Parallel()
	authority, err := ldaptest.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	key, err := webhooksender.ParseKey(whsec)
	if err != nil {
		t.Fatal(err)
	}
	type sent struct{ To, Body, Code string }
	got, status := make(chan sent, 1), http.StatusAccepted
	gateway := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		var s sent
		if err != nil || webhooksender.Verify(key, r.Header, raw, time.Now()) != nil || json.Unmarshal(raw, &s) != nil {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.WriteHeader(status)
		got <- s
	}))
	gateway.TLS = &tls.Config{Certificates: []tls.Certificate{authority.Certificate}}
	gateway.Config.ErrorLog = log.New(io.Discard, "", 0)
	gateway.StartTLS()
	t.Cleanup(gateway.Close)
	_, port, _ := strings.Cut(strings.TrimPrefix(gateway.URL, "https://"), ":")
	dir := t.TempDir()
	config, err := json.Marshal(map[string]any{"sms-webhook": "https://localhost:" + port + "/sms?account=hidden", "sms-prefixes": []string{"+44"}, "sms-per-day": 100})
	if err != nil {
		t.Fatal(err)
	}
	p, url := spawnServer(t, "-issuer", "http://localhost", "-store", "memory:", "-directory", write(t, dir+"/d.json", textDirectory), "-config", write(t, dir+"/config.json", string(config)),
		"-webhook-key-file", write(t, dir+"/key", whsec+"\n"), "-webhook-ca", write(t, dir+"/ca.pem", string(authority.PEM)),
		"-webhook-body", write(t, dir+"/body.json", `{"To": "{{.To}}", "Body": "{{.Text}}", "Code": "{{.Code}}"}`), "-log-level", "debug")
	c := newClient(t, url)
	first := c.want(c.password("anna", "battery staple"), factorWanted)
	c.want(c.choose(first.id(), first.option(t, "SMS OTP")), waiting)
	text := <-got
	if text.To != "+447700900123" || !strings.Contains(text.Body, text.Code) || len(text.Code) != 6 {
		t.Fatalf("got %+v", text)
	}
	c.want(c.answer(first.id(), first.option(t, "SMS OTP"), text.Code), success)

	status = http.StatusForbidden
	second := c.want(c.password("anna", "battery staple"), factorWanted)
	c.want(c.choose(second.id(), second.option(t, "SMS OTP")), 2097153)
	refused := <-got
	eventually(t, "a line about what failed", func() bool { return strings.Contains(p.err.String(), "the gateway answered 403") })
	said := p.err.String()
	for _, secret := range []string{text.Code, refused.Code, "7700900123", "hidden", whsec[6:]} {
		if strings.Contains(said, secret) {
			t.Errorf("the log says %q:\n%s", secret, said)
		}
	}
	if strings.Contains(said, "SMSPrefixes") || strings.Contains(said, "SMSPerDay") {
		t.Errorf("the log warns of bounds that are set:\n%s", said)
	}
}

// TestTextSettings: what cannot be meant ends the start, names the flag, and repeats no
// secret.
func TestTextSettings(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string { return write(t, filepath.Join(dir, name), text) }
	key, bad := file("key", whsec+"\n"), file("bad", "whsec_hidden\n")
	open := file("open", whsec+"\n")
	if err := os.Chmod(open, 0o644); err != nil {
		t.Fatal(err)
	}
	base, to := "serve -store memory: -listen 127.0.0.1:0 ", "-sms-webhook https://gateway.example/hidden "
	for _, tt := range []struct{ name, args, want string }{
		{"a key without a gateway", base + "-webhook-key-file " + key, "-sms-webhook is required"},
		{"a form without a gateway", base + "-webhook-form", "-sms-webhook is required"},
		{"nobody signs", base + to, "Config.Key, Username and Header are all missing"},
		{"in clear, elsewhere", base + "-sms-webhook http://gateway.example/hidden -webhook-key-file " + key, "Config.URL: want https"},
		{"a password in the URL", base + "-sms-webhook https://me:hidden@gateway.example -webhook-key-file " + key, "Config.URL: it holds a user or a password"},
		{"what is no key", base + to + "-webhook-key-file " + bad, "-webhook-key-file: "},
		{"a key that others may read", base + to + "-webhook-key-file " + open, "-webhook-key-file: "},
		{"no key file", base + to + "-webhook-key-file /no/such/file", "-webhook-key-file: "},
		{"a user without a password", base + to + "-webhook-user me", "Username and Password"},
		{"a password that others may read", base + to + "-webhook-user me -webhook-password-file " + open, "-webhook-password-file: "},
		{"no such body", base + to + "-webhook-key-file " + key + " -webhook-body /no/such/file", "-webhook-body: "},
		{"an empty body", base + to + "-webhook-key-file " + key + " -webhook-body " + file("empty", "\n"), "-webhook-body: "},
		{"a body of another field", base + to + "-webhook-key-file " + key + " -webhook-body " + file("other", `{"a":"{{.Nobody}}"}`), "Config.Body: a template names a field"},
		{"a form in a form", base + to + "-webhook-form -webhook-key-file " + key + " -webhook-body " + file("form", `{"a":{}}`), `Config.Body: "a": a form has strings alone`},
		{"no such authorities", base + to + "-webhook-key-file " + key + " -webhook-ca /no/such/file", "-webhook-ca: "},
		{"an outbox beside it", base + to + "-webhook-key-file " + key + " -outbox " + dir + "/outbox", "-outbox and -sms-webhook"},
		{"prefixes that are none", base + to + "-webhook-key-file " + key + " -sms-prefixes 49", "SMSPrefixes"},
		{"too few a day", base + to + "-webhook-key-file " + key + " -sms-per-day 3", "SMSPerDay"},
		{"a switch of another kind", base + "-config " + file("switch", `{"webhook-form": 1}`), "webhook-form: want a string"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			code, _, said := run(t, "", strings.Fields(tt.args)...)
			if code != 2 || !strings.Contains(said, tt.want) || strings.Count(said, "\n") != 1 || strings.Contains(said, "hidden") || strings.Contains(said, whsec[6:]) {
				t.Errorf("got %d, %q, want 2 and one line with %q", code, said, tt.want)
			}
		})
	}
}
