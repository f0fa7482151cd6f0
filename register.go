package sallyport

import (
	"cmp"
	"context"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/internal/openlist"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/internal/typed"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/password"
	"github.com/sallyport-auth/sallyport/token"
)

// CanSignUp reports whether people can sign up: [Config].SignUp is set.
func (e *Engine) CanSignUp() bool { return e.cfg.SignUp != nil }

// SignInBy returns what people may type to say who they are, as [Config].SignInBy has it.
func (e *Engine) SignInBy() SignInBy { return e.cfg.SignInBy }

// Register begins to make an account for somebody who signs up. There is none, and no
// claim to the name, before they have proven the address with the key that is mailed:
// see [Engine.VerifyEmail]. Whoever has the address already is told by mail, and its
// owner's account stays as it is. The answer, and the work, are alike whatever is
// taken, so that nobody learns here who has an account.
//
// Errors are about what was typed: one [*FieldError] for each field at fault, joined,
// or a [*password.PolicyError]. Else they are [ErrBusy], also where too many signed up
// from the caller's network address within the hour; [ErrNoSignUp]; a
// [ProtocolError] for a bad Caller; and faults.
func (e *Engine) Register(ctx context.Context, in Registration) (*RegistrationResult, error) {
	if e.cfg.SignUp == nil {
		return nil, ErrNoSignUp
	}
	if err := in.faults(e.cfg.SignUp); err != nil {
		return nil, err
	}
	if err := checkFields(field{"VGClientAddress", in.UserAddress}, field{"address", in.Address}); err != nil {
		return nil, err
	}
	client, err := e.clientOf(in.Caller, in.Address)
	if err != nil {
		return nil, err
	}
	if e.throttled(&client) {
		return nil, ErrBusy
	}
	r := &registering{
		in: in, from: client, id: rnd.UUID(), email: typed.Email(in.Email),
		secret: strings.ToLower(rnd.Hex(32)), fresh: newPassword{password: in.Password, toCome: true},
	}
	t := e.calls.Begin(ctx, groupOf(in.Address, client.id))
	defer t.End()
	out, err := e.attempt(t, func(c *call) error { return c.register(r) })
	t.End()
	if err != nil {
		return nil, err
	}
	e.mail(r.mail)
	if err := e.tellUnstored(out.untold); err != nil {
		return nil, err
	}
	if t.Gone() {
		return nil, ended(t.Ended())
	}
	return &RegistrationResult{Secret: r.secret}, nil
}

// registering is a start of a sign-up over all attempts of its transaction.
type registering struct {
	in     Registration
	from   clientCall
	id     string // of the registration
	email  string // as it is stored and mailed
	secret string // of the browser
	fresh  newPassword
	mail   *letter // nil: none goes out

	// What follows was read in this attempt.

	open  openlist.List
	gone  *openlist.Entry // which makes room; nil: none
	group uint64
	taken bool // somebody has proven the address; then they are who
}

// register judges a start and writes the registration: two rounds of reading, one
// hash and one commit of nine records at most. For an address that is taken it is the
// same, and the key is mailed to nobody.
func (c *call) register(r *registering) error {
	r.mail = nil
	address, err := c.readRegister(r)
	if err != nil {
		return err
	}
	switch ok, err := mfa.TakeBudgets(c.tx, startBudgets(c.index, startOfSignUp, address)...); {
	case err != nil:
		return err
	case !ok:
		return fmt.Errorf("%w: too many sign-ups from this network address", ErrBusy)
	}
	refused, err := c.checkNew(&r.fresh, []string{r.in.Username, r.email, c.app.Name, c.label})
	if err != nil {
		return err
	}
	if err := refused.any(); err != nil {
		return err
	}
	mails := mailBudget(c.index, r.email)
	if err := c.hashNew(&r.fresh, password.Place{Name: mails.ID, Address: address, Client: c.client.ID}); err != nil {
		return err
	}
	c.tx.At(c.clock()) // the gate may have taken a while
	sends, err := mfa.TakeMail(c.tx, c.index, r.email, mails)
	if err != nil {
		return err
	}
	return c.writeRegister(r, sends)
}

