package httpadapter_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/httpadapter"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// spoken is a page, and what its title and one sentence of it are in French and German.
type spoken struct {
	name string
	// open returns its path, of an account that says that language; empty: none.
	open        func(t *testing.T, language string) (http.Handler, string)
	title, says map[string]string
}

// reads returns somebody who has an address and reads that language.
func reads(language string, validated bool) sallyporttest.User {
	return sallyporttest.User{Name: "ada", Email: oldMail, EmailValidated: validated, Edit: func(u *directory.User) { u.Language = language }}
}

func openEnrolment(t *testing.T, language string) (http.Handler, string) {
	k, who := sallyporttest.New(t), reads(language, false)
	who.MFA = new(true)
	p := k.AddUser(t, who)
	return k.Handler(), path(t, k.InProcess().Login(p.Name, p.Password).Enrollment.EnrollmentURL)
}

func openLink(t *testing.T, language string) (http.Handler, string) {
	k := sallyporttest.New(t, sallyporttest.WithAdapter(func(o *httpadapter.Options) { o.AnswerLinksAtOnce = true }))
	p := k.AddUser(t, reads(language, true))
	held := k.InProcess().WaitLink(k.InProcess().Login(p.Name, p.Password), "Email")
	return k.Handler(), path(t, held.Link)
}

func openResetKey(t *testing.T, language string) (http.Handler, string) {
	k := sallyporttest.New(t)
	p := k.AddUser(t, reads(language, true))
	return k.Handler(), resetPath + "/" + k.Outbox.Key(oldMail, func() {
		if err := k.Engine.BeginReset(t.Context(), sallyport.ResetRequest{Username: p.Name}); err != nil {
			t.Fatal(err)
		}
	})
}

func moverReading(t *testing.T, language string) *mover {
	k := sallyporttest.New(t)
	return &mover{k, t, k.AddUser(t, reads(language, false))}
}

func openAddress(t *testing.T, language string) (http.Handler, string) {
	m := moverReading(t, language)
	return m.Handler(), m.ask(newMail)
}

func openUndo(t *testing.T, language string) (http.Handler, string) {
	m := moverReading(t, language)
	m.moved(newMail)
	return m.Handler(), m.moved("third@example.org")
}

func openInvitation(t *testing.T, language string) (http.Handler, string) {
	k := newInviting(t)
	k.p = k.AddUser(t, reads(language, false))
	return k.Handler(), k.invite()
}

func openSignUp(t *testing.T, language string) (http.Handler, string) {
	k, _ := signUps(t, nil)
	return k.Handler(), "/account/verify/" + k.Outbox.Key("own@example.com", func() {
		in := sallyport.Registration{Username: "own", Email: "own@example.com", Password: pass, Language: language}
		if _, err := k.Engine.Register(t.Context(), in); err != nil {
			t.Fatal(err)
		}
	})
}

var spokenPages = []spoken{
	{"enrolment", openEnrolment,
		map[string]string{"fr": "Confirmez d’abord votre adresse e-mail", "de": "Bestätigen Sie zuerst Ihre E-Mail-Adresse"},
		map[string]string{"fr": "Avant tout ajout, montrez que vous recevez les messages envoyés à <strong translate=\"no\">a**********e@e******.com</strong>.", "de": "So kann niemand, der nur Ihr Passwort kennt, einen eigenen Faktor hinzufügen."}},
	{"link", openLink,
		map[string]string{"fr": "Est-ce vous qui vous connectez\u00a0?", "de": "Melden Sie sich gerade an?"},
		map[string]string{"fr": "<dd>il y a moins d’une minute (", "de": "Wenn Sie es nicht waren, kennt jemand Ihr Passwort."}},
	{"reset", openResetKey,
		map[string]string{"fr": "Définir un nouveau mot de passe", "de": "Ein neues Passwort setzen"},
		map[string]string{"fr": "Cette page est à vous encore 30 minutes, jusqu’à ", "de": "Diese Seite gilt für Sie noch 30 Minuten, bis "}},
	{"address", openAddress,
		map[string]string{"fr": "Confirmer cette adresse\u00a0?", "de": "Diese Adresse bestätigen?"},
		map[string]string{"fr": "Si ce n’est pas votre compte, fermez cette page\u00a0: rien n’est changé.", "de": "Wenn dies nicht Ihr Konto ist, schließen Sie diese Seite: Nichts wird geändert."}},
	{"undo", openUndo,
		map[string]string{"fr": "Annuler le changement\u00a0?", "de": "Die Änderung rückgängig machen?"},
		map[string]string{"fr": "L’adresse e-mail de ce compte a été changée.", "de": "Die E-Mail-Adresse dieses Kontos wurde geändert."}},
	{"invitation", openInvitation,
		map[string]string{"fr": "Ajouter un second facteur", "de": "Einen zweiten Faktor hinzufügen"},
		map[string]string{"fr": "Mot de passe de ce compte", "de": "Passwort dieses Kontos"}},
	{"sign-up", openSignUp,
		map[string]string{"fr": "Créer votre compte", "de": "Ihr Konto anlegen"},
		map[string]string{"fr": "Quelqu’un s’est inscrit avec <strong translate=\"no\">own@example.com</strong>.", "de": "Jemand hat sich mit <strong translate=\"no\">own@example.com</strong> registriert."}},
}

