// Package openlist bounds how many things are open in a store that strangers can begin,
// such as registrations: what is open is listed, and a list that is full loses one for a
// newcomer.
package openlist

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/sallyport-auth/sallyport/internal/moment"
	"github.com/sallyport-auth/sallyport/internal/record"
	"github.com/sallyport-auth/sallyport/store"
)

// A list is cut into parts by the random ids, so that those who begin at once seldom meet
// on one record; each part has an equal share of the room. A part takes about seven
// kilobytes when it is full, which is what beginning or ending something writes at most
// beside the thing itself.
const (
	parts   = 100
	perPart = 100

	// Max is how many things are open in a store at most, of one kind.
	Max = parts * perPart
)

// Lists are the parts of one list. Make one with [New].
type Lists struct {
	table store.Table[List]
	life  time.Duration
}

// New returns the list of that table name, of things that are open for that long at most.
func New(table string, life time.Duration) *Lists {
	return &Lists{table: store.NewTable[List](table, store.TableOptions{Size: 2000}), life: life}
}

// Table returns the table in which the parts rest, for showing their records to a person.
func (l *Lists) Table() store.Describer { return l.table }

// List is the part in which one thing stands, the oldest first.
type List struct {
	Open []Entry

	lists   *Lists
	id      string         // of the record
	Unknown record.Unknown // what a newer program has written
}

// Entry is one thing that is open.
type Entry struct {
	ID    string
	Key   string // id of another record that goes with it; empty: none
	Group uint64 // a keyed digest of the group of callers that it came from
	Made  time.Time

	Unknown record.Unknown // what a newer program has written
}

// Fields implements [record.Record].
func (l *List) Fields(f *record.Fields) {
	record.Many(f, 1, "open", &l.Open)
	f.Rest(&l.Unknown)
}

// Fields implements [record.Record].
func (e *Entry) Fields(f *record.Fields) {
	f.ID(1, "id", &e.ID)
	f.ID(2, "key", &e.Key)
	f.Uint(3, "group", &e.Group)
	f.Time(4, "made", &e.Made)
	f.Rest(&e.Unknown)
}

// partOf returns the id of the part in which the thing of that id stands.
func partOf(id string) string {
	n, _ := strconv.ParseUint(id[:min(8, len(id))], 16, 32)
	return fmt.Sprintf("%02d", n%parts)
}

// Key returns the key of that part, for reading it with others.
func (l *Lists) Key(id string) string { return l.table.Key(partOf(id)) }

// Read reads the part of the list in which the thing of that id stands, or is to stand.
// What is over is left out, and so is what began ahead of the clock, which is dead.
func (l *Lists) Read(tx *store.Tx, id string) (List, error) {
	part, _, err := l.table.Get(tx, partOf(id))
	if err != nil {
		return part, fmt.Errorf("reading what is open: %w", err)
	}
	part.lists, part.id = l, partOf(id)
	part.Open = slices.DeleteFunc(slices.Clone(part.Open), func(e Entry) bool {
		return !tx.Now().Before(e.Made.Add(l.life)) || moment.Ahead(e.Made, tx.Now())
	})
	return part, nil
}

// MakeRoom takes an entry off a full list for a newcomer of a group, and returns it: the
// oldest of the group that holds most, the newcomer counted in its own. Of groups that
// hold as much the newcomer's own gives way, so that nobody displaces others to hold more
// than they do; where each holds one, all are looked at. Nil means that there is room.
func (l *List) MakeRoom(newcomer uint64) *Entry {
	if len(l.Open) < perPart {
		return nil
	}
	held, most := map[uint64]int{newcomer: 1}, 1
	for _, e := range l.Open {
		held[e.Group]++
		most = max(most, held[e.Group])
	}
	own := most > 1 && held[newcomer] == most
	i := slices.IndexFunc(l.Open, func(e Entry) bool {
		return held[e.Group] == most && (!own || e.Group == newcomer)
	})
	gone := l.Open[i]
	l.Open = slices.Delete(l.Open, i, i+1)
	return &gone
}

// Add lists an entry.
func (l *List) Add(e Entry) { l.Open = append(l.Open, e) }

// Remove takes the thing of that id off the list.
func (l *List) Remove(id string) {
	l.Open = slices.DeleteFunc(l.Open, func(e Entry) bool { return e.ID == id })
}

// Write puts the list, which is kept for as long as anything on it matters.
func (l *List) Write(tx *store.Tx) error {
	return l.lists.table.Put(tx, l.id, *l, tx.Now().Add(l.lists.life+moment.Leeway))
}