// readRegister reads what a start is judged by, in two rounds, and returns the network
// address of whoever makes it.
func (c *call) readRegister(r *registering) (address string, err error) {
	held, own := account.EmailID(c.index, r.email), *c.application.Load()
	err = c.tx.FetchAndPeek(
		append(mfa.BudgetKeys(c.index, mfa.Email, r.email), directory.OpenRegistrations.Key(r.id), mailBudget(c.index, r.email).Key()),
		append(r.from.keys(), account.Emails.Key(held), directory.Applications.Key(own)))
	if err != nil {
		return "", err
	}
	if err := c.authenticate(&r.from, token.GrantVGAuthenticator); err != nil {
		return "", err
	}
	if err := c.checkDefaultRoles(own); err != nil {
		return "", err
	}
	address = c.user(r.in.Address, r.in.UserAddress)
	if r.open, err = directory.OpenRegistrations.Read(c.tx, r.id); err != nil {
		return "", err
	}
	r.group = c.openGroup(address)
	r.gone = r.open.MakeRoom(r.group)
	owner, err := account.OtherHolder(c.tx, held, "")
	if err != nil {
		return "", err
	}
	r.taken = owner != ""
	c.who = person{accountRef: c.ref(cmp.Or(owner, nameless(c.index, held)))}
	fetch := mfa.KeysOf(startBudgets(c.index, startOfSignUp, address))
	if r.gone != nil {
		fetch = append(fetch, directory.Registrations.Key(r.gone.ID), account.MailedKeys.Key(r.gone.Key))
	}
	if err := c.tx.FetchAndPeek(fetch, c.who.stateKeys()); err != nil {
		return "", err
	}
	return address, c.who.readState(c.tx)
}

// checkDefaultRoles returns an error where an account that is made would have a role
// that does not exist.
func (c *call) checkDefaultRoles(application string) error {
	app, _, err := directory.Applications.Get(c.tx, application)
	if err != nil {
		return err
	}
	ed := directory.Editor{Tx: c.tx, Index: c.index, Application: &app}
	if err := ed.CheckRoles(c.cfg.SignUp.Roles); err != nil {
		return fmt.Errorf("sallyport: Config.SignUp.Roles: %w", err)
	}
	return nil
}

// writeRegister writes the registration and its key, and plans the mail, if one goes
// out.
func (c *call) writeRegister(r *registering, sends bool) error {
	factors, err := mfa.ReadFactors(c.tx, c.who.home, c.who.leastSerial())
	if err != nil {
		return err
	}
	if r.gone != nil {
		if err := errors.Join(directory.Registrations.Delete(c.tx, r.gone.ID), account.MailedKeys.Delete(c.tx, r.gone.Key)); err != nil {
			return err
		}
	}
	key, err := account.NewMailedKey(c.tx, c.index, account.MailedKey{Purpose: account.KeySignUp, Account: r.id, Address: r.email})
	if err != nil {
		return err
	}
	now := c.tx.Now()
	reg := directory.Registration{
		Name: typed.WrittenName(r.in.Username), Email: r.email, Language: r.in.Language, Attributes: slices.Clone(r.in.Attributes),
		Password: r.fresh.stored(), Browser: c.signUpSecret(r.id, r.secret), Made: now,
	}
	r.open.Add(openlist.Entry{ID: r.id, Key: account.MailedKeyID(c.index, account.KeySignUp, key), Group: r.group, Made: now})
	begun := Event{Kind: EventSignUpBegun, Client: c.client.ID}
	l := &letter{reader: reader{r.in.Language, c.app.Name}, to: r.email, key: key}
	if r.taken {
		begun.Account = c.who.id
		l = &letter{reader: reader{c.who.acc.Language, c.app.Name}, to: factors.Email.Value, user: c.who.acc.Name}
	}
	// The owner is told at the address as they have proven it, and not as it was typed.
	if sends && (!r.taken || factors.Email.IsProven() && typed.SameEmail(l.to, r.email)) {
		r.mail = l
	}
	c.out.untold = append(c.out.untold, begun)
	return errors.Join(directory.Registrations.Insert(c.tx, r.id, reg, now.Add(directory.RegistrationLife())), r.open.Write(c.tx))
}

// signUpSecret is how the secret of a browser rests in its registration.
func (e *Engine) signUpSecret(registration, secret string) []byte {
	return e.index.Digest("sign-up-browser", registration, secret)
}

// isOwnBrowser reports whether the secret is that of the browser in which a sign-up began.
func (e *Engine) isOwnBrowser(r *directory.Registration, id, secret string) bool {
	return secret != "" && len(secret) <= maxField && subtle.ConstantTimeCompare(e.signUpSecret(id, secret), r.Browser) == 1
}

// openGroup is the group of callers for which a registration is listed: that of their
// network address, or of their client where there is none.
func (c *call) openGroup(address string) uint64 {
	from := widePeer(address)
	if from == "" {
		from = "client " + c.client.ID
	}
	return binary.BigEndian.Uint64(c.index.Digest("sign-up-group", from))
}
