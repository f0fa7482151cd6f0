package mfa

import (
	"time"

	"github.com/sallyport-auth/sallyport/internal/record"
	"github.com/sallyport-auth/sallyport/store"
)

// PendingTable keeps an account's open requests and live links under its home, see
// [Terms].
var PendingTable = store.NewTable[Pending]("pending", store.TableOptions{Near: true})

// Pending is what is under way for one account. A request that is not listed
// here is dead, so that one is evicted by taking it off the list.
type Pending struct {
	Open  []OpenRequest
	Links []LiveLink
	Sends Bucket // messages of the hour
	// StepUps are those of step-ups, which have their own budget: neither takes the
	// other's from it.
	StepUps Bucket
	// Numbers are the mobile numbers first sent to within the last day.
	Numbers []NewNumber
	// Told is when the owner was last told, of each kind of notice that goes
	// out once a day.
	Told map[NoticeKind]time.Time

	Unknown record.Unknown // what a newer program has written
}

// NewNumber is a mobile number, by keyed digest, and when it was first used.
type NewNumber struct {
	ID string
	At time.Time
}

// OpenRequest is one pending login. Group is a short keyed digest of the
// network address it came from, or of its client where there is no address.
// Busy means that it has sent or staged something.
type OpenRequest struct {
	Record  string
	Expires time.Time
	Group   string
	Busy    bool
	Staged  bool // something waits for an existing factor
	// Starter is a short keyed digest of the client and the network address of the
	// user, empty where that is not known: a login of the same two takes the place
	// of this one's link.
	Starter string

	Unknown record.Unknown // what a newer program has written
}

// openGroup returns the group of a new request. 64 bits tell the few groups of
// one account apart.
func openGroup(index store.Index, peer, client string) string {
	if peer != "" {
		return index.ID("open-group", "address", peer)[:16]
	}
	return index.ID("open-group", "client", client)[:16]
}

// starter returns who began a request: the user at an address, through a client.
func starter(index store.Index, address, client string) string {
	if address == "" {
		return ""
	}
	return index.ID("starter", address, client)[:16]
}

// LiveLink is a link that was sent and not yet answered. The zero Until says that it was
// given up by a later login of the same starter.
type LiveLink struct {
	Record string
	Until  time.Time
}

// pendingUntil returns when the list may be forgotten: over a day on, which is as
// long as anything in it matters.
func pendingUntil(now time.Time) time.Time { return now.Add(25 * time.Hour) }

// tidy drops what is over.
func (p *Pending) tidy(now time.Time) {
	p.Open = filter(p.Open, func(o OpenRequest) bool { return now.Before(o.Expires) })
	p.Links = filter(p.Links, func(l LiveLink) bool { return now.Before(l.Until) || l.Until.IsZero() && p.isOpen(l.Record) })
}

// admit lists a new request. Where the account has too many, another one ends
// for it, and admit returns true.
func (p *Pending) admit(newcomer OpenRequest) (evicted bool) {
	for len(p.Open) >= openRequests.Size {
		p.close(p.victim(newcomer.Group))
		evicted = true
	}
	p.Open = append(p.Open, newcomer)
	return evicted
}

// victim returns the record of the request that ends for a newcomer: one of the
// group that holds most, the newcomer counted in its own; there one that has
// neither sent nor staged, before the oldest. So the owner's one login outlives
// a flood from elsewhere. Of groups that hold as much the newcomer's own gives
// way, so that nobody displaces others to hold more than they do; where each
// holds one, all of them are looked at.
func (p *Pending) victim(newcomer string) string {
	held, most := map[string]int{newcomer: 1}, 1
	for _, open := range p.Open {
		held[open.Group]++
		most = max(most, held[open.Group])
	}
	own := most > 1 && held[newcomer] == most
	var victim *OpenRequest
	for i := range p.Open { // the oldest first
		open := &p.Open[i]
		if held[open.Group] != most || own && open.Group != newcomer {
			continue
		}
		if victim == nil || victim.Busy && !open.Busy {
			victim = open
		}
	}
	return victim.Record
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

// setStaged notes whether a request has something staged, and returns how many
// of the open ones have.
func (p *Pending) setStaged(record string, staged bool, now time.Time) (n int) {
	for i := range p.Open {
		open := &p.Open[i]
		if open.Record == record {
			open.Staged = staged
		}
		if open.Staged && now.Before(open.Expires) {
			n++
		}
	}
	return n
}

// close takes a request that has ended, and its links, off the lists.
func (p *Pending) close(record string) {
	p.Open = filter(p.Open, func(o OpenRequest) bool { return o.Record != record })
	p.unlink(record)
}

func (p *Pending) unlink(record string) {
	p.Links = filter(p.Links, func(l LiveLink) bool { return l.Record != record })
}

// isLinked reports whether a link of the request is live.
func (p *Pending) isLinked(record string, now time.Time) bool {
	for _, l := range p.Links {
		if l.Record == record && now.Before(l.Until) {
			return true
		}
	}
	return false
}

// endLinksOf ends the links of the earlier requests of the same starter: whoever
// begins anew has given them up.
func (p *Pending) endLinksOf(starter string) {
	for _, open := range p.Open {
		for i := range p.Links {
			if starter != "" && open.Starter == starter && p.Links[i].Record == open.Record {
				p.Links[i].Until = time.Time{}
			}
		}
	}
}

// gaveUp reports whether the link of the request was given up.
func (p *Pending) gaveUp(record string) bool {
	for _, l := range p.Links {
		if l.Record == record && l.Until.IsZero() {
			return true
		}
	}
	return false
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
func (p *Pending) takeSend(purpose string, now time.Time) bool {
	if purpose == StepUp {
		return p.StepUps.take(now, stepUpSends)
	}
	return p.Sends.take(now, accountSends)
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
