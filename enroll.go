package sallyport

import (
	"context"
	"crypto/subtle"
	"sync"
	"time"

	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/token"
	"github.com/sallyport-auth/sallyport/totp"
)

// EnrollmentCall names a pending login in which something is enrolled. A page
// also proves that it is shown by the browser that opened it first; a call
// without Browser is one over the API, and is refused once a browser has
// opened the page.
type EnrollmentCall struct {
	RequestID string
	Browser   string // the value of the page's cookie; empty over the API
	Address   string // network address of the caller, for budgets
}

// EnrollmentStatus says how a step of an enrolment went.
type EnrollmentStatus string

// The statuses. A request that is unknown, dead, or not the caller's is the
// error [ErrUnknownRequest].
const (
	EnrollmentSuccess        EnrollmentStatus = "Success"
	EnrollmentWrongCode      EnrollmentStatus = "SecureCodeDoesNotMatch"
	EnrollmentFailedSending  EnrollmentStatus = "FailedSendingRequest"
	EnrollmentInvalidAddress EnrollmentStatus = "InvalidAddress"
)

// EnrollmentResult is the answer to a step of an enrolment.
type EnrollmentResult struct {
	RequestID string
	Status    EnrollmentStatus
	// Active says that what was enrolled is a factor now. Otherwise it waits
	// until the same login proves an existing factor.
	Active bool
	// RecoveryCodes are handed out once, by the step that confirms an
	// authenticator. They become valid with it.
	RecoveryCodes []string
}

var enrolStatus = map[mfa.EnrollStatus]EnrollmentStatus{
	mfa.EnrollDone:           EnrollmentSuccess,
	mfa.EnrollWrong:          EnrollmentWrongCode,
	mfa.EnrollFailedSending:  EnrollmentFailedSending,
	mfa.EnrollInvalidAddress: EnrollmentInvalidAddress,
}

// TOTPKey is the key of an authenticator that is being enrolled.
type TOTPKey struct {
	URI     string // otpauth://…, what the QR code says; a secret
	Secret  string // base32, for typing; a secret
	Issuer  string
	Account string
}

// PNG is the QR code of the key.
func (k TOTPKey) PNG() ([]byte, error) { return totp.PNG(k.URI) }

// maxPictures bounds the pictures of one request, counted per process.
const maxPictures = 20

// pictures counts how often the key of a request was shown.
type pictures struct {
	mu    sync.Mutex
	since time.Time
	seen  map[string]int
	old   map[string]int
}

// show counts one more. Counts are kept for one to two lives of a request.
func (p *pictures) show(record string, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now.Sub(p.since) > mfa.Life {
		p.old, p.seen, p.since = p.seen, map[string]int{}, now
	}
	p.seen[record]++
	return p.seen[record]+p.old[record] <= maxPictures
}

// BeginTOTP answers the key of the authenticator that the request may enrol.
// Repeated calls answer the same one and write nothing.
func (e *Engine) BeginTOTP(ctx context.Context, call EnrollmentCall) (TOTPKey, error) {
	var k TOTPKey
	err := e.enrolling(ctx, call, func(tx *store.Tx, _ *[]Event, c *mfa.Case, p *person) error {
		secret, ok := c.PendingSecret()
		if !ok {
			return ErrUnknownRequest
		}
		uri, err := secret.URI(e.label, p.acc.Name)
		k = TOTPKey{URI: uri, Secret: secret.Base32(), Issuer: e.label, Account: p.acc.Name}
		return err
	})
	if err == nil && !e.pictures.show(mfa.RequestRecord(e.index, normalID(call.RequestID)), e.clock()) {
		err = ErrUnknownRequest
	}
	if err != nil {
		return TOTPKey{}, err
	}
	return k, nil
}

// enrolling runs one step of an enrolment on a live request of the caller's.
// The extra keys are read in the same rounds.
func (e *Engine) enrolling(ctx context.Context, call EnrollmentCall, step func(*store.Tx, *[]Event, *mfa.Case, *person) error, extra ...string) error {
	record := mfa.RequestRecord(e.index, normalID(call.RequestID))
	return e.run(ctx, groupOf(call.Address, ""), func(tx *store.Tx, done *[]Event) error {
		c, p, err := e.caseOf(tx, record, "", call.Address, nil, extra...)
		if err != nil {
			return err
		}
		if !c.Live() || !p.usable(tx) || !e.isBrowser(c.Request, call.Browser) {
			return ErrUnknownRequest
		}
		return step(tx, done, c, p)
	})
}

func (e *Engine) browserDigest(cookie string) []byte { return e.index.Digest("browser", cookie) }

