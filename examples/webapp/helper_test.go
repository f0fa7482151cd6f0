package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/internal/pgtest"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// world is the app over an engine with a clock that tests turn, and its people.
type world struct {
	*sallyporttest.Kit
	t         *testing.T
	app       http.Handler
	passwords map[string]string
	table     *table // nil: the users are the engine's own
	changes   *trail
	cookies   string // of the last request of a browser
}

// both sends to the page of the mails, then to the outbox of the kit, by which a test waits.
type both [2]sallyport.Sender

func (b both) Send(ctx context.Context, m sallyport.Message) error {
	return errors.Join(b[0].Send(ctx, m), b[1].Send(ctx, m))
}

// everywhere runs a test over the engine's own users, and over a table of the app's.
func everywhere(t *testing.T, test func(*testing.T, *world)) {
	t.Run("built-in", func(t *testing.T) { test(t, newWorld(t)) })
	t.Run("table", func(t *testing.T) { test(t, newWorldOver(t, newTable(t))) })
}

// newTable is a table that is not made yet, in a database of its own.
func newTable(t *testing.T) *table {
	t.Helper()
	own, err := openTable(t.Context(), pgtest.URL(t), "webapp_users")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(own.pool.Close)
	return own
}

func newWorld(t *testing.T) *world {
	t.Helper()
	return newWorldOver(t, nil)
}

// newWorldOver is the app over a table of users; nil: over the engine's own.
func newWorldOver(t *testing.T, own *table) *world {
	t.Helper()
	mails, changes := &outbox{}, &trail{}
	k := sallyporttest.New(t, sallyporttest.WithConfig(func(c *sallyport.Config) {
		made := config(&kept{store: c.Store, keys: c.Keys, table: own}, c.Issuer, mails, changes)
		made.Now, made.Logger, made.PasswordParams = c.Now, c.Logger, c.PasswordParams
		made.Email = both{mails, c.Email}
		*c = made
	}))
	w := &world{Kit: k, t: t, passwords: map[string]string{}, table: own, changes: changes}
	people, err := makePeople(t.Context(), w.Engine, own)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range people {
		w.passwords[p.name] = p.password
	}
	if w.app, err = newSite(w.Engine, own, mails, changes); err != nil {
		t.Fatal(err)
	}
	return w
}

// browser is another person's.
func (w *world) browser() *sallyporttest.Browser {
	return w.Browser(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.cookies = r.Header.Get("Cookie")
		w.app.ServeHTTP(rw, r)
	}))
}

// approve opens the newest link, and approves with the number that a page shows.
func (w *world) approve(p *sallyporttest.Page) {
	w.t.Helper()
	number := regexp.MustCompile(`<p class="number"[^>]*>([0-9]+)</p>`).FindSubmatch(p.Body)
	if number == nil {
		w.t.Fatalf("%v shows no number", p)
	}
	w.browser().Open(w.link()).Form().Fill("number", string(number[1])).Submit("It was me: approve").Want(w.t, 200)
}

// sessionOf are the cookies of a browser.
func (w *world) sessionOf(b *sallyporttest.Browser) string {
	b.Open("/")
	return w.cookies
}

// id is that of somebody's account.
func (w *world) id(name string) string {
	w.t.Helper()
	if w.table != nil {
		a, err := w.table.ByName(w.t.Context(), name)
		if err != nil || a == nil {
			w.t.Fatalf("%s: got %v, %v", name, a, err)
		}
		return a.ID
	}
	u, err := w.Engine.Admin(sallyport.Actor{Name: "test"}).FindUser(w.t.Context(), name)
	if err != nil {
		w.t.Fatal(err)
	}
	return u.ID
}

