package sallyporttest_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/httpadapter"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// secure gives a kit an issuer that is no loopback address.
var secure = sallyporttest.WithConfig(func(c *sallyport.Config) { c.Issuer = "https://id.example.com" })

// noClients goes with such an issuer, for which the default secret is too short.
var noClients = sallyporttest.WithDirectory(func(d *directory.File) { d.Clients = nil })

// at answers each path by the handler for it.
type at map[string]http.HandlerFunc

func (a at) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if h, ok := a[r.URL.Path]; ok {
		h(w, r)
		return
	}
	http.NotFound(w, r)
}

// said writes what a call came with.
func said(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	fmt.Fprintf(w, "%s %s %s %s|", r.Method, r.Host, r.RequestURI, body)
	for _, name := range []string{"Sec-Fetch-Site", "Origin", "Referer", "Content-Type"} {
		fmt.Fprintf(w, " %s", r.Header.Get(name))
	}
	fmt.Fprintf(w, "| %t", r.TLS != nil)
}

// site is a page with a link and a form, in two moods.
func site(policy string) at {
	return at{
		"/": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Referrer-Policy", policy)
			page(w, `<a href="/said#x">Go  there</a><form method=post action=/said?q=1><input name=a value=1></form>`)
		},
		"/meta": func(w http.ResponseWriter, r *http.Request) {
			page(w, `<meta name=Referrer content=" No-Referrer "><form method=post action=/said></form>`)
		},
		"/said": said,
		"/303":  func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/said?b=2", http.StatusSeeOther) },
		"/307": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/said", http.StatusTemporaryRedirect)
		},
		"/form": func(w http.ResponseWriter, r *http.Request) {
			page(w, `<form id=see method=post action=/303><input name=a value=1></form><form id=again method=post action=/307><input name=a value=1></form>`)
		},
		"/away": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://app.example/callback?code=1", http.StatusFound)
		},
		"/loop": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/loop", http.StatusFound) },
	}
}

func page(w http.ResponseWriter, body string) {
	w.Header().Set("Content-Type", htmlType)
	io.WriteString(w, body)
}

// TestBrowserSays: a server sees of a call what it sees of a browser's.
func TestBrowserSays(t *testing.T) {
	const form = "application/x-www-form-urlencoded"
	for _, tt := range []struct {
		name string
		do   func(b *sallyporttest.Browser) *sallyporttest.Page
		want string
	}{
		{"typed", func(b *sallyporttest.Browser) *sallyporttest.Page { return b.Open("/said?x=y") }, "GET localhost:5000 /said?x=y | none   | false"},
		{"typed as a whole", func(b *sallyporttest.Browser) *sallyporttest.Page { return b.Open("http://LOCALHOST:5000/said") }, "GET LOCALHOST:5000 /said | none   | false"},
		{"a link", func(b *sallyporttest.Browser) *sallyporttest.Page { return b.Open("/#top").Follow("Go there") }, "GET localhost:5000 /said | same-origin  http://localhost:5000/ | false"},
		{"a form", func(b *sallyporttest.Browser) *sallyporttest.Page { return b.Open("/").Form().Submit("") }, "POST localhost:5000 /said?q=1 a=1| same-origin http://localhost:5000 http://localhost:5000/ " + form + "| false"},
		{"a form of a silent page", func(b *sallyporttest.Browser) *sallyporttest.Page { return b.Open("/meta").Form().Submit("") }, "POST localhost:5000 /said | same-origin null  " + form + "| false"},
		{"after a POST", func(b *sallyporttest.Browser) *sallyporttest.Page { return b.Open("/form").Form("see").Submit("") }, "GET localhost:5000 /said?b=2 | same-origin  http://localhost:5000/form | false"},
		{"a POST sent on", func(b *sallyporttest.Browser) *sallyporttest.Page { return b.Open("/form").Form("again").Submit("") }, "POST localhost:5000 /said a=1| same-origin http://localhost:5000 http://localhost:5000/form " + form + "| false"},
		{"typed and sent on", func(b *sallyporttest.Browser) *sallyporttest.Page { return b.Open("/303") }, "GET localhost:5000 /said?b=2 | none   | false"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := tt.do(sallyporttest.New(t).Browser(site("")))
			equal(t, "the call", got.Text, tt.want)
		})
	}
	b := sallyporttest.New(t).Browser(site("no-referrer"))
	if got := b.Open("/").Form().Submit("").Text; !strings.Contains(got, "same-origin null  application") {
		t.Errorf("a form of a page with Referrer-Policy no-referrer: got %q, want the origin null and no referrer", got)
	}
	equal(t, "with TLS", sallyporttest.New(t, secure, noClients).Browser(site("")).Open("/said").Text, "GET id.example.com /said | none   | true")
}

