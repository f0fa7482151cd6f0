package webhooksender_test

import (
	"bytes"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/webhooksender"
)

// TestBody: a gateway gets all fields that a message has, as JSON, with headers by which it
// knows the sender and the message.
func TestBody(t *testing.T) {
	g := startGateway(t, nil)
	at := time.Date(2026, 7, 14, 9, 0, 0, 0, time.UTC)
	c := g.config()
	c.Now = func() time.Time { return at }
	c.Header = http.Header{"X-Tenant": {"acme"}}
	c.Username, c.Password = "me", "pass: word"
	s := newSender(t, c)
	if err := s.Send(t.Context(), text); err != nil {
		t.Fatal(err)
	}
	r, body := one(t, g.take())
	want := map[string]any{
		"id": r.header.Get("Webhook-Id"), "time": "2026-07-14T09:00:00Z", "expires": "2026-07-14T09:01:00Z", "channel": "SMS", "kind": "otp", "topic": "sign-in-code",
		"to": "+447700900123", "user": "ann", "code": "482913", "text": text.Text, "language": "en", "application": "app",
	}
	if !maps.Equal(body, want) {
		t.Errorf("got %v, want %v", body, want)
	}
	user, pass, _ := (&http.Request{Header: r.header}).BasicAuth()
	if r.method != http.MethodPost || r.path != "/hook?token=hidden-query" || user != "me" || pass != "pass: word" ||
		r.header.Get("X-Tenant") != "acme" || r.header.Get("Content-Type") != "application/json" ||
		r.header.Get("Idempotency-Key") != r.header.Get("Webhook-Id") || r.header.Get("Webhook-Timestamp") != "1784019600" {
		t.Errorf("got %s %s %v", r.method, r.path, r.header)
	}
	if err := s.Send(t.Context(), text); err != nil {
		t.Fatal(err)
	}
	if again, _ := one(t, g.take()); again.header.Get("Webhook-Id") == r.header.Get("Webhook-Id") {
		t.Error("two messages have one id")
	}
	if err := s.Send(t.Context(), sallyport.Message{Channel: mfa.Email, Kind: "notice", To: "a@example.org", Text: "x"}); err != nil {
		t.Fatal(err)
	}
	if _, body := one(t, g.take()); slices.Contains(slices.Collect(maps.Keys(body)), "expires") || body["channel"] != "Email" {
		t.Errorf("a notice: got %v", body)
	}
}

// TestBodyIsFilledIn: whatever a message holds, the document stays the one that was
// configured.
func TestBodyIsFilledIn(t *testing.T) {
	g := startGateway(t, nil)
	for name, c := range map[string]struct {
		body, to string
		form     bool
		want     string
	}{
		"quotes":          {`{"m":{"to":"{{.To}}"},"n":[1,true,null,"{{.Digits}}"]}`, `+1","admin":"yes`, false, `{"m":{"to":"+1\",\"admin\":\"yes"},"n":[1,true,null,"1\",\"admin\":\"yes"]}`},
		"lines":           {`{"to":"{{.To}}"}`, "+1\r\nx\u2028<&>", false, `{"to":"+1\r\nx\u2028<&>"}`},
		"bad UTF-8":       {`{"to":"{{.To}}"}`, "+1\xff", false, `{"to":"+1\ufffd"}`},
		"a template":      {`{"to":"{{.To}}"}`, "{{.Code}}", false, `{"to":"{{.Code}}"}`},
		"a form":          {`{"To":"{{.To}}","From":"+15005550006"}`, "+1&From=+2 =%", true, `From=%2B15005550006&To=%2B1%26From%3D%2B2+%3D%25`},
		"big numbers":     {`{"n":12345678901234567890,"to":"{{.To}}"}`, "+1", false, `{"n":12345678901234567890,"to":"+1"}`},
		"part of a text":  {`{"to":"tel:{{.Digits}} ({{.Channel}})"}`, "+1", false, `{"to":"tel:1 (SMS)"}`},
		"a condition":     {`{"urgent":"{{if .Code}}yes{{end}}","link":"{{.Link}}"}`, "+1", false, `{"urgent":"yes"}`},
		"empty in a list": {`{"list":["{{.Link}}"]}`, "+1", false, `{"list":[""]}`},
	} {
		cfg := g.config()
		cfg.Body, cfg.Form = c.body, c.form
		m := text
		m.To = c.to
		if err := newSender(t, cfg).Send(t.Context(), m); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got := g.take()
		if len(got) != 1 || string(got[0].body) != c.want {
			t.Errorf("%s: got %s, want %s", name, got[0].body, c.want)
		}
		if c.form && got[0].header.Get("Content-Type") != "application/x-www-form-urlencoded" {
			t.Errorf("%s: got %s", name, got[0].header.Get("Content-Type"))
		}
	}
}

