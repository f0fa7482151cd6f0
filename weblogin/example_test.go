package weblogin_test

import (
	"fmt"
	"net/http"
	"testing"
	"testing/fstest"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/guard"
	"github.com/sallyport-auth/sallyport/weblogin"
)

// withPages puts the pages before an app, of which one page is for whoever is signed in.
func withPages(engine *sallyport.Engine, home http.Handler) (http.Handler, error) {
	g, err := guard.New(engine, guard.Options{})
	if err != nil {
		return nil, err
	}
	pages, err := weblogin.New(g, weblogin.Options{Name: "Example"})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", g.Require()(home))
	return pages.Wrap(mux), nil
}

// An app whose people sign in on the pages, and a browser that walks them.
func Example() {
	engine, done := exampleEngine()
	defer done()
	app, err := withPages(engine, http.HandlerFunc(hello))
	if err != nil {
		fmt.Println(err)
		return
	}
	b := openExample(app)
	defer b.close()
	fmt.Println(b.get("/"))
	fmt.Println(b.send("name", "ada", "password", "wrong"))
	fmt.Println(b.send("name", "ada", "password", "correct horse battery"))
	fmt.Println(b.get("/sign-out"))
	fmt.Println(b.send())
	// Output:
	// /sign-in: Sign in – Example
	// /sign-in: Error: Name or password is wrong. Check both, and whether capital letters are on. – Sign in – Example
	// /: Hello ada
	// /sign-out: Sign out? – Example
	// /sign-out: You are signed out – Example
}

// ownLook is the look of a host: its name, its colours in the light and in the dark, one text,
// one template, and one more language.
var ownLook = weblogin.Options{Files: fstest.MapFS{
	"brand.txt":     {Data: []byte("Salt & Co.")},
	"theme.css":     {Data: []byte(":root { --deed: #7c2d12; }\n@media (prefers-color-scheme: dark) { :root { --deed: #fdba74; } }")},
	"texts.en.json": {Data: []byte(`{"Sign in": "Come in"}`)},
	"texts.nl.json": {Data: []byte(`{"Sign in": "Aanmelden", "User name": "Gebruikersnaam", "Password": "Wachtwoord"}`)},
	"sign-out.html": {Data: []byte(`{{define "sign-out"}}{{template "top" .}}<p>{{t "You are signed in as %s." (name .Data.Name)}}</p>
<form method="post">{{template "nonce" .}}<input type="hidden" name="action" value="sign-out"><button>{{t "Sign out"}}</button></form>
{{template "bottom" .}}{{end}}`)},
}}

// wantEveryText fails a test of a host's for what a language of the pages lacks.
func wantEveryText(t testing.TB, pages *weblogin.Pages) {
	t.Helper()
	for language, texts := range pages.Missing() {
		t.Errorf("%s lacks %q", language, texts)
	}
}

// A host's own look, from a folder that would be embedded in its program.
func ExampleNew_look() {
	engine, done := exampleEngine()
	defer done()
	g, err := guard.New(engine, guard.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	pages, err := weblogin.New(g, ownLook)
	if err != nil {
		fmt.Println(err)
		return
	}
	b := openExample(pages.Wrap(http.HandlerFunc(hello)))
	defer b.close()
	fmt.Println(b.get("/sign-in"))
	b.language = "nl"
	fmt.Println(b.get("/sign-in"))
	fmt.Println("Dutch lacks texts:", len(pages.Missing()["nl"]) > 0)
	// Output:
	// /sign-in: Come in – Salt & Co.
	// /sign-in: Aanmelden – Salt & Co.
	// Dutch lacks texts: true
}
