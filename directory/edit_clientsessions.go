package directory

import "github.com/sallyport-auth/sallyport/token"

// EndClientSessions has a client that was found begin anew: nothing that was granted to it
// before is good any more, as if it had been deleted and made again, but it keeps its
// secrets and all else. One record is written, however many sessions it has.
func (e *Editor) EndClientSessions(was *token.Client) error {
	is := *was
	is.Instance = token.NewInstance()
	return e.putClient(was, &is)
}
