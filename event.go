package sallyport

import (
	"encoding/binary"
	"encoding/hex"
	"strconv"
	"time"

	"github.com/sallyport-auth/sallyport/internal/record"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/store"
)

// EventKind says what happened.
type EventKind string

// The kinds of events. What happens to a name that is no account's, and attempts
// refused while a name is locked, are given to [Config.OnEvent] and the log and
// not to the store, so that strangers cannot fill it; and refreshes and tokens of
// machines, so that what lives takes no more room the longer it lives.
const (
	EventLogin               EventKind = "login"            // complete, tokens or a session granted
	EventSignedOut           EventKind = "signed out"       // by the user
	EventSteppedUp           EventKind = "stepped up"       // a second factor was proven anew in a session; Detail says by a code or a link
	EventSessionEnded        EventKind = "session ended"    // by five wrong passwords in it, or by a copy of its handle
	EventPasswordStaged      EventKind = "password staged"  // waits until its login is complete
	EventPasswordChanged     EventKind = "password changed" // by its owner
	EventResetAsked          EventKind = "reset asked"      // and mailed; of nobody's account it is told and not stored
	EventPasswordReset       EventKind = "password reset"   // by a mailed key
	EventSignUpBegun         EventKind = "sign-up begun"    // Account: who has the address already, if somebody has; told, not stored
	EventSignedUp            EventKind = "signed up"        // an account was made by its owner
	EventSignUpOver          EventKind = "sign-up over"     // its key is spent without an account, Detail says why; told, not stored
	EventFell                EventKind = "fell"             // the account was not approved in time, and is deleted
	EventUserCreated         EventKind = "user created"     // this and the next ones: by the Actor of an [Admin]
	EventUserChanged         EventKind = "user changed"     // without an Actor: its language, by its owner
	EventUserDeleted         EventKind = "user deleted"
	EventPasswordSet         EventKind = "password set"
	EventUnlocked            EventKind = "unlocked"
	EventFactorsReset        EventKind = "factors reset"
	EventInvited             EventKind = "invited" // to add a second factor; Detail says how the invitation went out
	EventSessionsEnded       EventKind = "sessions ended"
	EventRolesChanged        EventKind = "roles changed"
	EventApplicationsChanged EventKind = "applications changed"
	EventClientsChanged      EventKind = "clients changed"
	EventHashesWrapped       EventKind = "hashes wrapped"       // weak ones, all at once; Detail counts them
	EventHostChanged         EventKind = "changed by the host"  // which owns the account: it was disabled, deleted, made anew, or got another password
	EventForgotten           EventKind = "forgotten"            // by an [Admin]: all that was kept of an account that the host owns
	EventChallenge           EventKind = "challenge"            // first factor passed, second wanted
	EventAddressAsked        EventKind = "address asked"        // a key went to an address that is to be the account's
	EventAddressChanged      EventKind = "address changed"      // by its owner, who has proven it
	EventAddressRestored     EventKind = "address restored"     // a change was taken back, by whoever has that mailbox
	EventAccountClosed       EventKind = "account closed"       // by its owner
	EventRefused             EventKind = "refused"              // right password, but the account or its roles refuse
	EventWrongPassword       EventKind = "wrong password"       // charged
	EventLocked              EventKind = "locked"               // the wrong password that locked
	EventRefusedLocked       EventKind = "refused while locked" // an attempt on a locked name; told, not stored
	EventLapsed              EventKind = "lapsed"               // right, but its caller had gone: nothing was granted
	EventWrongCode           EventKind = "wrong code"           // charged
	EventAuthenticatorAhead  EventKind = "authenticator ahead"  // a code was not looked at: its last step lies ahead of the clock
	EventSent                EventKind = "sent"                 // a code or link is about to go out
	EventSendFailed          EventKind = "send failed"          // it did not
	EventLinkApproved        EventKind = "link approved"        // by the owner of the mailbox
	EventLinkDenied          EventKind = "link denied"          // "this wasn't me", or a wrong number
	EventEnrollmentStaged    EventKind = "enrollment staged"    // waits for an existing factor
	EventDeviceRemembered    EventKind = "device remembered"    // its second factor is not asked for there, for a while
	EventDeviceForgotten     EventKind = "device forgotten"     // by the owner, or an [Admin]
	EventDeviceEnded         EventKind = "device ended"         // Detail says why: wrong passwords, or a spent token came back
	EventFactorsChanged      EventKind = "factors changed"      // added, replaced or removed
	EventFactorRemoved       EventKind = "factor removed"       // by its owner or, with an Actor, an administrator; Detail says on what
	EventFactorRenamed       EventKind = "factor renamed"       // an authenticator, by its owner
	EventRecoveryRenewed     EventKind = "recovery renewed"     // new recovery codes took the place of the old ones
	EventRecoverySpent       EventKind = "recovery spent"       // a recovery code; Detail says how many are left
	EventEnrollmentCanceled  EventKind = "enrollment canceled"  // by its client
	EventKeyMade             EventKind = "API key made"         // by an administrator; Detail names it
	EventKeyRotated          EventKind = "API key rotated"      // likewise
	EventKeyRevoked          EventKind = "API key revoked"      // likewise
	EventRefresh             EventKind = "refresh"              // a refresh token was spent; told, not stored
	EventRefreshReused       EventKind = "refresh reused"       // a spent one came back: the session has ended
	EventRevoked             EventKind = "revoked"              // a client gave up a token: its session has ended
	EventMachineToken        EventKind = "machine token"        // granted to a client for itself; told, not stored
	EventDirectory           EventKind = "directory applied"
	EventKeysRetired         EventKind = "keys retired"      // by an operator, at once; Detail names them
	EventSigningKeyAdded     EventKind = "signing key added" // by an operator; Detail says how, and names it
)

