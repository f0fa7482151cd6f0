package sallyport

import (
	"cmp"
	"context"

	"github.com/sallyport-auth/sallyport/internal/detach"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/password"
	"github.com/sallyport-auth/sallyport/token"
	"github.com/sallyport-auth/sallyport/wire"
)

// PasswordChange is a call that changes a password by the old one: of the account
// that a pending login is of, of the one that a session is of, or of the one that has a
// name. It prints as a placeholder.
type PasswordChange struct {
	Caller      *Caller // nil is the host itself
	Address     string  // network address of the caller, for budgets; may be empty
	UserAddress string  // as in [Login]
	RequestID   string  // of a pending login, such as one that was answered PasswordChangeWanted
	// Session is the handle of a session of the host's own, which goes on after the
	// change; all others of the account end. Neither Caller nor RequestID nor Username
	// stands beside it.
	Session     string
	Username    string // needed without RequestID and Session
	Password    string // the old one
	NewPassword string
	Browser     string // as in [Login]: with RequestID that of its login, else of the one that may begin
}

// String hides the passwords from accidental printing.
func (PasswordChange) String() string { return "sallyport.PasswordChange(hidden)" }

// GoString is like [PasswordChange.String].
func (in PasswordChange) GoString() string { return in.String() }

// PasswordStatus says how a change or a reset of a password went, in Visual Guard's words.
type PasswordStatus string

// The statuses.
const (
	PasswordChanged       PasswordStatus = "Success"
	OldPasswordWrong      PasswordStatus = "OldPasswordDoesNotMatch" // or no such account, or one that may not log in
	OldPasswordLastTry    PasswordStatus = "LastBadLogin"            // wrong, and the next one locks the name
	PasswordsLockedOut    PasswordStatus = "AccountIsLockedOut"
	NewPasswordRefused    PasswordStatus = "NewPasswordDoesNotPassValidation" // this or one of the next three: it breaks the policy
	NewPasswordUsed       PasswordStatus = "PasswordHistoryDoesNotPassValidation"
	NewPasswordShort      PasswordStatus = "PasswordLengthDoesNotPassValidation"
	NewPasswordPlain      PasswordStatus = "PasswordComplexityDoesNotPassValidation"
	PasswordChangeRefused PasswordStatus = "Failure" // the account may not log in, or its password is kept by a module
	PasswordRequestOver   PasswordStatus = "ChangePasswordRequestNotExists"
	ResetKeyUnknown       PasswordStatus = "ChangePasswordRequestKeyNotMatch" // or spent, dead, given up, or of an account that changed since
)

// PasswordResult is the answer to a [PasswordChange].
type PasswordResult struct {
	Status PasswordStatus
	// RequestID names the login that goes on with [Engine.Login], with this id and
	// the new password: always after a change inside a pending login, and where a
	// second factor has to be proven before the new password is the account's. Else
	// it is empty, and the next login is one like any other.
	RequestID string
	// Policy says which rules the new password breaks; nil: none. Where a second
	// factor has still to be proven, rules that speak of the account are told only
	// after it, by a login that wants another password.
	Policy *password.PolicyError
}

// Wire returns the document of the result, to be sent with 200, or with 400 where the
// change failed.
func (r *PasswordResult) Wire() wire.PasswordResult {
	doc := wire.PasswordResult{RequestID: r.RequestID, Status: string(r.Status), IsFailed: r.Status != PasswordChanged}
	if r.Policy != nil {
		doc.Messages = r.Policy.Messages()
	}
	return doc
}

// ChangePassword changes a password by the old one, which is judged and charged as at
// call 1 of a login. The new one becomes the account's at once where nothing else is
// wanted of that account; where a second factor is, it is staged, and becomes the
// account's in the commit that completes the login. That commit ends all other
// sessions and pending logins, and the owner is told.
//
// In a session whose login proved a second factor no other is wanted. The fifth wrong
// old password in one session ends it. Errors are those of [Engine.Login], and
// [ErrInvalidSession].
func (e *Engine) ChangePassword(ctx context.Context, in PasswordChange) (*PasswordResult, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	if err := e.takesPasswords(); err != nil {
		return nil, err
	}
	client, err := e.clientOf(in.Caller, in.Address)
	if err != nil {
		return nil, err
	}
	if e.throttled(&client) {
		return nil, ErrBusy
	}
	d := &passwordDialog{fresh: newPassword{password: in.NewPassword}, session: in.Session}
	d.from, d.guess.password = client, in.Password
	d.in = Login{
		Caller: in.Caller, Address: in.Address, UserAddress: in.UserAddress,
		GrantType: token.GrantVGAuthenticator, RequestID: normalID(in.RequestID), Username: in.Username, Password: in.Password, Browser: in.Browser,
	}
	t := e.calls.Begin(ctx, groupOf(in.Address, client.id))
	t.Coarsen(newHashGrain)
	defer t.End()
	out, err := e.changePassword(t, d)
	t.End()
	if err == nil && d.over {
		err = ErrInvalidSession
	}
	if err != nil {
		return nil, err
	}
	e.notify(&out)
	if err := e.tellUnstored(out.untold); err != nil {
		return nil, err
	}
	if t.Gone() {
		t.Blur()
		return nil, ended(t.Ended())
	}
	return d.result(&out), nil
}

