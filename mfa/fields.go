package mfa

import (
	"github.com/sallyport-auth/sallyport/internal/record"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/totp"
)

// Records returns the tables of this package, for showing their records to a
// person.
func Records() []store.Describer {
	return []store.Describer{RequestTable, PendingTable, FactorsTable, BucketTable, UndoTable, DevicesTable}
}

// What follows is the form of each record, as [record.Record] has it.

// Fields implements [record.Record].
func (r *Request) Fields(f *record.Fields) {
	f.ID(1, "account", &r.Account)
	f.Uint(2, "epoch", &r.Epoch)
	f.ID(3, "client", &r.Client)
	f.ID(4, "application", &r.Application)
	f.Texts(5, "scopes", &r.Scopes)
	f.Text(6, "name", &r.Name)
	f.Text(7, "from", &r.From)
	f.Time(8, "created", &r.Created)
	f.Time(9, "expires", &r.Expires)
	f.Text(10, "state", (*string)(&r.State))
	record.Many(f, 11, "options", &r.Options)
	f.Int(12, "tries", &r.Tries)
	f.Int(13, "sends", &r.Sends)
	f.Secret(14, "missed", &r.Miss.Digest)
	f.Time(15, "missedAt", &r.Miss.At)
	f.Time(16, "proven", &r.Proven)
	record.One(f, 17, "enrollment", &r.Enrollment)
	f.Secret(18, "browser", &r.Browser)
	f.Text(19, "purpose", &r.Purpose)
	record.One(f, 20, "staged", &r.Staged)
	f.Secret(21, "resume", &r.Resume)
	f.Text(22, "opener", &r.Opener)
	f.Text(23, "returnURL", &r.ReturnURL)
	f.Secret(24, "seed", &r.Seed)
	f.Time(25, "granted", &r.Granted)
	f.Text(26, "device", &r.Device)
	f.Int(27, "refused", &r.Refused)
	f.ID(28, "provenBy", &r.ProvenBy)
	f.ID(29, "key", &r.Key)
	f.Bool(30, "weak", &r.Weak)
	f.ID(31, "typed", &r.Typed)
	f.Text(32, "newAddress", &r.NewAddress)
	f.ID(33, "session", &r.Session)
	f.Uint(34, "instance", &r.Instance)
	f.ID(35, "factor", &r.Factor)
	f.ID(36, "invitation", &r.Invitation)
	f.Bool(37, "keep", &r.Keep)
	f.Texts(38, "need", &r.Need)
	f.Bool(39, "takesRecovery", &r.TakesRecovery)
	f.Secret(40, "given", &r.Given)
	f.ID(41, "chosen", &r.Chosen)
	f.Secret(42, "holder", &r.Holder)
	f.ID(43, "opened", &r.Opened)
	f.Text(44, "resource", &r.Resource)
	f.Rest(&r.Unknown)
	switch r.Purpose {
	case StepUp:
		f.Needs(stepUps)
	case AddFactor, RemoveFactor, RenewRecovery, AcceptInvitation, Passwordless:
		f.Needs(newPurposes)
	}
	if len(r.Holder) > 0 {
		f.Needs(byBrowser)
	}
	if r.Resource != "" {
		f.Needs(narrowed)
	}
}

// Fields implements [record.Record].
func (o *Option) Fields(f *record.Fields) {
	f.ID(1, "id", &o.ID)
	f.Int(2, "transport", (*int)(&o.Method.Transport))
	f.Int(3, "mode", (*int)(&o.Method.Mode))
	f.Text(4, "to", &o.To)
	f.Duration(5, "lifetime", &o.Lifetime)
	f.SecretText(6, "number", &o.Number)
	f.Time(7, "sent", &o.Sent)
	f.Time(8, "ends", &o.Ends)
	f.Bool(9, "failed", &o.Failed)
	f.Bool(10, "fresh", &o.Fresh)
	f.Secret(11, "digest", &o.Digest)
	f.Text(12, "answer", (*string)(&o.Answer))
	f.Bool(13, "adding", &o.Adding)
	f.Secret(14, "past", &o.Past)
	f.Text(15, "pastAnswer", (*string)(&o.PastAnswer))
	f.Rest(&o.Unknown)
}

// Fields implements [record.Record].
func (e *Enrollment) Fields(f *record.Fields) {
	secret(f, 1, "secret", &e.Secret)
	f.Time(2, "confirmed", &e.Confirmed)
	f.Uint(3, "step", &e.Step)
	record.Many(f, 4, "recovery", &e.Recovery)
	f.Bool(5, "active", &e.Active)
	f.Int(6, "misses", &e.Misses)
	record.One(f, 7, "email", &e.Email)
	record.One(f, 8, "mobile", &e.Mobile)
	f.Int(9, "sends", &e.Sends)
	f.Bool(10, "canceled", &e.Canceled)
	f.Int(11, "repeats", &e.Repeats)
	f.Text(12, "name", &e.Name)
	f.Rest(&e.Unknown)
}

// Fields implements [record.Record].
func (c *Candidate) Fields(f *record.Fields) {
	f.Text(1, "address", &c.Address)
	f.Secret(2, "digest", &c.Digest)
	f.Time(3, "sent", &c.Sent)
	f.Time(4, "ends", &c.Ends)
	f.Bool(5, "failed", &c.Failed)
	f.Time(6, "confirmed", &c.Confirmed)
	f.Bool(7, "active", &c.Active)
	f.Secret(8, "spent", &c.Spent)
	f.Rest(&c.Unknown)
}

