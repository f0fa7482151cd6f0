package account

import (
	"github.com/sallyport-auth/sallyport/internal/record"
	"github.com/sallyport-auth/sallyport/store"
)

// Records returns the tables of this package, for showing their records to a
// person.
func Records() []store.Describer {
	return []store.Describer{Accounts, Names, Ageings, Lockouts, HashMixes, MailedKeys, Emails, ResetMails}
}

// What follows is the form of each record, as [record.Record] has it.

// Fields implements [record.Record].
func (a *Account) Fields(f *record.Fields) {
	f.ID(1, "id", &a.ID)
	f.Text(2, "name", &a.Name)
	f.SecretText(3, "passwordHash", &a.PasswordHash)
	f.Text(4, "firstName", &a.FirstName)
	f.Text(5, "lastName", &a.LastName)
	f.Bool(6, "approved", &a.Approved)
	f.Bool(7, "disabled", &a.Disabled)
	f.Bool(8, "locked", &a.Locked)
	f.Bool(9, "mustChange", &a.MustChange)
	f.Time(10, "start", &a.Start)
	f.Time(11, "end", &a.End)
	record.Many(f, 12, "attributes", &a.Attributes)
	record.Many(f, 13, "roles", &a.Roles)
	record.Maybe(f, 14, "mfa", &a.MFA, (*record.Fields).Bool)
	f.Time(15, "falls", &a.Falls)
	f.Text(16, "language", &a.Language)
	f.Bool(17, "passwordless", &a.Passwordless)
	f.Rest(&a.Unknown)
}

// Fields implements [record.Record].
func (a *Attribute) Fields(f *record.Fields) {
	f.Text(1, "name", &a.Name)
	f.Text(2, "value", &a.Value)
	f.End()
}

// Fields implements [record.Record].
func (g *RoleGrant) Fields(f *record.Fields) {
	f.ID(1, "application", &g.Application)
	f.ID(2, "role", &g.Role)
	f.End()
}

// Fields implements [record.Record].
func (n *NameEntry) Fields(f *record.Fields) {
	f.ID(1, "account", &n.Account)
	f.Bool(2, "deleted", &n.Deleted)
	f.Rest(&n.Unknown)
}

// Fields implements [record.Record].
func (a *Ageing) Fields(f *record.Fields) {
	f.Uint(1, "epoch", &a.Epoch)
	f.Uint(2, "serial", &a.Serial)
	f.Time(3, "passwordChanged", &a.PasswordChanged)
	f.SecretText(4, "historySalt", &a.HistorySalt)
	f.SecretText(5, "history", &a.History)
	f.Int(6, "graceUsed", &a.GraceUsed)
	f.Bool(7, "mustChange", &a.MustChange)
	f.SecretText(8, "hostDigest", &a.HostDigest)
	f.Time(9, "since", &a.Since)
	f.Time(10, "passwordEnds", &a.PasswordEnds)
	f.Text(11, "hostId", &a.HostID)
	f.Bool(12, "hostOff", &a.HostOff)
	f.SecretText(13, "hostPending", &a.HostPending)
	f.Bool(14, "pendingSame", &a.PendingSame)
	f.Text(15, "module", &a.Module)
	f.Text(16, "moduleKey", &a.ModuleKey)
	f.Time(17, "passwordSet", &a.PasswordSet)
	f.Int(18, "factorGraceUsed", &a.FactorGraceUsed)
	f.Uint(19, "keyEpoch", &a.KeyEpoch)
	f.Rest(&a.Unknown)
}

// Fields implements [record.Record].
func (m *HashMix) Fields(f *record.Fields) {
	record.Many(f, 1, "shares", &m.Shares)
	f.Rest(&m.Unknown)
}

// Fields implements [record.Record].
func (s *HashShare) Fields(f *record.Fields) {
	f.Int(1, "count", &s.Count)
	small(f, 2, "algorithm", &s.Kind.Algorithm)
	small(f, 3, "memory", &s.Kind.Memory)
	small(f, 4, "time", &s.Kind.Time)
	small(f, 5, "threads", &s.Kind.Threads)
	small(f, 6, "cost", &s.Kind.Cost)
	f.End()
}

// small is a number that its type need not have room for.
func small[T ~uint8 | ~uint32](f *record.Fields, n int, name string, p *T) {
	v := uint64(*p)
	f.Uint(n, name, &v)
	if !f.Reading() {
		return
	}
	if *p = T(v); uint64(*p) != v {
		f.Fail(n)
	}
}

// Fields implements [record.Record].
func (l *Lockout) Fields(f *record.Fields) {
	f.Int(1, "misses", &l.Misses)
	f.Time(2, "since", &l.Since)
	f.Time(3, "until", &l.Until)
	f.Int(4, "locks", &l.Locks)
	f.Int(5, "total", &l.Total)
	f.Secret(6, "repeated", &l.Repeat.Digest)
	f.Time(7, "repeatedAt", &l.Repeat.At)
	f.Bool(8, "lastLocked", &l.Last.Locks)
	f.Bool(9, "lastFinal", &l.Last.Final)
	f.Time(10, "began", &l.Began)
	f.Rest(&l.Unknown)
}
