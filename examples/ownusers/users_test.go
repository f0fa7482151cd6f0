package ownusers_test

import (
	"database/sql"
	"errors"
	"os"
	"strconv"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/examples/ownusers"
	"github.com/sallyport-auth/sallyport/internal/pgtest"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/password"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// table is an empty table in a database of its own.
func table(t *testing.T) ownusers.Users {
	t.Helper()
	db, err := sql.Open("pgx", pgtest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	exec(t, db, ownusers.Schema)
	return ownusers.Users{DB: db}
}

func exec(t *testing.T, db *sql.DB, statement string, args ...any) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), statement, args...); err != nil {
		t.Fatal(err)
	}
}

// insert adds a row and returns its id.
func insert(t *testing.T, u ownusers.Users, a sallyport.Account) string {
	t.Helper()
	var id int64
	err := u.DB.QueryRowContext(t.Context(), `INSERT INTO users (name, password_hash, email) VALUES ($1, $2, $3) RETURNING id`, a.Name, a.PasswordHash, a.Email).Scan(&id)
	if err != nil {
		t.Fatal(err)
	}
	return strconv.FormatInt(id, 10)
}

// TestAccounts: the table does all that the engine asks of it.
func TestAccounts(t *testing.T) {
	sallyporttest.TestAccounts(t, func(t *testing.T) (sallyport.Accounts, func(sallyport.Account) string) {
		u := table(t)
		return u, func(a sallyport.Account) string { return insert(t, u, a) }
	})
}

const (
	secret = "correct horse battery"
	fresh  = "a staple of my own"
	email  = "ada@example.com"
)

// program is an engine over the table, in which ada is.
type program struct {
	*sallyporttest.Kit
	t     *testing.T
	users ownusers.Users
	ada   string // her id
}

func start(t *testing.T) *program {
	t.Helper()
	u := table(t)
	k := sallyporttest.New(t, sallyporttest.WithConfig(func(c *sallyport.Config) {
		c.Accounts, c.Application = u, sallyporttest.ApplicationName
	}))
	return &program{Kit: k, t: t, users: u, ada: insert(t, u, sallyport.Account{Name: "Ada", PasswordHash: hash(t, secret), Email: email})}
}

