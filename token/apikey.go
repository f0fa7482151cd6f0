package token

import (
	"bytes"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"
	"time"

	"github.com/sallyport-auth/sallyport/internal/budget"
	"github.com/sallyport-auth/sallyport/internal/moment"
	"github.com/sallyport-auth/sallyport/internal/record"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/store"
)

// How long an API key lives, and how many an account has.
const (
	DefaultKeyLife = 90 * 24 * time.Hour
	MaxKeyLife     = 366 * 24 * time.Hour
	// MaxKeyOverlap is how long the secret of before a rotation is good beside the new one.
	MaxKeyOverlap = 7 * 24 * time.Hour

	MaxKeys      = 20 // of an account
	maxKeyScopes = 50
	maxKeyLabel  = 64 // characters
)

// openKeys says so in the list of limits.
var openKeys = budget.Rule{
	Name: "api-keys", What: "API keys", By: "an account", Size: MaxKeys, Refills: budget.Never,
	UsedUp: "no more are made until one is revoked", Source: "ours",
}

// The text of an API key: a prefix by which scanners of leaked secrets know it, what names
// it, its secret, and a checksum by which a key that was cut off costs no look at a store.
const (
	KeyPrefix = "sp_"

	keyIDLength  = 12
	keySecret    = 32 // bytes
	keyTextBytes = len(KeyPrefix) + keyIDLength + 43 + keySumDigits
	keySumDigits = 6
	keyAlphabet  = "abcdefghijkmnpqrstuvwxyz23456789"
)

// APIKeys are kept under a keyed hash of what names them.
var APIKeys = store.NewTable[APIKey]("apikey", store.TableOptions{Cached: true})

// APIKey is a key with which a program acts for an account.
type APIKey struct {
	ID          string // the public part of its text
	Account     string
	Application string
	Epoch       uint64 // of the account's keys; the key ends when it moves
	Digest      []byte // of its secret
	// Former is the digest of the secret before it, which is good until FormerEnds.
	Former     []byte
	FormerEnds time.Time
	Scopes     []string
	Label      string
	Created    time.Time
	Expires    time.Time
	LastUse    time.Time // the beginning of the day, in UTC
	Ended      bool

	Unknown record.Unknown // what a newer program has written
}

// Fields implements [record.Record].
func (k *APIKey) Fields(f *record.Fields) {
	f.ID(1, "account", &k.Account)
	f.Uint(2, "epoch", &k.Epoch)
	f.Secret(3, "digest", &k.Digest)
	f.Texts(4, "scopes", &k.Scopes)
	f.Text(5, "label", &k.Label)
	f.Time(6, "created", &k.Created)
	f.Time(7, "lastUse", &k.LastUse)
	f.Bool(8, "ended", &k.Ended)
	f.Text(9, "id", &k.ID)
	f.ID(10, "application", &k.Application)
	f.Secret(11, "former", &k.Former)
	f.Time(12, "formerEnds", &k.FormerEnds)
	f.Time(13, "expires", &k.Expires)
	f.Rest(&k.Unknown)
}

// KeyLists hold the ids of the API keys of each account beside its other records.
var KeyLists = store.NewTable[KeyList]("apikeys", store.TableOptions{Near: true})

// KeyList is one of them.
type KeyList struct {
	IDs []string

	Unknown record.Unknown // what a newer program has written
}

// Fields implements [record.Record].
func (l *KeyList) Fields(f *record.Fields) {
	f.Texts(1, "ids", &l.IDs)
	f.Rest(&l.Unknown)
}

// Put plans to write the list of the account of that home. No key outlives it.
func (l KeyList) Put(tx *store.Tx, home string) error {
	return KeyLists.Put(tx, home, l, tx.Now().Add(MaxKeyLife))
}

// KeyText is the text of an API key, read.
type KeyText struct {
	ID     string
	secret string
}

// ParseKey reads the text of an API key. It reports false for whatever is none, without a
// look at a store.
func ParseKey(text string) (KeyText, bool) {
	if len(text) != keyTextBytes || !strings.HasPrefix(text, KeyPrefix) {
		return KeyText{}, false
	}
	body, sum := text[:len(text)-keySumDigits], text[len(text)-keySumDigits:]
	id, secret := body[len(KeyPrefix):len(KeyPrefix)+keyIDLength], body[len(KeyPrefix)+keyIDLength:]
	raw, err := base64.RawURLEncoding.Strict().DecodeString(secret)
	if err != nil || len(raw) != keySecret || sum != keySum(body) || strings.Trim(id, keyAlphabet) != "" {
		return KeyText{}, false
	}
	return KeyText{ID: id, secret: secret}, true
}

func keySum(body string) string {
	return fmt.Sprintf("%06x", crc32.ChecksumIEEE([]byte(body))&0xffffff)
}

// newKeyText draws the secret of a key of that id; an empty one is drawn too.
func newKeyText(id string) KeyText {
	if id == "" {
		id = rnd.Text(keyIDLength, keyAlphabet)
	}
	return KeyText{ID: id, secret: base64.RawURLEncoding.EncodeToString(rnd.Bytes(keySecret))}
}

// text is the whole of it, which is shown once.
func (k KeyText) text() string {
	body := KeyPrefix + k.ID + k.secret
	return body + keySum(body)
}

func (k KeyText) digest(idx store.Index) []byte { return idx.Digest("api-key", k.ID, k.secret) }

// KeyRecord is the id of the record of the API key of that id.
func KeyRecord(idx store.Index, id string) string { return idx.ID("api-key-id", id) }

