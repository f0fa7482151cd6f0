// Package scantest makes the pages that mails and answers lead to, for tests that open
// them as robots do, and compares what an engine keeps before and after. Mail scanners,
// browsers that load pages ahead and previews of chat programs open each link: only a
// press of a button may change anything.
package scantest

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// Page is a page that something leads to which was sent to its owner, or answered to a
// client.
type Page struct {
	Name string
	// Binds says that the first person's look binds the page to its browser. Its link is
	// in an answer to the client and in no message.
	Binds bool
	// Open makes a kit and the link. Options come last.
	Open func(t testing.TB, opts ...sallyporttest.Option) *Opened
}

// Opened is the link of a page, and what its owner does there.
type Opened struct {
	Kit  *sallyporttest.Kit
	Link string // whole, below the issuer
	// Finish does what the page is for, with the buttons of a browser of the owner's, and
	// fails the test where that is no longer possible.
	Finish func()
}

// Addresses of the people of these pages.
const (
	owner   = "ada.lovelace@example.com"
	another = "countess@example.org"
)

// Pages returns all pages that are led to.
func Pages() []Page {
	return []Page{
		{Name: "a link", Open: openLink},
		{Name: "a link with a number", Open: openNumbered},
		{Name: "a link that adds a factor", Open: openAdding},
		{Name: "a link that removes a factor", Open: openUndo},
		{Name: "an enrolment", Binds: true, Open: openEnrolment},
		{Name: "a new password", Open: openReset},
		{Name: "a sign-up", Open: openSignUp},
		{Name: "a new address", Open: openAddress},
		{Name: "an address taken back", Open: openAddressUndo},
	}
}

// making is a kit with somebody who owns a mailbox.
type making struct {
	*sallyporttest.Kit
	t   testing.TB
	who *sallyporttest.Person
}

func newMaking(t testing.TB, u sallyporttest.User, opts []sallyporttest.Option) *making {
	t.Helper()
	k := sallyporttest.New(t, opts...)
	u.Name = "ada"
	return &making{k, t, k.AddUser(t, u)}
}

var withMailbox = sallyporttest.User{Email: owner, EmailValidated: true}

// opened ends with the button on the page of a link, after filling the form in, and wants
// the text of done.
func (m *making) opened(link, button, done string, fill func(*sallyporttest.Form)) *Opened {
	return &Opened{Kit: m.Kit, Link: link, Finish: func() {
		m.t.Helper()
		form := m.Browser(m.Handler()).Open(link).Form()
		if fill != nil {
			fill(form)
		}
		form.Submit(button).Want(m.t, http.StatusOK, done)
	}}
}

// then has more done at the end.
func (o *Opened) then(more func()) *Opened {
	first := o.Finish
	o.Finish = func() { first(); more() }
	return o
}

// login is a login that waits for a link.
type login struct {
	in     sallyport.Login
	number string // empty: the client shows none
}

// sendLink makes call 2 of a login that has begun, without being held.
func (m *making) sendLink(c *sallyporttest.Client, a sallyporttest.Answer) login {
	m.t.Helper()
	l := login{in: sallyport.Login{Caller: &sallyport.Caller{ClientID: c.ID, ClientSecret: c.Secret}, RequestID: a.RequestID}}
	for _, o := range a.Options {
		if o.AuthenticationModeDisplay == "Link" {
			l.in.OptionID, l.number = o.ID, o.MatchNumber
		}
	}
	m.wantStatus(l, sallyport.Failure|sallyport.MFAWaitingUserAction)
	return l
}

func (m *making) wantStatus(l login, want sallyport.Status) {
	m.t.Helper()
	r, err := m.Engine.Login(m.t.Context(), l.in)
	if err != nil || r.Status != want {
		m.t.Fatalf("the login that waits: got %v, %v, want %s", r, err, want)
	}
}

func (m *making) link(staged bool) login {
	m.t.Helper()
	c := m.InProcess()
	a := c.Login(m.who.Name, m.who.Password)
	if staged {
		_, e := c.EnrollAuthenticator(a.RequestID)
		e.Want(m.t, false)
	}
	return m.sendLink(c, a)
}

func openLink(t testing.TB, opts ...sallyporttest.Option) *Opened {
	m := newMaking(t, withMailbox, opts)
	l := m.link(false)
	return m.opened(m.Outbox.LastLink(owner), "It was me: approve", "Approved", nil).
		then(func() { m.wantStatus(l, sallyport.Success) })
}

func openNumbered(t testing.TB, opts ...sallyporttest.Option) *Opened {
	numbered := sallyporttest.WithDirectory(func(d *directory.File) { d.Clients[0].LinkNumber = true })
	m := newMaking(t, withMailbox, append([]sallyporttest.Option{numbered}, opts...))
	l := m.link(false)
	return m.opened(m.Outbox.LastLink(owner), "It was me: approve", "Approved", func(f *sallyporttest.Form) { f.Fill("number", l.number) }).
		then(func() { m.wantStatus(l, sallyport.Success) })
}

func openAdding(t testing.TB, opts ...sallyporttest.Option) *Opened {
	m := newMaking(t, withMailbox, opts)
	l := m.link(true)
	return m.opened(m.Outbox.LastLink(owner), "It was me: approve", "Approved", func(f *sallyporttest.Form) { f.Tick("add") }).
		then(func() { m.wantStatus(l, sallyport.Success); m.wantOptions(3) })
}

