package sallyport

import (
	"context"
	"time"

	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/mfa"
)

// EnrollmentPage is what the enrollment page shows.
type EnrollmentPage struct {
	Browser string // the cookie to set; empty where the browser has it already
	Nonce   string // to be sent back with every form, as [EnrollmentCall].Nonce
	// Account and Application name who enrolls, and where.
	Account, Application string
	// Transports are what may be added now.
	Transports []mfa.Transport
	// ProveFirst is the channel whose address on record has to be proven before
	// anything becomes active, and Masked that address; else 0 and empty.
	ProveFirst mfa.Transport
	Masked     string
	// Staged is what was confirmed and waits for a factor.
	Staged []mfa.Transport
	// Active says that something has become a factor in this request.
	Active bool
	// Ends is when the request dies.
	Ends time.Time
}

// OpenEnrollmentPage is a GET of the enrollment page. The first one binds the
// request to the browser that made it; others are answered like an unknown
// request. The cookie that the browser sent, if any, stands in in.Browser.
func (e *Engine) OpenEnrollmentPage(ctx context.Context, in EnrollmentCall) (EnrollmentPage, error) {
	if err := in.check(); err != nil {
		return EnrollmentPage{}, err
	}
	var page EnrollmentPage
	fresh, record := rnd.Hex(16), mfa.RequestRecord(e.index, normalID(in.RequestID))
	_, err := e.run(ctx, groupOf(in.Address, ""), func(c *call) error {
		request, err := c.caseOf(record, about{address: in.Address, page: true})
		if err != nil {
			return err
		}
		bound := len(request.Request.Browser) > 0
		if !request.Live() || !c.who.usable(c.tx.Now()) || bound && !c.isBrowser(request.Request, in.Browser) {
			return ErrUnknownRequest
		}
		page = c.enrollmentPage(request)
		by := in
		if !bound {
			by.Browser, page.Browser = fresh, fresh
			request.Bind(c.browserDigest(fresh))
		}
		page.Nonce = c.enrollmentNonce(&by)
		return request.Save(c.tx)
	})
	if err != nil {
		return EnrollmentPage{}, err
	}
	return page, nil
}

func (c *call) enrollmentPage(request *mfa.Case) EnrollmentPage {
	v := request.Enrolling()
	return EnrollmentPage{
		Account: c.who.acc.Name, Application: c.app.Name, Ends: request.Request.Expires,
		Transports: v.Open, Staged: v.Staged, Active: v.Active, ProveFirst: v.ProveFirst, Masked: v.Masked,
	}
}
