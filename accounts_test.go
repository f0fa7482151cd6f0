package sallyport_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/sealed"
)

// TestAccountsLogin: a user of the host's own table logs in, with the roles that the host
// names, and is told of by the host's id.
func TestAccountsLogin(t *testing.T) {
	k := owned(t, ann(t))
	r := hostLogin(t, k, annLogin)
	wantOutcome(t, "a right password", r, sallyport.Granted, sallyport.NoReason)
	a, err := k.Engine.Session(t.Context(), r.Session.Handle)
	if err != nil {
		t.Fatal(err)
	}
	if a.AccountID != annID || a.Name != "Ann" || !slices.Equal(a.Roles, []string{sallyporttest.RoleName}) || !slices.Equal(a.Permissions, []string{sallyporttest.ReadPath}) {
		t.Errorf("got %+v, want Ann, of the host's id and roles", a)
	}
	for _, ev := range k.Events() {
		if ev.Kind == sallyport.EventLogin && ev.Account != annID {
			t.Errorf("got an event of %q, want the host's id", ev.Account)
		}
	}
	for _, in := range []sallyport.Login{{Username: "ann", Password: "wrong"}, {Username: "nobody", Password: annPassword}} {
		wantOutcome(t, in.Username, hostLogin(t, k, in), sallyport.Denied, sallyport.ReasonWrongPassword)
	}
}

// TestAccountsTokens: clients get tokens for the host's users, which tell of the host's
// roles and of no other; a role that is none gives nothing.
func TestAccountsTokens(t *testing.T) {
	u := ann(t)
	u.edit(annID, func(a *sallyport.Account) {
		a.Roles, a.Email = []string{"no such role", strings.ToUpper(sallyporttest.RoleName)}, mail
	})
	k := owned(t, u)
	c := k.InProcess()
	a := c.Login("ANN", annPassword).Want(t, sallyport.Success)
	access, err := k.Engine.Verify(t.Context(), a.Tokens.AccessToken)
	if err != nil || access.AccountID != annID || !slices.Equal(access.Roles, []string{sallyporttest.RoleName}) {
		t.Errorf("got %+v, %v", access, err)
	}
	claims, err := k.Engine.UserInfo(t.Context(), a.Tokens.AccessToken)
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]string{}
	for _, cl := range claims {
		told[cl.Name] += cl.Value
	}
	all := strings.Join(slices.Collect(maps.Values(told)), " ")
	for _, want := range []string{mail, sallyporttest.RoleName, sallyporttest.ApplicationName} {
		if !strings.Contains(all, want) {
			t.Errorf("userinfo says %v, want %s in it", told, want)
		}
	}
	c.Refresh(a.Tokens.RefreshToken)
	u.edit(annID, func(a *sallyport.Account) { a.Roles = []string{"no such role"} })
	k.Clock.Advance(time.Minute)
	c.Login("ann", annPassword).Want(t, sallyport.Failure|sallyport.UserNotAuthorized)
}

