package token

import (
	"time"

	"github.com/sallyport-auth/sallyport/internal/record"
	"github.com/sallyport-auth/sallyport/store"
)

// APIKeys are kept under a keyed hash of their public part. They have their form,
// and nothing writes them yet.
var APIKeys = store.NewTable[APIKey]("apikey", store.TableOptions{Cached: true})

// APIKey is a key with which a program acts for an account. Its expiry is that of
// its record.
type APIKey struct {
	Account string
	Epoch   uint64 // the account's; the key ends when it moves
	Digest  []byte // of its secret
	Scopes  []string
	Label   string
	Created time.Time
	LastUse time.Time // of the day
	Ended   bool

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
	f.Rest(&k.Unknown)
}
