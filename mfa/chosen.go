package mfa

import "time"

// Choice is how the option of a request stands that was chosen last. The zero Choice is
// none.
type Choice struct {
	ID string
	// Live says that an answer may still be right: what was sent is good, and Ends is when
	// it no longer is. What an authenticator shows is good as long as the request lives.
	Live bool
	Ends time.Time
	// Unsent says that the last message could not be sent.
	Unsent bool
	// Approved says that its link was answered with yes, and only has to be collected.
	Approved bool
}

// NoteChoice notes which option was chosen last, for a page that shows it later. A choice
// that came to nothing, and one that is noted already, changes nothing.
func (c *Case) NoteChoice(id string, v Verdict) {
	if v != Waiting && v != FailedSending || c.Request.Chosen == id || c.Request.option(id) == nil {
		return
	}
	c.Request.Chosen, c.dirtyRequest = id, true
}

// Choice returns how the option stands that was chosen last. A link that was approved
// counts as that, whatever was chosen after it: it completes the request by itself.
func (c *Case) Choice() (out Choice) {
	if !c.Live() {
		return out
	}
	option := c.chosen()
	if option == nil {
		return out
	}
	out.ID, out.Unsent = option.ID, option.Failed && !option.Fresh
	out.Approved = option.Answer == Approved && !c.phantom
	switch {
	case option.Method.Transport == Authenticator:
		out.Live, out.Ends = true, c.Request.Expires
	case option.Digest != nil:
		out.Live, out.Ends = c.now.Before(option.Ends), option.Ends
	}
	if option.Method.Mode == Link && !c.pending.isLinked(c.record, c.now) {
		out.Live = false // given up by a later login, or answered
	}
	return out
}

// chosen returns the option that was chosen last; nil: none, or it is not to be had any
// more.
func (c *Case) chosen() *Option {
	for i := range c.Request.Options {
		if o := &c.Request.Options[i]; o.Answer == Approved && c.Request.option(o.ID) != nil {
			return o
		}
	}
	return c.Request.option(c.Request.Chosen)
}
