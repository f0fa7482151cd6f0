package sallyporttest

import (
	"slices"
	"sync"

	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/internal/typed"
	"github.com/sallyport-auth/sallyport/token"
)

// population is the directory that was applied, and who is in it. The kit and its
// nodes share one.
type population struct {
	mu     sync.Mutex
	whole  directory.File
	ids    map[entryKey]string
	people map[typed.UserName]*Person
}

// entryKey names an entry of a report.
type entryKey struct{ kind, name string }

func newPopulation() *population {
	return &population{whole: Directory(), ids: map[entryKey]string{}, people: map[typed.UserName]*Person{}}
}

// learn keeps the ids that a report tells.
func (p *population) learn(r directory.Report) {
	for _, e := range r.Entries {
		key := entryKey{e.Kind, e.Name}
		if e.Kind == "user" {
			key = userKey(e.Name)
		}
		p.ids[key] = e.ID
	}
}

// userKey names the entry of a user, who has one name in many spellings.
func userKey(name string) entryKey { return entryKey{"user", typed.Name(name).Canonical} }

// user returns where the user of that name stands in the directory, -1 for none.
func (p *population) user(name string) int {
	return slices.IndexFunc(p.whole.Users, func(u directory.User) bool { return typed.Name(u.Name) == typed.Name(name) })
}

// grants gives the named roles, each in the first application that has it, and for
// nil the first role there is. A role that none has is left to the engine to
// refuse.
func (p *population) grants(roles []string) (list []directory.Grant) {
	if roles == nil {
		for _, app := range p.whole.Applications {
			if len(app.Roles) > 0 {
				return []directory.Grant{{Application: app.Name, Role: app.Roles[0].Name}}
			}
		}
	}
	for _, role := range roles {
		i := slices.IndexFunc(p.whole.Applications, func(app directory.Application) bool {
			return slices.ContainsFunc(app.Roles, func(r directory.Role) bool { return r.Name == role || r.ID == role && role != "" })
		})
		app := ApplicationName
		if len(p.whole.Applications) > 0 {
			app = p.whole.Applications[max(i, 0)].Name
		}
		list = append(list, directory.Grant{Application: app, Role: role})
	}
	return list
}

// client returns the first client of the directory that logs people in with a
// secret, else the first that does without; of a directory without any, the one of
// the default directory.
func (p *population) client() (id, secret string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.whole.Clients {
		if !slices.Contains(c.GrantTypes, token.GrantVGAuthenticator) {
			continue
		}
		at := p.clientID(c)
		if len(c.Secrets) > 0 {
			return at, c.Secrets[0].Value
		}
		if id == "" {
			id = at
		}
	}
	if id == "" {
		return ClientID, ClientSecret
	}
	return id, ""
}

// origin returns the first origin that a SPA lists, from which its calls come; empty
// for other clients.
func (p *population) origin(id string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.whole.Clients {
		if c.Platform == string(token.SPA) && p.clientID(c) == id && len(c.CORSOrigins) > 0 {
			return c.CORSOrigins[0]
		}
	}
	return ""
}

// clientID is the id that the report gave a client, whose application may be named
// by its name or its id.
func (p *population) clientID(c directory.Client) string {
	name := c.Application
	for _, app := range p.whole.Applications {
		if app.ID == name && name != "" {
			name = app.Name
		}
	}
	return p.ids[entryKey{"client", name + "_" + c.Platform}]
}
