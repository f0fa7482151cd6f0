package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
)

// roster is what admins see and change of the accounts, wherever they are. Its errors are those
// of [sallyport.Admin].
type roster interface {
	// list returns the accounts whose names hold a text, in the order of their ids after that
	// one; and, where there may be more, the id to go on after.
	list(ctx context.Context, by sallyport.Actor, text, after string) (page []*sallyport.User, next string, err error)
	find(ctx context.Context, by sallyport.Actor, id string) (*sallyport.User, error)
	// lock also ends the sessions of the account.
	lock(ctx context.Context, by sallyport.Actor, id string) error
	// unlock ends a lock of whatever kind.
	unlock(ctx context.Context, by sallyport.Actor, id string) error
	disable(ctx context.Context, by sallyport.Actor, id string, disabled bool) error
}

const (
	listed = 20   // accounts a page
	looked = 2000 // accounts that are looked at for a page
)

// builtIn are the accounts of the engine's own directory.
type builtIn struct{ engine *sallyport.Engine }

func (r builtIn) list(ctx context.Context, by sallyport.Actor, text, after string) (page []*sallyport.User, next string, err error) {
	seen, last, text := 0, "", strings.ToLower(text)
	for u, err := range r.engine.Admin(by).Users(ctx, after) {
		if err != nil {
			return nil, "", err
		}
		if len(page) == listed || seen == looked {
			return page, last, nil
		}
		if seen, last = seen+1, u.ID; strings.Contains(strings.ToLower(u.Name), text) {
			page = append(page, u)
		}
	}
	return page, "", nil
}

func (r builtIn) find(ctx context.Context, by sallyport.Actor, id string) (*sallyport.User, error) {
	return r.engine.Admin(by).User(ctx, id)
}

// lock also ends what is open, which a lock alone leaves to go on.
func (r builtIn) lock(ctx context.Context, by sallyport.Actor, id string) error {
	if _, err := r.engine.Admin(by).UpdateUser(ctx, id, directory.UserChange{Locked: new(true)}); err != nil {
		return err
	}
	return r.engine.Admin(by).EndSessions(ctx, id)
}

func (r builtIn) unlock(ctx context.Context, by sallyport.Actor, id string) error {
	return r.engine.Admin(by).Unlock(ctx, id)
}

func (r builtIn) disable(ctx context.Context, by sallyport.Actor, id string, disabled bool) error {
	_, err := r.engine.Admin(by).UpdateUser(ctx, id, directory.UserChange{Disabled: &disabled})
	return err
}

// ownTable are those of the app's table. It says who is locked or disabled; the engine is told
// that something has changed, so that it ends what is open at once.
type ownTable struct {
	*table
	engine  *sallyport.Engine
	changes *trail
}

// viewed is a row as admins see it.
func viewed(a *sallyport.Account) *sallyport.User {
	return &sallyport.User{
		ID: a.ID, Name: a.Name, Email: a.Email, EmailProven: !a.EmailValidatedAt.IsZero(),
		Approved: true, Locked: a.Locked, Disabled: a.Disabled, HasPassword: true, Roles: a.Roles,
	}
}

func (t ownTable) list(ctx context.Context, _ sallyport.Actor, text, after string) (page []*sallyport.User, next string, err error) {
	key, _ := keyOf(after) // 0 comes before all
	rows, err := t.pool.Query(ctx, columns+t.name+` WHERE id > $1 AND position(lower($2) IN lower(name)) > 0 ORDER BY id LIMIT $3`, key, text, listed+1)
	if err != nil {
		return nil, "", err
	}
	found, err := pgx.CollectRows(rows, scan)
	if err != nil {
		return nil, "", err
	}
	for _, a := range found[:min(listed, len(found))] {
		page = append(page, viewed(a))
	}
	if len(found) > listed {
		next = page[listed-1].ID
	}
	return page, next, nil
}

func (t ownTable) find(ctx context.Context, _ sallyport.Actor, id string) (*sallyport.User, error) {
	a, err := t.ByID(ctx, id)
	switch {
	case err != nil:
		return nil, err
	case a == nil:
		return nil, directory.ErrNoUser
	}
	return viewed(a), nil
}

func (t ownTable) lock(ctx context.Context, by sallyport.Actor, id string) error {
	return t.set(ctx, by, id, `locked`, true)
}

// unlock ends the table's lock, and the engine's, which come of wrong passwords and codes.
func (t ownTable) unlock(ctx context.Context, by sallyport.Actor, id string) error {
	if err := t.set(ctx, by, id, `locked`, false); err != nil {
		return err
	}
	return t.engine.Admin(by).Unlock(ctx, id)
}

func (t ownTable) disable(ctx context.Context, by sallyport.Actor, id string, disabled bool) error {
	return t.set(ctx, by, id, `disabled`, disabled)
}

// set writes one column of a row, and that it did, and then tells the engine. If that fails, the
// engine finds it by itself within a few seconds.
func (t ownTable) set(ctx context.Context, by sallyport.Actor, id, column string, value bool) error {
	key, ok := keyOf(id)
	if !ok {
		return directory.ErrNoUser
	}
	done, err := t.pool.Exec(ctx, `UPDATE `+t.name+` SET `+column+` = $1 WHERE id = $2`, value, key)
	switch {
	case err != nil:
		return err
	case done.RowsAffected() == 0:
		return directory.ErrNoUser
	}
	t.changes.add(sallyport.Event{
		Time: t.engine.Now(), Kind: sallyport.EventUserChanged, Account: id, Actor: by.Access.AccountID, Reason: by.Reason,
		Detail: fmt.Sprintf("%s: %t", column, value),
	})
	return t.engine.Admin(by).AccountChanged(ctx, id)
}
