package sallyport

import (
	"net/netip"
	"strings"

	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/token"
)

// scene is what the first round of reading tells: who calls, for which
// application, under which policy.
type scene struct {
	client token.Client
	app    directory.ApplicationRecord
	policy directory.PolicyRecord
}

// user is the network address of the user of a call, empty if it is not known. A
// server that authenticates by a secret calls for many users from one address,
// which then tells nothing; what it says of a user's address is believed if it is
// marked for that.
func (s *scene) user(address, told string) string {
	if s.client.Public || s.client.Platform != token.WebApp && s.client.Platform != token.Service {
		return address
	}
	if _, err := netip.ParseAddr(told); err != nil || !s.client.SpeaksForUsers {
		return ""
	}
	return told
}

// caller is the client that makes a call, as it names itself.
type caller struct {
	id     string // canonical, if it is a client id at all
	app    string // id of its application
	record string // of the client
	peer   string // whose wrong secrets are counted; empty: nobody's
}

// callerOf reads a client id. What is none is looked up like any other that
// does not exist.
func (e *Engine) callerOf(raw string) caller {
	c := caller{id: raw, app: "none"}
	if id, ok := token.ParseClientID(raw); ok {
		c.id = id
		c.app, _, _ = strings.Cut(id, "_")
	}
	c.record = token.ClientKey(e.index, c.id)
	return c
}

// sceneKeys are the keys of the scene, to be peeked: they change seldom.
func (c *caller) sceneKeys() []string {
	return []string{token.Clients.Key(c.record), directory.Applications.Key(c.app), directory.Policies.Key(directory.GeneralPolicy), token.Keys.Key(token.RingID)}
}

// readScene authenticates the client. Unknown clients and wrong secrets are
// the same answer after the same work.
func (e *Engine) readScene(tx *store.Tx, c *caller, secret, grant string) (s scene, err error) {
	if s.client, _, err = token.Clients.Get(tx, c.record); err != nil {
		return s, err
	}
	// A short secret may have been applied where the issuer was loopback.
	known := s.client.Authenticate(e.index, secret, tx.Now()) && (secret == "" || len(secret) >= token.MinSecret || e.loopback)
	if !e.throttle.judge(c.id, c.peer, tx.Now(), known) {
		return s, ErrBusy
	}
	if !known {
		return s, &ProtocolError{Code: "invalid_client"}
	}
	if !s.client.Allows(grant) {
		return s, &ProtocolError{Code: "unauthorized_client"}
	}
	if s.app, _, err = directory.Applications.Get(tx, c.app); err != nil {
		return s, err
	}
	var ok bool
	if s.policy, ok, err = directory.Policies.Get(tx, directory.GeneralPolicy); err == nil && !ok {
		s.policy = directory.DefaultPolicy()
	}
	return s, err
}

// asClient makes a call in the name of a client, unless that client has failed
// to authenticate from that address too often within this minute.
func (e *Engine) asClient(id, address string, call func(*caller) error) error {
	c := e.callerOf(id)
	c.peer = peerOf(address)
	if e.throttle.refuses(c.id, c.peer, e.clock()) {
		return ErrBusy
	}
	return call(&c)
}

// peerOf is a network address as budgets tell addresses apart: an IPv4 address
// whole, an IPv6 address by its /64. Loopback and private addresses are not
// told apart, since many users may stand behind one.
func peerOf(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return ""
	}
	a = a.Unmap().WithZone("")
	if a.IsLoopback() || a.IsPrivate() || a.IsLinkLocalUnicast() {
		return ""
	}
	if a.Is6() {
		p, err := a.Prefix(64)
		if err != nil {
			return ""
		}
		return p.String()
	}
	return a.String()
}