// TestVerify: a receiver knows a message that was signed lately, and no other.
func TestVerify(t *testing.T) {
	g := startGateway(t, nil)
	at := time.Unix(1_800_000_000, 0)
	c := g.config()
	c.Now = func() time.Time { return at }
	if err := newSender(t, c).Send(t.Context(), text); err != nil {
		t.Fatal(err)
	}
	r, _ := one(t, g.take())
	changed := func(name, value string) http.Header {
		h := r.header.Clone()
		h.Set(name, value)
		return h
	}
	sig := r.header.Get("Webhook-Signature")
	for name, c := range map[string]struct {
		key    []byte
		header http.Header
		body   []byte
		at     time.Time
		want   error
	}{
		"as it came":        {key, r.header, r.body, at, nil},
		"five minutes late": {key, r.header, r.body, at.Add(5 * time.Minute), nil},
		"one of several":    {key, changed("Webhook-Signature", "v1,AAAA v2,x "+sig), r.body, at, nil},
		"too late":          {key, r.header, r.body, at.Add(5*time.Minute + 1), webhooksender.ErrSignature},
		"too early":         {key, r.header, r.body, at.Add(-5*time.Minute - 1), webhooksender.ErrSignature},
		"another key":       {bytes.ToUpper(key), r.header, r.body, at, webhooksender.ErrSignature},
		"no key":            {nil, r.header, r.body, at, webhooksender.ErrSignature},
		"another body":      {key, r.header, append(slices.Clone(r.body), ' '), at, webhooksender.ErrSignature},
		"another id":        {key, changed("Webhook-Id", "x"), r.body, at, webhooksender.ErrSignature},
		"no id":             {key, changed("Webhook-Id", ""), r.body, at, webhooksender.ErrSignature},
		"another time":      {key, changed("Webhook-Timestamp", "1800000001"), r.body, at, webhooksender.ErrSignature},
		"no time":           {key, changed("Webhook-Timestamp", ""), r.body, at, webhooksender.ErrSignature},
		"no signature":      {key, changed("Webhook-Signature", ""), r.body, at, webhooksender.ErrSignature},
		"another version":   {key, changed("Webhook-Signature", strings.Replace(sig, "v1", "v2", 1)), r.body, at, webhooksender.ErrSignature},
	} {
		if err := webhooksender.Verify(c.key, c.header, c.body, c.at); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

// TestLogin: a code by SMS that a gateway gets signs somebody in. Where the gateway refuses,
// the code is withdrawn, and the next one is another.
func TestLogin(t *testing.T) {
	refuse := false
	g := startGateway(t, func(w http.ResponseWriter, _ *http.Request) {
		if refuse {
			w.WriteHeader(http.StatusBadRequest)
		}
	})
	s := newSender(t, g.config())
	k := sallyporttest.New(t, sallyporttest.WithConfig(func(c *sallyport.Config) { c.SMS = s }))
	k.AddUser(t, sallyporttest.User{Name: "ann", Mobile: "+447700900123", MobileValidated: true})
	c := k.InProcess()

	refuse = true
	c.Choose(c.Login("ann", sallyporttest.Password), "SMS", "OTP").Want(t, sallyport.Failure|sallyport.MFAFailedSendingRequest)
	_, lost := one(t, g.take())

	refuse = false
	k.Clock.Advance(time.Minute)
	a := c.Choose(c.Login("ann", sallyporttest.Password), "SMS", "OTP").Want(t, sallyport.Failure|sallyport.MFAWaitingUserAction)
	_, sent := one(t, g.take())
	if lost["code"] == sent["code"] {
		t.Errorf("got the code %v twice", lost["code"])
	}
	c.Answer(a, lost["code"].(string)).Want(t, sallyport.Failure|sallyport.SecureCodeDoesNotMatch)
	c.Answer(a, sent["code"].(string)).Want(t, sallyport.Success)
}

// TestVerifyStandard: a message that another implementation of Standard Webhooks has signed
// is known (the example of its libraries).
func TestVerifyStandard(t *testing.T) {
	key, err := webhooksender.ParseKey("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	h := http.Header{
		"Webhook-Id": {"msg_p5jXN8AQM9LWM0D4loKWxJek"}, "Webhook-Timestamp": {"1614265330"},
		"Webhook-Signature": {"v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="},
	}
	if err := webhooksender.Verify(key, h, []byte(`{"test": 2432232314}`), time.Unix(1614265330, 0)); err != nil {
		t.Error(err)
	}
}
