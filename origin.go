package sallyport

import (
	"context"
	"errors"
	"strings"

	"github.com/sallyport-auth/sallyport/internal/ascii"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/token"
)

// OriginCall asks what the pages of an origin may do. It names one client at
// most, in one of three ways; none means any client, as for a preflight, which
// carries no credentials, and for documents that are the same for everybody.
type OriginCall struct {
	Origin string // the Origin header, as it was sent; empty: there was none

	ClientID    string // as the form has it
	AccessToken string // its client counts, also once it has expired
	RequestID   string // of a pending login, whose client counts
}

// OriginVerdict says what pages of an origin may do.
type OriginVerdict struct {
	// Readable says that an active client lists the origin: the answer may be
	// given to its pages. The comparison is byte by byte.
	Readable bool
	// Refused says that the call is to end before any secret is looked at. Only
	// calls that name a ClientID are refused: a SPA's from elsewhere than its own
	// pages, and a WebApp's or Service's from pages that it does not list.
	Refused bool
}

// JudgeOrigin returns what the pages of an origin may do. It neither checks nor
// spends a credential, and writes nothing. An error, a fault of the store, means
// that nothing may be answered.
func (e *Engine) JudgeOrigin(ctx context.Context, in OriginCall) (v OriginVerdict, err error) {
	if in.Origin != "" && len(in.Origin) <= token.MaxOrigin {
		err = e.read(ctx, func(c *call) error {
			v.Readable, err = c.isReadable(&in)
			return err
		})
	}
	v.Refused = !v.Readable && in.isRefused()
	if err != nil {
		return OriginVerdict{Refused: true}, err
	}
	return v, nil
}

// isRefused judges the call of a client that does not list its origin. The id
// alone says of what platform a client is, so nothing is told of which exist.
func (in *OriginCall) isRefused() bool {
	id, _ := token.ParseClientID(in.ClientID)
	_, platform, _ := strings.Cut(id, "_")
	switch token.Platform(platform) {
	case token.SPA:
		return true
	case token.WebApp, token.Service:
		for origin := range strings.SplitSeq(ascii.Fold(in.Origin), ",") { // of headers that stand twice
			switch scheme, _, _ := strings.Cut(strings.TrimSpace(origin), ":"); scheme {
			case "http", "https":
				return true
			}
		}
	}
	return false
}

// isReadable reports whether the client of the call lists its origin.
func (c *call) isReadable(in *OriginCall) (bool, error) {
	switch {
	case in.ClientID != "":
		return c.listOrigin(in.Origin, in.ClientID)
	case in.AccessToken != "":
		id, err := c.clientOfToken(in.AccessToken)
		if err != nil {
			return false, err
		}
		return c.listOrigin(in.Origin, id)
	case in.RequestID != "":
		id, err := c.clientOfRequest(in.RequestID)
		if err != nil {
			return false, err
		}
		return c.listOrigin(in.Origin, id)
	}
	return c.anyListsOrigin(in.Origin)
}

// clientOfToken returns the client of an access token of ours, whatever became of
// its session: nothing but the origin depends on it. It returns nothing for a
// token that is not ours.
func (c *call) clientOfToken(raw string) (string, error) {
	if err := c.tx.Peek(ringKey); err != nil {
		return "", err
	}
	if err := c.readKeys(); err != nil {
		return "", err
	}
	claims, _, err := c.verify(raw)
	switch {
	case err == nil, errors.Is(err, ErrExpiredToken), errors.Is(err, ErrMachineToken):
		return claims.ClientID, nil
	case errors.Is(err, ErrInvalidToken):
		return "", nil
	}
	return "", err
}

// clientOfRequest returns the client of a pending login, or nothing.
func (c *call) clientOfRequest(id string) (string, error) {
	if len(id) > maxField {
		return "", nil
	}
	key := mfa.Key(c.index, normalID(id))
	if err := c.tx.Peek(key); err != nil {
		return "", err
	}
	r, err := mfa.FindRecord(c.tx, mfa.RequestRecord(c.index, normalID(id)))
	if err != nil || r == nil {
		return "", err
	}
	return r.Client, nil
}

// listOrigin reports whether one of the clients lists an origin. It stops at the
// first that does, usually the first of all.
func (c *call) listOrigin(origin string, ids ...string) (bool, error) {
	for _, id := range ids {
		id, ok := token.ParseClientID(id)
		if !ok {
			continue
		}
		record := token.ClientKey(c.index, id)
		if err := c.tx.Peek(token.Clients.Key(record)); err != nil {
			return false, err
		}
		client, _, err := token.Clients.Get(c.tx, record)
		if err != nil || client.ListsOrigin(origin) {
			return err == nil, err
		}
	}
	return false, nil
}

func (c *call) anyListsOrigin(origin string) (bool, error) {
	record := token.OriginKey(c.index, origin)
	if err := c.tx.Peek(token.Origins.Key(record)); err != nil {
		return false, err
	}
	entry, _, err := token.Origins.Get(c.tx, record)
	if err != nil {
		return false, err
	}
	return c.listOrigin(origin, entry.Clients...)
}
