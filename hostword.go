package sallyport

import (
	"time"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/internal/rnd"
)

// hostWord is that of what a host says of an account by which our record of it is judged.
type hostWord struct {
	gone   bool // there is no such account
	off    bool // it is disabled
	since  time.Time
	digest string // of its password hash
}

// hostNews is the event of what a host has done. Without a kind it has done nothing that
// ends anything.
type hostNews struct {
	kind   EventKind
	detail string
}

// first is our record of an account that is met for the first time.
func (w *hostWord) first(hostID string, now time.Time) account.Ageing {
	return account.Ageing{Epoch: firstEpoch(), PasswordChanged: now, HostID: hostID, Since: w.since, HostDigest: w.digest, HostOff: w.off}
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
			news = hostNews{EventHostChanged, w.offBy(other)}
		}
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
