package openlist_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/internal/openlist"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/memstore"
)

// TestMakeRoom: a full list loses the oldest of the group that holds most,
// and nobody displaces others to hold more than they do.
func TestMakeRoom(t *testing.T) {
	for _, tt := range []struct {
		name     string
		groups   []uint64 // one after the other, over and over until the list is full
		newcomer uint64
		want     int // index of the one that goes; -1: none
	}{
		{"the group that holds most", []uint64{3, 1, 1, 2}, 9, 1},
		{"a flood gives way to others", []uint64{1}, 2, 0},
		{"a flood displaces its own", []uint64{2, 1, 1}, 1, 1},
		{"of equals the newcomer's own", []uint64{1, 2}, 2, 1},
		{"a newcomer who would hold most", []uint64{1, 2, 2}, 2, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var l openlist.List
			for i := range 100 {
				if gone := l.MakeRoom(tt.newcomer); gone != nil {
					t.Fatalf("got room made at %d", i)
				}
				l.Add(openlist.Entry{ID: fmt.Sprint(i), Group: tt.groups[i%len(tt.groups)]})
			}
			gone := l.MakeRoom(tt.newcomer)
			if gone == nil || gone.ID != fmt.Sprint(tt.want) || len(l.Open) != 99 {
				t.Errorf("got %+v and %d left, want %d", gone, len(l.Open), tt.want)
			}
		})
	}
	var l openlist.List
	for i := range 100 {
		l.Add(openlist.Entry{ID: fmt.Sprint(i), Group: uint64(i)})
	}
	if gone := l.MakeRoom(1000); gone == nil || gone.ID != "0" {
		t.Errorf("where each holds one: got %+v, want the oldest", gone)
	}
}

// TestReadTidies: what is over, or began ahead of the clock, takes no room.
func TestReadTidies(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	db := store.NewDB(memstore.New(), "")
	lists := openlist.New("list", 24*time.Hour)
	const id = "00000000-0000-4000-8000-000000000000"
	write := func(tx *store.Tx) error {
		l, err := lists.Read(tx, id)
		if err != nil {
			return err
		}
		for name, made := range map[string]time.Time{
			"over": now.Add(-24 * time.Hour), "last": now.Add(-24*time.Hour + 1), "now": now,
			"near": now.Add(time.Minute), "ahead": now.Add(time.Minute + 1),
		} {
			l.Add(openlist.Entry{ID: name, Made: made})
		}
		return l.Write(tx)
	}
	if err := db.Run(t.Context(), now, write); err != nil {
		t.Fatal(err)
	}
	err := db.Run(t.Context(), now, func(tx *store.Tx) error {
		l, err := lists.Read(tx, id)
		got := map[string]bool{}
		for _, o := range l.Open {
			got[o.ID] = true
		}
		if len(got) != 3 || !got["last"] || !got["now"] || !got["near"] {
			t.Errorf("got %v", got)
		}
		if l.Remove("now"); len(l.Open) != 2 {
			t.Errorf("got %+v", l.Open)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
