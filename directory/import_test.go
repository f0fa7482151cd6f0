package directory_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/store"
)

// imports imports rows of JSON, one a line, and tells what became of each: "1 ann
// created", with what was kept, or with why it was refused.
func (d *applied) imports(rows ...string) []string {
	d.t.Helper()
	return d.importWith(directory.ImportOptions{}, rows...)
}

func (d *applied) importWith(o directory.ImportOptions, rows ...string) (list []string) {
	d.t.Helper()
	file := strings.Join(rows, "\n")
	in, err := directory.ReadImport(strings.NewReader(file), directory.ImportJSONL)
	if err != nil {
		d.t.Fatal(err)
	}
	for r := range d.e.Admin(sallyport.Actor{Name: "moving"}).Import(d.t.Context(), in, o) {
		if r.Err != nil {
			d.t.Fatal(r.Err)
		}
		s := fmt.Sprintf("%d %s %s", r.Line, r.Name, r.Action)
		if r.Action == directory.ActionRefused {
			s += ": " + r.Reason
		}
		if len(r.Kept) > 0 {
			s += ": " + strings.Join(r.Kept, " ")
		}
		list = append(list, s)
	}
	return list
}

// wantImport fails the test unless the rows come to that, in a dry run, which writes
// nothing, and then in earnest.
func (d *applied) wantImport(what string, rows []string, want ...string) {
	d.t.Helper()
	before := d.everything()
	if got := d.importWith(directory.ImportOptions{DryRun: true}, rows...); !slices.Equal(got, want) {
		d.t.Errorf("%s, dry:\ngot  %q\nwant %q", what, got, want)
	}
	if d.everything() != before {
		d.t.Errorf("%s: a dry run has written", what)
	}
	if got := d.imports(rows...); !slices.Equal(got, want) {
		d.t.Errorf("%s:\ngot  %q\nwant %q", what, got, want)
	}
}

// idOf finds an account by its name.
func (d *applied) idOf(name string) string {
	d.t.Helper()
	u, err := d.e.Admin(sallyport.Actor{Name: "test"}).FindUser(d.t.Context(), name)
	if err != nil {
		d.t.Fatal(err)
	}
	return u.ID
}

const (
	bcryptHash = "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy"
	weakHash   = "$raw$md5$password$hex:5f4dcc3b5aa765d61d8327deb882cf99" // password
	sameText   = "the name is another account's, or was one's and stays reserved"
)

// TestImport: a row becomes an account with all that it says.
func TestImport(t *testing.T) {
	d := newDirectory(t)
	d.apply(`{"applications": [{"name": "A", "roles": [{"name": "R"}]}, {"name": "app", "roles": [{"name": "Own"}]}]}`)
	row := strings.Join(strings.Fields(`{"name": "Ann Lee", "externalId": "1", "passwordHash": "`+bcryptHash+`", "email": "a@x.example", "emailValidated": true, "mobile": "+49 170 1234567",
		"firstName": "Ann", "approved": false, "disabled": true, "locked": true, "mustChangePassword": true, "start": "2020-01-01T00:00:00Z", "end": "2030-01-01T00:00:00Z",
		"attributes": {"b": "1", "a": "2"}, "roles": [{"application": "a", "role": "r"}, {"role": "OWN"}], "mfa": true, "totps": [{"secret": "`+seed+`", "name": "phone"}],
		"recoveryCodes": ["abcde-fghjk", "$raw$md5$password$hex:5f4dcc3b5aa765d61d8327deb882cf99"]}`), " ")
	d.wantImport("all fields", []string{row}, "1 Ann Lee created")
	id := d.idOf("ann lee")
	a, f := d.account(id), d.factors(id)
	if a.Name != "Ann Lee" || a.PasswordHash != bcryptHash || a.FirstName != "Ann" || a.Approved || !a.Disabled || !a.Locked || !a.MustChange ||
		a.Start.Year() != 2020 || a.End.Year() != 2030 || len(a.Attributes) != 2 || a.Attributes[0].Name != "b" || len(a.Roles) != 2 || a.MFA == nil || !*a.MFA {
		t.Errorf("got %+v", a)
	}
	if !f.Email.Confirmed() || f.Mobile.Value != "+491701234567" || f.Mobile.Confirmed() || len(f.Authenticators) != 1 || f.Authenticators[0].Name != "phone" || len(f.Recovery) != 2 || f.Serial != 1 {
		t.Errorf("got %+v", f)
	}
	if age := d.ageing(id); age.Epoch != 1 || age.Serial != 1 || !age.PasswordChanged.Equal(d.now) {
		t.Errorf("got %+v", age)
	}
	for _, secret := range []string{"ABCDEFGHJK", "abcde-fghjk"} {
		if bytes.Contains([]byte(d.everything()), []byte(secret)) {
			t.Errorf("the recovery code rests in clear as %s", secret)
		}
	}
}

