package sallyport

import (
	"context"

	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/internal/detach"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/internal/typed"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/token"
	"github.com/sallyport-auth/sallyport/wire"
)

// PasswordChange is a call that changes a password by the old one: of the account
// that a pending login is of, or of the one that has a name. It prints as a
// placeholder.
type PasswordChange struct {
	Caller      *Caller // nil is the host itself
	Address     string  // network address of the caller, for budgets; may be empty
	UserAddress string  // as in [Login]
	RequestID   string  // of a pending login, such as one that was answered PasswordChangeWanted
	Username    string  // needed without RequestID
	Password    string  // the old one
	NewPassword string
}

// String hides the passwords from accidental printing.
func (PasswordChange) String() string { return "sallyport.PasswordChange(hidden)" }

// GoString is like [PasswordChange.String].
func (in PasswordChange) GoString() string { return in.String() }

// PasswordStatus says how a change of a password went, in Visual Guard's words.
type PasswordStatus string

// The statuses.
const (
	PasswordChanged       PasswordStatus = "Success"
	OldPasswordWrong      PasswordStatus = "OldPasswordDoesNotMatch" // or no such account, or one that may not log in
	OldPasswordLastTry    PasswordStatus = "LastBadLogin"            // wrong, and the next one locks the name
	PasswordsLockedOut    PasswordStatus = "AccountIsLockedOut"
	NewPasswordRefused    PasswordStatus = "NewPasswordDoesNotPassValidation"
	PasswordChangeRefused PasswordStatus = "Failure" // the account may not log in
	PasswordRequestOver   PasswordStatus = "ChangePasswordRequestNotExists"
)

// PasswordResult is the answer to a [PasswordChange].
type PasswordResult struct {
	Status PasswordStatus
	// RequestID names the login that goes on with [Engine.Login], with this id and
	// the new password: always after a change inside a pending login, and where a
	// second factor has to be proven before the new password is the account's. Else
	// it is empty, and the next login is one like any other.
	RequestID string
	// Messages say, for people to read, what is wrong with the new password.
	Messages []string
}

// Wire returns the document of the result, to be sent with 200, or with 400 where the
// change failed.
func (r *PasswordResult) Wire() wire.PasswordResult {
	return wire.PasswordResult{RequestID: r.RequestID, Status: string(r.Status), IsFailed: r.Status != PasswordChanged, Messages: r.Messages}
}

// ChangePassword changes a password by the old one, which is judged and charged as at
// call 1 of a login. The new one becomes the account's at once where nothing else is
// wanted of that account; where a second factor is, it is staged, and becomes the
// account's in the commit that completes the login. That commit ends all other
// sessions and pending logins, and the owner is told. Errors are those of
// [Engine.Login].
func (e *Engine) ChangePassword(ctx context.Context, in PasswordChange) (*PasswordResult, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	client, err := e.clientOf(in.Caller, in.Address)
	if err != nil {
		return nil, err
	}
	if e.throttled(&client) {
		return nil, ErrBusy
	}
	d := &passwordDialog{fresh: freshPassword{password: in.NewPassword}}
	d.from, d.guess.password = client, in.Password
	d.in = Login{
		Caller: in.Caller, Address: in.Address, UserAddress: in.UserAddress,
		GrantType: token.GrantVGAuthenticator, RequestID: normalID(in.RequestID), Username: in.Username, Password: in.Password,
	}
	t := e.calls.Begin(ctx, groupOf(in.Address, client.id))
	defer t.End()
	out, err := e.changePassword(t, d)
	t.End()
	if err != nil {
		return nil, err
	}
	e.notify(out.notices)
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
	case in.RequestID == "" && in.Username == "":
		return invalid("Username")
	case in.Password == "":
		return invalid("password")
	case in.NewPassword == "":
		return invalid("newPassword")
	}
	return checkFields(
		field{"requestId", in.RequestID}, field{"Username", in.Username},
		field{"VGClientAddress", in.UserAddress}, field{"address", in.Address},
	)
}

// passwordDialog is a change of a password over all attempts of its transaction.
type passwordDialog struct {
	dialog
	fresh   freshPassword
	changed bool // or staged
	refused []string
}

// freshPassword is a password that is to be set, and its hash once it was made.
type freshPassword struct{ password, hash string }

func (e *Engine) changePassword(t *detach.Call, d *passwordDialog) (outcome, error) {
	if d.in.RequestID == "" {
		d.requestID, d.name = rnd.UUID(), typed.Name(d.in.Username)
		return e.attempt(t, func(c *call) error { return c.changeByName(d) })
	}
	return e.attempt(t, func(c *call) error { return c.changeInRequest(d) })
}

