package bench

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// person is the name of one of many.
func person(i int) string { return fmt.Sprintf("person%07d", i) }

// portion is how many accounts are applied at once: a directory file is one
// change of the store.
const portion = 1000

// populate adds the accounts of the numbers from to before to, all with one
// password; edit may be nil.
func populate(tb testing.TB, k *sallyporttest.Kit, from, to int, edit func(*directory.User)) {
	tb.Helper()
	hash, err := cheapHash()
	if err != nil {
		tb.Fatal(err)
	}
	for from < to {
		d := directory.File{Applications: sallyporttest.Directory().Applications}
		for last := min(to, from+portion); from < last; from++ {
			u := directory.User{
				Name: person(from), PasswordHash: hash,
				Roles: []directory.Grant{{Application: sallyporttest.ApplicationName, Role: sallyporttest.RoleName}},
			}
			if edit != nil {
				edit(&u)
			}
			d.Users = append(d.Users, u)
		}
		if _, err := k.Engine.Apply(tb.Context(), d, directory.Options{}); err != nil {
			tb.Fatal(err)
		}
	}
}

// spread runs work for the numbers before total by many goroutines, and gives
// each its own number as well. Work that returns false ends its goroutine.
func spread(goroutines, total int, work func(goroutine, i int) bool) {
	var begun atomic.Int64
	var wg sync.WaitGroup
	for g := range goroutines {
		wg.Go(func() {
			for {
				i := int(begun.Add(1)) - 1
				if i >= total || !work(g, i) {
					return
				}
			}
		})
	}
	wg.Wait()
}

// callersOf is a caller for each goroutine.
func callersOf(tb testing.TB, l library, n int) []*caller {
	list := make([]*caller, n)
	for i := range list {
		list[i] = newCaller(tb, l.handler, l.path)
	}
	return list
}
