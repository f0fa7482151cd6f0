package httpadapter_test

import (
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/scantest"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// robot is a program that opens the links of mails. It presses no button.
type robot struct {
	name    string
	methods []string
	cookies bool     // it keeps them
	named   bool     // it fetches all that a page names
	header  []string // pairs
	// ahead says that it tells that nobody is looking.
	ahead bool
}

func robots() []robot {
	get := []string{http.MethodGet}
	return []robot{
		{name: "HEAD", methods: []string{http.MethodHead}, ahead: true},
		{name: "GET", methods: get},
		{name: "GET with cookies", methods: get, cookies: true},
		{name: "everything", methods: []string{http.MethodHead, http.MethodGet, http.MethodOptions, http.MethodGet}, cookies: true, named: true},
		{name: "ahead of time", methods: get, cookies: true, named: true, header: []string{"Sec-Purpose", "prefetch;prerender", "Sec-Fetch-Dest", "document"}, ahead: true},
		{name: "as an image", methods: get, cookies: true, named: true, header: []string{"Sec-Fetch-Dest", "image"}, ahead: true},
	}
}

// most is how many addresses a robot opens in one round.
const most = 50

// round opens a link, and what it leads to, and reports how many answers there were.
func (b robot) round(t *testing.T, k *sallyporttest.Kit, link string) (answers int) {
	t.Helper()
	c := http.Client{Transport: k.Server().Client().Transport}
	if b.cookies {
		c.Jar, _ = cookiejar.New(nil) // which never fails without options
	}
	at, err := url.Parse(k.Server().URL)
	if err != nil {
		t.Fatal(err)
	}
	todo := []*url.URL{resolve(t, at, path(t, link))}
	for i := 0; i < len(todo) && i < most; i++ {
		for _, method := range b.methods {
			page, body := b.open(t, &c, method, todo[i])
			answers++
			if !b.named {
				continue
			}
			for _, address := range namedBy(body) {
				next := resolve(t, page, address)
				if next.Host == at.Host && !slices.ContainsFunc(todo, func(u *url.URL) bool { return *u == *next }) {
					todo = append(todo, next)
				}
			}
		}
	}
	return answers
}

func resolve(t *testing.T, at *url.URL, address string) *url.URL {
	t.Helper()
	u, err := at.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	u.Fragment = ""
	return u
}

// open returns the page to which an address leads, and what it says.
func (b robot) open(t *testing.T, c *http.Client, method string, u *url.URL) (at *url.URL, body string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, u.String(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(b.header); i += 2 {
		r.Header.Set(b.header[i], b.header[i+1])
	}
	res, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode >= 500 {
		t.Fatalf("%s of %s: got %d, %v", method, u.Path, res.StatusCode, err)
	}
	return res.Request.URL, string(raw)
}

var (
	namedAddress = regexp.MustCompile(`(?:href|src|action|formaction)="([^"]*)"`)
	sentValue    = regexp.MustCompile(`<(?:input|button)[^>]* name="([^"]*)"[^>]* value="([^"]*)"`)
)

// namedBy returns the addresses that a page names, and the one to which its forms would
// lead if they were sent as those of a search are, with each button.
func namedBy(body string) (list []string) {
	var hidden, buttons []string
	for _, m := range namedAddress.FindAllStringSubmatch(body, -1) {
		if address := html.UnescapeString(m[1]); !strings.HasPrefix(address, "data:") {
			list = append(list, address)
		}
	}
	for _, m := range sentValue.FindAllStringSubmatch(body, -1) {
		sent := url.QueryEscape(m[1]) + "=" + url.QueryEscape(html.UnescapeString(m[2]))
		if strings.HasPrefix(m[0], "<button") {
			buttons = append(buttons, sent)
		} else {
			hidden = append(hidden, sent)
		}
	}
	for _, b := range append(buttons, "") {
		if query := strings.Join(append(slices.Clone(hidden), b), "&"); query != "" {
			list = append(list, "?"+query)
		}
	}
	return list
}

// rounds is how often each robot comes: more often than there are pictures, tries or
// messages of anything.
const rounds = 25

// TestRobotsChangeNothing: whoever opens the link of a mail and presses no button
// approves, denies, binds and spends nothing, however often they come: no record of the
// store changes, nothing is sent, and the owner then does what the page is for. The first
// look of a person binds an enrolment to their browser, and a robot that does not say
// what it is looks like one; its link is in no message.
func TestRobotsChangeNothing(t *testing.T) {
	for _, page := range scantest.Pages() {
		for _, b := range robots() {
			t.Run(page.Name+"/"+b.name, func(t *testing.T) {
				t.Parallel()
				o := page.Open(t)
				before, answers := scantest.StateOf(t, o.Kit), 0
				for range rounds {
					answers += b.round(t, o.Kit, o.Link)
				}
				if answers < rounds {
					t.Errorf("got %d answers", answers)
				}
				changes := scantest.StateOf(t, o.Kit).Changes(before)
				if page.Binds && !b.ahead {
					wantBound(t, o, changes)
					return
				}
				if changes != nil {
					t.Errorf("got %q changed, want nothing", changes)
				}
				o.Finish()
			})
		}
	}
}

// wantBound wants an enrolment bound to the robot's browser and nothing more: nothing is
// enrolled, no other browser is let in, and a login that begins anew has a page of its own.
func wantBound(t *testing.T, o *scantest.Opened, changes []string) {
	t.Helper()
	if !slices.Equal(changes, []string{"request"}) {
		t.Errorf("got %q changed, want the request alone", changes)
	}
	for _, m := range o.Kit.Outbox.Messages() {
		if strings.Contains(m.Link, "/mfa/enroll/") {
			t.Errorf("a message of kind %s has the link", m.Kind)
		}
	}
	o.Kit.Browser(o.Kit.Handler()).Open(o.Link).Want(t, http.StatusNotFound)
	a := o.Kit.InProcess().Login("ada", sallyporttest.Password)
	if a.Granted() || !a.Status.Has(sallyport.MFAEnrollmentRequired) || a.Enrollment == nil || a.Enrollment.EnrollmentURL == o.Link {
		t.Errorf("got %s, want another enrolment", a)
	}
}
