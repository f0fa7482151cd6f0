package directory

import (
	"time"

	"github.com/sallyport-auth/sallyport/password"
)

// Bounds of the age of passwords.
const (
	minMaxAge      = 24 * time.Hour // less would end passwords while people are at work
	maxMaxAge      = 3650 * 24 * time.Hour
	maxGraceLogons = 100
)

// passwords reads the rules on passwords. Fields that are left out have the values of
// [DefaultPolicy].
func (c *checker) passwords(at string, d *Passwords) PasswordRules {
	r := DefaultPolicy().Passwords
	least := or(d.MinLength, password.DefaultMinLength)
	r.MinLength = or(d.MinLength, 0) // 0 is refused where it is stated
	history := or(d.HistoryLength, *r.HistoryLength)
	r.HistoryLength = &history
	r.MinNonAlphanumeric, r.Pattern, r.Message = d.MinNonAlphanumeric, d.Pattern, d.Message
	r.MaxAge, r.GraceLogons, r.ResetNeedsFactor = d.MaxAge, d.GraceLogons, d.ResetNeedsFactor

	if c.number(at+".minLength", least, 1, password.MaxMinLength) {
		c.number(at+".minNonAlphanumeric", r.MinNonAlphanumeric, 0, least)
	}
	if err := password.CheckPattern(r.Pattern); err != nil {
		c.add(at+".pattern", "%w", err)
	}
	if err := password.CheckMessage(r.Pattern, r.Message); err != nil {
		c.add(at+".message", "%w", err)
	}
	c.number(at+".historyLength", history, 0, password.MaxHistory)
	if r.MaxAge != 0 && (r.MaxAge < minMaxAge || r.MaxAge > maxMaxAge || r.MaxAge%time.Second != 0) {
		c.add(at+".maxAge", "%v is not %v to %v in whole seconds, or 0s for never", r.MaxAge, minMaxAge, maxMaxAge)
	}
	c.number(at+".graceLogons", r.GraceLogons, 0, maxGraceLogons)
	return r
}

// number checks that n is of a range, and reports whether it is.
func (c *checker) number(path string, n, least, most int) bool {
	if n < least || n > most {
		c.add(path, "%d is not %d to %d", n, least, most)
		return false
	}
	return true
}