// result is what the outcome of the transaction is called here.
func (d *passwordDialog) result(out *outcome) *PasswordResult {
	r := &PasswordResult{Status: passwordStatus(out.answer), RequestID: out.requestID}
	switch {
	case len(d.refused) > 0:
		r.Status, r.Messages = NewPasswordRefused, d.refused
	case d.changed:
		r.Status = PasswordChanged
	}
	return r
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
	if c.answered(&d.guess, c.who.known) {
		return nil
	}
	if err := c.tx.Fetch(append(c.who.personKeys(), c.who.guard.Keys()...)...); err != nil {
		return err
	}
	right, err := c.judgePassword(&d.guess)
	if err != nil || !right {
		return err
	}
	factors, err := mfa.ReadFactors(c.tx, c.who.home, c.who.age.Serial)
	if err != nil {
		return err
	}
	rules := directory.MFAPolicy(&c.who.acc, c.policy, &c.app)
	f := c.who.facts(c.tx.Now())
	f.password, f.hasRole, f.mustChange = true, true, false // whether it must be is no matter: it is being done
	c.factorFacts(&f, &factors, rules)
	c.out.answer = assess(f)
	if c.out.outcome == Denied {
		return c.log(Event{Kind: EventRefused, Account: c.who.id, Client: c.client.ID, Status: c.out.status})
	}
	if ok, err := c.makeHash(d); err != nil || !ok {
		return err
	}
	if c.out.outcome != Granted {
		c.out.requestID, d.purpose, d.staged = d.requestID, mfa.ChangePassword, d.fresh.hash
		return c.beginRequest(&d.dialog, scopes, factors, rules)
	}
	c.out.notices = append(c.out.notices, mfa.Notice{Kind: mfa.NewPassword, User: c.who.acc.Name, To: factors.Targets(c.channels)})
	return c.setPassword(d.fresh.hash)
}

// changeInRequest stages the new password in a pending login, or sets it where that
// login wants nothing else.
func (c *call) changeInRequest(d *passwordDialog) error {
	d.changed, d.refused = false, nil
	request, err := c.readLater(&d.dialog)
	if err != nil {
		return err
	}
	if !c.belongs(&d.in, request) || !request.Live() {
		c.out.answer = answers[mfa.Dead]
		return nil
	}
	c.out.requestID = d.in.RequestID
	c.who.staged = request.Request.StagedPassword
	if err := c.tx.Fetch(c.who.guard.Keys()...); err != nil {
		return err
	}
	right, err := c.judgePassword(&d.guess)
	if err != nil || !right {
		return err
	}
	if ok, err := c.makeHash(d); err != nil || !ok {
		return err
	}
	var f facts
	if c.factorFacts(&f, request.Factors, request.Policy()); f.factor != factorNone || request.PassEarlier() {
		request.StagePassword(d.fresh.hash)
		if err := c.log(Event{Kind: EventPasswordStaged, Account: c.who.id, Client: c.client.ID}); err != nil {
			return err
		}
		return request.Save(c.tx)
	}
	request.AdoptPassword()
	request.TellPasswordChanged()
	c.out.notices = append(c.out.notices, request.Tell...)
	if err := c.setPassword(d.fresh.hash); err != nil {
		return err
	}
	request.SetEpoch(c.who.age.Epoch)
	return request.Save(c.tx)
}

// makeHash judges the new password and hashes it, once over all attempts. It reports
// whether there is a hash; else the answer says what is wrong with the password. The
// old one was right, so what this costs tells nothing.
func (c *call) makeHash(d *passwordDialog) (ok bool, err error) {
	if d.refused = refusals(d.fresh.password, d.guess.password); len(d.refused) > 0 {
		return false, nil
	}
	if d.changed = true; d.fresh.hash != "" {
		return true, nil
	}
	var fault error
	err = c.gate.Do(c.time, c.place(&d.guess), func(bool) {
		d.fresh.hash, fault = c.cfg.PasswordParams.Hash(typed.Password(d.fresh.password))
	})
	if err == nil {
		err = fault
	}
	return err == nil, err
}

// refusals says what is wrong with a new password beside the old one.
func refusals(fresh, old string) []string {
	switch err := typed.CheckPassword(fresh); {
	case err != nil:
		return []string{"The new password " + err.Error() + "."}
	case typed.Password(fresh) == typed.Password(old):
		return []string{"The new password is the old one."}
	}
	return nil
}
