package page_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/sallyport-auth/sallyport/internal/page"
)

// png begins as a picture does.
const png = "\x89PNG\r\n\x1a\nrest"

// hosts are the files of a host, by their names.
func hosts(pairs ...string) fstest.MapFS {
	files := fstest.MapFS{}
	for i := 0; i < len(pairs); i += 2 {
		files[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1])}
	}
	return files
}

// ofHost is a theme of a host's files.
func ofHost(t *testing.T, pairs ...string) *page.Theme {
	t.Helper()
	th, err := page.NewTheme(page.Look{Files: hosts(pairs...)})
	if err != nil {
		t.Fatal(err)
	}
	return th
}

// draw draws a page that says two things.
func draw(t *testing.T, th *page.Theme, tag string) string {
	t.Helper()
	n := page.Note{Title: page.Say("Approved"), Text: []page.Text{page.Say("You can close this page."), page.Say("Try again in an hour.")}}
	b, err := th.Render(n.Page(), tag)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func wantParts(t *testing.T, body string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(body, part) {
			t.Errorf("got %s, want %s", body, part)
		}
	}
}

// TestFiles: what a host gives takes the place of ours, and the rest stays.
func TestFiles(t *testing.T) {
	th := ofHost(t,
		"theme.css", ":root { --deed: #060 }\n", "brand.txt", "Example & Co\r\n", "logo.png", png,
		"texts.en.json", `{"You can close this page.": "Close this & be happy."}`,
		"texts.de.json", "\ufeff{\"You can close this page.\": \"Fertig.\"}",
		"texts.nl.json", `{"Approved": "Goedgekeurd", "You can close this page.": "U kunt deze pagina sluiten.", "%d days": "%d dagen"}`,
		"invite.html", `{{define "invite"}}{{template "top" .}}<p>{{t "Our own words for %s" (name .Data.User)}}</p>{{template "bottom" .}}{{end}}`,
		".gitignore", "x", "drafts/anything", "y",
	)
	if got := th.Languages(); !slices.Equal(got, []string{"en", "fr", "de", "nl"}) {
		t.Errorf("got the languages %q", got)
	}
	en := draw(t, th, "en")
	wantParts(t, en, ":root { --deed: #060 }", "ul.choices", "<title>Approved – Example &amp; Co</title>", `<img src="data:image/png;base64,`, "<p>Close this &amp; be happy.</p>", "<p>Try again in an hour.</p>")
	wantParts(t, draw(t, th, "de"), `lang="de"`, "<h1>Zugestimmt</h1>", "<p>Fertig.</p>")
	wantParts(t, draw(t, th, "nl"), `lang="nl"`, "<h1>Goedgekeurd</h1>", "<p>U kunt deze pagina sluiten.</p>", "<p>Try again in an hour.</p>")
	all := len(ofHost(t, "texts.nl.json", "{}").Missing()["nl"])
	missing := th.Missing()
	if got := missing["nl"]; len(got) != all+1-3 || !slices.Contains(got, "Our own words for %s") || slices.Contains(got, "Approved") {
		t.Errorf("got %d texts that Dutch lacks, want %d: %q", len(got), all+1-3, got)
	}
	if got := missing["fr"]; !slices.Equal(got, []string{"Our own words for %s"}) {
		t.Errorf("got %q that French lacks, want the host's own alone", got)
	}
	b, err := th.Render(page.Page{Name: "invite", Title: page.Say("Approved"), Data: struct{ User string }{"<ada>"}}, "fr")
	if err != nil {
		t.Fatal(err)
	}
	wantParts(t, string(b), `<p>Our own words for <strong translate="no">&lt;ada&gt;</strong></p>`)
}

// TestOwnStyle: a style sheet of the host's takes the place of all of ours, in whatever order
// its files are read, and what the configuration says goes before files.
func TestOwnStyle(t *testing.T) {
	body := draw(t, ofHost(t, "style.css", "body { margin: 0 }\n", "theme.css", "p { margin: 1px }\n"), "en")
	wantParts(t, body, "<style>body { margin: 0 }\np { margin: 1px }\n</style>")
	th, err := page.NewTheme(page.Look{Name: "Said", Files: hosts("brand.txt", "Written")})
	if err != nil {
		t.Fatal(err)
	}
	wantParts(t, draw(t, th, "en"), "<span>Said</span>")
}

