package httpadapter_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/httpadapter"
)

// typed reads the key of an authenticator from a page.
func typed(t *testing.T, a *answer) string {
	t.Helper()
	key := typedKey.FindStringSubmatch(a.body)
	if key == nil {
		t.Fatalf("no key in %d %s", a.status, a.body)
	}
	return strings.ReplaceAll(key[1], " ", "")
}

// wantTitle wants a page with that heading, without a fault.
func wantTitle(t *testing.T, a *answer, title string) {
	t.Helper()
	a.want(t, 200, "")
	if !strings.Contains(a.body, "<h1>"+title+"</h1>") || !strings.Contains(a.body, "<title>"+title+"</title>") || strings.Contains(a.body, `role="alert"`) {
		t.Errorf("got %s, want the page %q", a.body, title)
	}
}

// TestEnrollPageProvesFirst starts with an address on record that was never
// confirmed.
func TestEnrollPageProvesFirst(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	b := newBrowser(t, h.adapter)
	page := "/mfa/enroll/" + h.first(t, "record").RequestID
	a := b.get(page)
	wantTitle(t, a, "First, confirm your e-mail address")
	if !strings.Contains(a.body, "r******d@e******.org") || strings.Contains(a.body, "recorded@") {
		t.Fatalf("got %s, want the masked address first", a.body)
	}
	if strings.Contains(a.body, `name="address"`) {
		t.Error("the page asks for an address")
	}
	n := nonce(t, a)
	staged := b.post(page, "action", "totp", "nonce", n, "code", h.code(t, typed(t, b.get(page+"?add=app"))))
	wantTitle(t, staged, "Save your recovery codes")
	if !strings.Contains(staged.body, "They work once the app is active") {
		t.Errorf("got %s, want it said that the codes do not work yet", staged.body)
	}
	next := b.get(page + "?view=next")
	if !strings.Contains(next.body, "Confirmed so far: <strong>authenticator app</strong>. It goes live once you have confirmed the address") {
		t.Errorf("got %s, want it staged", next.body)
	}
	b.post(page, "action", "email-send", "nonce", n, "address", "evil@example.net").want(t, 400, "")
	sent := b.post(page, "action", "email-send", "nonce", n)
	wantTitle(t, sent, "Enter the code")
	if !strings.Contains(sent.body, `role="status">We have sent a code to <strong translate="no">r******d@e******.org</strong>`) || strings.Contains(sent.body, "Use another") {
		t.Errorf("got %s, want to be told", sent.body)
	}
	m := h.outbox.last(t, "enrolment")
	if m.To != "recorded@example.org" {
		t.Errorf("sent to %s", m.To)
	}
	wantRefusedForm(t, b.post(page, "action", "email-confirm", "nonce", n, "code", "nothing"), "code", "That code is not right.")
	wantTitle(t, b.post(page, "action", "email-confirm", "nonce", n, "code", m.Code), "Save your recovery codes")
	wantTitle(t, b.get(page+"?view=next"), "You are all set")
}

// TestEnrollPageStages adds a factor to an account that has one.
func TestEnrollPageStages(t *testing.T) {
	for _, tt := range []struct{ user, title, channel, invalid, fault, address, method string }{
		{"mail", "Add your mobile number", "sms", "0612", "This number cannot be used. Write it with a plus and the country code, such as +49 170 1234567.", " +33687654321 ", "text message"},
		{"phone", "Add your e-mail address", "email", "a@x,b@y", "This address cannot be used.", "\u00a0new@example.org \u3000", "e-mail"},
	} {
		t.Run(tt.user, func(t *testing.T) {
			h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
			b := newBrowser(t, h.adapter)
			page := "/mfa/enroll/" + h.first(t, tt.user).RequestID
			wantTitle(t, b.get(page), "Set up a second factor")
			a := b.get(page + "?add=" + tt.channel)
			wantTitle(t, a, tt.title)
			if strings.Contains(a.body, "on record") {
				t.Errorf("got %s, want no word of an address on record, since there is none", a.body)
			}
			n := nonce(t, a)
			refused := b.post(page, "action", tt.channel+"-send", "nonce", n, "address", tt.invalid)
			wantRefusedForm(t, refused, "address", tt.fault)
			if !strings.Contains(refused.body, `value="`+tt.invalid+`"`) {
				t.Errorf("got %s, want what was typed kept", refused.body)
			}
			wantTitle(t, b.post(page, "action", tt.channel+"-send", "nonce", n, "address", tt.address), "Enter the code")
			done := b.post(page, "action", tt.channel+"-confirm", "nonce", n, "code", h.outbox.last(t, "enrolment").Code)
			wantTitle(t, done, "One more step")
			if !strings.Contains(done.body, "with a factor that you already have") || !strings.Contains(done.body, "<strong>"+tt.method+"</strong>") {
				t.Errorf("got %s, want %s by name", done.body, tt.method)
			}
		})
	}
}

