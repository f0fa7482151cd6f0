package mfa

import (
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/sallyport-auth/sallyport/internal/moment"
	"github.com/sallyport-auth/sallyport/internal/record"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/store"
)

// undoLife is how long the link in a notice of a new factor is good.
const undoLife = 72 * time.Hour

// undoMark begins every undo token, so that it is told from a link's.
const undoMark = "u"

// UndoTable keeps the undo links under a keyed digest of their tokens.
var UndoTable = store.NewTable[Undo]("undo", store.TableOptions{})

// Undo is a link by which the owner removes what was added.
type Undo struct {
	Account string
	Name    string
	Serial  uint64 // of the factors after the addition
	Added   []Transport
	Devices []string // ids of the authenticators among them; none: written before they had ids
	At      time.Time
	Used    time.Time
	// Since is when an account that a host owns was made, and zero of others: whoever has
	// the id later is somebody else.
	Since time.Time

	Unknown record.Unknown // what a newer program has written
}

// IsUndoToken reports whether a token has the form of an undo link's.
func IsUndoToken(token string) bool {
	rest, ok := strings.CutPrefix(token, undoMark)
	raw, err := hex.DecodeString(rest)
	return ok && err == nil && len(raw) == 32 && rest == strings.ToLower(rest)
}

// ReadUndo returns the undo link of that record, which has been read. One that was made
// ahead of the clock is none, and is deleted, so that it is dead also once the clock is
// there.
func ReadUndo(tx *store.Tx, record string) (u Undo, found bool, err error) {
	u, found, err = UndoTable.Get(tx, record)
	if err == nil && found && moment.Ahead(u.At, tx.Now()) {
		return Undo{}, false, UndoTable.Delete(tx, record)
	}
	return u, found, err
}

// UndoRecord returns the id of the record of an undo token.
func UndoRecord(index store.Index, token string) string { return index.ID("undo", token) }

// planUndo makes the link that goes with a notice.
func (c *Case) planUndo(added []Transport) string {
	token := undoMark + hex.EncodeToString(rnd.Bytes(32))
	c.undo = &Undo{Account: c.Request.Account, Name: c.Request.Name, Serial: c.Factors.Serial, Added: added, Devices: c.added, At: c.now, Since: c.since}
	c.undoRecord = UndoRecord(c.index, token)
	return token
}

// Apply removes from f what u tells of, unless it has been replaced since by another
// enrolment, of which the owner was told too, or the link was used. An address that took
// the place of an added one by a change of address goes with it. Removing is a change of
// factors: the caller raises the account's epoch, which ends every session.
func (u *Undo) Apply(f *Factors, now time.Time) bool {
	if !u.Used.IsZero() || f.Serial < u.Serial {
		return false
	}
	u.Used = now
	for _, t := range u.Added {
		switch {
		case t == Authenticator:
			u.removeDevices(f)
		case t == Email:
			f.removeEmail(u.At)
			f.dropFurther(t, u.At)
		case t == SMS:
			if f.Mobile.Validated.Equal(u.At) {
				f.Mobile = Address{}
			}
			f.dropFurther(t, u.At)
		}
	}
	f.raise()
	return true
}

// removeDevices removes the authenticators that were added, and the recovery codes that
// were drawn with them or since: whoever added them has seen those.
func (u *Undo) removeDevices(f *Factors) {
	f.keepDevices(func(d Device) bool {
		added := slices.Contains(u.Devices, d.ID) || len(u.Devices) == 0 && d.Added.Equal(u.At)
		return !added
	})
	if !f.RecoveryMade.Before(u.At) {
		f.Recovery, f.RecoveryMade = nil, time.Time{}
	}
}

// Ends returns when the link dies.
func (u *Undo) Ends() time.Time { return u.At.Add(undoLife) }
