package sallyporttest

import (
	"context"
	"errors"
	"net/http"
	"path"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/httpstatus"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/wire"
)

// from is the network address of a client in process. It is what the server of
// [Kit.Server] sees too.
const from = "127.0.0.1"

// direct is the way without HTTP.
type direct struct{ kit *Kit }

func (d direct) login(ctx context.Context, in sallyport.Login) reply {
	if in.Address == "" {
		in.Address = from
	}
	res, err := d.kit.Engine.Wait(ctx, in)
	if err != nil {
		return oauthFault(err)
	}
	status := http.StatusBadRequest
	if res.Tokens != nil {
		status = http.StatusOK
	}
	return document(status, res.Wire())
}

func (d direct) refresh(ctx context.Context, in sallyport.Refresh) reply {
	t, err := d.kit.Engine.Refresh(ctx, in)
	if err != nil {
		return oauthFault(err)
	}
	return document(http.StatusOK, t.Wire())
}

func (d direct) clientCredentials(ctx context.Context, in sallyport.ClientCredentials) reply {
	t, err := d.kit.Engine.ClientCredentials(ctx, in)
	if err != nil {
		return oauthFault(err)
	}
	return document(http.StatusOK, t.Wire())
}

func (d direct) revoke(ctx context.Context, in sallyport.Revocation) reply {
	if err := d.kit.Engine.Revoke(ctx, in); err != nil {
		return oauthFault(err)
	}
	return reply{status: http.StatusOK}
}

func (d direct) introspect(ctx context.Context, in sallyport.Introspection) reply {
	info, err := d.kit.Engine.Introspect(ctx, in)
	if err != nil {
		return oauthFault(err)
	}
	return document(http.StatusOK, info.Wire())
}

func (d direct) userInfo(ctx context.Context, token string) reply {
	claims, err := d.kit.Engine.UserInfo(ctx, token)
	if err != nil {
		return oauthFault(err)
	}
	return document(http.StatusOK, sallyport.WireUserInfo(claims))
}

func (d direct) picture(ctx context.Context, requestID string) reply {
	key, err := d.kit.Engine.BeginTOTP(ctx, call(requestID))
	if err != nil {
		return enrolled(sallyport.EnrollmentResult{}, err)
	}
	png, err := key.PNG()
	if err != nil {
		return enrolled(sallyport.EnrollmentResult{}, err)
	}
	return reply{status: http.StatusOK, body: png}
}

func (d direct) confirmTOTP(ctx context.Context, requestID, code string) reply {
	return enrolled(d.kit.Engine.ConfirmTOTP(ctx, call(requestID), code))
}

func (d direct) sendVerification(ctx context.Context, requestID, channel, address string) reply {
	return enrolled(d.kit.Engine.SendVerification(ctx, call(requestID), transport(channel), address))
}

func (d direct) confirmVerification(ctx context.Context, requestID, channel, code string) reply {
	return enrolled(d.kit.Engine.ConfirmVerification(ctx, call(requestID), transport(channel), code))
}

func (d direct) progress(ctx context.Context, requestID string) reply {
	return enrolled(d.kit.Engine.Enrollment(ctx, call(requestID)))
}

func (d direct) cancel(ctx context.Context, requestID, clientID, secret, option string) reply {
	in := call(requestID)
	in.Caller, in.OptionID = &sallyport.Caller{ClientID: clientID, ClientSecret: secret}, option
	return enrolled(d.kit.Engine.CancelEnrollment(ctx, in))
}

func (d direct) decide(ctx context.Context, link string, dec sallyport.LinkDecision) reply {
	token := path.Base(link)
	v, err := d.kit.Engine.ViewLink(ctx, token)
	if err != nil {
		return linkFault(err)
	}
	dec.Nonce = v.Nonce
	out, err := d.kit.Engine.DecideLink(ctx, token, dec)
	if err != nil {
		return linkFault(err)
	}
	return reply{status: decided(out), body: []byte(out)}
}

// decided is the status of the page that tells an outcome.
func decided(out sallyport.LinkOutcome) int {
	switch out {
	case sallyport.LinkMustWait:
		return http.StatusBadRequest
	case sallyport.LinkOver:
		return http.StatusGone
	}
	return http.StatusOK
}

// transport reads the name of a channel; what is none is refused by the engine.
func transport(channel string) mfa.Transport {
	t, _ := mfa.ParseTransport(channel)
	return t
}

func call(requestID string) sallyport.EnrollmentCall {
	return sallyport.EnrollmentCall{RequestID: requestID, Address: from}
}

// document is an answer as an adapter would write it.
func document(status int, doc any) reply {
	body, err := wire.Encode(doc)
	return reply{status: status, body: body, err: err}
}

// oauthFault is what an adapter answers for an error of the token endpoint.
func oauthFault(err error) reply {
	f := httpstatus.Of(err)
	r := document(f.Status, wire.OAuthError{Error: f.Code, ErrorDescription: f.Field})
	r.err = err
	return r
}

// enrolled is what an adapter answers for a step of an enrolment.
func enrolled(res sallyport.EnrollmentResult, err error) reply {
	doc := res.Wire()
	status := http.StatusOK
	switch {
	case errors.Is(err, sallyport.ErrUnknownRequest):
		status, doc = http.StatusNotFound, wire.EnrollmentResult{Status: "RequestNotFound", IsFailed: true}
	case err != nil:
		return oauthFault(err)
	case doc.IsFailed:
		status = http.StatusBadRequest
	}
	r := document(status, doc)
	r.err = err
	return r
}

func linkFault(err error) reply { return reply{status: httpstatus.Of(err).Status, err: err} }