func openUndo(t testing.TB, opts ...sallyporttest.Option) *Opened {
	o := openAdding(t, opts...)
	o.Finish()
	m := &making{Kit: o.Kit, t: t, who: o.Kit.Person("ada")}
	return m.opened(m.Outbox.Await(owner, "notice").Link, "Remove it and end all sessions", "Removed", nil).
		then(func() { m.wantOptions(2) })
}

// wantOptions wants a login to offer so many ways to go on.
func (m *making) wantOptions(n int) {
	m.t.Helper()
	if got := m.InProcess().Login(m.who.Name, m.who.Password).Offered(); len(got) != n {
		m.t.Errorf("got the options %q, want %d", got, n)
	}
}

func openEnrolment(t testing.TB, opts ...sallyporttest.Option) *Opened {
	m := newMaking(t, sallyporttest.User{MFA: new(true)}, opts)
	c := m.InProcess()
	a := c.Login(m.who.Name, m.who.Password)
	return &Opened{Kit: m.Kit, Link: a.Enrollment.EnrollmentURL, Finish: func() {
		t.Helper()
		page := m.Browser(m.Handler()).Open(a.Enrollment.EnrollmentURL).Follow("Authenticator app")
		page.Form("code").Fill("code", page.Authenticator().Code()).Submit("Confirm").Want(t, http.StatusOK, "Save your recovery codes")
		c.Resume(a.RequestID, m.who.Name, m.who.Password).Want(t, sallyport.Success)
	}}
}

// mailed is the link of a mail with a key that begin has sent.
func (m *making) mailed(to string, begin func() error) string {
	m.t.Helper()
	m.Outbox.Key(to, func() {
		if err := begin(); err != nil {
			m.t.Fatal(err)
		}
	})
	return m.Outbox.Last(to).Link
}

const newPassword = "a fine password 1"

func openReset(t testing.TB, opts ...sallyporttest.Option) *Opened {
	m := newMaking(t, withMailbox, opts)
	link := m.mailed(owner, func() error {
		return m.Engine.BeginReset(t.Context(), sallyport.ResetRequest{Username: m.who.Name})
	})
	return m.opened(link, "Set the password", "", func(f *sallyporttest.Form) { f.Fill("password", newPassword).Fill("again", newPassword) }).
		then(func() { m.who.Password = newPassword; m.wantOptions(2) })
}

func openSignUp(t testing.TB, opts ...sallyporttest.Option) *Opened {
	open := sallyporttest.WithConfig(func(c *sallyport.Config) { c.SignUp = &sallyport.SignUp{} })
	m := newMaking(t, sallyporttest.User{}, append([]sallyporttest.Option{open}, opts...))
	link := m.mailed(another, func() error {
		_, err := m.Engine.Register(t.Context(), sallyport.Registration{Username: "eva", Email: another, Password: newPassword})
		return err
	})
	return m.opened(link, "Make my account", "Your account is made", func(f *sallyporttest.Form) { f.Fill("password", newPassword) })
}

func (m *making) askForAddress() string {
	m.t.Helper()
	return m.mailed(another, func() error {
		_, err := m.Engine.ChangeAddress(m.t.Context(), sallyport.AddressChange{Username: m.who.Name, Password: m.who.Password, Email: another})
		return err
	})
}

func openAddress(t testing.TB, opts ...sallyporttest.Option) *Opened {
	m := newMaking(t, sallyporttest.User{Email: owner}, opts)
	return m.opened(m.askForAddress(), "Confirm this address", "Your address is confirmed", nil)
}

func openAddressUndo(t testing.TB, opts ...sallyporttest.Option) *Opened {
	m := newMaking(t, sallyporttest.User{Email: owner}, opts)
	first := m.opened(m.askForAddress(), "Confirm this address", "Your address is confirmed", nil)
	link := m.mailed(another, func() error { first.Finish(); return nil }) // the old one was never proven
	return m.opened(link, "Take the change back", "The change was taken back", nil)
}

// State is what an engine keeps and has sent.
type State struct {
	records map[string]uint64 // the version of each key
	sent    int
}

// StateOf reads it.
func StateOf(t testing.TB, k *sallyporttest.Kit) State {
	t.Helper()
	s := State{map[string]uint64{}, k.Outbox.Count()}
	for r, err := range k.Store.Scan(t.Context(), "", "") {
		if err != nil {
			t.Fatal(err)
		}
		s.records[r.Key] = r.Version
	}
	return s
}

// Changes names what was made, changed or deleted since another state, by the tables of
// the records, and how many messages were sent. Nil: nothing was.
func (s State) Changes(since State) (list []string) {
	for _, key := range slices.Sorted(maps.Keys(s.records)) {
		if was, there := since.records[key]; !there || was != s.records[key] {
			list = append(list, tableOf(key))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(since.records)) {
		if _, there := s.records[key]; !there {
			list = append(list, tableOf(key)+" deleted")
		}
	}
	if n := s.sent - since.sent; n != 0 {
		list = append(list, fmt.Sprintf("%d messages", n))
	}
	return list
}

// tableOf is the table of a record: before its id or, of what belongs to an account,
// after it.
func tableOf(key string) string {
	table, rest, _ := strings.Cut(key, "/")
	if table == "of" {
		_, table, _ = strings.Cut(rest, "/")
	}
	return table
}