// TestAccountsOutcomes: what the host says of an account is what a login is told.
func TestAccountsOutcomes(t *testing.T) {
	for _, tt := range []struct {
		name string
		edit func(*sallyport.Account)
		want sallyport.Outcome
		why  sallyport.Reason
	}{
		{"as it is", func(*sallyport.Account) {}, sallyport.Granted, sallyport.NoReason},
		{"not approved", func(a *sallyport.Account) { a.Unapproved = true }, sallyport.Denied, sallyport.ReasonNotApproved},
		{"disabled", func(a *sallyport.Account) { a.Disabled = true }, sallyport.Denied, sallyport.ReasonDisabled},
		{"locked", func(a *sallyport.Account) { a.Locked = true }, sallyport.Denied, sallyport.ReasonLocked},
		{"not yet", func(a *sallyport.Account) { a.Start = sallyporttest.Start.Add(1) }, sallyport.Denied, sallyport.ReasonNotYetValid},
		{"no longer", func(a *sallyport.Account) { a.End = sallyporttest.Start }, sallyport.Denied, sallyport.ReasonExpired},
		{"must change", func(a *sallyport.Account) { a.MustChangePassword = true }, sallyport.PasswordChangeWanted, sallyport.ReasonMustChange},
		{"wants a factor", func(a *sallyport.Account) { a.MFA = new(true) }, sallyport.EnrollmentWanted, sallyport.NoReason},
		{"no password", func(a *sallyport.Account) { a.PasswordHash = "" }, sallyport.Denied, sallyport.ReasonWrongPassword},
		{"an address of its own", func(a *sallyport.Account) { a.Email, a.EmailValidatedAt = mail, born }, sallyport.FactorWanted, sallyport.NoReason},
		{"an address on record", func(a *sallyport.Account) { a.Email = mail }, sallyport.Granted, sallyport.NoReason},
		{"no address at all", func(a *sallyport.Account) { a.Email, a.EmailValidatedAt = "none", born }, sallyport.Granted, sallyport.NoReason},
	} {
		t.Run(tt.name, func(t *testing.T) {
			u := ann(t)
			u.edit(annID, tt.edit)
			k := owned(t, u)
			wantOutcome(t, tt.name, hostLogin(t, k, annLogin), tt.want, tt.why)
		})
	}
}

// TestAccountsNonsense: what makes no sense in a row denies, with an error that names the
// field, and is the same for every password.
func TestAccountsNonsense(t *testing.T) {
	for _, tt := range []struct {
		name string
		edit func(*sallyport.Account)
		want string
	}{
		{"an empty id", func(a *sallyport.Account) { a.ID = "" }, "Account.ID is empty"},
		{"an id of 129 bytes", func(a *sallyport.Account) { a.ID = strings.Repeat("x", 129) }, "Account.ID has over 128 bytes"},
		{"an id that is no text", func(a *sallyport.Account) { a.ID = "\xff" }, "Account.ID has"},
		{"no name", func(a *sallyport.Account) { a.Name, a.Email = "", "ann" }, "Account.Name"},
		{"a name with a line end", func(a *sallyport.Account) { a.Name, a.Email = "ann\nx", "ann" }, "Account.Name"},
		{"no moment", func(a *sallyport.Account) { a.Since = time.Time{} }, "Account.Since"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			u := ann(t)
			u.edit(annID, tt.edit)
			k := owned(t, u)
			for _, pw := range []string{annPassword, "wrong"} {
				_, err := k.Engine.Login(t.Context(), sallyport.Login{Username: "ann", Password: pw})
				if !errors.Is(err, sallyport.ErrAccounts) || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("got %v, want %v for %s", err, sallyport.ErrAccounts, tt.want)
				}
			}
		})
	}
}

// TestAccountsLongestID: an id of 128 bytes goes into keys hashed.
func TestAccountsLongestID(t *testing.T) {
	long := strings.Repeat("é", 64)
	u := ann(t)
	row := u.rows[annID]
	row.ID = long
	u.rows = map[string]sallyport.Account{long: row}
	k := owned(t, u)
	wantSession(t, k, "an id of 128 bytes", signedIn(t, k), true)
	for rec, err := range k.Store.Scan(t.Context(), "", "") {
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(rec.Key, "é") || len(rec.Key) > 128 {
			t.Errorf("got the key %q, want the id hashed", rec.Key)
		}
	}
}

// TestAccountsTwoNames: one id under two names at once denies a right password.
func TestAccountsTwoNames(t *testing.T) {
	k := owned(t, &twoNames{ann(t)})
	_, err := k.Engine.Login(t.Context(), annLogin)
	if !errors.Is(err, sallyport.ErrAccounts) || !strings.Contains(err.Error(), "want one Name in both") {
		t.Errorf("got %v, want %v", err, sallyport.ErrAccounts)
	}
	k = owned(t, &oneForAll{ann(t)})
	h := func() error { _, err := k.Engine.Login(t.Context(), annLogin); return err }
	if err := h(); !errors.Is(err, sallyport.ErrAccounts) || !strings.Contains(err.Error(), "want the account that was asked for") {
		t.Errorf("another id than asked: got %v, want %v", err, sallyport.ErrAccounts)
	}
}