// TestBrowserRedirects: where redirects end, and that one to another host is told
// and not followed.
func TestBrowserRedirects(t *testing.T) {
	b := sallyporttest.New(t).Browser(site(""))
	p := b.Open("/303").Want(t, http.StatusOK)
	equal(t, "URL", p.URL, "http://localhost:5000/said?b=2")
	equal(t, "away", p.Away, "")
	p = b.Open("/away").Want(t, http.StatusFound)
	equal(t, "URL", p.URL, "http://localhost:5000/away")
	equal(t, "away", p.Away, "https://app.example/callback?code=1")
	b.Open("/none").Want(t, http.StatusNotFound, "404 page not found")
}

// TestBrowserEndsCalls: when a handler has returned, the context of its call ends, as
// at a server.
func TestBrowserEndsCalls(t *testing.T) {
	var call context.Context
	sallyporttest.New(t).Browser(at{"/": func(_ http.ResponseWriter, r *http.Request) {
		if call = r.Context(); call.Err() != nil {
			t.Errorf("got %v while the handler runs, want no error", call.Err())
		}
	}}).Open("/")
	if call.Err() == nil {
		t.Error("got no error after the handler returned, want one")
	}
}

// TestBrowserComplains: what leads nowhere ends the test.
func TestBrowserComplains(t *testing.T) {
	for _, tt := range []struct {
		name string
		do   func(b *sallyporttest.Browser)
		want string
	}{
		{"a loop", func(b *sallyporttest.Browser) { b.Open("/loop") }, "too many redirects"},
		{"another host", func(b *sallyporttest.Browser) { b.Open("https://localhost:5000/") }, "got an address at https://localhost:5000, want one below http://localhost:5000"},
		{"no address", func(b *sallyporttest.Browser) { b.Open("http://[") }, "an address that cannot be read"},
		{"no such link", func(b *sallyporttest.Browser) { b.Open("/").Follow("Back") }, `got no link "Back" on /, want one; it has the links ["Go there"]`},
		{"no key", func(b *sallyporttest.Browser) { b.Open("/").Authenticator() }, "got no otpauth link on /"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			complain(t, tt.want, func(t testing.TB) { tt.do(sallyporttest.New(t).Browser(site(""))) })
		})
	}
	p := &probe{TB: t}
	sallyporttest.New(t).Browser(site("")).Open("/none").Want(p, http.StatusOK, "Welcome")
	want := `got status 404 of /none, want 200; the page is 404 "": 404 page not found` + "\n" + `got no "Welcome" on /none, want it there; the page is 404 "": 404 page not found`
	equal(t, "complaints", strings.Join(p.complaints, "\n"), want)
}

// TestFollow: a link is named by its text, or by how it begins where no other begins
// so.
func TestFollow(t *testing.T) {
	const page = `<a href=/said?1>Mail</a><a href=/said?2>Mail us</a><a href=/said?3>App on a phone</a><a href=/said?4>Go on</a><a href=/said?5>Go back</a>`
	handler := at{"/": showing(page).ServeHTTP, "/said": func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.URL.RawQuery) }}
	for link, want := range map[string]string{"Mail": "1", "Mail us": "2", "App": "3", "App on": "3"} {
		equal(t, link, sallyporttest.New(t).Browser(handler).Open("/").Follow(link).Text, want)
	}
	for _, link := range []string{"Go", "Ap", "Mai"} {
		complain(t, fmt.Sprintf("got no link %q on /", link), func(t testing.TB) { sallyporttest.New(t).Browser(handler).Open("/").Follow(link) })
	}
}

