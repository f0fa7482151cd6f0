package directory

import (
	"slices"

	"github.com/sallyport-auth/sallyport/token"
)

// applyResources writes the resources as the file has them. Programs make and delete
// resources and change none: one that a program deleted stays deleted, one that it has made
// in the place of the file's stays as it is, and the name of one that no file has made is an
// error, since its clients would find another under it.
func (a *Applier) applyResources() error {
	old, exists, err := token.Resources.Get(a.tx, token.TheResources)
	if err != nil {
		return err
	}
	is := token.ResourceList{All: slices.Clone(old.All), Unknown: old.Unknown}
	kept := map[string]bool{}
	for i := range a.want.resources {
		w := &a.want.resources[i]
		kept[w.key] = true
		a.applyResource(w, &is)
	}
	a.pruneResources(kept, &is)
	if len(is.All) > maxResources {
		a.faults.add("resources", "more than %d resources with those that are stored", maxResources)
	}
	return update(a, token.Resources, token.TheResources, is, same(old, is) && (exists || len(is.All) == 0))
}

// applyResource puts one resource into the list.
func (a *Applier) applyResource(w *wantedResource, list *token.ResourceList) {
	at := slices.IndexFunc(list.All, func(r token.Resource) bool { return scopeKey(r.Name) == w.key })
	c := a.catalog.resource(w.key)
	is := w.resource
	if w.application != noApplication {
		is.Application = a.apps[w.application].id
	}
	switch {
	case c != nil && c.Gone && c.Made && at >= 0:
		a.tell(Entry{Kind: "resource", Name: list.All[at].Name, Action: actionKept, Kept: resourceFields(list.All[at], is)})
		return
	case c != nil && c.Gone:
		a.tellGone("resource", is.Name, "")
		return
	case c != nil && c.Made:
		a.faults.add(w.at+".name", "belongs to a resource that this file did not make: delete that first, or leave it out")
		return
	case at < 0:
		list.All = append(list.All, is)
		a.catalog.Resources = append(a.catalog.Resources, catalogResource{Name: is.Name})
		a.written = true
		a.tell(Entry{Kind: "resource", Name: is.Name, Action: actionCreated})
		return
	}
	old := list.All[at]
	is.Unknown = old.Unknown
	list.All[at] = is
	a.tell(Entry{Kind: "resource", Name: is.Name, Action: action(true, same(old, is))})
}

// resourceFields are the fields, under their JSON names, in which two resources of one name
// differ.
func resourceFields(a, b token.Resource) (names []string) {
	for _, f := range []struct {
		name string
		same bool
	}{
		{"kind", a.Kind == b.Kind}, {"claims", slices.Equal(a.Claims, b.Claims)},
		{"audience", a.Audience == b.Audience}, {"application", a.Application == b.Application},
	} {
		if !f.same {
			names = append(names, f.name)
		}
	}
	return names
}

// pruneResources takes from the list those that the file does not name, and those of an
// application that is gone.
func (a *Applier) pruneResources(kept map[string]bool, list *token.ResourceList) {
	prune, gone := a.o.Prune && a.want.pruneResources, map[string]bool{}
	for _, e := range a.deleted {
		gone[e.ID] = e.Kind == "application"
	}
	list.All = slices.DeleteFunc(list.All, func(r token.Resource) bool {
		key := scopeKey(r.Name)
		c := a.catalog.resource(key)
		if kept[key] || !gone[r.Application] && (!prune || c != nil && c.Made) {
			return false
		}
		a.tellDeleted("resource", r.Name, "")
		a.catalog.dropResource(key)
		a.written = true
		return true
	})
	if !prune {
		return
	}
	a.catalog.Resources = slices.DeleteFunc(a.catalog.Resources, func(e catalogResource) bool {
		forgotten := e.Gone && !kept[scopeKey(e.Name)]
		a.written = a.written || forgotten // nobody wants it back
		return forgotten && !e.Made
	})
	for i := range a.catalog.Resources {
		if e := &a.catalog.Resources[i]; e.Made && !kept[scopeKey(e.Name)] {
			e.Gone = false // it is the program's alone
		}
	}
}