// TestAccountsTypedName: the host gets the name as typed, without outer blanks; the
// lockout counts by our folding, whatever the host folds.
func TestAccountsTypedName(t *testing.T) {
	u := ann(t)
	k := owned(t, u)
	for typed, want := range map[string]string{" \t ANN \u00a0": "ANN", "Ann": "Ann", "a  nn": "a  nn", "Straße": "Straße", "o'brien; --": "o'brien; --"} {
		hostLogin(t, k, sallyport.Login{Username: typed, Password: "wrong " + typed})
		if got := u.typed.Load(); got != want {
			t.Errorf("%q: the host was asked for %q, want %q", typed, got, want)
		}
	}
	asked := u.names.Load()
	for _, typed := range []string{"\xff", "a\x00b"} {
		wantOutcome(t, typed, hostLogin(t, k, sallyport.Login{Username: typed, Password: "x"}), sallyport.Denied, sallyport.ReasonWrongPassword)
	}
	if got := u.names.Load(); got != asked {
		t.Errorf("the host was asked for %d names that nobody can have", got-asked)
	}
	for i := range 10 {
		hostLogin(t, k, sallyport.Login{Username: "STRASSE", Password: strings.Repeat("x", i+1)})
	}
	wantOutcome(t, "another spelling of a locked name", hostLogin(t, k, sallyport.Login{Username: "straße", Password: "y"}), sallyport.Denied, sallyport.ReasonLockedOut)
	for i := range 9 {
		hostLogin(t, k, sallyport.Login{Username: "ann", Password: strings.Repeat("x", i+1)})
	}
	u.edit(annID, func(a *sallyport.Account) { a.Email = mail })
	wantOutcome(t, "a right password under another spelling of the host's", hostLogin(t, k, sallyport.Login{Username: mail, Password: annPassword}), sallyport.Denied, sallyport.ReasonWrongPassword)
}

// TestAccountsFile: a directory file keeps applications, roles, clients and policies, and
// its users are refused by name.
func TestAccountsFile(t *testing.T) {
	k := owned(t, ann(t))
	f := sallyporttest.Directory()
	f.Users = []directory.User{{Name: "bob", Password: "xxxxxxxx"}, {Name: "eve", Password: "xxxxxxxx"}}
	_, err := k.Engine.Apply(t.Context(), f, directory.Options{})
	for _, want := range []string{`users[0].name: "bob"`, `users[1].name: "eve"`} {
		if !errors.Is(err, sallyport.ErrHostAccounts) || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want it to name %s", err, want)
		}
	}
	f.Users = []directory.User{}
	if _, err := k.Engine.Apply(t.Context(), f, directory.Options{Prune: true}); err != nil {
		t.Errorf("without users: got %v", err)
	}
	wantSession(t, k, "after the file", signedIn(t, k), true)
}

// TestAccountsFactor walks a second factor of a host's user: it is enrolled, kept in our
// store, and asked for from then on.
func TestAccountsFactor(t *testing.T) {
	k := owned(t, ann(t))
	c := k.InProcess()
	factors(t, k, mfa.Required)
	a := c.Login("ann", annPassword).Want(t, sallyport.Failure|sallyport.MFAEnrollmentRequired|sallyport.UserAccountMissingEmail|sallyport.UserAccountMissingMobilePhone)
	app, _ := c.EnrollAuthenticator(a.RequestID)
	c.Resume(a.RequestID, "ann", annPassword).Want(t, sallyport.Success)
	k.Clock.Advance(time.Minute)
	a = c.Login("ann", annPassword).Want(t, wanted)
	c.AnswerWith(a, "MicrosoftAuthenticator", "OTP", "000000").Want(t, wrong)
	c.AnswerWith(a, "MicrosoftAuthenticator", "OTP", app.Code()).Want(t, sallyport.Success)
}

