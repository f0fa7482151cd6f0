package weblogin

import (
	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/page"
)

// refusedChange says why a change of the account was not made, and what to do.
func refusedChange(why sallyport.Reason) page.Fault {
	if fault, known := changeFaults[why]; known {
		return fault
	}
	if fault, known := deniedFaults[why]; known {
		return fault
	}
	return page.Fault{Text: page.Say("This cannot be done at the moment. Ask whoever runs this site.")}
}

// changeFaults are the reasons that read otherwise than at a sign-in.
var changeFaults = map[sallyport.Reason]page.Fault{
	sallyport.ReasonWrongPassword:    {Field: "password", Text: page.Sentences(page.Say("This is not your present password."), checkTyping)},
	sallyport.ReasonLastTry:          {Field: "password", Text: page.Sentences(page.Say("This is not your present password. After one more wrong one your name is locked for a while."), checkTyping)},
	sallyport.ReasonLockedOut:        {Text: page.Say("Too many wrong passwords were typed for your name, so that none is accepted for a while. Try again later.")},
	sallyport.ReasonMustChange:       mustChange,
	sallyport.ReasonPasswordExpired:  mustChange,
	sallyport.ReasonPasswordWeak:     mustChange,
	sallyport.ReasonEnrollmentWanted: {Text: page.Say("Your account needs a second factor first. Add one on the page of your account, then begin once more.")},
	sallyport.ReasonNoFactor:         {Text: page.Say("None of your second factors can be asked for at the moment, so that this cannot be changed. Ask whoever runs this site.")},
	sallyport.ReasonInvitationWanted: {Text: page.Say("A second factor is added to your account by invitation alone. Ask whoever runs this site for one.")},
	sallyport.ReasonLastFactor:       {Text: page.Say("This is the last second factor that we can ask you for, and your account needs one. Add another one first, then remove this one.")},
	sallyport.ReasonUnknownFactor:    {Text: page.Say("Your account has no such second factor any more. The page of your account lists those that it has.")},
	sallyport.ReasonNothingToAdd:     {Text: page.Say("Your account has all the second factors that it may have. If another one is to take the place of one of them, remove that first.")},
	sallyport.ReasonNoRecovery:       {Text: page.Say("There are no recovery codes for your account. They stand in for an authenticator app: if you have none, add one first.")},
	sallyport.ReasonDisowned:         {Text: page.Say("This was stopped: somebody said that it was not them, or typed a wrong number. If it was you, begin once more.")},
	sallyport.ReasonOver:             {Text: page.Say("This change is over: it took too long, had too many wrong codes, or your account was changed meanwhile. Begin once more.")},
	sallyport.ReasonWrongCode:        {Text: page.Say("Too many wrong codes were typed, so that this change is over. Begin once more, and use the newest code.")},
	sallyport.ReasonElsewhere:        keptElsewhere,
}

var keptElsewhere = page.Fault{Text: page.Sentences(page.Say("Nothing was changed."), page.Say("Your account is kept elsewhere: change this there."))}

var mustChange = page.Fault{Text: page.Say("Your password has to be changed first. Do that on the page of your account, then begin once more.")}

// firstWanted says what has to be done before a change.
func firstWanted(o sallyport.Outcome) page.Fault {
	if o == sallyport.PasswordChangeWanted {
		return mustChange
	}
	return refusedChange(sallyport.ReasonEnrollmentWanted)
}