// check finds the calls that make no sense, before anything is read.
func (in *PasswordChange) check() error {
	switch {
	case in.Session != "" && (in.Caller != nil || in.RequestID != "" || in.Username != ""):
		return invalid("Session")
	case in.RequestID == "" && in.Session == "" && in.Username == "":
		return invalid("Username")
	case in.Password == "":
		return invalid("password")
	case in.NewPassword == "":
		return invalid("newPassword")
	case !isBrowserSecret(in.Browser):
		return invalid("browser")
	}
	return checkFields(
		field{"requestId", in.RequestID}, field{"Username", in.Username},
		field{"VGClientAddress", in.UserAddress}, field{"address", in.Address},
	)
}

func (e *Engine) changePassword(t *detach.Call, d *passwordDialog) (outcome, error) {
	if d.session != "" {
		return e.changeInSession(t, d)
	}
	if d.in.RequestID == "" {
		d.requestID, d.user = rnd.UUID(), e.typedUser(d.in.Username)
		return e.attempt(t, func(c *call) error { return c.changeByName(d) })
	}
	return e.attempt(t, func(c *call) error { return c.changeInRequest(d) })
}

// result is what the outcome of the transaction is called here.
func (d *passwordDialog) result(out *outcome) *PasswordResult {
	r := &PasswordResult{Status: passwordStatus(out.answer), RequestID: out.requestID, Policy: d.refused}
	switch {
	case d.refused != nil:
		r.Status = refusedStatus(d.refused)
	case d.changed:
		r.Status = PasswordChanged
	}
	return r
}

// refusedStatus is what the one kind of rule is called that a password breaks.
func refusedStatus(e *password.PolicyError) PasswordStatus {
	kinds := map[password.Rule]PasswordStatus{
		password.RuleHistory: NewPasswordUsed, password.RuleMinLength: NewPasswordShort,
		password.RuleMinNonAlphanumeric: NewPasswordPlain, password.RulePattern: NewPasswordPlain,
	}
	var one PasswordStatus
	for _, v := range e.Failed {
		kind := cmp.Or(kinds[v.Rule], NewPasswordRefused)
		if one != "" && one != kind {
			return NewPasswordRefused
		}
		one = kind
	}
	return one
}

func passwordStatus(a answer) PasswordStatus {
	switch a.reason {
	case ReasonWrongPassword, ReasonUnknownUser:
		return OldPasswordWrong
	case ReasonLastTry:
		return OldPasswordLastTry
	case ReasonLockedOut:
		return PasswordsLockedOut
	case ReasonOver:
		return PasswordRequestOver
	}
	return PasswordChangeRefused
}

// changeByName judges name and password as call 1 does. Where a second factor is
// wanted it begins the login that proves it, with the new password staged.
func (c *call) changeByName(d *passwordDialog) error {
	d.changed, d.refused = false, nil
	scopes, err := c.readFirst(&d.dialog)
	if err != nil {
		return err
	}
	if c.answeredUnread(&d.guess) {
		return nil
	}
	if err := c.tx.Fetch(append(c.who.personKeys(), c.who.guard.Keys()...)...); err != nil {
		return err
	}
	right, err := c.judgePassword(&d.guess)
	if err != nil || !right {
		return err
	}
	return c.changeRight(d, scopes, false)
}

// changeInRequest stages the new password in a pending login, or sets it where that
// login wants nothing else.
func (c *call) changeInRequest(d *passwordDialog) error {
	d.changed, d.refused = false, nil
	request, err := c.readLater(&d.dialog)
	if err != nil {
		return err
	}
	if ok, err := c.belongs(&d.in, request); err != nil {
		return err
	} else if !ok || !request.Live() {
		c.out.answer = answers[mfa.Dead]
		return nil
	}
	if c.who.module != nil {
		c.out.answer = keptByModule
		return nil
	}
	c.out.requestID = d.in.RequestID
	c.who.staged = request.Request.Staged.Hash
	if err := c.tx.Fetch(c.who.guard.Keys()...); err != nil {
		return err
	}
	right, err := c.judgePassword(&d.guess)
	if err != nil || !right {
		return err
	}
	var f facts
	c.factorFacts(&f, request.Factors, request.Policy())
	alone := f.factor == factorNone && !request.PassEarlier()
	ok, err := c.judgeChange(d, request.Factors, alone || request.PassEarlier())
	switch {
	case err != nil:
		return err
	case !ok:
		request.RefusePassword()
		return request.Save(c.tx)
	case !alone:
		request.StagePassword(d.staged)
		if err := c.log(Event{Kind: EventPasswordStaged, Account: c.who.id, Client: c.client.ID}); err != nil {
			return err
		}
		return request.Save(c.tx)
	}
	request.AdoptPassword()
	request.TellPasswordChanged()
	c.out.notices = append(c.out.notices, request.Tell...)
	if err := c.setPassword(d.staged, EventPasswordChanged); err != nil {
		return err
	}
	request.SetEpoch(c.who.age.Epoch)
	return request.Save(c.tx)
}