// TestAccountsSpelling: a later call may spell the name as the host folds it, and not as
// another account's.
func TestAccountsSpelling(t *testing.T) {
	u := ann(t)
	u.edit(annID, func(a *sallyport.Account) { a.Email, a.EmailValidatedAt = mail, born })
	u.edit("8", func(a *sallyport.Account) { *a = sallyport.Account{ID: "8", Name: "bob", Since: born} })
	k := owned(t, u)
	first := hostLogin(t, k, sallyport.Login{Username: mail, Password: annPassword})
	for name, want := range map[string]sallyport.Outcome{"ANN": sallyport.FactorWanted, mail: sallyport.FactorWanted, "bob": sallyport.Denied, "nobody": sallyport.Denied} {
		if r := hostLogin(t, k, sallyport.Login{RequestID: first.RequestID, Username: name}); r.Outcome != want {
			t.Errorf("%s: got %v, %q, want %v", name, r.Outcome, r.Reason, want)
		}
	}
}

// TestAccountsExcludes: what makes users here goes with the built-in directory alone.
func TestAccountsExcludes(t *testing.T) {
	for field, set := range map[string]func(*sallyport.Config){
		"SignUp":   func(c *sallyport.Config) { c.SignUp = &sallyport.SignUp{} },
		"SignInBy": func(c *sallyport.Config) { c.SignInBy = sallyport.SignInByEmail },
		"Fallback": func(c *sallyport.Config) { c.Fallback = noFallback{} },
	} {
		c := sallyport.Config{Store: memstore.New(), Keys: sealed.NewKeys(), Issuer: sallyporttest.Issuer, Accounts: ann(t)}
		set(&c)
		if _, err := sallyport.New(t.Context(), c); err == nil || !strings.Contains(err.Error(), field+" is set together with Accounts") {
			t.Errorf("%s: got %v, want it refused by name", field, err)
		}
	}
}

type noFallback struct{ sallyport.Fallback }

// twoNames calls an account otherwise by its id than by its name.
type twoNames struct{ *userTable }

func (u *twoNames) ByID(ctx context.Context, id string) (*sallyport.Account, error) {
	a, err := u.userTable.ByID(ctx, id)
	if a != nil {
		a.Name = "Bob"
	}
	return a, err
}

// oneForAll has another account for an id than was asked for.
type oneForAll struct{ *userTable }

func (u *oneForAll) ByID(ctx context.Context, id string) (*sallyport.Account, error) {
	a, err := u.userTable.ByID(ctx, id)
	if a != nil {
		a.ID = "8"
	}
	return a, err
}

// laggingTable is a table of which ByID asks a copy that is behind.
type laggingTable struct {
	*userTable
	keep func(*sallyport.Account)
}

func (l laggingTable) ByName(ctx context.Context, name string) (*sallyport.Account, error) {
	a, err := l.userTable.ByName(ctx, name)
	if a != nil {
		l.keep(a)
	}
	return a, err
}

// TestAccountsLag: what ByName says against a login holds for that login, whatever ByID says.
func TestAccountsLag(t *testing.T) {
	for name, keep := range map[string]func(*sallyport.Account){
		"disabled":    func(a *sallyport.Account) { a.Disabled = true },
		"locked":      func(a *sallyport.Account) { a.Locked = true },
		"unapproved":  func(a *sallyport.Account) { a.Unapproved = true },
		"expired":     func(a *sallyport.Account) { a.End = born },
		"must change": func(a *sallyport.Account) { a.MustChangePassword = true },
	} {
		t.Run(name, func(t *testing.T) {
			l := &laggingTable{ann(t), func(*sallyport.Account) {}}
			k := owned(t, l)
			signedIn(t, k)
			l.keep = keep
			r, err := k.Engine.Login(t.Context(), annLogin)
			if err == nil && r.Outcome == sallyport.Granted {
				t.Errorf("granted: %+v", r)
			}
		})
	}
}