// isBrowser says whether the caller is the one whom the request is bound to:
// nobody yet, or the browser with that cookie.
func (e *Engine) isBrowser(r *mfa.Request, cookie string) bool {
	if len(r.Browser) == 0 {
		return cookie == ""
	}
	return cookie != "" && subtle.ConstantTimeCompare(r.Browser, e.browserDigest(cookie)) == 1
}

// enrolStep runs a step that answers a result.
func (e *Engine) enrolStep(ctx context.Context, call EnrollmentCall, step func(*store.Tx, *mfa.Case) (mfa.EnrollResult, *mfa.Message, error), extra ...string) (EnrollmentResult, error) {
	var res mfa.EnrollResult
	var msg *mfa.Message
	var tell []mfa.Notice
	id := normalID(call.RequestID)
	err := e.enrolling(ctx, call, func(tx *store.Tx, done *[]Event, c *mfa.Case, p *person) (err error) {
		if res, msg, err = step(tx, c); err != nil {
			return err
		}
		if res.Status == mfa.EnrollUnknown {
			return ErrUnknownRequest
		}
		tell = c.Tell
		if err := e.followFactors(tx, done, c, p); err != nil {
			return err
		}
		if err := e.logStep(tx, done, p, res, msg); err != nil {
			return err
		}
		return c.Save(tx)
	}, extra...)
	if err != nil {
		return EnrollmentResult{}, err
	}
	if msg != nil && !e.deliver(id, msg) {
		res = mfa.EnrollResult{Status: mfa.EnrollFailedSending}
	}
	e.notify(tell)
	return EnrollmentResult{RequestID: id, Status: enrolStatus[res.Status], Active: res.Active, RecoveryCodes: res.Recovery}, nil
}

func (e *Engine) logStep(tx *store.Tx, done *[]Event, p *person, res mfa.EnrollResult, msg *mfa.Message) error {
	switch {
	case msg != nil:
		return e.log(tx, done, Event{Kind: EventSent, Account: p.id, Detail: msg.Over.String() + " " + string(msg.Kind)})
	case res.Status == mfa.EnrollWrong:
		return e.log(tx, done, Event{Kind: EventWrongCode, Account: p.id, Detail: "enrolment"})
	case len(res.Recovery) > 0 && !res.Active:
		return e.log(tx, done, Event{Kind: EventEnrolmentStaged, Account: p.id})
	}
	return nil
}

// ConfirmTOTP judges the first code of the authenticator that is being
// enrolled.
func (e *Engine) ConfirmTOTP(ctx context.Context, call EnrollmentCall, code string) (EnrollmentResult, error) {
	return e.enrolStep(ctx, call, func(_ *store.Tx, c *mfa.Case) (mfa.EnrollResult, *mfa.Message, error) {
		return c.ConfirmDevice(code), nil, nil
	})
}

// SendVerification sends a code to an address that is to become a factor, or
// has to be proven before anything else may. channel is "Email" or "SMS"; an
// empty address stands for the one on record.
func (e *Engine) SendVerification(ctx context.Context, call EnrollmentCall, channel, address string) (EnrollmentResult, error) {
	t, ok := mfa.ParseTransport(channel)
	if !ok || t == mfa.Authenticator {
		return EnrollmentResult{}, invalid("channel")
	}
	return e.enrolStep(ctx, call, func(tx *store.Tx, c *mfa.Case) (mfa.EnrollResult, *mfa.Message, error) {
		return c.SendVerification(tx, t, address)
	}, mfa.BudgetKeys(e.index, t, address)...)
}

// ConfirmVerification judges the code that was sent to an address.
func (e *Engine) ConfirmVerification(ctx context.Context, call EnrollmentCall, channel, code string) (EnrollmentResult, error) {
	t, ok := mfa.ParseTransport(channel)
	if !ok || t == mfa.Authenticator {
		return EnrollmentResult{}, invalid("channel")
	}
	return e.enrolStep(ctx, call, func(_ *store.Tx, c *mfa.Case) (mfa.EnrollResult, *mfa.Message, error) {
		return c.ConfirmVerification(t, code), nil, nil
	})
}

// EnrollmentProgress says how far the enrolment of a request is.
func (e *Engine) EnrollmentProgress(ctx context.Context, call EnrollmentCall) (EnrollmentResult, error) {
	return e.enrolStep(ctx, call, func(_ *store.Tx, c *mfa.Case) (mfa.EnrollResult, *mfa.Message, error) {
		return c.Progress(), nil, nil
	})
}

