package main

import (
	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/mfa"
)

// reasons are what people are told. Of a wrong name and a wrong password they are told the
// same, so that nobody learns who has an account.
var reasons = map[sallyport.Reason]string{
	sallyport.ReasonWrongPassword:    "Name or password is wrong.",
	sallyport.ReasonLastTry:          "Name or password is wrong. One more wrong password, and the name is locked for a while.",
	sallyport.ReasonLockedOut:        "There were too many wrong passwords. Try again later.",
	sallyport.ReasonNotApproved:      "This account was not approved yet.",
	sallyport.ReasonDisabled:         "This account is disabled.",
	sallyport.ReasonLocked:           "This account is locked.",
	sallyport.ReasonNotYetValid:      "This account is not good yet.",
	sallyport.ReasonExpired:          "This account is not good any more.",
	sallyport.ReasonNoRole:           "This account has no role here.",
	sallyport.ReasonMustChange:       "The password has to be changed first. Ask whoever runs this app.",
	sallyport.ReasonPasswordExpired:  "The password is too old. Ask whoever runs this app.",
	sallyport.ReasonPasswordWeak:     "The password is too weak. Ask whoever runs this app.",
	sallyport.ReasonWrongCode:        "That code is wrong.",
	sallyport.ReasonNotSent:          "The message could not be sent. Try another way.",
	sallyport.ReasonLinkUnanswered:   "Nobody opened the link in time. Send another, or try another way.",
	sallyport.ReasonGuessesUsedUp:    "There were too many wrong codes. Try again in an hour.",
	sallyport.ReasonNoFactor:         "You have no second factor that serves here. Add one on the page of your account.",
	sallyport.ReasonEnrollmentWanted: "You have no second factor that serves here. Add one on the page of your account.",
	sallyport.ReasonInvitationWanted: "A second factor is added by invitation. Ask whoever runs this app.",
	sallyport.ReasonTooEarly:         "That code was made too early. Wait for the next one.",
	sallyport.ReasonNothingToAdd:     "There is no second factor that you could add.",
	sallyport.ReasonDisowned:         "The link was refused.",
	sallyport.ReasonOver:             "That took too long, or was finished already. Begin again.",
}

// words say why; empty: there is nothing to say.
func words(r sallyport.Reason) string {
	text, known := reasons[r]
	if !known && r != sallyport.NoReason {
		return "That does not work: " + string(r) + "."
	}
	return text
}

// verb is what the button of an option says.
func verb(o sallyport.Option) string {
	switch {
	case o.Transport == mfa.Authenticator:
		return "Use the code of my authenticator"
	case o.Mode == mfa.Link:
		return "Send a link to " + o.Destination
	default:
		return "Send a code to " + o.Destination
	}
}

// factorView is a step in which a second factor is proven.
type factorView struct {
	RequestID string
	Options   []sallyport.Option
	Chosen    *sallyport.Option // nil: none yet
	Link, App bool              // that one is a link, or an authenticator
	Message   string
}

// viewFactor is the step that an answer of the engine asks for; chosen is the id of the option
// that the form brought.
func viewFactor(requestID string, options []sallyport.Option, why sallyport.Reason, chosen string) factorView {
	v := factorView{RequestID: requestID, Options: options, Message: words(why)}
	if why == sallyport.ReasonNotSent || why == sallyport.ReasonLinkUnanswered {
		return v
	}
	for i := range options {
		if options[i].ID == chosen {
			v.Chosen, v.Link, v.App = &options[i], options[i].Mode == mfa.Link, options[i].Transport == mfa.Authenticator
		}
	}
	return v
}
