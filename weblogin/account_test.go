package weblogin_test

import (
	"strings"
	"testing"
)

// TestAccount shows somebody their account, and what they may do there.
func TestAccount(t *testing.T) {
	s := newSite(t, nil)
	b := s.in("lee")
	s.in("lee")
	p := b.Open("/account").Want(t, 200, "Your account", "lee", "lee@example.com", "+33612345678", "Changed on",
		"Language", "Authenticator app", "E-mail to", "Text message to", "Recovery codes", "You have none left.",
		"Where you are signed in", "(here)", "Sign out everywhere else", "Close my account for good")
	if n := strings.Count(p.Text, "End this session"); n != 1 || strings.Contains(p.Text, "Remembered devices") {
		t.Errorf("got %d other sessions, want one: %s", n, p.Text)
	}
	p = s.in("bob").Open("/account").Want(t, 200, "Your account has none:", "Add a second factor", "Add an e-mail address")
	if strings.Contains(p.Text, "Recovery codes") || strings.Contains(p.Text, "everywhere else") {
		t.Errorf("got %s", p.Text)
	}
	s.browser().Open("/account").Want(t, 200, "Sign in", "Password")
}

// TestAccountLanguage chooses the language of the pages.
func TestAccountLanguage(t *testing.T) {
	s := newSite(t, nil)
	b := s.in("bob")
	old := b.Open("/account")
	for range 2 {
		old.Form("languages").Choose("language", "de").Submit("Use this language")
		if p := b.Open("/sign-in"); !strings.Contains(string(p.Body), `<html lang="de">`) {
			t.Errorf("got %v, want it in German", p)
		}
	}
	s.instead(old.Form("languages"), "language", "tlh").Want(t, 400, "Wählen Sie eine der Sprachen aus der Liste.")
	b.Open("/account").Form("languages").Choose("language", "").Submit("").Want(t, 200, "This is the language of these pages")
	if p := b.Open("/account").Want(t, 200, "Your account"); strings.Contains(p.Text, "This is the language") {
		t.Error("what was done is told twice")
	}
}

// TestAccountRename names an authenticator, and says what is no name.
func TestAccountRename(t *testing.T) {
	s := newSite(t, nil)
	b, other := s.in("tom"), s.in("lee")
	f := b.Open("/account").Form("rename-0")
	f.Fill("label", "").Submit("").Want(t, 400, "Enter a name of at most 64 characters")
	p := f.Fill("label", strings.Repeat("x", 65)).Submit("").Want(t, 400, "Enter a name of at most 64 characters")
	if p.Form("rename-0").Value("label") != strings.Repeat("x", 65) || !strings.Contains(string(p.Body), `<details open>`) || !strings.Contains(string(p.Body), `id="label-0-error"`) {
		t.Errorf("got %s, want what was typed kept, and the fault beside it", p.Body)
	}
	for range 2 {
		f.Fill("label", " Work  phone ").Submit("").Want(t, 200, "The name is changed.", "Work phone Codes of an authenticator app.")
	}
	s.instead(other.Open("/account").Form("rename-0").Fill("label", "Mine"), "factor", f.Value("factor")).Want(t, 400, "Your account has no such second factor any more.")
	b.Open("/account").Want(t, 200, "Work phone")
}

// TestAccountDevices forgets remembered devices, of which one is this browser.
func TestAccountDevices(t *testing.T) {
	s := newSite(t, nil, remembering)
	b, other := s.remembered("tom"), s.remembered("lee")
	f := b.Open("/account").Want(t, 200, "Remembered devices", "(this browser)").Form("device-0")
	s.instead(other.Open("/account").Form("device-0"), "device", f.Value("device")).Want(t, 200, "That device is no longer remembered")
	b.Open("/account").Want(t, 200, "(this browser)")
	for range 2 {
		p := f.Submit("").Want(t, 200, "That device is no longer remembered")
		if strings.Contains(p.Text, "(this browser)") {
			t.Errorf("got %s, want it gone", p.Text)
		}
	}
	other.Open("/account").Want(t, 200, "(this browser)")
}

// TestAccountSessions ends sessions: another one, all others, and all.
func TestAccountSessions(t *testing.T) {
	s := newSite(t, nil)
	b, other, third := s.in("bob"), s.in("bob"), s.in("tom")
	s.in("tom")
	end := b.Open("/account").Form("End this session")
	for range 2 {
		end.Submit("").Want(t, 200, "That session is over.", "(here)")
	}
	other.Open("/account").Want(t, 200, "Sign in", "Password")

	other = s.in("bob")
	end = b.Open("/account").Form("End this session")
	s.instead(third.Open("/account").Form("End this session"), "session", end.Value("session")).Want(t, 200, "That session is over.", "End this session")
	other.Open("/account").Want(t, 200, "(here)")

	others := b.Open("/account").Form("Sign out everywhere else")
	for range 2 {
		others.Submit("").Want(t, 200, "Every other session has ended")
	}
	other.Open("/members").Want(t, 200, "Sign in")
	other = s.in("bob")
	all := b.Open("/account").Form("Sign out everywhere")
	all.Submit("").Want(t, 200, "You are signed out", "Nobody is signed in here.")
	all.Submit("").Want(t, 401, "You are signed out", "Nothing was done: your session has ended")
	other.Open("/members").Want(t, 200, "Sign in")
}

// TestAccountForms: a form does nothing that is of an older page of another browser, that is
// sent after somebody has signed out in another tab, or of another site.
func TestAccountForms(t *testing.T) {
	s := newSite(t, nil)
	b := s.in("tom")
	old := b.Open("/account")
	s.instead(old.Form("rename-0").Fill("label", "New"), "nonce", s.in("bob").Open("/account").Form("languages").Value("nonce")).Want(t, 400, "Nothing was done: you sent a page from before.")
	b.Open("/sign-out").Form().Submit("Sign out")
	for _, f := range []string{"rename-0", "languages", "everywhere"} {
		old.Form(f).Submit("").Want(t, 401, "You are signed out", "Nothing was done: your session has ended")
	}
	if strings.Contains(s.in("tom").Open("/account").Text, "New") {
		t.Error("the name was changed")
	}
}
