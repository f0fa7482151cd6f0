package directory

import (
	"github.com/sallyport-auth/sallyport/internal/record"
	"github.com/sallyport-auth/sallyport/store"
)

// Records returns the tables of this package, for showing their records to a
// person.
func Records() []store.Describer {
	return []store.Describer{Applications, Policies, applieds, catalogs, Registrations, OpenRegistrations.Table(), Fallings, externals}
}

// What follows is the form of each record, as [record.Record] has it.

// Fields implements [record.Record].
func (a *ApplicationRecord) Fields(f *record.Fields) {
	f.ID(1, "id", &a.ID)
	f.Text(2, "name", &a.Name)
	record.One(f, 3, "mfa", &a.MFA)
	record.Many(f, 4, "roles", &a.Roles)
	record.Many(f, 5, "permissions", &a.Permissions)
	f.Rest(&a.Unknown)
}

// Fields implements [record.Record].
func (r *roleRecord) Fields(f *record.Fields) {
	f.ID(1, "id", &r.ID)
	f.Text(2, "name", &r.Name)
	record.One(f, 3, "mfa", &r.MFA)
	record.Each(f, 4, "permissions", &r.Permissions, (*record.Fields).ID)
	f.Rest(&r.Unknown)
}

// Fields implements [record.Record].
func (p *permissionRecord) Fields(f *record.Fields) {
	f.ID(1, "id", &p.ID)
	f.ID(2, "folder", &p.Folder)
	f.Text(3, "path", &p.Path)
	f.Text(4, "description", &p.Description)
	f.Rest(&p.Unknown)
}

// Fields implements [record.Record].
func (p *PolicyRecord) Fields(f *record.Fields) {
	f.Int(1, "maxBadLogons", &p.MaxBadLogons)
	f.Duration(2, "badLogonWindow", &p.BadLogonWindow)
	f.Duration(3, "autoUnlockAfter", &p.AutoUnlockAfter)
	record.One(f, 4, "mfa", &p.MFA)
	f.Int(5, "minLength", &p.Passwords.MinLength)
	f.Int(6, "minNonAlphanumeric", &p.Passwords.MinNonAlphanumeric)
	f.Text(7, "pattern", &p.Passwords.Pattern)
	f.Text(8, "message", &p.Passwords.Message)
	record.Maybe(f, 9, "historyLength", &p.Passwords.HistoryLength, (*record.Fields).Int)
	f.Duration(10, "maxAge", &p.Passwords.MaxAge)
	f.Int(11, "graceLogons", &p.Passwords.GraceLogons)
	f.Bool(12, "resetNeedsFactor", &p.Passwords.ResetNeedsFactor)
	f.Rest(&p.Unknown)
}

// Fields implements [record.Record].
func (a *applied) Fields(f *record.Fields) {
	f.Int(1, "credentialsVersion", &a.CredentialsVersion)
	f.Text(2, "name", &a.Name)
	f.Text(3, "email", &a.Email)
	f.Text(4, "mobile", &a.Mobile)
	f.Text(5, "firstName", &a.FirstName)
	f.Text(6, "lastName", &a.LastName)
	f.Bool(7, "approved", &a.Approved)
	f.Bool(8, "disabled", &a.Disabled)
	f.Bool(9, "locked", &a.Locked)
	f.Bool(10, "mustChange", &a.MustChange)
	record.Maybe(f, 11, "mfa", &a.MFA, (*record.Fields).Bool)
	f.Time(12, "start", &a.Start)
	f.Time(13, "end", &a.End)
	record.Many(f, 14, "attributes", &a.Attributes)
	record.Many(f, 15, "roles", &a.Roles)
	f.SecretText(16, "hashTag", &a.HashTag)
	f.Text(17, "externalId", &a.ExternalID)
	f.Bool(18, "imported", &a.Imported)
	f.Bool(19, "gone", &a.Gone)
	f.Bool(20, "passwordless", &a.Passwordless)
	f.Text(21, "language", &a.Language)
	f.Rest(&a.Unknown)
}

// Fields implements [record.Record].
func (c *catalog) Fields(f *record.Fields) {
	f.Uint(1, "revision", &c.Revision)
	record.Many(f, 2, "applications", &c.Applications)
	record.Many(f, 3, "clients", &c.Clients)
	record.Many(f, 4, "resources", &c.Resources)
	f.Rest(&c.Unknown)
}

// Fields implements [record.Record].
func (r *catalogResource) Fields(f *record.Fields) {
	f.Text(1, "name", &r.Name)
	f.Bool(2, "made", &r.Made)
	f.Bool(3, "gone", &r.Gone)
	f.Rest(&r.Unknown)
}

// Fields implements [record.Record].
func (c *catalogApplication) Fields(f *record.Fields) {
	f.ID(1, "id", &c.ID)
	f.Text(2, "name", &c.Name)
	f.Bool(3, "own", &c.Own)
	f.Bool(4, "made", &c.Made)
	f.Bool(5, "gone", &c.Gone)
	record.Many(f, 6, "said", (*[]saidField)(&c.Said))
	record.Many(f, 7, "roles", &c.Roles)
	f.Rest(&c.Unknown)
}

// Fields implements [record.Record].
func (r *catalogRole) Fields(f *record.Fields) {
	f.ID(1, "id", &r.ID)
	f.Text(2, "name", &r.Name)
	f.Bool(3, "made", &r.Made)
	f.Bool(4, "gone", &r.Gone)
	record.Many(f, 5, "said", (*[]saidField)(&r.Said))
	f.Rest(&r.Unknown)
}

// Fields implements [record.Record].
func (s *saidField) Fields(f *record.Fields) {
	f.Text(1, "field", &s.Field)
	f.Text(2, "text", &s.Text)
	f.Rest(&s.Unknown)
}

// Fields implements [record.Record].
func (c *catalogClient) Fields(f *record.Fields) {
	f.ID(1, "id", &c.ID)
	f.Int(2, "version", &c.Version)
	f.Bool(3, "made", &c.Made)
	f.Bool(4, "gone", &c.Gone)
	record.Many(f, 5, "said", (*[]saidField)(&c.Said))
	f.Rest(&c.Unknown)
}

// Fields implements [record.Record].
func (e *external) Fields(f *record.Fields) {
	f.ID(1, "account", &e.Account)
	f.Rest(&e.Unknown)
}