// Opens reports whether k is the key at now, with its present secret or the former one,
// for an account whose keys stand at that epoch. A key that is nobody's is compared alike.
func (x *APIKey) Opens(idx store.Index, k KeyText, epoch uint64, now time.Time) bool {
	digest := k.digest(idx)
	right := subtle.ConstantTimeCompare(x.Digest, digest) == 1
	former := subtle.ConstantTimeCompare(x.Former, digest) == 1 && now.Before(x.FormerEnds)
	return (right || former) && x.ID == k.ID && x.LivesFor(epoch, now)
}

// CloseLate ends for good what is met dead by time, so that no clock that is set back revives
// it: the key, or its former secret. k is what was sent; who does not have the secret ends
// nothing.
func (x *APIKey) CloseLate(tx *store.Tx, idx store.Index, k KeyText) error {
	digest, now := k.digest(idx), tx.Now()
	right := subtle.ConstantTimeCompare(x.Digest, digest) == 1
	former := subtle.ConstantTimeCompare(x.Former, digest) == 1
	switch {
	case x.ID != k.ID || x.Ended || !right && !former:
		return nil
	case !now.Before(x.Expires) || moment.Ahead(x.Created, now):
		x.Ended = true
	case former && !now.Before(x.FormerEnds):
		x.Former = nil
	default:
		return nil
	}
	return x.save(tx, idx)
}

// LivesFor reports whether the key is good at now for an account whose keys stand at that
// epoch. One made ahead of the clock, which was set back since, is not.
func (x *APIKey) LivesFor(epoch uint64, now time.Time) bool {
	return !x.Ended && x.Epoch == epoch && now.Before(x.Expires) && !moment.Ahead(x.Created, now)
}

// NewAPIKey is what [BeginKey] needs to know.
type NewAPIKey struct {
	Account, Home string
	Application   string
	Epoch         uint64
	Scopes        []string
	Label         string
	Life          time.Duration // 0 means [DefaultKeyLife]
}

// ErrTooManyKeys means that the account has as many API keys as it may.
var ErrTooManyKeys = fmt.Errorf("token: the account has %d API keys; revoke one first", MaxKeys)

// Check returns what is wrong with it.
func (n *NewAPIKey) Check() error {
	switch {
	case n.Life < 0 || n.Life > MaxKeyLife:
		return fmt.Errorf("token: the life of an API key is %s, want at most %s", n.Life, MaxKeyLife)
	case len([]rune(n.Label)) > maxKeyLabel:
		return fmt.Errorf("token: the label of an API key has more than %d characters", maxKeyLabel)
	case len(n.Scopes) > maxKeyScopes:
		return fmt.Errorf("token: an API key has more than %d scopes", maxKeyScopes)
	}
	return nil
}

// BeginKey plans to make an API key, and returns it with its text. The list of the account
// has to be read. Keys that are over make room for it.
func BeginKey(tx *store.Tx, idx store.Index, n NewAPIKey) (x APIKey, text string, err error) {
	list, _, err := KeyLists.Get(tx, n.Home)
	if err != nil {
		return x, "", err
	}
	if len(list.IDs) >= MaxKeys {
		return x, "", ErrTooManyKeys
	}
	k, now := newKeyText(""), tx.Now()
	x = APIKey{
		ID: k.ID, Account: n.Account, Application: n.Application, Epoch: n.Epoch, Digest: k.digest(idx), Scopes: slices.Clone(n.Scopes),
		Label: n.Label, Created: now, Expires: now.Add(orDefault(n.Life, DefaultKeyLife)),
	}
	list.IDs = append(slices.Clone(list.IDs), x.ID)
	if err := list.Put(tx, n.Home); err != nil {
		return x, "", err
	}
	return x, k.text(), APIKeys.Insert(tx, KeyRecord(idx, x.ID), x, x.Expires)
}

// Rotate plans to give a key, which the transaction must have read, another secret, and
// returns its text. The one of now is good for overlap more, at most [MaxKeyOverlap].
func (x *APIKey) Rotate(tx *store.Tx, idx store.Index, overlap time.Duration) (text string, err error) {
	k := newKeyText(x.ID)
	x.Former, x.FormerEnds = x.Digest, tx.Now().Add(min(max(overlap, 0), MaxKeyOverlap))
	x.Digest = k.digest(idx)
	return k.text(), x.save(tx, idx)
}

// EndKey plans to end a key, which the transaction must have read with the list of its
// account.
func (x *APIKey) EndKey(tx *store.Tx, idx store.Index, home string) error {
	list, _, err := KeyLists.Get(tx, home)
	if err != nil {
		return err
	}
	list.IDs = slices.DeleteFunc(slices.Clone(list.IDs), func(id string) bool { return id == x.ID })
	if err := list.Put(tx, home); err != nil {
		return err
	}
	x.Ended = true
	return x.save(tx, idx)
}

// TouchKey plans to write that a key is used, once a day.
func (x *APIKey) TouchKey(tx *store.Tx, idx store.Index) error {
	if x.Ended || !x.IsKeyStale(tx.Now()) {
		return nil
	}
	x.LastUse = dayOf(tx.Now())
	return x.save(tx, idx)
}

// IsKeyStale reports whether that the key is used today is still to be written.
func (x *APIKey) IsKeyStale(now time.Time) bool { return x.LastUse.Before(dayOf(now)) }

func dayOf(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }

func (x *APIKey) save(tx *store.Tx, idx store.Index) error {
	x.Digest, x.Former = bytes.Clone(x.Digest), bytes.Clone(x.Former)
	return APIKeys.Put(tx, KeyRecord(idx, x.ID), *x, x.Expires)
}
