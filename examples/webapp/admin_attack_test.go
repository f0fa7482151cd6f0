package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// deedForm is a form as the page of an account sends it.
func deedForm(name, reason string) url.Values {
	return url.Values{"deed": {name}, "form": {"AAAA"}, "reason": {reason}}
}

// TestAdminAlone: what another role sends does nothing, whatever it names; nor does what an
// admin sends without a factor of the last minutes.
func TestAdminAlone(t *testing.T) { everywhere(t, testAdminAlone) }

func testAdminAlone(t *testing.T, w *world) {
	ada, bob := w.id("ada"), w.id("bob")
	hers := w.sessionOf(w.in("ada")) // with a fresh factor
	for _, d := range deeds {
		got := w.raw("POST", "/admin/users/"+bob, deedForm(d.Name, "wants to").Encode(), "Cookie", hers, "Sec-Fetch-Site", "same-origin")
		if got.StatusCode != 403 {
			t.Errorf("a member, %s: got %d, want 403", d.Name, got.StatusCode)
		}
	}
	for _, path := range []string{"/admin", "/admin/users/" + ada, "/admin/users/" + ada + "?done=AAAA+lock"} {
		if got := w.raw("GET", path, "", "Cookie", hers); got.StatusCode != 403 || strings.Contains(textOf(t, got), "ada@") {
			t.Errorf("a member, %s: got %d, want 403", path, got.StatusCode)
		}
	}
	max := w.in("max")
	p := max.Open("/admin/users/"+ada).Want(t, 200, "ada", "Its owner may sign in.")
	w.Clock.Advance(fresh)
	p = p.Form("lock").Fill("lock", "stole a spoon").Submit("Lock").Want(t, 403, "Nothing was done")
	max.Open("/admin/users/"+ada).Want(t, 200, "Its owner may sign in.", "Prove it now")
	w.stepUp(p.Follow("Prove it now")).Want(t, 200, "Its owner may sign in.").
		Form("lock").Fill("lock", "stole a spoon").Submit("Lock").Want(t, 200, "The account is locked.", "locked by an admin", "by max: stole a spoon")
}

// TestAdminOwnAccount: nobody changes their own account here.
func TestAdminOwnAccount(t *testing.T) { everywhere(t, testAdminOwnAccount) }

func testAdminOwnAccount(t *testing.T, w *world) {
	b := w.in("max")
	own := w.id("max")
	b.Open("/admin/users/"+own).Want(t, 200, "This is your own account")
	form := b.Open("/admin/users/" + w.id("ada")).Form("lock")
	cookie := w.sessionOf(b)
	for _, d := range deeds {
		got := w.raw("POST", "/admin/users/"+own, deedForm(d.Name, "wants to").Encode(), "Cookie", cookie, "Sec-Fetch-Site", "same-origin")
		if text := textOf(t, got); got.StatusCode != 400 || !strings.Contains(text, "this is your own account") {
			t.Errorf("%s: got %d", d.Name, got.StatusCode)
		}
	}
	b.Open("/admin").Want(t, 200, "Hello max")
	form.Fill("lock", "a spoon").Submit("Lock").Want(t, 200, "The account is locked.")
}

// TestAdminForms: what is no form of the page, names nobody, or gives no reason that can be
// kept.
func TestAdminForms(t *testing.T) { everywhere(t, testAdminForms) }