// make makes an account, and returns its id.
func (w *world) make(name string) string {
	w.t.Helper()
	var err error
	if w.table != nil {
		err = pgx.BeginFunc(w.t.Context(), w.table.pool, func(tx pgx.Tx) error {
			return w.table.insert(w.t.Context(), tx, person{name: name, password: sallyporttest.Password, roles: []string{}})
		})
	} else {
		_, err = w.Engine.Admin(sallyport.Actor{Name: "test"}).CreateUser(w.t.Context(), directory.NewUser{Name: name, Password: sallyporttest.Password})
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return w.id(name)
}

// lacks fails the test if a page has a text.
func lacks(t *testing.T, p *sallyporttest.Page, text string) {
	t.Helper()
	if strings.Contains(string(p.Body), text) {
		t.Errorf("got %q on %s", text, p)
	}
}

// enter types name and password on the page that a path leads to.
func (w *world) enter(b *sallyporttest.Browser, path, name string) *sallyporttest.Page {
	w.t.Helper()
	return b.Open(path).Want(w.t, 200, "Sign in", "Password").Form("password").
		Fill("name", name).Fill("password", w.passwords[name]).Submit("Sign in")
}

// ways by mail, as the buttons say.
const (
	codeToAda = "Send a code to ***@e******.com"
	linkToAda = "Send a link to ***@e******.com"
)

// newest is what the newest mail says: the first of what the pattern finds on the page of the
// mails.
func (w *world) newest(pattern string) string {
	w.t.Helper()
	found := regexp.MustCompile(pattern).FindSubmatch(w.browser().Open(outboxPath).Want(w.t, 200, "Mails").Body)
	if found == nil {
		w.t.Fatalf("no mail has %s", pattern)
	}
	return string(found[1])
}

func (w *world) code() string { return w.newest(`<code>([0-9]+)</code>`) }
func (w *world) link() string { return w.newest(`<a href="([^"]*/mfa/link/[^"]*)"`) }

// byCode goes on by the newest code.
func (w *world) byCode(p *sallyporttest.Page) *sallyporttest.Page {
	w.t.Helper()
	p = p.Form(codeToAda).Submit(codeToAda).Want(w.t, 200, "We have sent a code to")
	return p.Form("code").Fill("code", w.code()).Submit("Go on")
}

// in is a browser in which somebody is signed in.
func (w *world) in(name string) *sallyporttest.Browser {
	w.t.Helper()
	b := w.browser()
	p := w.enter(b, "/members", name)
	if name != "bob" {
		w.Clock.Advance(31 * time.Second) // another code than the last one
		p = w.byCode(p)
	}
	p.Want(w.t, 200, "Hello "+name)
	return b
}

// stepUp proves a second factor anew, and goes on to where the browser was led from.
func (w *world) stepUp(p *sallyporttest.Page) *sallyporttest.Page {
	w.t.Helper()
	w.Clock.Advance(31 * time.Second)
	return w.byCode(p.Want(w.t, 200, "Is it still you?").Form("Go on").Submit("Go on"))
}

// raw sends one request as it stands, and returns its answer. Pairs are names and values of
// headers.
func (w *world) raw(method, path, body string, pairs ...string) *http.Response {
	w.t.Helper()
	r := httptest.NewRequestWithContext(w.t.Context(), method, w.Engine.Issuer()+path, strings.NewReader(body))
	r.RemoteAddr = "127.0.0.1:49152"
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i] == "Host" {
			r.Host = pairs[i+1]
		}
		r.Header.Set(pairs[i], pairs[i+1])
	}
	got := httptest.NewRecorder()
	w.app.ServeHTTP(got, r)
	return got.Result()
}

// cookie signs somebody in who needs no second factor, and returns their cookie.
func (w *world) cookie(name string) *http.Cookie {
	w.t.Helper()
	page := w.raw("GET", "/sign-in", "")
	nonce := regexp.MustCompile(`name="nonce" value="([0-9a-f]+)"`).FindStringSubmatch(textOf(w.t, page))
	if nonce == nil || len(page.Cookies()) != 1 {
		w.t.Fatalf("the sign-in: got %d with %d cookies", page.StatusCode, len(page.Cookies()))
	}
	form := url.Values{"nonce": {nonce[1]}, "action": {"password"}, "name": {name}, "password": {w.passwords[name]}}
	got := w.raw("POST", "/sign-in", form.Encode(), "Sec-Fetch-Site", "same-origin", "Cookie", page.Cookies()[0].String())
	session, _ := w.Engine.SessionCookie()
	for _, c := range got.Cookies() {
		if c.Name == session && got.StatusCode == 303 {
			return c
		}
	}
	w.t.Fatalf("signing in: got %d with %d cookies", got.StatusCode, len(got.Cookies()))
	return nil
}

func textOf(t *testing.T, r *http.Response) string {
	t.Helper()
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
