package sallyport

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/internal/peer"
	"github.com/sallyport-auth/sallyport/internal/typed"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/password"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/sealed"
	"github.com/sallyport-auth/sallyport/token"
	"github.com/sallyport-auth/sallyport/totp"
)

// Config is what an [Engine] is made of. Store and Issuer are required, and
// Keys too unless InsecurePlainStore is set; all else has a safe zero value.
// [New] copies what it keeps and changes nothing here.
type Config struct {
	// Store keeps everything. The engine does not close it.
	Store store.Store

	// Keys seals the records of the store, so that a stolen database opens
	// nothing. Keep them apart from it.
	Keys sealed.Keys

	// InsecurePlainStore allows an engine without Keys: authenticator secrets
	// and signing keys then rest in clear. It excludes Keys, since whoever sets
	// both means only one of them.
	InsecurePlainStore bool

	// Prefix keeps the records of several engines on one store apart: at most
	// 32 letters, digits, '-', '_' or '.'.
	Prefix string

	// Issuer is the public base URL without a trailing slash, such as
	// https://id.example.com or https://example.com/auth. Everything that
	// names this engine is made of it and never of a request's headers. It
	// must be https unless it is a loopback address.
	Issuer string

	// Label is the name under which authenticator apps list an account; empty
	// means the issuer's host, the colons of an IPv6 address written as hyphens.
	// It must not contain a colon.
	Label string

	// Pages are the paths, below the issuer, of the pages that mails lead to. Those
	// left empty have defaults.
	Pages Pages

	// Language is in which one writes to people whose account says none: a tag such as de
	// or pt-BR (RFC 5646); empty means English. Where package message has no words in a
	// language, they are English. [New] warns where that is so of this one.
	Language string

	// Email and SMS send messages. A channel without a sender is neither
	// offered nor enrolled.
	Email, SMS Sender

	// SMSPerDay is how many text messages go out in 24 hours at most, on all nodes
	// together: 10 or more; 0 is no bound, of which [New] warns where SMS is set. What
	// goes to a number that is no factor yet, or is asked for behind no password, has a
	// fifth of it; codes and links leave a tenth to notices. It is never exceeded. Each
	// node takes a hundredth at a time, so a little of it may not be used. Where it is
	// used up a message fails as if the sender had.
	SMSPerDay int

	// SMSPrefixes are how the numbers begin that text messages go to, in the
	// international form, such as +49; none is all numbers, of which [New] warns where
	// SMS is set. A number that begins otherwise is neither offered nor enrolled.
	SMSPrefixes []string

	// Application is the name of the application whose roles and policies hold for
	// calls of the host itself, those without a [Caller]; empty means app. [New]
	// makes it in a store that has none of that name.
	Application string

	// RequireRole lets nobody in by such a call who has no role in that application.
	RequireRole bool

	// SignUp lets people make accounts for themselves. Nil, the default, lets nobody.
	SignUp *SignUp

	// ProvenAddressIsFactor makes an address that its owner has proven, at sign-up or by
	// a change of address, a second factor at once. By default it gets mail that is
	// theirs, and is a factor only after it was enrolled as one, or in the place of one
	// that was, where the account has no other.
	ProvenAddressIsFactor bool

	// SignInBy is what people may type to say who they are; the zero value means the
	// name of an account alone.
	SignInBy SignInBy

	// KeyRotation says how the keys that sign access tokens follow each other; the zero
	// value is every 90 days, shown a day ahead, RSA with 2048 bits. All nodes should say
	// the same. What it may be says [token.Rotation.Check].
	KeyRotation token.Rotation

	// Signers are signing keys whose private half is kept outside: in a hardware module,
	// in another process, in a library. [New] takes into the store what it has not met
	// yet; such a key is shown at once and signs after KeyRotation.Propagation, so that
	// each node can be given it before. A node without the signer verifies what the key
	// signs, and signs nothing by its algorithm. Upkeep makes no key of that algorithm
	// while one of these signs: it is followed by the next one that is given here, or by
	// [Engine.RotateKeys].
	Signers []token.OutsideKey

	// AllowMissingSigners lets an engine begin over a store in which a key signs that is
	// kept outside, and whose signer it was not given. It signs nothing by that key's
	// algorithm: logins by clients that have it fail. It is for commands and for nodes
	// that verify alone.
	AllowMissingSigners bool

	// Accounts, if not nil, are the host's own users, in the place of the built-in
	// directory's: [Engine.Apply] then takes no users, and [Admin] makes none.
	Accounts Accounts

	// AccountsFreshness is how old an answer of Accounts may be when a handle or a token
	// is looked at, so how long a session lives on at most after the host has disabled its
	// account without [Admin.AccountChanged]. 0 means 5 seconds; below 0 each look asks.
	// Logins and refreshes ask each time.
	AccountsFreshness time.Duration

	// Modules check passwords where the engine cannot, by the name that a login gives as its
	// module, such as WindowsByCredential. Letter case does not count, and VGUser and
	// Passwordless are the engine's own. A client takes accounts of those that its record
	// lists, a call of the host's those of all. Beside them VGUser is what it is without
	// them: the built-in directory, or Accounts. The Fallback is asked for names of VGUser
	// alone.
	Modules map[string]Module

	// HostPasswordless lets calls of the host itself, those without a [Caller], log in
	// accounts without a password, by the module Passwordless. It does not go with
	// Accounts, which have none. A client takes them where its record lists the module.
	HostPasswordless bool

	// Now is the clock; nil means time.Now.
	Now func() time.Time

	// Logger gets what an operator should know, never a secret; nil discards.
	Logger *slog.Logger

	// OnEvent, if not nil, is called with each event after its commit, from
	// the goroutine of the call it tells of. It must not block for long.
	OnEvent func(Event)

	// EventRetention is how long events are kept in the store, counted from the
	// end of the ten minutes that they lie in; 0 means 400 days. [Engine.Maintain]
	// deletes older ones, 30 days of them an hour at most.
	EventRetention time.Duration

	// StaticAudience, if not empty, becomes the "aud" of every access token: at
	// most 256 bytes of UTF-8 without control characters. Resource servers built
	// on common libraries want one.
	StaticAudience string

	// DiscloseUnknownUsers tells callers that a name is unknown. By default it is
	// answered like a wrong password.
	DiscloseUnknownUsers bool

	// InsecureShortCodes allows policies with one-time codes of three to five
	// characters. A request then allows one wrong code instead of five.
	InsecureShortCodes bool

	// InsecureSessionPerUser lets whoever has proven a second factor go without it for
	// the time that the policy's session gives, on whatever device they log in: the
	// original's rule, by which a thief of the password only has to wait for the owner.
	// Without it that takes a token of the device ([Login].RememberDevice).
	InsecureSessionPerUser bool

	// InsecureEnrollAfterFirstFactor lets a login enrol another second factor after the
	// password alone, active at once, where the account has factors that it was not asked
	// for: the original's rule, by which a thief of the password adds a factor of their
	// own. An invitation that the policy wants (firstEnrollment) is wanted all the same.
	InsecureEnrollAfterFirstFactor bool

	// PasswordParams are the costs of new password hashes; zero means the
	// defaults of package password.
	PasswordParams password.Params

	// Breached, if not nil, is a list of published passwords, none of which may be
	// set. It stays the host's to close, after the engine.
	Breached *password.BreachFilter

	// Fallback, if not nil, is another system from which accounts move in as their
	// owners log in.
	Fallback Fallback

	// Gate bounds how many passwords are hashed at once; nil means the
	// defaults of package password.
	Gate *password.Gate
}

