package directory

import (
	"time"

	"github.com/sallyport-auth/sallyport/mfa"
)

// policy reads the general policy. Fields that are left out have the values of
// [DefaultPolicy].
func (c *checker) policy(d *Policy) {
	p, pw, at := DefaultPolicy(), &d.Password, "policy.password"
	p.Passwords = c.passwords(at, pw)
	p.MaxBadLogons = or(pw.MaxBadLogons, p.MaxBadLogons)
	if p.MaxBadLogons < 0 || p.MaxBadLogons > 100 {
		c.add(at+".maxBadLogons", "%d is not 1 to 100, or 0 for never locking", p.MaxBadLogons)
	}
	p.BadLogonWindow = or(pw.BadLogonWindow, p.BadLogonWindow)
	c.duration(at+".badLogonWindow", p.BadLogonWindow, time.Second, 24*time.Hour)
	p.AutoUnlockAfter = or(pw.AutoUnlockAfter, p.AutoUnlockAfter)
	c.duration(at+".autoUnlockAfter", p.AutoUnlockAfter, 0, 24*time.Hour)
	p.MFA = c.rules("policy.mfa", &d.MFA)
	c.want.policy = &p
}

// rules reads one layer of policy on second factors.
func (c *checker) rules(at string, d *MFA) mfa.Rules {
	c.number(at+".graceLogons", or(d.GraceLogons, 0), 0, maxGraceLogons)
	if d.Mode != nil {
		c.oneOf(at+".mode", *d.Mode, mfa.Off, mfa.WhenEnrolled, mfa.Required)
	}
	if d.FirstEnrollment != nil {
		c.oneOf(at+".firstEnrollment", *d.FirstEnrollment, mfa.ByPassword, mfa.ByInvitation)
	}
	if d.OTPType != nil {
		c.oneOf(at+".otpType", *d.OTPType, mfa.Numeric, mfa.Alphabetic, mfa.Alphanumeric)
	}
	if d.Session != nil {
		c.duration(at+".session", *d.Session, 0, mfa.MaxRemembered)
	}
	if d.SessionScope != nil {
		c.oneOf(at+".sessionScope", *d.SessionScope, mfa.ScopeApplication, mfa.ScopeRepository)
	}
	if d.OTPLifetime != nil {
		c.duration(at+".otpLifetime", *d.OTPLifetime, time.Minute, 5*time.Minute)
	}
	if d.LinkLifetime != nil {
		c.duration(at+".linkLifetime", *d.LinkLifetime, time.Minute, 4*time.Minute)
	}
	least := 6
	if c.shortCodes {
		least = 3
	}
	if n := or(d.OTPLength, 6); n < least || n > 9 {
		c.add(at+".otpLength", "%d is not %d to 9", n, least)
	}
	if n := or(d.RecoveryCodes, mfa.DefaultRecoveryCodes); n < 0 || n > mfa.MaxRecoveryCodes {
		c.add(at+".recoveryCodes", "%d is not 0 to %d", n, mfa.MaxRecoveryCodes)
	}
	methods, transports := methodNames()
	c.names(at+".methods", d.Methods, methods)
	c.names(at+".enrollable", d.Enrollable, transports)
	return mfa.Rules{
		Mode: d.Mode, Methods: d.Methods, Enrollable: d.Enrollable, OTPLifetime: d.OTPLifetime,
		LinkLifetime: d.LinkLifetime, OTPLength: d.OTPLength, OTPType: d.OTPType, Session: d.Session, SessionScope: d.SessionScope,
		RecoveryCodes: d.RecoveryCodes, FirstEnrollment: d.FirstEnrollment, GraceLogons: d.GraceLogons,
	}
}

// methodNames returns the names of methods and of transports that policies know, as
// package mfa spells them.
func methodNames() (methods, transports []string) {
	p := mfa.DefaultPolicy()
	for _, m := range p.Methods {
		methods = append(methods, m.String())
	}
	for _, t := range p.Enrollable {
		transports = append(transports, t.String())
	}
	return methods, transports
}

// names checks that a list has known names alone, each once.
func (c *checker) names(path string, list, known []string) {
	seen := once{}
	for i, s := range list {
		if at := element(path, i); c.oneOf(at, s, known...) {
			seen.check(c, at, s, "name")
		}
	}
}
