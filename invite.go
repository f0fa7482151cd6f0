package sallyport

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/message"
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
// Errors: [ErrNoProvenAddress] where it is to be mailed and cannot be,
// [directory.ErrPasswordless] of an account without a password, which has no use for one,
// [ErrOwnAccount] of the actor's own account, and those of [Admin].
func (a *Admin) Invite(ctx context.Context, id string, by InviteBy) (*Invitation, error) {
	if by <= NoInvitation || by > InviteBoth {
		return nil, errNoInvitation
	}
	return a.editInviting(ctx, Event{Kind: EventInvited, Detail: by.String()}, id, func(c *call, _ *directory.Editor, f *directory.Found) (*Invitation, error) {
		return a.invite(c, by, f)
	})
}

// editInviting runs one edit of an account, whoever owns it, that may make an invitation.
func (a *Admin) editInviting(ctx context.Context, ev Event, id string, fn func(*call, *directory.Editor, *directory.Found) (*Invitation, error)) (*Invitation, error) {
	if a.actor.isOwn(id) || a.actor.isOwnKept(id) {
		return nil, ErrOwnAccount
	}
	var out *Invitation
	err := a.edit(ctx, ev, func(c *call, ed *directory.Editor) (string, error) {
		f, err := c.meetUser(ed, id)
		if err == nil {
			out, err = fn(c, ed, f)
		}
		return c.who.publicID(), err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// meetUser reads an account, whoever owns it, which becomes that of the call. One that is
// kept elsewhere, and never had a right password here, gets its record now.
func (c *call) meetUser(ed *directory.Editor, id string) (*directory.Found, error) {
	if !c.isElsewhere(id) {
		c.who = person{accountRef: c.ref(normalID(id))}
		return ed.Find(c.who.id)
	}
	if err := c.findKept(id); err != nil {
		return nil, err
	}
	p := &c.who
	if err := c.tx.Fetch(append(p.personKeys(), account.HashMixes.Key(account.TheHashMix))...); err != nil {
		return nil, err
	}
	if err := p.readState(c.tx); err != nil {
		return nil, err
	}
	if err := c.fill(false); err != nil {
		return nil, err
	}
	if !p.known {
		return nil, directory.ErrNoUser
	}
	if err := c.meet(true); err != nil {
		return nil, err
	}
	return ed.FindKept(p.acc.Name, p.home)
}

// invite writes the key of an invitation, and plans its mail.
func (a *Admin) invite(c *call, by InviteBy, f *directory.Found) (*Invitation, error) {
	k := account.MailedKey{Purpose: account.KeyInvitation, Account: c.who.id, Epoch: f.Age.Epoch, Application: a.app}
	email := f.Factors.ProvenEmail()
	switch {
	case by < NoInvitation || by > InviteBoth:
		return nil, errNoInvitation
	case f.Account.Passwordless:
		return nil, directory.ErrPasswordless
	case !by.mails():
	case !c.channels.Email:
		return nil, errNoMail
	case email == "":
		return nil, ErrNoProvenAddress
	default:
		k.Address = email
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
		c.out.mails = append(c.out.mails, c.invitationMail(&f.Account, email, page))
	}
	return out, nil
}

// invitationMail carries an invitation to the owner of an account.
func (e *Engine) invitationMail(acc *account.Account, to, page string) draft {
	facts := message.Facts{User: acc.Name, Link: page, Life: account.KeyInvitation.Life()}
	return draft{reader: reader{language: acc.Language}, topic: message.Invitation, facts: facts, kind: "invitation", channel: mfa.Email, to: to}
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
	return a.editInviting(ctx, Event{Kind: EventFactorsReset, Detail: by.String()}, id, func(c *call, ed *directory.Editor, f *directory.Found) (*Invitation, error) {
		if had := f.Factors.Serial > 0; had {
			n := f.Factors.TellTakenAway(f.Account.Name, c.channels)
			n.Language = f.Account.Language
			c.out.notices = append(c.out.notices, n)
		}
		err := ed.ResetFactors(f)
		if err != nil || by == NoInvitation {
			return nil, err
		}
		return a.invite(c, by, f)
	})
}
