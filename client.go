package sallyport

import (
	"net/netip"
	"strings"
	"unicode/utf8"

	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/token"
)

// Caller is the client that makes a call. A call in process whose Caller is nil is the
// host's own, which needs no client.
type Caller struct {
	ClientID     string // without it no client authenticates
	ClientSecret string // empty for a public client
	// OtherSecret is the second reading of the secret, where the way it came by
	// leaves two: HTTP Basic has it form-encoded, and many programs send it as it
	// is. Either may be right, and both are one attempt. Empty means that there is
	// one reading.
	OtherSecret string
}

// String hides the secret from accidental printing.
func (c Caller) String() string { return "sallyport.Caller(" + c.ClientID + ")" }

// GoString is like [Caller.String].
func (c Caller) GoString() string { return c.String() }

// clientCall is a client on its way to be authenticated.
type clientCall struct {
	host   bool   // no client: the host itself
	id     string // canonical, if it is a client id at all
	secret string
	other  string // the secret's second reading; empty: none
	app    string // id of its application
	record string // of the client
	peer   string // whose wrong secrets are counted; empty: not counted
}

// tokenClientOf is clientOf for a call that is about tokens, of which the host gets
// none.
func (e *Engine) tokenClientOf(from *Caller, address string) (clientCall, error) {
	if from == nil {
		return clientCall{}, ErrNoCaller
	}
	return e.clientOf(from, address)
}

// clientOf reads a Caller; nil is the host itself. What is no client id is looked up like any other that
// does not exist.
func (e *Engine) clientOf(from *Caller, address string) (clientCall, error) {
	switch {
	case from == nil:
		return e.hostCall(), nil
	case from.ClientID == "":
		return clientCall{}, &ProtocolError{Code: InvalidClient}
	}
	c := clientCall{id: from.ClientID, secret: from.ClientSecret, other: from.OtherSecret, app: "none", peer: peerOf(address)}
	if id, ok := token.ParseClientID(from.ClientID); ok {
		c.id = id
		c.app, _, _ = strings.Cut(id, "_")
	}
	c.record = token.ClientKey(e.index, c.id)
	return c, checkFields(field{"client_id", from.ClientID}, field{"client_secret", from.ClientSecret}, field{"client_secret", from.OtherSecret})
}

// throttled reports whether the client has failed to authenticate from that
// address too often within this minute. It is asked before anything is read.
func (e *Engine) throttled(c *clientCall) bool {
	return c.peer != "" && !e.misses.Below(c.id+" "+c.peer, e.clock(), clientMisses.Size, 0)
}

// keys are read with the first round, to be peeked: they change seldom.
func (c *clientCall) keys() []string {
	return []string{
		token.Clients.Key(c.record), directory.Applications.Key(c.app),
		directory.Policies.Key(directory.GeneralPolicy), resourcesKey, roundKey, ringKey,
	}
}

// authenticate finds the client of the call, its application and the policy.
// Unknown clients and wrong secrets are the same answer after the same work. A
// wrong secret is counted where it is compared, and once too many have been, no
// verdict is told, right or wrong.
func (c *call) authenticate(from *clientCall, grant string) error {
	if from.host {
		return c.admitHost(from, grant)
	}
	if err := c.recognize(from); err != nil {
		return err
	}
	if !c.client.Allows(grant) {
		return &ProtocolError{Code: UnauthorizedClient}
	}
	return c.readRules(from.app)
}

// recognize is authenticate of a call that no grant is needed for, and that the host
// does not make.
func (c *call) recognize(from *clientCall) (err error) {
	if err := c.readKeys(); err != nil {
		return err
	}
	if c.client, err = c.readClient(from.record); err != nil {
		return err
	}
	known := c.proves(from.secret)
	if from.other != "" && c.proves(from.other) {
		known = true
	}
	if from.peer != "" {
		miss := 1
		if known {
			miss = 0
		}
		if !c.misses.Below(from.id+" "+from.peer, c.tx.Now(), clientMisses.Size, miss) {
			return ErrBusy
		}
	}
	if !known {
		return &ProtocolError{Code: InvalidClient}
	}
	return nil
}

// hostCall is a call of the host on its way.
func (e *Engine) hostCall() clientCall {
	return clientCall{host: true, id: hostParty, app: *e.application.Load(), record: token.ClientKey(e.index, hostParty)}
}

// admitHost is authenticate for a call of the host.
func (c *call) admitHost(from *clientCall, grant string) error {
	if err := c.readKeys(); err != nil {
		return err
	}
	c.host, c.client = true, hostClient(from.app, c.hostModules())
	if !c.client.Allows(grant) {
		return &ProtocolError{Code: UnauthorizedClient}
	}
	if err := c.readRules(from.app); err != nil || c.app.ID != "" {
		return err
	}
	// Its application was deleted, or has come under another id, since this
	// process met it.
	id, err := directory.OwnApplication(c.tx, c.ownApplication())
	if err != nil {
		return err
	}
	c.application.Store(&id)
	c.client.Application = id
	return c.readRules(id)
}

// proves reports whether a secret is the client's. A short one may have been
// applied where the issuer was loopback.
func (c *call) proves(secret string) bool {
	long := secret == "" || utf8.RuneCountInString(secret) >= token.MinSecret || c.loopback
	return c.client.Authenticate(c.index, secret, c.tx.Now()) && long
}

// readRules reads an application and the general policy.
func (c *call) readRules(app string) (err error) {
	if c.app, _, err = directory.Applications.Get(c.tx, app); err != nil {
		return err
	}
	var ok bool
	if c.policy, ok, err = directory.Policies.Get(c.tx, directory.GeneralPolicy); err == nil && !ok {
		c.policy = directory.DefaultPolicy()
	}
	return err
}

// user returns the network address of the user of a call, empty if it is not
// known. A server that authenticates by a secret calls for many users from one
// address, which then tells nothing; what it says of a user's address is believed
// if it is marked for that.
func (c *call) user(address, told string) string {
	if !c.client.IsServer() {
		return address
	}
	if _, err := netip.ParseAddr(told); err != nil || !c.client.SpeaksForUsers {
		return ""
	}
	return told
}

// wholeAddress returns a network address in its one spelling, of IPv6 the /64.
// Unlike [peerOf] it has one for loopback and private addresses too. Empty means
// that there is none.
func wholeAddress(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return ""
	}
	if a = a.Unmap().WithZone(""); a.Is6() {
		return netip.PrefixFrom(a, 64).Masked().String()
	}
	return a.String()
}

// widePeer is wholeAddress of which an IPv6 address is told apart by its /48 alone, as
// package peer does.
func widePeer(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return ""
	}
	if a = a.Unmap().WithZone(""); a.Is6() {
		return netip.PrefixFrom(a, 48).Masked().String()
	}
	return a.String()
}

// peerOf returns a network address as budgets tell addresses apart: an IPv4
// address whole, an IPv6 address by its /64. Loopback and private addresses are
// not told apart, since many users may stand behind one.
func peerOf(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return ""
	}
	if a = a.Unmap(); a.IsLoopback() || a.IsPrivate() || a.IsLinkLocalUnicast() {
		return ""
	}
	return wholeAddress(address)
}
