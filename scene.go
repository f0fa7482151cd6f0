package sallyport

import (
	"errors"
	"net/netip"
	"strings"

	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/token"
)

// scene is what the first round of reading tells: who calls, for which
// application, under which policy.
type scene struct {
	client token.Client
	app    application
	policy policy
}

// peer is the network address of a user as budgets tell it apart. A server that
// authenticates by a secret calls for many users from one address, which then
// tells nothing.
func (s *scene) peer(address string) string {
	if !s.client.Public && (s.client.Platform == token.WebApp || s.client.Platform == token.Service) {
		return ""
	}
	return peerOf(address)
}

// sceneKeys are the keys of the scene, to be peeked: they change seldom.
func (e *Engine) sceneKeys(clientID string) []string {
	id, app := splitClient(clientID)
	return []string{
		token.Clients.Key(token.ClientKey(e.index, id)), applications.Key(app),
		policies.Key(generalPolicy), token.Keys.Key(token.RingID), hashMixes.Key(theHashMix),
	}
}

// splitClient answers the canonical id of a client and of its application.
// What is no client id is looked up like any other that does not exist.
func splitClient(raw string) (id, app string) {
	id, ok := token.ParseClientID(raw)
	if !ok {
		return raw, "none"
	}
	app, _, _ = strings.Cut(id, "_")
	return id, app
}

// readScene authenticates the client. Unknown clients and wrong secrets are
// the same answer after the same work.
func (e *Engine) readScene(tx *store.Tx, clientID, secret, grant string) (s scene, err error) {
	id, app := splitClient(clientID)
	if s.client, _, err = token.Clients.Get(tx, token.ClientKey(e.index, id)); err != nil {
		return s, err
	}
	known := s.client.Authenticate(e.index, secret, tx.Now())
	if !known || secret != "" && len(secret) < minSecret && !e.loopback {
		// A short secret may have been applied where the issuer was loopback.
		return s, &ProtocolError{Code: "invalid_client"}
	}
	if !s.client.Allows(grant) {
		return s, &ProtocolError{Code: "unauthorized_client"}
	}
	if s.app, _, err = applications.Get(tx, app); err != nil {
		return s, err
	}
	var ok bool
	if s.policy, ok, err = policies.Get(tx, generalPolicy); err == nil && !ok {
		s.policy = defaultPolicy()
	}
	return s, err
}

// asClient makes a call in the name of a client, unless that client has failed
// to authenticate from that address too often within this minute.
func (e *Engine) asClient(id, address string, call func() error) error {
	id, _ = splitClient(id)
	if e.throttle.refuses(id, peerOf(address), e.clock()) {
		return ErrBusy
	}
	err := call()
	if p, ok := errors.AsType[*ProtocolError](err); ok && p.Code == "invalid_client" {
		e.throttle.miss(id, peerOf(address), e.clock())
	}
	return err
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
