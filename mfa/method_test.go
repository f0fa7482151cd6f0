package mfa_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/sallyport-auth/sallyport/mfa"
)

func TestMasks(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"marie.sample.deals@gmail.com", "m****************s@g****.com"}, // published
		{"alice@example.co.uk", "a***e@e*********.uk"},
		{"bob@example.com", "***@e******.com"},
		{"anna@example.com", "****@e******.com"},
		{"annas@x.org", "a***s@x.org"},
		{"größe@exämple.de", "g***e@e******.de"},
		{"@example.com", "@e******.com"},
		{"nonsense", "********"},
		{"", ""},
	} {
		if got := mfa.MaskEmail(c.in); got != c.want {
			t.Errorf("MaskEmail(%q) = %q, want %q", c.in, got, c.want)
		}
	}
	for _, c := range []struct{ in, want string }{
		{"+911234534003", "+91*****34003"}, // published
		{"+33665522339", "+33****22339"},
		{"+3366552233", "***********"},
		{"12345678901", "12****78901"},
	} {
		if got := mfa.MaskPhone(c.in); got != c.want {
			t.Errorf("MaskPhone(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

// FuzzMasks reads an address that is to be masked: the mask is as long, and
// hides enough of a telephone number.
func FuzzMasks(f *testing.F) {
	for _, s := range []string{"marie.sample.deals@gmail.com", "a@b", "@", "@@.", "+911234534003", "ü@ü.ü", "x@.com"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) {
			return
		}
		if e := mfa.MaskEmail(s); utf8.RuneCountInString(e) != utf8.RuneCountInString(s) {
			t.Errorf("MaskEmail(%q) = %q: length changed", s, e)
		}
		if !mfa.CheckAddress(mfa.SMS, s) {
			return
		}
		p := mfa.MaskPhone(s)
		if len(p) != len(s) || strings.Count(p, "*") < 4 {
			t.Errorf("MaskPhone(%q) = %q: hides too little", s, p)
		}
	})
}

func TestCheckAddress(t *testing.T) {
	for _, c := range []struct {
		over mfa.Transport
		in   string
		want bool
	}{
		{mfa.Email, "marie@example.com", true},
		{mfa.Email, "m.a+tag@sub.example.co.uk", true},
		{mfa.Email, "größe@exämple.de", true},
		{mfa.Email, "", false},
		{mfa.Email, "marie", false},
		{mfa.Email, "marie@localhost", false},
		{mfa.Email, "a@x.com,b@y.com", false},
		{mfa.Email, "a@x.com\r\nBcc: b@y.com", false},
		{mfa.Email, "Marie <a@x.com>", false},
		{mfa.Email, `"a b"@x.com`, false},
		{mfa.Email, "a@b@x.com", false},
		{mfa.Email, ".a@x.com", false},
		{mfa.Email, "a..b@x.com", false},
		{mfa.Email, "a@-x.com", false},
		{mfa.Email, "a@x..com", false},
		{mfa.Email, "@x.com", false},
		{mfa.Email, "a@", false},
		{mfa.Email, strings.Repeat("a", 64) + "@x.com", true},
		{mfa.Email, strings.Repeat("a", 65) + "@x.com", false},
		{mfa.Email, "a@" + strings.Repeat("x", 63) + ".com", true},
		{mfa.Email, "a@" + strings.Repeat("x", 64) + ".com", false},
		{mfa.Email, "a@" + strings.Repeat("x", 250) + ".com", false},
		{mfa.Email, "ab@" + strings.Repeat("x.", 124) + "com", true},   // 254 bytes
		{mfa.Email, "abc@" + strings.Repeat("x.", 124) + "com", false}, // 255
		{mfa.Email, "a b@x.com", false},
		{mfa.Email, "a!b@x.com", true}, // the first behind the space
		{mfa.Email, "a~b@x.com", true}, // the last before the controls, which go from DEL
		{mfa.Email, "a\x7fb@x.com", false},
		{mfa.Email, "a\u0080b@x.com", false},
		{mfa.Email, "a\u00a0b@x.com", false}, // to the space that does not break
		{mfa.Email, "a\u00a1b@x.com", true},
		{mfa.Email, "a@x\u00a0y.com", false},
		{mfa.Email, "a\u2027b@x.com", true},
		{mfa.Email, "a\u2028b@x.com", false},
		{mfa.Email, "a\u2029b@x.com", false},
		{mfa.Email, "a\u202ab@x.com", false}, // a mark that cannot be seen,
		{mfa.Email, "a\ufffdb@x.com", false},
		{mfa.Email, "a\xffb@x.com", false}, // no UTF-8
		{mfa.Email, "a\x00@x.com", false},
		{mfa.SMS, "+911234534003", true},
		{mfa.SMS, "911234534003", false},
		{mfa.SMS, "+0123456789", false},
		{mfa.SMS, "+123456", false},
		{mfa.SMS, "+1234567890123456", false},
		{mfa.SMS, "+12345 67890", false},
		{mfa.SMS, "+１２３４５６７８９", false},
		{mfa.Authenticator, "+911234534003", false},
	} {
		if got := mfa.CheckAddress(c.over, c.in); got != c.want {
			t.Errorf("CheckAddress(%s, %q) = %v, want %v", c.over, c.in, got, c.want)
		}
	}
}

// TestTransports: published numbers and names, and what is none of them.
func TestTransports(t *testing.T) {
	for _, tt := range []struct {
		transport mfa.Transport
		number    int
		name      string
	}{{mfa.SMS, 1, "SMS"}, {mfa.Email, 2, "Email"}, {mfa.Authenticator, 4, "MicrosoftAuthenticator"}} {
		got, ok := mfa.ParseTransport(tt.name)
		if int(tt.transport) != tt.number || tt.transport.String() != tt.name || got != tt.transport || !ok {
			t.Errorf("%s: got %v, %v", tt.name, got, ok)
		}
	}
	for _, name := range []string{"", "sms", "email", "Authenticator", "Transport(0)", "Transport(3)"} {
		if got, ok := mfa.ParseTransport(name); ok || got != 0 {
			t.Errorf("%q: got %v, want none", name, got)
		}
	}
	if got := mfa.Transport(3).String(); got != "Transport(3)" {
		t.Errorf("got %q", got)
	}
}

// TestMethodNames: names as policies and the wire spell them.
func TestMethodNames(t *testing.T) {
	for want, m := range map[string]mfa.Method{
		"EmailLink": {Transport: mfa.Email, Mode: mfa.Link}, "SMSOTP": {Transport: mfa.SMS, Mode: mfa.OTP},
		"MicrosoftAuthenticator": {Transport: mfa.Authenticator, Mode: mfa.OTP}, "EmailMode(3)": {Transport: mfa.Email, Mode: 3},
	} {
		if got := m.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if mfa.Link != 1 || mfa.OTP != 2 {
		t.Error("modes have other numbers than the published ones")
	}
}

// TestChannels: what can work without a sender, and what cannot.
func TestChannels(t *testing.T) {
	for _, tt := range []struct {
		channels                  mfa.Channels
		sms, email, authenticator bool
	}{
		{mfa.Channels{}, false, false, true},
		{mfa.Channels{Email: true}, false, true, true},
		{mfa.Channels{SMS: true}, true, false, true},
		{mfa.Channels{Email: true, SMS: true}, true, true, true},
	} {
		if tt.channels.Has(mfa.SMS) != tt.sms || tt.channels.Has(mfa.Email) != tt.email || tt.channels.Has(mfa.Authenticator) != tt.authenticator {
			t.Errorf("%+v: got SMS %v, Email %v", tt.channels, tt.channels.Has(mfa.SMS), tt.channels.Has(mfa.Email))
		}
	}
}
