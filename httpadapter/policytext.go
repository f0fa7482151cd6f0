package httpadapter

import (
	"github.com/sallyport-auth/sallyport/internal/page"
	"github.com/sallyport-auth/sallyport/password"
)

// policyText says what is wrong with a password; nil: nothing. Words of the host's own are
// said as they stand.
func policyText(e *password.PolicyError) page.Text {
	if e == nil {
		return page.Text{}
	}
	list := make([]page.Text, len(e.Failed))
	for i, v := range e.Failed {
		if list[i] = page.Say(v.Words, v.Args...); v.Words == "" {
			list[i] = page.Say("%s", v.Message)
		}
	}
	return page.Sentences(list...)
}