// defaultRetention is how long events are kept unless the configuration says
// otherwise.
const defaultRetention = 400 * 24 * time.Hour

// Sender delivers messages over one channel. Send returns nil when the message
// is on its way for good; the context ends after five seconds. It may be
// called from any number of goroutines.
type Sender interface {
	// Send delivers one message.
	Send(ctx context.Context, m Message) error
}

// Message is one mail or text message. It may hold a code or a link: a Sender
// gives it to the addressee and to no one else.
type Message struct {
	Channel mfa.Transport // Email or SMS
	Kind    string        // "otp", "link", "enrolment", "reset", "sign-up", "address", "invitation" or "notice"
	To      string        // one address, exactly as stored
	User    string        // the name of the account
	Code    string        // in "otp" and "enrolment"
	Link    string        // in "link", "reset", "sign-up", "address" and "invitation", and in some notices
	Subject string        // one line, for e-mails; a text message is Text alone
	Text    string        // the whole message, readable as it stands
	HTML    string        // an e-mail's Text as a document that loads nothing; empty in a text message
	// Topic is what it is about, more closely than Kind: one of package message. A host that
	// writes its own words finds them by it.
	Topic string
	// Language is the one of the addressee, as their account or Config.Language says; the
	// words are in it where package message has them, else in English.
	Language string
	// Application is the name of the application in which the call was that sends it.
	Application string
	// Lifetime is how long the code or link is good; zero in a notice.
	Lifetime time.Duration
}

// String hides the message from accidental printing.
func (m Message) String() string { return "sallyport.Message(hidden)" }

// GoString is like [Message.String].
func (m Message) GoString() string { return m.String() }

// SignInBy is what people may type to say who they are. Whatever they type, sessions
// and documents name the account by its name.
type SignInBy int

// The ways to sign in.
const (
	// SignInByName takes the name of an account alone.
	SignInByName SignInBy = iota
	// SignInByEmail takes an e-mail address alone that one account, and no other,
	// has proven.
	SignInByEmail
	// SignInByNameOrEmail takes both. A text that is one account's name and
	// another's proven address is the name: the account of the name has no other
	// way in, while that of the address can be given a name, and nobody takes a name
	// over by proving an address.
	SignInByNameOrEmail
)

