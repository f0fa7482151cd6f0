package httpadapter_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/httpadapter"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

const (
	oldMail = "ada.lovelace@example.com"
	newMail = "countess@example.org"
)

// mover is a kit at which Ada has an address, and can have another.
type mover struct {
	*sallyporttest.Kit
	t *testing.T
	p *sallyporttest.Person
}

func newMover(t *testing.T, email string, opts ...sallyporttest.Option) *mover {
	t.Helper()
	k := sallyporttest.New(t, opts...)
	return &mover{k, t, k.AddUser(t, sallyporttest.User{Name: "ada", Email: email})}
}

// ask has a key mailed to a new address, and returns the path of its link.
func (m *mover) ask(email string) (link string) {
	m.t.Helper()
	return m.mailed(email, func() {
		r, err := m.Engine.ChangeAddress(m.t.Context(), sallyport.AddressChange{Username: "ada", Password: m.p.Password, Email: email})
		if err != nil || r.Outcome != sallyport.Granted {
			m.t.Fatalf("got %+v, %v", r, err)
		}
	})
}

// mailed returns the path of the link that something has mailed.
func (m *mover) mailed(to string, begin func()) string {
	m.t.Helper()
	key := m.Outbox.Key(to, begin)
	u, err := url.Parse(m.Outbox.Last(to).Link)
	if err != nil || !strings.HasSuffix(u.Path, "/"+key) {
		m.t.Fatalf("got the link %v, %v, of the key", u, err)
	}
	return u.Path
}

// moved changes the address, and returns the link that takes it back.
func (m *mover) moved(email string) (undo string) {
	m.t.Helper()
	link := m.ask(email)
	return m.mailed(email, func() {
		r, err := m.Engine.ProveAddress(m.t.Context(), keyOf(link))
		if err != nil || r.Status != sallyport.AddressProven {
			m.t.Fatalf("got %+v, %v", r, err)
		}
	})
}

func (m *mover) wantAddress(email string, proven bool) {
	m.t.Helper()
	u, err := m.Engine.Admin(sallyport.Actor{Name: "setup", Reason: "a test"}).User(m.t.Context(), m.p.ID)
	if err != nil || u.Email != email || u.EmailProven != proven {
		m.t.Errorf("got %+v, %v, want the address %q, proven: %v", u, err, email, proven)
	}
}

func keyOf(link string) string { return link[strings.LastIndexByte(link, '/')+1:] }

func pageOf(link string) string { return link[:strings.LastIndexByte(link, '/')] }

const (
	confirmButton = "Confirm this address"
	undoButton    = "Take the change back"
	linkOver      = "This link is no longer good"
)

// TestAddressPages walks both pages from their mails to their ends, in each way that
// they may be mounted, and does again what people do again.
func TestAddressPages(t *testing.T) {
	for _, tt := range []struct {
		name, path, base string
		strip            bool
	}{
		{"at the root", "", "", false}, {"stripped prefix", "/auth", "", true}, {"base path", "/auth", "/auth", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := newMover(t, oldMail, sallyporttest.WithConfig(func(c *sallyport.Config) { c.Issuer += tt.path }),
				sallyporttest.WithAdapter(func(o *httpadapter.Options) { o.BasePath = tt.base }))
			var handler http.Handler = m.Handler()
			if tt.strip {
				handler = http.StripPrefix("/auth", m.Handler())
			}
			walk := func(link, button, done string, parts ...string) {
				t.Helper()
				b := m.Browser(handler)
				page := b.Open(link).Want(t, http.StatusOK, append(parts, "ada")...)
				for _, secret := range []string{keyOf(link), oldMail, newMail} {
					if strings.Contains(string(page.Body)+page.URL, secret) {
						t.Errorf("%q stands in the page or in its address", secret)
					}
				}
				form := page.Form()
				end := form.Submit(button).Want(t, http.StatusOK, done)
				for what, again := range map[string]*sallyporttest.Page{
					"a double click": form.Submit(button), "a reload": b.Open(end.URL), "the link again": b.Open(link), "another browser": m.Browser(handler).Open(link),
				} {
					if again.Want(t, http.StatusOK, done); !strings.HasSuffix(again.URL, pageOf(link)) {
						t.Errorf("%s: got to %s, want %s", what, again.URL, pageOf(link))
					}
				}
			}
			link := m.ask(newMail)
			undo := m.mailed(newMail, func() {
				walk(link, confirmButton, "Your address is confirmed", "Confirm this address?", "c******s@e******.org")
			})
			m.wantAddress(newMail, true)
			walk(undo, undoButton, "The change was taken back", "Take the change back?", "a**********e@e******.com")
			m.wantAddress(oldMail, false)
			if strings.Contains(m.Logs(), keyOf(link)) || strings.Contains(m.Logs(), keyOf(undo)) {
				t.Error("the log holds a key")
			}
		})
	}
}

