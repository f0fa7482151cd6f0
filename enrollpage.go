package sallyport

import (
	"context"
	"time"

	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/internal/moment"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/mfa"
)

// EnrollmentPage is what the enrollment page shows.
type EnrollmentPage struct {
	Browser string // the cookie to set; empty where the browser has it already
	Nonce   string // to be sent back with every form, as [EnrollmentCall].Nonce
	// Account and Application name who enrolls, and where.
	Account, Application string
	// Language is the one of the account, a tag such as de; empty: not known.
	Language string
	// Rule is the rule by which a second factor is asked for; the zero value: none is, and
	// one is added all the same.
	Rule mfa.Rule
	// ReturnURL is where the page leads back to. It is one of the client's own
	// [token.Client].ReturnURIs, or empty.
	ReturnURL string
	// Transports are what may be added now.
	Transports []mfa.Transport
	// Channels say how the addresses stand that may be added, or have to be proven.
	Channels []EnrollmentChannel
	// ProveFirst is the channel whose address on record has to be proven before
	// anything becomes active, and Masked that address; else 0 and empty.
	ProveFirst mfa.Transport
	Masked     string
	// Name is that of the authenticator that is being added, or was, as its owner gave it.
	Name string
	// Beside says that the account has authenticators, beside which another would stand.
	Beside bool
	// Adds says that the request is one of [Engine.AddFactor], and no login.
	Adds bool
	// Staged is what was confirmed and waits for a factor.
	Staged []mfa.Transport
	// Active says that something has become a factor in this request that completes
	// the login.
	Active bool
	// Exhausted says that the guesses of the account are used up: for a while no
	// code of a message is judged.
	Exhausted bool
	// RecoveryCodes are shown to the browser that the page is bound to, while the
	// request lives and a minute after it has granted.
	RecoveryCodes []string
	// Ended says why nothing more can be done here; empty: the request is live.
	Ended EnrollmentEnd
	// Ends is when the request dies, and Left how long that is from now.
	Ends time.Time
	Left time.Duration
}

// EnrollmentChannel says how the address of a channel stands.
type EnrollmentChannel struct {
	Over mfa.Transport
	// OnRecord is the address, masked, that is taken where none is named. It is
	// empty where there is none.
	OnRecord string
	// SentTo is where the last code was sent, masked; empty where none was that is
	// still to be typed. Live reports that it is still good, and Life how long
	// codes are.
	SentTo string
	Live   bool
	Life   time.Duration
	// Digits reports that codes consist of digits alone, else also of letters.
	Digits bool
	// Length is how many characters a code has.
	Length int
}

// EnrollmentEnd says why a request enrolls nothing more.
type EnrollmentEnd string

// The ends.
const (
	EnrollmentGranted EnrollmentEnd = "granted" // the login is complete
	EnrollmentRefused EnrollmentEnd = "refused" // the login was refused, by its user or for want of a role
	EnrollmentClosed  EnrollmentEnd = "closed"  // too many wrong codes
	EnrollmentOver    EnrollmentEnd = "over"    // too many other logins were begun
)

var enrollmentEnd = map[mfa.State]EnrollmentEnd{
	mfa.Open:         EnrollmentOver,
	mfa.Granted:      EnrollmentGranted,
	mfa.Denied:       EnrollmentRefused,
	mfa.Unauthorized: EnrollmentRefused,
	mfa.Closed:       EnrollmentClosed,
}

// OpenEnrollmentPage is a GET of the enrollment page. The first one binds the
// request to the browser that made it; others are answered like an unknown
// request. The cookie that the browser sent, if any, stands in in.Browser. To that
// browser a request that has ended is shown too, while it is remembered.
func (e *Engine) OpenEnrollmentPage(ctx context.Context, in EnrollmentCall) (EnrollmentPage, error) {
	return e.enrollmentPage(ctx, in, true)
}

// ViewEnrollmentPage returns what [Engine.OpenEnrollmentPage] does to the browser
// that the request is bound to, and binds none. It is for answers to forms.
func (e *Engine) ViewEnrollmentPage(ctx context.Context, in EnrollmentCall) (EnrollmentPage, error) {
	return e.enrollmentPage(ctx, in, false)
}

func (e *Engine) enrollmentPage(ctx context.Context, in EnrollmentCall, bind bool) (EnrollmentPage, error) {
	if err := in.check(); err != nil {
		return EnrollmentPage{}, err
	}
	var page EnrollmentPage
	fresh, record := rnd.Hex(16), mfa.RequestRecord(e.index, normalID(in.RequestID))
	_, err := e.run(ctx, groupOf(in.Address, ""), func(c *call) error {
		request, err := c.caseOf(record, about{address: in.Address, page: true, enrolls: true})
		if err != nil {
			return err
		}
		if !c.mayShow(request, &in, bind) {
			return ErrUnknownRequest
		}
		page = c.pageOf(request)
		by := in
		if len(request.Request.Browser) == 0 {
			by.Browser, page.Browser = fresh, fresh
			request.Bind(c.browserDigest(fresh))
		}
		page.RecoveryCodes = request.Recovery(by.Browser)
		page.Nonce = c.enrollmentNonce(&by)
		return request.Save(c.tx)
	})
	if err != nil {
		return EnrollmentPage{}, err
	}
	return page, nil
}

// mayShow reports whether the page may be shown: to the browser that it is bound
// to while the request is remembered, and to the first one, which it is bound to
// then, while the request lives. One that began ahead of the clock has not ended in
// any way that the page could tell.
func (c *call) mayShow(request *mfa.Case, in *EnrollmentCall, bind bool) bool {
	now := c.tx.Now()
	if !request.Known() || !c.who.admits(request.Request, now) || !now.Before(request.Request.Expires) || moment.Ahead(request.Request.Created, now) {
		return false
	}
	if len(request.Request.Browser) == 0 {
		return bind && request.Live()
	}
	return c.isBrowser(request.Request, in.Browser)
}

func (c *call) pageOf(request *mfa.Case) EnrollmentPage {
	page := EnrollmentPage{
		Account: c.who.acc.Name, Application: c.app.Name, Language: c.who.acc.Language, Ends: request.Request.Expires, Left: request.Request.Expires.Sub(c.tx.Now()), ReturnURL: request.Request.ReturnURL,
		Active: request.Request.Enrollment.AnyActive() && request.Completes(""),
		Name:   request.Request.Enrollment.Name, Adds: request.Request.Purpose == mfa.AddFactor, Beside: request.Factors.Has(mfa.Authenticator),
	}
	if !request.Live() {
		page.Ended = enrollmentEnd[request.Request.State]
		return page
	}
	v := request.Enrolling()
	page.Transports, page.Staged, page.ProveFirst, page.Masked, page.Exhausted = v.Open, v.Staged, v.ProveFirst, v.Masked, v.Exhausted
	rules := request.Policy()
	page.Rule = directory.AskingRule(&c.who.acc, rules, request.Factors.IsEnrolled())
	for _, ch := range v.Channels {
		page.Channels = append(page.Channels, EnrollmentChannel{
			Over: ch.Over, OnRecord: ch.OnRecord, SentTo: ch.SentTo, Live: ch.Live, Life: rules.OTPLifetime, Digits: rules.OTPType == mfa.Numeric, Length: rules.EnrollmentLength(),
		})
	}
	return page
}
