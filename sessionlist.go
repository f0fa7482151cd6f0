package sallyport

import (
	"context"
	"slices"
	"time"

	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/token"
)

// OpenSession is a session of an account that lives, for its owner or an administrator to
// see. It belongs to the caller.
type OpenSession struct {
	ID          string   // no credential
	ClientID    string   // that it was begun with; host for one of the host's own
	Application string   // id of the client's
	Device      string   // in words, such as "Firefox on Windows"; empty: not known
	Address     string   // network address of its login, of IPv6 the /64; empty: not known
	Methods     []string // factors proven, as in [Access]
	Began       time.Time
	LastUse     time.Time // to six minutes; of a client's the last refresh
	Expires     time.Time // where it is not used; using it may move this
	Present     bool      // the one that asked
}

// Sessions lists the open sessions of the account that a session is of, the one used last
// first: those of clients and of the host's own. Errors: [ErrInvalidSession]; faults.
func (e *Engine) Sessions(ctx context.Context, handle string) ([]OpenSession, error) {
	var of sessionsAt
	own := ""
	err := e.inSession(handle, e.looking(ctx), func(c *call, s *token.Session) (err error) {
		own = s.ID
		of, err = c.sessionsAt()
		return err
	})
	if err != nil {
		return nil, err
	}
	return e.openSessions(ctx, of, own)
}

// sessionsAt is an account, and where it and the round of sessions stand: sessions of
// before are over.
type sessionsAt struct {
	accountRef
	epoch, round uint64
}

// sessionsAt is that of the account of the call, which has been read.
func (c *call) sessionsAt() (sessionsAt, error) {
	round, err := c.round()
	return sessionsAt{c.who.accountRef, c.who.age.Epoch, round}, err
}

// openSessions lists what lives of the sessions of an account.
func (e *Engine) openSessions(ctx context.Context, of sessionsAt, own string) (list []OpenSession, err error) {
	var open []token.Session
	now := e.clock()
	for it, err := range token.Sessions.Scan(ctx, e.db, now, token.SessionPrefix(of.home), "") {
		if err != nil {
			return nil, err
		}
		if s := &it.Value; s.Account == of.id && s.Round == of.round && s.IsOpen(of.epoch, now) {
			open = append(open, it.Value)
		}
	}
	if open, err = e.withClients(ctx, open); err != nil {
		return nil, err
	}
	for i := range open {
		list = append(list, openSession(&open[i], open[i].ID == own))
	}
	slices.SortStableFunc(list, func(a, b OpenSession) int { return b.LastUse.Compare(a.LastUse) })
	return list, nil
}

// withClients returns those of a list of sessions whose client is still the one that they
// were granted to: of one that was deleted, or whose sessions were ended, they are over.
// Those of the host's own have none.
func (e *Engine) withClients(ctx context.Context, list []token.Session) (out []token.Session, err error) {
	err = e.db.Run(ctx, e.clock(), func(tx *store.Tx) error {
		out = nil
		var keys []string
		for i := range list {
			keys = append(keys, token.Clients.Key(token.ClientKey(e.index, list[i].Client)))
		}
		if err := tx.Peek(keys...); err != nil {
			return err
		}
		for i := range list {
			client, _, err := token.Clients.Get(tx, token.ClientKey(e.index, list[i].Client))
			if err != nil {
				return err
			}
			if list[i].Client == hostParty || list[i].IsOf(&client) {
				out = append(out, list[i])
			}
		}
		return nil
	})
	return out, err
}

func openSession(s *token.Session, present bool) OpenSession {
	return OpenSession{
		ID: s.ID, ClientID: s.Client, Application: s.Application, Device: s.Device, Address: s.Address,
		Methods: slices.Clone(s.Methods), Began: s.Created, LastUse: s.LastUsed(), Expires: s.UnusedEnd(), Present: present,
	}
}

// Sessions is [Engine.Sessions] of any account, whoever owns its data.
func (a *Admin) Sessions(ctx context.Context, id string) ([]OpenSession, error) {
	var of sessionsAt
	err := a.view(ctx, func(c *call, _ *directory.Editor) (err error) {
		if err := c.readAnyones(id); err != nil {
			return err
		}
		of, err = c.sessionsAt()
		return err
	})
	if err != nil {
		return nil, err
	}
	return a.e.openSessions(ctx, of, "")
}