// visit opens a page in a browser that asks for those languages, and follows where it leads.
func visit(t *testing.T, h http.Handler, at, accepts string) *answer {
	t.Helper()
	a := serve(h, request("GET", at, "", "Accept-Language", accepts))
	if a.status == http.StatusSeeOther {
		cookie, _, _ := strings.Cut(a.header.Get("Set-Cookie"), ";")
		to, err := url.Parse(a.header.Get("Location"))
		if err != nil {
			t.Fatal(err)
		}
		a = serve(h, request("GET", to.Path, "", "Cookie", cookie, "Accept-Language", accepts))
	}
	a.want(t, http.StatusOK, "")
	wantPageHeaders(t, a)
	wantHeader(t, a, "Vary", "Accept-Language")
	return a
}

func (s *spoken) want(t *testing.T, a *answer, tag string) {
	t.Helper()
	for _, part := range []string{`<html lang="` + tag + `">`, "<title>" + s.title[tag] + "</title>", "<h1>" + s.title[tag] + "</h1>", s.says[tag]} {
		if !strings.Contains(a.body, part) {
			t.Errorf("got %s, want %s", a.body, part)
		}
	}
}

// TestPagesByBrowser: every page speaks the language that the browser asks for.
func TestPagesByBrowser(t *testing.T) {
	for _, s := range spokenPages {
		t.Run(s.name, func(t *testing.T) {
			for tag, accepts := range map[string]string{"fr": "nl, fr-CA;q=0.8, en;q=0.5", "de": "de-AT"} {
				h, at := s.open(t, "")
				s.want(t, visit(t, h, at, accepts), tag)
			}
		})
	}
}

// TestPagesByAccount: the language of an account goes before that of the browser, where
// pages have it.
func TestPagesByAccount(t *testing.T) {
	for _, s := range spokenPages {
		t.Run(s.name, func(t *testing.T) {
			for _, c := range []struct{ account, accepts, want string }{{"de", "fr", "de"}, {"fr-CH", "en", "fr"}, {"nl", "de", "de"}} {
				h, at := s.open(t, c.account)
				s.want(t, visit(t, h, at, c.accepts), c.want)
			}
		})
	}
}

// TestRefusalsByBrowser: what is refused speaks the language of the browser, whoever it is
// about, and a fault is told in the language of the page.
func TestRefusalsByBrowser(t *testing.T) {
	k := sallyporttest.New(t)
	k.AddUser(t, reads("de", true))
	for _, at := range []string{"/account/reset/" + strings.Repeat("0", 64), "/account/address/" + strings.Repeat("0", 64)} {
		a := serve(k.Handler(), request("GET", at, "", "Accept-Language", "fr"))
		if a.want(t, http.StatusGone, ""); !strings.Contains(a.body, `<html lang="fr">`) || !strings.Contains(a.body, "<h1>Ce lien n’est plus valable</h1>") {
			t.Errorf("%s: got %s", at, a.body)
		}
	}
	for accepts, want := range map[string]string{"de": "Diese Seite ist nicht verfügbar", "fr": "Cette page n’est pas disponible", "nl": "This page is not available", "": "This page is not available"} {
		a := serve(k.Handler(), request("GET", "/mfa/link/"+strings.Repeat("0", 64), "", "Accept-Language", accepts))
		if a.want(t, http.StatusNotFound, ""); !strings.Contains(a.body, "<h1>"+want+"</h1>") {
			t.Errorf("%q: got %s", accepts, a.body)
		}
	}
}

// TestFaultsSpeak: what is wrong with a name and with a password is said in the language of
// the page, with what stands in it.
func TestFaultsSpeak(t *testing.T) {
	h, at := openSignUp(t, "fr")
	key := "sallyport_verify=" + keyOf(at)
	page := serve(h, request("GET", pageOf(at), "", "Cookie", key))
	for _, c := range []struct{ name, password, want string }{
		{"a b", "a fine password 1", "Ce nom ne peut pas être utilisé\u00a0: il contient U+0020 &#39; &#39;\u00a0; utilisez des lettres de a à z"},
		{"own", "short", "Ce mot de passe ne peut pas être utilisé. Utilisez au moins 8 caractères."},
		{"own", "\u0001 a fine password", "Celui-ci ne peut pas être utilisé\u00a0: il contient un caractère de contrôle, par exemple une fin de ligne."},
	} {
		body := form("name", c.name, "password", c.password, "nonce", nonce(t, page))
		a := serve(h, request("POST", pageOf(at), body, "Cookie", key, "Content-Type", formType))
		if a.want(t, http.StatusBadRequest, ""); !strings.Contains(a.body, c.want) || !strings.Contains(a.body, "<title>Erreur\u00a0: ") {
			t.Errorf("%q: got %s, want %s", c.name, a.body, c.want)
		}
	}
}