// isKnown reports whether it is one of the three.
func (by SignInBy) isKnown() bool { return by >= SignInByName && by <= SignInByNameOrEmail }

// check returns all faults at once.
func (c *Config) check() error {
	var errs []error
	fault := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("sallyport: Config."+format, args...))
	}
	if c.Store == nil {
		fault("Store is missing")
	}
	switch {
	case !c.sealed() && !c.InsecurePlainStore:
		fault("Keys is missing; set InsecurePlainStore to do without")
	case c.sealed() && c.InsecurePlainStore:
		fault("InsecurePlainStore is set together with Keys, which it excludes; leave one of them out")
	}
	if c.SignInBy != SignInByName && c.Accounts != nil {
		fault("SignInBy is set together with Accounts, where the host says which texts are a name; leave one of them out")
	}
	if c.SignUp != nil && c.Accounts != nil {
		fault("SignUp is set together with Accounts, whose users the host makes itself; leave one of them out")
	}
	if c.Fallback != nil && c.Accounts != nil {
		fault("Fallback is set together with Accounts, whose users the host moves itself; leave one of them out")
	}
	if len(c.Prefix) > 32 || strings.Trim(c.Prefix, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") != "" {
		fault("Prefix has other than 32 letters, digits, '-', '_' or '.'")
	}
	if !c.SignInBy.isKnown() {
		fault("SignInBy is %d, want SignInByName, SignInByEmail or SignInByNameOrEmail", c.SignInBy)
	}
	if c.EventRetention < 0 {
		fault("EventRetention is %s, want none below 0", c.EventRetention)
	}
	if c.SMSPerDay != 0 && c.SMSPerDay < minSMSPerDay {
		fault("SMSPerDay is %d, want %d or more, or 0 for no bound", c.SMSPerDay, minSMSPerDay)
	}
	for _, p := range c.SMSPrefixes {
		if !isPrefix(p) {
			fault("SMSPrefixes has %.20q, want \"+\" and 1 to 15 digits, such as +49", p)
		}
	}
	host, err := checkIssuer(c.Issuer)
	if err != nil {
		fault("Issuer: %w", err)
	}
	label := c.Label
	if label == "" {
		label = hostLabel(host)
	}
	if err == nil || c.Label != "" {
		if err := totp.CheckLabel(label); err != nil {
			fault("Label: %w", err)
		}
	}
	if err := directory.CheckName(c.Application); c.Application != "" && err != nil {
		fault("Application: %w", err)
	}
	if err := typed.CheckLanguage(c.Language); err != nil {
		fault("Language: %w", err)
	}
	if err := c.Pages.check(); err != nil {
		fault("%w", err)
	}
	if err := c.KeyRotation.Check(); err != nil {
		fault("KeyRotation: %w", err)
	}
	if a := c.StaticAudience; len(a) > maxAudience || !utf8.ValidString(a) || strings.ContainsFunc(a, unicode.IsControl) {
		fault("StaticAudience has over %d bytes, bad UTF-8 or a control character", maxAudience)
	}
	c.SignUp.check(c.Email != nil, fault)
	checkModules(c.Modules, fault)
	if c.HostPasswordless && c.Accounts != nil {
		fault("HostPasswordless is set beside Accounts, which have no accounts without a password")
	}
	return errors.Join(errs...)
}

// isPrefix reports whether a mobile number in its one form may begin so.
func isPrefix(p string) bool {
	digits, ok := strings.CutPrefix(p, "+")
	return ok && len(digits) >= 1 && len(digits) <= 15 && digits[0] != '0' && strings.Trim(digits, "0123456789") == ""
}

// maxAudience bounds what every access token carries, in bytes.
const maxAudience = 256

// hostLabel returns the label of an engine that was given none: the host of its
// issuer. A colon, which no label may hold, becomes a hyphen, and of a name that
// is too long the end is taken, which is what tells whose it is.
func hostLabel(host string) string {
	label := strings.ReplaceAll(host, ":", "-")
	if len(label) > totp.MaxIssuer {
		label = strings.TrimLeft(strings.ToValidUTF8(label[len(label)-totp.MaxIssuer:], ""), ".")
	}
	return label
}

// checkIssuer returns the host name of an issuer that may be used.
func checkIssuer(issuer string) (host string, err error) {
	u, err := url.Parse(issuer)
	switch {
	case issuer == "":
		return "", errors.New("missing")
	case err != nil:
		return "", errors.New("not a URL")
	case u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.ForceQuery || strings.HasSuffix(issuer, "/") || u.Opaque != "":
		return "", errors.New("want a URL of scheme, host and path alone, without a trailing slash")
	case u.Scheme != "https" && (u.Scheme != "http" || !peer.IsLoopbackHost(u.Hostname())):
		return "", errors.New("want https, or http to a loopback address")
	}
	return u.Hostname(), nil
}

// sealed reports whether the configuration has keys.
func (c *Config) sealed() bool { return c.Keys != (sealed.Keys{}) }
