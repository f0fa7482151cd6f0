package directory_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/store"
)

const (
	withWord = `{"users": [{"id": "` + idA + `", "name": "ann", "password": "long enough"}]}`
	without  = `{"users": [{"id": "` + idA + `", "name": "ann", "passwordless": true, "email": "a@x.example", "emailValidated": true}]}`
)

// counted is how many password hashes are counted by which unknown names are refused.
func (d *applied) counted() (n int) {
	d.t.Helper()
	d.run(func(tx *store.Tx) error {
		mix, _, err := account.HashMixes.Get(tx, account.TheHashMix)
		n = mix.Total()
		return err
	})
	return n
}

// wantPassword fails the test unless the account has a password or none, and nothing is
// left of one that it had.
func (d *applied) wantPassword(what string, has bool, epoch uint64) {
	d.t.Helper()
	acc, age, hashes := d.account(idA), d.ageing(idA), 0
	if has {
		hashes = 1
	}
	if acc.Passwordless == has || (acc.PasswordHash != "") != has || age.Epoch != epoch || d.counted() != hashes {
		d.t.Errorf("%s: passwordless %v, a hash %v, epoch %d, %d hashes counted; want a password %v and epoch %d", what, acc.Passwordless, acc.PasswordHash != "", age.Epoch, d.counted(), has, epoch)
	}
	if !has && (age.History != "" || age.HistorySalt != "" || !age.PasswordEnds.IsZero() || acc.MustChange) {
		d.t.Errorf("%s: got %+v, want nothing left of the password", what, age)
	}
}

// TestApplyPasswordless: the file takes the password of an account away, which ends what
// was opened by it, and gives it one again.
func TestApplyPasswordless(t *testing.T) {
	d := newDirectory(t)
	d.apply(withWord)
	d.wantPassword("with one", true, 1)
	d.apply(without)
	d.want("user ann changed: emailValidated")
	d.wantPassword("made passwordless", false, 2)
	d.apply(without)
	d.want("user ann kept: emailValidated")
	d.wantPassword("again", false, 2)
	d.apply(withWord)
	d.want("user ann changed: password")
	d.apply(strings.Replace(withWord, `"name"`, `"credentialsVersion": 2, "name"`, 1))
	if acc, age := d.account(idA), d.ageing(idA); acc.Passwordless || acc.PasswordHash == "" || age.Epoch != 4 {
		t.Errorf("got %v, epoch %d, want a password and epoch 4", acc.Passwordless, age.Epoch)
	}
}

// TestApplyKeepsPasswordless: what an administrator made of an account the file does not
// undo, and no password of the file comes back with the next version.
func TestApplyKeepsPasswordless(t *testing.T) {
	d := newDirectory(t)
	d.apply(withWord)
	admin := d.e.Admin(sallyport.Actor{Name: "setup", Reason: "a test"})
	if _, err := admin.UpdateUser(t.Context(), idA, directory.UserChange{Passwordless: new(true)}); err != nil {
		t.Fatal(err)
	}
	d.wantPassword("by an administrator", false, 2)
	d.apply(strings.Replace(withWord, `"name"`, `"credentialsVersion": 2, "name"`, 1))
	d.want("user ann changed: passwordless password")
	d.wantPassword("after the file", false, 2)
	d.apply(strings.NewReplacer(`"password": "long enough"`, `"passwordHash": "`+bcrypt+`", "credentialsVersion": 3`).Replace(withWord))
	d.wantPassword("after a hash", false, 2)
}

// TestEditPasswordless: single edits keep a passwordless account without a password.
func TestEditPasswordless(t *testing.T) {
	d := newDirectory(t)
	admin := d.e.Admin(sallyport.Actor{Name: "setup", Reason: "a test"})
	made := directory.NewUser{Name: "ben", Passwordless: true, Email: "b@x.example", EmailProven: true}
	for field, wrong := range map[string]func(*directory.NewUser){
		"user.password":           func(u *directory.NewUser) { u.Password = "long enough words" },
		"user.passwordHash":       func(u *directory.NewUser) { u.PasswordHash = bcrypt },
		"user.mustChangePassword": func(u *directory.NewUser) { u.MustChangePassword = true },
	} {
		u := made
		wrong(&u)
		if _, err := admin.CreateUser(t.Context(), u); err == nil || !strings.Contains(err.Error(), field+": stands beside passwordless") {
			t.Errorf("got %v, want %s refused", err, field)
		}
	}
	ben, err := admin.CreateUser(t.Context(), made)
	if err != nil || !ben.Passwordless || ben.HasPassword {
		t.Fatalf("got %+v, %v, want a passwordless account", ben, err)
	}
	for name, err := range map[string]error{
		"set":       admin.SetPassword(t.Context(), ben.ID, "correct horse battery"),
		"lasting":   admin.SetLastingPassword(t.Context(), ben.ID, "correct horse battery"),
		"generated": func() error { _, err := admin.GeneratePassword(t.Context(), ben.ID); return err }(),
	} {
		if !errors.Is(err, directory.ErrPasswordless) {
			t.Errorf("%s: got %v, want it refused", name, err)
		}
	}
	if _, err := admin.UpdateUser(t.Context(), ben.ID, directory.UserChange{MustChangePassword: new(true)}); err == nil || !strings.Contains(err.Error(), "user.mustChangePassword") {
		t.Errorf("got %v, want a password to be changed refused", err)
	}
	if d.account(ben.ID).PasswordHash != "" || d.ageing(ben.ID).Epoch != 1 {
		t.Error("a refused edit has changed the account")
	}
	if _, err := admin.UpdateUser(t.Context(), ben.ID, directory.UserChange{Passwordless: new(false)}); err != nil {
		t.Fatal(err)
	}
	if got := d.ageing(ben.ID).Epoch; got != 2 {
		t.Errorf("got epoch %d, want 2", got)
	}
	if err := admin.SetPassword(t.Context(), ben.ID, "correct horse battery"); err != nil {
		t.Errorf("got %v, want a password set", err)
	}
}

// TestImportPasswordless: a row makes an account without a password.
func TestImportPasswordless(t *testing.T) {
	d := newDirectory(t)
	row := `{"name": "ann", "passwordless": true, "email": "a@x.example", "emailValidated": true}`
	d.wantImport("a row", []string{row}, "1 ann created")
	d.wantImport("again", []string{row}, "1 ann kept")
	for _, field := range []string{`"password": "long enough"`, `"passwordHash": "` + bcrypt + `"`, `"totps": [{"secret": "` + seed + `"}]`} {
		bad := strings.Replace(row, `"name": "ann"`, `"name": "eve", `+field, 1)
		if got := d.imports(bad); len(got) != 1 || !strings.Contains(got[0], "refused") || !strings.Contains(got[0], "stands beside passwordless") {
			t.Errorf("%s: got %q, want it refused", field, got)
		}
	}
}

// TestPasswordlessOwnAccount: nobody makes their own account another kind.
func TestPasswordlessOwnAccount(t *testing.T) {
	for _, by := range []directory.UserChange{{Passwordless: new(true)}, {Passwordless: new(false)}} {
		if !by.Frees() || len(by.Fields()) != 1 || by.Fields()[0] != "passwordless" {
			t.Errorf("got %v, want it told as what nobody does to their own account", by.Fields())
		}
	}
}
