package page_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/internal/page"
)

// TestLanguage: the language of an account goes before those that the browser asks for, and
// what cannot be read asks for none.
func TestLanguage(t *testing.T) {
	ours, dutch := plain(t), ofHost(t, "texts.nl.json", "{}", "texts.pt-BR.json", "{}")
	for _, c := range []struct {
		th                     *page.Theme
		account, accepts, want string
	}{
		{ours, "", "", "en"},
		{ours, "", "de", "de"},
		{ours, "", "de-CH", "de"},
		{ours, "", "DE-at", "de"},
		{ours, "", "fr-CA, de;q=0.9", "fr"},
		{ours, "", "de;q=0.5, fr;q=0.9", "fr"},
		{ours, "", "en-US,en;q=0.9,de;q=0.8", "en"},
		{ours, "", "nl, fr;q=0.1", "fr"},
		{ours, "", "ja", "en"},
		{ours, "", "*", "en"},
		{ours, "", "de;q=0, fr", "fr"},
		{ours, "", "de, !", "en"},
		{ours, "", "de\x00", "en"},
		{ours, "", strings.Repeat(" ", 256) + "de", "en"},
		{ours, "", "fr" + strings.Repeat(", de;q=0.1", 26), "en"}, // more than is read
		{ours, "fr", "de", "fr"},
		{ours, "fr-CH", "de", "fr"},
		{ours, "en", "de", "en"},
		{ours, "nl", "de", "de"},
		{ours, "nl", "", "en"},
		{ours, "no language", "de", "de"},
		{ours, "", "nl", "en"},
		{dutch, "", "nl-BE, de;q=0.5", "nl"},
		{dutch, "pt", "de", "pt-BR"},
		{dutch, "nl", "de", "nl"},
	} {
		if got := c.th.Language(c.account, c.accepts); got != c.want {
			t.Errorf("%q, %q: got %q, want %q", c.account, c.accepts, got, c.want)
		}
	}
}

