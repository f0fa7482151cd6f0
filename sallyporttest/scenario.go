package sallyporttest

import "github.com/sallyport-auth/sallyport/wire"

// LoginWithCode logs somebody in by a name, a password and, where one is asked
// for, the first option that is answered by a code: mailed, sent as a text
// message or shown by an authenticator. It does not matter how the user came to
// be; only an authenticator has to be in [Kit.Person], and the clock may move to
// its next code. It returns the last call; the first one that did not go as it
// should ends it.
func (c *Client) LoginWithCode(name, password string) Answer {
	c.t().Helper()
	a := c.Login(name, password)
	o, ok := firstCode(a.Options)
	if !ok {
		return a
	}
	if o.TransportModeDisplay == "MicrosoftAuthenticator" {
		who := c.kit.Person(name)
		if who == nil || who.Authenticator == nil {
			c.t().Errorf("sallyporttest: %q is asked for an authenticator that the kit does not have: put it into Person.Authenticator, or answer with AnswerWith", name)
			return a
		}
		return c.AnswerWith(a, o.TransportModeDisplay, o.AuthenticationModeDisplay, who.Authenticator.Fresh())
	}
	n := c.kit.Outbox.Count()
	a = c.Choose(a, o.TransportModeDisplay, o.AuthenticationModeDisplay)
	code, ok := c.kit.Outbox.codeSince(n, name)
	if !ok {
		return a // nothing was sent: the answer says why
	}
	return c.Answer(a, code)
}

func firstCode(options []wire.Option) (o wire.Option, ok bool) {
	for _, o := range options {
		if o.AuthenticationModeDisplay == "OTP" {
			return o, true
		}
	}
	return o, false
}
