package directory

import (
	"github.com/sallyport-auth/sallyport/internal/record"
	"github.com/sallyport-auth/sallyport/store"
)

// externals says, under a keyed hash of what another system calls an account, which
// account that is, so that a row that is imported again finds it. It stays when the
// account is deleted, as its name does.
var externals = store.NewTable[external]("external", store.TableOptions{Size: 30})

type external struct {
	Account string

	Unknown record.Unknown // what a newer program has written
}

// externalKey is the id in externals of what another system calls an account. Spelling
// counts: such ids are made by programs.
func externalKey(x store.Index, id string) string { return x.ID("external", id) }
