package weblogin

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/page"
)

// graceLife is how long it may take until the page is drawn that tells of a sign-in by grace.
const graceLife = time.Minute

// What a sign-in by grace has gone without, as the cookie says it, with how many more there are.
const (
	gracePassword = "password" // it is too old
	graceWeak     = "weak"     // it does not meet the rules
	graceFactor   = "factor"   // none was proven
)

// graceOf returns what a login that was granted has gone without; empty: nothing.
func graceOf(s *stand) string {
	switch {
	case s.reason == sallyport.ReasonPasswordExpired:
		return gracePassword + "-" + strconv.Itoa(s.graceLeft)
	case s.reason == sallyport.ReasonPasswordWeak:
		return graceWeak + "-" + strconv.Itoa(s.graceLeft)
	case s.reason == sallyport.ReasonFactorSkipped:
		return graceFactor + "-" + strconv.Itoa(s.factorGraceLeft)
	}
	return ""
}

// takeGrace says what the sign-in just now has gone without, once.
func (v *visit) takeGrace() (said page.Text, factor bool) {
	what, left, ok := strings.Cut(v.read(graceCookie), "-")
	n, err := strconv.Atoi(left)
	if !ok || err != nil || n < 0 || n > 1000 {
		return page.Text{}, false
	}
	if v.r.Method == http.MethodGet {
		v.drop(graceCookie)
	}
	switch what {
	case gracePassword:
		return graceText(n, page.Say("Your password is too old. This was the last sign-in with it: change it now."),
			page.Say("Your password is too old. Sign-ins that it is still good for: %d. Change it before.", n)), false
	case graceWeak:
		return graceText(n, page.Say("Your password does not meet the rules of this site. This was the last sign-in with it: change it now."),
			page.Say("Your password does not meet the rules of this site. Sign-ins that it is still good for: %d. Change it before.", n)), false
	case graceFactor:
		return graceText(n, page.Say("You need a second factor. This was the last sign-in without one: add one now."),
			page.Say("You need a second factor. Sign-ins that go without one: %d. Add one before.", n)), true
	}
	return page.Text{}, false
}

// graceText is the one for the last sign-in, or the one for several more.
func graceText(left int, last, more page.Text) page.Text {
	if left == 0 {
		return last
	}
	return more
}