func hash(t *testing.T, pw string) string {
	t.Helper()
	h, err := password.InsecureParamsForTests().Hash(pw)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// does runs a statement of the host's own program, and lets pass what the engine remembers.
func (p *program) does(statement string, args ...any) {
	p.t.Helper()
	exec(p.t, p.users.DB, statement, args...)
	p.Clock.Advance(5 * time.Second)
}

// login is a login as ada, half a minute later.
func (p *program) login(pw string) *sallyport.Result {
	p.t.Helper()
	p.Clock.Advance(30 * time.Second)
	r, err := p.Engine.Login(p.t.Context(), sallyport.Login{Username: "ada", Password: pw})
	if err != nil {
		p.t.Fatal(err)
	}
	return r
}

func (p *program) want(what string, r *sallyport.Result, o sallyport.Outcome, why sallyport.Reason) *sallyport.Result {
	p.t.Helper()
	if r.Outcome != o || r.Reason != why {
		p.t.Fatalf("%s: got %v, %q, want %v, %q", what, r.Outcome, r.Reason, o, why)
	}
	return r
}

// isIn fails the test unless a session lives, or does not.
func (p *program) isIn(what string, s *sallyport.Session, lives bool) {
	p.t.Helper()
	_, err := p.Engine.Session(p.t.Context(), s.Handle)
	if lives && err != nil || !lives && !errors.Is(err, sallyport.ErrInvalidSession) {
		p.t.Errorf("%s: got %v, want the session to live: %v", what, err, lives)
	}
}

// TestWalk is the life of an account: a login, a second factor that the policy wants, and a
// change of the password with it.
func TestWalk(t *testing.T) {
	p := start(t)
	in := p.want("a password alone", p.login(secret), sallyport.Granted, sallyport.NoReason)
	p.isIn("signed in", in.Session, true)

	p.Apply(t, func(d *directory.File) { d.Policy = &directory.Policy{MFA: directory.MFA{Mode: new(mfa.Required)}} })
	r := p.want("a factor is required", p.login(secret), sallyport.EnrollmentWanted, sallyport.NoReason)
	step := sallyport.EnrollmentCall{RequestID: r.RequestID}
	if _, err := p.Engine.SendVerification(t.Context(), step, mfa.Email, ""); err != nil {
		t.Fatal(err)
	}
	if done, err := p.Engine.ConfirmVerification(t.Context(), step, mfa.Email, p.Outbox.LastCode(email)); err != nil || !done.Active {
		t.Fatalf("confirming the address: got %+v, %v", done, err)
	}
	r, err := p.Engine.Login(t.Context(), sallyport.Login{RequestID: r.RequestID, Username: "ada", Password: secret})
	if err != nil {
		t.Fatal(err)
	}
	p.want("the same login", r, sallyport.Granted, sallyport.NoReason)
	p.isIn("from before the factor", in.Session, false)

	set, err := p.Engine.ChangePassword(t.Context(), sallyport.PasswordChange{Username: "ADA", Password: secret, NewPassword: fresh})
	if err != nil || set.Status != sallyport.PasswordChanged {
		t.Fatalf("changing the password: got %+v, %v", set, err)
	}
	p.isIn("while the new password waits for the factor", r.Session, true)
	next, err := p.Engine.Login(t.Context(), sallyport.Login{RequestID: set.RequestID, Password: fresh})
	if err != nil {
		t.Fatal(err)
	}
	call := sallyport.Login{RequestID: set.RequestID}
	for _, o := range next.Options {
		if o.Mode == mfa.OTP {
			call.OptionID = o.ID
		}
	}
	if _, err := p.Engine.Login(t.Context(), call); err != nil {
		t.Fatal(err)
	}
	call.Code = p.Outbox.LastCode(email)
	if next, err = p.Engine.Login(t.Context(), call); err != nil {
		t.Fatal(err)
	}
	p.want("the change is complete", next, sallyport.Granted, sallyport.NoReason)
	p.isIn("from before the change", r.Session, false)
	p.isIn("of the change", next.Session, true)
	p.want("the old password", p.login(secret), sallyport.Denied, sallyport.ReasonWrongPassword)
	p.want("the new one", p.login(fresh), sallyport.FactorWanted, sallyport.NoReason)
}

// TestDisagreement: the table is right on who may log in, and the engine ends what it had
// opened for whom the table has changed.
func TestDisagreement(t *testing.T) {
	t.Run("disabled", func(t *testing.T) {
		p := start(t)
		in := p.login(secret)
		p.does(`UPDATE users SET disabled = true`)
		p.isIn("disabled", in.Session, false)
		p.want("disabled", p.login(secret), sallyport.Denied, sallyport.ReasonDisabled)
		p.does(`UPDATE users SET disabled = false`)
		p.isIn("enabled again", in.Session, false)
		p.want("enabled again", p.login(secret), sallyport.Granted, sallyport.NoReason)
	})
	t.Run("deleted", func(t *testing.T) {
		p := start(t)
		in := p.login(secret)
		p.does(`DELETE FROM users`)
		p.isIn("deleted", in.Session, false)
		p.want("deleted", p.login(secret), sallyport.Denied, sallyport.ReasonWrongPassword)
	})
	t.Run("made anew", func(t *testing.T) {
		p := start(t)
		in := p.login(secret)
		p.does(`DELETE FROM users`)
		p.does(`INSERT INTO users (id, name, password_hash) VALUES ($1::bigint, 'Ada', $2)`, p.ada, hash(t, fresh))
		p.isIn("another person's row", in.Session, false)
		if _, err := p.Engine.Login(t.Context(), sallyport.Login{Username: "ada", Password: fresh}); !errors.Is(err, sallyport.ErrAccountReused) {
			t.Errorf("another person: got %v, want %v", err, sallyport.ErrAccountReused)
		}
		if err := p.Engine.Admin(sallyport.Actor{Name: "clean-up"}).Forget(t.Context(), p.ada); err != nil {
			t.Fatal(err)
		}
		p.want("after the first was forgotten", p.login(fresh), sallyport.Granted, sallyport.NoReason)
	})
	t.Run("another hash", func(t *testing.T) {
		p := start(t)
		in := p.login(secret)
		p.does(`UPDATE users SET password_hash = $1`, hash(t, fresh))
		p.isIn("another hash", in.Session, false)
		p.want("the new password", p.login(fresh), sallyport.Granted, sallyport.NoReason)
	})
	t.Run("told at once", func(t *testing.T) {
		p := start(t)
		in := p.login(secret)
		exec(t, p.users.DB, `UPDATE users SET disabled = true`)
		if err := p.Engine.Admin(sallyport.Actor{Name: "staff page"}).AccountChanged(t.Context(), p.ada); err != nil {
			t.Fatal(err)
		}
		p.isIn("without waiting five seconds", in.Session, false)
	})
	t.Run("a write that is lost", func(t *testing.T) {
		p := start(t)
		in := p.login(secret)
		exec(t, p.users.DB, `CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$`)
		exec(t, p.users.DB, `CREATE TRIGGER lose BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION lose()`)
		set, err := p.Engine.ChangePassword(t.Context(), sallyport.PasswordChange{Username: "ada", Password: secret, NewPassword: fresh})
		if !errors.Is(err, sallyport.ErrAccounts) {
			t.Errorf("got %+v, %v, want %v", set, err, sallyport.ErrAccounts)
		}
		p.isIn("the write was lost", in.Session, false)
		p.want("the new password", p.login(fresh), sallyport.Denied, sallyport.ReasonWrongPassword)
		p.want("the old one", p.login(secret), sallyport.Granted, sallyport.NoReason)
	})
}
