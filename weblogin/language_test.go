package weblogin_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
)

// wantTongue wants a page in a language: no English text stands on it that is said otherwise.
func wantTongue(t *testing.T, at, body, tag, heading string) {
	t.Helper()
	if !strings.Contains(body, `<html lang="`+tag+`">`) || !strings.Contains(body, "<h1>"+heading+"</h1>") {
		t.Errorf("%s: got %s, want it in %s, with the heading %q", at, body, tag, heading)
	}
	for english, said := range texts(t, tag) {
		if len(english) > 12 && english != said && !strings.Contains(english, "%") && strings.Contains(body, ">"+english+"<") {
			t.Errorf("%s: got %q in %s", at, english, tag)
		}
	}
}

// TestPagesByBrowser: who is not known yet is met in the language of their browser.
func TestPagesByBrowser(t *testing.T) {
	s := newSite(t, nil)
	for at, headings := range map[string]map[string]string{
		"/sign-in": {"fr": "Se connecter", "de": "Anmelden"},
		"/sign-up": {"fr": "Créer un compte", "de": "Ein Konto anlegen"},
		"/forgot":  {"fr": "Mot de passe oublié", "de": "Passwort vergessen"},
	} {
		for tag, heading := range headings {
			r := httptest.NewRequest(http.MethodGet, s.Engine.Issuer()+at, nil)
			r.Header.Set("Accept-Language", tag+"-CH, en;q=0.5")
			w := httptest.NewRecorder()
			s.app.ServeHTTP(w, r)
			if wantTongue(t, at, w.Body.String(), tag, heading); w.Code != http.StatusOK || !strings.Contains(strings.Join(w.Header().Values("Vary"), ","), "Accept-Language") {
				t.Errorf("%s: got %d, %v", at, w.Code, w.Header())
			}
		}
	}
}

// TestPagesByAccount: whose account says a language is met in it on every page.
func TestPagesByAccount(t *testing.T) {
	s := newSite(t, nil)
	b := s.in("lee")
	for tag, headings := range map[string]map[string]string{
		"fr": {
			"/account": "Votre compte", "/account/password": "Changer le mot de passe", "/account/email": "Changer l’adresse e-mail", "/account/factors": "Ajouter un second facteur",
			"/account/recovery-codes": "Créer de nouveaux codes de secours", "/account/close": "Fermer le compte", "/sign-out": "Se déconnecter\u00a0?",
		},
		"de": {
			"/account": "Ihr Konto", "/account/password": "Passwort ändern", "/account/email": "E-Mail-Adresse ändern", "/account/factors": "Einen zweiten Faktor hinzufügen",
			"/account/recovery-codes": "Neue Wiederherstellungscodes erstellen", "/account/close": "Konto schließen", "/sign-out": "Abmelden?",
		},
	} {
		admin := s.Engine.Admin(sallyport.Actor{Name: "setup", Reason: "a test"})
		if _, err := admin.UpdateUser(t.Context(), s.Person("lee").ID, directory.UserChange{Language: &tag}); err != nil {
			t.Fatal(err)
		}
		for at, heading := range headings {
			wantTongue(t, at, string(b.Open(at).Want(t, http.StatusOK).Body), tag, heading)
		}
	}
}
