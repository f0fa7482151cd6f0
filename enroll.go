package sallyport

import (
	"cmp"
	"context"
	"crypto/subtle"

	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/token"
	"github.com/sallyport-auth/sallyport/totp"
	"github.com/sallyport-auth/sallyport/wire"
)

// EnrollmentCall names a pending login in which something is enrolled. A page
// also proves that it is shown by the browser that opened it first, and that its
// form came from that page; a call without Browser is one over the API, and is
// refused once a browser has opened the page.
type EnrollmentCall struct {
	RequestID string
	Address   string // network address of the caller, for budgets
	Browser   string // the value of the page's cookie; empty over the API
	Nonce     string // of the page's form, see [EnrollmentPage]; empty over the API
	// Name is what an authenticator will be called, as [mfa.FactorName] reads it; empty: it
	// gets one. It is read by [Engine.ConfirmTOTP] alone.
	Name string
	// Caller and OptionID are read by [Engine.CancelEnrollment] alone.
	Caller   *Caller
	OptionID string
}

// EnrollmentStatus says how a step of an enrollment went.
type EnrollmentStatus string

// The statuses. A request that is unknown, dead, or not the caller's is the
// error [ErrUnknownRequest].
const (
	EnrollmentSuccess        EnrollmentStatus = "Success"
	EnrollmentWrongCode      EnrollmentStatus = "SecureCodeDoesNotMatch"
	EnrollmentFailedSending  EnrollmentStatus = "FailedSendingRequest"
	EnrollmentInvalidAddress EnrollmentStatus = "InvalidAddress"
	EnrollmentInvalidName    EnrollmentStatus = "InvalidName" // of an authenticator; no code was looked at
)

var enrollmentStatus = map[mfa.EnrollStatus]EnrollmentStatus{
	mfa.EnrollDone:           EnrollmentSuccess,
	mfa.EnrollWrong:          EnrollmentWrongCode,
	mfa.EnrollFailedSending:  EnrollmentFailedSending,
	mfa.EnrollInvalidAddress: EnrollmentInvalidAddress,
}

// EnrollmentResult is the answer to a step of an enrollment.
type EnrollmentResult struct {
	RequestID string
	Status    EnrollmentStatus
	// Active says that what was enrolled is a factor now. Otherwise it waits
	// until the same login proves an existing factor.
	Active bool
	// RecoveryCodes are handed out by the step that confirms an authenticator, and
	// become valid with it. The same step repeated is answered alike: to the page's
	// browser while the request lives and a minute after it has granted, to the API
	// within a minute and three times.
	RecoveryCodes []string
	// Wanted says, for people to read, what an address has to look like. It comes
	// with EnrollmentInvalidAddress where the one that was sent cannot be read, or is a
	// number outside of [Config].SMSPrefixes.
	Wanted string
	// Name is what an authenticator is called that was confirmed, where its owner has named
	// it or it stands beside others.
	Name string
}

// Wire returns the document of the result, to be sent with 200, or with 400 where
// it says that the step failed.
func (r EnrollmentResult) Wire() wire.EnrollmentResult {
	return wire.EnrollmentResult{
		RequestID: r.RequestID, Status: string(r.Status), IsFailed: r.Status != EnrollmentSuccess,
		IsActive: r.Active, RecoveryCodes: r.RecoveryCodes, Wanted: r.Wanted, Name: r.Name,
	}
}

// TOTPKey is the key of an authenticator that is being enrolled.
type TOTPKey struct {
	URI     string // otpauth://…, what the QR code says; a secret
	Secret  string // base32, for typing; a secret
	Issuer  string
	Account string
}

// PNG returns the QR code of the key.
func (k TOTPKey) PNG() ([]byte, error) { return totp.PNG(k.URI) }

// BeginTOTP returns the key of the authenticator that the request may enroll.
// Repeated calls return the same one and write nothing.
func (e *Engine) BeginTOTP(ctx context.Context, in EnrollmentCall) (TOTPKey, error) {
	var k TOTPKey
	in.Nonce = e.enrollmentNonce(&in) // a picture is shown with the page, not sent by its form
	_, err := e.enrolling(ctx, in, func(c *call, request *mfa.Case) error {
		secret, ok := request.PendingSecret()
		if !ok {
			return ErrUnknownRequest
		}
		uri, err := secret.URI(c.label, c.who.acc.Name)
		k = TOTPKey{URI: uri, Secret: secret.Base32(), Issuer: c.label, Account: c.who.acc.Name}
		return err
	})
	if err == nil && !e.showPicture(in.RequestID) {
		err = ErrUnknownRequest
	}
	if err != nil {
		return TOTPKey{}, err
	}
	return k, nil
}

// showPicture counts one more picture of a request, and reports false where there
// were enough.
func (e *Engine) showPicture(requestID string) bool {
	record, now := mfa.RequestRecord(e.index, normalID(requestID)), e.clock()
	_, before := e.pictures.Of(record, now)
	return e.pictures.Below(record, now, keyPictures.Size-before, 1)
}

