package sallyport_test

import (
	"time"

	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// startsIn is a user whose account begins so long after the kit's clock, and endsIn one
// whose account ends then.
func startsIn(d time.Duration) sallyporttest.User {
	return sallyporttest.User{Edit: func(u *directory.User) { u.Start = sallyporttest.Start.Add(d) }}
}

func endsIn(d time.Duration) sallyporttest.User {
	return sallyporttest.User{Edit: func(u *directory.User) { u.End = sallyporttest.Start.Add(d) }}
}

// The answers that lie on either side of an edge.
var (
	letIn     = statusJourney{status: 2048, name: "Success", shows: "identity"}
	notYet    = statusJourney{status: 65, name: "Failure, UserAccountNotYetAvailable", says: "IsUserAccountNotYetAvailable", shows: "identity"}
	over      = statusJourney{status: 33, name: "Failure, UserAccountExpired", says: "IsUserAccountExpired", shows: "identity"}
	lockedNow = statusJourney{status: 5, name: "Failure, PasswordIsLocked", says: "IsUserAccountLockedOut"}
	oldGrace  = statusJourney{status: 10240, name: "Success, PasswordExpired", says: "IsPasswordExpired", shows: "identity"}
	oldOver   = statusJourney{status: 8705, name: "Failure, MustChangePasswordAtNextLogon, PasswordExpired", says: "IsPasswordExpired MustChangePasswordAtNextLogon", shows: "identity", state: 8705}
	weakGrace = statusJourney{status: 18432, name: "Success, PasswordDoesNotPassValidation", shows: "identity"}
	weakEnd   = statusJourney{status: 16897, name: "Failure, MustChangePasswordAtNextLogon, PasswordDoesNotPassValidation", says: "MustChangePasswordAtNextLogon", shows: "identity", state: 16897}
)

// reached is an answer with the way to it.
func (j statusJourney) reached(u sallyporttest.User, edit func(*directory.File), way func(*statusWalk)) statusJourney {
	j.user, j.edit = u, edit
	j.walk = func(w *statusWalk) {
		if way != nil {
			way(w)
		}
		w.right()
	}
	return j
}

// after lets so much time pass, and then some.
func after(d, more time.Duration) func(*statusWalk) {
	return func(w *statusWalk) { w.Clock.Advance(d + more) }
}

// statusEdges has a nanosecond before each edge, the edge, and a nanosecond after it.
func statusEdges() (list []statusJourney) {
	none := sallyporttest.User{}
	add := func(j statusJourney, u sallyporttest.User, edit func(*directory.File), way func(*statusWalk)) {
		list = append(list, j.reached(u, edit, way))
	}
	for _, edge := range []struct {
		user          sallyporttest.User
		edit          func(*directory.File)
		at            time.Duration
		before, since statusJourney
	}{
		{startsIn(time.Hour), nil, time.Hour, notYet, letIn},
		{endsIn(time.Hour), nil, time.Hour, letIn, over},
		{none, graced(oldOne), 24 * time.Hour, letIn, oldGrace},
		{none, general(func(d *directory.Policy) { oldOne(&d.Password) }), 24 * time.Hour, letIn, oldOver},
	} {
		add(edge.before, edge.user, edge.edit, after(edge.at, -1))
		add(edge.since, edge.user, edge.edit, after(edge.at, 0))
		add(edge.since, edge.user, edge.edit, after(edge.at, 1))
	}
	for locks := range 3 { // each lasts twice as long as the one before
		for _, more := range []time.Duration{-1, 0, 1} {
			j := letIn
			if more < 0 {
				j = lockedNow
			}
			add(j, none, nil, func(w *statusWalk) {
				for n := range locks + 1 {
					if w.misses(10); n < locks {
						w.Clock.Advance(15 * time.Minute << n)
					}
				}
				w.Clock.Advance(15*time.Minute<<locks + more)
			})
		}
	}
	forEver := general(func(d *directory.Policy) { d.Password.AutoUnlockAfter = new(time.Duration(0)) })
	add(lockedNow, none, forEver, func(w *statusWalk) { w.misses(10); w.Clock.Advance(29 * 24 * time.Hour) })
	for _, kind := range []struct {
		rule        func(*directory.Passwords)
		grace, over statusJourney
	}{{oldOne, oldGrace, oldOver}, {weakOne, weakGrace, weakEnd}} {
		edit := general(func(d *directory.Policy) { d.Password.GraceLogons = 3; kind.rule(&d.Password) })
		for before := range 5 {
			j := kind.grace
			if before >= 3 {
				j = kind.over
			}
			add(j, none, edit, func(w *statusWalk) {
				w.Clock.Advance(24 * time.Hour)
				for range before {
					w.misses(1) // which spends none
					w.right()
				}
			})
		}
	}
	return list
}