// TestEnrollPageFaults makes each mistake that the page knows.
func TestEnrollPageFaults(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	b := newBrowser(t, h.adapter)
	page := "/mfa/enroll/" + h.first(t, "bare").RequestID
	n := nonce(t, b.get(page+"?add=app"))
	b.post(page, "action", "sms-send", "nonce", n, "address", "+33687654321")
	for _, tt := range []struct{ name, action, field, value, at, want string }{
		{"no code of the app", "totp", "code", "", "code", "Enter the code first."},
		{"no code of the message", "sms-confirm", "code", "", "code", "Enter the code first."},
		{"a wrong code", "sms-confirm", "code", "123456x", "code", "That code is not right."},
		{"an address that is none", "email-send", "address", "a@x,b@y", "address", "This address cannot be used."},
		{"no address", "sms-send", "address", " ", "address", "This number cannot be used."}, // of a form without that field
		{"nothing was sent yet", "email-again", "", "", "address", "This address cannot be used."},
		{"a provider that is down", "email-send", "address", "new@example.org", "", "The code could not be sent. Wait half a minute and try again."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if strings.Contains(tt.name, "down") {
				h.outbox.breakDown()
			}
			wantRefusedForm(t, b.post(page, "action", tt.action, "nonce", n, tt.field, tt.value), tt.at, tt.want)
		})
	}
}

// TestEnrollPageAddresses takes each address through the page and back, one thing a
// screen.
func TestEnrollPageAddresses(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	b := newBrowser(t, h.adapter)
	page := "/mfa/enroll/" + h.first(t, "bare").RequestID
	first := b.get(page)
	wantTitle(t, first, "Set up a second factor")
	for _, step := range []string{"app", "email", "sms"} {
		if !strings.Contains(first.body, `<a href="?add=`+step+`">`) {
			t.Errorf("got %s, want the choice %s", first.body, step)
		}
	}
	if strings.Contains(first.body, "<form") || !strings.Contains(first.body, "This page is yours for 10 minutes more, until 05:16 UTC.") {
		t.Errorf("got %s, want no form, and for how long the page is there", first.body)
	}
	n := nonce(t, b.get(page+"?add=app"))
	for _, channel := range []struct{ name, address, masked string }{{"email", "new@example.org", "***@e******.org"}, {"sms", "+33612345678", "+33****45678"}} {
		sent := b.post(page, "action", channel.name+"-send", "nonce", n, "address", channel.address)
		wantTitle(t, sent, "Enter the code")
		if !strings.Contains(sent.body, channel.masked) || strings.Contains(sent.body, channel.address) || !strings.Contains(sent.body, "It is good for 1 minute.") || !strings.Contains(sent.body, `inputmode="numeric"`) {
			t.Errorf("got %s, want the masked address %s, and for how long", sent.body, channel.masked)
		}
		wantTitle(t, b.get(page+"?add="+channel.name+"&other=1"), map[string]string{"email": "Add your e-mail address", "sms": "Add your mobile number"}[channel.name])
		h.clock.advance(60e9)
		if late := b.get(page + "?add=" + channel.name); !strings.Contains(late.body, "is no longer good") {
			t.Errorf("got %s, want it late", late.body)
		}
		wantTitle(t, b.post(page, "action", channel.name+"-again", "nonce", n), "Enter the code")
		m := h.outbox.last(t, "enrolment")
		if m.To != channel.address {
			t.Errorf("sent to %s, want %s", m.To, channel.address)
		}
		wantTitle(t, b.post(page, "action", channel.name+"-confirm", "nonce", n, "code", m.Code), "You are all set")
		if a := b.get(page + "?add=more"); strings.Contains(a.body, "?add="+channel.name) || !strings.Contains(a.body, "?add=app") {
			t.Errorf("got %s, want no choice of %s once more", a.body, channel.name)
		}
	}
	done := b.post(page, "action", "totp", "nonce", n, "code", h.code(t, typed(t, b.get(page+"?add=app"))))
	wantTitle(t, done, "Save your recovery codes")
	if strings.Contains(done.body, "one step is left") {
		t.Errorf("got %s, want codes that work", done.body)
	}
	codes := regexp.MustCompile(`<li><code>([^<]*)</code></li>`).FindAllStringSubmatch(done.body, -1)
	file := regexp.MustCompile(`download="recovery-codes.txt" href="data:text/plain;charset=utf-8,([^"]*)"`).FindStringSubmatch(done.body)
	if len(codes) != 10 || file == nil {
		t.Fatalf("got %s, want ten recovery codes and a file", done.body)
	}
	want := ""
	for _, c := range codes {
		if !regexp.MustCompile(`^[A-Z0-9]{4}(-[A-Z0-9]{4}){3}$`).MatchString(c[1]) {
			t.Errorf("got recovery code %q, want groups of four", c[1])
		}
		want += c[1] + "%0A"
	}
	if file[1] != want {
		t.Errorf("got file %q, want %q", file[1], want)
	}
	wantTitle(t, b.get(page+"?add=more"), "You are all set") // there is nothing more to add
	wantTitle(t, b.get(page), "Save your recovery codes")
}