// enrolling runs one step of an enrollment on a live request of the caller's. The
// extra keys are read in the same rounds.
func (e *Engine) enrolling(ctx context.Context, in EnrollmentCall, step func(*call, *mfa.Case) error, extra ...string) (outcome, error) {
	if err := in.check(); err != nil {
		return outcome{}, err
	}
	record := mfa.RequestRecord(e.index, normalID(in.RequestID))
	return e.run(ctx, groupOf(in.Address, ""), func(c *call) error {
		request, err := c.caseOf(record, about{address: in.Address, page: true, enrolls: true, extra: extra})
		if err != nil {
			return err
		}
		if ok, err := c.mayEnroll(request, &in); err != nil || !ok {
			return cmp.Or(err, ErrUnknownRequest)
		}
		return step(c, request)
	})
}

// check bounds the fields. An id, cookie or nonce that is too long is no one's.
func (in *EnrollmentCall) check() error {
	if checkFields(field{"", in.RequestID}, field{"", in.Browser}, field{"", in.Nonce}, field{"", in.OptionID}) != nil {
		return ErrUnknownRequest
	}
	return checkFields(field{"address", in.Address})
}

// mayEnroll reports whether the request still answers, its account may log in, and
// the call comes from whom the request is bound to.
func (c *call) mayEnroll(request *mfa.Case, in *EnrollmentCall) (bool, error) {
	if !request.Answers() || !c.who.admits(request.Request, c.tx.Now()) || !c.isBound(request.Request, in) {
		return false, nil
	}
	return c.isInSession(request.Request)
}

func (e *Engine) browserDigest(cookie string) []byte { return e.index.Digest("browser", cookie) }

// isBound reports whether the caller is the one whom the request is bound to: no
// browser yet, or the browser with that cookie, which sends back the nonce of the
// page that it was shown.
func (e *Engine) isBound(r *mfa.Request, in *EnrollmentCall) bool {
	if len(r.Browser) == 0 {
		return in.Browser == ""
	}
	return e.isBrowser(r, in.Browser) && subtle.ConstantTimeCompare([]byte(e.enrollmentNonce(in)), []byte(in.Nonce)) == 1
}

func (e *Engine) isBrowser(r *mfa.Request, cookie string) bool {
	return cookie != "" && subtle.ConstantTimeCompare(r.Browser, e.browserDigest(cookie)) == 1
}

// enrollmentNonce is what a form of the page has to send back.
func (e *Engine) enrollmentNonce(in *EnrollmentCall) string {
	return e.pageNonce("enrol", normalID(in.RequestID), in.Browser)
}

// pageNonce is what a form has to send back. Only who was shown the page has it.
func (e *Engine) pageNonce(page string, parts ...string) string {
	return e.index.ID("page-nonce", append([]string{page}, parts...)...)
}

// enrollStep is one step of an enrollment, in package mfa.
type enrollStep func(*call, *mfa.Case) (mfa.EnrollResult, *mfa.Message, error)

// enroll runs a step that has a result.
func (e *Engine) enroll(ctx context.Context, in EnrollmentCall, step enrollStep, extra ...string) (EnrollmentResult, error) {
	var res mfa.EnrollResult
	out, err := e.enrolling(ctx, in, func(c *call, request *mfa.Case) (err error) {
		if res, c.out.message, err = step(c, request); err != nil {
			return err
		}
		if res.Status == mfa.EnrollUnknown {
			return ErrUnknownRequest
		}
		c.out.notices = request.Tell
		if err := c.followFactors(request); err != nil {
			return err
		}
		if err := c.logStep(res); err != nil {
			return err
		}
		return request.Save(c.tx)
	}, extra...)
	if err != nil {
		return EnrollmentResult{}, err
	}
	id := normalID(in.RequestID)
	if out.message != nil && !e.deliver(id, &out) {
		res = mfa.EnrollResult{Status: mfa.EnrollFailedSending}
	}
	e.notify(&out)
	return EnrollmentResult{
		RequestID: id, Status: enrollmentStatus[res.Status], Active: res.Active, RecoveryCodes: res.Recovery, Wanted: res.Wanted, Name: res.Name,
	}, nil
}

func (c *call) logStep(res mfa.EnrollResult) error {
	switch m := c.out.message; {
	case m != nil:
		return c.log(Event{Kind: EventSent, Account: c.who.id, Detail: m.Over.String() + " " + string(m.Kind)})
	case res.Status == mfa.EnrollWrong:
		return c.log(Event{Kind: EventWrongCode, Account: c.who.id, Detail: "enrollment"})
	case res.Staged:
		return c.log(Event{Kind: EventEnrollmentStaged, Account: c.who.id})
	}
	return nil
}