// Fields implements [record.Record].
func (x *Factors) Fields(f *record.Fields) {
	f.Uint(1, "serial", &x.Serial)
	x.authenticators(f, 2)
	x.addressList(f, 3)
	record.Many(f, 4, "recovery", &x.Recovery)
	record.One(f, 5, "ledger", &x.Ledger)
	f.Time(6, "linkWithheld", &x.LinkWithheld)
	f.Int(7, "linkIgnored", &x.LinkIgnored)
	f.Time(8, "noticeWindow", &x.NoticeWindow)
	f.Int(9, "noticeCounter", &x.NoticeCounter)
	f.Time(10, "lastFactor", &x.LastFactor)
	record.One(f, 11, "unproven", &x.Unproven)
	record.Many(f, 12, "former", &x.Former)
	f.Time(14, "recoveryMade", &x.RecoveryMade)
	f.Uint(15, "givenUp", &x.GivenUp)
	record.Many(f, 16, "proofs", &x.Proofs)
	f.Rest(&x.Unknown)
}

// secret is the secret of an authenticator.
func secret(f *record.Fields, n int, name string, p *totp.Secret) {
	b, _ := p.MarshalBinary() // it has no error
	f.Secret(n, name, &b)
	if f.Reading() && p.UnmarshalBinary(b) != nil {
		f.Fail(n)
	}
}

// Fields implements [record.Record].
func (r *Recovery) Fields(f *record.Fields) {
	f.Secret(1, "digest", &r.Digest)
	f.Time(2, "spent", &r.Spent)
	f.SecretText(3, "foreign", &r.Foreign)
	f.End()
}

// Fields implements [record.Record].
func (l *Ledger) Fields(f *record.Fields) {
	record.Each(f, 1, "misses", &l.Misses, (*record.Fields).Time)
	f.Time(2, "cleared", &l.Cleared)
	f.Int(3, "consecutive", &l.Consecutive)
	f.Rest(&l.Unknown)
}

// Fields implements [record.Record].
func (p *Pending) Fields(f *record.Fields) {
	record.Many(f, 1, "open", &p.Open)
	record.Many(f, 2, "links", &p.Links)
	record.One(f, 3, "sends", &p.Sends)
	record.Many(f, 4, "numbers", &p.Numbers)
	record.Map(f, 5, "told", &p.Told, (*record.Fields).Time)
	record.One(f, 6, "stepUps", &p.StepUps)
	f.Rest(&p.Unknown)
}

// Fields implements [record.Record].
func (o *OpenRequest) Fields(f *record.Fields) {
	f.ID(1, "record", &o.Record)
	f.Time(2, "expires", &o.Expires)
	f.Text(3, "group", &o.Group)
	f.Bool(4, "busy", &o.Busy)
	f.Bool(5, "staged", &o.Staged)
	f.Text(6, "starter", &o.Starter)
	f.Rest(&o.Unknown)
}

// Fields implements [record.Record].
func (l *LiveLink) Fields(f *record.Fields) {
	f.ID(1, "record", &l.Record)
	f.Time(2, "until", &l.Until)
	f.End()
}

// Fields implements [record.Record].
func (n *NewNumber) Fields(f *record.Fields) {
	f.ID(1, "id", &n.ID)
	f.Time(2, "at", &n.At)
	f.End()
}

// Fields implements [record.Record].
func (b *Bucket) Fields(f *record.Fields) {
	f.Float(1, "used", &b.Used)
	f.Time(2, "at", &b.At)
	record.Map(f, 3, "peers", &b.Peers, (*record.Fields).Float)
	f.Rest(&b.Unknown)
}

// Fields implements [record.Record].
func (u *Undo) Fields(f *record.Fields) {
	f.ID(1, "account", &u.Account)
	f.Text(2, "name", &u.Name)
	f.Uint(3, "serial", &u.Serial)
	record.Each(f, 4, "added", &u.Added, func(f *record.Fields, n int, name string, t *Transport) { f.Int(n, name, (*int)(t)) })
	f.Time(5, "at", &u.At)
	f.Time(6, "used", &u.Used)
	f.Time(7, "since", &u.Since)
	f.Texts(8, "devices", &u.Devices)
	f.Rest(&u.Unknown)
}

// Fields implements [record.Record].
func (r *Rules) Fields(f *record.Fields) {
	record.Maybe(f, 1, "mode", &r.Mode, (*record.Fields).Text)
	f.TextsOrNil(2, "methods", &r.Methods)
	f.TextsOrNil(3, "enrollable", &r.Enrollable)
	record.Maybe(f, 4, "otpLifetime", &r.OTPLifetime, (*record.Fields).Duration)
	record.Maybe(f, 5, "linkLifetime", &r.LinkLifetime, (*record.Fields).Duration)
	record.Maybe(f, 6, "otpLength", &r.OTPLength, (*record.Fields).Int)
	record.Maybe(f, 7, "otpType", &r.OTPType, (*record.Fields).Text)
	record.Maybe(f, 8, "session", &r.Session, (*record.Fields).Duration)
	record.Maybe(f, 9, "sessionScope", &r.SessionScope, (*record.Fields).Text)
	record.Maybe(f, 10, "recoveryCodes", &r.RecoveryCodes, (*record.Fields).Int)
	record.Maybe(f, 11, "graceLogons", &r.GraceLogons, (*record.Fields).Int)
	record.Maybe(f, 12, "firstEnrollment", &r.FirstEnrollment, (*record.Fields).Text)
	if r.FirstEnrollment != nil && *r.FirstEnrollment == ByInvitation {
		f.Needs(invitations)
	}
	f.Rest(&r.Unknown)
}
