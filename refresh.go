package sallyport

import (
	"context"
	"fmt"
	"sync"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/token"
)

// Refresh is a call that trades a refresh token for its successor.
type Refresh struct {
	ClientID     string
	ClientSecret string
	RefreshToken string
	Scope        string // empty: all that the session has; it may only shrink, for this access token
	Address      string // network address of the caller; may be empty
	// ClientAddress is like that of [Login].
	ClientAddress string
}

// owners remembers whose a session or a request is, which never changes, so
// that a call reads it and its account in one round. A wrong or missing entry
// costs a second round and nothing else.
type owners struct {
	mu sync.Mutex
	m  map[string]owner // by the id of the record
}

type owner struct {
	account string
	nameID  string // of the name at the login, for a request
}

const maxOwners = 10_000

func (o *owners) of(record string) (w owner, known bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	w, known = o.m[record]
	return w, known
}

func (o *owners) learn(record string, w owner) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.m) >= maxOwners {
		for k := range o.m { // any one will do
			delete(o.m, k)
			break
		}
	}
	o.m[record] = w
}

// Refresh spends a refresh token. The account, its factors and the policy are
// judged anew. Errors: a [ProtocolError] with invalid_client,
// unauthorized_client, invalid_scope, or invalid_grant for a token that is not
// good, whatever the reason; faults.
func (e *Engine) Refresh(ctx context.Context, in Refresh) (*Tokens, error) {
	for _, f := range []struct{ name, value string }{
		{"client_id", in.ClientID}, {"client_secret", in.ClientSecret}, {"scope", in.Scope}, {"refresh_token", in.RefreshToken},
		{"VGClientAddress", in.ClientAddress},
	} {
		if len(f.value) > maxField {
			return nil, invalid(f.name)
		}
	}
	if in.ClientID == "" {
		return nil, &ProtocolError{Code: "invalid_client"}
	}
	if in.RefreshToken == "" {
		return nil, invalid("refresh_token")
	}
	id, _, ok := token.ParseRefreshToken(in.RefreshToken)
	if !ok {
		id = e.index.ID("no-session", in.RefreshToken)
	}
	var g *grant
	err := e.asClient(in.ClientID, in.Address, func(c *caller) error {
		return e.run(ctx, groupOf(in.Address, c.id), func(tx *store.Tx, done *[]Event) (err error) {
			g, err = e.refresh(tx, done, c, id, in)
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("sallyport: the caller has gone: %w", err)
	}
	if g == nil {
		return nil, &ProtocolError{Code: "invalid_grant"}
	}
	return e.sign(g)
}

// refresh answers nil where the token is not good. A reuse ends the session,
// which has to commit, so it is no error.
func (e *Engine) refresh(tx *store.Tx, done *[]Event, c *caller, id string, in Refresh) (*grant, error) {
	fetch := []string{token.Sessions.Key(id)}
	if hint, known := e.owners.of(id); known {
		fetch = append(fetch, accountStateKeys(hint.account)...)
	}
	if err := tx.FetchAndPeek(fetch, c.sceneKeys()); err != nil {
		return nil, err
	}
	s, err := e.readScene(tx, c, in.ClientSecret, token.GrantRefreshToken)
	if err != nil {
		return nil, err
	}
	ses, ok, err := token.Sessions.Get(tx, id)
	if err != nil || !ok {
		return nil, err
	}
	acc, age, err := e.readState(tx, ses.Account)
	if err != nil {
		return nil, err
	}
	e.owners.learn(id, owner{account: ses.Account})
	res, err := token.Refresh(tx, e.index, tx.Now(), ses, token.RefreshRequest{Token: in.RefreshToken, Client: s.client.ID, Epoch: age.Epoch})
	if err != nil {
		return nil, err
	}
	switch res.Verdict {
	case token.Granted, token.Repeated:
	case token.Reused:
		return nil, e.log(tx, done, Event{Kind: EventRefreshReused, Account: ses.Account, Client: ses.Client})
	default:
		return nil, nil
	}
	// From here on a refusal is an error: it rolls the spending back, so that
	// the token is good again when the account is.
	if ok, err := e.mayGoOn(tx, acc, s, &res.Session); err != nil {
		return nil, err
	} else if !ok {
		return nil, &ProtocolError{Code: "invalid_grant"}
	}
	narrowed := res.Session
	if in.Scope != "" {
		if narrowed.Scopes, err = token.ParseScopes(in.Scope, ses.Scopes); err != nil {
			return nil, &ProtocolError{Code: "invalid_scope"}
		}
	}
	ring, _, err := token.Keys.Get(tx, token.RingID)
	if err != nil {
		return nil, err
	}
	if err := e.log(tx, done, Event{Kind: EventRefresh, Account: ses.Account, Client: ses.Client}); err != nil {
		return nil, err
	}
	return &grant{session: narrowed, refresh: res.Token, ring: ring, life: s.client.AccessLife(), now: tx.Now()}, nil
}

// accountStateKeys are the records that say whether a session may go on.
func accountStateKeys(id string) []string {
	return []string{account.Accounts.Key(id), account.Ageings.Key(id), mfa.FactorsTable.Key(id)}
}

// readState reads the account of a session.
func (e *Engine) readState(tx *store.Tx, id string) (p *person, age account.Ageing, err error) {
	if err := tx.Fetch(accountStateKeys(id)...); err != nil {
		return nil, age, err
	}
	p = &person{id: id}
	if p.acc, p.known, err = account.Accounts.Get(tx, id); err != nil {
		return nil, age, err
	}
	p.age, err = account.ReadAgeing(tx, id, p.known)
	return p, p.age, err
}

// mayGoOn judges the account for the application as a login would today: what
// the present policy would refuse is not carried on.
func (e *Engine) mayGoOn(tx *store.Tx, p *person, s scene, ses *token.Session) (bool, error) {
	if !p.usable(tx) || len(directory.RolesIn(&p.acc, &s.app)) == 0 {
		return false, nil
	}
	f, err := mfa.ReadFactors(tx, p.id, p.age.Serial)
	if err != nil {
		return false, err
	}
	rules := directory.MFAPolicy(&p.acc, s.policy, &s.app)
	wanted := directory.WantsFactor(&p.acc, rules, f.Serial > 0 || f.Any())
	return !wanted || len(ses.Methods) > 1, nil
}