// ConfirmTOTP judges the first code of the authenticator that is being enrolled.
func (e *Engine) ConfirmTOTP(ctx context.Context, in EnrollmentCall, code string) (EnrollmentResult, error) {
	if err := checkFields(field{"secureCode", code}, field{"name", in.Name}); err != nil {
		return EnrollmentResult{}, err
	}
	name, ok := mfa.FactorName(in.Name)
	if !ok && in.Name != "" {
		return EnrollmentResult{RequestID: normalID(in.RequestID), Status: EnrollmentInvalidName}, nil
	}
	return e.enroll(ctx, in, func(_ *call, request *mfa.Case) (mfa.EnrollResult, *mfa.Message, error) {
		return request.ConfirmDevice(code, in.Browser, name), nil, nil
	})
}

// SendVerification sends a code to an address that is to become a factor, or has
// to be proven before anything else may, over Email or SMS. The address is text as
// it was typed; an empty one stands for the one on record.
func (e *Engine) SendVerification(ctx context.Context, in EnrollmentCall, over mfa.Transport, address string) (EnrollmentResult, error) {
	if err := checkChannel(over, field{"address", address}); err != nil {
		return EnrollmentResult{}, err
	}
	address = mfa.CleanAddress(over, address)
	return e.enroll(ctx, in, func(c *call, request *mfa.Case) (mfa.EnrollResult, *mfa.Message, error) {
		return request.SendVerification(c.tx, over, address)
	}, mfa.BudgetKeys(e.index, over, address)...)
}

// ResendVerification sends another code over Email or SMS to the address that the
// last one went to.
func (e *Engine) ResendVerification(ctx context.Context, in EnrollmentCall, over mfa.Transport) (EnrollmentResult, error) {
	if err := checkChannel(over, field{}); err != nil {
		return EnrollmentResult{}, err
	}
	return e.enroll(ctx, in, func(c *call, request *mfa.Case) (mfa.EnrollResult, *mfa.Message, error) {
		return request.ResendVerification(c.tx, over)
	})
}

// ConfirmVerification judges the code that was sent to an address.
func (e *Engine) ConfirmVerification(ctx context.Context, in EnrollmentCall, over mfa.Transport, code string) (EnrollmentResult, error) {
	if err := checkChannel(over, field{"secureCode", code}); err != nil {
		return EnrollmentResult{}, err
	}
	return e.enroll(ctx, in, func(_ *call, request *mfa.Case) (mfa.EnrollResult, *mfa.Message, error) {
		return request.ConfirmVerification(over, code), nil, nil
	})
}

func checkChannel(over mfa.Transport, f field) error {
	if over != mfa.Email && over != mfa.SMS {
		return invalid("channel")
	}
	return checkFields(f)
}

// Enrollment returns how far the enrollment of a request is.
func (e *Engine) Enrollment(ctx context.Context, in EnrollmentCall) (EnrollmentResult, error) {
	return e.enroll(ctx, in, func(_ *call, request *mfa.Case) (mfa.EnrollResult, *mfa.Message, error) {
		return request.Progress(), nil, nil
	})
}

// CancelEnrollment gives up what a request was enrolling. Since the id of a
// request is no credential, it wants the client that made the request and, where
// the request has options, one of them.
func (e *Engine) CancelEnrollment(ctx context.Context, in EnrollmentCall) (EnrollmentResult, error) {
	if err := in.check(); err != nil {
		return EnrollmentResult{}, err
	}
	client, err := e.clientOf(in.Caller, in.Address)
	if err != nil {
		return EnrollmentResult{}, err
	}
	if e.throttled(&client) {
		return EnrollmentResult{}, ErrBusy
	}
	id := normalID(in.RequestID)
	var res mfa.EnrollResult
	_, err = e.run(ctx, groupOf(in.Address, client.id), func(c *call) error {
		request, err := c.readCanceled(&client, &in)
		if err != nil {
			return err
		}
		if res = request.Cancel(); res.Status == mfa.EnrollUnknown {
			return ErrUnknownRequest
		}
		if err := c.log(Event{Kind: EventEnrollmentCanceled, Account: c.who.id, Client: c.client.ID}); err != nil {
			return err
		}
		return request.Save(c.tx)
	})
	if err != nil {
		return EnrollmentResult{}, err
	}
	return EnrollmentResult{RequestID: id, Status: enrollmentStatus[res.Status], Active: res.Active}, nil
}

// readCanceled reads the request whose enrollment its client gives up.
func (c *call) readCanceled(client *clientCall, in *EnrollmentCall) (*mfa.Case, error) {
	record := mfa.RequestRecord(c.index, normalID(in.RequestID))
	if err := c.tx.FetchAndPeek([]string{mfa.RequestTable.Key(record)}, client.keys()); err != nil {
		return nil, err
	}
	if err := c.authenticate(client, token.GrantVGAuthenticator); err != nil {
		return nil, err
	}
	request, err := c.caseOf(record, about{address: c.user(in.Address, ""), enrolls: true})
	if err != nil {
		return nil, err
	}
	ok, err := c.mayEnroll(request, in)
	if err != nil {
		return nil, err
	}
	if !ok || len(request.Request.Options) > 0 && !request.Request.HasOption(normalID(in.OptionID)) {
		return nil, ErrUnknownRequest
	}
	return request, nil
}
