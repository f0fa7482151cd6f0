package main

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// does has an admin do something to an account, with a reason that names it.
func (w *world) does(b *sallyporttest.Browser, name, deed, button string) *sallyporttest.Page {
	w.t.Helper()
	p := b.Open("/admin/users/"+w.id(name)).Want(w.t, 200, name).Form(deed).Fill(deed, "why "+deed).Submit(button)
	return p.Want(w.t, 200, "why "+deed)
}

// TestAdminList: accounts are listed by pages, and found by a part of their names.
func TestAdminList(t *testing.T) { everywhere(t, adminList) }

func adminList(t *testing.T, w *world) {
	for i := range 25 {
		w.make(fmt.Sprintf("guest-%02d", i))
	}
	b := w.in("max")
	p := b.Open("/admin").Want(t, 200, "Hello max. Only admins", "More")
	seen := regexp.MustCompile(`<li><a [^>]*><bdi>`).FindAll(append(p.Body, p.Follow("More").Body...), -1)
	if len(seen) != 29 {
		t.Errorf("got %d accounts on two pages, want 29", len(seen))
	}
	p = p.Form("search").Fill("search", " GUEST-1 ").Submit("Search").Want(t, 200, "guest-10", "guest-19")
	if strings.Contains(p.Text, "guest-09") || strings.Contains(p.Text, "ada") || strings.Contains(p.Text, "More") {
		t.Errorf("got more than what was searched for: %s", p.Text)
	}
	p.Follow("guest-12").Want(t, 200, "guest-12", "Its owner may sign in.")
	p.Form("search").Fill("search", "%").Submit("Search").Want(t, 200, "None.")
	w.does(b, "guest-12", "lock", "Lock")
	w.does(b, "guest-12", "disable", "Disable").Want(t, 200, "It is locked by an admin, too.")
	b.Open("/admin?search=guest-12").Want(t, 200, "guest-12, disabled, locked")
}

// TestAdminLock: who is locked or disabled is out at once and stays out; unlocking and enabling
// let them in again.
func TestAdminLock(t *testing.T) { everywhere(t, adminLock) }

func adminLock(t *testing.T, w *world) {
	b, bob := w.in("max"), w.in("bob")
	for _, step := range []struct{ deed, button, says string }{{"lock", "Lock", "Your account is locked."}, {"disable", "Disable", "Your account is disabled."}} {
		undo, undoButton := "unlock", "Unlock"
		if step.deed == "disable" {
			undo, undoButton = "enable", "Enable"
		}
		w.does(b, "bob", step.deed, step.button).Want(t, 200, "The account is "+step.deed)
		bob.Open("/members").Want(t, 200, "Password")
		w.enter(w.browser(), "/members", "bob").Want(t, 400, step.says)
		w.does(b, "bob", undo, undoButton).Want(t, 200, "Its owner may sign in.")
		w.enter(bob, "/sign-in?to=/members", "bob").Want(t, 200, "Hello bob")
	}
	for range 10 { // the tenth locks
		w.Clock.Advance(11 * time.Second)
		w.browser().Open("/sign-in").Form("password").Fill("name", "bob").Fill("password", "not it at "+w.Clock.Now().Format(time.TimeOnly)).Submit("Sign in")
	}
	w.enter(w.browser(), "/members", "bob").Want(t, 400, "Too many wrong passwords")
	w.does(b, "bob", "unlock", "Unlock")
	w.enter(w.browser(), "/members", "bob").Want(t, 200, "Hello bob")
}

// TestAdminSessions: the sessions of an account are shown and ended.
func TestAdminSessions(t *testing.T) { everywhere(t, adminSessions) }

func adminSessions(t *testing.T, w *world) {
	b, one, other := w.in("max"), w.in("bob"), w.in("bob")
	b.Open("/admin/users/"+w.id("bob")).Want(t, 200, "127.0.0.1, since 2 March 2026")
	w.does(b, "bob", "end-sessions", "End all sessions").Want(t, 200, "sessions ended, by max: why end-sessions")
	one.Open("/members").Want(t, 200, "Password")
	other.Open("/members").Want(t, 200, "Password")
}

// TestAdminFactors: whoever has lost their factors gets an invitation by mail, where a mailbox is
// proven to be theirs, else from the admin.
func TestAdminFactors(t *testing.T) { everywhere(t, adminFactors) }

func adminFactors(t *testing.T, w *world) {
	b, ada := w.in("max"), w.in("ada")
	b.Open("/admin/users/"+w.id("ada")).Want(t, 200, "Email ***@e******.com")
	p := w.does(b, "ada", "reset-factors", "Take all second factors away").Want(t, 200, "An invitation went to ada@example.com.", "factors reset")
	lacks(t, p, "/account/invite/")
	w.Outbox.Await("ada@example.com", "invitation")
	ada.Open("/members").Want(t, 200, "Password")
	invited := w.browser().Open(w.newest(`<a href="([^"]*/account/invite/[^"]*)"`)).Form()
	invited.Fill("password", w.passwords["ada"]).Submit("Go on").Want(t, 200, "ada")

	p = w.does(b, "bob", "invite", "Invite to add a second factor").Want(t, 200, "Give this link to the owner")
	link := regexp.MustCompile(`<code class="long">([^<]*)</code>`).FindSubmatch(p.Body)
	if link == nil {
		t.Fatal("no link is shown")
	}
	w.browser().Open(string(link[1])).Form().Fill("password", w.passwords["bob"]).Submit("Go on").Want(t, 200, "bob")
}

// TestAdminTwice: a form that comes twice is done once, and shows the same twice.
func TestAdminTwice(t *testing.T) { everywhere(t, adminTwice) }

func adminTwice(t *testing.T, w *world) {
	b := w.in("max")
	form := b.Open("/admin/users/"+w.id("bob")).Form("invite").Fill("invite", "asked for it")
	first := form.Submit("Invite to add a second factor").Want(t, 200, "There is an invitation.")
	again := form.Submit("Invite to add a second factor").Want(t, 200, "There is an invitation.")
	link := regexp.MustCompile(`http[^<]*/account/invite/[^<]*`)
	if a, b := link.Find(first.Body), link.Find(again.Body); first.URL != again.URL || len(a) == 0 || string(a) != string(b) {
		t.Errorf("got %q at %s and then %q at %s", a, first.URL, b, again.URL)
	}
	invited := 0
	for _, e := range w.changes.last(w.id("bob"), 100) {
		if e.Kind == sallyport.EventInvited {
			invited++
		}
	}
	if invited != 1 {
		t.Errorf("got %d invitations, want 1", invited)
	}
	other := b.Open("/admin/users/"+w.id("bob")).Form("invite").Fill("invite", "another")
	if p := other.Submit("Invite to add a second factor"); string(link.Find(p.Body)) == string(link.Find(first.Body)) {
		t.Error("another form made no other invitation")
	}
}
