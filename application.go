package sallyport

import (
	"context"
	"iter"
	"slices"
	"strings"

	"github.com/sallyport-auth/sallyport/directory"
)

// listPage is how many applications or clients are read together.
const listPage = 50

// CreateApplication makes an application. It has no roles, and no client. Errors:
// [directory.ErrApplicationTaken].
func (a *Admin) CreateApplication(ctx context.Context, n directory.NewApplication) (out *directory.Application, err error) {
	err = a.edit(ctx, Event{Kind: EventApplicationsChanged, Detail: "created " + n.Name}, func(_ *call, ed *directory.Editor) (_ string, err error) {
		out, err = ed.CreateApplication(n)
		return "", err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Application returns the application of an id, with its roles and permissions, in the
// form of the directory file. It belongs to the caller.
func (a *Admin) Application(ctx context.Context, id string) (out *directory.Application, err error) {
	err = a.of(id).view(ctx, func(_ *call, ed *directory.Editor) error {
		out = ed.Application.View()
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// FindApplication is [Admin.Application] of an id or a name, in any spelling that names
// are compared by.
func (a *Admin) FindApplication(ctx context.Context, text string) (*directory.Application, error) {
	var id string
	err := a.view(ctx, func(_ *call, ed *directory.Editor) (err error) {
		id, err = ed.ApplicationID(text)
		return err
	})
	if err != nil {
		return nil, err
	}
	return a.Application(ctx, id)
}

// Applications lists the applications as [Admin.Application] returns them, in the order
// in which they were made. It reads in pages: what changes meanwhile may be missed or
// met. A fault ends the list.
func (a *Admin) Applications(ctx context.Context) iter.Seq2[*directory.Application, error] {
	return listed(ctx, a, (*directory.Editor).ListedApplications, (*directory.Editor).ApplicationsIn)
}

// listed lists by ids, which it reads first, a page at a time.
func listed[T any](ctx context.Context, a *Admin, ids func(*directory.Editor) ([]string, error), read func(*directory.Editor, []string) ([]T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		var all []string
		err := a.view(ctx, func(_ *call, ed *directory.Editor) (err error) {
			all, err = ids(ed)
			return err
		})
		if err != nil {
			yield(none, err)
			return
		}
		for page := range slices.Chunk(all, listPage) {
			var list []T
			err := a.view(ctx, func(_ *call, ed *directory.Editor) (err error) {
				list, err = read(ed, page)
				return err
			})
			if err != nil {
				yield(none, err)
				return
			}
			for _, one := range list {
				if !yield(one, nil) {
					return
				}
			}
		}
	}
}

// UpdateApplication changes those fields of an application that the change names.
// Errors: [directory.ErrNoApplication], [directory.ErrApplicationTaken], and
// [directory.ErrApplicationInUse] for another name of the application of the engine's
// own calls, which has that of [Config].Application.
func (a *Admin) UpdateApplication(ctx context.Context, id string, by directory.ApplicationChange) (out *directory.Application, err error) {
	ev := Event{Kind: EventApplicationsChanged, Detail: strings.Join(append([]string{normalID(id)}, by.Fields()...), ", ")}
	err = a.of(id).edit(ctx, ev, func(c *call, ed *directory.Editor) (string, error) {
		if err := ed.ChangeApplication(c.client.Application, by); err != nil {
			return "", err
		}
		out = ed.Application.View()
		return "", nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// DeleteApplication deletes an application with its roles and permissions. Who had its
// roles has them no more, from the next call on. Errors: [directory.ErrNoApplication];
// [directory.ErrApplicationInUse] while it has clients, and for that of the engine's
// own calls.
func (a *Admin) DeleteApplication(ctx context.Context, id string) error {
	ev := Event{Kind: EventApplicationsChanged, Detail: "deleted " + normalID(id)}
	return a.of(id).edit(ctx, ev, func(c *call, ed *directory.Editor) (string, error) {
		return "", ed.DeleteApplication(c.client.Application)
	})
}