// TestEnrollPageBlanks leaves a field empty, or types blanks: no code is judged, and
// nothing is sent to an address that was not asked for.
func TestEnrollPageBlanks(t *testing.T) {
	for _, tt := range []struct{ user, add, action, field, fault string }{
		{"bare", "app", "totp", "code", "Enter the code first."},
		{"bare", "email", "email-confirm", "code", "Enter the code first."},
		{"bare", "email", "email-send", "address", "Enter the address first."},
		{"bare", "sms", "sms-send", "address", "Enter the number first."},
		{"half", "sms", "sms-send", "address", "Enter the number first."},
	} {
		t.Run(tt.user+" "+tt.action, func(t *testing.T) {
			h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
			b := newBrowser(t, h.adapter)
			page := "/mfa/enroll/" + h.first(t, tt.user).RequestID
			n := nonce(t, b.get(page+"?add="+tt.add))
			if tt.action == "email-confirm" {
				b.post(page, "action", "email-send", "nonce", n, "address", "new@example.org")
			}
			sent := h.outbox.count()
			for _, blank := range []string{"", " ", "\u00a0", "  \u00a0 ", " ", "\u00a0", ""} { // more than there are tries
				fields := []string{"action", tt.action, "nonce", n, tt.field, blank}
				if tt.field == "address" {
					fields = append(fields, "other", "1")
				}
				wantRefusedForm(t, b.post(page, fields...), tt.field, tt.fault)
			}
			if got := h.outbox.count(); got != sent {
				t.Errorf("got %d messages, want %d", got, sent)
			}
		})
	}
}

// TestEnrollPageOtherScripts: an address is mailed as it was typed. A field of the
// type email would not let it be: browsers refuse letters before the @ that are
// none of ASCII, and send the domain in another form.
func TestEnrollPageOtherScripts(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	b := newBrowser(t, h.adapter)
	page := "/mfa/enroll/" + h.first(t, "bare").RequestID
	a := b.get(page + "?add=email")
	if strings.Contains(a.body, `type="email"`) || !strings.Contains(a.body, `inputmode="email" autocapitalize="none" spellcheck="false" autocomplete="email"`) {
		t.Errorf("got %s, want a field of text", a.body)
	}
	const typed = "jörg@bücher.example"
	wantTitle(t, b.post(page, "action", "email-send", "nonce", nonce(t, a), "other", "1", "address", "\u00a0"+typed+"\t"), "Enter the code")
	if m := h.outbox.last(t, "enrolment"); m.To != typed {
		t.Errorf("sent to %s, want %s", m.To, typed)
	}
}

// TestEnrollPageOffersWhatItTakes: while an address on record has to be proven the
// page offers no other one, which it would refuse however it was written.
func TestEnrollPageOffersWhatItTakes(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	b := newBrowser(t, h.adapter)
	page := "/mfa/enroll/" + h.first(t, "record").RequestID
	more := b.get(page + "?add=more")
	for step, want := range map[string]bool{"app": true, "email": true, "sms": false} {
		if got := strings.Contains(more.body, `<a href="?add=`+step+`">`); got != want {
			t.Errorf("the choice %s: got %v, want %v", step, got, want)
		}
	}
	wantTitle(t, b.get(page+"?add=sms"), "First, confirm your e-mail address")

	page = "/mfa/enroll/" + h.first(t, "both").RequestID
	a := b.get(page + "?add=sms") // either of two will do
	wantTitle(t, a, "First, confirm your mobile number")
	if strings.Contains(a.body, `name="address"`) || !strings.Contains(a.body, "+33****45670") {
		t.Errorf("got %s, want the number on record alone", a.body)
	}
	sent := b.post(page, "action", "sms-send", "nonce", nonce(t, a))
	wantTitle(t, sent, "Enter the code")
	if strings.Contains(sent.body, "Use another number") {
		t.Errorf("got %s, want no other number", sent.body)
	}
	wantTitle(t, b.post(page, "action", "sms-confirm", "nonce", nonce(t, a), "code", h.outbox.last(t, "enrolment").Code), "You are all set")
}
