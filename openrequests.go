package sallyport

import (
	"errors"

	"github.com/sallyport-auth/sallyport/internal/openlist"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/store"
)

// openRequests lists the requests of logins without a password that are open, so that there are
// [openlist.Max] at most, each for as long as it lives.
var openRequests = openlist.New("asking", mfa.Life)

// saveUnproven writes a request that is no login yet. One that has ended is not open any
// more.
func saveUnproven(tx *store.Tx, request *mfa.Case, record string) error {
	if request.Request.State == mfa.Open {
		return request.Save(tx)
	}
	return errors.Join(unlist(tx, record), request.Save(tx))
}

// unlist takes a request off the list of those that are open. The part of the list has been
// read.
func unlist(tx *store.Tx, record string) error {
	open, err := openRequests.Read(tx, record)
	if err != nil {
		return err
	}
	open.Remove(record)
	return open.Write(tx)
}
