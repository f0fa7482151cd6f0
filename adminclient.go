package sallyport

import (
	"context"
	"iter"
	"strings"
	"time"

	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/token"
)

// CreateClient makes a client and returns it with its secret, 32 random bytes in
// base64url, which is shown this once and stored as a keyed digest; a public client
// has none. The field at fault is named as in "client.grantTypes". Errors:
// [directory.ErrNoApplication], [directory.ErrClientTaken].
func (a *Admin) CreateClient(ctx context.Context, n directory.NewClient) (out *directory.ClientInfo, secret string, err error) {
	if !n.Public {
		secret = directory.MakeSecret()
	}
	fresh := newFreshKeys(a.e.cfg.KeyRotation)
	err = a.of(n.Application).editClient(ctx, "created", func(c *call, ed *directory.Editor) (_ string, err error) {
		if out, err = ed.CreateClient(n, secret); err != nil {
			return "", err
		}
		return out.ID, keepKeyFor(c.tx, fresh, out.TokenAlgorithm)
	})
	if err != nil {
		return nil, "", err
	}
	return out, secret, nil
}

// Client returns the client of an id. The error is [directory.ErrNoClient] where there
// is none.
func (a *Admin) Client(ctx context.Context, id string) (out *directory.ClientInfo, err error) {
	err = a.view(ctx, func(_ *call, ed *directory.Editor) error {
		c, err := ed.FindClient(id)
		if err == nil {
			out = ed.ClientInfo(c)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Clients lists the clients of all applications, in the order in which they were made.
// It reads as [Admin.Applications] does.
func (a *Admin) Clients(ctx context.Context) iter.Seq2[*directory.ClientInfo, error] {
	return listed(ctx, a, (*directory.Editor).ListedClients, (*directory.Editor).ClientsIn)
}

// UpdateClient changes those fields of a client that the change names, and acts at the
// next call that names the client. A change of the scopes takes those that are gone
// from tokens as they are refreshed. Errors: [directory.ErrNoClient].
func (a *Admin) UpdateClient(ctx context.Context, id string, by directory.ClientChange) (out *directory.ClientInfo, err error) {
	fresh := newFreshKeys(a.e.cfg.KeyRotation)
	err = a.onClient(ctx, id, strings.Join(by.Fields(), ", "), func(ed *directory.Editor, c *token.Client) (err error) {
		if out, err = ed.ChangeClient(c, by); err != nil {
			return err
		}
		return keepKeyFor(ed.Tx, fresh, out.TokenAlgorithm)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// AddSecret gives a client one more secret, made as by [Admin.CreateClient], and returns
// it: it is shown this once. Those it has stay good, so that a program may be given the
// new one before the old one ends. Errors: [directory.ErrNoClient],
// [directory.ErrSecrets].
func (a *Admin) AddSecret(ctx context.Context, client string, n directory.NewSecret) (info directory.SecretInfo, secret string, err error) {
	secret = directory.MakeSecret()
	err = a.onClient(ctx, client, "secret added", func(ed *directory.Editor, c *token.Client) (err error) {
		info, err = ed.AddSecret(c, n, secret)
		return err
	})
	if err != nil {
		return directory.SecretInfo{}, "", err
	}
	return info, secret, nil
}

// RotateSecret gives a client a secret in the place of those that it has, and returns it:
// it is shown this once. The old ones stay good for as long as overlap says, 0 to 90 days
// and no longer than they were to, so that every copy of the program can be given the new
// one meanwhile. Errors: those of [Admin.AddSecret].
func (a *Admin) RotateSecret(ctx context.Context, client string, n directory.NewSecret, overlap time.Duration) (info directory.SecretInfo, secret string, err error) {
	secret = directory.MakeSecret()
	err = a.onClient(ctx, client, "secret rotated", func(ed *directory.Editor, c *token.Client) (err error) {
		info, err = ed.RotateSecret(c, n, secret, overlap)
		return err
	})
	if err != nil {
		return directory.SecretInfo{}, "", err
	}
	return info, secret, nil
}

// EndSecret takes a secret, by the id that [directory.SecretInfo] has, from a client,
// which authenticates by it no more. Errors: [directory.ErrNoClient],
// [directory.ErrNoSecret], [directory.ErrLastSecret].
func (a *Admin) EndSecret(ctx context.Context, client, secret string) error {
	return a.onClient(ctx, client, "secret ended", func(ed *directory.Editor, c *token.Client) error { return ed.EndSecret(c, secret) })
}

// DeleteClient deletes a client: it authenticates no more, and nothing that it was
// granted is refreshed, nor by a client of the same id that is made later. Errors: [directory.ErrNoClient].
func (a *Admin) DeleteClient(ctx context.Context, id string) error {
	return a.onClient(ctx, id, "deleted", func(ed *directory.Editor, c *token.Client) error { return ed.DeleteClient(c) })
}

// onClient is an edit of a client that is there.
func (a *Admin) onClient(ctx context.Context, id, detail string, fn func(*directory.Editor, *token.Client) error) error {
	return a.editClient(ctx, detail, func(_ *call, ed *directory.Editor) (string, error) {
		c, err := ed.FindClient(id)
		if err != nil {
			return "", err
		}
		return c.ID, fn(ed, c)
	})
}

// editClient is edit whose event names a client.
func (a *Admin) editClient(ctx context.Context, detail string, fn func(*call, *directory.Editor) (id string, err error)) error {
	return a.commit(ctx, func(c *call, ed *directory.Editor) (Event, error) {
		id, err := fn(c, ed)
		return Event{Kind: EventClientsChanged, Client: id, Detail: detail}, err
	})
}
