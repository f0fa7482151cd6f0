package sallyport

import "github.com/sallyport-auth/sallyport/mfa"

// chooseOrAnswer gives a request of a session the option of a call, or the code for it.
func (c *call) chooseOrAnswer(in *Login, request *mfa.Case) (v mfa.Verdict, err error) {
	if in.Code == "" {
		v, err = c.choose(request, in.OptionID)
	} else {
		v = request.Answer(in.OptionID, in.Code)
	}
	c.out.notices = append(c.out.notices, request.Tell...)
	return v, err
}

// keepRefusal writes that a call has not proven a factor, which has been answered: its event,
// the request, which had so many tries before, and a miss of the session.
func (c *call) keepRefusal(d *dialog, request *mfa.Case, v mfa.Verdict, tries int) error {
	if err := c.logVerdict(v, request.Unchecked); err != nil {
		return err
	}
	if err := request.Save(c.tx); err != nil {
		return err
	}
	if err := c.missSession(d, request.Request.Tries > tries, v == mfa.Lapsed); err != nil {
		return err
	}
	c.offerAgain(request)
	return nil
}
