package sallyport

import (
	"time"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/internal/rnd"
)

// hostWord is that of what a host, or a module, says of an account by which our record of
// it is judged.
type hostWord struct {
	module string // folded; empty: a host
	gone   bool   // there is no such account
	off    bool   // it is disabled
	// Of a host.
	since  time.Time
	digest string // of its password hash
	// Of a module.
	passwordSet time.Time // zero: not known
}

// hostNews is the event of what a host has done. Without a kind it has done nothing that
// ends anything.
type hostNews struct {
	kind   EventKind
	detail string
}

// first is our record of an account that is met for the first time.
func (w *hostWord) first(id string, now time.Time) account.Ageing {
	age := account.Ageing{Epoch: firstEpoch(), PasswordChanged: now, HostOff: w.off}
	if w.module != "" {
		age.Module, age.ModuleKey, age.PasswordSet = w.module, id, w.passwordSet
	} else {
		age.HostID, age.Since, age.HostDigest = id, w.since, w.digest
	}
	return age
}

// isStale reports whether what is said is older than what was seen: it comes of a copy that
// is behind, and may hold for good what has ended since.
func (w *hostWord) isStale(a account.Ageing) bool {
	return !w.passwordSet.IsZero() && w.passwordSet.Before(a.PasswordSet)
}

// isOther reports whether the id is another person's now than the one of the record.
func (w *hostWord) isOther(a account.Ageing) bool {
	return !w.gone && a.HostID != "" && !w.since.Equal(a.Since)
}

// follow returns the record as it is to be. The epoch rises once for each thing that ends
// what was: the account is disabled or deleted, its id is given away, its password is
// another. Where it is the one that was being written, an earlier call had changed it and
// did not come to its end.
func (w *hostWord) follow(a account.Ageing, now time.Time) (account.Ageing, hostNews) {
	var news hostNews
	other := w.isOther(a)
	if off := w.gone || w.off || other; off != a.HostOff {
		if a.HostOff = off; off {
			a.Epoch++
			a.KeyEpoch++
			news = hostNews{EventHostChanged, w.offBy(other)}
		}
	}
	if w.passwordSet.After(a.PasswordSet) {
		if !a.PasswordSet.IsZero() { // else nobody knows which one the sessions began with
			a.Epoch++
			a.PasswordChanged, news = now, hostNews{EventHostChanged, "password"}
		}
		a.PasswordSet = w.passwordSet
	}
	if w.gone || other || w.digest == a.HostDigest {
		return a, news
	}
	written := w.digest == a.HostPending
	if !written || !a.PendingSame {
		a.Epoch++
		a.PasswordChanged, a.PasswordEnds, a.GraceUsed = now, time.Time{}, 0
		if news = (hostNews{EventHostChanged, "password"}); written {
			news = hostNews{kind: EventPasswordChanged}
		}
	}
	a.HostDigest, a.HostPending, a.PendingSame = w.digest, "", false
	return a, news
}

func (w *hostWord) offBy(other bool) string {
	switch {
	case w.gone:
		return "deleted"
	case other:
		return "made anew"
	}
	return "disabled"
}

// firstEpoch is the epoch of an account that a host owns when it is first met: one that no
// session and no request has, of whoever had the id before.
func firstEpoch() uint64 { return rnd.Uint64()>>2 + 1 }
