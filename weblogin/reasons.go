package weblogin

import (
	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/page"
)

// blank says that a field was left empty, and what to enter there.
func blank(field string, enter page.Text) page.Fault {
	return page.Fault{Field: field, Text: page.Sentences(page.Say("Something is missing."), enter)}
}

// checkTyping is what to do about a wrong password.
var checkTyping = page.Say("Check what you type, and whether capital letters are on.")

// deniedFault says why nobody is signed in, and what to do.
func deniedFault(why sallyport.Reason) page.Fault {
	if fault, known := deniedFaults[why]; known {
		return fault
	}
	return page.Fault{Text: page.Say("You cannot sign in at the moment. Ask whoever runs this site.")}
}

// deniedFaults are the reasons of an end. Before a right password there are four, so that nobody
// learns here who has an account.
var deniedFaults = map[sallyport.Reason]page.Fault{
	sallyport.ReasonWrongPassword:    {Field: "password", Text: page.Say("Name or password is wrong. Check both, and whether capital letters are on.")},
	sallyport.ReasonWrongCode:        {Text: page.Say("Too many wrong codes were typed, so that this sign-in is over. Sign in once more, and use the newest code.")},
	sallyport.ReasonUnknownUser:      {Field: "name", Text: page.Say("There is no account of this name. Check how it is spelt.")},
	sallyport.ReasonLastTry:          {Field: "password", Text: page.Sentences(page.Say("Name or password is wrong. After one more wrong password this name is locked for a while."), checkTyping)},
	sallyport.ReasonLockedOut:        {Text: page.Say("Too many wrong passwords were typed for this name, so that none is accepted for a while. Wait, or set a new password if you forgot it.")},
	sallyport.ReasonNotApproved:      {Text: page.Say("Your account waits for approval. You can sign in once somebody who runs this site has approved it.")},
	sallyport.ReasonDisabled:         {Text: page.Say("Your account is disabled. Ask whoever runs this site.")},
	sallyport.ReasonLocked:           {Text: page.Say("Your account is locked. Ask whoever runs this site.")},
	sallyport.ReasonNotYetValid:      {Text: page.Say("Your account is not yet valid. Ask whoever runs this site from when on it is.")},
	sallyport.ReasonExpired:          {Text: page.Say("Your account has expired. Ask whoever runs this site.")},
	sallyport.ReasonNoRole:           {Text: page.Say("Your account may not use this site. Ask whoever runs it.")},
	sallyport.ReasonGuessesUsedUp:    {Text: page.Say("Too many wrong codes were typed for this account, so that none is accepted for a while. Try again in an hour.")},
	sallyport.ReasonNoFactor:         {Text: page.Say("A second factor is needed, and none can be asked for or added at the moment. Ask whoever runs this site.")},
	sallyport.ReasonInvitationWanted: {Text: page.Say("A second factor is needed, and is added by invitation alone. Ask whoever runs this site for one.")},
	sallyport.ReasonDisowned:         {Text: page.Say("This sign-in was stopped: somebody said that it was not them, or typed a wrong number. If it was you, sign in once more.")},
	sallyport.ReasonOver:             {Text: page.Say("This sign-in is over: it took too long, had too many wrong codes, or your account was changed meanwhile. Sign in once more.")},
	sallyport.ReasonElsewhere:        {Text: page.Say("This password is kept elsewhere, and is changed there. Then sign in here with the new one.")},
}
