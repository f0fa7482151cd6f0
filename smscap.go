package sallyport

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/sallyport-auth/sallyport/internal/budget"
	"github.com/sallyport-auth/sallyport/internal/record"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/store"
)

// Text messages cost money, so there is a bound on those of all accounts together
// ([Config].SMSPerDay). All nodes share it: each takes a block of it in one commit and
// spends that in memory. So it is never exceeded, and perhaps not used up: of a node that
// ends the rest of its blocks is lost, one of each share at most.
//
// What was sent is kept by the hour, and a block is good within its hour alone. With the
// 24 hours before the present one counted, no 24 hours have more than the bound. What a
// node has not spent of a block it gives back when it takes the next one.

// smsShare is whose part of the bound a message is counted to. The zero value is the
// smallest.
type smsShare int

// The shares.
const (
	smsUnproven smsShare = iota // to a number that is no factor yet, or behind no password
	smsProven                   // to a factor, behind a password
	smsNotice                   // a notice of security
	smsShares
)

// minSMSPerDay is the least bound of which each share has a part.
const minSMSPerDay = 10

// The bound, and the parts of it: those of what is not proven are a fifth, and codes and
// links together leave a tenth to notices, so that nothing crowds them out.
var (
	smsOfAll = budget.Rule{
		Name: "sms-all", What: "text messages, notices among them", By: "the store", Period: 24 * time.Hour, Refills: budget.EachAfter,
		UsedUp: "none is sent, as when the sender fails; codes and links leave a tenth to notices", Source: "the host: Config.SMSPerDay; 0 is no limit",
	}
	smsOfUnproven = budget.Rule{
		Name: "sms-unproven", What: "text messages to numbers that are no factor yet, or behind no password", By: "the store", Period: 24 * time.Hour, Refills: budget.EachAfter,
		UsedUp: "none of these is sent, as when the sender fails", Source: "a fifth of Config.SMSPerDay",
	}
)

// shareOf returns the share of a message that carries a secret.
func shareOf(m *mfa.Message) smsShare {
	if m.Kind == mfa.KindEnrollment || m.Unproven || m.Confirms == mfa.ResetPassword {
		return smsUnproven
	}
	return smsProven
}

// smsCaps holds the one record of a store, under [theSMSCap].
var smsCaps = store.NewTable[smsCap]("smscap", store.TableOptions{Size: 500})

const theSMSCap = "day"

// smsCap is what was sent within a day, and what nodes hold to send.
type smsCap struct {
	Hours  []smsHour  // what was sent of blocks that are done with, in no order
	Blocks []smsBlock // all of each counts, whatever its node has sent of it

	Unknown record.Unknown // what a newer program has written
}

// Fields implements [record.Record].
func (c *smsCap) Fields(f *record.Fields) {
	record.Many(f, 1, "hours", &c.Hours)
	record.Many(f, 2, "blocks", &c.Blocks)
	f.Rest(&c.Unknown)
}

// smsHour is what was sent of one share in one hour.
type smsHour struct {
	Hour  int // since 1970
	Share int
	Sent  int

	Unknown record.Unknown // what a newer program has written
}

// Fields implements [record.Record].
func (h *smsHour) Fields(f *record.Fields) {
	f.Int(1, "hour", &h.Hour)
	f.Int(2, "share", &h.Share)
	f.Int(3, "sent", &h.Sent)
	f.Rest(&h.Unknown)
}

// smsBlock is what a node holds of one share. Its id is random.
type smsBlock struct {
	ID    uint64
	Hour  int
	Share int
	Size  int

	Unknown record.Unknown // what a newer program has written
}

// Fields implements [record.Record].
func (b *smsBlock) Fields(f *record.Fields) {
	f.Uint(1, "id", &b.ID)
	f.Int(2, "hour", &b.Hour)
	f.Int(3, "share", &b.Share)
	f.Int(4, "size", &b.Size)
	f.Rest(&b.Unknown)
}

func smsHourOf(now time.Time) int { return int(now.Unix() / 3600) }

// settle forgets what is over a day old. What lies further ahead than the clocks of nodes
// are apart is of the present hour, as all that denies; it reports whether there was any,
// which has to be written.
func (c *smsCap) settle(tx *store.Tx, hour int) (moved bool) {
	begin := func(at *int) {
		if *at > hour+1 && !tx.Apart() {
			*at, moved = hour, true
		}
	}
	for i := range c.Hours {
		begin(&c.Hours[i].Hour)
	}
	for i := range c.Blocks {
		begin(&c.Blocks[i].Hour)
	}
	c.Hours = slices.DeleteFunc(c.Hours, func(h smsHour) bool { return h.Hour < hour-24 })
	c.Blocks = slices.DeleteFunc(c.Blocks, func(b smsBlock) bool { return b.Hour < hour-24 })
	return moved
}

// until is when the record may be forgotten: when all that it has is over a day old.
func (c *smsCap) until(hour int) time.Time {
	for _, h := range c.Hours {
		hour = max(hour, h.Hour)
	}
	for _, b := range c.Blocks {
		hour = max(hour, b.Hour)
	}
	return time.Unix(int64(hour+26)*3600, 0)
}

