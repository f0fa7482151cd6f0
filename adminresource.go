package sallyport

import (
	"context"

	"github.com/sallyport-auth/sallyport/directory"
)

// CreateResource makes a resource, which acts at the next call that names one of its
// clients. Its application is an id, or empty. Errors: [directory.ErrResourceTaken],
// [directory.ErrResources], [directory.ErrNoApplication].
func (a *Admin) CreateResource(ctx context.Context, n directory.Resource) error {
	in := a
	if n.Application != "" {
		in = a.of(n.Application)
	}
	return in.editResources(ctx, "resource created: "+n.Name, func(ed *directory.Editor) error { return ed.CreateResource(n) })
}

// Resources returns all resources, in the order in which they were made, with the ids of
// their applications. The list belongs to the caller.
func (a *Admin) Resources(ctx context.Context) (list []directory.Resource, err error) {
	err = a.view(ctx, func(_ *call, ed *directory.Editor) (err error) {
		list, err = ed.ListResources()
		return err
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// DeleteResource deletes a resource by its name, in any ASCII case. Clients keep the scope,
// which brings nothing from the next call on. Errors: [directory.ErrNoResource].
func (a *Admin) DeleteResource(ctx context.Context, name string) error {
	return a.editResources(ctx, "resource deleted: "+name, func(ed *directory.Editor) error { return ed.DeleteResource(name) })
}

// editResources is edit whose event speaks of a resource.
func (a *Admin) editResources(ctx context.Context, detail string, fn func(*directory.Editor) error) error {
	return a.commit(ctx, func(_ *call, ed *directory.Editor) (Event, error) {
		return Event{Kind: EventClientsChanged, Detail: detail}, fn(ed)
	})
}
