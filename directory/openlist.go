package directory

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/sallyport-auth/sallyport/internal/moment"
	"github.com/sallyport-auth/sallyport/internal/record"
	"github.com/sallyport-auth/sallyport/store"
)

// Registrations that are open are listed, so that there are [MaxOpenRegistrations] at
// most. The list is cut into parts by the random ids, so that those who begin at once
// seldom meet on one record; each part has an equal share of the room. A part takes
// about seven kilobytes when it is full, which is what beginning or ending a
// registration writes at most beside the registration itself.
const (
	openParts   = 100
	openPerPart = 100

	// MaxOpenRegistrations is how many registrations are open in a store at most.
	MaxOpenRegistrations = openParts * openPerPart
)

var openLists = store.NewTable[OpenList]("registering", store.TableOptions{Size: 2000})

// OpenList is the part of the list in which a registration stands, the oldest first.
type OpenList struct {
	Open []OpenRegistration

	id      string         // of the record
	Unknown record.Unknown // what a newer program has written
}

// OpenRegistration is a registration that is open.
type OpenRegistration struct {
	ID    string
	Key   string // id of the record of its mailed key
	Group uint64 // a keyed digest of the group of callers that it came from
	Made  time.Time

	Unknown record.Unknown // what a newer program has written
}

// Fields implements [record.Record].
func (l *OpenList) Fields(f *record.Fields) {
	record.Many(f, 1, "open", &l.Open)
	f.Rest(&l.Unknown)
}

// Fields implements [record.Record].
func (o *OpenRegistration) Fields(f *record.Fields) {
	f.ID(1, "id", &o.ID)
	f.ID(2, "key", &o.Key)
	f.Uint(3, "group", &o.Group)
	f.Time(4, "made", &o.Made)
	f.Rest(&o.Unknown)
}

// openListOf returns the id of the part in which the registration of that id stands.
func openListOf(registration string) string {
	n, _ := strconv.ParseUint(registration[:min(8, len(registration))], 16, 32)
	return fmt.Sprintf("%02d", n%openParts)
}

// OpenListKey returns the key of that part, for reading it with others.
func OpenListKey(registration string) string { return openLists.Key(openListOf(registration)) }

// ReadOpenList reads the part of the list in which a registration stands, or is to
// stand. What is over is left out, and so is what began ahead of the clock, which is
// dead.
func ReadOpenList(tx *store.Tx, registration string) (OpenList, error) {
	l, _, err := openLists.Get(tx, openListOf(registration))
	if err != nil {
		return l, fmt.Errorf("reading the open registrations: %w", err)
	}
	l.id = openListOf(registration)
	l.Open = slices.DeleteFunc(slices.Clone(l.Open), func(o OpenRegistration) bool {
		return !tx.Now().Before(o.Made.Add(RegistrationLife())) || moment.Ahead(o.Made, tx.Now())
	})
	return l, nil
}

// MakeRoom takes a registration off a full list for a newcomer of a group, and
// returns it: the oldest of the group that holds most, the newcomer counted in its
// own. Of groups that hold as much the newcomer's own gives way, so that nobody
// displaces others to hold more than they do; where each holds one, all are looked
// at. Nil means that there is room.
func (l *OpenList) MakeRoom(newcomer uint64) *OpenRegistration {
	if len(l.Open) < openPerPart {
		return nil
	}
	held, most := map[uint64]int{newcomer: 1}, 1
	for _, o := range l.Open {
		held[o.Group]++
		most = max(most, held[o.Group])
	}
	own := most > 1 && held[newcomer] == most
	i := slices.IndexFunc(l.Open, func(o OpenRegistration) bool {
		return held[o.Group] == most && (!own || o.Group == newcomer)
	})
	gone := l.Open[i]
	l.Open = slices.Delete(l.Open, i, i+1)
	return &gone
}

// Add lists a registration.
func (l *OpenList) Add(o OpenRegistration) { l.Open = append(l.Open, o) }

// Remove takes a registration off the list.
func (l *OpenList) Remove(registration string) {
	l.Open = slices.DeleteFunc(l.Open, func(o OpenRegistration) bool { return o.ID == registration })
}

// Write puts the list, which is kept for as long as anything on it matters.
func (l *OpenList) Write(tx *store.Tx) error {
	return openLists.Put(tx, l.id, *l, tx.Now().Add(RegistrationLife()+moment.Leeway))
}
