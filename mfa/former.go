package mfa

import (
	"slices"
	"time"

	"github.com/sallyport-auth/sallyport/internal/moment"
	"github.com/sallyport-auth/sallyport/internal/record"
)

// FormerAddress is an e-mail address whose place another took by a change of address.
// For 72 hours its owner is told what happens to the account, and may take the change
// back.
type FormerAddress struct {
	Address
	// Epoch is what the change raised that of the account to, by which a key to take
	// it back names it.
	Epoch uint64
	At    time.Time
	// Shared says that another account had proven it too.
	Shared bool
}

// Fields implements [record.Record].
func (a *FormerAddress) Fields(f *record.Fields) {
	f.Text(1, "value", &a.Value)
	f.Time(2, "validated", &a.Validated)
	f.Time(3, "proven", &a.Proven)
	f.Text(4, "next", &a.Next)
	f.Uint(5, "epoch", &a.Epoch)
	f.Time(6, "at", &a.At)
	f.Text(7, "told", &a.Told)
	f.Bool(8, "shared", &a.Shared)
	f.Rest(&a.Unknown)
}

// CanReplaceEmail reports whether another address may take the place of the present
// one now.
func (f *Factors) CanReplaceEmail() bool { return len(f.Former) < addressChanges.Size }

// ReplaceEmail puts an address that was proven, as a factor too or without, in the place
// of the present one, which is kept to be restored. The epoch is the one that the caller
// raises the account's to, and shared says that another account has proven the present
// address too. It reports false where there were too many changes.
func (f *Factors) ReplaceEmail(is Address, epoch uint64, shared bool, now time.Time) bool {
	if !f.CanReplaceEmail() {
		return false
	}
	was := f.Email
	f.Former = append(slices.Clone(f.Former), FormerAddress{Address: was, Epoch: epoch, At: now, Shared: shared})
	f.Email = is
	if was.Next != is.Value {
		f.Email.Next = was.Next
	}
	if was.Confirmed() || is.Confirmed() {
		f.Serial++
	}
	return true
}

// RestoreEmail takes back the change that raised the account's epoch to that one, with
// all changes since, and reports false where there is none. Whoever takes a later change
// back takes nothing from who may take back this one.
func (f *Factors) RestoreEmail(epoch uint64) bool {
	i := f.former(epoch)
	if i < 0 {
		return false
	}
	if restored := f.Former[i].Address; f.Email.Confirmed() || restored.Confirmed() {
		f.Serial++
	}
	f.Email, f.Former = f.Former[i].Address, slices.Clone(f.Former[:i])
	return true
}

// removeEmail removes the e-mail address that was made a factor at that moment. Another
// that took its place came by it, and is removed with it and with the way back to either.
func (f *Factors) removeEmail(added time.Time) {
	isIt := func(a FormerAddress) bool { return a.Validated.Equal(added) }
	if i := slices.IndexFunc(f.Former, isIt); i >= 0 {
		f.Email, f.Former = Address{}, slices.Clone(f.Former[:i])
	} else if f.Email.Validated.Equal(added) {
		f.Email = Address{}
	}
}

// FormerEmail returns the address that [Factors.RestoreEmail] restores.
func (f *Factors) FormerEmail(epoch uint64) (FormerAddress, bool) {
	i := f.former(epoch)
	if i < 0 {
		return FormerAddress{}, false
	}
	return f.Former[i], true
}

func (f *Factors) former(epoch uint64) int {
	return slices.IndexFunc(f.Former, func(a FormerAddress) bool { return a.Epoch == epoch })
}

// recentFormer leaves out the changes that can be taken back no longer.
func recentFormer(list []FormerAddress, now time.Time) []FormerAddress {
	return filter(list, func(a FormerAddress) bool { return now.Before(a.At.Add(undoLife)) && !moment.Ahead(a.At, now) })
}
