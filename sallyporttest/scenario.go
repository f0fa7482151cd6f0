package sallyporttest

import "github.com/sallyport-auth/sallyport/wire"

// LoginWithCode logs a person of the kit in by a name, a password and, where
// one is asked for, the first option that is answered by a code: mailed, sent
// as a text message or shown by the person's authenticator, for which the
// clock may move to the next code. It returns the last call; the first one
// that did not go as it should ends it.
func (c *Client) LoginWithCode(name, password string) Answer {
	c.t().Helper()
	a := c.Login(name, password)
	o, ok := firstCode(a.Options)
	if !ok {
		return a
	}
	who := c.kit.Person(name)
	if who == nil {
		c.t().Errorf("sallyporttest: got the name %q, want one that was added with AddUser", name)
		return a
	}
	if o.TransportModeDisplay == "MicrosoftAuthenticator" {
		if who.Authenticator == nil {
			c.t().Errorf("sallyporttest: %q is asked for an authenticator and has none: put it into Person.Authenticator", name)
			return a
		}
		return c.AnswerWith(a, o.TransportModeDisplay, o.AuthenticationModeDisplay, who.Authenticator.Fresh())
	}
	to := who.Email
	if o.TransportModeDisplay == "SMS" {
		to = who.Mobile
	}
	n := c.kit.Outbox.Count()
	a = c.Choose(a, o.TransportModeDisplay, o.AuthenticationModeDisplay)
	if c.kit.Outbox.Count() == n {
		return a // nothing was sent: the answer says why
	}
	return c.Answer(a, c.kit.Outbox.LastCode(to))
}

func firstCode(options []wire.Option) (o wire.Option, ok bool) {
	for _, o := range options {
		if o.AuthenticationModeDisplay == "OTP" {
			return o, true
		}
	}
	return o, false
}
