package directory

import (
	"strings"

	"github.com/sallyport-auth/sallyport/token"
)

func (a *Applier) applyClients() error {
	var ids, keys []string
	kept := map[string]bool{}
	for _, w := range a.want.clients {
		id := a.apps[w.application].id + "_" + string(w.client.Platform)
		ids, kept[id] = append(ids, id), true
		keys = append(keys, token.Clients.Key(token.ClientKey(a.index, id)))
	}
	if err := a.peek(keys); err != nil {
		return err
	}
	for i, id := range ids {
		if err := a.applyClient(&a.want.clients[i], id); err != nil {
			return err
		}
	}
	return a.pruneClients(kept)
}

// applyClient writes one client as the file has it, except for what a program has
// changed, and that secrets are written only with a higher version. One that a program deleted comes back with a higher
// version, and one that a program made passes to the file with one.
func (a *Applier) applyClient(w *wantedClient, id string) error {
	key := token.ClientKey(a.index, id)
	old, exists, err := token.Clients.Get(a.tx, key)
	if err != nil {
		return err
	}
	app := &a.apps[w.application]
	name, last := app.name+"_"+string(w.client.Platform), 0
	c := a.catalog.client(id)
	if c != nil {
		last = c.Version
	}
	switch {
	case app.record.ID == "", c != nil && c.Gone && w.version <= last:
		a.tellGone("client", name, id)
		return nil
	case c != nil && c.Made && w.version <= last:
		a.faults.add(w.at+".platform", "belongs to a client that this file did not make: raise its credentialsVersion over %d to replace its secrets, or leave it out", last)
		return nil
	case c == nil:
		c = a.catalog.ensureClient(id)
	}
	is := w.client
	is.ID, is.Application, is.Unknown = id, app.id, old.Unknown
	if is.Instance = old.Instance; !exists {
		is.Instance = token.NewInstance()
	}
	for _, s := range w.secrets {
		is.Secrets = append(is.Secrets, token.NewSecret(a.index, id, s.Value, s.Description, s.Expires))
	}
	e := Entry{Kind: "client", Name: name, ID: id}
	if exists {
		e.Kept = a.settleClient(&is, &old, c)
	} else {
		c.Said = nil
		c.noteActive(is.Active)
	}
	if exists && w.version <= last {
		e.Kept = append(keptSecrets(&old, &is, w.version < last), e.Kept...)
		is.Secrets, is.Public = old.Secrets, old.Public
	}
	c.Version, c.Made, c.Gone = max(w.version, last), false, false
	// A higher version is a change, even if nothing else is.
	unchanged := w.version <= last && same(old, is)
	a.origins.note(id, old.Origins, is.Origins)
	e.Action = action(exists, unchanged)
	a.tell(e)
	return update(a, token.Clients, key, is, unchanged)
}

// keptSecrets lists the fields that only a higher version would write.
func keptSecrets(old, is *token.Client, lower bool) (kept []string) {
	if !same(old.Secrets, is.Secrets) {
		kept = append(kept, "secrets")
	}
	if old.Public != is.Public {
		kept = append(kept, "public")
	}
	if lower {
		kept = append(kept, "credentialsVersion")
	}
	return kept
}

// pruneClients deletes the clients that the file does not name, and those
// whose application is gone.
func (a *Applier) pruneClients(kept map[string]bool) error {
	prune := a.o.Prune && a.want.pruneClients
	name, gone := map[string]string{}, map[string]bool{}
	for _, c := range a.catalog.Applications {
		name[c.ID] = c.Name
	}
	for _, e := range a.deleted {
		name[e.ID], gone[e.ID] = e.Name, true
	}
	var left []catalogClient
	var lost []string
	for _, c := range a.catalog.Clients {
		app, platform, _ := strings.Cut(c.ID, "_")
		if c.Gone && !kept[c.ID] && (prune || gone[app]) {
			a.written = true // nobody wants it back
			continue
		}
		if kept[c.ID] || !gone[app] && (!prune || c.Made) {
			left = append(left, c)
			continue
		}
		a.tellDeleted("client", name[app]+"_"+platform, c.ID)
		lost = append(lost, token.ClientKey(a.index, c.ID))
	}
	a.catalog.Clients = left
	if err := a.loseOrigins(lost); err != nil {
		return err
	}
	return removeAll(a, token.Clients, lost)
}
