package sallyport

import (
	"context"
	"errors"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/internal/typed"
	"github.com/sallyport-auth/sallyport/password"
)

// maxTakenNames is how many names that are taken are told for one proof of an address,
// so that nobody reads off with it which names there are.
const maxTakenNames = 20

// Verification is the proof of an address by the key that was mailed to it. It prints
// as a placeholder.
type Verification struct {
	Address string // network address of the caller; may be empty
	Key     string // from the mail
	// Secret is that of the browser, see [RegistrationResult]. With it the password
	// serves that was typed at the start; in another browser it is empty.
	Secret string
	// Username takes the place of the name that was typed at the start. Empty: that one.
	Username string
	// Password takes the place of the one that was typed at the start, and is needed
	// without Secret: whoever began may be somebody else than who has the mailbox.
	Password string
}

// String hides the key from accidental printing.
func (Verification) String() string { return "sallyport.Verification(hidden)" }

// GoString is like [Verification.String].
func (in Verification) GoString() string { return in.String() }

// RegistrationStatus says how a sign-up stands.
type RegistrationStatus string

// The statuses. After RegistrationNameTaken, RegistrationNameRefused and
// RegistrationPasswordWanted the key is still good, for another call with what is
// wanted.
const (
	RegistrationCreated        RegistrationStatus = "created"         // the account can log in
	RegistrationWaits          RegistrationStatus = "waits"           // the account is made and waits for approval
	RegistrationNameTaken      RegistrationStatus = "name taken"      // another is wanted
	RegistrationNameRefused    RegistrationStatus = "name refused"    // another is wanted: see [VerificationResult].NameFault
	RegistrationPasswordWanted RegistrationStatus = "password wanted" // since the browser is another, or as [VerificationResult].Policy says
	RegistrationAddressTaken   RegistrationStatus = "address taken"   // meanwhile: its owner has an account, and no other is made
	RegistrationDead           RegistrationStatus = "dead"            // the key is unknown, too old, or spent
)

// VerificationResult is the answer to a [Verification]. It belongs to the caller.
type VerificationResult struct {
	Status RegistrationStatus
	// Account is the id of the account that was made, and Name its user name, with
	// RegistrationCreated and RegistrationWaits. Nobody is logged in by it.
	Account, Name string
	// NameFault says what is wrong with the name, with RegistrationNameRefused; else
	// nil. Policy says which rules the password of this call breaks, with
	// RegistrationPasswordWanted; nil: there was none.
	NameFault *FieldError
	Policy    *password.PolicyError
}

// VerifyEmail proves an address by the mailed key, which makes the account and spends
// the key in one commit: of several sign-ups for one name or one address the first
// proof wins. Once begun it does not depend on ctx. Nobody is logged in.
//
// What was typed and cannot be taken is told in the result. Errors: [ErrBusy],
// [ErrNoSignUp], a [ProtocolError] for a field that is too long, and faults; after any
// of them the key is as it was, or the account is made.
func (e *Engine) VerifyEmail(ctx context.Context, in Verification) (*VerificationResult, error) {
	if e.cfg.SignUp == nil {
		return nil, ErrNoSignUp
	}
	if err := checkFields(field{"address", in.Address}, field{"Secret", in.Secret}, field{"Username", in.Username}); err != nil {
		return nil, err
	}
	if !account.IsMailedKey(in.Key) {
		return &VerificationResult{Status: RegistrationDead}, nil
	}
	v := &verifying{in: in, fresh: newPassword{password: in.Password}}
	v.keyID = account.MailedKeyID(e.index, account.KeySignUp, in.Key)
	_, err := e.run(ctx, groupOf(in.Address, "sign-up"), func(c *call) error {
		v.result = VerificationResult{}
		return c.verifyEmail(v)
	})
	if err != nil {
		return nil, err
	}
	return &v.result, nil
}

// verifying is a proof over all attempts of its transaction.
type verifying struct {
	in     Verification
	keyID  string
	fresh  newPassword
	result VerificationResult

	// What follows was read in this attempt.

	editor *directory.Editor
	key    account.MailedKey
	reg    directory.Registration
	email  string // id of the entry of the address
}

// verifyEmail judges a proof, in the order in which the applicant may be told: key,
// address, name, password. Three rounds of reading at most and one commit.
func (c *call) verifyEmail(v *verifying) error {
	live, err := c.readVerification(v)
	if err != nil || !live {
		v.result.Status = RegistrationDead
		return err
	}
	switch owner, err := account.OtherHolder(c.tx, v.email, ""); {
	case err != nil:
		return err
	case owner != "":
		v.result.Status = RegistrationAddressTaken
		return c.endVerification(v, directory.RegistrationAddressTaken)
	}
	name, free, err := c.chosenName(v)
	if err != nil || !free {
		return err
	}
	pw, wanted, err := c.chosenPassword(v, name)
	if err != nil || wanted {
		v.result.Status = RegistrationPasswordWanted
		return err
	}
	c.tx.At(c.clock()) // the gate may have taken a while: the key may be over
	if _, live, err = account.ReadMailedKey(c.tx, account.KeySignUp, v.keyID); err != nil || !live {
		v.result.Status = RegistrationDead
		return err
	}
	return c.makeAccount(v, name, pw)
}

