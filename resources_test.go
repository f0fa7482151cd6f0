package sallyport_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// TestResources: resources are made, listed and deleted at run time, each with its event.
func TestResources(t *testing.T) {
	k := hosted(t)
	admin := setup(k)
	if list, err := admin.Resources(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("got %v, %v, want none", list, err)
	}
	orders := directory.Resource{Name: "orders", Kind: "API", Audience: "https://orders.example.com", Claims: []string{"roles"}}
	city := directory.Resource{Name: "city", Kind: "Identity", Claims: []string{"vgUA_City"}, Application: sallyporttest.ApplicationID}
	for _, r := range []directory.Resource{orders, city} {
		if err := admin.CreateResource(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	if ev := k.Events()[len(k.Events())-1]; ev.Kind != sallyport.EventClientsChanged || ev.Detail != "resource created: city" || ev.Actor != "setup" {
		t.Errorf("got event %+v", ev)
	}
	if list, err := admin.Resources(t.Context()); err != nil || fmt.Sprint(list) != fmt.Sprint([]directory.Resource{orders, city}) {
		t.Errorf("got %+v, %v", list, err)
	}
	if err := admin.DeleteResource(t.Context(), "ORDERS"); err != nil {
		t.Fatal(err)
	}
	if list, err := admin.Resources(t.Context()); err != nil || fmt.Sprint(list) != fmt.Sprint([]directory.Resource{city}) {
		t.Errorf("got %+v, %v", list, err)
	}
}

// TestResourcesRefused: what the file refuses is refused, by the name of the field.
func TestResourcesRefused(t *testing.T) {
	k := hosted(t)
	admin := setup(k)
	sound := directory.Resource{Name: "orders", Kind: "API", Audience: "urn:orders"}
	if err := admin.CreateResource(t.Context(), sound); err != nil {
		t.Fatal(err)
	}
	with := func(edit func(*directory.Resource)) error {
		r := sound
		r.Name = "more"
		edit(&r)
		return admin.CreateResource(t.Context(), r)
	}
	for name, tt := range map[string]struct {
		err  error
		is   error
		want string
	}{
		"a taken name":          {with(func(r *directory.Resource) { r.Name = "ORDERS" }), directory.ErrResourceTaken, ""},
		"no name":               {with(func(r *directory.Resource) { r.Name = "" }), nil, "resource.name: missing"},
		"a scope of ours":       {with(func(r *directory.Resource) { r.Name = "vgroles" }), nil, "resource.name: "},
		"no kind":               {with(func(r *directory.Resource) { r.Kind = "" }), nil, "resource.kind: "},
		"no audience":           {with(func(r *directory.Resource) { r.Audience = "" }), nil, "resource.audience: "},
		"a claim":               {with(func(r *directory.Resource) { r.Claims = []string{"sub"} }), nil, "resource.claims[0]: "},
		"no application":        {with(func(r *directory.Resource) { r.Application = "0e9cbd7e-7f4f-4f0a-8f51-8d1c4e2f7a11" }), directory.ErrNoApplication, ""},
		"application by name":   {with(func(r *directory.Resource) { r.Application = sallyporttest.ApplicationName }), directory.ErrNoApplication, ""},
		"deleted, none":         {admin.DeleteResource(t.Context(), "more"), directory.ErrNoResource, ""},
		"deleted, an empty one": {admin.DeleteResource(t.Context(), ""), directory.ErrNoResource, ""},
	} {
		if tt.err == nil || tt.is != nil && !errors.Is(tt.err, tt.is) || !strings.Contains(tt.err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %v, %q", name, tt.err, tt.is, tt.want)
		}
	}
	if list, err := admin.Resources(t.Context()); err != nil || len(list) != 1 {
		t.Errorf("got %v, %v, want the first alone", list, err)
	}
}

// TestResourcesAtOnce: of callers who make resources at the same moment none is lost, and
// one alone gets a name; there are a hundred at most.
func TestResourcesAtOnce(t *testing.T) {
	k := hosted(t)
	admin := setup(k)
	var all sync.WaitGroup
	made := make([]error, 16)
	for i := range made {
		all.Go(func() {
			name := fmt.Sprint("r", i/2)
			if i%2 == 1 {
				name = strings.ToUpper(name)
			}
			made[i] = admin.CreateResource(t.Context(), directory.Resource{Name: name, Kind: "API", Audience: "urn:r"})
		})
	}
	all.Wait()
	for i := 0; i < len(made); i += 2 {
		if a, b := made[i], made[i+1]; (a == nil) == (b == nil) || !errors.Is(errors.Join(a, b), directory.ErrResourceTaken) {
			t.Errorf("r%d: got %v and %v, want one of two", i/2, a, b)
		}
	}
	for i := range 92 {
		if err := admin.CreateResource(t.Context(), directory.Resource{Name: fmt.Sprint("more", i), Kind: "API", Audience: "urn:r"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := admin.CreateResource(t.Context(), directory.Resource{Name: "last", Kind: "API", Audience: "urn:r"}); !errors.Is(err, directory.ErrResources) {
		t.Errorf("got %v, want a hundred at most", err)
	}
}

// TestResourceHoldsApplication: an application that has a resource is in use.
func TestResourceHoldsApplication(t *testing.T) {
	k := hosted(t)
	admin := setup(k)
	app, err := admin.CreateApplication(t.Context(), directory.NewApplication{Name: "Shop"})
	if err != nil {
		t.Fatal(err)
	}
	if err := admin.CreateResource(t.Context(), directory.Resource{Name: "orders", Kind: "API", Audience: "urn:orders", Application: app.ID}); err != nil {
		t.Fatal(err)
	}
	if err := admin.DeleteApplication(t.Context(), app.ID); !errors.Is(err, directory.ErrApplicationInUse) {
		t.Errorf("got %v, want it in use", err)
	}
	if err := admin.DeleteResource(t.Context(), "orders"); err != nil {
		t.Fatal(err)
	}
	if err := admin.DeleteApplication(t.Context(), app.ID); err != nil {
		t.Errorf("got %v", err)
	}
}

// TestFindApplication: by its id, or its name as names are compared.
func TestFindApplication(t *testing.T) {
	k := hosted(t)
	admin := setup(k)
	app, err := admin.CreateApplication(t.Context(), directory.NewApplication{Name: "The Shop"})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{app.ID, strings.ToUpper(app.ID), "The Shop", "the  shop", "THE SHOP", "Ｔhe shop"} {
		if got, err := admin.FindApplication(t.Context(), text); err != nil || got.ID != app.ID {
			t.Errorf("%q: got %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "Shop", "The Shop_", "0e9cbd7e-7f4f-4f0a-8f51-8d1c4e2f7a11"} {
		if got, err := admin.FindApplication(t.Context(), text); !errors.Is(err, directory.ErrNoApplication) {
			t.Errorf("%q: got %+v, %v", text, got, err)
		}
	}
	if err := admin.DeleteApplication(t.Context(), app.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := admin.FindApplication(t.Context(), "The Shop"); !errors.Is(err, directory.ErrNoApplication) {
		t.Errorf("deleted: got %v", err)
	}
}