// TestImportAuthenticators: a row brings up to five authenticators. Imported again it changes
// nothing, also where its owner has added one since; with a higher version and another
// secret those of the row take the place of all.
func TestImportAuthenticators(t *testing.T) {
	d := newDirectory(t)
	seeds := []string{seed, "KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXQ", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXA", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXB"}
	row := func(version int, seeds ...string) []string {
		var list []string
		for i, s := range seeds {
			list = append(list, fmt.Sprintf(`{"secret": %q, "name": %q}`, s, strings.Repeat("x", i)))
		}
		return []string{fmt.Sprintf(`{"name": "ann", "externalId": "1", "credentialsVersion": %d, "totps": [%s]}`, version, strings.Join(list, ", "))}
	}
	names := func() (names []string) {
		f := d.factors(d.idOf("ann"))
		for _, x := range f.Authenticators {
			names = append(names, x.Name)
		}
		return names
	}
	d.wantImport("five", row(1, seeds...), "1 ann created")
	if got := names(); !slices.Equal(got, []string{"Authenticator app", "x", "xx", "xxx", "xxxx"}) {
		t.Errorf("got %q", got)
	}
	d.wantImport("again", row(2, seeds[:4]...), "1 ann changed") // the version
	if n := len(names()); n != 5 {
		t.Errorf("got %d authenticators, want those that were there", n)
	}
	d.wantImport("another secret", row(2, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXC"), "1 ann kept: totp")
	epoch := d.epoch(d.idOf("ann"))
	d.wantImport("with a version", row(3, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXC"), "1 ann changed")
	if got := names(); len(got) != 1 || d.epoch(d.idOf("ann")) != epoch+1 {
		t.Errorf("got %q at epoch %d after %d", got, d.epoch(d.idOf("ann")), epoch)
	}
}

// TestImportAgain: the same row again is kept, whether its account is found by its
// external id or by its name; what differs is written, and what was set since is kept.
func TestImportAgain(t *testing.T) {
	for _, key := range []string{`"externalId": "1", `, ``} {
		d := newDirectory(t)
		row := func(fields string) []string { return []string{`{` + key + `"name": "ann"` + fields + `}`} }
		first := `, "password": "long enough", "email": "a@x.example", "firstName": "Ann"`
		d.wantImport("first", row(first), "1 ann created")
		id := d.idOf("ann")
		written := d.store.changes.Load()
		d.wantImport("again", row(first), "1 ann kept")
		if got := d.store.changes.Load(); got != written {
			t.Errorf("%q: got %d changes for a row that is the same, want none", key, got-written)
		}
		d.wantImport("another field", row(first+`, "lastName": "Lee"`), "1 ann changed")
		d.setAccount(id, func(a *account.Account) { a.FirstName = "Anna" })
		d.wantImport("what was set since", row(first+`, "lastName": "Lee"`), "1 ann kept: firstName")
		d.wantImport("another password", row(strings.Replace(first, "long enough", "other one", 1)+`, "lastName": "Lee"`), "1 ann kept: firstName password")
		d.wantImport("in earnest", row(strings.Replace(first, "long enough", "other one", 1)+`, "lastName": "Lee", "credentialsVersion": 2`), "1 ann changed: firstName")
		if a := d.account(id); a.FirstName != "Anna" || a.LastName != "Lee" || d.epoch(id) != 2 {
			t.Errorf("%q: got %+v and epoch %d", key, a, d.epoch(id))
		}
	}
}

// TestImportHashAgain: a hash that was said before is not told of once a login has made
// it anew, and another one is.
func TestImportHashAgain(t *testing.T) {
	d := newDirectory(t)
	row := `{"name": "ann", "passwordHash": "` + weakHash + `"}`
	d.wantImport("first", []string{row}, "1 ann created")
	d.setAccount(d.idOf("ann"), func(a *account.Account) { a.PasswordHash = "$argon2id$other" })
	d.wantImport("again", []string{row}, "1 ann kept")
	d.wantImport("another", []string{strings.Replace(row, weakHash, bcryptHash, 1)}, "1 ann kept: passwordHash")
}

// TestImportExternalID: the account of an external id is that one for ever, whatever
// its name, and another row cannot take it.
func TestImportExternalID(t *testing.T) {
	d := newDirectory(t)
	d.wantImport("first", []string{`{"name": "ann", "externalId": "1"}`, `{"name": "bob", "id": "` + idA + `"}`}, "1 ann created", "2 bob created")
	ann := d.idOf("ann")
	d.wantImport("another name", []string{`{"name": "ann lee", "externalId": "1"}`}, "1 ann lee changed")
	if got := d.idOf("ann lee"); got != ann {
		t.Errorf("got the account %s, want %s under its new name", got, ann)
	}
	d.wantImport("the old name stays reserved", []string{`{"name": "ann", "externalId": "2"}`}, "1 ann refused: name: "+sameText)
	d.wantImport("its owner may have it back", []string{`{"name": "ann", "externalId": "1"}`}, "1 ann changed")
	d.wantImport("case counts", []string{`{"name": "cid", "externalId": "X"}`, `{"name": "dan", "externalId": "x"}`}, "1 cid created", "2 dan created")
	d.wantImport("the id of another", []string{`{"name": "ann", "externalId": "1", "id": "` + idA + `"}`}, "1 ann refused: externalId: belongs to the account "+ann+", and not to that of the id")
	d.wantImport("an id without its external id", []string{`{"name": "ann", "id": "` + ann + `"}`}, `1 ann refused: id: belongs to the account of externalId "1"`)
	d.wantImport("one is given", []string{`{"name": "bob", "id": "` + idA + `", "externalId": "3"}`}, "1 bob changed")
	d.wantImport("and found", []string{`{"name": "bob", "externalId": "3", "lastName": "B"}`}, "1 bob changed")
	d.wantImport("another is not given", []string{`{"name": "bob", "id": "` + idA + `", "externalId": "4"}`}, `1 bob refused: id: belongs to the account of externalId "3"`)
	if err := d.e.Admin(sallyport.Actor{Name: "test"}).DeleteUser(t.Context(), ann); err != nil {
		t.Fatal(err)
	}
	d.wantImport("nobody comes back", []string{`{"name": "ann", "externalId": "1"}`, `{"name": "anna", "externalId": "1x"}`},
		"1 ann refused: externalId: its account was deleted; name: "+sameText, "2 anna created")
}

// TestImportNames: names that are taken, reserved, refused or one under folding are
// told of with their line, never altered, and their accounts are left alone.
func TestImportNames(t *testing.T) {
	d := newDirectory(t)
	d.apply(user("filed", `"id": "`+idA+`"`))
	admin := d.e.Admin(sallyport.Actor{Name: "test"})
	for _, name := range []string{"made", "gone"} {
		u, err := admin.CreateUser(t.Context(), directory.NewUser{Name: name, FirstName: "Own"})
		if err == nil && name == "gone" {
			err = admin.DeleteUser(t.Context(), u.ID)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	d.imports(`{"name": "straße"}`)
	d.wantImport("names", []string{
		`{"name": "filed", "firstName": "X"}`, `{"name": "made", "firstName": "X"}`, `{"name": "MADE", "firstName": "X"}`, `{"name": "gone"}`,
		`{"name": "STRASSE"}`, `{"name": "Straße"}`, `{"name": "straße", "externalId": "1"}`, `{"name": "` + strings.Repeat("a", 65) + `"}`, `{"name": "a\u0000b"}`, `{"name": "fine"}`,
	},
		"1 filed refused: name: "+sameText, "2 made refused: name: "+sameText, "3 MADE refused: name: the same name as line 2",
		"4 gone refused: name: "+sameText,
		`5 STRASSE refused: name: the name is another account's: "STRASSE" and "straße" are one name`,
		"6 Straße refused: name: the same name as line 5", "7 straße refused: name: the same name as line 5",
		"8 "+strings.Repeat("a", 65)+" refused: name: longer than 64 characters", "9 a\x00b refused: name: holds U+0000, which cannot stand there in a user name", "10 fine created")
	if a := d.account(idA); a.FirstName != "" {
		t.Errorf("got %+v, want the account of the file left alone", a)
	}
	if a := d.account(d.idOf("made")); a.FirstName != "Own" {
		t.Errorf("got %+v, want the account that a program made left alone", a)
	}
	d.wantImport("again, with an id that others have not", []string{`{"name": "straße", "externalId": "1"}`}, "1 straße refused: name: "+sameText)
}

// TestImportTwice: of two rows of one account the first counts, and the other is told
// of, with the line of the first.
func TestImportTwice(t *testing.T) {
	d := newDirectory(t)
	d.wantImport("twice", []string{
		`{"name": "ann", "externalId": "1"}`, `{"name": "Ann", "externalId": "2"}`, `{"name": "bob", "externalId": "1"}`,
		`{"name": "cid", "id": "` + idA + `"}`, `{"name": "dan", "id": "` + strings.ToUpper(idA) + `"}`, `{"name": "bob", "externalId": "1"}`, `{"name": "eve", "email": "x"}`, `{"name": "eve"}`,
		`{"name": "fay", "externalId": "` + idA + `"}`,
	},
		"1 ann created", "2 Ann refused: name: the same name as line 1", "3 bob refused: externalId: the same id as line 1", "4 cid created",
		"5 dan refused: id: the same id as line 4", "6 bob refused: externalId: the same id as line 1; name: the same name as line 3",
		"7 eve refused: email: want one plain e-mail address", "8 eve refused: name: the same name as line 7", "9 fay created")
}

// TestImportRoles: roles lead to what is stored.
func TestImportRoles(t *testing.T) {
	d := newDirectory(t)
	d.apply(`{"applications": [{"id": "` + idA + `", "name": "A", "roles": [{"name": "R"}]}]}`)
	d.wantImport("roles", []string{
		`{"name": "ann", "roles": [{"application": "A", "role": "R"}]}`, `{"name": "bob", "roles": [{"application": "` + strings.ToUpper(idA) + `", "role": "R"}]}`,
		`{"name": "cid", "roles": [{"application": "B", "role": "R"}, {"application": "A", "role": "S"}, {"role": "T"}]}`, `{"name": "dan", "roles": [{"application": "A", "role": "R"}, {"application": "a", "role": "r"}]}`,
	}, "1 ann created", "2 bob created",
		`3 cid refused: roles[0].application: no application "B" is stored; roles[1].role: no role "S" in A; roles[2].role: no role "T" in app`, "4 dan refused: roles[1]: stands twice")
}

// TestImportRolesOfNamesake: an application that was deleted stands in the way of none
// that has its name.
func TestImportRolesOfNamesake(t *testing.T) {
	d := newDirectory(t)
	d.apply(`{"applications": [{"id": "` + idA + `", "name": "A"}]}`)
	admin := d.e.Admin(sallyport.Actor{Name: "test"})
	if err := admin.DeleteApplication(t.Context(), idA); err != nil {
		t.Fatal(err)
	}
	app, err := admin.CreateApplication(t.Context(), directory.NewApplication{Name: "A"})
	if err != nil {
		t.Fatal(err)
	}
	if err := admin.In(app.ID).CreateRole(t.Context(), directory.NewRole{Name: "R"}); err != nil {
		t.Fatal(err)
	}
	d.wantImport("roles", []string{`{"name": "ann", "roles": [{"application": "A", "role": "R"}]}`}, "1 ann created")
}

// TestImportLocks: what wrong passwords have done elsewhere goes on here, for the name
// and for the account, and is never more than the policy lets happen.
func TestImportLocks(t *testing.T) {
	d := newDirectory(t)
	soon := d.now.Add(time.Hour)
	d.wantImport("locks", []string{
		`{"name": "ann", "failedCount": 3}`, `{"name": "bob", "failedCount": 300}`, `{"name": "cid", "lockedUntil": "` + soon.Format(time.RFC3339) + `"}`,
		`{"name": "dan", "lockedUntil": "9999-12-31T00:00:00Z"}`, `{"name": "eve", "lockedUntil": "2020-01-01T00:00:00Z"}`,
	}, "1 ann created", "2 bob created", "3 cid created", "4 dan created", "5 eve created")
	for name, want := range map[string]account.Lockout{"ann": {Misses: 3}, "bob": {Misses: 9}, "cid": {Until: soon}, "dan": {Until: d.now.Add(100 * 365 * 24 * time.Hour)}, "eve": {}} {
		var l account.Lockout
		d.run(func(tx *store.Tx) (err error) {
			l, _, err = account.Lockouts.Get(tx, d.home(d.idOf(name)))
			return err
		})
		if l.Misses != want.Misses || !l.Until.Equal(want.Until) {
			t.Errorf("%s: got %d misses, until %v, want %d, %v", name, l.Misses, l.Until, want.Misses, want.Until)
		}
	}
	login := func(name string) sallyport.Reason {
		r, err := d.e.Login(t.Context(), sallyport.Login{Username: name, Password: "x"})
		if err != nil {
			t.Fatal(err)
		}
		return r.Reason
	}
	for name, want := range map[string]sallyport.Reason{
		"ann": sallyport.ReasonWrongPassword, "bob": sallyport.ReasonLockedOut, // by the tenth miss, of which nine came along
		"CID": sallyport.ReasonLockedOut, "eve": sallyport.ReasonWrongPassword,
	} {
		if got := login(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

// TestImportRecovery: recovery codes in clear or as fast digests; what could be guessed
// or would cost too much is refused, and told without the code.
func TestImportRecovery(t *testing.T) {
	d := newDirectory(t)
	row := func(name, code string) string {
		return `{"name": "` + name + `", "totp": {"secret": "` + seed + `"}, "recoveryCodes": ["ABCDE-FGHJK", "` + code + `"]}`
	}
	const length = "recoveryCodes[1]: want 8 to 64 letters and digits, or a digest as docs/moving.md lists them"
	d.wantImport("codes", []string{
		row("ann", "12345678"), row("bob", "1234567"), row("cid", strings.Repeat("a", 64)), row("dan", strings.Repeat("a", 65)), row("eve", "ABCDEÄFGHJK"),
		row("fay", bcryptHash), row("gus", weakHash), row("hal", "123-456"),
	}, "1 ann created", "2 bob refused: "+length, "3 cid created", "4 dan refused: "+length, "5 eve refused: "+length,
		"6 fay refused: recoveryCodes[1]: a hash that is slow by design: each guess would cost as many as an account has; want the codes in clear, or digests of them",
		"7 gus created", "8 hal refused: "+length)
}

// TestImportAndFile: an account that was imported is not found by a directory file by
// its name alone, nor deleted by one.
func TestImportAndFile(t *testing.T) {
	d := newDirectory(t)
	d.imports(`{"name": "ann", "externalId": "1"}`)
	id := d.idOf("ann")
	if err := d.try(user("ann", `"firstName": "X"`)); err == nil || !strings.Contains(err.Error(), "users[0].name: belongs to an account that this file did not make; give its id") {
		t.Errorf("got %v, want the account left to the import", err)
	}
	d.apply(user("bob"), directory.Options{Prune: true})
	d.apply(`{"users": [`+userEntry("bob")+`, `+userEntry("ann", `"id": "`+id+`"`, `"firstName": "X"`)+`]}`, directory.Options{Prune: true})
	d.apply(user("bob"), directory.Options{Prune: true})
	if a := d.account(id); a.FirstName != "X" {
		t.Errorf("got %+v, want it changed by its id, and not deleted", a)
	}
	d.wantImport("again", []string{`{"name": "ann", "externalId": "1"}`}, "1 ann changed")
}

// TestImportMix: the hashes that come are counted, so that the name of nobody costs
// what they cost, however many are in the file.
func TestImportMix(t *testing.T) {
	d := newDirectory(t)
	var rows []string
	for i := range 1200 {
		hash := weakHash
		if i%3 == 0 {
			hash = bcryptHash
		}
		rows = append(rows, fmt.Sprintf(`{"name": "u%d", "passwordHash": %q}`, i, hash))
	}
	rows = append(rows, `{"name": "none"}`, `{"name": "u1"}`)
	d.imports(rows...)
	d.imports(rows...)
	var m account.HashMix
	d.run(func(tx *store.Tx) (err error) {
		m, _, err = account.HashMixes.Get(tx, account.TheHashMix)
		return err
	})
	counts := map[string]int{}
	for _, s := range m.Shares {
		counts[s.Kind.String()] = s.Count
	}
	if len(counts) != 2 || counts["bcrypt cost=10"] != 400 || counts["md5"] != 800 || m.Weak() != 800 {
		t.Errorf("got %v, want 400 of bcrypt and 800 of md5", counts)
	}
}
