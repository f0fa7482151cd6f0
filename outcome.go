package sallyport

import (
	"fmt"
	"strings"
	"time"

	"github.com/sallyport-auth/sallyport/internal/detach"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/token"
	"github.com/sallyport-auth/sallyport/wire"
)

// outcome is what a transaction hands out: data, worth something only once it
// has committed.
type outcome struct {
	requestID  string
	status     Status
	identity   *Identity
	options    []Option
	enrollment *Enrollment
	bare       bool // only the id was sent: the state and nothing else
	linkWaits  bool
	grant      *grant
	message    *mfa.Message
	notices    []mfa.Notice
	unstored   *Event // told, but not kept
	renew      *renewal
	lapsed     bool // right, but the caller had gone
}

// grant is a session that was written and whose tokens are to be signed.
type grant struct {
	session token.Session
	refresh string
	ring    token.Ring
	life    time.Duration
	now     time.Time
}

// finish does what may only follow the commit: it sends, hands the tokens out,
// and makes the Result.
//
// A caller who has gone is told nothing, whatever was decided, after a time that
// does not depend on it. A code or link that was decided on is sent all the same.
func (e *Engine) finish(t *detach.Call, in Login, out *outcome) (*Result, error) {
	r := &Result{
		RequestID: out.requestID, Status: out.status, Identity: out.identity, Options: out.options,
		Enrollment: out.enrollment, LinkWaits: out.linkWaits,
	}
	if out.message != nil {
		if !e.deliver(in.RequestID, out.message) {
			r.Status, r.LinkWaits = Failure|MFAFailedSendingRequest, false
		}
	}
	e.notify(out.notices)
	if out.renew != nil {
		e.renew(out.renew)
	}
	if out.unstored != nil {
		out.unstored.Time = e.clock()
		e.announce([]Event{*out.unstored})
	}
	if out.grant != nil {
		e.arrivals.add(out.grant.session.Account)
		e.owners.learn(out.grant.session.ID, owner{account: out.grant.session.Account})
	}
	if out.lapsed || t.Gone() {
		t.Blur()
		return nil, ended(t.Ended())
	}
	if out.grant != nil {
		tokens, err := e.sign(out.grant)
		if err != nil {
			return nil, err
		}
		r.Tokens = tokens
	}
	if _, ok := rnd.ParseUUID(r.RequestID); !ok {
		r.RequestID = rnd.UUID() // names nothing
	}
	return r, nil
}

// sign makes the tokens of a session.
func (e *Engine) sign(g *grant) (*Tokens, error) {
	key, ok := g.ring.Signer(g.now)
	if !ok {
		return nil, fmt.Errorf("sallyport: no signing key")
	}
	signer, err := e.signers.Signer(key)
	if err != nil {
		return nil, err
	}
	s := g.session
	end := s.TokenEnd(g.now, g.life)
	vg := token.SealVGToken(e.index, s.ID, s.Account)
	access, err := token.Sign(signer, token.Claims{
		NotBefore: g.now, Expires: end, IssuedAt: g.now, AuthTime: s.AuthTime, Issuer: e.cfg.Issuer,
		Audience: e.cfg.StaticAudience, ClientID: s.Client, Subject: s.Name, UserID: s.Name, VGToken: vg,
		ID: rnd.Hex(16), Scopes: s.Scopes,
	})
	if err != nil {
		return nil, err
	}
	return &Tokens{
		AccessToken: access, ExpiresIn: end.Truncate(time.Second).Sub(g.now.Truncate(time.Second)), RefreshToken: g.refresh,
		Scope: strings.Join(token.SortScopes(s.Scopes), " "), VGToken: vg,
	}, nil
}

// Wire is the document for the result: a [wire.TokenSuccess], to be sent with
// 200, or a [wire.TokenError], with 400.
func (r *Result) Wire() any {
	doc := r.response()
	if r.Tokens == nil {
		s := r.Status.String()
		return wire.TokenError{
			Error: "invalid_request", ErrorDescription: s, VGAuthenticationStatus: s,
			AuthenticationMethod: "None", VGResponse: doc,
		}
	}
	doc.VGToken = r.Tokens.VGToken
	return wire.TokenSuccess{
		AccessToken: r.Tokens.AccessToken, ExpiresIn: int(r.Tokens.ExpiresIn / time.Second), TokenType: "Bearer",
		RefreshToken: r.Tokens.RefreshToken, Scope: r.Tokens.Scope, VGResponse: doc,
	}
}

// response is the part that refusals and successes share. Every form of the
// status in it comes from one value.
func (r *Result) response() *wire.Response {
	state, auth := r.Status.State(), r.Status.Authorization()
	a := wire.AuthenticationResponse{RequestID: r.RequestID, State: state}
	if r.Identity != nil {
		a.Identity = &wire.Identity{Name: r.Identity.Name, AuthenticationType: r.Identity.Type, IsAuthenticated: true}
	}
	if r.Enrollment != nil {
		a.AuthenticationEnrollmentRequest = &wire.Enrollment{
			ID: r.RequestID, EnrollmentURL: r.Enrollment.URL,
			TransportModes: r.Enrollment.Transports, DisplayTransportModes: r.Enrollment.TransportNames,
		}
	}
	for _, o := range r.Options {
		a.MFAAvailables = append(a.MFAAvailables, wire.Option{
			RequestID: r.RequestID, TransportMode: o.Transport, AuthenticationMode: o.Mode, DestinationDisplay: o.Destination,
			ExpirationTime: int(o.Lifetime / time.Second), AuthenticationModeDisplay: o.ModeName,
			TransportModeDisplay: o.TransportName, ID: o.ID, MatchNumber: o.MatchNumber,
		})
	}
	return &wire.Response{
		RequestID: r.RequestID, AuthenticationState: state, AuthorizationState: wire.NewAuthorization(int64(auth)),
		AuthenticationResponse: a, AuthorizationStatus: auth.String(), AuthenticationStatus: r.Status.String(),
	}
}