// close counts what was sent of a block in its place. One that is not there any more was
// forgotten, and its hour with it.
func (c *smsCap) close(id uint64, sent int) {
	i := slices.IndexFunc(c.Blocks, func(b smsBlock) bool { return b.ID == id })
	if i < 0 {
		return
	}
	b := c.Blocks[i]
	c.Blocks = slices.Delete(c.Blocks, i, i+1)
	at := slices.IndexFunc(c.Hours, func(h smsHour) bool { return h.Hour == b.Hour && h.Share == b.Share })
	if at < 0 {
		c.Hours = append(c.Hours, smsHour{Hour: b.Hour, Share: b.Share, Sent: sent})
		return
	}
	c.Hours[at].Sent += sent
}

// left returns how many of a share may be taken, of so many a day in all.
func (c *smsCap) left(perDay int, share smsShare) int {
	all, codes, unproven := 0, 0, 0
	count := func(share, n int) {
		all += n
		if share != int(smsNotice) {
			codes += n
		}
		if share == int(smsUnproven) {
			unproven += n
		}
	}
	for _, h := range c.Hours {
		count(h.Share, h.Sent)
	}
	for _, b := range c.Blocks {
		count(b.Share, b.Size)
	}
	left := perDay - all
	if share != smsNotice {
		left = min(left, perDay-perDay/10-codes)
	}
	if share == smsUnproven {
		left = min(left, perDay/5-unproven)
	}
	return max(0, left)
}

// errSMSUsedUp means that the host's bound on text messages is reached.
var errSMSUsedUp = errors.New("the text messages of 24 hours are used up (Config.SMSPerDay)")

// smsLeases are the blocks of one node.
type smsLeases struct {
	db     *store.DB
	perDay int           // 0: no bound
	turn   chan struct{} // holds a token while a caller is inside
	hour   int           // of the blocks
	held   [smsShares]smsLease
}

// smsLease is a block that this node holds.
type smsLease struct {
	id         uint64 // 0: none
	size, left int
}

func newSMSLeases(db *store.DB, perDay int) *smsLeases {
	return &smsLeases{db: db, perDay: perDay, turn: make(chan struct{}, 1)}
}

// take uses one message of a share. The error is [errSMSUsedUp] or a fault: then none may
// be sent.
func (l *smsLeases) take(ctx context.Context, now time.Time, share smsShare) error {
	if l.perDay == 0 {
		return nil
	}
	select {
	case l.turn <- struct{}{}:
		defer func() { <-l.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if l.hour != smsHourOf(now) || l.held[share].left == 0 {
		if err := l.lease(ctx, now, share); err != nil {
			return fmt.Errorf("taking text messages: %w", err)
		}
	}
	if l.held[share].left == 0 {
		return errSMSUsedUp
	}
	l.held[share].left--
	return nil
}

// block is how many a node takes at once: a hundredth, so that what lies unspent is
// little.
func (l *smsLeases) block() int { return max(1, l.perDay/100) }

// lease takes a block of a share in one commit, and closes the one before, or all of them
// in another hour. Where that fails it may have happened all the same, so the blocks are
// forgotten here and count as sent.
func (l *smsLeases) lease(ctx context.Context, now time.Time, share smsShare) error {
	hour, next := smsHourOf(now), rnd.Uint64()
	var done []smsLease
	for i := range l.held {
		if l.held[i].id != 0 && (i == int(share) || hour != l.hour) {
			done = append(done, l.held[i])
			l.held[i] = smsLease{}
		}
	}
	l.hour = hour
	got := 0
	err := l.db.Run(ctx, now, func(tx *store.Tx) error {
		c, _, err := smsCaps.Get(tx, theSMSCap)
		if err != nil {
			return err
		}
		for _, d := range done {
			c.close(d.id, d.size-d.left)
		}
		moved := c.settle(tx, hour)
		if got = min(l.block(), c.left(l.perDay, share)); got > 0 {
			c.Blocks = append(c.Blocks, smsBlock{ID: next, Hour: hour, Share: int(share), Size: got})
		}
		if got == 0 && len(done) == 0 && !moved {
			return nil
		}
		return smsCaps.Put(tx, theSMSCap, c, c.until(hour))
	})
	if err == nil && got > 0 {
		l.held[share] = smsLease{id: next, size: got, left: got}
	}
	return err
}

// left returns what may be taken of all messages, and of those that are not proven, with
// the sizes that were set. It writes nothing.
func (l *smsLeases) left(tx *store.Tx) (all, unproven mfa.Left, err error) {
	c, _, err := smsCaps.Get(tx, theSMSCap)
	if err != nil {
		return all, unproven, fmt.Errorf("reading text messages: %w", err)
	}
	c.settle(tx, smsHourOf(tx.Now()))
	all, unproven = mfa.Left{Rule: smsOfAll, Left: c.left(l.perDay, smsNotice)}, mfa.Left{Rule: smsOfUnproven, Left: c.left(l.perDay, smsUnproven)}
	all.Rule.Size, unproven.Rule.Size = l.perDay, l.perDay/5
	return all, unproven, nil
}