// TestPageText: what a reader sees of a page.
func TestPageText(t *testing.T) {
	for _, tt := range []struct{ name, html, title, text string }{
		{"blocks", "<title>A\n title</title><h1>Head</h1><p>One\n  two<br>three</p><ul><li>x</li><li>y</ul>", "A title", "Head\nOne two\nthree\nx\ny"},
		{"inline", "<p>It <b>wa</b>s <a href=x>me</a>.</p>", "", "It was me."},
		{"cells", "<dl><dt>When<dd>now</dl><table><tr><td>a<td>b</table>", "", "When\nnow\na\nb"},
		{"unseen", "<style>p{}</style><script>x()</script><p hidden>no</p><template>no</template><select><option>no</select><textarea>no</textarea>yes", "", "yes"},
		{"without scripts", "<noscript><p>Plain</p></noscript>", "", "Plain"},
		{"entities", "<p>&lt;b&gt; &amp;nbsp;&#8217;</p>", "", "<b> &nbsp;’"},
		{"buttons", "<form><label>Name <input></label><button>Go</button></form>", "", "Name\nGo"},
		{"nothing", "", "", ""},
	} {
		p := sallyporttest.New(t).Browser(showing(tt.html)).Open("/")
		equal(t, tt.name+": title", p.Title, tt.title)
		equal(t, tt.name+": text", p.Text, tt.text)
	}
	if got := sallyporttest.New(t).Browser(at{"/": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"a": "<p>  x"}`)
	}}).Open("/"); got.Text != `{"a": "<p>  x"}` || got.Title != "" {
		t.Errorf("no HTML: got %q, want the whole", got.Text)
	}
	long := sallyporttest.New(t).Browser(showing("<p>x" + strings.Repeat("é", 1000))).Open("/").String()
	equal(t, "a long page in short", long, `200 "": x`+strings.Repeat("é", 299)+"…")
}

// TestEnrolmentPage walks the adapter's pages as a user does: a key is scanned, the
// code typed, and the login goes on. A link is approved in another browser.
func TestEnrolmentPage(t *testing.T) {
	for _, tt := range []struct {
		name string
		opts []sallyporttest.Option
	}{
		{"at the root", nil},
		{"below a path", []sallyporttest.Option{
			sallyporttest.WithConfig(func(c *sallyport.Config) { c.Issuer += "/auth" }),
			sallyporttest.WithAdapter(func(o *httpadapter.Options) { o.BasePath = "/auth" }),
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			kit := sallyporttest.New(t, tt.opts...)
			yes := true
			who := kit.AddUser(t, sallyporttest.User{Name: "nora", MFA: &yes})
			c := kit.HTTP()
			a := c.Login(who.Name, who.Password)
			hers, thief := kit.Browser(kit.Handler()), kit.Browser(kit.Handler())
			page := hers.Open(a.Enrollment.EnrollmentURL).Want(t, http.StatusOK, "For nora")
			equal(t, "title", page.Title, "Set up a second factor")
			page = page.Follow("Authenticator app")
			thief.Open(a.Enrollment.EnrollmentURL).Want(t, http.StatusNotFound)

			app := page.Authenticator()
			page = page.Form("code").Fill("The six digits that the app shows", otherThan(app.Code())).Submit("Confirm")
			page.Want(t, http.StatusBadRequest, "That code is not right")
			page.Form("code").Fill("code", app.Code()).Submit("Confirm").Want(t, http.StatusOK, "Save your recovery codes")
			who.Authenticator = app
			c.Resume(a.RequestID, who.Name, who.Password).Want(t, sallyport.Success)
			c.LoginWithCode(who.Name, who.Password).Want(t, sallyport.Success)
		})
	}
}

// TestMailedPages: an address is confirmed on the page, and a mailed link approved.
func TestMailedPages(t *testing.T) {
	kit := sallyporttest.New(t)
	yes := true
	who := kit.AddUser(t, sallyporttest.User{Name: "nora", MFA: &yes})
	c, b := kit.InProcess(), kit.Browser(kit.Handler())
	a := c.Login(who.Name, who.Password)
	page := b.Open(a.Enrollment.EnrollmentURL).Follow("E-mail").Form("E-mail address").Fill("E-mail address", mail).Submit("Send me a code")
	page.Form("code").Fill("The code from the message", kit.Outbox.LastCode(mail)).Submit("Confirm").Want(t, http.StatusOK, "Your second factor is active")
	c.Resume(a.RequestID, who.Name, who.Password).Want(t, sallyport.Success)

	kit.Clock.Advance(time.Minute)
	for _, tt := range []struct {
		button string
		want   sallyport.Status
	}{{"It was me: approve", sallyport.Success}, {"This wasn't me", sallyport.Failure | sallyport.ProcessCanceled}} {
		held := c.WaitLink(c.Login(who.Name, who.Password), "Email")
		b.Open(held.Link).Want(t, http.StatusOK, "Is this you signing in?", "nora").Form().Submit(tt.button).Want(t, http.StatusOK)
		held.Answer().Want(t, tt.want)
		kit.Clock.Advance(11 * time.Minute)
	}
}
