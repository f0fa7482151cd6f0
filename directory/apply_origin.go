package directory

import (
	"maps"
	"slices"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/token"
)

// origins are the changes of which clients list an origin: by origin, then by
// client id, true for one that lists it now and false for one that did.
type origins map[string]map[string]bool

// note notes what one client listed and lists.
func (o origins) note(client string, was, is []string) {
	for _, origin := range was {
		if !slices.Contains(is, origin) {
			o.set(origin, client, false)
		}
	}
	for _, origin := range is {
		if !slices.Contains(was, origin) {
			o.set(origin, client, true)
		}
	}
}

func (o origins) set(origin, client string, lists bool) {
	if o[origin] == nil {
		o[origin] = map[string]bool{}
	}
	o[origin][client] = lists
}

// loseOrigins notes that clients, by their records, are about to be deleted.
func (a *Applier) loseOrigins(records []string) error {
	var keys []string
	for _, id := range records {
		keys = append(keys, token.Clients.Key(id))
	}
	if err := a.peek(keys); err != nil {
		return err
	}
	for _, id := range records {
		c, _, err := token.Clients.Get(a.tx, id)
		if err != nil {
			return err
		}
		a.origins.note(c.ID, c.Origins, nil)
	}
	return nil
}

// applyOrigins writes by which clients an origin is listed.
func (a *Applier) applyOrigins() error {
	if len(a.origins) > 0 {
		a.written = true
	}
	return a.origins.write(a.tx, a.index)
}

// write writes by which clients an origin is listed, so that a preflight, which names
// no client, finds them.
func (o origins) write(tx *store.Tx, index store.Index) error {
	list := slices.Sorted(maps.Keys(o))
	var keys []string
	for _, origin := range list {
		keys = append(keys, token.Origins.Key(token.OriginKey(index, origin)))
	}
	for part := range slices.Chunk(keys, peekLimit) {
		if err := tx.Peek(part...); err != nil {
			return err
		}
	}
	for _, origin := range list {
		if err := writeOrigin(tx, token.OriginKey(index, origin), o[origin]); err != nil {
			return err
		}
	}
	return nil
}

func writeOrigin(tx *store.Tx, key string, changes map[string]bool) error {
	e, _, err := token.Origins.Get(tx, key)
	if err != nil {
		return err
	}
	e.Clients = slices.DeleteFunc(slices.Clone(e.Clients), func(id string) bool { _, changed := changes[id]; return changed })
	for _, id := range slices.Sorted(maps.Keys(changes)) {
		if changes[id] {
			e.Clients = append(e.Clients, id)
		}
	}
	if len(e.Clients) == 0 {
		return token.Origins.Delete(tx, key)
	}
	return token.Origins.Put(tx, key, e, account.NoExpiry)
}
