package httpadapter_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/httpadapter"
)

// TestP16EveryRoute breaks requests of every route of the table in every way of a list, one
// field at a time. None is answered by a fault of the server, nor by a status that the table
// does not have.
func TestP16EveryRoute(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{AnswerLinksAtOnce: true, CompatValidateByGet: true})
	variable := regexp.MustCompile(`\{[^}]*\}`)
	for _, route := range h.adapter.Routes() {
		sent := 0
		for name, r := range brokenRequests(route, variable.ReplaceAllString(route.Path, appID)) {
			h.clock.advance(3 * time.Second) // or too many wrong secrets in a minute would be what answers
			a := h.do(r)
			sent++
			if a.status >= 500 || a.status == 0 || !route.Page && a.body != "" && strings.HasPrefix(a.header.Get("Content-Type"), "application/json") && !json.Valid([]byte(a.body)) {
				t.Errorf("%s, %s: got %d %.200s", route.Pattern, name, a.status, a.body)
			}
			if route.Operation != nil && !answers(route.Operation, a.status) {
				t.Errorf("%s, %s: got %d, which is no answer of the table", route.Pattern, name, a.status)
			}
		}
		if sent < 20 {
			t.Errorf("%s: got %d requests, want 20 at least", route.Pattern, sent)
		}
	}
}

func answers(o *httpadapter.Operation, status int) bool {
	for _, a := range o.Answers {
		if a.Status == status {
			return true
		}
	}
	return false
}

// oddTexts are values that a form, a query or JSON can carry.
var oddTexts = []string{"", " ", "x", "\x00", "\xff", "\u202e", nasty, "%", ";", "null", "-1", strings.Repeat("x", 1025), strings.Repeat("é", 600), strings.Repeat("x", 9000)}

// oddJSON are values that stand in JSON in the place of a text.
var oddJSON = []string{`null`, `1`, `-1e999`, `true`, `[]`, `{}`, `["x"]`, `"\ud800"`, `"\u0000"`, `"cut`}

// oddBodies are bodies without a sense.
var oddBodies = []string{"", "&&&", "=", "%zz", "a;b", "a=1&a=1", "\xff\xfe", "[", "{", "null", `"x"`, `{"a":`, strings.Repeat("[", 9000), strings.Repeat("a=&", 65), strings.Repeat("x", 17<<10), "\ufeff{}"}

var oddTypes = []string{"", "text/plain", "multipart/form-data; boundary=x", "application/json; charset=utf-16", formType + "; a=b; a=c", "/", "x"}

// brokenRequests are requests that begin as those of a route, each broken in one way.
func brokenRequests(route httpadapter.Route, path string) map[string]*http.Request {
	out := map[string]*http.Request{}
	add := func(name, target, contentType, body string, header ...string) {
		r := request(route.Method, path, body, header...)
		if _, query, ok := strings.Cut(target, "?"); ok {
			r.URL.RawQuery = query
		}
		if contentType != "" {
			r.Header.Set("Content-Type", contentType)
		}
		out[name] = r
	}
	fields := usualFields(route.Operation)
	form := func(change func(url.Values)) string { v := maps.Clone(fields); change(v); return v.Encode() }
	for name := range fields {
		for _, odd := range oddTexts {
			body := form(func(v url.Values) { v.Set(name, odd) })
			add("form "+name+" "+odd, "", formType, body)
			add("query "+name+" "+odd, "?"+body, "", "")
		}
		for _, odd := range oddJSON {
			add("JSON "+name+" "+odd, "", "application/json", `{"`+name+`":`+odd+`}`)
		}
		add("twice "+name, "", formType, form(func(v url.Values) { v[name] = []string{"a", "b"} }))
		add("in two places "+name, "?"+name+"=a", formType, form(func(url.Values) {}))
	}
	for _, odd := range oddBodies {
		add("form "+odd, "", formType, odd)
		add("JSON "+odd, "", "application/json", odd)
		add("query "+odd, "?"+odd, "", "")
	}
	for _, odd := range oddTypes {
		add("type "+odd, "", odd, form(func(url.Values) {}))
	}
	for _, odd := range []string{"Basic", "Basic !", "Basic " + appID, "Bearer", "Bearer x", "Bearer " + strings.Repeat("x", 9000), "Negotiate x", "\xff"} {
		add("authorization "+odd, "", formType, form(func(url.Values) {}), "Authorization", odd)
	}
	add("two authorizations", "", formType, "", "Authorization", "Bearer x", "Authorization", "Bearer y")
	add("an odd origin", "", formType, form(func(url.Values) {}), "Origin", strings.Repeat("x", 5000))
	return out
}

// usualFields are those of an operation, each with a value that may do; of a page, those of
// its forms.
func usualFields(o *httpadapter.Operation) url.Values {
	usual := map[string]string{
		"grant_type": "VGAuthenticator", "client_id": clientID, "client_secret": secret, "Username": "plain", "Password": pass, "password": pass, "roleName": "Clerk",
	}
	v := url.Values{}
	if o == nil {
		for _, name := range []string{"nonce", "action", "code", "decision", "password"} {
			v.Set(name, "x")
		}
		return v
	}
	for _, f := range o.Fields {
		switch value := usual[f.Name]; {
		case f.In == httpadapter.InPath:
		case value != "":
			v.Set(f.Name, value)
		default:
			v.Set(f.Name, appID)
		}
	}
	return v
}
