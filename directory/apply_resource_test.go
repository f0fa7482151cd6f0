package directory_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/token"
)

// admin is the administration of an engine whose directory a file makes.
func (d *applied) admin() *sallyport.Admin { return d.e.Admin(sallyport.Actor{Name: "admin"}) }

// resources are the stored ones in short: "orders API https://… [roles] A".
func (d *applied) resources() (list []string) {
	d.t.Helper()
	all, err := d.admin().Resources(d.t.Context())
	if err != nil {
		d.t.Fatal(err)
	}
	names := map[string]string{"": "any"}
	for app, err := range d.admin().Applications(d.t.Context()) {
		if err != nil {
			d.t.Fatal(err)
		}
		names[app.ID] = app.Name
	}
	for _, r := range all {
		list = append(list, fmt.Sprintf("%s %s %q %v %s", r.Name, r.Kind, r.Audience, r.Claims, names[r.Application]))
	}
	return list
}

func (d *applied) wantResources(list ...string) {
	d.t.Helper()
	if got := d.resources(); !slices.Equal(got, list) {
		d.t.Errorf("got %q\nwant %q", got, list)
	}
}

// only is a file with those resources beside two applications.
func only(list ...string) string {
	return `{"applications": [{"name": "A"}, {"name": "B"}], "resources": [` + strings.Join(list, ", ") + `]}`
}

const city = `{"name": "city", "kind": "Identity", "claims": ["vgUA_City"], "application": "A"}`

// TestApplyResources: the file makes resources, changes them, and deletes them where it
// is told to prune; applied again, nothing is written.
func TestApplyResources(t *testing.T) {
	d := newDirectory(t)
	d.apply(only(orders(audience, `"claims": ["roles"]`), city))
	d.want("application A created", "application B created", "resource orders created", "resource city created")
	d.wantResources(`orders API "https://orders.example.com" [roles] any`, `city Identity "" [vgUA_City] A`)
	before := d.everything()
	d.apply(only(orders(audience, `"claims": ["roles"]`), city))
	d.want("application A kept", "application B kept", "resource orders kept", "resource city kept")
	if d.everything() != before {
		t.Error("applied again: something was written")
	}
	d.apply(only(`{"name": "ORDERS", "kind": "API", "audience": "urn:orders", "application": "B"}`))
	d.want("application A kept", "application B kept", "resource ORDERS changed")
	d.wantResources(`ORDERS API "urn:orders" [] B`, `city Identity "" [vgUA_City] A`)
	d.apply(`{"applications": [{"name": "A"}, {"name": "B"}]}`, directory.Options{Prune: true})
	d.want("application A kept", "application B kept")
	d.apply(only(city), directory.Options{Prune: true})
	d.want("application A kept", "application B kept", "resource city kept", "resource ORDERS deleted")
	d.wantResources(`city Identity "" [vgUA_City] A`)
	d.apply(`{"applications": [{"name": "B"}]}`, directory.Options{Prune: true})
	d.want("application B kept", "application A deleted", "resource city deleted")
	d.wantResources()
	d.apply(only(city))
	d.want("application A created", "application B kept", "resource city created")
}

// TestApplyResourceAfterAdmin: the file keeps what an administrator has made and
// deleted, and says so.
func TestApplyResourceAfterAdmin(t *testing.T) {
	d := newDirectory(t)
	d.apply(only(city))
	made := directory.Resource{Name: "orders", Kind: "API", Audience: "urn:orders"}
	if err := d.admin().CreateResource(t.Context(), made); err != nil {
		t.Fatal(err)
	}
	if err := d.admin().DeleteResource(t.Context(), "CITY"); err != nil {
		t.Fatal(err)
	}
	d.apply(only(city), directory.Options{Prune: true})
	d.want("application A kept", "application B kept", "resource city kept: deleted")
	d.wantResources(`orders API "urn:orders" [] any`)

	before := d.everything()
	err := d.try(only(city, orders(audience)))
	if got := text(err); got != "resources[1].name: belongs to a resource that this file did not make: delete that first, or leave it out" {
		t.Errorf("got %q", got)
	}
	if d.everything() != before {
		t.Error("a file with a fault has written something")
	}
	if err := d.admin().DeleteResource(t.Context(), "orders"); err != nil {
		t.Fatal(err)
	}
	d.apply(only(city, orders(audience)))
	d.want("application A kept", "application B kept", "resource city kept: deleted", "resource orders created")

	again := directory.Resource{Name: "City", Kind: "Identity", Claims: []string{"vgEmail"}}
	if err := d.admin().CreateResource(t.Context(), again); err != nil {
		t.Fatal(err)
	}
	d.wantResources(`orders API "https://orders.example.com" [] any`, `City Identity "" [vgEmail] any`)
}

