package sallyport

import (
	"slices"
	"strings"
	"time"

	"github.com/sallyport-auth/sallyport/internal/gsm"
	"github.com/sallyport-auth/sallyport/message"
)

// linkFits reports whether a link, without a label, fits into two text messages in every
// language: with a long issuer or page it may not. That of a sign-in has the most words.
func linkFits(issuer, page string) bool {
	f := message.Facts{Link: pageURL(issuer, page, strings.Repeat("0", 64)), Life: 240 * time.Second, Factors: []string{"SMS", "Email", "MicrosoftAuthenticator"}}
	return !slices.ContainsFunc(message.Languages(), func(tag string) bool {
		return !gsm.Fits(message.NewText(tag, message.SignInLink, &f), message.Segments(message.SignInLink))
	})
}
