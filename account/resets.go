package account

import (
	"slices"
	"time"

	"github.com/sallyport-auth/sallyport/internal/budget"
	"github.com/sallyport-auth/sallyport/internal/moment"
	"github.com/sallyport-auth/sallyport/internal/record"
	"github.com/sallyport-auth/sallyport/store"
)

// ResetMails keeps under the [Home] of each account when its owner was mailed because
// somebody asked for a new password.
var ResetMails = store.NewTable[ResetMail]("resets", store.TableOptions{Near: true, Size: 60})

// resetMails are the mails of one account. Any hour has three at most, and a key lives
// half an hour, so three are live at most.
var resetMails = budget.Rule{
	Name: "reset-mails", What: "keys that set a new password", By: "an account", Size: 3, Period: time.Hour, Refills: budget.EachAfter,
	UsedUp: "nothing is mailed, and the answer is the same", Source: "ours",
}

// ResetMail counts the mails of the last hour. The zero value is none.
type ResetMail struct {
	At []time.Time // oldest first

	Unknown record.Unknown // what a newer program has written
}

// Fields implements [record.Record].
func (r *ResetMail) Fields(f *record.Fields) {
	record.Each(f, 1, "at", &r.At, (*record.Fields).Time)
	f.Rest(&r.Unknown)
}

// TakeResetMail counts one more mail to the account of that home, whose record has
// been read, and reports whether there may be one: where there is one left, and also says
// that nothing else is against it, which is asked only then. So what is not sent uses up
// neither. One that was counted ahead of the clock, which was set back since, counts from
// now on, unless nodes disagree of what time it is.
func TakeResetMail(tx *store.Tx, home string, also func() (bool, error)) (bool, error) {
	now := tx.Now()
	r, _, err := ResetMails.Get(tx, home)
	if err != nil {
		return false, err
	}
	recent := r.recent(tx)
	taken := len(recent) < resetMails.Size
	if taken {
		if taken, err = also(); err != nil {
			return false, err
		}
	}
	latest := slices.MaxFunc(append(recent, now), time.Time.Compare)
	if taken {
		recent = append(recent, latest) // a node that is ahead would take one of now for over, and have another for it
	}
	r.At = recent
	return taken, ResetMails.Put(tx, home, r, latest.Add(resetMails.Period))
}

// recent are the mails of the last hour.
func (r *ResetMail) recent(tx *store.Tx) (list []time.Time) {
	now := tx.Now()
	for _, at := range r.At {
		if begun, _ := moment.Begun(at, now); !tx.Apart() {
			at = begun
		}
		if now.Sub(at) < resetMails.Period {
			list = append(list, at)
		}
	}
	return list
}

// ResetMailsLeft returns the limit of such mails, and how many the account of that home
// has at the moment of the transaction. It writes nothing.
func ResetMailsLeft(tx *store.Tx, home string) (budget.Rule, int, error) {
	r, _, err := ResetMails.Get(tx, home)
	return resetMails, max(0, resetMails.Size-len(r.recent(tx))), err
}
