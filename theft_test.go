package sallyport_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/httpadapter"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/sealed"
	"github.com/sallyport-auth/sallyport/token"
)

// What the thief of a password has of their own.
const (
	evilMail  = "thief@example.com"
	evilPhone = "+4915112345678"
)

// thief has the password of an account and what a state leaves with them. They read no
// mail but their own, and have no factor of the account.
type thief struct {
	*sallyporttest.Kit
	t                          *testing.T
	c                          *sallyporttest.Client
	id, name, password, module string
	device                     string        // a device token
	invitation                 string        // the key of an invitation, to whatever account
	session                    func() string // opens a session that the thief finds open; nil: there is none
	owner                      *sallyporttest.Person
}

// theftKit is a kit on which all that an engine can do is on, and whose records can be read.
func theftKit(t *testing.T) *sallyporttest.Kit {
	t.Helper()
	return joined(t, bobs(),
		sallyporttest.WithConfig(func(c *sallyport.Config) {
			c.Keys, c.InsecurePlainStore, c.SignUp = sealed.Keys{}, true, &sallyport.SignUp{}
			c.SMSPrefixes = []string{phone[:3], evilPhone[:3]}
		}),
		sallyporttest.WithDirectory(func(d *directory.File) {
			for i := range d.Clients {
				d.Clients[i].Modules = append(d.Clients[i].Modules, token.ModulePasswordless)
			}
			d.Policy = &directory.Policy{MFA: directory.MFA{Session: new(720 * time.Hour)}}
		}))
}

