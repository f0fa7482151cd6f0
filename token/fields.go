package token

import (
	"github.com/sallyport-auth/sallyport/internal/record"
	"github.com/sallyport-auth/sallyport/store"
)

// Records returns the tables of this package, for showing their records to a
// person.
func Records() []store.Describer {
	return []store.Describer{Sessions, Rounds, Clients, Origins, Resources, Keys, RingStates, APIKeys, KeyLists}
}

// What follows is the form of each record, as [record.Record] has it.

// Fields implements [record.Record].
func (s *Session) Fields(f *record.Fields) {
	f.ID(1, "id", &s.ID)
	f.ID(2, "account", &s.Account)
	f.Uint(3, "epoch", &s.Epoch)
	f.ID(4, "client", &s.Client)
	f.ID(5, "application", &s.Application)
	f.Text(6, "name", &s.Name)
	f.Texts(7, "scopes", &s.Scopes)
	f.Time(8, "authTime", &s.AuthTime)
	f.Texts(9, "methods", &s.Methods)
	f.Time(10, "created", &s.Created)
	f.Time(11, "expires", &s.Expires)
	f.Bool(12, "ended", &s.Ended)
	record.Maybe(f, 13, "refresh", &s.Refresh, record.One[Family])
	f.Secret(14, "handle", &s.Handle)
	f.Secret(15, "pastHandles", &s.PastHandles)
	f.Time(16, "handleRotated", &s.HandleRotated)
	f.Text(17, "device", &s.Device)
	f.Text(18, "address", &s.Address)
	f.ID(19, "actor", &s.Actor)
	f.Time(20, "lastUse", &s.LastUse)
	record.Map(f, 21, "factors", &s.Factors, (*record.Fields).Time)
	f.Int(22, "misses", &s.Misses)
	f.Uint(23, "clientInstance", &s.ClientInstance)
	f.Int(27, "grace", &s.Grace)
	f.Bool(28, "kept", &s.Kept)
	f.Bool(29, "renewDue", &s.RenewDue)
	f.Bool(30, "handleUsed", &s.HandleUsed)
	f.ID(31, "stepUp", &s.StepUp)
	f.Texts(32, "formerMethods", &s.FormerMethods)
	f.Time(33, "formerAuthTime", &s.FormerAuthTime)
	f.Text(34, "resource", &s.Resource)
	f.Uint(35, "round", &s.Round)
	f.Rest(&s.Unknown)
	if s.steppedUp() {
		f.Needs(formerProofs)
	}
	if s.Resource != "" {
		f.Needs(narrowed)
	}
}

// Fields implements [record.Record].
func (x *Family) Fields(f *record.Fields) {
	f.Uint(1, "generation", &x.Generation)
	f.Secret(2, "digest", &x.Digest)
	f.Secret(3, "past", &x.Past)
	f.Time(4, "rotatedAt", &x.RotatedAt)
	f.Int64(5, "idleSeconds", &x.IdleSeconds)
	f.Time(6, "idleAt", &x.IdleAt)
	f.Rest(&x.Unknown)
}

// Fields implements [record.Record].
func (c *Client) Fields(f *record.Fields) {
	f.ID(1, "id", &c.ID)
	f.ID(2, "application", &c.Application)
	f.Text(3, "platform", (*string)(&c.Platform))
	f.Texts(4, "grantTypes", &c.GrantTypes)
	f.Texts(5, "scopes", &c.Scopes)
	record.Many(f, 6, "secrets", &c.Secrets)
	f.Bool(7, "public", &c.Public)
	f.Texts(8, "modules", &c.Modules)
	f.Bool(9, "linkNumber", &c.LinkNumber)
	f.Bool(10, "speaksForUsers", &c.SpeaksForUsers)
	f.Int64(11, "accessTokenLifetime", &c.AccessTokenLifetime)
	f.Bool(12, "active", &c.Active)
	f.Texts(13, "origins", &c.Origins)
	record.Maybe(f, 14, "holdLinks", &c.HoldLinks, (*record.Fields).Duration)
	f.Bool(15, "resume", &c.Resume)
	f.Texts(20, "returnURIs", &c.ReturnURIs)
	f.Uint(21, "instance", &c.Instance)
	f.Bool(22, "introspect", &c.Introspect)
	f.Text(23, "description", &c.Description)
	f.Texts(24, "redirectURIs", &c.RedirectURIs)
	f.Texts(25, "postLogoutURIs", &c.PostLogoutURIs)
	f.Int64(26, "refreshSeconds", &c.RefreshSeconds)
	f.Int64(27, "idleSeconds", &c.IdleSeconds)
	f.Text(28, "profile", &c.Profile)
	f.Text(29, "algorithm", &c.Algorithm)
	f.Bool(30, "jsonUserInfo", &c.JSONUserInfo)
	f.Rest(&c.Unknown)
	if c.RefreshSeconds != 0 || c.IdleSeconds != 0 || c.Profile != "" || c.Algorithm != "" {
		f.Needs(clientTokens)
	}
}

// Fields implements [record.Record].
func (l *ResourceList) Fields(f *record.Fields) {
	record.Many(f, 1, "all", &l.All)
	f.Rest(&l.Unknown)
}

// Fields implements [record.Record].
func (r *Resource) Fields(f *record.Fields) {
	f.Text(1, "name", &r.Name)
	f.Text(2, "kind", (*string)(&r.Kind))
	f.Texts(3, "claims", &r.Claims)
	f.Text(4, "audience", &r.Audience)
	f.ID(5, "application", &r.Application)
	f.Rest(&r.Unknown)
}

// Fields implements [record.Record].
func (e *OriginEntry) Fields(f *record.Fields) {
	f.Texts(1, "clients", &e.Clients)
	f.Rest(&e.Unknown)
}

// Fields implements [record.Record].
func (s *Secret) Fields(f *record.Fields) {
	f.Secret(1, "digest", &s.Digest)
	f.Text(2, "description", &s.Description)
	f.Time(3, "expires", &s.Expires)
	f.Rest(&s.Unknown)
}

// Fields implements [record.Record].
func (r *Ring) Fields(f *record.Fields) {
	record.Many(f, 1, "keys", &r.Keys)
	f.Texts(2, "retired", &r.Retired)
	f.Text(3, "mark", &r.Mark)
	f.Rest(&r.Unknown)
}

// Fields implements [record.Record].
func (s *RingState) Fields(f *record.Fields) {
	f.Text(1, "mark", &s.Mark)
	f.Rest(&s.Unknown)
}

// Fields implements [record.Record].
func (k *Key) Fields(f *record.Fields) {
	f.Text(1, "id", &k.ID)
	f.Secret(2, "pkcs8", &k.PKCS8)
	f.Bytes(3, "certificate", &k.Certificate)
	f.Time(4, "created", &k.Created)
	f.Time(5, "published", &k.Published)
	f.Time(6, "signFrom", &k.SignFrom)
	f.Time(7, "retireAt", &k.RetireAt)
	f.Text(8, "algorithm", &k.Algorithm)
	f.Bool(9, "outside", &k.Outside)
	f.Rest(&k.Unknown)
}
