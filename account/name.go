package account

import (
	"github.com/sallyport-auth/sallyport/internal/typed"
	"github.com/sallyport-auth/sallyport/store"
)

// NameID returns the id of the record of a name, and of its lockout. A name that
// no account can have is counted under a purpose of its own, so that it shares no
// record with one that an account can have.
func NameID(x store.Index, name typed.UserName) string {
	if name.Refused {
		return x.ID("refused-name", name.Canonical)
	}
	return x.ID("name", name.Canonical)
}

// AddressNameID returns the id of the lockout of an e-mail address that was typed in
// the place of a name: all spellings of it share one, and it is that of a name which is
// written like the address.
func AddressNameID(x store.Index, address string) string {
	return NameID(x, typed.Name(typed.EmailKey(address)))
}
