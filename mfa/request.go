package mfa

import (
	"fmt"
	"time"

	"github.com/sallyport-auth/sallyport/internal/limit"
	"github.com/sallyport-auth/sallyport/internal/record"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/totp"
)

// Life is how long a pending login lives.
const Life = 10 * time.Minute

// RequestTable keeps pending logins under a keyed digest of their id, see
// [RequestRecord].
var RequestTable = store.NewTable[Request]("request", store.TableOptions{})

// RequestRecord returns the id of the record of a request. The request's own id
// stands in URLs and mails, so it is stored only as a digest.
func RequestRecord(index store.Index, id string) string { return index.ID("request", id) }

// State is where a request stands. Every state but Open is final.
type State string

// The states.
const (
	Open         State = ""
	Granted      State = "granted"      // tokens were issued
	Denied       State = "denied"       // "this wasn't me", a wrong number, or canceled
	Unauthorized State = "unauthorized" // the user has no role in the application
	Closed       State = "closed"       // too many wrong codes
)

// Request is one pending login: the first factor has passed, the second is
// wanted.
type Request struct {
	Account     string
	Epoch       uint64
	Client      string
	Instance    uint64 // of the client, which one that is made under its id anew has not
	Application string
	Scopes      []string
	Resource    string // the audience that was asked for (RFC 8707); empty: none was
	Name        string // the user's name as the directory spells it
	From        string // network address of call 1, shown on the link page
	Created     time.Time
	Expires     time.Time

	State   State
	Options []Option
	Tries   int          // wrong codes charged
	Sends   int          // messages of options
	Miss    limit.Repeat // the last wrong code

	// Proven is when a second factor was proven without tokens having been
	// issued yet, by a first enrollment.
	Proven time.Time

	Enrollment Enrollment
	Browser    []byte // digest of the cookie of the browser that opened the page
	// Seed is what the recovery codes of the pending authenticator come from, hidden
	// under the cookie of the browser that confirmed it, if one did. It is here and
	// nowhere else, and is erased when the request ends.
	Seed    []byte
	Granted time.Time // when it was; codes may be shown for a moment longer
	// ReturnURL is where the page leads back to, Device what the login was made
	// with, in words. Both are empty where the client did not say.
	ReturnURL string
	Device    string
	Resume    []byte // digest of the secret that stands for the password, see [Case.Resume]

	// Purpose is [ChangePassword], [PasswordChanged], [Passwordless], or what [Request.Confirms] lists;
	// empty: a login and no more.
	Purpose string
	Key     string         // of a [ResetPassword]: id of the record of the mailed key it belongs to
	Staged  StagedPassword // ends with the request
	Refused int            // new passwords that were refused
	// ProvenBy is the option by which the second factor was proven, where the login
	// was not complete with it.
	ProvenBy string
	// Weak says that the account's password, as it was typed last in this request, does
	// not meet the policy: calls without a password are judged by it.
	Weak bool
	// Typed is the id of the lockout that call 1 was counted by, where the account was
	// named by its address; empty: that of its name.
	Typed string
	// NewAddress is what [ChangeAddress] is about, and Session the host's own session
	// in which the change was begun; empty: none.
	NewAddress, Session string
	// Invitation is the id of the record of the mailed key by which the request may add
	// a first factor; empty: none.
	Invitation string
	Factor     string // id of the one that a [RemoveFactor] is about
	Keep       bool   // whoever logs in stays signed in for longer
	// Need are the names of the methods that meet a [StepUp]; none: each that the policy
	// counts. TakesRecovery says that a recovery code does, too. Given is a digest of the
	// answer that met it.
	Need          []string
	TakesRecovery bool
	Given         []byte
	Chosen        string // id of the option that was chosen last, of the host's own requests; empty: none was
	// Holder is a digest of a secret of the browser that a login belongs to; none: to no one.
	// Of such a one Given is a digest of the answer that completed it, and Opened the id of
	// the session that came of it.
	Holder []byte
	Opened string

	// What follows has its place and is not written yet.

	Opener string // network address of whoever opened the page

	Unknown record.Unknown // what a newer program has written
}

