package sallyport

import (
	"github.com/sallyport-auth/sallyport/internal/typed"
	"github.com/sallyport-auth/sallyport/mfa"
)

// A login of the host's own whose calls bring a secret of the browser belongs to it. Where the
// answer that granted it is lost, the same call gets it again: the request keeps a digest of
// what was said and the id of the session, and the secret of the handle comes of the
// browser's, so that nothing rests by which it could be made.

// saidBy is what a call says of a request.
func saidBy(in *Login, request *mfa.Case) said {
	if len(request.Request.Holder) == 0 {
		return said{}
	}
	return said{in.Browser, in.OptionID, saidBeside(in)}
}

// saidBeside is what was said besides the option. That of a password is only that there was one,
// which is judged anew: no digest of it is kept. Calls with a code have an option.
func saidBeside(in *Login) string {
	switch {
	case in.OptionID != "":
		return typed.Code(in.Code)
	case in.Password != "":
		return "password"
	case in.ResumeSecret != "":
		return "resume " + in.ResumeSecret
	}
	return ""
}

// answerLost answers a call on a login that was granted a moment ago: with that answer, if it
// is the call that was granted, and else as a request that is over. A wrong code is charged
// to the request, or whoever has the secret of the browser had thirty seconds of guesses.
func (c *call) answerLost(d *dialog, request *mfa.Case) error {
	c.out.answer = answers[mfa.Dead]
	if !request.IsGiven(c.said.option, c.said.words) {
		if d.in.Code == "" || !request.MissGiven(c.said.option, c.said.words) {
			return nil
		}
		if err := c.log(Event{Kind: EventWrongCode, Account: c.who.id, Client: c.client.ID, Status: c.out.status}); err != nil {
			return err
		}
		return request.Save(c.tx)
	}
	if d.in.Password != "" {
		if right, err := c.judgeLate(&d.guess, d.in.Username); err != nil || !right {
			return err
		}
	}
	return c.giveAgain(d, request.Request)
}

// giveAgain gives the session of a login again, if it is open and has its first handle still.
// It changes nothing.
func (c *call) giveAgain(d *dialog, r *mfa.Request) error {
	s, ok, err := c.session(r.Opened)
	if err != nil || !ok || !c.who.usable(c.tx.Now()) {
		return err
	}
	handle, ok, err := c.handles().First(&s, c.said.holder, c.who.age.Epoch, c.tx.Now())
	if err != nil || !ok {
		return err
	}
	access, err := c.access(&s)
	if err != nil {
		return err
	}
	var f facts
	c.who.weak = r.Weak
	c.ageFacts(&f)
	c.out.answer, c.out.identity, c.out.session = granted(f), c.who.identity(), &Session{Handle: handle, Access: *access}
	if c.out.byGrace() {
		c.out.graceLeft = c.policy.Passwords.GraceLogons - c.who.age.GraceUsed
	}
	if !d.in.RememberDevice || d.in.OptionID == "" {
		return nil
	}
	devices, err := mfa.ReadDevices(c.tx, c.index, c.who.home, c.who.age.Epoch)
	if err == nil {
		c.out.deviceToken = devices.Again(c.said.seed(c.index, s.ID))
	}
	return err
}
