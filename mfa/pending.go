package mfa

import (
	"time"

	"github.com/sallyport-auth/sallyport/store"
)

// maxOpen bounds the pending logins of one account.
const maxOpen = 20

// PendingTable keeps an account's open requests and live links under its id.
var PendingTable = store.Table[Pending]{Name: "pending", Schema: 1}

// Pending is what is under way for one account. A request that is not listed
// here is dead, so that one is evicted by taking it off the list.
type Pending struct {
	Open  []OpenRequest `json:"open,omitempty"`
	Links []LiveLink    `json:"links,omitempty"`
	Sends Bucket        `json:"sends,omitzero"` // messages of the hour
	// Numbers are the mobile numbers first sent to within the last day.
	Numbers []NewNumber `json:"numbers,omitempty"`
}

// NewNumber is a mobile number, by keyed digest, and when it was first used.
type NewNumber struct {
	ID string    `json:"id"`
	At time.Time `json:"at"`
}

// OpenRequest is one pending login. Busy ones, which have sent or staged
// something, are not evicted.
type OpenRequest struct {
	Record  string    `json:"record"`
	Expires time.Time `json:"expires"`
	Busy    bool      `json:"busy,omitempty"`
}

// LiveLink is a link that was sent and not yet answered.
type LiveLink struct {
	Record string    `json:"record"`
	Until  time.Time `json:"until"`
}

// pendingUntil returns when the list may be forgotten: a day on, to the full hour. If
// it moved with every login, each would also have to move the list's place in
// the order of expiry that stores keep: a page or two more in a file, and no
// update in place in a database.
func pendingUntil(now time.Time) time.Time { return now.Truncate(time.Hour).Add(25 * time.Hour) }

// tidy drops what is over.
func (p *Pending) tidy(now time.Time) {
	p.Open = filter(p.Open, func(o OpenRequest) bool { return now.Before(o.Expires) })
	p.Links = filter(p.Links, func(l LiveLink) bool { return now.Before(l.Until) })
}

// admit lists a new request, in place of the oldest that has neither sent nor
// staged where the account has too many, or says that there is no room.
func (p *Pending) admit(o OpenRequest) bool {
	for i := 0; len(p.Open) >= maxOpen; i++ {
		if i == len(p.Open) {
			return false
		}
		if !p.Open[i].Busy {
			p.Open = append(p.Open[:i:i], p.Open[i+1:]...)
			i--
		}
	}
	p.Open = append(p.Open, o)
	return true
}

func (p *Pending) isOpen(record string) bool {
	for _, o := range p.Open {
		if o.Record == record {
			return true
		}
	}
	return false
}

func (p *Pending) setBusy(record string) {
	for i := range p.Open {
		if p.Open[i].Record == record {
			p.Open[i].Busy = true
		}
	}
}

// close takes a request that has ended, and its links, off the lists.
func (p *Pending) close(record string) {
	p.Open = filter(p.Open, func(o OpenRequest) bool { return o.Record != record })
	p.unlink(record)
}

func (p *Pending) unlink(record string) {
	p.Links = filter(p.Links, func(l LiveLink) bool { return l.Record != record })
}

// rivals returns the number of live links of other requests.
func (p *Pending) rivals(record string, now time.Time) int {
	n := 0
	for _, l := range p.Links {
		if l.Record != record && now.Before(l.Until) {
			n++
		}
	}
	return n
}

// takeSend uses one message of the account's hour and reports whether there
// was one.
func (p *Pending) takeSend(now time.Time) bool {
	return p.Sends.take(now, accountPerHour, time.Hour, "")
}

func filter[T any](list []T, keep func(T) bool) []T {
	var out []T
	for _, v := range list {
		if keep(v) {
			out = append(out, v)
		}
	}
	return out
}
