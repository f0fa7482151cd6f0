package sallyport_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/internal/record"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/sealed"
)

// indexKeyRecord is the record in which the engine keeps the key of its hashes.
type indexKeyRecord []byte

func (k *indexKeyRecord) Fields(f *record.Fields) {
	f.Secret(1, "key", (*[]byte)(k))
	f.End()
}

var indexKeyTable = store.NewTable[indexKeyRecord]("keys", store.TableOptions{})

// indexed is a kit whose records can be read past the engine.
type indexed struct {
	*sallyporttest.Kit
	t     *testing.T
	db    *store.DB
	index store.Index
	files map[string]directory.User
}

func newIndexed(t *testing.T) *indexed {
	t.Helper()
	s := memstore.New()
	k := hosted(t, sallyporttest.WithStore(s), sallyporttest.WithConfig(func(c *sallyport.Config) {
		c.Keys, c.InsecurePlainStore = sealed.Keys{}, true
	}))
	x := &indexed{Kit: k, t: t, db: store.NewDB(s, ""), files: map[string]directory.User{}}
	err := x.db.Run(t.Context(), k.Clock.Now(), func(tx *store.Tx) error {
		key, _, err := indexKeyTable.Get(tx, "index")
		if err == nil {
			x.index, err = store.NewIndex(key)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// proven is who has proven which address, by the factors of all accounts.
func (x *indexed) proven() map[string][]string {
	x.t.Helper()
	all := map[string][]string{}
	for it, err := range account.Accounts.Scan(x.t.Context(), x.db, x.Clock.Now(), "", "") {
		if err != nil {
			x.t.Fatal(err)
		}
		err := x.db.Run(x.t.Context(), x.Clock.Now(), func(tx *store.Tx) error {
			f, _, err := mfa.FactorsTable.Get(tx, account.Home(x.index, it.ID))
			if email := f.ProvenEmail(); email != "" {
				id := account.EmailID(x.index, email)
				all[id] = append(all[id], it.ID)
			}
			return err
		})
		if err != nil {
			x.t.Fatal(err)
		}
	}
	return all
}

// listed is the same by the index.
func (x *indexed) listed() map[string][]string {
	x.t.Helper()
	all := map[string][]string{}
	for it, err := range account.Emails.Scan(x.t.Context(), x.db, x.Clock.Now(), "", "") {
		if err != nil {
			x.t.Fatal(err)
		}
		all[it.ID] = slices.Sorted(slices.Values(it.Value.Accounts))
	}
	return all
}

// addressStep is one thing that may happen to the addresses of four accounts.
type addressStep struct {
	Kind, User, Email int
	A, B              bool
}

var (
	indexedUsers  = []string{"ada", "eve", "bob", "carl"}
	indexedEmails = []string{"a@example.com", "A@Example.com", "b@example.com", "b@bücher.example", "c@example.com", ""}
)

var stepGen = rapid.Custom(func(t *rapid.T) addressStep {
	return addressStep{
		Kind: rapid.IntRange(0, len(indexedSteps)-1).Draw(t, "kind"), User: rapid.IntRange(0, len(indexedUsers)-1).Draw(t, "user"),
		Email: rapid.IntRange(0, len(indexedEmails)-1).Draw(t, "email"), A: rapid.Bool().Draw(t, "a"), B: rapid.Bool().Draw(t, "b"),
	}
})

func (s addressStep) name() string  { return indexedUsers[s.User] }
func (s addressStep) email() string { return indexedEmails[s.Email] }

// id is of the account that has the name now; empty: none.
func (x *indexed) id(s addressStep) string {
	u, err := setup(x.Kit).FindUser(x.t.Context(), s.name())
	if err != nil {
		return ""
	}
	return u.ID
}

// indexedSteps do what may be refused: then nothing happens.
var indexedSteps = []func(x *indexed, s addressStep){
	func(x *indexed, s addressStep) { // an apply of all users so far, with a higher version or without
		u := x.files[s.name()]
		u.Name, u.Password, u.Email, u.MFA = s.name(), sallyporttest.Password, s.email(), new(true)
		if u.EmailValidated = nil; s.A && u.Email != "" {
			u.EmailValidated = new(true)
		}
		if s.B {
			u.CredentialsVersion++
		}
		x.files[s.name()] = u
		x.apply(false)
	},
	func(x *indexed, s addressStep) { // a pruning
		delete(x.files, s.name())
		x.apply(true)
	},
	func(x *indexed, s addressStep) {
		u := directory.NewUser{Name: s.name(), Password: sallyporttest.Password, Email: s.email(), EmailProven: s.A, MFA: &s.B}
		setup(x.Kit).CreateUser(x.t.Context(), u)
	},
	func(x *indexed, s addressStep) {
		by := directory.UserChange{Email: new(s.email())}
		if s.A {
			by.EmailProven = &s.B
		}
		setup(x.Kit).UpdateUser(x.t.Context(), x.id(s), by)
	},
	func(x *indexed, s addressStep) {
		setup(x.Kit).UpdateUser(x.t.Context(), x.id(s), directory.UserChange{EmailProven: &s.A})
	},
	func(x *indexed, s addressStep) { setup(x.Kit).DeleteUser(x.t.Context(), x.id(s)) },
	(*indexed).enrol, (*indexed).enrol, (*indexed).enrol, (*indexed).undoFactor, (*indexed).move, (*indexed).move, (*indexed).spend, (*indexed).spend, (*indexed).spend,
	(*indexed).undoFactor,
	func(x *indexed, s addressStep) {
		r, err := x.Engine.CloseAccount(x.t.Context(), sallyport.AccountClosing{Username: s.name(), Password: sallyporttest.Password})
		if err != nil || r.Outcome != sallyport.FactorWanted {
			return
		}
		in := sallyport.AccountClosing{RequestID: r.RequestID, OptionID: r.Options[0].ID}
		if in.Code = x.sent(func() { x.Engine.CloseAccount(x.t.Context(), in) }); in.Code != "" {
			x.Engine.CloseAccount(x.t.Context(), in)
		}
	},
	func(x *indexed, s addressStep) { x.Clock.Advance(25 * time.Hour) },
}

func (x *indexed) apply(prune bool) {
	d := sallyporttest.Directory()
	for _, u := range x.files {
		d.Users = append(d.Users, u)
	}
	if d.Users == nil {
		d.Users = []directory.User{}
	}
	x.Engine.Apply(x.t.Context(), d, directory.Options{Prune: prune, ReuseNames: true})
}

// sent is the code that a call has mailed; empty: none.
func (x *indexed) sent(call func()) string {
	n := x.Outbox.Count()
	call()
	synctest.Wait()
	for _, m := range x.Outbox.Messages()[n:] {
		if m.Code != "" {
			return m.Code
		}
	}
	return ""
}

// enrol has an account enrol an address, and prove an existing one where that is wanted.
func (x *indexed) enrol(s addressStep) {
	r, err := x.Engine.Login(x.t.Context(), sallyport.Login{Username: s.name(), Password: sallyporttest.Password})
	if err != nil || r.Outcome != sallyport.EnrollmentWanted && r.Outcome != sallyport.FactorWanted {
		return
	}
	call := sallyport.EnrollmentCall{RequestID: r.RequestID}
	for _, email := range []string{s.email(), ""} {
		code := x.sent(func() { x.Engine.SendVerification(x.t.Context(), call, mfa.Email, email) })
		x.Engine.ConfirmVerification(x.t.Context(), call, mfa.Email, code)
	}
	for _, o := range r.Options {
		in := sallyport.Login{RequestID: r.RequestID, OptionID: o.ID}
		if o.Mode == mfa.OTP {
			in.Code = x.sent(func() { x.Engine.Login(x.t.Context(), in) })
			x.Engine.Login(x.t.Context(), in)
		}
	}
}

// move asks for another address.
func (x *indexed) move(s addressStep) {
	r, err := x.Engine.ChangeAddress(x.t.Context(), sallyport.AddressChange{Username: s.name(), Password: sallyporttest.Password, Email: s.email()})
	if err != nil || r.Outcome != sallyport.FactorWanted {
		return
	}
	in := sallyport.AddressChange{RequestID: r.RequestID, OptionID: r.Options[0].ID}
	if in.Code = x.sent(func() { x.Engine.ChangeAddress(x.t.Context(), in) }); in.Code != "" {
		x.Engine.ChangeAddress(x.t.Context(), in)
	}
}

// spend spends one of the last keys that were mailed.
func (x *indexed) spend(s addressStep) {
	var keys []string
	for _, m := range x.Outbox.Messages() {
		if key := m.Link[strings.LastIndexByte(m.Link, '/')+1:]; account.IsMailedKey(key) {
			keys = append(keys, key)
		}
	}
	if n := len(keys); n > 0 {
		key := keys[max(0, n-1-s.Email)]
		x.Engine.ProveAddress(x.t.Context(), key)
		x.Engine.UndoAddress(x.t.Context(), key)
	}
}

// undoFactor follows the link of a notice of a new factor.
func (x *indexed) undoFactor(s addressStep) {
	for _, m := range slices.Backward(x.Outbox.Messages()) {
		token := linkToken(m.Link)
		if v, err := x.Engine.ViewLink(x.t.Context(), token); err == nil && v.Undo {
			x.Engine.DecideLink(x.t.Context(), token, sallyport.LinkDecision{Nonce: v.Nonce, Approve: true})
			return
		}
	}
}

// TestIndexOfProvenAddresses walks through whatever makes an address proven, or ends
// that it is, in any order, and compares the index with the factors of all accounts after
// each step.
func TestIndexOfProvenAddresses(t *testing.T) {
	beside(t)
	met := 0
	rapid.Check(t, func(rt *rapid.T) {
		steps := rapid.SliceOfN(stepGen, 30, 45).Draw(rt, "steps")
		fault := ""
		synctest.Test(t, func(t *testing.T) {
			x := newIndexed(t)
			for i, name := range indexedUsers {
				u := directory.NewUser{Name: name, Password: sallyporttest.Password, Email: indexedEmails[i], EmailProven: i != 1, MFA: new(true)}
				setup(x.Kit).CreateUser(t.Context(), u)
			}
			for n, s := range steps {
				indexedSteps[s.Kind](x, s)
				synctest.Wait() // for mails
				want, got := x.proven(), x.listed()
				met += len(want)
				for id := range want {
					slices.Sort(want[id])
				}
				if !maps.EqualFunc(want, got, slices.Equal[[]string]) {
					fault = fmt.Sprintf("after step %d, %+v: the index has %v, the factors say %v", n, s, got, want)
					return
				}
			}
		})
		if fault != "" {
			rt.Fatal(fault)
		}
	})
	if met < 1000 {
		t.Errorf("got %d proven addresses in all, want many: the walk comes nowhere", met)
	}
}
