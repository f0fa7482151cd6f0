package ownusers_test

import (
	"context"
	"database/sql"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/examples/ownusers"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/sealed"
)

// The program of docs/own-users.md.

func open(ctx context.Context, db *sql.DB, s store.Store, keys sealed.Keys) (*sallyport.Engine, error) {
	return sallyport.New(ctx, sallyport.Config{
		Store: s, Keys: keys, Issuer: "https://id.example.com",
		Accounts: ownusers.Users{DB: db},
	})
}

func dismiss(ctx context.Context, db *sql.DB, engine *sallyport.Engine, id string) error {
	if _, err := db.ExecContext(ctx, `UPDATE users SET disabled = true WHERE id = $1`, id); err != nil {
		return err
	}
	actor := sallyport.Actor{Name: "staff page", Reason: "left the company"}
	return engine.Admin(actor).AccountChanged(ctx, id)
}

var _, _ = open, dismiss