// TestApplyResourceMadeAnew: a resource that a program has made in the place of the file's
// stays, and the file is not refused for it, without which a server that applies it would
// start no more. Deleted again it stays deleted; once a file without it was pruned by, it
// is the program's alone.
func TestApplyResourceMadeAnew(t *testing.T) {
	d := newDirectory(t)
	d.apply(only(city, orders(audience)))
	const left = `orders API "https://orders.example.com" [] any`
	for range 2 {
		if err := d.admin().DeleteResource(t.Context(), "city"); err != nil {
			t.Fatal(err)
		}
		d.apply(only(city, orders(audience)))
		d.want("application A kept", "application B kept", "resource city kept: deleted", "resource orders kept")
		d.wantResources(left)
		if err := d.admin().CreateResource(t.Context(), directory.Resource{Name: "City", Kind: "Identity", Claims: []string{"vgEmail"}}); err != nil {
			t.Fatal(err)
		}
		before := d.everything()
		d.apply(only(city, orders(audience)), directory.Options{Prune: true})
		d.want("application A kept", "application B kept", "resource City kept: claims application", "resource orders kept")
		d.wantResources(left, `City Identity "" [vgEmail] any`)
		if d.everything() != before {
			t.Error("something was written")
		}
	}
	d.apply(only(orders(audience)), directory.Options{Prune: true})
	d.want("application A kept", "application B kept", "resource orders kept")
	d.wantResources(left, `City Identity "" [vgEmail] any`)
	if got := text(d.try(only(city, orders(audience)))); !strings.HasPrefix(got, "resources[0].name: belongs to a resource that this file did not make") {
		t.Errorf("got %q, want the file refused", got)
	}
	if err := d.admin().DeleteResource(t.Context(), "city"); err != nil {
		t.Fatal(err)
	}
	d.apply(only(city, orders(audience)))
	d.want("application A kept", "application B kept", "resource city created", "resource orders kept")
}

// TestApplyResourceForgotten: what a program deleted is forgotten where the file does
// not name it either.
func TestApplyResourceForgotten(t *testing.T) {
	d := newDirectory(t)
	d.apply(only(city))
	if err := d.admin().DeleteResource(t.Context(), "city"); err != nil {
		t.Fatal(err)
	}
	d.apply(only(), directory.Options{Prune: true})
	d.apply(only(city))
	d.want("application A kept", "application B kept", "resource city created")
}

// TestApplyResourcesTooMany: those of the file and those that are stored together.
func TestApplyResourcesTooMany(t *testing.T) {
	d := newDirectory(t)
	var list []string
	for i := range 100 {
		list = append(list, fmt.Sprintf(`{"name": "r%d", "kind": "API", %s}`, i, audience))
	}
	d.apply(only(list...))
	if got := text(d.try(only(orders(audience)))); got != "resources: more than 100 resources with those that are stored" {
		t.Errorf("got %q", got)
	}
	d.apply(only(orders(audience)), directory.Options{Prune: true})
	d.wantResources(`orders API "https://orders.example.com" [] any`)
}

