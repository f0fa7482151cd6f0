package sallyport

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
)

// Invitation is a key by which an account adds its first second factor, once, within
// seven days and beside its password. It is wanted where the policy says so
// (firstEnrollment), and of every account that once had a factor and has none now that
// could be asked for. It prints as a placeholder.
type Invitation struct {
	// Key is what comes along with call 1 of a login ([Login].Invitation), and URL the page
	// on which a browser takes it up. Both are secret, and empty where the invitation was
	// mailed and not returned.
	Key, URL string
	Ends     time.Time
	MailedTo string // the address; empty: it was not mailed
}

// String hides the key from accidental printing.
func (i Invitation) String() string { return "sallyport.Invitation(hidden)" }

// GoString is like [Invitation.String].
func (i Invitation) GoString() string { return i.String() }

// InviteBy says how an invitation goes out.
type InviteBy int

// The ways. With NoInvitation, the zero value, there is none.
const (
	NoInvitation   InviteBy = iota
	InviteReturned          // to the caller, who hands it on
	InviteMailed            // to the proven e-mail address of the account, and not to the caller
	InviteBoth              // to the caller and by mail
)

var inviteNames = [...]string{"", "returned", "mailed", "returned and mailed"}

// String says how the invitation goes out; of NoInvitation nothing.
func (by InviteBy) String() string {
	if by < 0 || int(by) >= len(inviteNames) {
		return fmt.Sprintf("InviteBy(%d)", int(by))
	}
	return inviteNames[by]
}

func (by InviteBy) mails() bool { return by == InviteMailed || by == InviteBoth }

// ErrNoProvenAddress means that nothing can be mailed to the owner of an account: it has
// no e-mail address that is proven to be theirs.
var ErrNoProvenAddress = errors.New("sallyport: the account has no proven e-mail address")

var errNoInvitation = errors.New("sallyport: InviteBy: say how the invitation goes out")

// Invite makes an invitation for an account. It takes nothing away: an account that has a
// factor which can be asked for proves that all the same before it adds another. Several
// may be good at a time. The first that adds a factor ends the others, as does whatever
// ends the sessions of the account: a change of its password or address,
// [Admin.EndSessions]. With [Admin.In] the page of the invitation goes by the policy of
// that application.
//
// Errors: [ErrNoProvenAddress] where it is to be mailed and cannot be, [ErrOwnAccount] of
// the actor's own account, and those of [Admin].
func (a *Admin) Invite(ctx context.Context, id string, by InviteBy) (*Invitation, error) {
	if by <= NoInvitation || by > InviteBoth {
		return nil, errNoInvitation
	}
	if a.e.hosts != nil {
		return a.inviteHosted(ctx, id, by)
	}
	var out *Invitation
	_, err := a.change(ctx, Event{Kind: EventInvited, Detail: by.String()}, id, a.actor.isOwn(id), func(c *call, _ *directory.Editor, f *directory.Found) (err error) {
		out, err = a.invite(c, by, invited{f.Account.ID, f.Account.Name, f.Age.Epoch, f.Factors.ProvenEmail()})
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// inviteHosted is Invite of an account that the host owns. One that never had a right
// password here gets its record now.
func (a *Admin) inviteHosted(ctx context.Context, id string, by InviteBy) (*Invitation, error) {
	if a.actor.isOwnHosted(id) {
		return nil, ErrOwnAccount
	}
	var out *Invitation
	err := a.edit(ctx, Event{Kind: EventInvited, Detail: by.String()}, func(c *call, _ *directory.Editor) (string, error) {
		if err := c.meetHosted(id); err != nil {
			return "", err
		}
		p := &c.who
		f, err := mfa.ReadFactors(c.tx, p.home, p.leastSerial())
		if err == nil {
			out, err = a.invite(c, by, invited{p.id, p.acc.Name, p.age.Epoch, f.ProvenEmail()})
		}
		return id, err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// meetHosted reads an account that the host owns, and brings our record up to what the
// host says.
func (c *call) meetHosted(id string) error {
	p := &c.who
	*p = person{accountRef: c.hostRef(id)}
	if err := c.tx.Fetch(append(p.personKeys(), account.HashMixes.Key(account.TheHashMix))...); err != nil {
		return err
	}
	if err := p.readState(c.tx); err != nil {
		return err
	}
	p.acc.ID = id
	if err := c.fill(0); err != nil {
		return err
	}
	if !p.known {
		return directory.ErrNoUser
	}
	return c.meet(true)
}

// invited is the account of an invitation that is being made.
type invited struct {
	id, name string
	epoch    uint64
	email    string // that is proven; empty: none
}

// invite writes the key of an invitation, and plans its mail.
func (a *Admin) invite(c *call, by InviteBy, to invited) (*Invitation, error) {
	k := account.MailedKey{Purpose: account.KeyInvitation, Account: to.id, Epoch: to.epoch, Application: a.app}
	switch {
	case by < NoInvitation || by > InviteBoth:
		return nil, errNoInvitation
	case !by.mails():
	case !c.channels.Email:
		return nil, errNoMail
	case to.email == "":
		return nil, ErrNoProvenAddress
	default:
		k.Address = to.email
	}
	text, err := account.NewMailedKey(c.tx, c.index, k)
	if err != nil {
		return nil, err
	}
	page := pageURL(c.cfg.Issuer, c.cfg.Pages.Invite, text)
	out := &Invitation{Ends: c.tx.Now().Add(k.Purpose.Life()), MailedTo: k.Address}
	if by != InviteMailed {
		out.Key, out.URL = text, page
	}
	if by.mails() {
		c.out.mails = append(c.out.mails, c.invitationMail(to, page))
	}
	return out, nil
}

// invitationMail carries an invitation to the owner of an account.
func (e *Engine) invitationMail(to invited, page string) mail {
	m := Message{Channel: mfa.Email, Kind: "invitation", To: to.email, User: to.name, Link: page, Lifetime: account.KeyInvitation.Life()}
	m.Subject = "Add a second factor at " + e.label
	m.Text = fmt.Sprintf("Whoever runs %s invites you to add a second factor to your account %q, such as an authenticator app. Have your password at hand and open this page within 7 days:\n\n%s\n\nGive the link to nobody. Without your password it opens nothing.\n", e.label, to.name, m.Link)
	return mail{Message: m}
}

// ResetFactors takes all second factors and recovery codes from an account, for somebody
// who has lost them, and ends its sessions and pending logins. Its addresses stay on
// record, and those that are proven are told. Where the account had a factor, the next one
// takes an invitation, which goes out as by says, or later by [Admin.Invite]; and where an
// address on record can be reached, that has to be proven first. Of the actor's own
// account it is [ErrOwnAccount].
//
// The invitation is nil with NoInvitation. Errors are those of Invite.
func (a *Admin) ResetFactors(ctx context.Context, id string, by InviteBy) (*Invitation, error) {
	var out *Invitation
	_, err := a.change(ctx, Event{Kind: EventFactorsReset, Detail: by.String()}, id, a.actor.isOwn(id), func(c *call, ed *directory.Editor, f *directory.Found) error {
		if had := f.Factors.Serial > 0; had {
			c.out.notices = append(c.out.notices, f.Factors.TellTakenAway(f.Account.Name, c.channels))
		}
		err := ed.ResetFactors(f)
		if err == nil && by != NoInvitation {
			out, err = a.invite(c, by, invited{f.Account.ID, f.Account.Name, f.Age.Epoch, f.Factors.ProvenEmail()})
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
