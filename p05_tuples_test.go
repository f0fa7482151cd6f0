package sallyport_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/token"
)

// rewound is a store that goes back to what it was when it was last marked. One
// goroutine uses it.
type rewound struct {
	store.Store
	was map[string]store.Record // what has been replaced since
}

// Commit remembers what it replaces.
func (r *rewound) Commit(ctx context.Context, c store.Change) error {
	for _, w := range c.Writes {
		if _, known := r.was[w.Key]; known || w.Keep {
			continue
		}
		list, err := r.Load(ctx, w.Key)
		if err != nil {
			return err
		}
		r.was[w.Key] = list[0]
	}
	return r.Store.Commit(ctx, c)
}

func (r *rewound) mark() { r.was = map[string]store.Record{} }

// back undoes what was written since the mark, and reports whether anything was.
func (r *rewound) back(t *testing.T) (written bool) {
	t.Helper()
	if len(r.was) == 0 {
		return false
	}
	c := store.Change{ID: rewinds + uint64(len(r.was))}
	rewinds += 1 << 32
	for key, before := range r.was {
		now, err := r.Load(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		if before.Value == nil && now[0].Value == nil {
			continue
		}
		c.Writes = append(c.Writes, store.Write{Key: key, Value: before.Value, If: now[0].Version, Expires: before.Expires})
	}
	if err := r.Store.Commit(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	r.mark()
	return true
}

// rewinds makes the id of each change of [rewound.back] its own.
var rewinds uint64 = 1 << 62

// tuple is all that a call 3 says. Of each part there are the true one and those of
// others.
type tuple struct {
	request, option, code, user, module string
	caller                              int
}

// crossedLogin is one pending login with its options and the codes that are good for them.
type crossedLogin struct {
	request, user, module string
	caller                int
	codes                 map[string]string // by option; empty: no code is
}

// crossed are pending logins of three people at four callers: three clients and the
// host itself. One of the people is of another module.
type crossed struct {
	*sallyporttest.Kit
	store   *rewound
	callers []*sallyport.Caller
	logins  []crossedLogin
	apps    map[string]*sallyporttest.Authenticator // by user
}

func newCrossed(t *testing.T) *crossed {
	t.Helper()
	x := &crossed{store: &rewound{Store: memstore.New(), was: map[string]store.Record{}}}
	t.Cleanup(func() { x.store.Close() })
	webApp := sallyporttest.WithDirectory(func(d *directory.File) {
		c := d.Clients[0]
		c.Platform, c.Modules = string(token.WebApp), []string{token.ModuleVGUser, windows}
		d.Clients = append(d.Clients, c)
	})
	x.Kit = joined(t, bobs(), sallyporttest.WithStore(x.store), webApp)
	for _, id := range []string{sallyporttest.ClientID, sallyporttest.ApplicationID + "_WebApp"} {
		x.callers = append(x.callers, &sallyport.Caller{ClientID: id, ClientSecret: sallyporttest.ClientSecret})
	}
	x.callers = append(x.callers, &sallyport.Caller{ClientID: sallyporttest.PublicClientID}, nil)
	x.apps = map[string]*sallyporttest.Authenticator{}
	for i, name := range []string{"marie", "peter"} {
		p := x.AddUser(t, sallyporttest.User{
			Name: name, Email: name + ".sample@example.com", EmailValidated: true, Mobile: fmt.Sprint("+3361234567", i), MobileValidated: true, TOTP: true,
		})
		x.apps[name] = p.Authenticator
	}
	factors(t, x.Kit, mfa.Required)
	app, e := x.InProcess().EnrollAuthenticator(hostLogin(t, x.Kit, bobLogin).RequestID)
	e.Want(t, true)
	x.Clock.Advance(time.Minute) // the code that confirmed is spent
	x.apps["bob"] = app
	for i := range x.callers {
		for _, in := range []sallyport.Login{
			{Username: "marie", Password: sallyporttest.Password}, {Username: "peter", Password: sallyporttest.Password}, bobLogin,
		} {
			x.open(t, i, in)
		}
	}
	return x
}

// open makes calls 1 and 2 for each option that is answered by a code.
func (x *crossed) open(t *testing.T, caller int, in sallyport.Login) {
	t.Helper()
	in.Caller = x.callers[caller]
	r := hostLogin(t, x.Kit, in)
	o := crossedLogin{request: r.RequestID, user: in.Username, module: in.Module, caller: caller, codes: map[string]string{}}
	if o.module == "" {
		o.module = token.ModuleVGUser
	}
	for _, option := range r.Options {
		switch {
		case option.Transport == mfa.Authenticator:
			o.codes[option.ID] = x.apps[in.Username].Code()
		case option.Mode == mfa.Link:
			o.codes[option.ID] = ""
		default:
			n := x.Outbox.Count()
			hostLogin(t, x.Kit, sallyport.Login{Caller: in.Caller, RequestID: r.RequestID, OptionID: option.ID})
			o.codes[option.ID] = x.Outbox.Messages()[n].Code
		}
	}
	if want := map[bool]int{true: 1, false: 5}[in.Module == windows]; len(o.codes) != want {
		t.Fatalf("got %d options for %s, want %d", len(o.codes), in.Username, want)
	}
	x.logins = append(x.logins, o)
}

// parts returns all options and all codes.
func (x *crossed) parts() (options, codes []string) {
	for _, o := range x.logins {
		for option, code := range o.codes {
			options = append(options, option)
			if code != "" && !slices.Contains(codes, code) {
				codes = append(codes, code)
			}
		}
	}
	return options, codes
}

// alike reports whether two codes are the same by chance, those among them that an app
// shows a moment before and after.
func (x *crossed) alike() bool {
	_, codes := x.parts()
	if len(codes) != 4*4+3 {
		return true
	}
	for _, app := range x.apps {
		for _, off := range []time.Duration{-30 * time.Second, 30 * time.Second} {
			if slices.Contains(codes, app.CodeAt(x.Clock.Now().Add(off))) {
				return true
			}
		}
	}
	return false
}

// want returns what a tuple is answered with, and whether that may write anything: what
// is not of one login together is answered as a login that never was.
func (x *crossed) want(c tuple) (status sallyport.Status, writes bool) {
	i := slices.IndexFunc(x.logins, func(o crossedLogin) bool { return o.request == c.request })
	o := x.logins[i]
	code, own := o.codes[c.option]
	switch {
	case o.caller != c.caller, !own, c.user != "" && c.user != o.user, c.module != "" && c.module != o.module:
		return dead, false
	case code == "" || code != c.code:
		return wrong, true
	}
	return sallyport.Success, true
}

// ask sends a tuple, wants what it must be answered with, and undoes it. It reports
// whether it was granted.
func (x *crossed) ask(t *testing.T, c tuple) bool {
	t.Helper()
	in := sallyport.Login{Caller: x.callers[c.caller], RequestID: c.request, OptionID: c.option, Code: c.code, Username: c.user, Module: c.module}
	r, err := x.Engine.Login(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	status, writes := x.want(c)
	granted := r.Tokens != nil || r.Session != nil
	if r.Status != status || granted != (status == sallyport.Success) {
		t.Fatalf("%+v: got %v, want %s", c, r, status)
	}
	if written := x.store.back(t); written != writes {
		t.Fatalf("%+v: got something written: %v, want %v", c, written, writes)
	}
	return granted
}

// TestP5Tuples: of request, option, code, client, user name and module only those go
// together that one login has made. Every other combination is answered as a login that
// never was, and writes nothing, or is a wrong code. A third of all combinations of the
// first four is tried, and all of the last two with what is true otherwise; in the long
// form all there are.
func TestP5Tuples(t *testing.T) {
	beside(t)
	x := newCrossed(t)
	for x.alike() {
		x = newCrossed(t)
	}
	options, codes := x.parts()
	users, modules := []string{"", "marie", "peter", "bob"}, []string{"", token.ModuleVGUser, windows, token.ModulePasswordless}
	x.store.mark()
	var tried, granted, wrong int
	for _, o := range x.logins {
		for _, option := range options {
			for _, code := range codes {
				good := o.codes[option] == code
				for caller := range x.callers {
					for _, user := range users {
						for _, module := range modules {
							if user+module != "" && !good && !long() {
								continue
							}
							if wrong++; !good && wrong%3 > 0 && !long() {
								continue
							}
							tried++
							if x.ask(t, tuple{o.request, option, code, user, module, caller}) {
								granted++
							}
						}
					}
				}
			}
		}
	}
	// A mailed code, one by text message and one of an app of each of two people, and the
	// third's of an app, at each caller, with the name and the module or without.
	if want := 4 * (2*3 + 1) * 2 * 2; granted != want {
		t.Errorf("got %d granted of %d, want %d", granted, tried, want)
	}
	t.Logf("%d tried, %d granted", tried, granted)
}