// TestUndoPageWithoutAddress: where the account had no address, the page says so.
func TestUndoPageWithoutAddress(t *testing.T) {
	m := newMover(t, "")
	m.Browser(m.Handler()).Open(m.moved(newMail)).Want(t, http.StatusOK, "none").Form().Submit(undoButton).Want(t, http.StatusOK, "The change was taken back")
	m.wantAddress("", false)
}

// TestAddressPageRefuses: what a good key cannot do is told in place, as often as it is
// tried.
func TestAddressPageRefuses(t *testing.T) {
	for _, tt := range []struct {
		name          string
		before, after func(m *mover) // the key is mailed
		want          string
	}{
		{"another's meanwhile", func(*mover) {}, func(m *mover) {
			m.AddUser(t, sallyporttest.User{Name: "eve", Email: newMail, EmailValidated: true})
		}, "the address of another account meanwhile"},
		{"too often", func(m *mover) {
			for i := range 8 {
				m.moved(fmt.Sprintf("a%d@example.org", i))
				m.Clock.Advance(10 * time.Minute)
			}
		}, func(*mover) {}, "too often within three days"},
	} {
		m := newMover(t, "")
		tt.before(m)
		link := m.ask(newMail)
		tt.after(m)
		page := m.Browser(m.Handler()).Open(link)
		for range 2 {
			page = page.Form().Submit(confirmButton).Want(t, http.StatusBadRequest, "There is a problem.", "Nothing was changed", tt.want)
		}
	}
}

// TestAddressPageEnds: a key that is over, or is for another page, is told what to do and
// nothing of why. Its browser gets no cookie.
func TestAddressPageEnds(t *testing.T) {
	m := newMover(t, oldMail)
	link, made := m.ask("one@example.org"), strings.Repeat("0f", 32)
	undo := m.moved(newMail)
	later := m.ask("two@example.org")
	page := m.Browser(m.Handler())
	form := page.Open(later).Form()
	for _, dead := range []string{link, "/account/address/" + keyOf(undo), "/account/undo/" + keyOf(later), "/account/address/x", "/account/address/" + made, "/account/undo/" + made} {
		m.Browser(m.Handler()).Open(dead).Want(t, http.StatusGone, linkOver)
		if a := serve(m.Handler(), request("GET", dead, "")); a.header.Get("Set-Cookie") != "" || strings.Contains(a.body, "ada") {
			t.Errorf("%.20s: got %v %s", dead, a.header, a.body)
		} else {
			wantPageHeaders(t, a)
		}
	}
	if r, err := m.Engine.UndoAddress(t.Context(), keyOf(undo)); err != nil || r.Status != sallyport.AddressRestored {
		t.Fatalf("got %+v, %v", r, err)
	}
	form.Submit(confirmButton).Want(t, http.StatusGone, linkOver) // the account has changed
	page.Open("/account/address").Want(t, http.StatusGone, linkOver)
	m.wantAddress(oldMail, false)
}

// TestAddressPageDies: a key dies with its time, and its cookie with it.
func TestAddressPageDies(t *testing.T) {
	m := newMover(t, oldMail)
	undo := m.moved(newMail)
	for link, life := range map[string]time.Duration{undo: 72 * time.Hour, m.ask("two@example.org"): 24 * time.Hour} {
		b := m.Browser(m.Handler())
		b.Open(link).Want(t, http.StatusOK, "ada")
		start := m.Clock.Now()
		m.Clock.Advance(life - time.Second)
		b.Open(pageOf(link)).Want(t, http.StatusOK, "ada")
		m.Clock.Advance(time.Second)
		b.Open(link).Want(t, http.StatusGone, linkOver)
		b.Open(pageOf(link)).Want(t, http.StatusNotFound)
		m.Clock.Advance(start.Sub(m.Clock.Now()))
	}
}

// TestAddressPageOlderForm: a form of the page of an older mail does not act by the key
// of a newer one.
func TestAddressPageOlderForm(t *testing.T) {
	m := newMover(t, oldMail)
	b := m.Browser(m.Handler())
	older := b.Open(m.ask("one@example.org")).Form()
	b.Open(m.ask(newMail)).Want(t, http.StatusOK, "ada")
	page := older.Submit(confirmButton).Want(t, http.StatusBadRequest, "another link was opened in this browser", "c******s@e******.org")
	m.wantAddress(oldMail, false)
	page.Form().Submit(confirmButton).Want(t, http.StatusOK, "Your address is confirmed")
	m.wantAddress(newMail, true)
	older.Submit(confirmButton).Want(t, http.StatusOK, "Your address is confirmed") // the page as it is now
}