// Event tells of one thing that happened to an account. It names ids and
// statuses and never a secret.
type Event struct {
	ID      string    `json:"id"` // sorts by time
	Time    time.Time `json:"time"`
	Kind    EventKind `json:"kind"`
	Account string    `json:"account,omitempty"` // id; empty where no account is concerned
	Client  string    `json:"client,omitempty"`
	Status  Status    `json:"status,omitempty"`
	Detail  string    `json:"detail,omitempty"` // such as the transport
	Actor   string    `json:"actor,omitempty"`  // who acted, where it was not the account itself: an account's id, or the name of a job
	Reason  string    `json:"reason,omitempty"` // that the actor gave

	ActorSession string `json:"actorSession,omitempty"` // id of the session in which a person acted; empty: a job, or none
}

// storedEvent adds a MAC, so that an event can be told from one that was
// written past the engine by a writer of the database.
//
// Address and Device are for the audit trail, and empty as yet.
type storedEvent struct {
	Event
	Address  string // of the caller in the network
	Device   string // id of a remembered one
	Interval int64  // that it is sealed and expires with
	MAC      []byte

	Unknown record.Unknown // what a newer program has written
}

var events = store.NewTable[storedEvent]("event", store.TableOptions{})

// Fields implements [record.Record]. The id and the time stand in the key.
func (ev *storedEvent) Fields(f *record.Fields) {
	f.Text(1, "kind", (*string)(&ev.Kind))
	f.ID(2, "account", &ev.Account)
	f.ID(3, "client", &ev.Client)
	f.Int64(4, "status", (*int64)(&ev.Status))
	f.Text(5, "detail", &ev.Detail)
	f.ID(6, "actor", &ev.Actor)
	f.Text(7, "reason", &ev.Reason)
	f.Text(8, "address", &ev.Address)
	f.ID(9, "device", &ev.Device)
	f.Int64(10, "interval", &ev.Interval)
	f.Bytes(11, "mac", &ev.MAC)
	f.ID(12, "actorSession", &ev.ActorSession)
	f.Rest(&ev.Unknown)
}

// eventID returns an id that sorts by time and is unique: 16 digits of the nanoseconds, a
// dash, and 64 random bits.
func eventID(at time.Time) string {
	var id [33]byte
	hex.Encode(id[:16], binary.BigEndian.AppendUint64(nil, uint64(at.UnixNano())))
	id[16] = '-'
	copy(id[17:], rnd.Hex(8))
	return string(id[:])
}

// newStoredEvent returns the record of ev, with its interval and its MAC.
func newStoredEvent(index store.Index, ev Event) storedEvent {
	s := storedEvent{Event: ev, Interval: interval(ev.Time)}
	parts := []string{s.ID, string(s.Kind), s.Account, s.Client, strconv.FormatInt(int64(s.Status), 10), s.Detail,
		s.Actor, s.Reason, s.Address, s.Device, strconv.FormatInt(s.Interval, 10)}
	if s.ActorSession != "" { // which older events have not, and are sealed without
		parts = append(parts, s.ActorSession)
	}
	s.MAC = index.Digest("event", parts...)
	return s
}