// Option is one way to answer a request, bound to a confirmed factor.
type Option struct {
	ID       string
	Method   Method
	To       string
	Lifetime time.Duration
	Number   string // to be typed on the link page

	Sent   time.Time // the last send
	Ends   time.Time // of what was sent
	Failed bool      // the last send did not go out
	Fresh  bool      // the next send counts as a first one
	Digest []byte    // of the live code or link token; none: nothing is live
	Answer LinkAnswer
	// Adding is that the approver ticked what would be added.
	Adding bool
	// Past is the digest of the last link that was answered, and PastAnswer how, so
	// that its page goes on telling while the request is remembered.
	Past       []byte
	PastAnswer LinkAnswer

	Unknown record.Unknown // what a newer program has written
}

// LinkAnswer is what became of the last link of an option.
type LinkAnswer string

// The answers.
const (
	Unanswered LinkAnswer = ""
	Approved   LinkAnswer = "approved"

	// The rest are told of links that have ended.

	ApprovedAlone LinkAnswer = "approved alone" // and what was staged was not added
	Disowned      LinkAnswer = "denied"
	WrongNumber   LinkAnswer = "wrong number"
	Over          LinkAnswer = "over" // expired, replaced, or its request has ended
)

// retire ends the live link or code of the option. Of a link that was answered it
// keeps how.
func (o *Option) retire(how LinkAnswer) {
	if o.Method.Mode == Link && o.Digest != nil && how != Over {
		o.Past, o.PastAnswer = o.Digest, how
	}
	o.Digest = nil
}

// Display returns the masked destination of an option, and stars alone where nobody has
// shown yet that they may know anything of the account.
func (r *Request) Display(o *Option) string {
	if r.Unproven() {
		return "***"
	}
	return Offer{Method: o.Method, To: o.To}.Display()
}

// NewRequest is what [Begin] makes a request of.
type NewRequest struct {
	ID          string // a fresh UUID
	Account     string
	Home        string // as in [Terms]
	Epoch       uint64
	Client      string
	Instance    uint64 // as in [Request]
	Application string
	Scopes      []string
	Resource    string // as in [Request]
	Name        string
	Typed       string // as in [Request]
	From        string
	Peer        string // network address as budgets tell it apart; empty: the client counts instead
	User        string // network address of the user; empty: not known
	LinkNumber  bool   // links are answered with a number that the client shows
	ReturnURL   string // where the enrollment page leads back to
	Device      string // what the login is made with, in words
	Purpose     string // as in [Request], like the next four
	Key         string
	NewAddress  string
	Session     string
	Invitation  string
	Factor      string
	Keep        bool
	Staged      StagedPassword
	Weak        bool   // as in [Request]
	Need        Need   // of a [StepUp]
	Replaces    string // the record of a request that ends for this one; empty: none
	Resume      string // a secret that is to stand for the password, see [NewResume]; empty: none
	Holder      string // the secret of the browser that the login belongs to; empty: to no one

	Factors  *Factors // of the account, as read
	Policy   Policy
	Channels Channels
}

// Begin makes a request with an option for each offer. Where an authenticator
// may be enrolled its secret is made here too, so that pictures write nothing.
// The live links of earlier requests of the same client, address and account end.
// Where the account has too many open requests another one ends for it, of
// which the notices tell the owner. The account's records must have been read
// ([Keys]); its factors are written where there is a notice.
func Begin(tx *store.Tx, index store.Index, n NewRequest) (*Request, []Notice, error) {
	pending, _, err := PendingTable.Get(tx, n.Home)
	if err != nil {
		return nil, nil, fmt.Errorf("reading pending logins: %w", err)
	}
	record, now := RequestRecord(index, n.ID), tx.Now()
	r := n.request(now)
	if n.Resume != "" {
		r.Resume = resumeDigest(index, record, n.Resume)
	}
	if n.Holder != "" {
		r.Holder = holderDigest(index, record, n.Holder)
	}
	pending.settle(tx)
	pending.tidy(now)
	from := starter(index, n.User, n.Client)
	if n.Purpose == StepUp {
		from = "" // it takes the place of no login's link
	}
	pending.endLinksOf(from)
	if n.Replaces != "" {
		pending.close(n.Replaces)
	}
	evicted := pending.admit(OpenRequest{Record: record, Expires: r.Expires, Group: openGroup(index, n.Peer, n.Client), Starter: from})
	var tell []Notice
	if to := n.Factors.Targets(n.Channels); evicted && !r.Unproven() && len(to) > 0 && pending.mayTell(ManyRequests, now) && n.Factors.takeNotice(ManyRequests, now) {
		pending.setTold(ManyRequests, now)
		tell = append(tell, Notice{Kind: ManyRequests, User: n.Name, To: to})
		if err := FactorsTable.Put(tx, n.Home, *n.Factors, time.Time{}); err != nil {
			return nil, nil, err
		}
	}
	if err := PendingTable.Put(tx, n.Home, pending, pendingUntil(now)); err != nil {
		return nil, nil, err
	}
	return r, tell, RequestTable.Insert(tx, record, *r, r.Expires)
}

