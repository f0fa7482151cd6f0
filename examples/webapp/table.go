package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/password"
)

// table is a table of users that is the app's own, in PostgreSQL: the engine asks it who
// somebody is, and keeps sessions, second factors and locks by wrong passwords itself.
// docs/own-users.md tells what each column is for.
type table struct {
	pool *pgxpool.Pool
	name string // quoted
}

var (
	_ sallyport.Accounts       = (*table)(nil)
	_ sallyport.PasswordWriter = (*table)(nil)
)

const schema = `
CREATE TABLE %[1]s (
	id                 bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	name               text NOT NULL,
	password_hash      text NOT NULL,
	roles              text[] NOT NULL DEFAULT '{}',
	locked             boolean NOT NULL DEFAULT false,
	disabled           boolean NOT NULL DEFAULT false,
	email              text NOT NULL DEFAULT '',
	email_validated_at timestamptz,
	created_at         timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX ON %[1]s (lower(name));
`

// openTable connects to the database.
func openTable(ctx context.Context, url, name string) (*table, error) {
	pool, err := pgxpool.New(ctx, url)
	if err != nil {
		return nil, errors.New("the database URL of the users cannot be read") // it may hold a password
	}
	return &table{pool: pool, name: pgx.Identifier{name}.Sanitize()}, nil
}

// make makes the table with some people in it, and returns them. Where it is there already it
// makes nobody.
func (t *table) make(ctx context.Context, list []person) ([]person, error) {
	made := false
	err := pgx.BeginFunc(ctx, t.pool, func(tx pgx.Tx) error {
		err := tx.QueryRow(ctx, `SELECT to_regclass($1) IS NULL`, t.name).Scan(&made)
		if err != nil || !made {
			return err
		}
		if _, err := tx.Exec(ctx, fmt.Sprintf(schema, t.name)); err != nil {
			return err
		}
		for _, p := range list {
			if err := t.insert(ctx, tx, p); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("making the table of users: %w", err)
	}
	if !made {
		return nil, nil
	}
	return list, nil
}

func (t *table) insert(ctx context.Context, tx pgx.Tx, p person) error {
	hash, err := password.DefaultParams().Hash(p.password)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO `+t.name+` (name, password_hash, roles, email, email_validated_at)
		VALUES ($1, $2, $3, $4, CASE WHEN $4 = '' THEN NULL ELSE now() END)`, p.name, hash, p.roles, p.email)
	return err
}

const columns = `SELECT id, name, password_hash, roles, locked, disabled, email, email_validated_at, created_at FROM `

// scan reads one row of columns.
func scan(row pgx.CollectableRow) (*sallyport.Account, error) {
	var a sallyport.Account
	var id int64
	var validated *time.Time
	err := row.Scan(&id, &a.Name, &a.PasswordHash, &a.Roles, &a.Locked, &a.Disabled, &a.Email, &validated, &a.Since)
	if a.ID = strconv.FormatInt(id, 10); validated != nil {
		a.EmailValidatedAt = *validated
	}
	return &a, err
}

// one returns the account of the row that a condition finds, or nil.
func (t *table) one(ctx context.Context, where string, arg any) (*sallyport.Account, error) {
	rows, err := t.pool.Query(ctx, columns+t.name+where, arg)
	if err != nil {
		return nil, err
	}
	a, err := pgx.CollectExactlyOneRow(rows, scan)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	return a, err
}

// ByName implements [sallyport.Accounts]. The index finds the name in whatever case, and takes
// as long where there is none.
func (t *table) ByName(ctx context.Context, name string) (*sallyport.Account, error) {
	return t.one(ctx, ` WHERE lower(name) = lower($1)`, name)
}

// ByID implements [sallyport.Accounts].
func (t *table) ByID(ctx context.Context, id string) (*sallyport.Account, error) {
	key, ok := keyOf(id)
	if !ok {
		return nil, nil
	}
	return t.one(ctx, ` WHERE id = $1`, key)
}

// keyOf returns the key of the row with that id, and reports whether a row can have it.
func keyOf(id string) (key int64, ok bool) {
	key, err := strconv.ParseInt(id, 10, 64)
	return key, err == nil && strconv.FormatInt(key, 10) == id
}

// SetPassword implements [sallyport.PasswordWriter]: one statement looks and writes.
func (t *table) SetPassword(ctx context.Context, id, newHash, oldHash string) error {
	key, ok := keyOf(id)
	if !ok {
		return errors.New("there is no such user")
	}
	done, err := t.pool.Exec(ctx, `UPDATE `+t.name+` SET password_hash = $1 WHERE id = $2 AND password_hash = $3`, newHash, key, oldHash)
	if err == nil && done.RowsAffected() != 1 {
		err = errors.New("the user is gone, or has another password by now")
	}
	return err
}