// CancelEnrollment gives up what a request was enrolling. Since the id of a
// request is no credential, it wants the client that made the request and,
// where the request has options, one of them.
func (e *Engine) CancelEnrollment(ctx context.Context, call EnrollmentCall, clientID, clientSecret, optionID string) (EnrollmentResult, error) {
	id, record := normalID(call.RequestID), mfa.RequestRecord(e.index, normalID(call.RequestID))
	client := e.callerOf(clientID)
	var res mfa.EnrollResult
	err := e.run(ctx, groupOf(call.Address, client.id), func(tx *store.Tx, done *[]Event) error {
		if err := tx.FetchAndPeek([]string{mfa.RequestTable.Key(record)}, client.sceneKeys()); err != nil {
			return err
		}
		s, err := e.readScene(tx, &client, clientSecret, token.GrantVGAuthenticator)
		if err != nil {
			return err
		}
		c, p, err := e.caseOf(tx, record, "", s.user(call.Address, ""), &s)
		if err != nil {
			return err
		}
		if !c.Live() || !p.usable(tx) || !e.isBrowser(c.Request, call.Browser) ||
			len(c.Request.Options) > 0 && !c.Request.HasOption(normalID(optionID)) {
			return ErrUnknownRequest
		}
		if res = c.Cancel(); res.Status == mfa.EnrollUnknown {
			return ErrUnknownRequest
		}
		if err := e.log(tx, done, Event{Kind: EventEnrolmentCanceled, Account: p.id, Client: s.client.ID}); err != nil {
			return err
		}
		return c.Save(tx)
	})
	if err != nil {
		return EnrollmentResult{}, err
	}
	return EnrollmentResult{RequestID: id, Status: enrolStatus[res.Status], Active: res.Active}, nil
}

// EnrollmentPage is what the enrolment page shows.
type EnrollmentPage struct {
	Browser string // the cookie to set; empty where the browser has it already
	Nonce   string // to be sent back with every form
	// Account and Application name who enrols, and where.
	Account, Application string
	// Transports are the names of what may be added now.
	Transports []string
	// ProveFirst is the channel whose address on record has to be proven
	// before anything becomes active, and Masked that address; else empty.
	ProveFirst, Masked string
	// Staged are the names of what was confirmed and waits for a factor.
	Staged []string
	// Active says that something has become a factor in this request.
	Active bool
	// Ends is when the request dies.
	Ends time.Time
}

// OpenEnrollmentPage is a GET of the enrolment page. The first one binds the
// request to the browser that made it; others are answered like an unknown
// request. The cookie that the browser sent, if any, stands in call.Browser.
func (e *Engine) OpenEnrollmentPage(ctx context.Context, call EnrollmentCall) (EnrollmentPage, error) {
	var page EnrollmentPage
	fresh := rnd.Hex(16)
	record := mfa.RequestRecord(e.index, normalID(call.RequestID))
	err := e.run(ctx, groupOf(call.Address, ""), func(tx *store.Tx, _ *[]Event) error {
		c, p, err := e.caseOf(tx, record, "", call.Address, nil)
		if err != nil {
			return err
		}
		if !c.Live() || !p.usable(tx) || len(c.Request.Browser) > 0 && !e.isBrowser(c.Request, call.Browser) {
			return ErrUnknownRequest
		}
		cookie := call.Browser
		page = EnrollmentPage{}
		if len(c.Request.Browser) == 0 {
			cookie, page.Browser = fresh, fresh
			c.Bind(e.browserDigest(fresh))
		}
		page.Nonce = e.pageNonce("enrol", normalID(call.RequestID), cookie)
		page.Account, page.Ends = p.acc.Name, c.Request.Expires
		app, _, err := directory.Applications.Get(tx, c.Request.Application)
		if err != nil {
			return err
		}
		page.Application = app.Name
		v := c.Enrolling()
		page.Transports, page.Staged, page.Active = transportList(v.Open), transportList(v.Staged), v.Active
		if v.ProveFirst != 0 {
			page.ProveFirst, page.Masked = v.ProveFirst.String(), v.Masked
		}
		return c.Save(tx)
	})
	if err != nil {
		return EnrollmentPage{}, err
	}
	return page, nil
}

// CheckEnrollmentNonce says whether a form came from the page that this
// browser was shown.
func (e *Engine) CheckEnrollmentNonce(call EnrollmentCall, nonce string) bool {
	want := e.pageNonce("enrol", normalID(call.RequestID), call.Browser)
	return call.Browser != "" && subtle.ConstantTimeCompare([]byte(want), []byte(nonce)) == 1
}

// pageNonce is what a form has to send back. Only who was shown the page has
// it.
func (e *Engine) pageNonce(page string, parts ...string) string {
	return e.index.ID("page-nonce", append([]string{page}, parts...)...)
}

func transportList(list []mfa.Transport) []string {
	var out []string
	for _, t := range list {
		out = append(out, t.String())
	}
	return out
}
