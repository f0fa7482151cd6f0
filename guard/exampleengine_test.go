package guard_test

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/password"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/sealed"
)

// exampleEngine is an engine in memory with one user, who signs in by a password alone.
func exampleEngine(edit ...func(*sallyport.Config)) (*sallyport.Engine, func()) {
	ctx := context.Background()
	s := memstore.New()
	c := sallyport.Config{
		Store: s, Keys: sealed.NewKeys(), Issuer: "http://localhost:5000", PasswordParams: password.InsecureParamsForTests(),
	}
	for _, fn := range edit {
		fn(&c)
	}
	engine, err := sallyport.New(ctx, c)
	if err != nil {
		panic(err)
	}
	ada := directory.User{Name: "ada", Password: "correct horse battery", Email: "ada@example.com", EmailValidated: new(true), MFA: new(false)}
	if _, err := engine.Apply(ctx, directory.File{Users: []directory.User{ada}}, directory.Options{}); err != nil {
		panic(err)
	}
	return engine, func() { _ = engine.Close(); _ = s.Close() }
}

// mailbox keeps the last code that is mailed.
type mailbox struct{ code *string }

func (m mailbox) Send(_ context.Context, mail sallyport.Message) error {
	*m.code = mail.Code
	return nil
}

// exampleBrowser is what a person sees a site with.
type exampleBrowser struct {
	client *http.Client
	site   *httptest.Server
	origin string
	page   string // the last one, as it was sent
}

func openBrowser(engine *sallyport.Engine, handler http.Handler) *exampleBrowser {
	jar, _ := cookiejar.New(nil)
	return &exampleBrowser{client: &http.Client{Jar: jar}, site: httptest.NewServer(handler), origin: engine.Issuer()}
}

func (b *exampleBrowser) close() { b.site.Close() }

func (b *exampleBrowser) get(path string) string {
	return b.send(http.MethodGet, path, nil)
}

func (b *exampleBrowser) post(path string, form url.Values) string {
	return b.send(http.MethodPost, path, form)
}

// send returns where the answer has led, and the first words there.
func (b *exampleBrowser) send(method, path string, form url.Values) string {
	r, err := http.NewRequest(method, b.site.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		panic(err)
	}
	r.Header.Set("Accept", "text/html")
	if method == http.MethodPost {
		r.Header.Set("Origin", b.origin)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	got, err := b.client.Do(r)
	if err != nil {
		panic(err)
	}
	defer got.Body.Close()
	body, err := io.ReadAll(got.Body)
	if err != nil {
		panic(err)
	}
	b.page = string(body)
	return got.Request.URL.Path + " " + strings.TrimSpace(strings.SplitN(b.page, "<", 2)[0])
}

var fields = regexp.MustCompile(`name=(request|option) value=([0-9a-f-]+)>`)

// form is that of the last page, with the last option on it chosen: a code by e-mail.
func (b *exampleBrowser) form() url.Values {
	form := url.Values{}
	for _, f := range fields.FindAllStringSubmatch(b.page, -1) {
		form.Set(f[1], f[2])
	}
	return form
}