// TestFileFaults: each fault of the files is told with the name of the file and what to do,
// all at once.
func TestFileFaults(t *testing.T) {
	const define = `{{define "note"}}{{template "top" .}}`
	for _, c := range []struct{ name, file, text, want string }{
		{"a name that is spelt wrong", "styles.css", "", "styles.css: is no file of the pages; want style.css, theme.css,"},
		{"a style that ends itself", "theme.css", "p {} </STYLE><script>", "theme.css: holds </style"},
		{"a long style", "style.css", strings.Repeat("x", 64<<10+1), "style.css: makes a style sheet of 65537 bytes; want at most 65536"},
		{"a long file", "link.html", strings.Repeat(" ", 1<<20+1), "link.html: has 1048577 bytes; want at most 1048576"},
		{"a long name", "brand.txt", strings.Repeat("x", 81), "brand.txt: want a name of at most 80 characters"},
		{"a name of two lines", "brand.txt", "a\nb", "brand.txt: want a name of at most 80 characters, without control characters"},
		{"no picture", "logo.png", "logo", "logo.png: want a logo that is a PNG"},
		{"a large picture", "logo.gif", "GIF89a" + strings.Repeat("x", 64<<10), "logo.gif: want a logo of at most 64 KiB"},
		{"no language", "texts.klingon_1.json", "{}", `texts.klingon_1.json: "klingon_1" is no tag of a language; want one such as de or pt-BR`},
		{"a language in another spelling", "texts.PT-br.json", "{}", `texts.PT-br.json: "PT-br" is no tag of a language`},
		{"nothing of a language", "texts..json", "{}", "texts..json: "},
		{"no JSON", "texts.nl.json", "{", "texts.nl.json: want one JSON object of texts"},
		{"a list", "texts.nl.json", "[]", "texts.nl.json: want one JSON object of texts"},
		{"a number", "texts.nl.json", `{"Approved": 1}`, "texts.nl.json: want one JSON object of texts"},
		{"two objects", "texts.nl.json", "{} {}", "texts.nl.json: want one JSON object of texts"},
		{"nothing", "texts.nl.json", "null", "texts.nl.json: want one JSON object of texts"},
		{"a text that there is not", "texts.nl.json", `{"Approved.": "x"}`, `texts.nl.json: no page says "Approved."; take the English text as it stands in texts/en.json`},
		{"a place that is missing", "texts.de.json", `{"%d days": "Tage"}`, `texts.de.json: "%d days": "Tage" has other places; want each of ["%[1]d"] once`},
		{"a place of another kind", "texts.de.json", `{"%d days": "%s Tage"}`, `texts.de.json: "%d days": "%s Tage" has other places`},
		{"a place too many", "texts.de.json", `{"%d days": "%d von %d Tagen"}`, `texts.de.json: "%d days": `},
		{"a place twice", "texts.de.json", `{"%d days": "%[1]d oder %[1]d Tage"}`, `texts.de.json: "%d days": `},
		{"a stray sign", "texts.de.json", `{"%d days": "%d Tage, 100 %"}`, `texts.de.json: "%d days": `},
		{"no text", "texts.de.json", `{"Approved": ""}`, `texts.de.json: "Approved": says nothing`},
		{"a template that does not end", "note.html", define, "note.html: template: note.html:1: unexpected EOF"},
		{"a function that there is not", "note.html", define + "{{translate .}}{{end}}", `note.html: template: note.html:1: function "translate" not defined`},
		{"text outside of templates", "note.html", "<p>hello</p>", `note.html: holds text outside of all templates, which no page draws; put it between {{define "note"}} and {{end}}`},
		{"a template that no page draws", "note.html", `{{define "nots"}}x{{end}}`, `note.html: no page draws the template "nots"; want one of ours, which are ["a`},
		{"a template that there is not", "note.html", define + `{{template "foot-note" .}}{{end}}`, `note.html: the page "note" is no sound HTML: `},
		{"a tag that does not end", "note.html", define + `<a href="{{if .Data}}x"{{end}}>{{template "bottom" .}}{{end}}`, `note.html: the page "note" is no sound HTML: `},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := page.NewTheme(page.Look{Files: hosts(c.file, c.text)})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	_, err := page.NewTheme(page.Look{Files: hosts("logo.txt", "x", "texts.nl.json", "x", "brand.txt", "\x00")})
	for _, file := range []string{"logo.txt: ", "texts.nl.json: ", "brand.txt: "} {
		if err == nil || !strings.Contains(err.Error(), file) {
			t.Errorf("got %v, want the fault of %s too", err, file)
		}
	}
}

// TestHelperTemplates: a template of the host's that its own pages draw is none that is
// spelt wrong.
func TestHelperTemplates(t *testing.T) {
	th := ofHost(t, "parts.html", `{{define "foot-note"}}<p>{{t "You can close this page."}}</p>{{end}}`,
		"note.html", `{{define "note"}}{{template "top" .}}{{template "foot-note" .}}{{template "bottom" .}}{{end}}`)
	wantParts(t, draw(t, th, "fr"), "<h1>Approuvé</h1>\n<p>Vous pouvez fermer cette page.</p>")
}