// activeFactors is what every account of a plain store can prove beside its password, as the
// records have it: secrets, addresses and recovery codes.
func activeFactors(t *testing.T, k *sallyporttest.Kit) string {
	t.Helper()
	var b strings.Builder
	for r, err := range k.Store.Scan(t.Context(), "of/", "") {
		if err != nil {
			t.Fatal(err)
		}
		home, is := strings.CutSuffix(strings.TrimPrefix(r.Key, "of/"), "/factors")
		if !is {
			continue
		}
		if err := store.NewDB(k.Store, "").Run(t.Context(), k.Clock.Now(), func(tx *store.Tx) error {
			f, _, err := mfa.FactorsTable.Get(tx, home)
			writeFactors(&b, home, &f)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

func writeFactors(b *strings.Builder, home string, f *mfa.Factors) {
	for _, d := range f.Authenticators {
		fmt.Fprintln(b, home, d.ID, d.Secret.Base32(), d.Added)
	}
	for _, a := range append([]mfa.FurtherAddress{{Over: mfa.Email, Address: f.Email}, {Over: mfa.SMS, Address: f.Mobile}}, f.Further...) {
		if a.Confirmed() {
			fmt.Fprintln(b, home, a.Over, a.Value, a.Validated)
		}
	}
	for _, r := range f.Recovery {
		fmt.Fprintf(b, "%s %x %s %s\n", home, r.Digest, r.Foreign, r.Spent)
	}
}

// theftState is how an account stands of which the password is known.
type theftState struct {
	name string
	make func(th *thief)
	// first says that the account never had a factor, and the policy lets its password add
	// one, or that the thief has an invitation too.
	first bool
	// but is the one route by which a factor may be had though an address on record has to
	// be proven first: whoever is asked for the password alone changes that address by it.
	but string
}

// has makes an account with what User says.
func has(u sallyporttest.User) func(*thief) {
	return func(th *thief) {
		u.Name = "ada"
		th.owner = th.AddUser(th.t, u)
		th.id, th.name, th.password = th.owner.ID, u.Name, th.owner.Password
	}
}

var (
	everyFactor = sallyporttest.User{Email: mail, EmailValidated: true, Mobile: phone, MobileValidated: true, TOTP: true}
	appFactor   = sallyporttest.User{TOTP: true}
)

var theftStates = []theftState{
	{name: "a mailbox", make: has(sallyporttest.User{Email: mail, EmailValidated: true})},
	{name: "a phone", make: has(sallyporttest.User{Mobile: phone, MobileValidated: true})},
	{name: "an authenticator", make: has(appFactor)},
	{name: "all of them, and a session found open", make: func(th *thief) {
		has(everyFactor)(th)
		th.session = func() string { return handleOf(th.ownLogin(sallyport.Login{})) }
	}},
	{name: "an authenticator, and a remembered device", make: func(th *thief) {
		has(sallyporttest.User{TOTP: true, Email: mail})(th)
		th.device = th.signIn(sallyport.Login{RememberDevice: true}).DeviceToken
		th.session = func() string {
			r := hostLogin(th.t, th.Kit, sallyport.Login{Username: th.name, Password: th.password, DeviceToken: th.device})
			th.device = r.DeviceToken
			return handleOf(r)
		}
	}},
	{name: "an authenticator, and a browser that remembers several accounts", make: func(th *thief) {
		has(appFactor)(th)
		b := &keeper{t: th.t, k: th.Kit}
		for _, p := range append(people(th.t, th.Kit, 3), th.owner) {
			b.signIn(p, asks)
		}
		th.device = b.tokens
		th.session = func() string {
			r := hostLogin(th.t, th.Kit, sallyport.Login{Username: th.name, Password: th.password, DeviceToken: th.device})
			th.device = sallyport.KeepDeviceToken(th.device, r.DeviceToken)
			return handleOf(r)
		}
	}},
	{name: "an authenticator that no login asks for", make: func(th *thief) {
		has(sallyporttest.User{TOTP: true, Email: mail, MFA: new(false)})(th)
		th.session = func() string { return handleOf(th.ownLogin(sallyport.Login{})) } // by the password alone
	}},
	{name: "a mailbox that took the place of another", make: func(th *thief) {
		has(sallyporttest.User{Email: mail, EmailValidated: true})(th)
		m := &moving{Kit: th.Kit, t: th.t, p: th.owner}
		m.moveTo(newMail)
	}},
	{name: "a factor outside of those that are required", make: func(th *thief) {
		has(sallyporttest.User{Mobile: phone, MobileValidated: true})(th)
		setPolicy(th.t, th.Kit, func(p *directory.Policy) {
			p.MFA.Mode, p.MFA.Methods = new(mfa.Required), []string{"MicrosoftAuthenticator"}
		})
	}},
	{name: "a phone that no message goes to", make: has(sallyporttest.User{Mobile: "+15005550006", MobileValidated: true})},
	{name: "an authenticator that was removed by the link of a notice", make: func(th *thief) {
		has(sallyporttest.User{Email: mail})(th)
		th.session = func() string { return handleOf(th.ownLogin(sallyport.Login{})) }
		th.undoneFactor()
		th.session = nil
	}},
	{name: "without a password", make: func(th *thief) {
		th.owner = th.AddUser(th.t, noWord("pat"))
		th.id, th.name, th.module = th.owner.ID, "pat", token.ModulePasswordless
	}},
	{name: "an authenticator, at a module", make: func(th *thief) {
		th.name, th.password, th.module = "bob", bobPassword, windows
		factors(th.t, th.Kit, mfa.Required)
		app, e := th.InProcess().EnrollAuthenticator(hostLogin(th.t, th.Kit, bobLogin).RequestID)
		e.Want(th.t, true)
		th.owner = &sallyporttest.Person{Name: "bob", Password: bobPassword, Authenticator: app}
		th.session = func() string { return handleOf(th.ownLogin(sallyport.Login{})) }
	}},
	{name: "an address on record, and a factor is wanted", make: has(sallyporttest.User{Email: mail, MFA: new(true)})},
	{name: "an address on record", but: "another address", make: func(th *thief) {
		has(sallyporttest.User{Email: mail})(th)
		th.session = func() string { return handleOf(th.ownLogin(sallyport.Login{})) }
	}},
	{name: "an address that an administrator has left", make: func(th *thief) {
		has(everyFactor)(th)
		resetFactors(th.t, th.Kit, th.id)
	}},
	{name: "nothing, and the first takes an invitation", make: func(th *thief) {
		has(sallyporttest.User{})(th)
		setPolicy(th.t, th.Kit, func(p *directory.Policy) { p.MFA.FirstEnrollment = new(mfa.ByInvitation) })
		th.session = func() string { return handleOf(th.ownLogin(sallyport.Login{})) }
	}},
	{name: "nothing, and logins by grace before the first, which takes an invitation", make: func(th *thief) {
		has(sallyporttest.User{})(th)
		byInvitation(th.t, th.Kit)
		setPolicy(th.t, th.Kit, func(p *directory.Policy) { p.MFA.GraceLogons = new(100) })
		th.session = func() string { return handleOf(th.ownLogin(sallyport.Login{})) }
	}},
	{name: "nothing, and the invitation of another", make: func(th *thief) {
		has(sallyporttest.User{})(th)
		byInvitation(th.t, th.Kit)
		th.invitation = invite(th.t, th.Kit, th.AddUser(th.t, sallyporttest.User{Name: "eve", Password: fresh}).ID)
	}},
	{name: "an invitation, and not the password", make: func(th *thief) {
		has(sallyporttest.User{MFA: new(true)})(th)
		th.invitation, th.password = invite(th.t, th.Kit, th.id), "a guess"
	}},
	{name: "an authenticator, and an invitation to add another", make: func(th *thief) {
		has(appFactor)(th)
		th.invitation = invite(th.t, th.Kit, th.id)
	}},
	{name: "an address that an administrator has left, and an invitation", make: func(th *thief) {
		has(everyFactor)(th)
		resetFactors(th.t, th.Kit, th.id)
		th.invitation = invite(th.t, th.Kit, th.id)
	}},
	{name: "nothing that an administrator has left", make: func(th *thief) {
		has(appFactor)(th)
		resetFactors(th.t, th.Kit, th.id)
	}},
	{name: "nothing that an administrator has left, and an invitation", first: true, make: func(th *thief) {
		has(appFactor)(th)
		resetFactors(th.t, th.Kit, th.id)
		th.owner.Authenticator = nil
		th.invitation = invite(th.t, th.Kit, th.id)
	}},
	{name: "nothing, and logins by grace before the first", first: true, make: func(th *thief) {
		has(sallyporttest.User{})(th)
		skipping(th.t, th.Kit, 100)
		th.session = func() string { return handleOf(th.ownLogin(sallyport.Login{})) }
	}},
	{name: "nothing, and a factor is wanted", first: true, make: has(sallyporttest.User{MFA: new(true)})},
	{name: "nothing", first: true, make: func(th *thief) {
		has(sallyporttest.User{})(th)
		th.session = func() string { return handleOf(th.ownLogin(sallyport.Login{})) }
	}},
	{name: "nothing, since its owner gave up the last", make: func(th *thief) {
		has(appFactor)(th)
		th.session = func() string { return handleOf(th.ownLogin(sallyport.Login{})) }
		f := &factoring{&moving{Kit: th.Kit, t: th.t, p: th.owner}, th.signIn(sallyport.Login{}).Session}
		wantConfirmation(th.t, "giving it up", f.proven(removes, f.first(removes, f.idOf("Authenticator app")), mfa.Authenticator), sallyport.Granted, "")
	}},
}

// handleOf is the handle of the session that a login was granted; empty: it was not.
func handleOf(r *sallyport.Result) string {
	if r.Session == nil {
		return ""
	}
	return r.Session.Handle
}

// signIn is a login of the owner's that is granted.
func (th *thief) signIn(in sallyport.Login) *sallyport.Result {
	th.t.Helper()
	r := th.ownLogin(in)
	if r.Session == nil {
		th.t.Fatalf("signing in: got %v, %q", r.Outcome, r.Reason)
	}
	return r
}

// ownLogin is a login of the owner's, at the host, with what is wanted.
func (th *thief) ownLogin(in sallyport.Login) *sallyport.Result {
	th.t.Helper()
	in.Username, in.Password, in.Module = th.name, th.password, th.module
	r := hostLogin(th.t, th.Kit, in)
	if r.Outcome == sallyport.FactorWanted && th.owner.Authenticator != nil {
		i := slices.IndexFunc(r.Options, func(o sallyport.Option) bool { return o.Transport == mfa.Authenticator })
		r = hostLogin(th.t, th.Kit, sallyport.Login{
			RequestID: r.RequestID, OptionID: r.Options[i].ID, Code: th.owner.Authenticator.Fresh(), RememberDevice: in.RememberDevice,
		})
	}
	return r
}

// undoneFactor has the owner add an authenticator, by the address on record, and remove it by
// the link of the notice that came there.
func (th *thief) undoneFactor() {
	th.t.Helper()
	c := th.InProcess()
	r, err := th.Engine.AddFactor(th.t.Context(), sallyport.FactorChange{Session: th.session(), Password: th.password})
	if err != nil {
		th.t.Fatal(err)
	}
	c.SendVerification(r.RequestID, "Email", mail)
	c.ConfirmVerification(r.RequestID, "Email", th.Outbox.LastCode(mail)).Want(th.t, true)
	_, e := c.EnrollAuthenticator(r.RequestID)
	e.Want(th.t, true)
	token := linkToken(th.Outbox.Await(mail, "notice").Link)
	v, err := th.Engine.ViewLink(th.t.Context(), token)
	if err != nil {
		th.t.Fatal(err)
	}
	if out, err := th.Engine.DecideLink(th.t.Context(), token, sallyport.LinkDecision{Nonce: v.Nonce, Approve: true}); err != nil || out != sallyport.LinkUndone {
		th.t.Fatalf("got %v, %v", out, err)
	}
}

// TestP3Theft has a thief with the password alone take every route that adds, removes or
// arms a factor, in process and over HTTP, one after the other and in one session, to an
// account in every state: what is a factor is the same afterwards. Where the account never
// had one, or with an invitation, the password adds one: a control of the routes.
// In the short form the states take turns between the two ways.
func TestP3Theft(t *testing.T) {
	beside(t)
	for i, state := range theftStates {
		for j, way := range []string{"in process", "http"} {
			if !long() && i%2 != j {
				continue // one way each
			}
			t.Run(state.name+"/"+way, func(t *testing.T) {
				th := &thief{Kit: theftKit(t), t: t}
				th.c = th.InProcess()
				state.make(th)
				if way == "http" {
					th.c = th.HTTP()
				}
				changed := 0
				for _, r := range theftRoutes {
					th.Clock.Advance(25 * time.Hour) // budgets are not what is tested
					before := activeFactors(t, th.Kit)
					r.take(th)
					after := activeFactors(t, th.Kit)
					if before == after {
						continue
					}
					if changed++; !state.first && state.but != r.name {
						t.Fatalf("%s: the factors were\n%sand are\n%s", r.name, before, after)
					}
					break // whose factors they are now is the thief
				}
				if want := state.first || state.but != ""; (changed > 0) != want {
					t.Errorf("changed %d times, want it %v: the routes lead nowhere", changed, want)
				}
				if th.owner.Authenticator != nil && !state.first && state.but == "" && activeFactors(t, th.Kit) != "" {
					th.Clock.Advance(25 * time.Hour)
					th.signIn(sallyport.Login{}) // the owner has what they had
				}
			})
		}
	}
}

// TestP3TheftRoutes: the table of routes has every call of the engine and every path of the
// adapter that could write a factor, or says why one cannot.
func TestP3TheftRoutes(t *testing.T) {
	k := theftKit(t)
	taken := map[string]bool{}
	for _, r := range theftRoutes {
		for _, call := range r.calls {
			taken[call] = true
		}
	}
	var all []string
	for m := range reflect.TypeFor[*sallyport.Engine]().Methods() {
		all = append(all, m.Name)
	}
	a, err := httpadapter.New(k.Engine, httpadapter.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range a.Routes() {
		if r.Method != "OPTIONS" && !slices.Contains(all, r.Path) {
			all = append(all, r.Path)
		}
	}
	for _, name := range all {
		why, harmless := theftless[name]
		if taken[name] == harmless {
			t.Errorf("%s: taken %v, and said to be harmless: %q", name, taken[name], why)
		}
		delete(taken, name)
		delete(theftless, name)
	}
	if len(taken)+len(theftless) > 0 {
		t.Errorf("there are no %v, %v", taken, theftless)
	}
}
