package webhooksender_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/webhooksender"
)

// TestConfigFaults: what cannot be meant is refused, by the name of its field, without
// repeating what may be a secret.
func TestConfigFaults(t *testing.T) {
	good := webhooksender.Config{URL: "https://gateway.example/hook", Key: key}
	for name, c := range map[string]struct {
		change func(*webhooksender.Config)
		want   string // empty: it is taken
	}{
		"good":                  {func(*webhooksender.Config) {}, ""},
		"on this machine":       {func(c *webhooksender.Config) { c.URL = "http://127.0.0.1:8080/hook" }, ""},
		"on this machine, IPv6": {func(c *webhooksender.Config) { c.URL = "http://[::1]:8080/hook" }, ""},
		"basic alone":           {func(c *webhooksender.Config) { c.Key, c.Username, c.Password = nil, "sid", "hidden" }, ""},
		"a token alone":         {func(c *webhooksender.Config) { c.Key, c.Header = nil, http.Header{"Authorization": {"Bearer x"}} }, ""},
		"no URL":                {func(c *webhooksender.Config) { c.URL = "" }, "Config.URL: want https://HOST/PATH"},
		"no host":               {func(c *webhooksender.Config) { c.URL = "https:///hidden" }, "Config.URL: want https://HOST/PATH"},
		"a path":                {func(c *webhooksender.Config) { c.URL = "/hidden" }, "Config.URL: want https://HOST/PATH"},
		"in clear":              {func(c *webhooksender.Config) { c.URL = "http://gateway.example/hidden" }, "Config.URL: want https"},
		"in clear, a trick":     {func(c *webhooksender.Config) { c.URL = "http://127.0.0.1.gateway.example/hidden" }, "Config.URL: want https"},
		"a password in the URL": {func(c *webhooksender.Config) { c.URL = "https://me:hidden@gateway.example/" }, "Config.URL: it holds a user or a password"},
		"a fragment":            {func(c *webhooksender.Config) { c.URL = "https://gateway.example/#hidden" }, "Config.URL: it holds a fragment"},
		"another scheme":        {func(c *webhooksender.Config) { c.URL = "ftp://gateway.example/hidden" }, "Config.URL: want https"},
		"nobody signs":          {func(c *webhooksender.Config) { c.Key = nil }, "Config.Key, Username and Header are all missing"},
		"a short key":           {func(c *webhooksender.Config) { c.Key = key[:23] }, "Config.Key has 23 bytes, want 24 to 64"},
		"a long key":            {func(c *webhooksender.Config) { c.Key = bytes.Repeat(key, 3) }, "Config.Key has 96 bytes, want 24 to 64"},
		"no password":           {func(c *webhooksender.Config) { c.Username = "me" }, "Config.Username and Password go together"},
		"a colon":               {func(c *webhooksender.Config) { c.Username, c.Password = "m:e", "hidden" }, "Config.Username has a colon"},
		"our header":            {func(c *webhooksender.Config) { c.Header = http.Header{"webhook-id": {"hidden"}} }, "Config.Header: Webhook-Id is set by this package"},
		"the host":              {func(c *webhooksender.Config) { c.Header = http.Header{"Host": {"hidden"}} }, "Config.Header: Host is set by this package"},
		"no name":               {func(c *webhooksender.Config) { c.Header = http.Header{"a b": {"hidden"}} }, `Config.Header: "a b" is no name of a header`},
		"a line":                {func(c *webhooksender.Config) { c.Header = http.Header{"X": {"hidden\r\nY: z"}} }, "Config.Header: X: the value has a character"},
		"two ways to say who": {func(c *webhooksender.Config) {
			c.Username, c.Password, c.Header = "a", "b", http.Header{"Authorization": {"hidden"}}
		}, "Config.Header: want Authorization or Username, not both"},
		"too long a time":        {func(c *webhooksender.Config) { c.Timeout = 5 * time.Second }, "Config.Timeout is 5s, want less than 5s"},
		"time before it began":   {func(c *webhooksender.Config) { c.Timeout = -1 }, "Config.Timeout is -1ns"},
		"too many connections":   {func(c *webhooksender.Config) { c.Connections = 65 }, "Config.Connections is 65, want 1 to 64"},
		"no JSON":                {func(c *webhooksender.Config) { c.Body = "{{.To}}" }, "Config.Body: it is no JSON document"},
		"half a JSON":            {func(c *webhooksender.Config) { c.Body = `{"a":` }, "Config.Body: it is no JSON document"},
		"two of them":            {func(c *webhooksender.Config) { c.Body = `{} {}` }, "Config.Body: something follows the JSON document"},
		"a list":                 {func(c *webhooksender.Config) { c.Body = `["{{.To}}"]` }, "Config.Body: want an object"},
		"no template":            {func(c *webhooksender.Config) { c.Body = `{"a":{"b":["x","{{.To"]}}` }, "Config.Body: .a.b[1]: it is no template"},
		"no such field":          {func(c *webhooksender.Config) { c.Body = `{"a":"{{.Password}}"}` }, "Config.Body: a template names a field that there is not"},
		"a form of forms":        {func(c *webhooksender.Config) { c.Body, c.Form = `{"a":{"b":"x"}}`, true }, `Config.Body: "a": a form has strings alone`},
		"a form with a number":   {func(c *webhooksender.Config) { c.Body, c.Form = `{"a":1}`, true }, `Config.Body: "a": a form has strings alone`},
		"too deep":               {func(c *webhooksender.Config) { c.Body = strings.Repeat(`{"a":`, 20) + `1` + strings.Repeat("}", 20) }, "Config.Body: over 16 levels"},
		"too long":               {func(c *webhooksender.Config) { c.Body = `{"a":"` + strings.Repeat("x", 64<<10) + `"}` }, "Config.Body: it has over 65536 bytes"},
		"a template without end": {func(c *webhooksender.Config) { c.Body = `{"a":"{{printf \"%300000d\" 1}}"}` }, "Config.Body: a template names"},
	} {
		cfg := good
		c.change(&cfg)
		_, err := webhooksender.New(cfg)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), "hidden") {
			t.Errorf("%s: the error repeats a secret: %v", name, err)
		}
	}
	_, err := webhooksender.New(webhooksender.Config{Timeout: -1, Username: "a"})
	for _, field := range []string{"URL", "Timeout", "Username"} {
		if err == nil || !strings.Contains(err.Error(), "Config."+field) {
			t.Errorf("got %v, which does not name %s", err, field)
		}
	}
}

// TestParseKey: a key is read as gateways show it, or refused without being repeated.
func TestParseKey(t *testing.T) {
	if k, err := webhooksender.ParseKey("whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="); err != nil || !bytes.Equal(k, key) {
		t.Errorf("got %q, %v", k, err)
	}
	for _, text := range []string{
		"", "whsec_", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=", "whsec_MDEyMzQ1", "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY",
		"whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=\n", "whsec_" + strings.Repeat("MDEy", 30),
	} {
		if k, err := webhooksender.ParseKey(text); err == nil || len(text) > 10 && strings.Contains(err.Error(), text[6:]) {
			t.Errorf("%q: got %d bytes, %v", text, len(k), err)
		}
	}
}