func testAdminForms(t *testing.T, w *world) {
	cookie := w.sessionOf(w.in("max"))
	ada := "/admin/users/" + w.id("ada")
	send := func(path string, form url.Values) *http.Response {
		return w.raw("POST", path, form.Encode(), "Cookie", cookie, "Sec-Fetch-Site", "same-origin")
	}
	for name, reason := range map[string]string{
		"none": "", "blanks": "  ", "too long": strings.Repeat("ä", 201), "two lines": "a\nb", "no text": "a\xffb", "a zero byte": "a\x00b",
	} {
		if got := send(ada, deedForm("lock", reason)); got.StatusCode != 400 || !strings.Contains(textOf(t, got), "Say ") {
			t.Errorf("a reason of %s: got %d, want 400", name, got.StatusCode)
		}
	}
	for name, form := range map[string]url.Values{
		"another deed": deedForm("delete", "x"), "no deed": deedForm("", "x"), "no form": {"deed": {"lock"}, "reason": {"x"}}, "a long one": {"deed": {"lock"}, "reason": {"x"}, "form": {strings.Repeat("A", 65)}},
	} {
		if got := send(ada, form); got.StatusCode != 400 || !strings.Contains(textOf(t, got), "something is missing") {
			t.Errorf("%s: got %d, want 400", name, got.StatusCode)
		}
	}
	for _, id := range []string{"100", "6f209594-fc04-4e96-9f9f-7daf57b0fb12", "%2e%2e", `%22%3e%3csvg%2fonload=1%3e`, "%00"} {
		for what, got := range map[string]*http.Response{"look": w.raw("GET", "/admin/users/"+id, "", "Cookie", cookie), "lock": send("/admin/users/"+id, deedForm("lock", "x"))} {
			if text := textOf(t, got); got.StatusCode != 404 || strings.Contains(text, "<svg") {
				t.Errorf("%s of %s: got %d, want 404", what, id, got.StatusCode)
			}
		}
	}
	large := deedForm("lock", "x")
	large.Set("more", strings.Repeat("x", 65<<10))
	if got := send(ada, large); got.StatusCode != 400 {
		t.Errorf("a large form: got %d, want 400", got.StatusCode)
	}
	if got := textOf(t, w.raw("GET", ada, "", "Cookie", cookie)); !strings.Contains(got, "Its owner may sign in.") {
		t.Error("something was done")
	}
}

// TestAdminOddNames: what people call themselves, and what is searched for, is text.
func TestAdminOddNames(t *testing.T) { everywhere(t, testAdminOddNames) }

func testAdminOddNames(t *testing.T, w *world) {
	const odd = `"><svg/onload=alert(1)>`
	u := w.make(odd)
	b := w.in("max")
	for _, p := range []string{"/admin", "/admin?search=" + url.QueryEscape(odd), "/admin/users/" + u, "/admin/users/" + u + "?done=" + url.QueryEscape(odd), "/admin?after=" + url.QueryEscape(odd), "/admin?search=%00&after=%ff"} {
		if got := b.Open(p).Want(t, 200); strings.Contains(string(got.Body), "<svg") {
			t.Errorf("%s: the name is markup", p)
		}
	}
	b.Open("/admin?search=SVG%2FONLOAD").Want(t, 200, odd)
	p := b.Open("/admin/users/"+u).Form("lock").Fill("lock", odd).Submit("Lock").Want(t, 200, odd)
	if strings.Contains(string(p.Body), "<svg") {
		t.Error("the reason is markup")
	}
	p = p.Form("unlock").Fill("unlock", odd+strings.Repeat("x", 200)).Submit("Unlock").Want(t, 400, "at most 200")
	if got := p.Form("unlock").Value("unlock"); strings.Contains(string(p.Body), "<svg") || !strings.HasPrefix(got, odd) {
		t.Errorf("the reason is forgotten, or markup: got %q", got)
	}
}

// TestAdminInvitation: an invitation is shown to the session that made it, for ten minutes.
func TestAdminInvitation(t *testing.T) { everywhere(t, testAdminInvitation) }

func testAdminInvitation(t *testing.T, w *world) {
	b := w.in("max")
	p := b.Open("/admin/users/"+w.id("bob")).Form("invite").Fill("invite", "asked for it").Submit("Invite to add a second factor").Want(t, 200, "Give this link to the owner", "/account/invite/")
	if strings.Contains(p.URL, "invite/") {
		t.Errorf("the key stands in the address %s", p.URL)
	}
	b.Open(p.URL).Want(t, 200, "/account/invite/")
	lacks(t, w.in("max").Open(p.URL).Want(t, 200, "invited"), "/account/invite/")
	lacks(t, b.Open(strings.Replace(p.URL, w.id("bob"), w.id("ada"), 1)), "/account/invite/")
	w.Clock.Advance(10 * time.Minute)
	lacks(t, b.Open(p.URL).Want(t, 200, "invited"), "/account/invite/")
}