// TestApplyClientDisabled: the file switches a client off and on, and leaves alone what an
// administrator has switched since.
func TestApplyClientDisabled(t *testing.T) {
	on, off := clients(client("WebApp", secrets)), clients(client("WebApp", secrets, `"disabled": true`))
	for name, tt := range map[string]struct {
		steps []string // a file, or what an administrator sets
		off   bool
		kept  string // of the last file
	}{
		"on":                         {[]string{on}, false, "created"},
		"off":                        {[]string{off}, true, "created"},
		"off, on":                    {[]string{off, on}, false, "changed"},
		"on, off":                    {[]string{on, off}, true, "changed"},
		"off twice":                  {[]string{off, off}, true, "kept"},
		"on, admin off":              {[]string{on, "off", on}, true, "kept: disabled"},
		"on, admin off, off":         {[]string{on, "off", off}, true, "kept"},
		"on, admin off, off, on":     {[]string{on, "off", off, on}, false, "changed"},
		"off, admin on":              {[]string{off, "on", off}, false, "kept: disabled"},
		"off, admin on, on":          {[]string{off, "on", on}, false, "kept"},
		"off, admin on, on, off":     {[]string{off, "on", on, off}, true, "changed"},
		"on, admin off and on, off":  {[]string{on, "off", "on", off}, true, "changed"},
		"on, an older program's off": {[]string{on, "old", on}, true, "kept: disabled"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDirectory(t)
			for _, step := range tt.steps {
				switch step {
				case "on", "off":
					for c, err := range d.admin().Clients(t.Context()) {
						if err == nil {
							_, err = d.admin().UpdateClient(t.Context(), c.ID, directory.ClientChange{Disabled: new(step == "off")})
						}
						if err != nil {
							t.Fatal(err)
						}
					}
				case "old":
					d.switchOff()
				default:
					d.apply(step)
				}
			}
			if got := strings.TrimPrefix(d.outcome()[2], "client A_WebApp "); got != tt.kept {
				t.Errorf("got %q, want %q", got, tt.kept)
			}
			for it := range token.Clients.Scan(t.Context(), d.db, d.now, "", "") {
				if it.Value.Active == tt.off {
					t.Errorf("got active %v", it.Value.Active)
				}
			}
			before := d.everything()
			last := tt.steps[len(tt.steps)-1]
			if d.apply(last); d.everything() != before {
				t.Error("applied again: something was written")
			}
		})
	}
}

// switchOff takes the mark from all clients, as a program does that has no word for it in
// the file.
func (d *applied) switchOff() {
	d.t.Helper()
	for it, err := range token.Clients.Scan(d.t.Context(), d.db, d.now, "", "") {
		if err != nil {
			d.t.Fatal(err)
		}
		d.run(func(tx *store.Tx) error {
			it.Value.Active = false
			return token.Clients.Put(tx, it.ID, it.Value, time.Time{})
		})
	}
}

// TestApplyClientTokensAfterAdmin: of profile and algorithm the file keeps what an
// administrator has set, and never leaves an algorithm that the profile does not take.
func TestApplyClientTokensAfterAdmin(t *testing.T) {
	const ours = `"tokenProfile": "RFC9068"`
	for name, tt := range map[string]struct {
		first, then  string // fields of the file
		by           directory.ClientChange
		profile, alg string
	}{
		"kept":                         {`"linkNumber": false`, `"linkNumber": false`, directory.ClientChange{TokenProfile: new("RFC9068"), TokenAlgorithm: new("ES256")}, "RFC9068", "ES256"},
		"the file's":                   {`"linkNumber": false`, ours + `, "tokenAlgorithm": "PS256"`, directory.ClientChange{TokenProfile: new("RFC9068"), TokenAlgorithm: new("ES256")}, "RFC9068", "PS256"},
		"the profile taken back":       {ours, `"tokenProfile": "Published"`, directory.ClientChange{TokenAlgorithm: new("ES256")}, "RFC9068", "ES256"},
		"an algorithm where it is not": {ours, ours + `, "tokenAlgorithm": "ES256"`, directory.ClientChange{TokenProfile: new("Published")}, "Published", "RS256"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDirectory(t)
			d.apply(clients(client("WebApp", secrets, tt.first)))
			id := d.entry("client", "A_WebApp").ID
			if _, err := d.admin().UpdateClient(t.Context(), id, tt.by); err != nil {
				t.Fatal(err)
			}
			d.apply(clients(client("WebApp", secrets, tt.then)))
			c, err := d.admin().Client(t.Context(), id)
			if err != nil || c.TokenProfile != tt.profile || c.TokenAlgorithm != tt.alg {
				t.Errorf("got %s, %s, %v, want %s, %s", c.TokenProfile, c.TokenAlgorithm, err, tt.profile, tt.alg)
			}
		})
	}
}