// saidIn draws the page of a link in a language, whose times and lists are said too.
func saidIn(t *testing.T, tag string, data linkData) string {
	t.Helper()
	b, err := plain(t).Render(page.Page{Name: "link", Title: page.Say("Is this you?"), Data: data}, tag)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestTimes: dates, times and how long ago they are, as each language says them.
func TestTimes(t *testing.T) {
	at := time.Date(2026, 3, 4, 15, 6, 7, 0, time.UTC)
	for _, c := range []struct {
		age  time.Duration
		want map[string]string
	}{
		{0, map[string]string{"en": "less than a minute ago (4 March 2026, 15:06 UTC)", "fr": "il y a moins d’une minute (4 mars 2026 à 15:06 UTC)", "de": "vor weniger als einer Minute (4. März 2026, 15:06 UTC)"}},
		{time.Minute, map[string]string{"en": "1 minute ago (", "fr": "il y a 1 minute (", "de": "vor 1 Minute ("}},
		{59 * time.Minute, map[string]string{"en": "59 minutes ago (", "fr": "il y a 59 minutes (", "de": "vor 59 Minuten ("}},
		{90 * time.Minute, map[string]string{"en": "1 hour ago (", "fr": "il y a 1 heure (", "de": "vor 1 Stunde ("}},
		{25 * time.Hour, map[string]string{"en": "1 day ago (", "fr": "il y a 1 jour (", "de": "vor 1 Tag ("}},
		{72 * time.Hour, map[string]string{"en": "3 days ago (", "fr": "il y a 3 jours (", "de": "vor 3 Tagen ("}},
		{-time.Hour, map[string]string{"en": "less than a minute ago (", "fr": "il y a moins d’une minute (", "de": "vor weniger als einer Minute ("}},
	} {
		for tag, want := range c.want {
			wantParts(t, saidIn(t, tag, linkData{Age: c.age, Started: at}), `<html lang="`+tag+`">`, "<dd>"+want)
		}
	}
	there := time.FixedZone("CET", 3600)
	th, err := page.NewTheme(page.Look{Location: there})
	if err != nil {
		t.Fatal(err)
	}
	b, err := th.Render(page.Page{Name: "link", Data: linkData{Started: at}}, "de")
	if err != nil {
		t.Fatal(err)
	}
	wantParts(t, string(b), "(4. März 2026, 16:06 CET)")
}

// TestLists: several ways to sign in are one list, in which nothing is markup.
func TestLists(t *testing.T) {
	data := linkData{Adding: []stringer{"MicrosoftAuthenticator", "SMS", "<i>"}, Device: "Firefox <b>", From: "192.0.2.1"}
	wantParts(t, saidIn(t, "de", data), "Kommt hinzu: <strong>Authenticator-App, SMS, &lt;i&gt;</strong>.", "<dd>Firefox &lt;b&gt;, Adresse 192.0.2.1</dd>")
	data.Adding, data.From = data.Adding[:1], ""
	wantParts(t, saidIn(t, "fr", data), "À ajouter\u00a0: <strong>application d’authentification</strong>.", "<dd>Firefox &lt;b&gt;, une adresse inconnue</dd>")
	data.Device = ""
	wantParts(t, saidIn(t, "en", data), "<dd>an unknown address</dd>")
}

// TestAppNames: an authenticator without a name of its owner's is called in the language of the
// page, and every other by its name.
func TestAppNames(t *testing.T) {
	th := ofHost(t, "note.html", `{{define "note"}}{{template "top" .}}{{range .Data.Names}}<p>{{appName .}}</p>{{end}}{{template "bottom" .}}{{end}}`)
	names := []string{"Authenticator app", "Authenticator app 2", "Authenticator app 02", "Authenticator app x", "Authenticator app <b>", "Authenticator apps", "My <phone>", ""}
	b, err := th.Render(page.Page{Name: "note", Data: struct{ Names []string }{names}}, "de")
	if err != nil {
		t.Fatal(err)
	}
	const own, end = `<p><span translate="no">`, `</span></p>`
	wantParts(t, string(b), "<p>Authenticator-App</p><p>Authenticator-App 2</p>"+own+"Authenticator app 02"+end+own+"Authenticator app x"+end+own+
		"Authenticator app &lt;b&gt;"+end+own+"Authenticator apps"+end+own+"My &lt;phone&gt;"+end+own+end)
}

// FuzzAcceptLanguage reads the languages that a browser and an account ask for: there is a
// page for whatever they say, and the same one each time.
func FuzzAcceptLanguage(f *testing.F) {
	th, err := page.NewTheme(page.Look{})
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{"", "de", "fr-CA, de;q=0.9", "*;q=0", "x-klingon", "en-Latn-US-u-co-phonebk", "i-default, und", "de;q=1e9", "a,,b;;q", "zh-Hant-TW\xff"} {
		f.Add("", s)
		f.Add(s, "fr")
	}
	f.Fuzz(func(t *testing.T, account, accepts string) {
		got := th.Language(account, accepts)
		if !slices.Contains(th.Languages(), got) || th.Language(account, accepts) != got {
			t.Errorf("%q, %q: got %q", account, accepts, got)
		}
	})
}

// FuzzTexts reads the texts of a host: what is taken says what stands in its places, and
// holds no markup.
func FuzzTexts(f *testing.F) {
	for _, s := range []string{
		"{}", "null", "[]", `{"Approved": "Goed"}`, `{"For %s at %s": "Voor %s bij %s"}`, `{"For %s at %s": "Bij %[2]s voor %[1]s"}`, `{"For %s at %s": "%[2]s, %s"}`,
		`{"For %s at %s": "%s %s 100%% <script>"}`, `{"For %s at %s": "%s %s %"}`, `{"For %s at %s": "%[1]s%[1]s"}`, `{"%d days": "%d %!"}`, `{"%d days": "% d"}`, `{"%d days": "%%d%d"}`,
		`{"%d days": "%[1]d"}`, `{"%d days": "%[0]d"}`, `{"%d days": "%[10]d"}`, `{"%d days": "%05d"}`, "\ufeff{}",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, texts string) {
		th, err := page.NewTheme(page.Look{Files: hosts("texts.nl.json", texts)})
		if err != nil {
			return
		}
		n := page.Note{Title: page.Say("Approved"), Text: []page.Text{page.Say("For %s at %s", "ada-there", "app-here"), page.Say("%d days", 77)}}
		b, err := th.Render(n.Page(), "nl")
		if err != nil {
			t.Fatal(err)
		}
		_, main, _ := strings.Cut(string(b), "<body>")
		for part, want := range map[string]int{"ada-there": 1, "app-here": 1, "77": 1, "<script": 0} {
			if got := strings.Count(main, part); got < want || want == 0 && got > 0 {
				t.Errorf("%q: got %d of %q in %s", texts, got, part, main)
			}
		}
		var own map[string]string
		if err := json.Unmarshal([]byte(strings.TrimPrefix(texts, "\ufeff")), &own); err != nil {
			t.Fatalf("%q is taken: %v", texts, err)
		}
		percent := func(text string) bool { return strings.Contains(text, "%%") }
		if strings.Contains(main, "%!") && !slices.ContainsFunc(slices.Collect(maps.Values(own)), percent) {
			t.Errorf("%q: got %s", texts, main)
		}
	})
}
