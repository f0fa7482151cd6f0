package sallyport

import "github.com/sallyport-auth/sallyport/mfa"

// choose has an option of a request chosen. In a request of the host's own it is noted
// which, since a page that is drawn later shows it ([Engine.ViewRequest]); that an
// authenticator was chosen stands nowhere else.
func (c *call) choose(request *mfa.Case, option string) (v mfa.Verdict, err error) {
	if v, c.out.message, err = request.Choose(c.tx, option); err == nil && c.host {
		request.NoteChoice(option, v)
	}
	return v, err
}