// readVerification reads the key and its registration, and reports whether both are
// good.
func (c *call) readVerification(v *verifying) (live bool, err error) {
	from := c.hostCall()
	if err := c.tx.FetchAndPeek([]string{account.MailedKeys.Key(v.keyID)}, from.keys()); err != nil {
		return false, err
	}
	if v.editor, err = c.editor(); err != nil {
		return false, err
	}
	if v.key, live, err = account.ReadMailedKey(c.tx, account.KeySignUp, v.keyID); err != nil || !live {
		return false, err
	}
	v.email = account.EmailID(c.index, v.key.Address)
	keys := []string{
		directory.Registrations.Key(v.key.Account), directory.OpenRegistrations.Key(v.key.Account),
		account.Emails.Key(v.email), account.HashMixes.Key(account.TheHashMix),
	}
	keys = append(keys, c.addressLockKeys(v.key.Address)...)
	if v.in.Username != "" {
		keys = append(keys, c.nameKeys(v.in.Username)...)
	}
	if err := c.tx.Fetch(keys...); err != nil {
		return false, err
	}
	v.reg, live, err = directory.Registrations.Get(c.tx, v.key.Account)
	return live && v.reg.End == "" && v.reg.Email == v.key.Address, err
}

// nameKeys are the records of a name that is asked for.
func (e *Engine) nameKeys(name string) []string {
	id := account.NameID(e.index, typed.Name(name))
	return []string{account.Names.Key(id), account.Lockouts.Key(id)}
}

// chosenName returns the name that is asked for, and reports whether it can be had.
// One that is taken is counted.
func (c *call) chosenName(v *verifying) (name string, free bool, err error) {
	name = v.reg.Name
	if v.in.Username != "" {
		name = typed.WrittenName(v.in.Username)
	}
	fault := typed.CheckChosenName(name, v.key.Address, c.cfg.SignUp.AnyScript)
	if fault != nil && v.in.Username != "" {
		v.result.Status, v.result.NameFault = RegistrationNameRefused, &FieldError{"Username", fault}
		return "", false, nil
	}
	if err := c.tx.Fetch(c.nameKeys(name)...); err != nil {
		return "", false, err
	}
	_, taken, err := account.Names.Get(c.tx, account.NameID(c.index, typed.Name(name)))
	if err != nil {
		return "", false, err
	}
	if !taken && fault == nil {
		return name, true, nil
	}
	v.result.Status = RegistrationNameTaken
	if v.reg.NamesTaken++; v.reg.NamesTaken >= maxTakenNames {
		return "", false, c.endVerification(v, directory.RegistrationNames)
	}
	return "", false, v.reg.Put(c.tx, v.key.Account)
}

// chosenPassword returns the password of the account: that of this call, or else that
// of the start, in the browser of the start alone. Wanted means that there is none.
func (c *call) chosenPassword(v *verifying, name string) (pw directory.NewHash, wanted bool, err error) {
	if v.in.Password != "" {
		refused, err := c.checkNew(&v.fresh, []string{name, v.key.Address, c.app.Name, c.label})
		if err != nil {
			return pw, false, err
		}
		if v.result.Policy, _ = errors.AsType[*password.PolicyError](refused.any()); v.result.Policy != nil {
			return pw, true, nil
		}
		err = c.hashNew(&v.fresh, password.Place{Name: v.keyID, Address: v.in.Address, Client: hostParty})
		return v.fresh.stored(), false, err
	}
	return v.reg.Password, !c.isOwnBrowser(&v.reg, v.key.Account, v.in.Secret), nil
}

// makeAccount makes the account, spends the key and ends the registration.
func (c *call) makeAccount(v *verifying, name string, pw directory.NewHash) error {
	a := &directory.Applicant{
		Name: name, Email: v.key.Address, Language: v.reg.Language, Attributes: v.reg.Attributes,
		Roles: c.cfg.SignUp.Roles, Password: pw, Factor: c.cfg.ProvenAddressIsFactor,
	}
	end := directory.RegistrationMade
	v.result.Status = RegistrationCreated
	if c.cfg.SignUp.Approval {
		a.Falls = c.tx.Now().Add(c.cfg.SignUp.Unapproved)
		end, v.result.Status = directory.RegistrationWaits, RegistrationWaits
	}
	f, err := v.editor.Register(a)
	if err != nil {
		return err
	}
	v.result.Account, v.result.Name = f.Account.ID, f.Account.Name
	return errors.Join(
		c.forgetMiss(account.NameID(c.index, typed.Name(name))), c.forgetMiss(c.addressLock(v.key.Address)),
		c.closeVerification(v, end), c.log(Event{Kind: EventSignedUp, Account: f.Account.ID}),
	)
}

// endVerification is the end of a registration of which nothing came.
func (c *call) endVerification(v *verifying, end directory.RegistrationEnd) error {
	c.note(Event{Kind: EventSignUpOver, Detail: string(end)})
	return c.closeVerification(v, end)
}

// closeVerification spends the key and ends the registration.
func (c *call) closeVerification(v *verifying, end directory.RegistrationEnd) error {
	open, err := directory.OpenRegistrations.Read(c.tx, v.key.Account)
	if err != nil {
		return err
	}
	open.Remove(v.key.Account)
	v.reg.Close(end)
	return errors.Join(open.Write(c.tx), v.reg.Put(c.tx, v.key.Account), v.key.Spend(c.tx, v.keyID))
}