// request returns the request that n describes.
func (n *NewRequest) request(now time.Time) *Request {
	r := &Request{
		Account: n.Account, Epoch: n.Epoch, Client: n.Client, Instance: n.Instance, Application: n.Application,
		Scopes: n.Scopes, Resource: n.Resource, Name: n.Name, Typed: n.Typed, From: n.From, ReturnURL: n.ReturnURL, Device: n.Device, Created: now, Expires: now.Add(Life),
		Purpose: n.Purpose, Key: n.Key, NewAddress: n.NewAddress, Session: n.Session, Invitation: n.Invitation, Factor: n.Factor, Keep: n.Keep, Staged: n.Staged, Weak: n.Weak,
		Need: n.Need.names(), TakesRecovery: n.Need.Recovery,
	}
	for _, offer := range n.offers(now) {
		r.Options = append(r.Options, newOption(offer, n.Policy, n.LinkNumber || n.Purpose == StepUp))
	}
	if r.enrolls() && !r.Unproven() && n.Policy.canEnroll(Authenticator, n.Channels) {
		r.Enrollment.Secret = totp.NewSecret()
	}
	return r
}

// offers are what the request can be answered with.
func (n *NewRequest) offers(now time.Time) []Offer {
	switch n.Purpose {
	case Passwordless:
		return n.Factors.unprovenOffers(n.Policy, n.Channels)
	case ResetPassword:
		return n.Factors.BesideMail(n.Policy, n.Channels, now)
	case ChangeAddress, CloseAccount, AddFactor, RemoveFactor, RenewRecovery:
		return codes(n.Factors.Offers(n.Policy, n.Channels, now))
	case StepUp:
		return n.Factors.Meeting(n.Need, n.Policy, n.Channels, now)
	}
	return n.Factors.Offers(n.Policy, n.Channels, now)
}

func newOption(offer Offer, p Policy, number bool) Option {
	option := Option{ID: rnd.UUID(), Method: offer.Method, To: offer.To, Lifetime: p.OTPLifetime}
	switch {
	case offer.Transport == Authenticator:
		option.Lifetime = totp.Period
	case offer.Mode == Link:
		option.Lifetime = p.LinkLifetime
		if number {
			option.Number = rnd.Text(2, alphabet(Numeric))
		}
	}
	return option
}

// option returns the option with that id, nil if there is none to choose.
func (r *Request) option(id string) *Option {
	if r.State == Open && r.WantsPassword() { // one that was refused has given up what it staged
		return nil
	}
	for i := range r.Options {
		if r.Options[i].ID == id {
			return &r.Options[i]
		}
	}
	return nil
}

// HasOption reports whether id is one of the request's options.
func (r *Request) HasOption(id string) bool { return r.option(id) != nil }

// LinkEnds returns when the live link of an option ends; zero: there is none. The
// account's open requests, at its home, say whether it is live; they must have been
// read.
func (r *Request) LinkEnds(tx *store.Tx, home, record, id string) (time.Time, error) {
	option := r.option(id)
	if option == nil || option.Method.Mode != Link || option.Digest == nil {
		return time.Time{}, nil
	}
	pending, _, err := PendingTable.Get(tx, home)
	if err != nil || !pending.isLinked(record, tx.Now()) {
		return time.Time{}, err
	}
	return option.Ends, nil
}

// Waiting reports whether something was sent that still waits to be answered.
func (r *Request) Waiting() bool {
	for _, option := range r.Options {
		if !option.Sent.IsZero() {
			return true
		}
	}
	return false
}
